//! An offer is written down.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::ats::v1::{CreateOfferRequest, EmploymentType, OfferState, OfferTerms, TaskKind};

use super::say;
use crate::{
    domain::{
        day,
        job::Job,
        offer::{Offer, OfferId, Terms, chain},
    },
    store,
};

pub async fn run(tx: &mut TenantTx, request: CreateOfferRequest) -> Result<Offer> {
    let application = store::applications::lock(tx, wire::id("application_id", &request.application_id)?).await?;
    application.must_be_live()?;
    let job = store::jobs::get(tx, application.job_id).await?;
    let (now, author) = (tx.now(), tx.ctx().actor.to_string());
    let terms = terms(request.terms.unwrap_or_default(), &job)?;
    terms.check(now)?;
    let default = store::settings::get(tx).await?.default_offer_approvers;
    let offer = Offer {
        id: OfferId::new(),
        application_id: application.id,
        job_id: job.id,
        candidate_id: application.candidate_id,
        state: OfferState::Draft,
        terms,
        terms_version: 1,
        approvers: chain(request.approvers, &default, &author)?,
        round: 0,
        agreed: 0,
        contact_name: request.contact_name,
        contact_channel: request.contact_channel,
        author,
        candidate_note: String::new(),
        send_time: None,
        message_time: None,
        answer_time: None,
        version: 1,
        create_time: now,
        update_time: now,
    };
    // What became of earlier offers is answered by this one.
    for earlier in store::offers::lock_of_application(tx, application.id).await? {
        say::settle(tx, &earlier, &[TaskKind::OfferNotTaken]).await?;
    }
    store::offers::insert(tx, &offer).await?;
    Ok(offer)
}

/// Terms as they are kept; what they leave out is the job's.
fn terms(asked: OfferTerms, job: &Job) -> Result<Terms> {
    let or = |asked: &str, job: &str| if asked.is_empty() { job.to_owned() } else { asked.to_owned() };
    let employment_type = match asked.employment_type() {
        EmploymentType::Unspecified => job.employment_type,
        known => known,
    };
    Ok(Terms {
        position_title: or(&asked.position_title, &job.title),
        employment_type: employment_type.into(),
        start_date: start_date(&asked.start_date)?,
        expire_time: wire::required_instant("terms.expire_time", asked.expire_time.as_ref())?,
        location: or(&asked.location, &job.location),
        time_zone: asked.time_zone,
        salary_minor_units: asked.salary_minor_units,
        salary_currency: asked.salary_currency,
        salary_period: asked.salary_period,
        benefits: asked.benefits,
    })
}

/// The first day, which has to be there.
pub fn start_date(text: &str) -> Result<chrono::NaiveDate> {
    if text.is_empty() {
        return Err(Error::invalid("terms.start_date", "FIELD_REQUIRED", "is required"));
    }
    day::read("terms.start_date", text)
}
