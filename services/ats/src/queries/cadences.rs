//! What a rule would have done, what is planned, and why somebody did not come.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page, id, instant, required_instant},
};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::ats::v1::{CadenceTrigger, DryRunCadenceRequest, GetFollowUpRequest, ListNoShowsRequest};
use uuid::Uuid;

use crate::{
    domain::{
        CandidateId,
        cadence::{Cadence, Due, Rule, Standing, engine, rehearse, rule},
        interview::{Interview, InterviewId},
        ledger::{self, Ledger},
        moment::{How, Moment, Subject},
        offer::OfferId,
    },
    store,
};

/// The longest period that is rehearsed.
const LONGEST: TimeDelta = TimeDelta::days(92);
/// No rule reaches further from an interview's start, or an offer's expiry.
const REACH: TimeDelta = TimeDelta::days(91);
/// Interviews, or offers, per look, and in all.
const LOOK: i64 = 500;
const MOST: usize = 20_000;
/// Touches that are told one by one.
const TOLD: usize = 1_000;

/// Something that a rule would have done.
pub struct Touch {
    pub subject: Subject,
    pub candidate: CandidateId,
    pub due: Due,
    pub how: How,
}

/// What came of a rehearsal.
#[derive(Default)]
pub struct Rehearsal {
    pub touches: Vec<Touch>,
    pub messages: usize,
    pub tasks: usize,
    pub interviews: usize,
    pub truncated: bool,
}

/// What a rule would have done within a period that has passed.
pub async fn dry_run(tx: &mut TenantTx, rule: Rule, request: &DryRunCadenceRequest) -> Result<Rehearsal> {
    rule::check("rule", std::slice::from_ref(&rule))?;
    let from = required_instant("start_time", request.start_time.as_ref())?;
    let to = required_instant("end_time", request.end_time.as_ref())?.min(tx.now());
    if from >= to || to - from > LONGEST {
        let rule = format!("must be later than start_time by at most {} days, and have begun", LONGEST.num_days());
        return Err(Error::invalid("end_time", "PERIOD_INVALID", rule));
    }
    let mut rehearsal = Rehearsal::default();
    let of_offers = rule.trigger() == CadenceTrigger::OfferUnanswered;
    let mut after = None;
    loop {
        let histories = if of_offers {
            store::moments::of_offers(tx, from - REACH, to, after, LOOK).await?
        } else {
            store::moments::of_interviews(tx, from - REACH, to, after, LOOK).await?
        };
        let Some((last, _)) = histories.last_key_value() else { break };
        if rehearsal.interviews >= MOST {
            rehearsal.truncated = true;
            break;
        }
        after = Some(*last);
        rehearsal.interviews += histories.len();
        for (id, history) in histories {
            let subject = if of_offers { OfferId(id).into() } else { InterviewId(id).into() };
            for (due, how) in rehearse(&rule, &history.moments, from, to) {
                match how {
                    How::Sent => rehearsal.messages += 1,
                    How::Suggested | How::Skipped => rehearsal.tasks += 1,
                }
                rehearsal.touches.push(Touch { subject, candidate: history.candidate_id, due, how });
            }
        }
    }
    rehearsal.touches.sort_by_key(|touch| (touch.due.at, touch.subject));
    rehearsal.touches.truncate(TOLD);
    Ok(rehearsal)
}

/// What happened about an interview or an offer, and what each rule is going to do, soonest first.
pub async fn follow_up(
    tx: &mut TenantTx,
    cadence: &Cadence,
    request: &GetFollowUpRequest,
) -> Result<(Vec<Moment>, Vec<(Due, How)>)> {
    let subject: Subject = match (request.interview_id.as_str(), request.offer_id.as_str()) {
        (interview, "") => store::interviews::get(tx, id("interview_id", interview)?).await?.id.into(),
        ("", offer) => store::offers::get(tx, id("offer_id", offer)?).await?.id.into(),
        _ => {
            let rule = "and interview_id name two things; leave one out";
            return Err(Error::invalid("offer_id", "SUBJECT_AMBIGUOUS", rule));
        }
    };
    let moments = store::moments::of(tx, subject).await?;
    let standing = Standing::after(&moments);
    let rules = cadence.rules(&store::settings::get(tx).await?);
    let plan = |rule: &Rule| {
        let due = engine::due(rule, &standing)?;
        let how = due.how(rule.mode(), due.at);
        Some((due, how))
    };
    let mut planned: Vec<_> = rules.iter().filter_map(plan).collect();
    planned.sort_by_key(|(due, _)| due.at);
    Ok((moments, planned))
}

/// One page of missed interviews, each with what the record says, and the token of the next.
pub async fn no_shows(tx: &mut TenantTx, request: &ListNoShowsRequest) -> Result<(Vec<(Interview, Ledger)>, String)> {
    let page = Page::of(request.page_size, 50, &request.page_token)?;
    let bound =
        |field: &str, time: &Option<prost_types::Timestamp>| time.as_ref().map(|time| instant(field, time)).transpose();
    let since: Option<DateTime<Utc>> = bound("start_time", &request.start_time)?;
    let until: Option<DateTime<Utc>> = bound("end_time", &request.end_time)?;
    let missed = store::interviews::missed(tx, &page, since, until).await?;
    let (missed, next) = page.cut(missed, |interview| Cursor { time: interview.start_time, id: interview.id.0 });
    let ids: Vec<Uuid> = missed.iter().map(|interview| interview.id.0).collect();
    let mut moments = store::moments::of_all(tx, &ids).await?;
    let with_ledger = |interview: Interview| {
        let moments = moments.remove(&interview.id.0).unwrap_or_default();
        let ledger = ledger::of(interview.attendance, interview.start_time, &moments)?;
        Some((interview, ledger))
    };
    Ok((missed.into_iter().filter_map(with_ledger).collect(), next))
}
