//! What this service does for a person who asks what is kept of them, or is to be forgotten.

use async_trait::async_trait;
use chassis::{
    Db, Result, TenantCtx,
    service::RedisAccess,
    subjects::{Export, Subjects},
    wire,
};
use usher_proto::privacy::v1::{EraseSubjectRequest, ErasedStore, ExportSubjectRequest};

use crate::{commands, domain::message::CandidateId, store};

/// Those who are written to.
pub struct People {
    pub db: Db,
    pub redis: RedisAccess,
    pub outbox: outbox::Settings,
}

#[async_trait]
impl Subjects for People {
    async fn export(&self, ctx: TenantCtx, request: ExportSubjectRequest, out: &mut Export) -> Result<()> {
        let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let mut tx = self.db.begin(&ctx).await?;
        store::subjects::export(&mut tx, candidate, out).await?;
        let messages = store::subjects::messages(&mut tx, candidate).await?;
        for (place, id) in messages.iter().enumerate() {
            if place == 0 {
                out.part("drafts.txt", "text/plain; charset=utf-8").await?;
            }
            let draft = store::messages::get(&mut tx, *id).await?.draft;
            out.bytes(format!("{id}: {draft:#?}\n\n").as_bytes()).await?;
        }
        let addresses = store::subjects::addresses(&mut tx, candidate).await?;
        if !addresses.is_empty() {
            out.part("channel_addresses.txt", "text/plain; charset=utf-8").await?;
            for (channel, address) in addresses {
                out.bytes(format!("{channel}: {address}\n").as_bytes()).await?;
            }
        }
        let senders = store::subjects::senders(&mut tx, candidate).await?;
        if !senders.is_empty() {
            out.part("replies.txt", "text/plain; charset=utf-8").await?;
            for (reply, sender) in senders {
                out.bytes(format!("{reply}: {} <{}>\n", sender.name, sender.address).as_bytes()).await?;
            }
        }
        out.related(messages.iter().map(ToString::to_string).collect()).await
    }

    async fn erase(&self, ctx: TenantCtx, request: EraseSubjectRequest) -> Result<Vec<ErasedStore>> {
        let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let mut tx = self.db.begin(&ctx).await?;
        let (mut stores, words) = commands::erase_candidate::run(&mut tx, &self.redis, candidate).await?;
        stores.push(outbox::erasure::forget_stream(&tx, &self.redis, &self.outbox, &words, "").await?);
        tx.commit().await?;
        Ok(stores)
    }
}
