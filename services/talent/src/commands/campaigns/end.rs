//! A campaign is over: nothing more is asked for, and what has not gone out is taken back.

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::{CampaignEndReason, CampaignEnded, CampaignMemberState, CampaignState};

use crate::{
    domain::campaign::{
        Campaign,
        member::{CAMPAIGN_OVER, Member},
    },
    store,
};

/// Members that are written in one statement.
const PIECE: i64 = 500;

/// Ends it. The campaign is locked.
pub async fn run(tx: &mut TenantTx, campaign: &mut Campaign, reason: CampaignEndReason) -> Result<()> {
    let had_begun = campaign.state != CampaignState::Draft;
    loop {
        let mut members = store::campaign_members::lock_live(tx, campaign.id, PIECE).await?;
        if members.is_empty() {
            break;
        }
        let is_requested = |member: &&Member| member.state == CampaignMemberState::Requested;
        let requested: Vec<Member> = members.iter().filter(is_requested).cloned().collect();
        for member in &mut members {
            member.stop(CAMPAIGN_OVER);
        }
        store::campaign_members::update(tx, &members).await?;
        store::campaign_messages::recall(tx, &requested).await?;
    }
    campaign.end(reason, tx.now())?;
    store::campaigns::save(tx, campaign).await?;
    if had_begun {
        let ended = CampaignEnded { campaign_id: campaign.id.to_string(), reason: reason.into() };
        outbox::append(tx, campaign.id, &ended).await?;
    }
    Ok(())
}

/// Why it is over now; `None` when it is not.
pub async fn due(tx: &mut TenantTx, campaign: &Campaign) -> Result<Option<CampaignEndReason>> {
    if campaign.end_time()? <= tx.now() {
        return Ok(Some(CampaignEndReason::Time));
    }
    let is_done =
        campaign.state == CampaignState::Running && !store::campaign_members::any_live(tx, campaign.id).await?;
    Ok(is_done.then_some(CampaignEndReason::Completed))
}
