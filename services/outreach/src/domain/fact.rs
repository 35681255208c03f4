//! What messages are made of: each fact with its field, the variables it fills, and what it means.

use usher_proto::outreach::v1::MessageFacts;

/// A fact: its name for people and programs, where a draft has it, and what templates call it.
#[derive(Debug)]
pub struct Fact {
    /// `place_or_link`.
    pub name: &'static str,
    /// `facts.place`.
    pub field: &'static str,
    /// What it fills. Where a fact can be told in several ways, one of them is enough.
    pub variables: &'static [&'static str],
    pub meaning: &'static str,
    present: fn(&MessageFacts) -> bool,
}

impl Fact {
    /// Whether a message has it.
    pub fn is_in(&self, facts: &MessageFacts) -> bool {
        (self.present)(facts)
    }

    /// Whether having it means that each of its variables is filled.
    pub fn fills_all(&self) -> bool {
        !matches!(self.name, "place_or_link" | "feedback")
    }
}

fn said(text: &str) -> bool {
    !text.trim().is_empty()
}

macro_rules! facts {
    ($($constant:ident $name:literal $field:literal [$($variable:literal),*] $meaning:literal, $present:expr;)*) => {
        $(pub const $constant: &Fact = &Fact {
            name: $name,
            field: concat!("facts.", $field),
            variables: &[$($variable),*],
            meaning: $meaning,
            present: $present,
        };)*
        /// All of them.
        pub const ALL: &[&Fact] = &[$($constant),*];
    };
}

facts! {
    POSITION "position" "position" ["position"] "The opening.", |facts| said(&facts.position);
    COMPANY "company" "company" ["company"] "Who writes.", |facts| said(&facts.company);
    START "start_time" "start_time" ["when", "when_short"] "When it begins.", |facts| facts.start_time.is_some();
    ZONE "time_zone" "time_zone" [] "The IANA zone in which times are told.", |facts| said(&facts.time_zone);
    DURATION "duration" "duration" ["duration"] "How long it takes.", |facts| facts.duration.is_some();
    PLACE "place_or_link" "place" ["place", "link"] "Where: a place to come to, a link to open, or both.",
        |facts| said(&facts.place) || said(&facts.link);
    CONTACT "contact_name" "contact_name" ["contact_name"] "Whom to ask.", |facts| said(&facts.contact_name);
    CHANNEL "contact_channel" "contact_channel" ["contact_channel"] "A number or an address to ask at.",
        |facts| said(&facts.contact_channel);
    ANSWER_BY "answer_by" "answer_by" ["answer_by"] "By when to answer.", |facts| facts.answer_by.is_some();
    OFFERED "offered_times" "offered_times" ["offered_times"] "Times to choose from.",
        |facts| !facts.offered_times.is_empty();
    INTERVIEWERS "interviewers" "interviewers" ["interviewers"] "Who will be there, with their titles.",
        |facts| facts.interviewers.iter().any(|name| said(name));
    MATERIALS "materials" "materials" ["materials"] "What to bring or to prepare.",
        |facts| facts.materials.iter().any(|thing| said(thing));
    TEAM "team_introduction" "team_introduction" ["team_introduction"] "A few words about the team.",
        |facts| said(&facts.team_introduction);
    START_DATE "start_date" "start_date" ["start_date"] "The first day.", |facts| said(&facts.start_date);
    SALARY "salary" "salary_amount" ["pay"] "Amount, currency and period of the salary.", |facts| {
        said(&facts.salary_amount) && said(&facts.salary_currency) && said(&facts.salary_period)
    };
    EMPLOYMENT "employment_type" "employment_type" ["employment_type"] "Full-time, part-time and the like.",
        |facts| said(&facts.employment_type);
    BENEFITS "benefits" "benefits" ["benefits"] "Bonus and benefits, in words.", |facts| said(&facts.benefits);
    CHECKLIST "checklist" "checklist" ["checklist"] "What is still to be done or brought.",
        |facts| facts.checklist.iter().chain(&facts.checklist_zh).any(|thing| said(thing));
    SUBJECT "subject" "subject" ["subject"] "The subject of a free text.", |facts| said(&facts.subject);
    BODY "body" "body" ["body"] "A free text, or a paragraph of one's own.", |facts| said(&facts.body);
    TOPIC "topic" "topic" ["topic"] "What it is about, such as the task that was talked through.",
        |facts| said(&facts.topic);
    FEEDBACK "feedback" "strengths" ["strengths", "advice", "body"]
        "What was good, what to work on, or both in a text: one of them at least.",
        |facts| said(&facts.strengths) || said(&facts.advice) || said(&facts.body);
    STRENGTHS "strengths" "strengths" ["strengths"] "What was good, in words.", |facts| said(&facts.strengths);
    ADVICE "advice" "advice" ["advice"] "What to work on, and how.", |facts| said(&facts.advice);
    REASON "reason" "reason" ["reason"] "Why: why them, why not, why it is called off. One sentence.",
        |facts| said(&facts.reason);
    SKILL "skill" "skill" ["skill"] "A skill of theirs that speaks for the opening.", |facts| said(&facts.skill);
    REFERRER "referrer" "referrer" ["referrer"] "Who recommended them and agreed to be named.",
        |facts| said(&facts.referrer);
}
