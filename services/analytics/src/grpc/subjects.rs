//! What this service does for a person who asks what is kept of them, or is to be forgotten. It knows no people: its facts
//! hold ids of interviews and messages, which lead nowhere once those are forgotten. So the facts stay, and with them
//! every figure; what goes is what events that could not be counted have said.

use async_trait::async_trait;
use chassis::{
    Db, Result, TenantCtx,
    subjects::{Export, Subjects},
    wire,
};
use usher_proto::privacy::v1::{EraseSubjectRequest, ErasedStore, ExportSubjectRequest};

use crate::store;

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
        let mut tx = self.0.begin(&ctx).await?;
        let mut last = String::new();
        for (table, fact) in store::subjects::facts(&mut tx, &request.related_ids).await? {
            if table != last {
                out.part(format!("{table}.jsonl"), "application/jsonl").await?;
                last = table;
            }
            out.bytes(format!("{fact}\n").as_bytes()).await?;
        }
        Ok(())
    }

    async fn erase(&self, ctx: TenantCtx, request: EraseSubjectRequest) -> Result<Vec<ErasedStore>> {
        let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let mut tx = self.0.begin(&ctx).await?;
        outbox::erasure::begin(&mut tx, candidate.0).await?;
        let stores = outbox::erasure::forget(&mut tx, &[candidate.to_string()], "").await?;
        tx.commit().await?;
        Ok(stores)
    }
}
