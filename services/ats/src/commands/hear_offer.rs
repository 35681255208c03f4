//! Outreach says what became of a message about an offer or a first day.

use chassis::{Error, Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{Joining, TaskKind},
    outreach::v1::{MessageFailed, MessageKind, MessageRefused, MessageSent},
};

use super::{history, say};
use crate::{
    domain::{
        cadence::Cadence,
        moment::What,
        offer::{Offer, OfferId},
        onboarding::OnboardingId,
        task::About,
    },
    store,
};

/// Whether messages of a kind are heard of here.
pub fn is_ours(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::Offer | MessageKind::OfferReminder | MessageKind::OfferRescinded | MessageKind::OnboardingReminder
    )
}

/// A message went out. Silence about an offer is counted from then.
pub async fn sent(tx: &mut TenantTx, cadence: &Cadence, event: &MessageSent) -> Result<()> {
    if event.kind() != MessageKind::OnboardingReminder
        && let Some(offer) = offer(tx, &event.business_key).await?
    {
        let sent = wire::required_instant("send_time", event.send_time.as_ref())?;
        reached(tx, cadence, offer, event.kind(), sent).await?;
    }
    let Some(about) = about(tx, event.kind(), &event.business_key).await? else { return Ok(()) };
    say::settle(tx, about, &[TaskKind::MessageRefused, TaskKind::MessageFailed]).await
}

async fn reached(
    tx: &mut TenantTx,
    cadence: &Cadence,
    mut offer: Offer,
    kind: MessageKind,
    sent: DateTime<Utc>,
) -> Result<()> {
    let mut what = Vec::new();
    // Sent by a version that writes no history, while an upgrade was under way.
    if offer.awaits_answer(tx.now()) && store::moments::of(tx, offer.id).await?.is_empty() {
        what.push(What::OfferSent { expire: offer.terms.expire_time });
    }
    if kind == MessageKind::Offer {
        offer.message_time = Some(sent);
        store::offers::update(tx, &offer).await?;
        what.push(What::Asked { sent });
    } else {
        what.push(What::told(kind, sent));
    }
    history::happened(tx, cadence, offer.id, what).await
}

/// An offer did not get to the candidate.
async fn lost(tx: &mut TenantTx, cadence: &Cadence, kind: MessageKind, key: &str, reason: &str) -> Result<()> {
    if kind != MessageKind::Offer {
        return Ok(());
    }
    let Some(offer) = offer(tx, key).await? else { return Ok(()) };
    history::happened(tx, cadence, offer.id, vec![What::Undelivered { reason: reason.to_owned() }]).await
}

/// A message was refused: somebody has to tell the candidate in another way.
pub async fn refused(tx: &mut TenantTx, cadence: &Cadence, event: &MessageRefused) -> Result<()> {
    lost(tx, cadence, event.kind(), &event.business_key, &event.reason).await?;
    let why = match event.missing_facts.join(", ") {
        missing if missing.is_empty() => format!("{} was refused: {}.", name(event.kind()), event.reason),
        missing => format!("{} was refused because facts are missing: {missing}.", name(event.kind())),
    };
    tell(tx, TaskKind::MessageRefused, event.kind(), &event.business_key, why).await
}

/// A message was given up: somebody has to tell the candidate in another way.
pub async fn failed(tx: &mut TenantTx, cadence: &Cadence, event: &MessageFailed) -> Result<()> {
    lost(tx, cadence, event.kind(), &event.business_key, &event.reason).await?;
    let why = format!("{} could not be delivered: {}.", name(event.kind()), event.reason);
    tell(tx, TaskKind::MessageFailed, event.kind(), &event.business_key, why).await
}

async fn tell(tx: &mut TenantTx, task: TaskKind, kind: MessageKind, key: &str, why: String) -> Result<()> {
    let Some(about) = about(tx, kind, key).await? else { return Ok(()) };
    let suggestion = match kind {
        MessageKind::Offer | MessageKind::OfferReminder => {
            "The offer stands: check the address, or call, and record the answer."
        }
        MessageKind::OfferRescinded => "They still count on the offer: call and tell them.",
        _ => "Call, and tell them where to come and what to bring.",
    };
    let due = tx.now();
    say::task(tx, task, about, due, why, suggestion).await
}

/// What a message that the candidate still needs is about.
async fn about(tx: &mut TenantTx, kind: MessageKind, key: &str) -> Result<Option<About>> {
    if kind == MessageKind::OnboardingReminder {
        let Some(id) = subject::<OnboardingId>(key) else { return Ok(None) };
        let found = known(store::onboardings::lock(tx, id).await)?;
        return Ok(found.filter(|found| found.joining == Joining::Unspecified).map(|found| About::from(&found)));
    }
    let found = offer(tx, key).await?;
    let is_needed = |offer: &Offer| kind == MessageKind::OfferRescinded || offer.awaits_answer(tx.now());
    Ok(found.filter(is_needed).map(|found| About::from(&found)))
}

async fn offer(tx: &mut TenantTx, key: &str) -> Result<Option<Offer>> {
    match subject::<OfferId>(key) {
        None => Ok(None),
        Some(id) => known(store::offers::lock(tx, id).await),
    }
}

/// The business key of our messages begins with what they are about.
fn subject<T: std::str::FromStr>(key: &str) -> Option<T> {
    key.split('/').next()?.parse().ok()
}

/// What is not there is none of our business.
fn known<T>(found: Result<T, Error>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.code() == tonic::Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn name(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Offer => "The mail with an offer",
        MessageKind::OfferReminder => "The reminder of an offer",
        MessageKind::OfferRescinded => "The mail that takes an offer back",
        _ => "The reminder of the first day",
    }
}
