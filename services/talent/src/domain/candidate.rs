//! A person of the pool.

use std::fmt;

use chassis::id;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::talent::v1::Language;

use super::{
    contact::{Contact, Kind},
    skills,
};

id!(
    /// A person of the pool.
    CandidateId,
    "cand"
);

/// Where the person came from when nobody says.
pub const DEFAULT_SOURCE: &str = "manual";
/// The most skills that a person has.
pub const MOST_SKILLS: usize = 100;

/// The fields of a profile that can be changed.
pub const FIELDS: [&str; 17] = [
    "display_name",
    "email",
    "phone",
    "wechat_id",
    "other_contact_points",
    "city",
    "title",
    "company",
    "years_of_experience",
    "skills",
    "summary",
    "education",
    "employment",
    "intent",
    "preferred_channels",
    "language",
    "time_zone",
];

/// What is known of a person, cleaned. An empty field is not known. Written down it has the contract's names, see
/// [`super::import::change`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub display_name: String,
    /// Lower-cased.
    pub email: String,
    /// E.164.
    pub phone: String,
    /// Lower-cased.
    #[serde(rename = "wechat_id")]
    pub wechat: String,
    /// Further ones; none of them is one of those above.
    #[serde(rename = "other_contact_points")]
    pub other_contacts: Vec<Contact>,
    pub city: String,
    pub title: String,
    pub company: String,
    #[serde(rename = "years_of_experience")]
    pub years: u8,
    pub skills: Vec<Skill>,
    pub summary: String,
    pub education: Vec<Education>,
    pub employment: Vec<Employment>,
    pub intent: Option<Intent>,
    /// In the order in which the person wants to be reached.
    pub preferred_channels: Vec<Kind>,
    #[serde(with = "language_number")]
    pub language: Language,
    pub time_zone: String,
}

/// A language as its number in the contract.
mod language_number {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use usher_proto::talent::v1::Language;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub fn serialize<S: Serializer>(language: &Language, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32((*language).into())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Language, D::Error> {
        Language::try_from(i32::deserialize(deserializer)?).map_err(|_| D::Error::custom("an unknown language"))
    }
}

/// Something that a person can do. Two spellings of one skill are equal in [`Skill::key`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skill {
    pub name: String,
    /// 0 when it is not known.
    pub years: u8,
    /// 0 when it is not known.
    pub last_used_year: u16,
}

impl Skill {
    /// Of which nothing but the name is known.
    pub fn named(name: String) -> Self {
        Self { name, years: 0, last_used_year: 0 }
    }

    /// What it is compared by.
    pub fn key(&self) -> String {
        skills::key(&self.name)
    }
}

/// Time at a school.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Education {
    pub school: String,
    /// A `Degree` of the contract.
    pub degree: i32,
    pub major: String,
    /// 0 when it is not known.
    pub start_year: u16,
    /// 0 when it is not known or goes on.
    pub end_year: u16,
}

/// Time at an employer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Employment {
    pub company: String,
    pub title: String,
    /// `2021-03`; empty when it is not known.
    pub start_month: String,
    /// As `start_month`; empty when it goes on, too.
    pub end_month: String,
    pub description: String,
}

/// What a person said that they want.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// An `IntentLevel` of the contract.
    pub level: i32,
    pub state_time: DateTime<Utc>,
    /// From when on nobody knows again.
    pub expire_time: DateTime<Utc>,
    pub titles: Vec<String>,
    pub cities: Vec<String>,
}

/// Personal data does not belong into logs, so there is nothing to see.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile(…)")
    }
}

/// A person with what the pool adds.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub id: CandidateId,
    pub profile: Profile,
    pub source: String,
    pub version: i64,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
}

impl Profile {
    /// Of somebody of whom nothing is known.
    pub fn unknown() -> Self {
        Self {
            display_name: String::new(),
            email: String::new(),
            phone: String::new(),
            wechat: String::new(),
            other_contacts: Vec::new(),
            city: String::new(),
            title: String::new(),
            company: String::new(),
            years: 0,
            skills: Vec::new(),
            summary: String::new(),
            education: Vec::new(),
            employment: Vec::new(),
            intent: None,
            preferred_channels: Vec::new(),
            language: Language::Unspecified,
            time_zone: String::new(),
        }
    }

    /// The first contact point of a kind, when one is known.
    pub fn contact(&self, kind: Kind) -> Option<Contact> {
        let value = match kind {
            Kind::Email => &self.email,
            Kind::Phone => &self.phone,
            Kind::Wechat => &self.wechat,
        };
        (!value.is_empty()).then(|| Contact { kind, value: value.clone() })
    }

    /// Every contact point that is known, the first of each kind before further ones.
    pub fn contacts(&self) -> impl Iterator<Item = Contact> {
        Kind::ALL.into_iter().filter_map(|kind| self.contact(kind)).chain(self.other_contacts.iter().cloned())
    }

    /// Takes on a contact point: as the first of its kind when there is none yet. One that is there stays as it is.
    pub fn add_contact(&mut self, contact: Contact) {
        if self.contacts().any(|known| known == contact) {
            return;
        }
        let first = match contact.kind {
            Kind::Email => &mut self.email,
            Kind::Phone => &mut self.phone,
            Kind::Wechat => &mut self.wechat,
        };
        if first.is_empty() {
            *first = contact.value;
        } else {
            self.other_contacts.push(contact);
        }
    }

    /// Brings further contact points into order after the first ones have changed: none stands twice, and none is a
    /// further one where there is no first.
    pub fn settle_contacts(&mut self) {
        for contact in std::mem::take(&mut self.other_contacts) {
            self.add_contact(contact);
        }
    }

    /// The names of the fields in which `after` differs.
    pub fn changed(&self, after: &Self) -> Vec<&'static str> {
        let compared = [
            ("display_name", self.display_name == after.display_name),
            ("email", self.email == after.email),
            ("phone", self.phone == after.phone),
            ("wechat_id", self.wechat == after.wechat),
            ("other_contact_points", self.other_contacts == after.other_contacts),
            ("city", self.city == after.city),
            ("title", self.title == after.title),
            ("company", self.company == after.company),
            ("years_of_experience", self.years == after.years),
            ("skills", self.skills == after.skills),
            ("summary", self.summary == after.summary),
            ("education", self.education == after.education),
            ("employment", self.employment == after.employment),
            ("intent", self.intent == after.intent),
            ("preferred_channels", self.preferred_channels == after.preferred_channels),
            ("language", self.language == after.language),
            ("time_zone", self.time_zone == after.time_zone),
        ];
        compared.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}
