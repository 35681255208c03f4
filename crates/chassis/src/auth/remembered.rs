//! Bearers that were found good a moment ago: checking one costs a question to accounts, or a signature.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use crate::caller::Caller;

/// What has been withdrawn may work for this much longer.
const REMEMBER: TimeDelta = TimeDelta::seconds(30);
const REMEMBERED: usize = 10_000;

/// Whom a bearer speaks for, and until when that is believed.
type Known = HashMap<[u8; 32], (Caller, DateTime<Utc>)>;

/// Callers by the hash of their bearer, so that no secret stays in memory.
#[derive(Debug, Default)]
pub(super) struct Remembered(Mutex<Known>);

impl Remembered {
    /// Whom a bearer speaks for, when that is known at that time.
    pub(super) fn get(&self, bearer: &str, now: DateTime<Utc>) -> Option<Caller> {
        let hash = hash(bearer);
        let known = self.known();
        let (caller, until) = known.get(&hash)?;
        // A clock that was set back makes nothing last for longer.
        (*until > now && *until - now <= REMEMBER).then(|| caller.clone())
    }

    /// Notes whom a bearer speaks for; it never outlives its own expiry.
    pub(super) fn put(&self, bearer: &str, caller: &Caller, now: DateTime<Utc>) {
        let until = caller.expiry.map_or(now + REMEMBER, |expiry| expiry.min(now + REMEMBER));
        let hash = hash(bearer);
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash, (caller.clone(), until));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(bearer: &str) -> [u8; 32] {
    Sha256::digest(bearer).into()
}

#[cfg(test)]
mod tests {
    use usher_proto::accounts::v1::Role;

    use super::*;
    use crate::caller::Actor;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn caller(expiry: Option<DateTime<Utc>>) -> Caller {
        Caller { tenant: None, role: Role::Recruiter, actor: Actor::new("user_1"), expiry }
    }

    #[test]
    fn what_is_remembered_is_forgotten_in_time_and_never_outlives_itself() {
        let remembered = Remembered::default();
        remembered.put("lasting", &caller(Some(at(3_600))), at(0));
        remembered.put("short", &caller(Some(at(10))), at(0));
        let known = |bearer: &str, seconds| remembered.get(bearer, at(seconds)).is_some();
        assert!(known("lasting", 29) && !known("lasting", 30));
        assert!(known("short", 9) && !known("short", 10));
        assert!(!known("another", 0));
        assert!(!known("lasting", -3_600), "the clock was set back");
    }
}
