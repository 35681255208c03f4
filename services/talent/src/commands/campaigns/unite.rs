//! People who may be members of the same campaigns have become one, or two again.

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::CampaignMemberState;

use crate::{
    domain::{
        campaign::{member::Member, same},
        candidate::CandidateId,
    },
    store,
};

/// Settles who of them speaks, in each campaign that is not over. Whoever stands for the person is held.
pub async fn run(tx: &mut TenantTx, root: CandidateId) -> Result<()> {
    let whole = store::merges::whole(tx, root).await?;
    let before = store::campaign_members::lock_assigned(tx, &whole.members).await?;
    let mut after = before.clone();
    for members in after.chunk_by_mut(|one, other| one.campaign == other.campaign) {
        same::settle(members);
    }
    after.retain(|member| !before.contains(member));
    let left_out: Vec<Member> =
        after.iter().filter(|member| member.state == CampaignMemberState::Skipped).cloned().collect();
    store::campaign_members::update(tx, &after).await?;
    store::campaign_messages::recall(tx, &left_out).await
}
