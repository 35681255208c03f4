//! What the services tell gives a person tags, or takes them.

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::{TagName, TagsChanged};

use super::tag_name;
use crate::{
    domain::{
        candidate::CandidateId,
        tag::{Change, Tag},
    },
    store,
};

pub async fn run(tx: &mut TenantTx, candidate: CandidateId, changes: Vec<Change>) -> Result<()> {
    let (mut added, mut removed): (Vec<Tag>, Vec<TagName>) = (Vec::new(), Vec::new());
    if changes.is_empty() {
        return Ok(());
    }
    let members = store::merges::whole(tx, candidate).await?.members;
    for change in changes {
        match change {
            Change::Give(tag) => added.push(tag),
            Change::Take { dimension, name, subject } => {
                if store::tags::remove(tx, &members, dimension, name, &subject).await? {
                    removed.push(TagName { dimension: dimension.into(), name: name.to_owned() });
                }
            }
        }
    }
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    store::tags::put(tx, candidate, &added).await?;
    let added = added.iter().map(tag_name).collect();
    let event = TagsChanged { candidate_id: candidate.to_string(), added, removed, actor: String::new() };
    outbox::append(tx, candidate, &event).await?;
    Ok(())
}
