//! What this service does for a person who asks what is kept of them, or is to be forgotten.

use async_trait::async_trait;
use chassis::{
    Db, Result, TenantCtx,
    subjects::{Export, Subjects, erased},
    wire,
};
use usher_proto::privacy::v1::{EraseSubjectRequest, ErasedStore, ExportSubjectRequest};

use crate::{commands, store};

chassis::id!(
    /// A person of the talent pool.
    CandidateId,
    "cand"
);

/// Those of whom something was counted.
pub struct People(pub Db);

#[async_trait]
impl Subjects for People {
    async fn export(&self, ctx: TenantCtx, request: ExportSubjectRequest, out: &mut Export) -> Result<()> {
        let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let mut tx = self.0.begin(&ctx).await?;
        let Some(serving) = store::generations::serving(&mut tx).await? else { return Ok(()) };
        let facts = store::subjects::facts(&mut tx, serving, candidate.0).await?;
        if facts.is_empty() {
            return Ok(());
        }
        out.part("facts.jsonl", "application/jsonl").await?;
        for fact in facts {
            out.bytes(format!("{fact}\n").as_bytes()).await?;
        }
        Ok(())
    }

    async fn erase(&self, ctx: TenantCtx, request: EraseSubjectRequest) -> Result<Vec<ErasedStore>> {
        let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let mut tx = self.0.begin(&ctx).await?;
        outbox::erasure::begin(&mut tx, candidate.0).await?;
        let facts = commands::erase::run(&mut tx, candidate.0).await?;
        let mut stores = outbox::erasure::forget(&mut tx, &[candidate.to_string()], "").await?;
        stores.push(erased("facts", facts));
        tx.commit().await?;
        Ok(stores)
    }
}
