//! Campaigns go on by themselves: their people are drawn, messages are asked for, what is to be taken back is taken back, and
//! they end. Any number of processes may do it at once; each campaign is looked after by one of them at a time.

use std::time::Duration;

use chassis::{Db, Error, Result, TenantCtx, TenantId, peers::Peers};
use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use usher_proto::{
    eventlog::v1::ConsistencyToken,
    outreach::v1::{
        CancelMessageRequest, ListMessagesRequest, Message, MessageDraft, MessageState, SendMessageRequest,
        message_service_client::MessageServiceClient,
    },
    talent::v1::CampaignState,
};

use crate::{
    commands::campaigns::{ask, ask::Asked, draw, end, note},
    domain::campaign::{BusinessKey, Campaign, CampaignId},
    keys::Keyring,
    queries::campaigns,
    replica::Replica,
    store::{self, campaign_messages::Recalled},
};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(1);
/// People of a segment that are drawn in one transaction.
const DRAWN: usize = 200;
/// Messages that are asked for in one transaction.
const ASKED: i64 = 50;
/// Messages that outreach is asked for at once.
const AT_ONCE: usize = 8;
/// Messages that are taken back in one round.
const RECALLED: i64 = 200;
/// The longest that outreach is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the work needs.
#[derive(Clone)]
pub struct Shop {
    pub db: Db,
    pub keys: Keyring,
    pub replica: Replica,
    pub peers: Peers,
    pub stop: CancellationToken,
}

/// Until stopped.
pub async fn run(shop: Shop) {
    let mut rounds = shop.db.clock().rounds(EVERY);
    while !shop.stop.is_cancelled() {
        if let Err(error) = shop.round().await {
            tracing::warn!(%error, "campaigns could not be looked after; the next round will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = shop.stop.cancelled() => {}
        }
    }
}

impl Shop {
    async fn round(&self) -> Result<()> {
        let live = store::campaigns::live(&mut self.db.begin_system().await?).await?;
        for (tenant, id) in live {
            // One that can not go on keeps no other waiting.
            if let Err(error) = self.look_after(tenant, id).await {
                tracing::warn!(%tenant, campaign = %id, %error, "a campaign could not go on; the next round tries again");
            }
        }
        let recalled = store::campaign_messages::recalled(&mut self.db.begin_system().await?, RECALLED).await?;
        for message in recalled {
            if self.stop.is_cancelled() {
                return Ok(());
            }
            if let Err(error) = self.take_back(&message).await {
                let Recalled { tenant_id: tenant, campaign_id: campaign, .. } = message;
                tracing::warn!(%tenant, %campaign, %error, "a message could not be taken back; the next round tries again");
            }
        }
        Ok(())
    }

    async fn look_after(&self, tenant: TenantId, id: CampaignId) -> Result<()> {
        let ctx = TenantCtx::service(tenant, "talent");
        while !self.stop.is_cancelled() {
            let Some(campaign) = self.going_on(&ctx, id).await? else { return Ok(()) };
            let has_more = match campaign.state {
                CampaignState::Drawing => self.draw(&ctx, &campaign).await?,
                CampaignState::Running => self.ask(&ctx, id).await?,
                _ => false,
            };
            if !has_more {
                return Ok(());
            }
        }
        Ok(())
    }

    /// As it stands; ends it when it is over. `None` then, and where somebody else is at it.
    async fn going_on(&self, ctx: &TenantCtx, id: CampaignId) -> Result<Option<Campaign>> {
        let mut tx = self.db.begin(ctx).await?;
        let Some(mut campaign) = store::campaigns::lock_unless_busy(&mut tx, id).await? else { return Ok(None) };
        if !matches!(campaign.state, CampaignState::Drawing | CampaignState::Running | CampaignState::Paused) {
            return Ok(None);
        }
        let Some(reason) = end::due(&mut tx, &campaign).await? else { return Ok(Some(campaign)) };
        end::run(&mut tx, &mut campaign, reason).await?;
        tx.commit().await?;
        Ok(None)
    }

    /// Draws the next people. Whether there may be more to do.
    async fn draw(&self, ctx: &TenantCtx, campaign: &Campaign) -> Result<bool> {
        let (Some(start), Some(event)) = (campaign.start_time, campaign.start_event) else { return Ok(false) };
        let key = self.keys.key(ctx).await?;
        // What was said before the campaign began is seen.
        let token = ConsistencyToken { source: self.db.schema().to_owned(), event_id: event.to_string() };
        let index = self.replica.index_at(&token).await?;
        let synonyms = self.replica.synonyms(ctx).await?;
        let mut tx = self.db.begin(ctx).await?;
        let Some(mut campaign) = store::campaigns::lock_unless_busy(&mut tx, campaign.id).await? else {
            return Ok(false);
        };
        if campaign.state != CampaignState::Drawing {
            return Ok(true);
        }
        let segment = campaign.spec.segment.clone().unwrap_or_default();
        let asking = campaigns::read(&segment, &synonyms, start)?;
        let (tenant, after) = (ctx.tenant.0, draw::place(&campaign));
        let page = move || campaigns::find(&index, tenant, asking, after, DRAWN, start);
        let found = tokio::task::spawn_blocking(page)
            .await
            .map_err(|error| Error::internal("a search broke off", &error))??;
        draw::run(&mut tx, &key, &mut campaign, found).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Asks outreach for the next messages. Whether there may be more to do.
    async fn ask(&self, ctx: &TenantCtx, id: CampaignId) -> Result<bool> {
        let key = self.keys.key(ctx).await?;
        let mut tx = self.db.begin(ctx).await?;
        let Some(campaign) = store::campaigns::lock_unless_busy(&mut tx, id).await? else { return Ok(false) };
        if campaign.state != CampaignState::Running {
            return Ok(false);
        }
        let asked = ask::run(&mut tx, &key, &campaign, ASKED).await?;
        tx.commit().await?;
        let had_some = !asked.is_empty();
        let answers = stream::iter(asked).map(async |asked: Asked| self.hand_over(ctx, asked).await);
        let outcomes: Vec<Result<()>> = answers.buffer_unordered(AT_ONCE).collect().await;
        let failed: Vec<&Error> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        if let Some(error) = failed.first() {
            tracing::warn!(campaign = %id, messages = failed.len(), %error,
                "outreach could not be asked for messages; it is asked again");
        }
        // Where it can not be reached, others need not wait for an answer either.
        Ok(had_some && failed.is_empty())
    }

    async fn hand_over(&self, ctx: &TenantCtx, asked: Asked) -> Result<()> {
        let answer = self.send(ctx.tenant, asked.draft).await;
        let mut tx = self.db.begin(ctx).await?;
        match answer {
            Ok(message) if message.state() == MessageState::Refused => {
                let verdict = message.verdicts.iter().find(|verdict| !verdict.passed);
                let reason = verdict.map_or("REFUSED", |verdict| verdict.reason.as_str());
                note::refused(&mut tx, &asked.key, reason).await?;
            }
            Ok(message) => note::taken(&mut tx, &asked.key, &message.message_id).await?,
            Err(error) if is_final(&error) => note::refused(&mut tx, &asked.key, error.reason()).await?,
            Err(error) => return Err(error),
        }
        tx.commit().await?;
        Ok(())
    }

    async fn send(&self, tenant: TenantId, draft: MessageDraft) -> Result<Message> {
        let request = SendMessageRequest { draft: Some(draft), ..SendMessageRequest::default() };
        let mut request = self.peers.request(Some(tenant), request)?;
        request.set_timeout(PATIENCE);
        let answer = MessageServiceClient::new(self.peers.channel("outreach")?).send_message(request).await?;
        answer.into_inner().message.ok_or_else(|| Error::unavailable("UPSTREAM", "outreach named no message"))
    }

    async fn take_back(&self, recalled: &Recalled) -> Result<()> {
        let Recalled { tenant_id, campaign_id, candidate_id, step, .. } = *recalled;
        let key = BusinessKey { campaign: campaign_id, candidate: candidate_id, step };
        let message = match recalled.message_id.as_str() {
            "" => self.find(tenant_id, &key).await?,
            id => Some(id.to_owned()),
        };
        let is_back = match message {
            None => true,
            Some(id) => self.cancel(tenant_id, id).await?,
        };
        let mut tx = self.db.begin(&TenantCtx::service(tenant_id, "talent")).await?;
        if is_back {
            note::recalled(&mut tx, &key).await?;
        } else {
            note::not_recalled(&mut tx, &key).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The message of that key, when outreach has it.
    async fn find(&self, tenant: TenantId, key: &BusinessKey) -> Result<Option<String>> {
        let mut outreach = MessageServiceClient::new(self.peers.channel("outreach")?);
        let (wanted, mut page_token) = (key.to_string(), String::new());
        loop {
            let list = ListMessagesRequest {
                candidate_id: key.candidate.to_string(),
                page_size: 200,
                page_token,
                ..ListMessagesRequest::default()
            };
            let page = outreach.list_messages(self.peers.request(Some(tenant), list)?).await?.into_inner();
            let found = page.messages.into_iter().find(|message| message.business_key == wanted);
            if found.is_some() || page.next_page_token.is_empty() {
                return Ok(found.map(|message| message.message_id));
            }
            page_token = page.next_page_token;
        }
    }

    /// Whether it never goes out.
    async fn cancel(&self, tenant: TenantId, message_id: String) -> Result<bool> {
        let request = CancelMessageRequest { message_id, ..CancelMessageRequest::default() };
        let mut outreach = MessageServiceClient::new(self.peers.channel("outreach")?);
        match outreach.cancel_message(self.peers.request(Some(tenant), request)?).await {
            Ok(_) => Ok(true),
            Err(status) if status.code() == Code::NotFound => Ok(true),
            // A worker has it, or it is out; what became of it is said by an event.
            Err(status) if status.code() == Code::FailedPrecondition => Ok(false),
            Err(status) => Err(status.into()),
        }
    }
}

/// Whether outreach will say the same however often it is asked.
fn is_final(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::FailedPrecondition | Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::OutOfRange
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_over_while_outreach_is_still_being_asked() {
        let in_turn = u32::try_from(usize::try_from(ASKED).unwrap().div_ceil(AT_ONCE)).unwrap();
        assert!(PATIENCE * in_turn < ask::LEASE.to_std().unwrap());
    }
}
