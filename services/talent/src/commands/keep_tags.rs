//! What the services tell gives people tags, or takes them.

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

/// Takes in what was told of people, in its order.
pub async fn run(tx: &mut TenantTx, told: Vec<(CandidateId, Vec<Change>)>) -> Result<()> {
    let (mut given, mut said) = (Vec::<(CandidateId, Tag)>::new(), Vec::<(CandidateId, TagsChanged)>::new());
    for (candidate, changes) in told {
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Give(tag) => added.push(tag),
                Change::Take { dimension, name, subject } => {
                    // What was given before may be what is taken.
                    store::tags::put(tx, &std::mem::take(&mut given)).await?;
                    let members = store::merges::whole(tx, candidate).await?.members;
                    if store::tags::remove(tx, &members, dimension, name, &subject).await? {
                        removed.push(TagName { dimension: dimension.into(), name: name.to_owned() });
                    }
                }
            }
        }
        if !added.is_empty() || !removed.is_empty() {
            let event = TagsChanged {
                candidate_id: candidate.to_string(),
                added: added.iter().map(tag_name).collect(),
                removed,
                actor: String::new(),
            };
            said.push((candidate, event));
        }
        given.extend(added.into_iter().map(|tag| (candidate, tag)));
    }
    store::tags::put(tx, &given).await?;
    let said: Vec<(CandidateId, &TagsChanged)> = said.iter().map(|(candidate, event)| (*candidate, event)).collect();
    outbox::append_all(tx, &said).await?;
    Ok(())
}
