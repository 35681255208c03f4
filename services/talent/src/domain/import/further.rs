//! What a row says besides a profile: what somebody wants, words on purposes, tags.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use usher_proto::talent::v1::{ConsentPurpose, TagDimension, TagOrigin};
use uuid::Uuid;

use crate::domain::{candidate::Intent, consent::Consent, tag::Tag};

/// For how long a word about what somebody wants holds when nobody says.
const INTENT_HOLDS: TimeDelta = TimeDelta::days(180);

/// Who takes a row in, and when.
#[derive(Debug, Clone)]
pub struct Stamp {
    pub now: DateTime<Utc>,
    pub actor: String,
}

/// What somebody wants, as a row says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IntentSaid {
    /// An `IntentLevel` of the contract.
    pub level: i32,
    pub time: Option<DateTime<Utc>>,
    pub expire_time: Option<DateTime<Utc>>,
    pub titles: Vec<String>,
    pub cities: Vec<String>,
}

/// A word on a purpose, as a row says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentSaid {
    /// A `ConsentPurpose` of the contract.
    pub purpose: i32,
    pub granted: bool,
    pub time: Option<DateTime<Utc>>,
    pub expire_time: Option<DateTime<Utc>>,
    pub evidence: String,
}

/// A tag, as a row gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TagSaid {
    /// A `TagDimension` of the contract.
    pub dimension: i32,
    pub name: String,
    pub evidence: String,
    pub expire_time: Option<DateTime<Utc>>,
}

impl IntentSaid {
    /// As it is kept. What says the same as what is known, and no time, is not news.
    pub fn intent(&self, known: Option<&Intent>, now: DateTime<Utc>) -> Intent {
        let state_time = self.time.unwrap_or(now);
        let same = known.filter(|known| {
            self.time.is_none_or(|time| time == known.state_time)
                && (known.level, &known.titles, &known.cities) == (self.level, &self.titles, &self.cities)
                && self.expire_time.is_none_or(|end| end == known.expire_time)
        });
        same.cloned().unwrap_or_else(|| Intent {
            level: self.level,
            state_time,
            expire_time: self.expire_time.unwrap_or(state_time + INTENT_HOLDS),
            titles: self.titles.clone(),
            cities: self.cities.clone(),
        })
    }
}

impl ConsentSaid {
    /// The word to write down; `None` when the last one on the purpose is this one, or later.
    pub fn news(&self, latest: &[Consent], stamp: &Stamp) -> Option<Consent> {
        let purpose = ConsentPurpose::try_from(self.purpose).ok()?;
        let last = latest.iter().find(|consent| consent.purpose == purpose);
        let is_known = last.is_some_and(|last| {
            let same =
                last.granted == self.granted && last.evidence == self.evidence && last.expire_time == self.expire_time;
            self.time.map_or(same, |time| (same && last.time == time) || last.time > time)
        });
        (!is_known).then(|| Consent {
            id: Uuid::now_v7(),
            purpose,
            granted: self.granted,
            time: self.time.unwrap_or(stamp.now),
            expire_time: self.expire_time,
            evidence: self.evidence.clone(),
            actor: stamp.actor.clone(),
        })
    }
}

impl TagSaid {
    /// The tag to give; `None` when the person has it, from whatever hand.
    pub fn news(&self, known: &[Tag], stamp: &Stamp) -> Option<Tag> {
        let dimension = TagDimension::try_from(self.dimension).ok()?;
        let has = |tag: &Tag| tag.dimension == dimension && tag.name == self.name && tag.subject.is_empty();
        let is_known =
            known.iter().any(|tag| has(tag) && (self.expire_time.is_none() || self.expire_time == tag.expire_time));
        (!is_known).then(|| Tag {
            dimension,
            name: self.name.clone(),
            origin: TagOrigin::Hand,
            evidence: self.evidence.clone(),
            actor: stamp.actor.clone(),
            set_time: stamp.now,
            expire_time: self.expire_time,
            subject: String::new(),
        })
    }
}
