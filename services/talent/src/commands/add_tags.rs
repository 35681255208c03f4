//! Somebody gives a person tags.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{AddTagsRequest, NewTag, TagOrigin, TagsChanged};

use super::tag_name;
use crate::{
    domain::{
        candidate::CandidateId,
        clean::text,
        tag::{self, Tag},
    },
    keys::TenantKey,
    store,
};

/// All tags of the person, these among them.
pub async fn run(tx: &mut TenantTx, key: &TenantKey, request: AddTagsRequest) -> Result<Vec<Tag>> {
    let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
    // One that is named twice is given once, as it was said last.
    let mut given = BTreeMap::new();
    for (place, said) in request.tags.iter().enumerate() {
        let tag = read(tx, said, place)?;
        given.insert((tag.dimension, tag.name.clone()), tag);
    }
    let given: Vec<(CandidateId, Tag)> = given.into_values().map(|tag| (candidate, tag)).collect();

    store::candidates::hold(tx, candidate).await?;
    store::tags::put(tx, &given).await?;
    let person = store::people::get(tx, key, candidate).await?;
    if person.kept_tags.iter().filter(|tag| tag.origin == TagOrigin::Hand).count() > tag::MOST {
        let message = "a person has at most 200 tags by hand; take some away first";
        return Err(Error::failed_precondition("TAGS_TOO_MANY", message));
    }
    let added = given.iter().map(|(_, tag)| tag_name(tag)).collect();
    let event = TagsChanged {
        candidate_id: candidate.to_string(),
        added,
        removed: Vec::new(),
        actor: tx.ctx().actor.to_string(),
    };
    outbox::append(tx, candidate, &event).await?;
    Ok(person.tags(tx.now()))
}

fn read(tx: &TenantTx, said: &NewTag, place: usize) -> Result<Tag> {
    let field = |name: &str| format!("tags[{place}].{name}");
    let name = tag::clean_name(said.dimension(), &said.name)
        .map_err(|fault| Error::invalid(field(fault.field), fault.reason, fault.message))?;
    let evidence = text::required("evidence", &said.evidence, 500)
        .map_err(|fault| Error::invalid(field(fault.field), fault.reason, fault.message))?;
    let now = tx.now();
    let expire_time = said.expire_time.as_ref().map(|time| wire::instant(&field("expire_time"), time)).transpose()?;
    if expire_time.is_some_and(|end| end <= now) {
        return Err(Error::invalid(field("expire_time"), "TAG_EXPIRED", "must lie in the future"));
    }
    Ok(Tag {
        dimension: said.dimension(),
        name,
        origin: TagOrigin::Hand,
        evidence,
        actor: tx.ctx().actor.to_string(),
        set_time: now,
        expire_time,
        subject: String::new(),
    })
}
