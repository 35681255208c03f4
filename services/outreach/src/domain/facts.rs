//! Which facts a message of a kind needs, so that its reader knows what, when, where, with whom and what to do.

use usher_proto::outreach::v1::{MessageFacts, MessageKind};

/// A fact that is missing: its name for people and programs, and the field of the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// `place_or_link`.
    pub fact: &'static str,
    /// `facts.place`.
    pub field: &'static str,
}

type Present = fn(&MessageFacts) -> bool;

const POSITION: (Missing, Present) =
    (Missing { fact: "position", field: "facts.position" }, |facts| said(&facts.position));
const COMPANY: (Missing, Present) = (Missing { fact: "company", field: "facts.company" }, |facts| said(&facts.company));
const START: (Missing, Present) =
    (Missing { fact: "start_time", field: "facts.start_time" }, |facts| facts.start_time.is_some());
const ZONE: (Missing, Present) =
    (Missing { fact: "time_zone", field: "facts.time_zone" }, |facts| said(&facts.time_zone));
const PLACE: (Missing, Present) =
    (Missing { fact: "place_or_link", field: "facts.place" }, |facts| said(&facts.place) || said(&facts.link));
const DURATION: (Missing, Present) =
    (Missing { fact: "duration", field: "facts.duration" }, |facts| facts.duration.is_some());
const CONTACT: (Missing, Present) =
    (Missing { fact: "contact_name", field: "facts.contact_name" }, |facts| said(&facts.contact_name));
const CHANNEL: (Missing, Present) =
    (Missing { fact: "contact_channel", field: "facts.contact_channel" }, |facts| said(&facts.contact_channel));
const ANSWER_BY: (Missing, Present) =
    (Missing { fact: "answer_by", field: "facts.answer_by" }, |facts| facts.answer_by.is_some());
const OFFERED: (Missing, Present) =
    (Missing { fact: "offered_times", field: "facts.offered_times" }, |facts| !facts.offered_times.is_empty());
const START_DATE: (Missing, Present) =
    (Missing { fact: "start_date", field: "facts.start_date" }, |facts| said(&facts.start_date));
const SALARY: (Missing, Present) = (Missing { fact: "salary", field: "facts.salary_amount" }, |facts| {
    said(&facts.salary_amount) && said(&facts.salary_currency) && said(&facts.salary_period)
});
const SUBJECT: (Missing, Present) = (Missing { fact: "subject", field: "facts.subject" }, |facts| said(&facts.subject));
const BODY: (Missing, Present) = (Missing { fact: "body", field: "facts.body" }, |facts| said(&facts.body));

fn said(text: &str) -> bool {
    !text.trim().is_empty()
}

fn needed(kind: MessageKind) -> &'static [(Missing, Present)] {
    match kind {
        MessageKind::InterviewInvitation | MessageKind::InterviewReminder => {
            &[POSITION, COMPANY, START, ZONE, DURATION, PLACE, CONTACT, CHANNEL, ANSWER_BY]
        }
        MessageKind::InterviewRescheduled | MessageKind::InterviewUpcoming => {
            &[POSITION, COMPANY, START, ZONE, DURATION, PLACE, CONTACT, CHANNEL]
        }
        MessageKind::RescheduleOffer => &[POSITION, COMPANY, OFFERED, ZONE, DURATION, CONTACT, CHANNEL],
        MessageKind::InterviewCancelled | MessageKind::InterviewDeclined | MessageKind::InterviewMissed => {
            &[POSITION, COMPANY, START, ZONE, CONTACT, CHANNEL]
        }
        MessageKind::Custom => &[SUBJECT, BODY],
        MessageKind::Offer => &[POSITION, COMPANY, START_DATE, SALARY, ZONE, CONTACT, CHANNEL, ANSWER_BY],
        MessageKind::OnboardingReminder => &[POSITION, COMPANY, START_DATE, PLACE, CONTACT, CHANNEL],
        MessageKind::OfferReminder => &[POSITION, COMPANY, ZONE, CONTACT, CHANNEL, ANSWER_BY],
        MessageKind::OfferRescinded | MessageKind::Reactivation | MessageKind::ReactivationFollowUp => {
            &[POSITION, COMPANY, CONTACT, CHANNEL]
        }
        MessageKind::Care => &[COMPANY, CONTACT, CHANNEL],
        MessageKind::Unspecified => &[],
    }
}

/// The facts that a message lacks.
pub fn missing(kind: MessageKind, facts: &MessageFacts) -> Vec<Missing> {
    needed(kind).iter().filter(|(_, present)| !present(facts)).map(|(missing, _)| *missing).collect()
}

/// Whether a message of this kind leads to the candidate centre.
pub fn has_answer_link(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::InterviewInvitation
            | MessageKind::InterviewReminder
            | MessageKind::InterviewRescheduled
            | MessageKind::InterviewUpcoming
            | MessageKind::RescheduleOffer
            | MessageKind::Offer
            | MessageKind::OfferReminder
    )
}

#[cfg(test)]
pub mod tests {
    use prost_types::{Duration, Timestamp};

    use super::*;

    pub fn complete() -> MessageFacts {
        MessageFacts {
            position: "Java 后端工程师".to_owned(),
            company: "晨光科技".to_owned(),
            start_time: Some(Timestamp { seconds: 1_796_104_800, nanos: 0 }),
            duration: Some(Duration { seconds: 3_600, nanos: 0 }),
            time_zone: "Asia/Shanghai".to_owned(),
            place: "漕河泾 88 号 3 楼".to_owned(),
            link: String::new(),
            interviewers: vec!["周敏, 后端负责人".to_owned()],
            materials: vec!["身份证".to_owned()],
            contact_name: "Rita Recruiter".to_owned(),
            contact_channel: "+86 21 5555 0100".to_owned(),
            answer_by: Some(Timestamp { seconds: 1_796_004_800, nanos: 0 }),
            team_introduction: "订单平台组，六个人。".to_owned(),
            offered_times: vec![Timestamp { seconds: 1_796_191_200, nanos: 0 }],
            calendar_uid: "intv@usher".to_owned(),
            calendar_sequence: 0,
            subject: "Hello".to_owned(),
            body: "How are you?".to_owned(),
            start_date: "2026-12-15".to_owned(),
            salary_amount: "25000.00".to_owned(),
            salary_currency: "CNY".to_owned(),
            salary_period: "month".to_owned(),
            employment_type: "full_time".to_owned(),
            benefits: "年终奖".to_owned(),
            checklist: vec!["Copy of the identity card".to_owned()],
            checklist_zh: vec!["身份证复印件".to_owned()],
        }
    }

    #[test]
    fn each_fact_is_missed_by_name() {
        type Take = fn(&mut MessageFacts);
        let takes: [(&str, Take); 9] = [
            ("position", |facts| facts.position.clear()),
            ("company", |facts| facts.company = "  ".to_owned()),
            ("start_time", |facts| facts.start_time = None),
            ("time_zone", |facts| facts.time_zone.clear()),
            ("duration", |facts| facts.duration = None),
            ("place_or_link", |facts| facts.place.clear()),
            ("contact_name", |facts| facts.contact_name.clear()),
            ("contact_channel", |facts| facts.contact_channel.clear()),
            ("answer_by", |facts| facts.answer_by = None),
        ];
        for (name, take) in takes {
            let mut facts = complete();
            take(&mut facts);
            let missed: Vec<_> =
                missing(MessageKind::InterviewInvitation, &facts).into_iter().map(|missing| missing.fact).collect();
            assert_eq!(missed, [name]);
        }
        assert!(missing(MessageKind::InterviewInvitation, &complete()).is_empty());
        let takes: [(&str, Take); 8] = [
            ("position", |facts| facts.position.clear()),
            ("company", |facts| facts.company.clear()),
            ("start_date", |facts| facts.start_date.clear()),
            ("salary", |facts| facts.salary_period.clear()),
            ("time_zone", |facts| facts.time_zone.clear()),
            ("contact_name", |facts| facts.contact_name.clear()),
            ("contact_channel", |facts| facts.contact_channel.clear()),
            ("answer_by", |facts| facts.answer_by = None),
        ];
        for (name, take) in takes {
            let mut facts = complete();
            take(&mut facts);
            let missed: Vec<_> = missing(MessageKind::Offer, &facts).into_iter().map(|missing| missing.fact).collect();
            assert_eq!(missed, [name]);
        }
        let mut online = complete();
        online.place.clear();
        online.link = "https://meet.example.com/1".to_owned();
        assert!(missing(MessageKind::InterviewInvitation, &online).is_empty(), "a link is a place");
    }
}
