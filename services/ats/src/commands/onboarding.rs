//! From an accepted offer to the first day: what changes it, and what its timers do.

use chassis::{Error, Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::{
    AddOnboardingItemRequest, ChecklistEntry, CompleteOnboardingItemRequest, Joining, JoiningRecorded,
    MessageRequested, RecordJoiningRequest, ReopenOnboardingItemRequest, StartDateMoved, TaskKind,
    UpdateOnboardingRequest,
};
use uuid::Uuid;

use super::say;
use crate::{
    domain::{
        day,
        interview::Change,
        offer_draft,
        onboarding::{Entry, JoiningEntry, Onboarding, OnboardingId},
        task::About,
        timer::TimerKind,
    },
    store,
};

const FIELDS: [&str; 5] = ["start_date", "time_zone", "place", "contact_name", "contact_channel"];

/// Sets its timers, or takes them away.
pub async fn watch(tx: &mut TenantTx, onboarding: &Onboarding) -> Result<()> {
    plan_reminder(tx, onboarding).await?;
    plan_look(tx, onboarding).await
}

/// Only where the first day is another one, or whether it matters: a reminder that is due and has not gone out yet would
/// be passed over by planning the next.
async fn plan_reminder(tx: &mut TenantTx, onboarding: &Onboarding) -> Result<()> {
    plan(tx, onboarding, TimerKind::OnboardingReminder, onboarding.next_reminder(tx.now())).await
}

async fn plan_look(tx: &mut TenantTx, onboarding: &Onboarding) -> Result<()> {
    plan(tx, onboarding, TimerKind::OnboardingLook, onboarding.next_look()).await
}

async fn plan(tx: &mut TenantTx, onboarding: &Onboarding, kind: TimerKind, due: Option<DateTime<Utc>>) -> Result<()> {
    match due {
        Some(due) => store::timers::set(tx, kind, &[(onboarding.id.0, due)]).await,
        None => store::timers::clear(tx, &[onboarding.id.0], &[kind]).await,
    }
}

pub async fn update(tx: &mut TenantTx, request: UpdateOnboardingRequest) -> Result<Onboarding> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let mut onboarding = lock(tx, &request.onboarding_id).await?;
    wire::check_etag(&request.etag, onboarding.version)?;
    let mut to = onboarding.details();
    for path in &mask {
        match path.as_str() {
            "start_date" => to.start_date = day::read("start_date", &request.start_date)?,
            "time_zone" => to.time_zone.clone_from(&request.time_zone),
            "place" => to.place.clone_from(&request.place),
            "contact_name" => to.contact_name.clone_from(&request.contact_name),
            _ => to.contact_channel.clone_from(&request.contact_channel),
        }
    }
    let (before, from_date, asked) = (onboarding.details(), onboarding.start_date, onboarding.asked);
    let (change, in_time) = onboarding.change(to, tx.now())?;
    if change == Change::None {
        return Ok(onboarding);
    }
    keep(tx, &onboarding).await?;
    if (before.start_date, before.time_zone) != (onboarding.start_date, onboarding.time_zone.clone()) {
        plan_reminder(tx, &onboarding).await?;
    }
    for item in in_time {
        settle_item(tx, &onboarding, item).await?;
    }
    if asked && !onboarding.asked {
        say::settle(tx, &onboarding, &[TaskKind::RecordJoining]).await?;
    }
    if onboarding.start_date != from_date {
        let moved = StartDateMoved {
            onboarding_id: onboarding.id.to_string(),
            application_id: onboarding.application_id.to_string(),
            job_id: onboarding.job_id.to_string(),
            candidate_id: onboarding.candidate_id.to_string(),
            from_date: from_date.to_string(),
            start_date: onboarding.start_date.to_string(),
            time_zone: onboarding.time_zone.clone(),
        };
        outbox::append(tx, onboarding.id, &moved).await?;
    }
    Ok(onboarding)
}

pub async fn complete_item(tx: &mut TenantTx, request: CompleteOnboardingItemRequest) -> Result<Onboarding> {
    let mut onboarding = lock(tx, &request.onboarding_id).await?;
    let actor = tx.ctx().actor.clone();
    let (change, item) = onboarding.complete(&request.key, actor.as_str(), tx.now())?;
    if change == Change::Made {
        keep(tx, &onboarding).await?;
        settle_item(tx, &onboarding, item).await?;
    }
    Ok(onboarding)
}

pub async fn reopen_item(tx: &mut TenantTx, request: ReopenOnboardingItemRequest) -> Result<Onboarding> {
    let mut onboarding = lock(tx, &request.onboarding_id).await?;
    if onboarding.reopen(&request.key, tx.now())? == Change::Made {
        keep(tx, &onboarding).await?;
    }
    Ok(onboarding)
}

pub async fn add_item(tx: &mut TenantTx, request: AddOnboardingItemRequest) -> Result<Onboarding> {
    let mut onboarding = lock(tx, &request.onboarding_id).await?;
    let asked = request.entry.ok_or_else(|| Error::invalid("entry", "FIELD_REQUIRED", "is required"))?;
    onboarding.add(entry(asked), tx.now())?;
    keep(tx, &onboarding).await?;
    Ok(onboarding)
}

pub async fn record_joining(tx: &mut TenantTx, request: RecordJoiningRequest) -> Result<Onboarding> {
    let mut onboarding = lock(tx, &request.onboarding_id).await?;
    let corrects = onboarding.joining;
    if onboarding.record(request.joining(), &request.reason, tx.now())? == Change::None {
        return Ok(onboarding);
    }
    keep(tx, &onboarding).await?;
    plan_reminder(tx, &onboarding).await?;
    let entry = JoiningEntry {
        joining: onboarding.joining,
        corrects,
        reason: request.reason,
        actor: tx.ctx().actor.to_string(),
        time: tx.now(),
    };
    store::onboardings::insert_entry(tx, &onboarding, &entry).await?;
    say::settle(tx, &onboarding, &[TaskKind::RecordJoining, TaskKind::MessageRefused, TaskKind::MessageFailed]).await?;
    if onboarding.joining == Joining::DidNotJoin {
        for item in onboarding.items.clone() {
            settle_item(tx, &onboarding, item.id).await?;
        }
    }
    let recorded = JoiningRecorded {
        onboarding_id: onboarding.id.to_string(),
        application_id: onboarding.application_id.to_string(),
        job_id: onboarding.job_id.to_string(),
        candidate_id: onboarding.candidate_id.to_string(),
        joining: onboarding.joining.into(),
        corrects: corrects.into(),
        start_date: onboarding.start_date.to_string(),
    };
    outbox::append(tx, onboarding.id, &recorded).await?;
    Ok(onboarding)
}

/// A reminder is due. False when there was nothing to do, or somebody else is at the onboarding just now.
pub async fn remind(tx: &mut TenantTx, id: OnboardingId) -> Result<bool> {
    let Some(mut onboarding) = store::onboardings::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::OnboardingReminder).await? {
        return Ok(false);
    }
    if onboarding.may_remind(tx.now()) {
        onboarding.reminders += 1;
        store::onboardings::update(tx, &onboarding).await?;
        let job = store::jobs::get(tx, onboarding.job_id).await?;
        let requested = MessageRequested { draft: Some(offer_draft::reminder(&onboarding, &job)) };
        outbox::append(tx, onboarding.id, &requested).await?;
    }
    plan_reminder(tx, &onboarding).await?;
    Ok(true)
}

/// Something of the host's is due. False when there was nothing to do, or somebody else is at the onboarding just now.
pub async fn look(tx: &mut TenantTx, id: OnboardingId) -> Result<bool> {
    let Some(mut onboarding) = store::onboardings::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::OnboardingLook).await? {
        return Ok(false);
    }
    let now = tx.now();
    let due = onboarding.look(now);
    store::onboardings::update(tx, &onboarding).await?;
    for item in due.overdue {
        let Entry { display_name, .. } = &item.entry;
        let (day, start) = (onboarding.due_date(&item), onboarding.start_date);
        let why = format!("“{display_name}” was due on {day} and is not done; the first day is {start}.");
        let about = about(&onboarding, item.id);
        say::task(tx, TaskKind::OnboardingItemOverdue, about, now, why, "Do it, and tick it off the checklist.")
            .await?;
    }
    if due.ask {
        let why = format!("{} was the first day, and nobody has said whether they joined.", onboarding.start_date);
        let suggestion = "Record whether they joined, or move the first day.";
        say::task(tx, TaskKind::RecordJoining, &onboarding, now, why, suggestion).await?;
    }
    plan_look(tx, &onboarding).await?;
    Ok(true)
}

async fn lock(tx: &mut TenantTx, id: &str) -> Result<Onboarding> {
    store::onboardings::lock(tx, wire::id("onboarding_id", id)?).await
}

/// Saves a change, and plans anew what it means for the host.
async fn keep(tx: &mut TenantTx, onboarding: &Onboarding) -> Result<()> {
    store::onboardings::update(tx, onboarding).await?;
    plan_look(tx, onboarding).await
}

async fn settle_item(tx: &mut TenantTx, onboarding: &Onboarding, item: Uuid) -> Result<()> {
    say::settle(tx, about(onboarding, item), &[TaskKind::OnboardingItemOverdue]).await
}

/// A task of one item: of each there may be one.
fn about(onboarding: &Onboarding, item: Uuid) -> About {
    About { subject: item, ..onboarding.into() }
}

/// As it is kept.
pub fn entry(entry: ChecklistEntry) -> Entry {
    Entry {
        key: entry.key,
        display_name: entry.display_name,
        display_name_zh: entry.display_name_zh,
        due_offset_days: entry.due_offset_days,
        side: entry.side,
        remind_candidate: entry.remind_candidate,
    }
}
