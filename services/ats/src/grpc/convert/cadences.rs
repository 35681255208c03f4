//! Rules, what they did and would do, and the ledger of no-shows.

use chassis::wire::{duration, timestamp};
use usher_proto::ats::v1 as pb;

use crate::{
    domain::{
        cadence::{Due, Rule},
        interview::Interview,
        ledger::Ledger,
        moment::{How, Moment, Subject, What},
    },
    queries::cadences::{Rehearsal, Touch},
};

pub fn rule(rule: &Rule) -> pb::CadenceRule {
    pb::CadenceRule {
        key: rule.key.clone(),
        enabled: rule.enabled,
        trigger: rule.trigger().into(),
        delay: Some(duration(rule.delay())),
        every: Some(duration(rule.every())),
        at_most: rule.at_most,
        mode: rule.mode().into(),
        message_kind: rule.message_kind().into(),
        channels: rule.channels.clone(),
    }
}

pub fn rehearsal(rehearsal: &Rehearsal) -> pb::DryRunCadenceResponse {
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    pb::DryRunCadenceResponse {
        messages: count(rehearsal.messages),
        tasks: count(rehearsal.tasks),
        interviews: count(rehearsal.interviews),
        truncated: rehearsal.truncated,
        touches: rehearsal.touches.iter().map(touch).collect(),
    }
}

fn touch(touch: &Touch) -> pb::CadenceTouch {
    let (interview_id, offer_id) = match touch.subject {
        Subject::Interview(id) => (id.to_string(), String::new()),
        Subject::Offer(id) => (String::new(), id.to_string()),
    };
    pb::CadenceTouch {
        interview_id,
        offer_id,
        candidate_id: touch.candidate.to_string(),
        time: Some(timestamp(touch.due.at)),
        mode: mode(touch.how).into(),
        nth: touch.due.nth,
    }
}

fn mode(how: How) -> pb::CadenceMode {
    match how {
        How::Sent => pb::CadenceMode::Auto,
        How::Suggested | How::Skipped => pb::CadenceMode::Suggest,
    }
}

pub fn planned((due, how): (Due, How)) -> pb::PlannedTouch {
    pb::PlannedTouch { rule: due.rule, time: Some(timestamp(due.at)), mode: mode(how).into(), nth: due.nth }
}

pub fn moment(moment: Moment) -> pb::FollowUpMoment {
    let what = match &moment.what {
        What::Scheduled { .. } => "scheduled",
        What::Asked { .. } => "asked",
        What::Undelivered { .. } => "undelivered",
        What::Told { .. } => "told",
        What::Viewed => "viewed",
        What::Confirmed => "confirmed",
        What::OtherTimeRequested => "other_time_requested",
        What::TimeTaken { .. } => "time_taken",
        What::Declined => "declined",
        What::Moved { .. } => "moved",
        What::TimesOffered { .. } => "times_offered",
        What::OfferSent { .. } => "offer_sent",
        What::OfferAnswered => "offer_answered",
        What::OfferRescinded => "offer_rescinded",
        What::OfferExpired => "offer_expired",
        What::Cancelled => "cancelled",
        What::Attendance { .. } => "attendance",
        What::Retried => "retried",
        What::ApplicationEnded => "application_ended",
        What::FollowedUp { .. } => "followed_up",
    };
    let (rule, how) = match moment.what {
        What::FollowedUp { rule, how: How::Sent, .. } => (rule, "sent"),
        What::FollowedUp { rule, how: How::Suggested, .. } => (rule, "suggested"),
        What::FollowedUp { rule, how: How::Skipped, .. } => (rule, "skipped"),
        _ => (String::new(), ""),
    };
    pb::FollowUpMoment { time: Some(timestamp(moment.time)), what: what.to_owned(), rule, how: how.to_owned() }
}

pub fn no_show(interview: Interview, ledger: Ledger) -> pb::NoShow {
    pb::NoShow {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage,
        attempt: interview.attempt,
        start_time: Some(timestamp(interview.start_time)),
        attendance: interview.attendance.into(),
        facts_complete: ledger.facts_complete,
        deliver_time: ledger.delivered.map(timestamp),
        remind_times: ledger.reminded.into_iter().map(timestamp).collect(),
        suggest_times: ledger.suggested.into_iter().map(timestamp).collect(),
        view_time: ledger.viewed.map(timestamp),
        answer_time: ledger.answered.map(|(time, _)| timestamp(time)),
        confirmed: ledger.answered.is_some_and(|(_, yes)| yes),
        asked_other_time: ledger.asked_other_time,
        reschedule_offered: ledger.reschedule_offered,
        failure: ledger.failure.into(),
        cause: ledger.cause.into(),
    }
}
