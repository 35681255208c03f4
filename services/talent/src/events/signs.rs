//! What an event says of how a person answers, and the tags that follow from it.

use chassis::{Result, wire};
use chrono::{DateTime, Months, Utc};
use usher_proto::{
    ats::v1::{
        ApplicationCreated, ApplicationEnded, ApplicationState, ApplicationUnrejected, Attendance, AttendanceRecorded,
        Hired, InterviewAnswered, Joining, JoiningRecorded, OfferAnswer, OfferAnswered, OfferSent,
        PastInterviewRemoved,
    },
    eventlog::v1::Event,
    outreach::v1::{MessageKind, MessageSent, ReplyClassified, ReplyIntent},
    talent::v1::{ExternalActivityRecorded, TagDimension, TagOrigin},
};

use crate::domain::{
    engagement::Sign,
    tag::{Change, Tag},
};

/// Tags of what has passed hold for so many months.
const REMEMBERED: u32 = 12;
/// And that of a contact for so many.
const CONTACT_REMEMBERED: u32 = 3;
/// And that of news of somebody.
const NEWS_REMEMBERED: u32 = 3;

/// What follows from one event.
#[derive(Debug, Default)]
pub struct Signs {
    pub signs: Vec<Sign>,
    pub changes: Vec<Change>,
}

/// What follows from an event that happened at that time; nothing from most.
pub fn of(event: &Event, time: DateTime<Utc>) -> Result<Signs> {
    let mut found = Signs::default();
    if let Some(said) = outbox::read::<ApplicationCreated>(event)? {
        found.passed("applied", &said.application_id, time);
        found.stands("in_process", &said.application_id, time);
    } else if let Some(said) = outbox::read::<ApplicationEnded>(event)? {
        found.stands_no_more("in_process", &said.application_id);
        match said.state() {
            ApplicationState::Rejected => found.passed("rejected", &said.application_id, time),
            ApplicationState::Withdrawn if said.by_candidate => {
                found.signs.push(Sign::Acted(time));
                found.passed("withdrew", &said.application_id, time);
            }
            _ => {}
        }
    } else if let Some(said) = outbox::read::<ApplicationUnrejected>(event)? {
        found.undone("rejected", &said.application_id);
        found.stands("in_process", &said.application_id, time);
    } else if let Some(said) = outbox::read::<InterviewAnswered>(event)? {
        found.signs.push(Sign::Answered(time));
        found.passed("answered", &said.interview_id, time);
    } else if let Some(said) = outbox::read::<AttendanceRecorded>(event)? {
        if said.historical {
            found.attended_once(&said, time);
        } else {
            found.attended(&said, time);
        }
    } else if let Some(said) = outbox::read::<PastInterviewRemoved>(event)? {
        found.attended_never(&said)?;
    } else if let Some(said) = outbox::read::<OfferSent>(event)? {
        found.passed("offered", &said.offer_id, time);
    } else if let Some(said) = outbox::read::<OfferAnswered>(event)? {
        if said.by_candidate {
            found.signs.push(Sign::Answered(time));
        }
        let name = if said.answer() == OfferAnswer::Accepted { "offer_accepted" } else { "offer_declined" };
        found.passed(name, &said.offer_id, time);
    } else if let Some(said) = outbox::read::<Hired>(event)? {
        found.stands("hired", &said.application_id, time);
    } else if let Some(said) = outbox::read::<JoiningRecorded>(event)? {
        found.joined(&said, time);
    } else if let Some(said) = outbox::read::<MessageSent>(event)? {
        if asks(said.kind()) {
            found.signs.push(Sign::Asked);
        }
        found.give(TagDimension::Interaction, "contacted", "", time, Some(CONTACT_REMEMBERED));
    } else if let Some(said) = outbox::read::<ReplyClassified>(event)? {
        // A machine's answer is none of the person's.
        if said.intent() != ReplyIntent::OutOfOffice {
            found.signs.push(Sign::Answered(time));
            found.give(TagDimension::Interaction, "replied", "", time, Some(REMEMBERED));
        }
    } else if let Some(said) = outbox::read::<ExternalActivityRecorded>(event)? {
        let seen = said.time.as_ref().map(|seen| wire::instant("time", seen)).transpose()?.unwrap_or(time);
        found.signs.push(Sign::Acted(seen));
        if !said.changed_fields.is_empty() {
            found.give(TagDimension::Interaction, "recently_updated", "", seen, Some(NEWS_REMEMBERED));
        }
    }
    Ok(found)
}

/// Whether a message of this kind asks for an answer.
fn asks(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::InterviewInvitation
            | MessageKind::RescheduleOffer
            | MessageKind::Offer
            | MessageKind::Reactivation
    )
}

impl Signs {
    /// Long ago.
    fn attended_once(&mut self, said: &AttendanceRecorded, time: DateTime<Utc>) {
        match said.attendance() {
            Attendance::Attended | Attendance::Late => {
                self.signs.push(Sign::CameOnce(time));
                self.passed("interviewed", &said.interview_id, time);
            }
            Attendance::CandidateNoShow => {
                self.signs.push(Sign::Missed);
                self.passed("no_show", &said.interview_id, time);
            }
            Attendance::HostNoShow | Attendance::Unspecified => {}
        }
    }

    /// What had been told of long ago was not so.
    fn attended_never(&mut self, said: &PastInterviewRemoved) -> Result<()> {
        match said.attendance() {
            Attendance::Attended | Attendance::Late => {
                let time = wire::required_instant("start_time", said.start_time.as_ref())?;
                self.signs.push(Sign::NeverCame(time));
                self.undone("interviewed", &said.interview_id);
            }
            Attendance::CandidateNoShow => {
                self.signs.push(Sign::DidNotMiss);
                self.undone("no_show", &said.interview_id);
            }
            Attendance::HostNoShow | Attendance::Unspecified => {}
        }
        Ok(())
    }

    fn attended(&mut self, said: &AttendanceRecorded, time: DateTime<Utc>) {
        match said.corrects() {
            Attendance::Attended | Attendance::Late => {
                self.signs.push(Sign::DidNotCome);
                self.undone("interviewed", &said.interview_id);
            }
            Attendance::CandidateNoShow => {
                self.signs.push(Sign::DidNotMiss);
                self.undone("no_show", &said.interview_id);
            }
            Attendance::HostNoShow | Attendance::Unspecified => {}
        }
        match said.attendance() {
            Attendance::Attended | Attendance::Late => {
                self.signs.push(Sign::Came(time));
                self.passed("interviewed", &said.interview_id, time);
            }
            Attendance::CandidateNoShow => {
                self.signs.push(Sign::Missed);
                self.passed("no_show", &said.interview_id, time);
            }
            Attendance::HostNoShow | Attendance::Unspecified => {}
        }
    }

    fn joined(&mut self, said: &JoiningRecorded, time: DateTime<Utc>) {
        let (now, before) = match said.joining() {
            Joining::Joined => ("joined", "did_not_join"),
            Joining::DidNotJoin => ("did_not_join", "joined"),
            Joining::Unspecified => return,
        };
        self.stands_no_more(before, &said.application_id);
        self.stands(now, &said.application_id, time);
        match said.joining() {
            Joining::DidNotJoin => self.stands_no_more("hired", &said.application_id),
            _ => self.stands("hired", &said.application_id, time),
        }
    }

    /// Something passed between the person and us.
    fn passed(&mut self, name: &'static str, subject: &str, time: DateTime<Utc>) {
        self.give(TagDimension::Interaction, name, subject, time, Some(REMEMBERED));
    }

    fn undone(&mut self, name: &'static str, subject: &str) {
        self.changes.push(Change::Take { dimension: TagDimension::Interaction, name, subject: subject.to_owned() });
    }

    /// So it stands with the person until something else is told.
    fn stands(&mut self, name: &'static str, subject: &str, time: DateTime<Utc>) {
        self.give(TagDimension::Status, name, subject, time, None);
    }

    fn stands_no_more(&mut self, name: &'static str, subject: &str) {
        self.changes.push(Change::Take { dimension: TagDimension::Status, name, subject: subject.to_owned() });
    }

    fn give(
        &mut self,
        dimension: TagDimension,
        name: &'static str,
        subject: &str,
        time: DateTime<Utc>,
        months: Option<u32>,
    ) {
        let told = if subject.is_empty() { "what was told" } else { subject };
        self.changes.push(Change::Give(Tag {
            dimension,
            name: name.to_owned(),
            origin: TagOrigin::Event,
            evidence: format!("{told} on {}", time.date_naive()),
            actor: String::new(),
            set_time: time,
            expire_time: months.and_then(|months| time.checked_add_months(Months::new(months))),
            subject: subject.to_owned(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use prost::{Message as _, Name as _};

    use super::*;

    fn heard<E: prost::Message + prost::Name>(said: &E) -> Signs {
        let event = Event { r#type: E::full_name(), data: said.encode_to_vec(), ..Event::default() };
        of(&event, DateTime::UNIX_EPOCH).unwrap()
    }

    fn words(signs: &Signs) -> Vec<String> {
        signs
            .changes
            .iter()
            .map(|change| match change {
                Change::Give(tag) => format!("+{} {}", tag.name, tag.subject),
                Change::Take { name, subject, .. } => format!("-{name} {subject}"),
            })
            .collect()
    }

    #[test]
    fn a_correction_takes_back_what_was_told() {
        let recorded = AttendanceRecorded {
            interview_id: "intv_x".to_owned(),
            attendance: Attendance::Late.into(),
            corrects: Attendance::CandidateNoShow.into(),
            ..AttendanceRecorded::default()
        };
        let signs = heard(&recorded);
        assert_eq!(words(&signs), ["-no_show intv_x", "+interviewed intv_x"]);
        assert_eq!(signs.signs, [Sign::DidNotMiss, Sign::Came(DateTime::UNIX_EPOCH)]);
    }

    #[test]
    fn an_application_stands_until_it_ends() {
        let created = ApplicationCreated { application_id: "app_x".to_owned(), ..Default::default() };
        assert_eq!(words(&heard(&created)), ["+applied app_x", "+in_process app_x"]);
        let ended = ApplicationEnded {
            application_id: "app_x".to_owned(),
            state: ApplicationState::Withdrawn.into(),
            by_candidate: true,
            ..Default::default()
        };
        assert_eq!(words(&heard(&ended)), ["-in_process app_x", "+withdrew app_x"]);
    }

    #[test]
    fn only_a_persons_own_answer_counts() {
        let reply = |intent: ReplyIntent| ReplyClassified { intent: intent.into(), ..Default::default() };
        assert!(heard(&reply(ReplyIntent::OutOfOffice)).signs.is_empty());
        assert_eq!(heard(&reply(ReplyIntent::Question)).signs.len(), 1);
        let sent = |kind: MessageKind| MessageSent { kind: kind.into(), ..Default::default() };
        assert_eq!(heard(&sent(MessageKind::InterviewInvitation)).signs, [Sign::Asked]);
        assert!(heard(&sent(MessageKind::InterviewReminder)).signs.is_empty());
        assert_eq!(MessageSent::full_name(), "usher.outreach.v1.MessageSent");
        assert!(!sent(MessageKind::Offer).encode_to_vec().is_empty());
    }
}
