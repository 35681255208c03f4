//! Readiness that tells the truth.
//!
//! Each service is ready when PostgreSQL and Redis answer and every check of its own passes, such as "my consumers have
//! not halted and are not far behind". gRPC health carries it per service, `/readyz` says in words what is wrong.
//! The name `live` serves as long as the process does.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{db::Db, service::RedisAccess};

const EVERY: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(2);

/// Something a service checks beside PostgreSQL and Redis; `Err` says what is wrong.
pub type Check = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// One service's condition.
#[derive(Clone)]
pub struct Subject {
    /// The service.
    pub name: &'static str,
    /// Its database, where it has one.
    pub db: Option<Db>,
    /// Its Redis, where it uses one.
    pub redis: Option<RedisAccess>,
    /// What else has to hold.
    pub checks: Vec<Check>,
}

/// What is wrong, by service; empty text means ready.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Mutex<BTreeMap<&'static str, Option<String>>>>);

impl Board {
    /// Whether every service is ready, and what is wrong with those that are not.
    pub fn verdict(&self) -> (bool, String) {
        let board = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut text = String::new();
        for (name, trouble) in board.iter() {
            let word = trouble.as_deref().unwrap_or("ready");
            text.push_str(&format!("{name}: {word}\n"));
        }
        (!board.is_empty() && board.values().all(Option::is_none), text)
    }

    fn set(&self, name: &'static str, trouble: Option<String>) -> bool {
        let mut board = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = board.insert(name, trouble.clone());
        before != Some(trouble)
    }
}

/// Looks at every service once a second until the token is cancelled; then says that nothing serves any more.
pub async fn watch(subjects: Vec<Subject>, board: Board, reporter: HealthReporter, stop: CancellationToken) {
    reporter.set_service_status("live", ServingStatus::Serving).await;
    loop {
        let mut all_ready = true;
        for subject in &subjects {
            let trouble = examine(subject).await.err();
            all_ready &= trouble.is_none();
            let status = if trouble.is_none() { ServingStatus::Serving } else { ServingStatus::NotServing };
            reporter.set_service_status(subject.name, status).await;
            if board.set(subject.name, trouble.clone()) {
                if let Some(trouble) = trouble {
                    tracing::warn!(service = subject.name, trouble, "not ready");
                } else {
                    tracing::info!(service = subject.name, "ready");
                }
            }
        }
        let whole = if all_ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        reporter.set_service_status("", whole).await;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => break,
        }
    }
    for subject in &subjects {
        reporter.set_service_status(subject.name, ServingStatus::NotServing).await;
        board.set(subject.name, Some("stopping".to_owned()));
    }
    reporter.set_service_status("", ServingStatus::NotServing).await;
}

async fn examine(subject: &Subject) -> Result<(), String> {
    if let Some(db) = &subject.db {
        let ping = sqlx::query("SELECT 1").execute(db.pool());
        match tokio::time::timeout(PATIENCE, ping).await {
            Ok(Ok(_)) => {}
            _ => return Err("PostgreSQL does not answer".to_owned()),
        }
    }
    if let Some(redis) = &subject.redis {
        match tokio::time::timeout(PATIENCE, redis.ping()).await {
            Ok(Ok(())) => {}
            _ => return Err("Redis does not answer".to_owned()),
        }
    }
    subject.checks.iter().try_for_each(|check| check())
}
