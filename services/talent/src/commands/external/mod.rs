//! Something is seen of a person elsewhere, and somebody decides what of it is taken over.

mod person;
mod seen;

use chassis::{Error, Result, TenantTx, wire};
use prost::Message as _;
use usher_proto::talent::v1::{
    ApplyExternalActivityRequest, DismissExternalActivityRequest, ExternalActivityRecorded, ExternalActivityState,
    ExternalApply, RecordExternalActivityRequest,
};

use crate::{
    domain::{
        candidate::{Candidate, CandidateId},
        document::without_contacts,
        external::{Activity, ActivityId, Content, FIELDS, RESUME, Take, all_fields, diff, page},
        resume::ResumeId,
    },
    keys::TenantKey,
    store::{self, external::Names},
};

/// Writes a sighting down. The answer is the sighting, and whether it is a new one.
pub async fn record(
    tx: &mut TenantTx,
    key: &TenantKey,
    request: RecordExternalActivityRequest,
) -> Result<(Activity, bool)> {
    let now = tx.now();
    let time = request.time.as_ref().map(|time| wire::instant("time", time)).transpose()?.unwrap_or(now);
    if time > now {
        return Err(Error::invalid("time", "ACTIVITY_TIME_INVALID", "must not lie in the future"));
    }
    page::check("url", &request.url)?;
    if request.profile.is_none() && request.text.trim().is_empty() && request.url.is_empty() {
        return Err(Error::invalid("profile", "ACTIVITY_EMPTY", "or text or url must say what was seen"));
    }
    let take = take(&request)?;
    let seen = seen::of(request.profile.as_ref(), &request.text, now)?;
    let candidate = person::find(tx, key, &request).await?;
    let id = ActivityId::new();
    let names = names(key, &request, id)?;
    let content = Content { external_id: request.external_id, url: request.url, seen, ..Content::default() };
    let sighting = Sighting { id, candidate, source: request.source, time, content };
    keep(tx, key, sighting, &names, &take).await
}

/// What of it is taken over at once.
fn take(request: &RecordExternalActivityRequest) -> Result<Take> {
    Ok(match request.apply() {
        ExternalApply::Unspecified | ExternalApply::None => Take::Nothing,
        ExternalApply::FillEmpty => Take::Unknown,
        ExternalApply::Mask => Take::Fields(wire::check_mask(request.apply_mask.as_ref(), &FIELDS)?),
    })
}

/// By what the same sighting is known, and whether it says the same.
fn names(key: &TenantKey, request: &RecordExternalActivityRequest, id: ActivityId) -> Result<Names> {
    let external_id = if request.external_id.is_empty() { id.to_string() } else { request.external_id.clone() };
    let said = RecordExternalActivityRequest { request_id: String::new(), ..request.clone() };
    Ok(Names {
        blind: key.blind_words("sighting", format!("{}|{external_id}", request.source).as_bytes())?,
        fingerprint: key.blind_words("sighting content", &said.encode_to_vec())?,
    })
}

/// A résumé that is not a person's first is a sighting of its own, with whom the résumé came.
pub async fn record_resume(
    tx: &mut TenantTx,
    key: &TenantKey,
    candidate: CandidateId,
    resume: ResumeId,
    text: &str,
) -> Result<()> {
    let external_id = resume.to_string();
    let blind = key.blind_words("sighting", format!("{RESUME}|{external_id}").as_bytes())?;
    let names = Names { fingerprint: blind.clone(), blind };
    let content = Content { external_id, seen: seen::of(None, text, tx.now())?, ..Content::default() };
    let source = RESUME.to_owned();
    let sighting = Sighting { id: ActivityId::new(), candidate, source, time: tx.now(), content };
    keep(tx, key, sighting, &names, &Take::Nothing).await.map(drop)
}

/// A sighting before it is held against what is known.
struct Sighting {
    id: ActivityId,
    /// Whom it names, who may be part of another person: it goes with them when a merge is undone.
    candidate: CandidateId,
    source: String,
    time: chrono::DateTime<chrono::Utc>,
    content: Content,
}

async fn keep(
    tx: &mut TenantTx,
    key: &TenantKey,
    sighting: Sighting,
    names: &Names,
    take: &Take,
) -> Result<(Activity, bool)> {
    let Sighting { id, candidate, source, time, mut content } = sighting;
    let root = store::merges::root(tx, candidate).await?;
    let known = store::candidates::lock(tx, key, root).await?;
    let full = content.seen.onto(&known.profile, &all_fields());
    content.diffs = diff::between(&known.profile, &full);
    content.added_skills = content.seen.added_skills(&known.profile);
    let changed_fields: Vec<String> = content.diffs.iter().map(|diff| diff.field.clone()).collect();
    let state =
        if changed_fields.is_empty() { ExternalActivityState::NothingNew } else { ExternalActivityState::Suggested };
    let mut activity = Activity {
        id,
        candidate,
        source,
        time,
        state,
        changed_fields,
        applied_fields: Vec::new(),
        content,
        actor: tx.ctx().actor.to_string(),
        version: 1,
        create_time: tx.now(),
    };
    if !store::external::insert(tx, key, &activity, names).await? {
        return said_before(tx, key, names).await.map(|activity| (activity, false));
    }
    let event = recorded(&activity);
    outbox::append(tx, candidate, &event).await?;
    if *take != Take::Nothing {
        take_over(tx, key, &mut activity, known, take).await?;
        store::external::update(tx, &activity).await?;
    }
    Ok((Activity { candidate: root, ..activity }, true))
}

/// The sighting that was written down before under that name.
async fn said_before(tx: &mut TenantTx, key: &TenantKey, names: &Names) -> Result<Activity> {
    let (activity, fingerprint) = store::external::of_blind(tx, key, &names.blind).await?;
    if fingerprint != names.fingerprint {
        return Err(Error::already_exists(
            "EXTERNAL_ID_REUSED",
            "this external_id stands for a sighting with other content; take another one for another sighting",
        )
        .with("activity_id", activity.id));
    }
    Ok(activity)
}

fn recorded(activity: &Activity) -> ExternalActivityRecorded {
    ExternalActivityRecorded {
        candidate_id: activity.candidate.to_string(),
        activity_id: activity.id.to_string(),
        source: activity.source.clone(),
        // A name of a skill is anybody's words.
        added_skills: activity.content.added_skills.iter().map(|skill| without_contacts(&skill.name)).collect(),
        changed_fields: activity.changed_fields.clone(),
        time: Some(wire::timestamp(activity.time)),
    }
}

/// Changes the profile, and notes it.
async fn take_over(
    tx: &mut TenantTx,
    key: &TenantKey,
    activity: &mut Activity,
    before: Candidate,
    take: &Take,
) -> Result<Candidate> {
    let profile = activity.content.seen.onto(&before.profile, take);
    let changed = before.profile.changed(&profile);
    activity.apply(changed.clone())?;
    if changed.is_empty() {
        return Ok(before);
    }
    let after = Candidate { profile, version: before.version + 1, update_time: tx.now(), ..before.clone() };
    let change = (before.profile, after);
    if !store::candidates::update(tx, key, std::slice::from_ref(&change)).await? {
        return Err(super::taken(tx, key, &change.1).await?);
    }
    outbox::append(tx, change.1.id, &super::updated(&change.0, &change.1)).await?;
    Ok(change.1)
}

/// Somebody takes over what was seen.
pub async fn apply(
    tx: &mut TenantTx,
    key: &TenantKey,
    request: ApplyExternalActivityRequest,
) -> Result<(Activity, Candidate)> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let id: ActivityId = wire::id("activity_id", &request.activity_id)?;
    // The person first, as everywhere.
    let candidate = store::external::get(tx, key, id).await?.candidate;
    let before = store::candidates::lock(tx, key, candidate).await?;
    let mut activity = store::external::lock(tx, key, id).await?;
    wire::check_etag(&request.etag, activity.version)?;
    let candidate = take_over(tx, key, &mut activity, before, &Take::Fields(mask)).await?;
    store::external::update(tx, &activity).await?;
    Ok((activity, candidate))
}

/// Somebody leaves the profile as it is.
pub async fn dismiss(tx: &mut TenantTx, key: &TenantKey, request: DismissExternalActivityRequest) -> Result<Activity> {
    let mut activity = store::external::lock(tx, key, wire::id("activity_id", &request.activity_id)?).await?;
    wire::check_etag(&request.etag, activity.version)?;
    if activity.dismiss()? {
        store::external::update(tx, &activity).await?;
    }
    Ok(activity)
}
