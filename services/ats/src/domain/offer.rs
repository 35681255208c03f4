//! What a company offers a candidate: the terms, who has agreed to them, and what the candidate says.
//!
//! # Who agrees
//! The approvers of an offer agree in the order of the chain, each to the terms of that moment, named by their number. An
//! approval counts in its round alone: a change of terms or of the chain begins a new round, so that an offer that is
//! approved was agreed to by everybody in exactly the terms it has. Nobody approves an offer of their own while somebody
//! else could, see [`chain`].
//!
//! # More acceptances than openings
//! Several offers may be out for one opening. Whoever accepts in time is hired, whatever the job's openings say: the
//! company promised it. The team hears of it by a task and decides what to do, which no program can.

use std::collections::BTreeSet;

use chassis::{Actor, Error, Result, id, wire};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::ats::v1::{EmploymentType, OfferAnswer, OfferState, SalaryPeriod};

use super::{CandidateId, application::ApplicationId, currency, day, job::JobId, task::About};

id!(
    /// An offer.
    OfferId,
    "offer"
);

/// Which state may follow which. A step to where it is already is a change of terms.
pub const MOVES: &[(OfferState, OfferState)] = &[
    (OfferState::Draft, OfferState::Draft),
    (OfferState::Draft, OfferState::PendingApproval),
    (OfferState::Draft, OfferState::Approved),
    (OfferState::Draft, OfferState::Rescinded),
    (OfferState::PendingApproval, OfferState::PendingApproval),
    (OfferState::PendingApproval, OfferState::Approved),
    (OfferState::PendingApproval, OfferState::Draft),
    (OfferState::PendingApproval, OfferState::Rescinded),
    (OfferState::Approved, OfferState::Approved),
    (OfferState::Approved, OfferState::PendingApproval),
    (OfferState::Approved, OfferState::Sent),
    (OfferState::Approved, OfferState::Rescinded),
    (OfferState::Sent, OfferState::Accepted),
    (OfferState::Sent, OfferState::Declined),
    (OfferState::Sent, OfferState::Rescinded),
    (OfferState::Sent, OfferState::Expired),
];

/// An answer is asked for by this hour of the first day at the latest.
const FIRST_HOUR: u32 = 9;

/// What is offered, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub position_title: String,
    pub employment_type: i32,
    pub start_date: NaiveDate,
    pub time_zone: String,
    pub salary_minor_units: i64,
    pub salary_currency: String,
    pub salary_period: i32,
    pub location: String,
    pub benefits: String,
    pub expire_time: DateTime<Utc>,
}

impl Terms {
    /// Refuses terms that nobody can be offered now.
    pub fn check(&self, now: DateTime<Utc>) -> Result<()> {
        let required = |field: &str| Error::invalid(format!("terms.{field}"), "FIELD_REQUIRED", "is required");
        let known = |field: &str, known: bool| if known { Ok(()) } else { Err(required(field)) };
        known("position_title", !self.position_title.trim().is_empty())?;
        known("location", !self.location.trim().is_empty())?;
        known("salary_currency", !self.salary_currency.is_empty())?;
        known("salary_period", self.salary_period != SalaryPeriod::Unspecified as i32)?;
        day::zone("terms.time_zone", &self.time_zone)?;
        if currency::digits(&self.salary_currency).is_none() {
            let rule = "must be a currency of ISO 4217, such as CNY";
            return Err(Error::invalid("terms.salary_currency", "CURRENCY_UNKNOWN", rule));
        }
        if self.start_date < day::today(now, &self.time_zone) {
            return Err(Error::invalid("terms.start_date", "DATE_IN_PAST", "must not lie in the past"));
        }
        if self.expire_time <= now {
            return Err(Error::invalid("terms.expire_time", "TIME_IN_PAST", "must be in the future"));
        }
        if self.expire_time > day::at(self.start_date, FIRST_HOUR, &self.time_zone) {
            let rule = "must not lie after the morning of the first day";
            return Err(Error::invalid("terms.expire_time", "EXPIRES_AFTER_START", rule));
        }
        Ok(())
    }

    /// The names of what differs.
    fn differences(&self, other: &Self) -> Vec<&'static str> {
        let pairs = [
            ("position title", self.position_title == other.position_title),
            ("employment type", self.employment_type == other.employment_type),
            ("start date", self.start_date == other.start_date),
            ("time zone", self.time_zone == other.time_zone),
            (
                "salary",
                (self.salary_minor_units, &self.salary_currency, self.salary_period)
                    == (other.salary_minor_units, &other.salary_currency, other.salary_period),
            ),
            ("location", self.location == other.location),
            ("benefits", self.benefits == other.benefits),
            ("expiry", self.expire_time == other.expire_time),
        ];
        pairs.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }

    /// As the contract has it.
    pub fn employment_type(&self) -> EmploymentType {
        EmploymentType::try_from(self.employment_type).unwrap_or_default()
    }

    /// As the contract has it.
    pub fn salary_period(&self) -> SalaryPeriod {
        SalaryPeriod::try_from(self.salary_period).unwrap_or_default()
    }
}

/// A step that was taken; never changed.
#[derive(Debug, Clone)]
pub struct Transition {
    pub version: i64,
    pub from_state: OfferState,
    pub to_state: OfferState,
    pub actor: Actor,
    pub reason: String,
    pub time: DateTime<Utc>,
}

/// What an approver said; never changed.
#[derive(Debug, Clone)]
pub struct Approval {
    pub round: i32,
    pub place: i32,
    pub approver: String,
    pub approved: bool,
    pub reason: String,
    pub terms_version: i32,
    pub time: DateTime<Utc>,
}

/// Terms that an offer once had; never changed.
#[derive(Debug, Clone)]
pub struct TermsVersion {
    pub number: i32,
    pub terms: Terms,
    pub actor: Actor,
    pub time: DateTime<Utc>,
}

/// What of an offer may be changed before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    pub terms: Terms,
    pub approvers: Vec<String>,
    pub contact_name: String,
    pub contact_channel: String,
}

/// What a change of an offer came to.
#[derive(Debug)]
pub struct Changed {
    /// Whether it has other terms now.
    pub terms: bool,
    /// The step, unless only the contact changed.
    pub step: Option<Transition>,
}

/// An offer.
#[derive(Debug, Clone)]
pub struct Offer {
    pub id: OfferId,
    pub application_id: ApplicationId,
    pub job_id: JobId,
    pub candidate_id: CandidateId,
    pub state: OfferState,
    pub terms: Terms,
    pub terms_version: i32,
    /// Who has to agree, in this order.
    pub approvers: Vec<String>,
    /// How often the chain has begun.
    pub round: i32,
    /// How many have agreed since it last did.
    pub agreed: i32,
    pub contact_name: String,
    pub contact_channel: String,
    pub author: String,
    pub candidate_note: String,
    pub send_time: Option<DateTime<Utc>>,
    /// When the mail with it went out: silence is counted from here.
    pub message_time: Option<DateTime<Utc>>,
    pub answer_time: Option<DateTime<Utc>>,
    pub version: i64,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
}

impl Offer {
    /// Whether it is the candidate's turn. The clock decides and not the state: a timer may be late.
    pub fn awaits_answer(&self, now: DateTime<Utc>) -> bool {
        self.state == OfferState::Sent && now < self.terms.expire_time
    }

    /// How it stands by the clock.
    pub fn state_at(&self, now: DateTime<Utc>) -> OfferState {
        if self.state == OfferState::Sent && !self.awaits_answer(now) { OfferState::Expired } else { self.state }
    }

    /// Whether it may still come to something.
    pub fn is_open(&self) -> bool {
        matches!(self.state, OfferState::Draft | OfferState::PendingApproval | OfferState::Approved | OfferState::Sent)
    }

    /// Whose turn to agree it is.
    pub fn turn(&self) -> Option<&str> {
        let place = usize::try_from(self.agreed).ok()?;
        let pending = self.state == OfferState::PendingApproval;
        self.approvers.get(place).filter(|_| pending).map(String::as_str)
    }

    /// What a page was made from. It names the offer, so that no answer to one is an answer to the next.
    pub fn revision(&self) -> String {
        format!("{}.{}", self.id, wire::etag(self.version))
    }

    /// What may be changed, as it stands.
    pub fn proposal(&self) -> Proposal {
        Proposal {
            terms: self.terms.clone(),
            approvers: self.approvers.clone(),
            contact_name: self.contact_name.clone(),
            contact_channel: self.contact_channel.clone(),
        }
    }

    /// Takes on a change; `None` when there is none. Other terms and another chain make whoever agreed agree anew.
    pub fn change(&mut self, to: Proposal, actor: Actor, now: DateTime<Utc>) -> Result<Option<Changed>> {
        let before = self.proposal();
        if !matches!(self.state, OfferState::Draft | OfferState::PendingApproval | OfferState::Approved) {
            return Err(self.wrong_state());
        }
        if before == to {
            return Ok(None);
        }
        let mut what = to.terms.differences(&before.terms);
        let terms = !what.is_empty();
        if to.approvers != before.approvers {
            what.push("approvers");
        }
        if what.is_empty() {
            (self.contact_name, self.contact_channel) = (to.contact_name, to.contact_channel);
            self.version += 1;
            self.update_time = now;
            return Ok(Some(Changed { terms: false, step: None }));
        }
        if terms {
            to.terms.check(now)?;
            self.terms_version += 1;
        }
        Proposal {
            terms: self.terms,
            approvers: self.approvers,
            contact_name: self.contact_name,
            contact_channel: self.contact_channel,
        } = to;
        let reason = format!("changed: {}", what.join(", "));
        let to = if self.state == OfferState::Draft { OfferState::Draft } else { self.begin_round() };
        let step = self.go(to, actor, reason, now)?;
        Ok(Some(Changed { terms, step: Some(step) }))
    }

    /// Starts the chain.
    pub fn submit(&mut self, actor: Actor, now: DateTime<Utc>) -> Result<Transition> {
        if self.state != OfferState::Draft {
            return Err(self.wrong_state());
        }
        self.must_be_in_time(now)?;
        let to = self.begin_round();
        self.go(to, actor, String::new(), now)
    }

    /// The approver whose turn it is agrees; `None` when they have already. With the step when they were the last.
    pub fn approve(
        &mut self,
        actor: Actor,
        terms_version: i32,
        reason: String,
        now: DateTime<Utc>,
    ) -> Result<Option<(Approval, Option<Transition>)>> {
        let place = self.place_of(&actor)?;
        let chain_runs = matches!(self.state, OfferState::PendingApproval | OfferState::Approved);
        if chain_runs && place < self.agreed && terms_version == self.terms_version {
            return Ok(None);
        }
        let approval = self.speak(&actor, place, terms_version, true, reason, now)?;
        self.agreed += 1;
        if usize::try_from(self.agreed).is_ok_and(|agreed| agreed < self.approvers.len()) {
            self.version += 1;
            self.update_time = now;
            return Ok(Some((approval, None)));
        }
        let step = self.go(OfferState::Approved, actor, String::new(), now)?;
        Ok(Some((approval, Some(step))))
    }

    /// The approver whose turn it is does not agree.
    pub fn refuse(
        &mut self,
        actor: Actor,
        terms_version: i32,
        reason: String,
        now: DateTime<Utc>,
    ) -> Result<(Approval, Transition)> {
        let place = self.place_of(&actor)?;
        let approval = self.speak(&actor, place, terms_version, false, reason.clone(), now)?;
        self.agreed = 0;
        let step = self.go(OfferState::Draft, actor, reason, now)?;
        Ok((approval, step))
    }

    /// It goes to the candidate.
    pub fn send(&mut self, actor: Actor, now: DateTime<Utc>) -> Result<Transition> {
        if self.state != OfferState::Approved {
            return Err(self.wrong_state());
        }
        self.must_be_in_time(now)?;
        self.send_time = Some(now);
        self.go(OfferState::Sent, actor, String::new(), now)
    }

    /// The company takes it back.
    pub fn rescind(&mut self, actor: Actor, reason: String, now: DateTime<Utc>) -> Result<Transition> {
        self.go(OfferState::Rescinded, actor, reason, now)
    }

    /// The time to answer has passed; `None` when it has not, or there is nothing to answer.
    pub fn expire(&mut self, actor: Actor, now: DateTime<Utc>) -> Result<Option<Transition>> {
        if self.state_at(now) != OfferState::Expired || self.state == OfferState::Expired {
            return Ok(None);
        }
        self.go(OfferState::Expired, actor, String::new(), now).map(Some)
    }

    /// The candidate answers, with the revision of the page they saw, or somebody for them, without; `None` when it is
    /// so already.
    pub fn answer(
        &mut self,
        answer: OfferAnswer,
        revision: Option<&str>,
        note: String,
        actor: Actor,
        now: DateTime<Utc>,
    ) -> Result<Option<Transition>> {
        let to = if answer == OfferAnswer::Accepted { OfferState::Accepted } else { OfferState::Declined };
        if self.state == to {
            return Ok(None);
        }
        match self.state_at(now) {
            OfferState::Sent => {}
            OfferState::Expired => return Err(expired("the time to answer has passed; make a new offer")),
            _ => return Err(self.wrong_state()),
        }
        if revision.is_some_and(|revision| revision != self.revision()) {
            return Err(Error::aborted("REVISION_OUTDATED", "the offer has changed since the page was shown"));
        }
        self.candidate_note = note;
        self.answer_time = Some(now);
        self.go(to, actor, String::new(), now).map(Some)
    }

    /// Begins the chain; the answer is the state that comes of it.
    fn begin_round(&mut self) -> OfferState {
        self.round += 1;
        self.agreed = 0;
        if self.approvers.is_empty() { OfferState::Approved } else { OfferState::PendingApproval }
    }

    fn place_of(&self, actor: &Actor) -> Result<i32> {
        let place = self.approvers.iter().position(|approver| approver == actor.as_str());
        place.and_then(|place| i32::try_from(place).ok()).ok_or_else(|| {
            Error::permission_denied("NOT_AN_APPROVER", "you are not in the approval chain of this offer")
        })
    }

    fn speak(
        &self,
        actor: &Actor,
        place: i32,
        terms_version: i32,
        approved: bool,
        reason: String,
        now: DateTime<Utc>,
    ) -> Result<Approval> {
        let Some(turn) = self.turn() else { return Err(self.wrong_state()) };
        if turn != actor.as_str() {
            let message = format!("it is the turn of {turn}; the chain goes on in its order");
            return Err(Error::permission_denied("NOT_YOUR_TURN", message).with("turn", turn));
        }
        if terms_version != self.terms_version {
            return Err(Error::aborted("TERMS_CHANGED", "the terms are others than those you read; read them again")
                .with("terms_version", self.terms_version));
        }
        Ok(Approval {
            round: self.round,
            place,
            approver: actor.to_string(),
            approved,
            reason,
            terms_version,
            time: now,
        })
    }

    fn must_be_in_time(&self, now: DateTime<Utc>) -> Result<()> {
        if now < self.terms.expire_time {
            return Ok(());
        }
        Err(expired("the time to answer has passed; give another one first"))
    }

    fn go(&mut self, to: OfferState, actor: Actor, reason: String, now: DateTime<Utc>) -> Result<Transition> {
        if !MOVES.contains(&(self.state, to)) {
            return Err(self.wrong_state());
        }
        let from_state = std::mem::replace(&mut self.state, to);
        self.version += 1;
        self.update_time = now;
        Ok(Transition { version: self.version, from_state, to_state: to, actor, reason, time: now })
    }

    fn wrong_state(&self) -> Error {
        let state = self.state.as_str_name().trim_start_matches("OFFER_STATE_").to_lowercase();
        Error::failed_precondition("OFFER_STATE", format!("the offer is {}", state.replace('_', " ")))
            .with("state", state)
    }
}

impl From<&Offer> for About {
    fn from(offer: &Offer) -> Self {
        Self {
            subject: offer.id.0,
            candidate_id: offer.candidate_id,
            application_id: Some(offer.application_id),
            interview_id: None,
        }
    }
}

/// The chain of an offer: as asked, or the tenant's. Where there are others, its author is no approver of it: left out
/// of the tenant's, refused where somebody names them. Alone they may be, in a company of one.
pub fn chain(asked: Vec<String>, default: &[String], author: &str) -> Result<Vec<String>> {
    check_approvers("approvers", &asked)?;
    let with_others = |chain: &[String]| chain.len() > 1 && chain.iter().any(|approver| approver == author);
    if with_others(&asked) {
        let rule = "must not name who wrote the offer beside others; they agree by writing it";
        return Err(Error::invalid("approvers", "APPROVER_IS_AUTHOR", rule));
    }
    if !asked.is_empty() {
        return Ok(asked);
    }
    if with_others(default) {
        return Ok(default.iter().filter(|approver| *approver != author).cloned().collect());
    }
    Ok(default.to_vec())
}

/// Refuses a chain in which somebody stands twice.
pub fn check_approvers(field: &str, approvers: &[String]) -> Result<()> {
    if approvers.iter().collect::<BTreeSet<_>>().len() == approvers.len() {
        return Ok(());
    }
    Err(Error::invalid(field, "APPROVER_REPEATED", "must name each approver once"))
}

fn expired(message: &str) -> Error {
    Error::failed_precondition("OFFER_EXPIRED", message)
}

#[cfg(test)]
pub mod tests;
