//! A candidate replied to a message, and outreach says what they seem to want.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::{AnswerReason, SuggestTimesRequest, TaskKind},
    outreach::v1::{MessageKind, ReplyClassified, ReplyIntent},
};

use super::{answer, hear_message, history, say, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{Interview, check_hold},
        moment::{Moment, What},
    },
    queries, store,
};

/// As much of the words as is quoted.
const QUOTED: usize = 300;
/// How many other times are offered.
const CHOICE: i32 = 3;

/// Does what they want where it is certain, and asks somebody to read it where it is not.
pub async fn run(tx: &mut TenantTx, cadence: &Cadence, said: &ReplyClassified) -> Result<()> {
    let quote: String = said.quote.chars().take(QUOTED).collect();
    let Some(interview) = hear_message::interview(tx, &said.interview_id).await? else {
        return about_no_interview(tx, said, &quote).await;
    };
    let is_sure = said.is_sure();
    let revision = wire::etag(interview.version);
    match said.intent() {
        // Nobody answered anything; outreach sees to it that who wants no mail gets none.
        ReplyIntent::OutOfOffice => Ok(()),
        ReplyIntent::Unsubscribe if is_sure => Ok(()),
        _ if !interview.is_open(tx.now()) => unclear(tx, &interview, &quote, "the interview is over").await,
        _ if is_outdated(tx, &interview, said).await? => {
            unclear(tx, &interview, &quote, "they wrote it before the interview got its present time").await
        }
        ReplyIntent::Confirm if is_sure && interview.is_ahead(tx.now()) => {
            answer::confirm(tx, cadence, interview.id, &revision).await.map(drop)
        }
        ReplyIntent::Reschedule if is_sure => reschedule(tx, cadence, interview, &revision, quote).await,
        ReplyIntent::Decline if is_sure => unclear(tx, &interview, &quote, "it reads like a no").await,
        ReplyIntent::Question => unclear(tx, &interview, &quote, "it reads like a question").await,
        _ => unclear(tx, &interview, &quote, "it is not certain what they mean").await,
    }
}

/// Whether it was written about another time than the interview has now.
async fn is_outdated(tx: &mut TenantTx, interview: &Interview, said: &ReplyClassified) -> Result<bool> {
    let Some(received) = said.receive_time.as_ref() else { return Ok(false) };
    let received = wire::instant("receive_time", received)?;
    let sets_time =
        |moment: &&Moment| matches!(moment.what, What::Scheduled { .. } | What::Moved { .. } | What::TimeTaken { .. });
    let moments = store::moments::of(tx, interview.id).await?;
    Ok(moments.iter().rev().find(sets_time).is_some_and(|moment| received < moment.time))
}

/// A reply to what speaks of no interview: an offer, a first day, a word that it takes longer.
async fn about_no_interview(tx: &mut TenantTx, said: &ReplyClassified, quote: &str) -> Result<()> {
    let is_seen_to = match said.intent() {
        ReplyIntent::OutOfOffice => true,
        ReplyIntent::Unsubscribe => said.is_sure(),
        _ => false,
    };
    let Some(id) = wire::optional_id("application_id", &said.application_id)?.filter(|_| !is_seen_to) else {
        return Ok(());
    };
    let application = match store::applications::get(tx, id).await {
        Ok(application) => application,
        Err(error) if error.reason() == "APPLICATION_NOT_FOUND" => return Ok(()),
        Err(error) => return Err(error),
    };
    let why = format!("The candidate replied “{quote}”.");
    let due = tx.now();
    say::task(tx, TaskKind::ReplyUnclear, &application, due, why, "Read the reply and answer it.").await
}

/// Opens the way to another time: what is free is offered, in a message that names the times.
async fn reschedule(
    tx: &mut TenantTx,
    cadence: &Cadence,
    mut interview: Interview,
    revision: &str,
    quote: String,
) -> Result<()> {
    let policy = store::settings::get(tx).await?.reschedule_policy;
    if interview.blocked(&policy, tx.now()).is_some() {
        return unclear(tx, &interview, &quote, "they want another time, later or more often than can be done alone")
            .await;
    }
    // Before everything that is locked last, and before free times are looked for.
    store::bookings::take_turns(tx, &users(&interview)).await?;
    let reason = AnswerReason::Other;
    answer::other_time(tx, cadence, &policy, &mut interview, revision, reason, quote.clone()).await?;
    let mut free = interview.free_times(tx.now());
    if free.is_empty() {
        free = suggested(tx, &interview).await?;
        if free.is_empty() {
            let why = format!("The candidate needs another time: they wrote “{quote}”.");
            say::offer_times(tx, &interview, &why).await?;
            return turn::settle(tx, interview.application_id).await;
        }
        let hold_until = check_hold(None, &policy, tx.now())?;
        interview.offer(free, hold_until, tx.now())?;
        store::interviews::update(tx, &interview).await?;
        history::happened(tx, cadence, interview.id, vec![What::TimesOffered { until: hold_until }]).await?;
        say::watch(tx, &interview).await?;
        say::settle(tx, &interview, &[TaskKind::OfferTimes]).await?;
    }
    say::message(tx, MessageKind::RescheduleOffer, "reschedule_offer", interview.version, &interview).await?;
    turn::settle(tx, interview.application_id).await
}

/// Times that suit those who are to be there; none where nobody's calendar is known.
async fn suggested(tx: &mut TenantTx, interview: &Interview) -> Result<Vec<chrono::DateTime<chrono::Utc>>> {
    let users = users(interview);
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let ask = SuggestTimesRequest {
        user_ids: users.into_iter().map(str::to_owned).collect(),
        duration: Some(wire::duration(interview.duration)),
        candidate_time_zone: interview.time_zone.clone(),
        // One of them may be the time that does not suit.
        count: CHOICE + 1,
        interview_id: interview.id.to_string(),
        ..SuggestTimesRequest::default()
    };
    let times = queries::calendars::suggest(tx, &ask).await?;
    Ok(times.into_iter().filter(|time| *time != interview.start_time).take(CHOICE.unsigned_abs() as usize).collect())
}

/// Whose calendars it takes places in.
fn users(interview: &Interview) -> BTreeSet<&str> {
    interview.interviewers.iter().map(|met| met.user_id.as_str()).filter(|user| !user.is_empty()).collect()
}

/// Asks somebody to read what was written.
async fn unclear(tx: &mut TenantTx, interview: &Interview, quote: &str, what: &str) -> Result<()> {
    let why = format!("The candidate replied “{quote}”; {what}.");
    let suggestion = "Read the reply and answer it; change the interview if that is what they ask for.";
    let due = tx.now();
    say::task(tx, TaskKind::ReplyUnclear, interview, due, why, suggestion).await
}
