//! A person of the pool, and how a contact point is spoken of.

use std::fmt;

use chassis::id;
use chrono::{DateTime, Utc};
use usher_proto::talent::v1::Language;

id!(
    /// A person of the pool.
    CandidateId,
    "cand"
);

/// Where the person came from when nobody says.
pub const DEFAULT_SOURCE: &str = "manual";
/// The most skills that a person has.
pub const MOST_SKILLS: usize = 100;

/// What is known of a person, cleaned. An empty field is not known.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    pub display_name: String,
    /// Lower-cased.
    pub email: String,
    /// E.164.
    pub phone: String,
    pub city: String,
    pub title: String,
    pub company: String,
    pub years: u8,
    pub skills: Vec<String>,
    pub summary: String,
    pub language: Language,
    pub time_zone: String,
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

/// The kinds of contact points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Email,
    Phone,
}

/// A way to reach a person, normalised, so that equal ones are equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Contact {
    pub kind: Kind,
    pub value: String,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}(…)", self.kind)
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Email, Self::Phone];

    /// Its number in a row.
    pub fn number(self) -> i16 {
        match self {
            Self::Email => 1,
            Self::Phone => 2,
        }
    }

    /// Its field in a profile.
    pub fn field(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

impl Profile {
    /// The contact point of a kind, when it is known.
    pub fn contact(&self, kind: Kind) -> Option<Contact> {
        let value = match kind {
            Kind::Email => &self.email,
            Kind::Phone => &self.phone,
        };
        (!value.is_empty()).then(|| Contact { kind, value: value.clone() })
    }

    /// Every contact point that is known.
    pub fn contacts(&self) -> impl Iterator<Item = Contact> {
        Kind::ALL.into_iter().filter_map(|kind| self.contact(kind))
    }

    /// The names of the fields in which `after` differs.
    pub fn changed(&self, after: &Self) -> Vec<&'static str> {
        let compared = [
            ("display_name", self.display_name == after.display_name),
            ("email", self.email == after.email),
            ("phone", self.phone == after.phone),
            ("city", self.city == after.city),
            ("title", self.title == after.title),
            ("company", self.company == after.company),
            ("years_of_experience", self.years == after.years),
            ("skills", self.skills == after.skills),
            ("summary", self.summary == after.summary),
            ("language", self.language == after.language),
            ("time_zone", self.time_zone == after.time_zone),
        ];
        compared.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}
