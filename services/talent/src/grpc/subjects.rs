//! What the pool itself does for somebody who asks what is kept of them, or is to be forgotten.

use async_trait::async_trait;
use chassis::{
    Db, Result, TenantCtx, TenantTx,
    service::RedisAccess,
    subjects::{Export, Subjects, erased},
    wire::{self, Page},
};
use prost::Name as _;
use usher_proto::{
    eventlog::v1::ConsistencyToken,
    privacy::v1::{EraseSubjectRequest, ErasedStore, ExportSubjectRequest},
    talent::v1::CandidateErased,
};

use crate::{
    commands::request_erasure,
    domain::{candidate::CandidateId, external::Activity, resume::Resume},
    export::{file_name, profile},
    keys::{Keyring, TenantKey},
    replica::Replica,
    store,
};

/// Sightings that are read at once.
const SIGHTINGS: i32 = 100;

/// The pool's part.
pub struct People {
    pub db: Db,
    pub keys: Keyring,
    pub redis: RedisAccess,
    pub outbox: outbox::Settings,
    pub replica: Replica,
}

#[async_trait]
impl Subjects for People {
    async fn export(&self, ctx: TenantCtx, request: ExportSubjectRequest, out: &mut Export) -> Result<()> {
        let id: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let key = self.keys.key(&ctx).await?;
        let mut tx = self.db.begin(&ctx).await?;
        let person = store::people::alone(&mut tx, &key, id).await?;
        out.part("profile.json", "application/json").await?;
        out.bytes(profile::told(&person, tx.now()).as_bytes()).await?;
        store::subjects::export(&mut tx, id, out).await?;
        sightings(&mut tx, &key, id, out).await?;
        for Resume { id, file_name: name, .. } in store::resumes::list(&mut tx, &key, &[id]).await? {
            let (_, text) = store::resumes::with_text(&mut tx, &key, id).await?;
            out.part(format!("resumes/{id}/text.txt"), "text/plain; charset=utf-8").await?;
            out.bytes(text.as_bytes()).await?;
            let (_, file) = store::resumes::with_file(&mut tx, &key, id).await?;
            out.part(format!("resumes/{id}/file/{}", file_name(&name)), "application/octet-stream").await?;
            out.bytes(&file).await?;
        }
        Ok(())
    }

    async fn erase(&self, ctx: TenantCtx, request: EraseSubjectRequest) -> Result<Vec<ErasedStore>> {
        let id: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        // First, since it may take a while, and what is counted below is counted once.
        let mut stores = self.leave_the_index(&ctx, id).await?;
        let mut tx = self.db.begin(&ctx).await?;
        outbox::erasure::begin(&mut tx, id.0).await?;
        stores.extend(request_erasure::forget(&mut tx, id).await?);
        let (words, spared) = ([id.to_string()], CandidateErased::full_name());
        stores.push(outbox::erasure::forget_stream(&tx, &self.redis, &self.outbox, &words, &spared).await?);
        tx.commit().await?;
        Ok(stores)
    }
}

impl People {
    /// Waits until this process's index has written its segments anew. The others do when they hear of the event.
    async fn leave_the_index(&self, ctx: &TenantCtx, id: CandidateId) -> Result<Vec<ErasedStore>> {
        let erasure = store::erasures::of_candidate(&mut self.db.begin(ctx).await?, id).await?;
        let Some(erasure) = erasure else { return Ok(Vec::new()) };
        let source = self.db.schema().to_owned();
        self.replica.index_at(&ConsistencyToken { source, event_id: erasure.event_id.to_string() }).await?;
        Ok(vec![erased("search_index", 0)])
    }
}

/// What was seen of somebody elsewhere, opened.
async fn sightings(tx: &mut TenantTx, key: &TenantKey, id: CandidateId, out: &mut Export) -> Result<()> {
    let mut token = String::new();
    loop {
        let page = Page::of(SIGHTINGS, 1, &token)?;
        let (some, next) = page.cut(store::external::list(tx, key, &[id], &page).await?, store::external::cursor);
        if token.is_empty() && !some.is_empty() {
            out.part("external_activities/seen.jsonl", "application/jsonl").await?;
        }
        for Activity { id, content, .. } in some {
            let line = serde_json::json!({"activity_id": id.to_string(), "content": content});
            out.bytes(format!("{line}\n").as_bytes()).await?;
        }
        if next.is_empty() {
            return Ok(());
        }
        token = next;
    }
}
