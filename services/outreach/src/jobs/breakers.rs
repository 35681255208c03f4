//! The breakers of the ways out. Each process has its own: it sees for itself what fails, and needs nobody to be told so.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use opentelemetry::KeyValue;

use crate::{
    domain::breaker::{Admission, Breaker, Rule},
    metrics,
};

/// By the key of the way out. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Breakers {
    rule: Rule,
    all: Arc<Mutex<HashMap<String, Breaker>>>,
}

impl Breakers {
    pub fn new(rule: Rule) -> Self {
        Self { rule, all: Arc::default() }
    }

    /// How many may go now.
    pub fn admit(&self, key: &str, now: DateTime<Utc>) -> Admission {
        self.with(key, |breaker| breaker.admit(now))
    }

    /// The other side answered.
    pub fn succeeded(&self, key: &str) {
        self.with(key, Breaker::succeeded);
    }

    /// It failed in a way that another try may mend.
    pub fn failed(&self, key: &str, now: DateTime<Utc>) {
        self.with(key, |breaker| breaker.failed(now));
    }

    fn with<R>(&self, key: &str, change: impl FnOnce(&mut Breaker) -> R) -> R {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = all.entry(key.to_owned()).or_insert_with(|| Breaker::new(self.rule));
        let before = breaker.level();
        let answer = change(breaker);
        if breaker.level() != before {
            metrics::BREAKER.record(breaker.level(), &[KeyValue::new("messaging.destination.name", key.to_owned())]);
            tracing::info!(channel = key, level = breaker.level(), "a way out is open (0), looked at (1) or shut (2)");
        }
        answer
    }
}
