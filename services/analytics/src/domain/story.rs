//! What the facts of one root say together, whatever the order in which they were heard of.
//!
//! What one service said is in the order of its log; what different services said is in the order of its times.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{ApplicationState, CandidateAnswer},
    outreach::v1::{ReplyIntent, Visitor},
};
use uuid::Uuid;

use super::fact::{Fact, Kind};

/// A root's facts, arranged.
#[derive(Debug, Default)]
pub struct Story<'facts> {
    pub applied: Option<&'facts Fact>,
    /// What happened to the application, in its order: moves, ends, silences.
    pub steps: Vec<&'facts Fact>,
    pub interviews: BTreeMap<Uuid, Interview<'facts>>,
    pub messages: BTreeMap<Uuid, Message<'facts>>,
    pub offers: BTreeMap<Uuid, Offer<'facts>>,
    pub hired: Option<&'facts Fact>,
    pub opened: Option<&'facts Fact>,
    pub closed: Option<&'facts Fact>,
    /// Who was hired for a job, by application, in the order in which they were.
    pub filled: BTreeMap<Uuid, &'facts Fact>,
    pub assigned: Option<&'facts Fact>,
    pub outcome: Option<&'facts Fact>,
    /// What was said of a task, in its order.
    pub task: Vec<&'facts Fact>,
}

/// What was said of an interview.
#[derive(Debug, Default)]
pub struct Interview<'facts> {
    pub scheduled: Option<&'facts Fact>,
    pub answers: Vec<&'facts Fact>,
    /// The last word on who came.
    pub attendance: Option<&'facts Fact>,
    /// The last word on why somebody did not come.
    pub explained: Option<&'facts Fact>,
    /// Its import was undone.
    pub is_removed: bool,
    /// When the host moved it.
    pub rescheduled: Vec<&'facts Fact>,
    /// The host called it off.
    pub is_cancelled: bool,
}

/// What was said of a message.
#[derive(Debug, Default)]
pub struct Message<'facts> {
    pub queued: Option<&'facts Fact>,
    pub sent: Option<&'facts Fact>,
    pub replies: Vec<&'facts Fact>,
    pub is_bounced: bool,
    pub is_opened: bool,
    pub is_followed: bool,
}

/// What was said of an offer.
#[derive(Debug, Default)]
pub struct Offer<'facts> {
    pub sent: Option<&'facts Fact>,
    pub answered: Option<&'facts Fact>,
    pub closed: Option<&'facts Fact>,
}

impl<'facts> Story<'facts> {
    /// Of facts of one root, in any order.
    pub fn of(facts: impl IntoIterator<Item = &'facts Fact>) -> Self {
        let mut facts: Vec<&Fact> = facts.into_iter().collect();
        facts.sort_by_key(|fact| (fact.position, fact.event));
        let mut story = Self::default();
        for fact in facts {
            story.hear(fact);
        }
        story
    }

    fn hear(&mut self, fact: &'facts Fact) {
        match fact.kind {
            Kind::Applied => self.applied = self.applied.or(Some(fact)),
            Kind::Moved | Kind::Ended | Kind::Unrejected | Kind::Silence => self.steps.push(fact),
            Kind::Hired => self.hired = Some(fact),
            Kind::Scheduled
            | Kind::Answered
            | Kind::Rescheduled
            | Kind::Cancelled
            | Kind::Attendance
            | Kind::Explained
            | Kind::PastRemoved => self.interviews.entry(fact.subject).or_default().hear(fact),
            Kind::Queued
            | Kind::Sent
            | Kind::Replied
            | Kind::Bounced
            | Kind::Failed
            | Kind::Followed
            | Kind::Opened => self.messages.entry(fact.subject).or_default().hear(fact),
            Kind::OfferSent | Kind::OfferAnswered | Kind::OfferClosed => {
                self.offers.entry(fact.subject).or_default().hear(fact);
            }
            Kind::JobOpened => self.opened = self.opened.or(Some(fact)),
            Kind::JobClosed => self.closed = Some(fact),
            Kind::Filled => {
                self.filled.entry(fact.subject).or_insert(fact);
            }
            Kind::Assigned => self.assigned = self.assigned.or(Some(fact)),
            Kind::Outcome => self.outcome = Some(fact),
            Kind::TaskCreated | Kind::TaskChanged | Kind::TaskCompleted => self.task.push(fact),
        }
    }

    /// How the application ended, and when; `None` while it is live.
    pub fn end(&self) -> Option<(ApplicationState, DateTime<Utc>)> {
        let last = self.steps.iter().rfind(|step| matches!(step.kind, Kind::Ended | Kind::Unrejected));
        match (self.hired, last) {
            (Some(hired), _) => Some((ApplicationState::Hired, hired.time)),
            (None, Some(ended)) if ended.kind == Kind::Ended => {
                Some((ApplicationState::try_from(i32::from(ended.code)).unwrap_or_default(), ended.time))
            }
            _ => None,
        }
    }

    /// Where the application came from.
    pub fn source(&self) -> &'facts str {
        match self.applied {
            Some(Fact { origin, .. }) if !origin.is_empty() => origin,
            _ => "unknown",
        }
    }
}

impl<'facts> Interview<'facts> {
    fn hear(&mut self, fact: &'facts Fact) {
        match fact.kind {
            Kind::Scheduled => self.scheduled = self.scheduled.or(Some(fact)),
            Kind::Answered => self.answers.push(fact),
            Kind::Attendance => (self.attendance, self.is_removed) = (Some(fact), false),
            Kind::Explained => self.explained = Some(fact),
            Kind::PastRemoved => self.is_removed = true,
            Kind::Rescheduled => self.rescheduled.push(fact),
            Kind::Cancelled => self.is_cancelled = true,
            _ => {}
        }
    }

    /// Whether nobody expects the candidate any more: it is known who came, or one of the two has called it off.
    pub fn is_over(&self) -> bool {
        let last = self.answers.last().map(|last| CandidateAnswer::try_from(i32::from(last.code)).unwrap_or_default());
        let declined = matches!(last, Some(CandidateAnswer::Withdrew | CandidateAnswer::Declined));
        self.attendance.is_some() || self.is_cancelled || declined
    }

    /// Whether the candidate had said, last, that they would come at that time.
    pub fn is_confirmed(&self, start: DateTime<Utc>) -> bool {
        let last = self.answers.iter().rfind(|answer| answer.time <= start);
        let moved = self.rescheduled.last().is_some_and(|moved| last.is_none_or(|last| last.position < moved.position));
        let says = last.map(|answer| CandidateAnswer::try_from(i32::from(answer.code)).unwrap_or_default());
        !moved && matches!(says, Some(CandidateAnswer::Confirmed | CandidateAnswer::OtherTimeTaken))
    }
}

impl<'facts> Message<'facts> {
    fn hear(&mut self, fact: &'facts Fact) {
        let by_human = i32::from(fact.code) == Visitor::Human as i32;
        match fact.kind {
            Kind::Queued => self.queued = Some(fact),
            Kind::Sent => self.sent = self.sent.or(Some(fact)),
            Kind::Replied => self.replies.push(fact),
            Kind::Bounced => self.is_bounced = true,
            Kind::Opened => self.is_opened |= by_human,
            Kind::Followed => self.is_followed |= by_human,
            _ => {}
        }
    }

    /// When somebody answered it by mail; a program that says they are away does not, nor who wants no more mail.
    pub fn replied(&self) -> Option<DateTime<Utc>> {
        let answers = self.replies.iter().filter(|reply| {
            let intent = ReplyIntent::try_from(i32::from(reply.code)).unwrap_or_default();
            !matches!(intent, ReplyIntent::Unspecified | ReplyIntent::OutOfOffice | ReplyIntent::Unsubscribe)
        });
        answers.map(|reply| reply.time).min()
    }
}

impl<'facts> Offer<'facts> {
    fn hear(&mut self, fact: &'facts Fact) {
        match fact.kind {
            Kind::OfferSent => self.sent = self.sent.or(Some(fact)),
            Kind::OfferAnswered => self.answered = Some(fact),
            Kind::OfferClosed => self.closed = Some(fact),
            _ => {}
        }
    }
}
