//! An offer is answered: by the candidate, or by the host who heard it from them. An acceptance hires.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{
    ApplicationState, Hired, JobState, Joining, OfferAnswer, OfferAnswered, RecordOfferAnswerRequest, TaskKind,
};

use super::{
    close_job,
    end_application::{self, By},
    offer_changes, offer_say, onboarding, say, turn,
};
use crate::{
    domain::{
        application::{Application, ApplicationId},
        job::Job,
        moment::What,
        offer::Offer,
        onboarding::{Item, Onboarding, OnboardingId},
    },
    store,
};

/// The host records what the candidate said.
pub async fn record(tx: &mut TenantTx, request: RecordOfferAnswerRequest) -> Result<Offer> {
    let (application, mut offer) = offer_changes::lock(tx, &request.offer_id).await?;
    wire::check_etag(&request.etag, offer.version)?;
    let answer = request.answer();
    answered(tx, &application, &mut offer, answer, None, request.note, By::Host).await?;
    Ok(offer)
}

/// The candidate answers what they see.
pub async fn by_candidate(
    tx: &mut TenantTx,
    application: ApplicationId,
    answer: OfferAnswer,
    revision: &str,
    note: String,
) -> Result<()> {
    let application = store::applications::lock(tx, application).await?;
    let seen = store::offers::last_sent(tx, application.id).await?.ok_or_else(store::offers::not_found)?;
    let mut offer = store::offers::lock(tx, seen.id).await?;
    answered(tx, &application, &mut offer, answer, Some(revision), note, By::Candidate).await
}

async fn answered(
    tx: &mut TenantTx,
    application: &Application,
    offer: &mut Offer,
    answer: OfferAnswer,
    revision: Option<&str>,
    note: String,
    by: By,
) -> Result<()> {
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let Some(step) = offer.answer(answer, revision, note, actor, now)? else { return Ok(()) };
    store::offers::go(tx, offer, &step).await?;
    offer_say::over(tx, offer, What::OfferAnswered).await?;
    let said = OfferAnswered {
        offer_id: offer.id.to_string(),
        application_id: offer.application_id.to_string(),
        job_id: offer.job_id.to_string(),
        candidate_id: offer.candidate_id.to_string(),
        answer: answer.into(),
        by_candidate: by == By::Candidate,
    };
    outbox::append(tx, offer.id, &said).await?;
    if answer == OfferAnswer::Accepted {
        return hire(tx, application, offer, by).await;
    }
    let why = "The candidate declined an offer; the application is still live.".to_owned();
    let suggestion = "Thank them, ask what would have to be otherwise, and make another offer or end the application.";
    say::task(tx, TaskKind::OfferNotTaken, &*offer, now, why, suggestion).await?;
    turn::settle(tx, offer.application_id).await
}

async fn hire(tx: &mut TenantTx, application: &Application, offer: &Offer, by: By) -> Result<()> {
    // After the application and before its timers and tasks, as everybody who needs both. Whoever is second at the last
    // opening waits here, and then finds what the first has left about them.
    let mut job = store::jobs::lock(tx, offer.job_id).await?;
    let reason = "accepted the offer".to_owned();
    let hired = end_application::run(tx, application.id, "", ApplicationState::Hired, reason, by).await?;
    job.filled += 1;
    job.version += 1;
    job.update_time = tx.now();
    store::jobs::update(tx, &job).await?;
    let onboarding = begin_onboarding(tx, offer).await?;
    outbox::append(tx, application.id, &event(&hired, offer, &job, &onboarding)).await?;
    if job.filled >= job.openings && matches!(job.state, JobState::Open | JobState::OnHold) {
        let why = "The opening was filled while this application was live; the candidate waits for a word.";
        close_job::close_saying(tx, &mut job, "all openings are filled".to_owned(), why).await?;
    }
    if job.filled > job.openings {
        let why = format!("{} people accepted and the job has openings for {}.", job.filled, job.openings);
        let suggestion = "Each was promised a place: raise the openings, or talk to them now.";
        let due = tx.now();
        say::task(tx, TaskKind::OpeningsExceeded, &hired, due, why, suggestion).await?;
    }
    Ok(())
}

async fn begin_onboarding(tx: &mut TenantTx, offer: &Offer) -> Result<Onboarding> {
    let checklist = store::settings::get(tx).await?.onboarding_checklist;
    let begun = Onboarding {
        id: OnboardingId::new(),
        offer_id: offer.id,
        application_id: offer.application_id,
        job_id: offer.job_id,
        candidate_id: offer.candidate_id,
        position_title: offer.terms.position_title.clone(),
        start_date: offer.terms.start_date,
        time_zone: offer.terms.time_zone.clone(),
        place: offer.terms.location.clone(),
        contact_name: offer.contact_name.clone(),
        contact_channel: offer.contact_channel.clone(),
        joining: Joining::Unspecified,
        asked: false,
        reminders: 0,
        items: checklist.into_iter().map(Item::new).collect(),
        version: 1,
        create_time: tx.now(),
        update_time: tx.now(),
    };
    store::onboardings::insert(tx, &begun).await?;
    onboarding::watch(tx, &begun).await?;
    Ok(begun)
}

fn event(application: &Application, offer: &Offer, job: &Job, onboarding: &Onboarding) -> Hired {
    let terms = &offer.terms;
    Hired {
        application_id: application.id.to_string(),
        job_id: job.id.to_string(),
        candidate_id: application.candidate_id.to_string(),
        offer_id: offer.id.to_string(),
        onboarding_id: onboarding.id.to_string(),
        job_title: job.title.clone(),
        position_title: terms.position_title.clone(),
        company_name: job.company_name.clone(),
        employment_type: terms.employment_type,
        location: terms.location.clone(),
        start_date: terms.start_date.to_string(),
        time_zone: terms.time_zone.clone(),
        salary_minor_units: terms.salary_minor_units,
        salary_currency: terms.salary_currency.clone(),
        salary_period: terms.salary_period,
        owner: job.owner.clone(),
        source: application.source.clone(),
        hire_time: offer.answer_time.map(wire::timestamp),
        apply_time: Some(wire::timestamp(application.create_time)),
    }
}
