//! Which facts a message of a kind needs, so that its reader knows what, when, where, with whom and what to do; which ones
//! it may have besides; and so which variables its templates may print.

use usher_proto::outreach::v1::{MessageFacts, MessageKind};

use super::fact::{
    ADVICE, ANSWER_BY, BENEFITS, BODY, CHANNEL, CHECKLIST, COMPANY, CONTACT, DURATION, EMPLOYMENT, FEEDBACK, Fact,
    INTERVIEWERS, MATERIALS, OFFERED, PLACE, POSITION, REASON, REFERRER, SALARY, SKILL, START, START_DATE, STRENGTHS,
    SUBJECT, TEAM, TOPIC, ZONE,
};

/// A fact that is missing: its name for people and programs, and the field of the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// `place_or_link`.
    pub fact: &'static str,
    /// `facts.place`.
    pub field: &'static str,
}

/// What a kind of message is made of.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Without each of these it is refused.
    pub needs: &'static [&'static Fact],
    /// These it may have.
    pub may: &'static [&'static Fact],
}

/// The kinds in the order in which a person meets them.
pub const KINDS: &[MessageKind] = &[
    MessageKind::InterviewInvitation,
    MessageKind::InterviewReminder,
    MessageKind::InterviewRescheduled,
    MessageKind::RescheduleOffer,
    MessageKind::InterviewUpcoming,
    MessageKind::InterviewCancelled,
    MessageKind::InterviewDeclined,
    MessageKind::InterviewMissed,
    MessageKind::Feedback,
    MessageKind::Rejection,
    MessageKind::Offer,
    MessageKind::OfferReminder,
    MessageKind::OfferRescinded,
    MessageKind::OnboardingReminder,
    MessageKind::Reactivation,
    MessageKind::ReactivationFollowUp,
    MessageKind::Care,
    MessageKind::Custom,
];

/// What a message of that kind is made of.
pub fn shape(kind: MessageKind) -> Shape {
    let (needs, may): (&'static [&'static Fact], &'static [&'static Fact]) = match kind {
        MessageKind::InterviewInvitation | MessageKind::InterviewReminder => (
            &[POSITION, COMPANY, START, ZONE, DURATION, PLACE, CONTACT, CHANNEL, ANSWER_BY],
            &[INTERVIEWERS, MATERIALS, TEAM, TOPIC],
        ),
        MessageKind::InterviewRescheduled | MessageKind::InterviewUpcoming => (
            &[POSITION, COMPANY, START, ZONE, DURATION, PLACE, CONTACT, CHANNEL],
            &[INTERVIEWERS, MATERIALS, TEAM, TOPIC, ANSWER_BY, REASON],
        ),
        MessageKind::RescheduleOffer => (
            &[POSITION, COMPANY, OFFERED, ZONE, DURATION, CONTACT, CHANNEL],
            &[START, PLACE, INTERVIEWERS, MATERIALS, ANSWER_BY, REASON],
        ),
        MessageKind::InterviewCancelled | MessageKind::InterviewDeclined | MessageKind::InterviewMissed => {
            (&[POSITION, COMPANY, START, ZONE, CONTACT, CHANNEL], &[PLACE, ANSWER_BY, REASON])
        }
        MessageKind::Feedback => {
            (&[POSITION, COMPANY, FEEDBACK, CONTACT, CHANNEL], &[TOPIC, INTERVIEWERS, ZONE, ANSWER_BY])
        }
        MessageKind::Rejection => (&[POSITION, COMPANY, CONTACT, CHANNEL], &[REASON, STRENGTHS, ADVICE, TOPIC, BODY]),
        MessageKind::Custom => (
            &[SUBJECT, BODY],
            &[POSITION, COMPANY, START, ZONE, DURATION, PLACE, CONTACT, CHANNEL, ANSWER_BY, MATERIALS, TOPIC],
        ),
        MessageKind::Offer => (
            &[POSITION, COMPANY, START_DATE, SALARY, ZONE, CONTACT, CHANNEL, ANSWER_BY],
            &[PLACE, EMPLOYMENT, BENEFITS, TEAM, BODY],
        ),
        MessageKind::OnboardingReminder => {
            (&[POSITION, COMPANY, START_DATE, PLACE, CONTACT, CHANNEL], &[CHECKLIST, START, ZONE, TEAM, BODY])
        }
        MessageKind::OfferReminder => {
            (&[POSITION, COMPANY, ZONE, CONTACT, CHANNEL, ANSWER_BY], &[START_DATE, PLACE, BODY])
        }
        MessageKind::OfferRescinded => (&[POSITION, COMPANY, CONTACT, CHANNEL], &[REASON]),
        MessageKind::Reactivation | MessageKind::ReactivationFollowUp => (
            &[POSITION, COMPANY, CONTACT, CHANNEL],
            &[PLACE, EMPLOYMENT, SALARY, BODY, REASON, SKILL, REFERRER, TEAM, ZONE, ANSWER_BY],
        ),
        MessageKind::Care => (&[COMPANY, CONTACT, CHANNEL], &[POSITION, PLACE, TOPIC, BODY, REASON]),
        MessageKind::Unspecified => (&[], &[]),
    };
    Shape { needs, may }
}

/// The facts that a message lacks.
pub fn missing(kind: MessageKind, facts: &MessageFacts) -> Vec<Missing> {
    let lacks = shape(kind).needs.iter().filter(|fact| !fact.is_in(facts));
    lacks.map(|fact| Missing { fact: fact.name, field: fact.field }).collect()
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

/// The variables of a kind, each with whether every message of the kind has it.
pub fn variables(kind: MessageKind) -> Vec<(&'static str, bool)> {
    let Shape { needs, may } = shape(kind);
    let of = |facts: &'static [&'static Fact], is_needed: bool| {
        facts.iter().flat_map(move |fact| fact.variables.iter().map(move |name| (*name, is_needed && fact.fills_all())))
    };
    let link = has_answer_link(kind).then_some(("answer_link", true));
    std::iter::once(("name", true)).chain(of(needs, true)).chain(link).chain(of(may, false)).collect()
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
            topic: "订单服务的拆分".to_owned(),
            strengths: "您把取舍讲得很清楚。".to_owned(),
            advice: "可以多练习容量估算。".to_owned(),
            reason: "我们暂停了这个职位的招聘。".to_owned(),
            skill: "Rust".to_owned(),
            referrer: "周敏".to_owned(),
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
        let mut told = MessageFacts { strengths: String::new(), ..complete() };
        assert!(missing(MessageKind::Feedback, &told).is_empty(), "advice is feedback");
        (told.advice, told.body) = (String::new(), String::new());
        assert_eq!(missing(MessageKind::Feedback, &told)[0].fact, "feedback");
        let mut online = complete();
        online.place.clear();
        online.link = "https://meet.example.com/1".to_owned();
        assert!(missing(MessageKind::InterviewInvitation, &online).is_empty(), "a link is a place");
    }

    #[test]
    fn every_kind_has_a_shape_and_no_variable_twice() {
        for number in 0..100 {
            let Ok(kind) = MessageKind::try_from(number) else { continue };
            assert_eq!(KINDS.contains(&kind), kind != MessageKind::Unspecified, "{}", kind.as_str_name());
            let mut names: Vec<_> = variables(kind).into_iter().map(|(name, _)| name).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{} has a variable twice", kind.as_str_name());
            assert!(missing(kind, &complete()).is_empty());
        }
    }
}
