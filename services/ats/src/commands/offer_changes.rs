//! The company's side of an offer: changed, submitted, agreed to or not, sent, taken back; and its expiry by the clock.
//!
//! Everybody locks the application first and the offer then, as whoever ends the application does. The clock alone locks
//! no application: it changes the offer and nothing else.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::{
        ApproveOfferRequest, OfferSent, RefuseOfferRequest, RescindOfferRequest, SendOfferRequest, SubmitOfferRequest,
        TaskKind, UpdateOfferRequest,
    },
    outreach::v1::MessageKind,
};

use super::{create_offer::start_date, end_application::By, history, offer_say, say, turn};
use crate::{
    domain::{
        application::Application,
        cadence::Cadence,
        moment::What,
        offer::{Offer, OfferId, Proposal, chain},
        timer::TimerKind,
    },
    store,
};

const FIELDS: [&str; 13] = [
    "terms.position_title",
    "terms.employment_type",
    "terms.start_date",
    "terms.time_zone",
    "terms.salary_minor_units",
    "terms.salary_currency",
    "terms.salary_period",
    "terms.location",
    "terms.benefits",
    "terms.expire_time",
    "approvers",
    "contact_name",
    "contact_channel",
];

/// An offer and its application, locked.
pub async fn lock(tx: &mut TenantTx, id: &str) -> Result<(Application, Offer)> {
    let id: OfferId = wire::id("offer_id", id)?;
    let seen = store::offers::get(tx, id).await?;
    let application = store::applications::lock(tx, seen.application_id).await?;
    Ok((application, store::offers::lock(tx, id).await?))
}

pub async fn update(tx: &mut TenantTx, request: UpdateOfferRequest) -> Result<Offer> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let (_, mut offer) = lock(tx, &request.offer_id).await?;
    wire::check_etag(&request.etag, offer.version)?;
    let mut to = offer.proposal();
    for path in &mask {
        change(&mut to, path, &request)?;
    }
    if mask.iter().any(|path| path == "approvers") {
        let default = store::settings::get(tx).await?.default_offer_approvers;
        to.approvers = chain(request.approvers, &default, &offer.author)?;
    }
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let Some(changed) = offer.change(to, actor.clone(), now)? else { return Ok(offer) };
    if changed.terms {
        store::offers::insert_terms(tx, &offer, &actor).await?;
    }
    match changed.step {
        None => store::offers::update(tx, &offer).await?,
        Some(step) => {
            store::offers::go(tx, &offer, &step).await?;
            offer_say::turn(tx, &offer).await?;
        }
    }
    Ok(offer)
}

fn change(to: &mut Proposal, path: &str, request: &UpdateOfferRequest) -> Result<()> {
    let asked = request.terms.clone().unwrap_or_default();
    let required = |field| chassis::Error::invalid(field, "FIELD_REQUIRED", "can not be made empty");
    let terms = &mut to.terms;
    match path {
        "contact_name" if request.contact_name.trim().is_empty() => return Err(required("contact_name")),
        "contact_channel" if request.contact_channel.trim().is_empty() => return Err(required("contact_channel")),
        "terms.position_title" => terms.position_title = asked.position_title,
        "terms.employment_type" => terms.employment_type = asked.employment_type,
        "terms.start_date" => terms.start_date = start_date(&asked.start_date)?,
        "terms.time_zone" => terms.time_zone = asked.time_zone,
        "terms.salary_minor_units" => terms.salary_minor_units = asked.salary_minor_units,
        "terms.salary_currency" => terms.salary_currency = asked.salary_currency,
        "terms.salary_period" => terms.salary_period = asked.salary_period,
        "terms.location" => terms.location = asked.location,
        "terms.benefits" => terms.benefits = asked.benefits,
        "terms.expire_time" => {
            terms.expire_time = wire::required_instant("terms.expire_time", asked.expire_time.as_ref())?;
        }
        "contact_name" => to.contact_name.clone_from(&request.contact_name),
        "contact_channel" => to.contact_channel.clone_from(&request.contact_channel),
        // The chain needs the tenant's settings.
        _ => {}
    }
    Ok(())
}

pub async fn submit(tx: &mut TenantTx, request: SubmitOfferRequest) -> Result<Offer> {
    let (application, mut offer) = lock(tx, &request.offer_id).await?;
    wire::check_etag(&request.etag, offer.version)?;
    application.must_be_live()?;
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = offer.submit(actor, now)?;
    store::offers::go(tx, &offer, &step).await?;
    offer_say::turn(tx, &offer).await?;
    Ok(offer)
}

pub async fn approve(tx: &mut TenantTx, request: ApproveOfferRequest) -> Result<Offer> {
    let (_, mut offer) = lock(tx, &request.offer_id).await?;
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let Some((approval, step)) = offer.approve(actor, request.terms_version, request.reason, now)? else {
        return Ok(offer);
    };
    store::offers::insert_approval(tx, offer.id, &approval).await?;
    match step {
        None => store::offers::update(tx, &offer).await?,
        Some(step) => store::offers::go(tx, &offer, &step).await?,
    }
    offer_say::turn(tx, &offer).await?;
    Ok(offer)
}

pub async fn refuse(tx: &mut TenantTx, request: RefuseOfferRequest) -> Result<Offer> {
    let (_, mut offer) = lock(tx, &request.offer_id).await?;
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let (approval, step) = offer.refuse(actor, request.terms_version, request.reason, now)?;
    store::offers::insert_approval(tx, offer.id, &approval).await?;
    store::offers::go(tx, &offer, &step).await?;
    offer_say::turn(tx, &offer).await?;
    let why = format!("{} did not agree to an offer; the offer says why.", approval.approver);
    let suggestion = "Change the terms and submit it anew, or rescind it.";
    say::task(tx, TaskKind::OfferToProceed, &offer, now, why, suggestion).await?;
    Ok(offer)
}

pub async fn send(tx: &mut TenantTx, cadence: &Cadence, request: SendOfferRequest) -> Result<Offer> {
    let (application, mut offer) = lock(tx, &request.offer_id).await?;
    wire::check_etag(&request.etag, offer.version)?;
    application.must_be_live()?;
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = offer.send(actor, now)?;
    store::offers::go(tx, &offer, &step).await?;
    offer_say::turn(tx, &offer).await?;
    store::timers::set(tx, TimerKind::OfferExpiry, &[(offer.id.0, offer.terms.expire_time)]).await?;
    let sent = OfferSent {
        offer_id: offer.id.to_string(),
        application_id: offer.application_id.to_string(),
        job_id: offer.job_id.to_string(),
        candidate_id: offer.candidate_id.to_string(),
        expire_time: Some(wire::timestamp(offer.terms.expire_time)),
    };
    outbox::append(tx, offer.id, &sent).await?;
    offer_say::message(tx, MessageKind::Offer, "offer", &offer).await?;
    history::happened(tx, cadence, offer.id, vec![What::OfferSent { expire: offer.terms.expire_time }]).await?;
    turn::settle(tx, offer.application_id).await?;
    Ok(offer)
}

pub async fn rescind(tx: &mut TenantTx, request: RescindOfferRequest) -> Result<Offer> {
    let (_, mut offer) = lock(tx, &request.offer_id).await?;
    wire::check_etag(&request.etag, offer.version)?;
    take_back(tx, &mut offer, request.reason, By::Host).await?;
    turn::settle(tx, offer.application_id).await?;
    Ok(offer)
}

/// Takes a locked offer back. Who withdrew themselves need not be told.
async fn take_back(tx: &mut TenantTx, offer: &mut Offer, reason: String, by: By) -> Result<()> {
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let in_hand = offer.awaits_answer(now);
    let step = offer.rescind(actor, reason, now)?;
    store::offers::go(tx, offer, &step).await?;
    offer_say::over(tx, offer, What::OfferRescinded).await?;
    offer_say::closed(tx, offer).await?;
    if in_hand && by == By::Host {
        offer_say::message(tx, MessageKind::OfferRescinded, "rescinded", offer).await?;
    }
    Ok(())
}

/// An application ended, and with it whatever was on offer. The caller has it locked.
pub async fn application_ended(tx: &mut TenantTx, application: &Application, by: By) -> Result<()> {
    for mut offer in store::offers::lock_of_application(tx, application.id).await? {
        if offer.is_open() {
            take_back(tx, &mut offer, "the application ended".to_owned(), by).await?;
        } else {
            offer_say::over(tx, &offer, What::ApplicationEnded).await?;
        }
    }
    Ok(())
}

/// The time to answer has passed. False when there was nothing to do, or somebody else is at the offer just now.
pub async fn expire(tx: &mut TenantTx, id: OfferId) -> Result<bool> {
    let Some(mut offer) = store::offers::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::OfferExpiry).await? {
        return Ok(false);
    }
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let Some(step) = offer.expire(actor, now)? else { return Ok(true) };
    store::offers::go(tx, &offer, &step).await?;
    offer_say::over(tx, &offer, What::OfferExpired).await?;
    offer_say::closed(tx, &offer).await?;
    let why = "The candidate has not answered an offer, and it has expired.".to_owned();
    let suggestion = "Ask what they think of it, and make a new offer where it is worth it.";
    say::task(tx, TaskKind::OfferNotTaken, &offer, offer.terms.expire_time, why, suggestion).await?;
    turn::settle(tx, offer.application_id).await?;
    Ok(true)
}
