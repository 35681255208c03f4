//! What an event adds to a person's contact brief.

use chassis::{Result, wire};
use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use usher_proto::{
    ats::v1::{
        ApplicationEnded, AttendanceRecorded, CandidateAnswer, FeedbackRecorded, InterviewAnswered, InterviewCancelled,
        InterviewScheduled, TaskChanged, TaskCompleted, TaskStepKind,
    },
    eventlog::v1::Event,
    outreach::v1::MessageSent,
    talent::v1::CommitmentKind,
};

use crate::domain::brief::{Commitment, Contact, Fact, Seen};

/// The facts of an event that happened at that time; none for most.
pub fn of(event: &Event, time: DateTime<Utc>) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    if let Some(said) = outbox::read::<MessageSent>(event)? {
        let sent = instant(said.send_time.as_ref()).unwrap_or(time);
        facts.push(Fact::Contacted(Contact { time: sent, channel: said.channel }));
    } else if let Some(said) = outbox::read::<FeedbackRecorded>(event)? {
        facts.push(Fact::Feedback { time, topics: said.topics_asked });
        facts.extend(acted(said.author, time));
    } else if let Some(said) = outbox::read::<InterviewScheduled>(event)? {
        let application = said.application_id.clone();
        facts.push(Fact::SettledOf { kind: CommitmentKind::OtherTime, application });
        let due = instant(said.start_time.as_ref());
        facts.push(promised(CommitmentKind::Interview, said.interview_id, said.application_id, time, due));
    } else if let Some(said) = outbox::read::<InterviewAnswered>(event)? {
        let (answer, due) = (said.answer(), instant(said.start_time.as_ref()));
        let (subject, application) = (said.interview_id, said.application_id);
        match answer {
            CandidateAnswer::OtherTimeRequested => {
                facts.push(promised(CommitmentKind::OtherTime, subject, application, time, None));
            }
            CandidateAnswer::Confirmed | CandidateAnswer::OtherTimeTaken => {
                facts.push(Fact::Settled { kind: CommitmentKind::OtherTime, subject: subject.clone() });
                facts.push(promised(CommitmentKind::Interview, subject, application, time, due));
            }
            CandidateAnswer::Withdrew | CandidateAnswer::Declined => facts.extend(over(&subject)),
            CandidateAnswer::Unspecified => {}
        }
    } else if let Some(said) = outbox::read::<InterviewCancelled>(event)? {
        facts.extend(over(&said.interview_id));
    } else if let Some(said) = outbox::read::<AttendanceRecorded>(event)? {
        facts.extend(over(&said.interview_id));
    } else if let Some(said) = outbox::read::<ApplicationEnded>(event)? {
        facts.push(Fact::Over { application: said.application_id });
    } else if let Some(said) = outbox::read::<TaskChanged>(event)? {
        if said.step() == TaskStepKind::Claimed {
            facts.extend(acted(said.actor, time));
        }
    } else if let Some(said) = outbox::read::<TaskCompleted>(event)? {
        facts.extend(acted(said.actor, time));
    }
    Ok(facts)
}

fn over(interview: &str) -> [Fact; 2] {
    [CommitmentKind::Interview, CommitmentKind::OtherTime]
        .map(|kind| Fact::Settled { kind, subject: interview.to_owned() })
}

fn promised(
    kind: CommitmentKind,
    subject: String,
    application: String,
    since: DateTime<Utc>,
    due: Option<DateTime<Utc>>,
) -> Fact {
    Fact::Promised(Commitment { kind: kind.into(), subject, application, since, due })
}

/// Somebody of the company; neither a service nor the candidate.
fn acted(actor: String, time: DateTime<Utc>) -> Option<Fact> {
    let is_somebody = actor.starts_with("user_") || actor.starts_with("key_");
    is_somebody.then_some(Fact::Acted(Seen { actor, time }))
}

fn instant(time: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    time.and_then(|time| wire::instant("time", time).ok())
}
