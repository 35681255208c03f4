//! How many people have a time at or after another, counted without asking them.
//!
//! Times are kept by day, and within a day by second: to count, whole days are added up and one day is looked through.
//! That answers to the second, takes four bytes per person, and needs no clock of its own.

use std::collections::BTreeMap;

const DAY: i64 = 86_400;

/// A multiset of times.
#[derive(Debug, Default)]
pub struct Times {
    days: BTreeMap<i64, Vec<u32>>,
}

impl Times {
    /// Adds a time.
    pub fn add(&mut self, time: i64) {
        self.days.entry(time.div_euclid(DAY)).or_default().push(second(time));
    }

    /// Takes a time out again.
    pub fn remove(&mut self, time: i64) {
        let day = time.div_euclid(DAY);
        let Some(seconds) = self.days.get_mut(&day) else { return };
        if let Some(at) = seconds.iter().position(|kept| *kept == second(time)) {
            seconds.swap_remove(at);
        }
        if seconds.is_empty() {
            self.days.remove(&day);
        }
    }

    /// How many are not before a time.
    pub fn from(&self, time: i64) -> u64 {
        let day = time.div_euclid(DAY);
        let within = self.days.get(&day).map_or(0, |kept| kept.iter().filter(|kept| **kept >= second(time)).count());
        let after: usize = match day.checked_add(1) {
            Some(next) => self.days.range(next..).map(|(_, seconds)| seconds.len()).sum(),
            None => 0,
        };
        (within + after) as u64
    }
}

/// Of the day.
fn second(time: i64) -> u32 {
    u32::try_from(time.rem_euclid(DAY)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn counts_what_is_there(
            near in prop::collection::vec(-200_000i64..200_000, 0..40),
            far in prop::collection::vec(any::<i64>(), 0..5),
            removed in 0usize..20,
            from in prop_oneof![-200_000i64..200_000, any::<i64>()],
        ) {
            let mut all: Vec<i64> = near.into_iter().chain(far).collect();
            let mut times = Times::default();
            for time in &all {
                times.add(*time);
            }
            for _ in 0..removed.min(all.len()) {
                times.remove(all.swap_remove(0));
            }
            prop_assert_eq!(times.from(from), all.iter().filter(|time| **time >= from).count() as u64);
        }
    }
}
