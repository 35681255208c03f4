//! Sees to it that every service forgets whom the pool has forgotten, and signs the receipt when all have.
//!
//! An erasure is a row that says whom to ask next, so it goes on after any crash; asking a service twice does no harm.
//! Whoever takes one up has it for a while, and for as long again after each answer, so that several processes do not ask
//! for the same.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Db, Result, TenantCtx, TenantId, peers::Peers};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use usher_proto::privacy::v1::{EraseSubjectRequest, subject_service_client::SubjectServiceClient};

use crate::{
    domain::erasure::{Erasure, ErasureId, Next, Progress, Step},
    keys::{Keyring, receipt},
    store,
};

/// What a service has forgotten, store by store.
type Stores = Vec<(String, i64)>;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(500);
/// For so long somebody who has taken an erasure up has it; one who has died loses it.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// The format of the receipt.
const FORMAT: &str = "usher.erasure_receipt/1";

/// What the job works with.
#[derive(Debug, Clone)]
pub struct Eraser {
    pub db: Db,
    pub keys: Keyring,
    pub peers: Peers,
    pub stop: CancellationToken,
}

impl Eraser {
    /// Until stopped.
    pub async fn run(self) {
        let mut rounds = self.db.clock().rounds(EVERY);
        while !self.stop.is_cancelled() {
            match self.look().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "erasures could not be looked at; the next look will"),
            }
            tokio::select! {
                () = rounds.next() => {}
                () = self.stop.cancelled() => {}
            }
        }
    }

    /// Goes on with one that is due. False when there is none.
    async fn look(&self) -> Result<bool> {
        let mut tx = self.db.begin_system().await?;
        let due = store::erasures::take_up(&mut tx, LEASE).await?;
        tx.commit().await?;
        let Some((tenant, id)) = due else { return Ok(false) };
        if let Err(error) = self.go_on(tenant, id).await {
            tracing::warn!(erasure = %id, %error, "an erasure could not go on; it is tried again");
        }
        Ok(true)
    }

    async fn go_on(&self, tenant: TenantId, id: ErasureId) -> Result<()> {
        let ctx = TenantCtx::service(tenant, "talent");
        let erasure = store::erasures::get(&mut self.db.begin(&ctx).await?, id).await?;
        let Next::Ask(round, services) = erasure.progress.next() else { return self.finish(&ctx, id).await };
        for service in services {
            let answer = self.ask(tenant, &erasure, &service).await.inspect_err(|error| {
                tracing::warn!(erasure = %id, service, %error, "a service has not forgotten somebody yet");
            });
            self.note(&ctx, id, |progress, now| hear(progress, &service, round, answer, now)).await?;
        }
        self.let_go(&ctx, id).await
    }

    async fn ask(&self, tenant: TenantId, erasure: &Erasure, service: &str) -> Result<Stores> {
        let request = EraseSubjectRequest {
            service: service.to_owned(),
            candidate_id: erasure.candidate.to_string(),
            erasure_id: erasure.id.to_string(),
        };
        let mut client = SubjectServiceClient::new(self.peers.channel(service)?);
        let answer = client.erase_subject(self.peers.request(Some(tenant), request)?).await?.into_inner();
        Ok(answer.stores.into_iter().map(|store| (store.store, store.count)).collect())
    }

    /// Writes down how far it is, and keeps it.
    async fn note(
        &self,
        ctx: &TenantCtx,
        id: ErasureId,
        change: impl FnOnce(&mut Progress, DateTime<Utc>),
    ) -> Result<()> {
        let mut tx = self.db.begin(ctx).await?;
        let mut erasure = store::erasures::lock(&mut tx, id).await?;
        let now = tx.now();
        change(&mut erasure.progress, now);
        store::erasures::save(&mut tx, &erasure, now + LEASE).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Everybody was asked: says when to go on.
    async fn let_go(&self, ctx: &TenantCtx, id: ErasureId) -> Result<()> {
        let mut tx = self.db.begin(ctx).await?;
        let erasure = store::erasures::lock(&mut tx, id).await?;
        let next = tx.now() + erasure.progress.pause();
        store::erasures::save(&mut tx, &erasure, next).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn finish(&self, ctx: &TenantCtx, id: ErasureId) -> Result<()> {
        let mut tx = self.db.begin(ctx).await?;
        let mut erasure = store::erasures::get(&mut tx, id).await?;
        let tombstones = store::tombstones::count(&mut tx, id).await?;
        let now = tx.now();
        drop(tx);
        let says = says(ctx.tenant, &erasure, tombstones, now);
        // The key may be behind a service, which no transaction should wait for.
        let receipt = receipt::sign(&self.db, self.keys.master(), &says).await?;
        let mut tx = self.db.begin(ctx).await?;
        if store::erasures::lock(&mut tx, id).await?.receipt.is_empty() {
            erasure.receipt = receipt;
            erasure.finish_time = Some(now);
            store::erasures::save(&mut tx, &erasure, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn hear(progress: &mut Progress, service: &str, round: u8, answer: Result<Stores>, now: DateTime<Utc>) {
    match answer {
        Ok(stores) => progress.heard(service, round, stores, now),
        Err(error) => progress.failed(service, round, error.reason()),
    }
}

/// What a receipt says. Of the person it holds a salted hash of the id: who knows the id can tell that it is meant.
fn says(tenant: TenantId, erasure: &Erasure, tombstones: i64, now: DateTime<Utc>) -> Value {
    let salt = rand::random::<[u8; 16]>();
    let hash = Sha256::new_with_prefix(salt).chain_update(erasure.candidate.to_string()).finalize();
    json!({
        "format": FORMAT,
        "erasure_id": erasure.id.to_string(),
        "tenant_id": tenant.to_string(),
        "candidate": {"salt": URL_SAFE_NO_PAD.encode(salt), "sha256": URL_SAFE_NO_PAD.encode(hash)},
        "requested_by": erasure.actor,
        "request_time": time(erasure.request_time),
        "finish_time": time(now),
        "tombstones": tombstones,
        "services": erasure.progress.0.iter().map(service).collect::<Vec<_>>(),
    })
}

fn service(step: &Step) -> Value {
    let store = |store: &crate::domain::erasure::Store| json!({"store": store.name, "count": store.count, "time": time(store.time)});
    json!({"service": step.service, "stores": step.stores.iter().map(store).collect::<Vec<_>>()})
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
