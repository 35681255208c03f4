//! What talent knows of the people whom tasks are about. It is asked outside of any transaction, with little patience: the
//! workbench must stand when talent does not.

use std::{collections::BTreeMap, time::Duration};

use chassis::{Result, TenantId, peers::Peers};
use usher_proto::{
    ats::v1::Task,
    talent::v1::{BatchGetContactBriefsRequest, ContactBrief, contact_brief_service_client::ContactBriefServiceClient},
};

/// How long a page waits for talent.
const PATIENCE: Duration = Duration::from_secs(1);

/// Puts the briefs where they belong, or says that there are none to be had.
pub async fn fill(peers: &Peers, tenant: TenantId, tasks: &mut [Task]) {
    let mut ids: Vec<String> = tasks.iter().map(|task| task.candidate_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return;
    }
    let asked = tokio::time::timeout(PATIENCE, ask(peers, tenant, ids)).await;
    let briefs = match asked {
        Ok(Ok(briefs)) => Some(briefs),
        Ok(Err(error)) => {
            tracing::warn!(%error, "talent gives no contact briefs; tasks are shown without");
            None
        }
        Err(_) => {
            tracing::warn!("talent does not answer in time; tasks are shown without contact briefs");
            None
        }
    };
    for task in tasks {
        let detail = task.detail.get_or_insert_default();
        detail.brief = briefs.as_ref().and_then(|briefs| briefs.get(&task.candidate_id).cloned());
        detail.brief_unavailable = briefs.is_none();
    }
}

async fn ask(peers: &Peers, tenant: TenantId, candidate_ids: Vec<String>) -> Result<BTreeMap<String, ContactBrief>> {
    let mut request = peers.request(Some(tenant), BatchGetContactBriefsRequest { candidate_ids })?;
    request.set_timeout(PATIENCE);
    let mut talent = ContactBriefServiceClient::new(peers.channel("talent")?);
    let briefs = talent.batch_get_contact_briefs(request).await?.into_inner().briefs;
    Ok(briefs.into_iter().map(|brief| (brief.candidate_id.clone(), brief)).collect())
}
