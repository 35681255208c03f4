//! What one batch changed of one person: of each field that changed the value before and the one after, so that it can be
//! taken back field by field where nobody has changed it since.
//!
//! Fields are compared as they are written down ([`Profile`] serializes under the contract's names), so that a field that
//! a later version adds needs nothing here.

use std::collections::BTreeMap;

use chassis::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::domain::candidate::Profile;

/// A change.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    /// By the field's name: before and after. Empty for somebody who was new.
    fields: BTreeMap<String, (Value, Value)>,
    /// Words on purposes that were written down.
    pub consents: Vec<Uuid>,
    /// Tags that were given: dimension and name.
    pub tags: Vec<(i32, String)>,
    /// When.
    pub time: DateTime<Utc>,
}

/// It holds personal data.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Change(…)")
    }
}

impl Change {
    /// From one profile to another, at that time.
    pub fn between(before: &Profile, after: &Profile, time: DateTime<Utc>) -> Result<Self> {
        let (before, mut after) = (written(before)?, written(after)?);
        let changed = before.into_iter().filter_map(|(name, before)| {
            let after = after.remove(&name)?;
            (before != after).then_some((name, (before, after)))
        });
        Ok(Self { fields: changed.collect(), time, ..Self::default() })
    }

    /// Of somebody who was new, at that time.
    pub fn new_person(time: DateTime<Utc>) -> Self {
        Self { time, ..Self::default() }
    }

    /// Takes it back in what is known now. The answer names the fields that somebody has changed since; they stay.
    pub fn take_back(&self, now: &mut Profile) -> Result<Vec<String>> {
        let mut known = written(now)?;
        let mut kept = Vec::new();
        for (name, (before, after)) in &self.fields {
            match known.get_mut(name) {
                Some(value) if value == after => value.clone_from(before),
                Some(value) if value == before => {}
                _ => kept.push(name.clone()),
            }
        }
        *now = serde_json::from_value(Value::Object(known)).map_err(|error| {
            Error::internal("a change can not be taken back", &format_args!("{:?}", error.classify()))
        })?;
        now.settle_contacts();
        Ok(kept)
    }
}

fn written(profile: &Profile) -> Result<Map<String, Value>> {
    match serde_json::to_value(profile) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Error::internal("a profile can not be written down", &"it is no object")),
    }
}

impl Change {
    /// For sealing.
    pub fn write(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self)
            .map_err(|error| Error::internal("a change can not be written", &format_args!("{:?}", error.classify())))
    }

    /// What [`Self::write`] has written.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map_err(|error| Error::internal("a change can not be read", &format_args!("{:?}", error.classify())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact::{Contact, Kind};

    fn ann() -> Profile {
        let other = Contact { kind: Kind::Email, value: "b@example.com".to_owned() };
        Profile { email: "a@example.com".to_owned(), other_contacts: vec![other], years: 3, ..Profile::unknown() }
    }

    #[test]
    fn a_change_is_taken_back_field_by_field() {
        let before = ann();
        let after = Profile { city: "Paris".to_owned(), years: 5, email: "c@example.com".to_owned(), ..before.clone() };
        let change = Change::between(&before, &after, DateTime::UNIX_EPOCH).unwrap();
        let change = Change::read(&change.write().unwrap()).unwrap();
        let mut now = after.clone();
        assert_eq!(change.take_back(&mut now).unwrap(), Vec::<String>::new());
        assert!(now == before);
        // Somebody has changed one of them, and another one that the import had left alone.
        let mut now = Profile { years: 6, title: "Chef".to_owned(), ..after };
        assert_eq!(change.take_back(&mut now).unwrap(), ["years_of_experience"]);
        assert!(now == Profile { years: 6, title: "Chef".to_owned(), ..before.clone() });
        // Again, it changes nothing.
        let mut again = now.clone();
        change.take_back(&mut again).unwrap();
        assert!(again == now);
    }

    #[test]
    fn fields_have_the_names_that_an_update_tells() {
        let named = |value: Value| Profile::deserialize(value).unwrap();
        let other = named(serde_json::json!({
            "display_name": "Ann", "email": "a@example.com", "phone": "+442079460958", "wechat_id": "ann_xm",
            "other_contact_points": [{"kind": "email", "value": "b@example.com"}], "city": "Paris", "title": "Chef",
            "company": "Acme", "years_of_experience": 3, "skills": [{"name": "Go", "years": 0, "last_used_year": 0}],
            "summary": "x", "education": [{"school": "x"}], "employment": [{"company": "x"}],
            "intent": {"level": 1, "state_time": "2026-01-01T00:00:00Z", "expire_time": "2026-02-01T00:00:00Z", "titles": [], "cities": []},
            "preferred_channels": ["phone"], "language": 1, "time_zone": "UTC"
        }));
        let mut told = Profile::unknown().changed(&other);
        told.sort_unstable();
        let change = Change::between(&Profile::unknown(), &other, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(change.fields.keys().map(String::as_str).collect::<Vec<_>>(), told);
        assert_eq!(told.len(), 17);
    }
}
