//! What to know of a person before getting in touch.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::talent::v1::CommitmentKind;

/// Topics that are kept.
const TOPICS: usize = 10;
/// Actors that are kept.
const ACTORS: usize = 5;
/// Promises that are kept. Whoever has more at once is no candidate but a test.
const COMMITMENTS: usize = 20;

/// As it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Brief {
    pub contact: Option<Contact>,
    pub feedback_time: Option<DateTime<Utc>>,
    /// Newest first.
    pub topics: Vec<String>,
    /// In the order in which they were made.
    pub commitments: Vec<Commitment>,
    /// Latest first.
    pub actors: Vec<Seen>,
}

/// A message that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub time: DateTime<Utc>,
    pub channel: String,
}

/// Something that was promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// A `CommitmentKind`.
    pub kind: i32,
    pub subject: String,
    pub application: String,
    pub since: DateTime<Utc>,
    pub due: Option<DateTime<Utc>>,
}

/// Somebody who had to do with a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub actor: String,
    pub time: DateTime<Utc>,
}

/// What a brief is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Contacted(Contact),
    Feedback {
        time: DateTime<Utc>,
        topics: Vec<String>,
    },
    Promised(Commitment),
    /// What was promised of that kind about that subject is kept, or is owed no more.
    Settled {
        kind: CommitmentKind,
        subject: String,
    },
    /// As [`Fact::Settled`], about whatever belongs to an application.
    SettledOf {
        kind: CommitmentKind,
        application: String,
    },
    /// Nothing is owed about an application any more.
    Over {
        application: String,
    },
    Acted(Seen),
}

impl Brief {
    /// Takes in what happened next.
    pub fn hear(&mut self, fact: Fact) {
        match fact {
            Fact::Contacted(contact) => {
                if self.contact.as_ref().is_none_or(|last| last.time <= contact.time) {
                    self.contact = Some(contact);
                }
            }
            Fact::Feedback { time, topics } => {
                self.feedback_time = self.feedback_time.max(Some(time));
                self.topics.retain(|topic| !topics.contains(topic));
                self.topics.splice(0..0, topics);
                self.topics.truncate(TOPICS);
            }
            Fact::Promised(promise) => {
                self.commitments.retain(|old| (old.kind, &old.subject) != (promise.kind, &promise.subject));
                self.commitments.push(promise);
                let surplus = self.commitments.len().saturating_sub(COMMITMENTS);
                self.commitments.drain(..surplus);
            }
            Fact::Settled { kind, subject } => {
                self.commitments.retain(|old| (old.kind, &old.subject) != (kind.into(), &subject));
            }
            Fact::SettledOf { kind, application } => {
                self.commitments.retain(|old| (old.kind, &old.application) != (kind.into(), &application));
            }
            Fact::Over { application } => self.commitments.retain(|old| old.application != application),
            Fact::Acted(seen) => {
                self.actors.retain(|old| old.actor != seen.actor);
                self.actors.insert(0, seen);
                self.actors.truncate(ACTORS);
            }
        }
    }

    /// Puts together what two services have told.
    pub fn and(mut self, other: Self) -> Self {
        if let Some(contact) = other.contact {
            self.hear(Fact::Contacted(contact));
        }
        self.feedback_time = self.feedback_time.max(other.feedback_time);
        self.topics.extend(other.topics);
        self.commitments.extend(other.commitments);
        self.actors.extend(other.actors);
        self.actors.sort_by_key(|seen| std::cmp::Reverse(seen.time));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn promise(kind: CommitmentKind, subject: &str) -> Fact {
        Fact::Promised(Commitment {
            kind: kind.into(),
            subject: subject.to_owned(),
            application: "app".to_owned(),
            since: at(1),
            due: None,
        })
    }

    #[test]
    fn a_promise_stands_until_it_is_kept_and_once() {
        let mut brief = Brief::default();
        brief.hear(promise(CommitmentKind::Interview, "a"));
        brief.hear(promise(CommitmentKind::Interview, "a"));
        brief.hear(promise(CommitmentKind::OtherTime, "a"));
        assert_eq!(brief.commitments.len(), 2);
        brief.hear(Fact::Settled { kind: CommitmentKind::OtherTime, subject: "a".to_owned() });
        assert_eq!(brief.commitments.len(), 1);
        brief.hear(Fact::Over { application: "app".to_owned() });
        assert!(brief.commitments.is_empty());
    }

    #[test]
    fn topics_stand_once_newest_first_and_an_older_contact_changes_nothing() {
        let mut brief = Brief::default();
        let topics = |topics: &[&str]| topics.iter().map(|topic| (*topic).to_owned()).collect::<Vec<_>>();
        brief.hear(Fact::Feedback { time: at(5), topics: topics(&["salary", "team"]) });
        brief.hear(Fact::Feedback { time: at(4), topics: topics(&["remote", "salary"]) });
        assert_eq!(brief.topics, ["remote", "salary", "team"]);
        assert_eq!(brief.feedback_time, Some(at(5)));
        brief.hear(Fact::Contacted(Contact { time: at(9), channel: "email".to_owned() }));
        brief.hear(Fact::Contacted(Contact { time: at(8), channel: "sms".to_owned() }));
        assert_eq!(brief.contact.unwrap().channel, "email");
    }
}
