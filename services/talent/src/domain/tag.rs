//! Words that are said of people.
//!
//! A tag is given by hand, follows from what the services tell, or is worked out whenever somebody asks ([`derived`]), so
//! that "dormant for three months" is true at the moment of asking and needs nobody to keep it so. The names of the latter
//! two kinds are reserved: whoever reads `no_show` knows that it happened.

use chrono::{DateTime, Months, TimeDelta, Utc};
use unicode_normalization::UnicodeNormalization as _;
use usher_proto::talent::v1::{IntentLevel, TagDimension, TagOrigin};

use super::{
    candidate::Profile,
    clean::Fault,
    consent::{self, Consent},
};

/// The most tags by hand that a person has.
pub const MOST: usize = 200;
/// For how long somebody counts as new.
pub const NEW_FOR: TimeDelta = TimeDelta::days(30);
/// The status of those who are.
pub const NEW: &str = "new";
/// Statuses of those who have done nothing for so many months.
pub const DORMANT: [(&str, u32); 3] = [("dormant_3_months", 3), ("dormant_6_months", 6), ("dormant_12_months", 12)];
/// Statuses of those who agree to a purpose begin so.
pub const CONSENT: &str = "consent_";

/// A word that is said of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub dimension: TagDimension,
    pub name: String,
    pub origin: TagOrigin,
    pub evidence: String,
    /// Who gave it; empty when nobody did.
    pub actor: String,
    pub set_time: DateTime<Utc>,
    /// From when on it holds no longer.
    pub expire_time: Option<DateTime<Utc>>,
    /// What it belongs to; empty when to nothing in particular.
    pub subject: String,
}

impl Tag {
    /// Whether it holds at that moment.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.expire_time.is_none_or(|end| now < end)
    }
}

/// What an event does to a person's tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Give(Tag),
    /// Takes that of one subject.
    Take {
        dimension: TagDimension,
        name: &'static str,
        subject: String,
    },
}

/// Tags that follow from what the services tell, by dimension.
const TOLD: [(TagDimension, &[&str]); 2] = [
    (
        TagDimension::Interaction,
        &[
            "applied",
            "contacted",
            "replied",
            "recently_updated",
            "answered",
            "interviewed",
            "no_show",
            "rejected",
            "withdrew",
            "offered",
            "offer_accepted",
            "offer_declined",
        ],
    ),
    (TagDimension::Status, &["in_process", "hired", "joined", "did_not_join"]),
];

/// The names of a dimension's tags in queries, such as `status` in `status/hired`.
pub fn dimension_name(dimension: TagDimension) -> &'static str {
    match dimension {
        TagDimension::Unspecified => "",
        TagDimension::Skill => "skill",
        TagDimension::Intent => "intent",
        TagDimension::Interaction => "interaction",
        TagDimension::Status => "status",
    }
}

/// Cleans the name of a tag that is given or taken by hand.
pub fn clean_name(dimension: TagDimension, raw: &str) -> Result<String, Fault> {
    let wrong = Fault::new("name", "TAG_INVALID", "must be made of letters, few digits, and _ + # . - between them");
    let name: String = raw.nfkc().collect::<String>().trim().to_lowercase();
    let name = name.split_whitespace().collect::<Vec<_>>().join("_");
    let fits = |character: char| character.is_alphanumeric() || matches!(character, '_' | '+' | '#' | '.' | '-');
    if name.is_empty() || name.chars().count() > 60 || !name.chars().all(fits) || holds_number(&name) {
        return Err(wrong);
    }
    if is_reserved(dimension, &name) {
        return Err(Fault::new("name", "TAG_DERIVED", "is a tag that follows from facts; nobody gives or takes it"));
    }
    Ok(name)
}

/// Whether something like a telephone number stands in a name, which is told and kept in the clear.
fn holds_number(name: &str) -> bool {
    let joins = |character: &char| !matches!(character, '_' | '-' | '.' | '+');
    let bare: String = name.chars().filter(joins).collect();
    bare.split(|character: char| !character.is_numeric()).any(|digits| digits.chars().count() >= 7)
}

fn is_reserved(dimension: TagDimension, name: &str) -> bool {
    let told = TOLD.iter().any(|(of, names)| *of == dimension && names.contains(&name));
    told || match dimension {
        TagDimension::Status => {
            name == NEW || name.starts_with(CONSENT) || DORMANT.iter().any(|(dormant, _)| *dormant == name)
        }
        TagDimension::Intent => is_intent(name),
        TagDimension::Unspecified | TagDimension::Skill | TagDimension::Interaction => false,
    }
}

/// Levels of intent as tags.
const LEVELS: [(IntentLevel, &str); 3] =
    [(IntentLevel::NotLooking, "not_looking"), (IntentLevel::Open, "open"), (IntentLevel::Active, "active")];

/// Whether a tag is a level of intent.
pub fn is_intent(name: &str) -> bool {
    LEVELS.iter().any(|(_, level)| *level == name)
}

/// The name of a level of intent; "" of the unknown one.
pub fn intent_name(level: IntentLevel) -> &'static str {
    LEVELS.iter().find(|(of, _)| *of == level).map_or("", |(_, name)| name)
}

/// The name of a skill's tag; [`super::skills::key`] is the way back.
pub fn of_skill(key: &str) -> String {
    key.replace(' ', "_")
}

/// What derived tags follow from.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub profile: &'a Profile,
    pub consents: &'a [Consent],
    pub create_time: DateTime<Utc>,
    pub last_activity: Option<DateTime<Utc>>,
}

/// The tags that follow from how a person stands at that moment.
pub fn derived(standing: &Standing<'_>, now: DateTime<Utc>) -> Vec<Tag> {
    let mut tags = Vec::new();
    tags.extend(standing.profile.skills.iter().map(|skill| {
        let years = if skill.years > 0 { format!(", {} years", skill.years) } else { String::new() };
        let used =
            if skill.last_used_year > 0 { format!(", last used in {}", skill.last_used_year) } else { String::new() };
        let name = of_skill(&skill.key());
        tag(TagDimension::Skill, name, format!("the profile{years}{used}"), standing.create_time, None)
    }));
    tags.extend(standing.profile.intent.iter().filter_map(|intent| {
        let level = IntentLevel::try_from(intent.level).unwrap_or_default();
        let name = intent_name(level);
        let holds = !name.is_empty() && now < intent.expire_time;
        holds.then(|| {
            let evidence = "what the person said".to_owned();
            tag(TagDimension::Intent, name.to_owned(), evidence, intent.state_time, Some(intent.expire_time))
        })
    }));
    tags.extend(statuses(standing, now));
    tags
}

fn statuses(standing: &Standing<'_>, now: DateTime<Utc>) -> Vec<Tag> {
    let status =
        |name: &str, evidence, since, until| tag(TagDimension::Status, name.to_owned(), evidence, since, until);
    let mut tags = Vec::new();
    let new_until = standing.create_time + NEW_FOR;
    if now < new_until {
        tags.push(status(NEW, "when the profile was made".to_owned(), standing.create_time, Some(new_until)));
    }
    let (last, evidence) = match standing.last_activity {
        Some(time) => (time, format!("last activity on {}", time.date_naive())),
        None => (standing.create_time, "no activity since the profile was made".to_owned()),
    };
    for (name, months) in DORMANT {
        // So many months before now, as search reckons it; months are of different lengths.
        let is_dormant = now.checked_sub_months(Months::new(months)).is_some_and(|bound| last <= bound);
        if let Some(since) = last.checked_add_months(Months::new(months)).filter(|_| is_dormant) {
            tags.push(status(name, evidence.clone(), since, None));
        }
    }
    for consent in standing.consents.iter().filter(|consent| consent.holds(now)) {
        let name = format!("{CONSENT}{}", consent::name(consent.purpose));
        tags.push(status(&name, consent.evidence.clone(), consent.time, consent.expire_time));
    }
    tags
}

fn tag(
    dimension: TagDimension,
    name: String,
    evidence: String,
    set_time: DateTime<Utc>,
    expire_time: Option<DateTime<Utc>>,
) -> Tag {
    Tag {
        dimension,
        name,
        origin: TagOrigin::Derived,
        evidence,
        actor: String::new(),
        set_time,
        expire_time,
        subject: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use usher_proto::talent::v1::ConsentPurpose;
    use uuid::Uuid;

    use super::*;
    use crate::domain::candidate::Intent;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}T12:00:00Z").parse().unwrap()
    }

    fn names(standing: &Standing<'_>, now: DateTime<Utc>) -> Vec<String> {
        derived(standing, now)
            .into_iter()
            .filter(|tag| tag.dimension != TagDimension::Skill)
            .map(|tag| format!("{}/{}", dimension_name(tag.dimension), tag.name))
            .collect()
    }

    #[test]
    fn a_status_is_true_at_the_moment_of_asking() {
        let profile = Profile::unknown();
        let mut standing =
            Standing { profile: &profile, consents: &[], create_time: at("2026-01-31"), last_activity: None };
        assert_eq!(names(&standing, at("2026-02-01")), ["status/new"]);
        assert!(names(&standing, at("2026-03-02")).is_empty());
        // Three months before the last day of April is the 30th of January.
        assert!(names(&standing, at("2026-04-30")).is_empty());
        assert_eq!(names(&standing, at("2026-05-01")), ["status/dormant_3_months"]);
        standing.last_activity = Some(at("2026-04-01"));
        assert!(names(&standing, at("2026-05-01")).is_empty());
        assert_eq!(names(&standing, at("2027-05-01")).len(), 3);
    }

    #[test]
    fn intent_and_consent_end() {
        let intent = Intent {
            level: IntentLevel::Active.into(),
            state_time: at("2026-01-01"),
            expire_time: at("2026-02-01"),
            titles: Vec::new(),
            cities: Vec::new(),
        };
        let profile = Profile { intent: Some(intent), ..Profile::unknown() };
        let consent = Consent {
            id: Uuid::nil(),
            purpose: ConsentPurpose::Opportunities,
            granted: true,
            time: at("2026-01-01"),
            expire_time: Some(at("2026-02-15")),
            evidence: "form".to_owned(),
            actor: String::new(),
        };
        let standing = Standing {
            profile: &profile,
            consents: std::slice::from_ref(&consent),
            create_time: at("2025-12-01"),
            last_activity: Some(at("2026-01-01")),
        };
        assert_eq!(names(&standing, at("2026-01-31")), ["intent/active", "status/consent_opportunities"]);
        assert_eq!(names(&standing, at("2026-02-01")), ["status/consent_opportunities"]);
        assert!(names(&standing, at("2026-02-15")).is_empty());
    }

    #[test]
    fn names_are_cleaned_and_facts_are_nobodys_to_give() {
        let clean = |raw| clean_name(TagDimension::Status, raw);
        assert_eq!(clean("  Key  Talent ").as_deref(), Ok("key_talent"));
        assert_eq!(clean("新能源 专家").as_deref(), Ok("新能源_专家"));
        assert_eq!(clean_name(TagDimension::Skill, "C++").as_deref(), Ok("c++"));
        let long = "x".repeat(61);
        for raw in ["", "a/b", "a:b", "a\0b", "call_13800138000", "138-0013.8000", long.as_str()] {
            assert_eq!(clean(raw).unwrap_err().reason, "TAG_INVALID", "{raw}");
        }
        for raw in ["Dormant 3 months", "hired", "new", "consent_tracking"] {
            assert_eq!(clean(raw).unwrap_err().reason, "TAG_DERIVED", "{raw}");
        }
        assert_eq!(clean_name(TagDimension::Interaction, "no_show").unwrap_err().reason, "TAG_DERIVED");
        assert_eq!(clean_name(TagDimension::Intent, "no_show").as_deref(), Ok("no_show"));
    }
}
