//! What this service does for a person who asks what is kept of them, or is to be forgotten.

use async_trait::async_trait;
use chassis::{
    Db, Result, TenantCtx,
    service::RedisAccess,
    subjects::{Export, Subjects},
    wire,
};
use usher_proto::privacy::v1::{EraseSubjectRequest, ErasedStore, ExportSubjectRequest};

use crate::{commands, domain::CandidateId, store};

/// Those who apply.
pub struct People {
    db: Db,
    redis: RedisAccess,
    outbox: outbox::Settings,
}

impl People {
    pub fn new(db: Db, redis: RedisAccess, outbox: outbox::Settings) -> Self {
        Self { db, redis, outbox }
    }
}

#[async_trait]
impl Subjects for People {
    async fn export(&self, ctx: TenantCtx, request: ExportSubjectRequest, out: &mut Export) -> Result<()> {
        let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let mut tx = self.db.begin(&ctx).await?;
        store::subjects::export(&mut tx, candidate, out).await?;
        let interviews = store::subjects::interviews(&mut tx, candidate).await?;
        out.related(interviews.iter().map(ToString::to_string).collect()).await
    }

    async fn erase(&self, ctx: TenantCtx, request: EraseSubjectRequest) -> Result<Vec<ErasedStore>> {
        let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let mut tx = self.db.begin(&ctx).await?;
        let (mut stores, words) = commands::erase_candidate::run(&mut tx, candidate).await?;
        stores.push(outbox::erasure::forget_stream(&tx, &self.redis, &self.outbox, &words, "").await?);
        tx.commit().await?;
        Ok(stores)
    }
}
