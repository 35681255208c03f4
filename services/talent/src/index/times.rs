//! How many people have a time at or after another, counted without asking them.
//!
//! Times are kept by day, and within a day by second: to count, whole days are added up and one day is looked through.
//! That answers to the second and needs no clock of its own. A file of a hundred thousand people comes within a few
//! seconds, so that a day holds each second once, with how many have it; then nothing is long to look through.

use std::{collections::BTreeMap, ops::RangeInclusive};

const DAY: i64 = 86_400;

/// A multiset of times.
#[derive(Debug, Default)]
pub struct Times {
    days: BTreeMap<i64, Day>,
}

/// The times of a day.
#[derive(Debug, Default)]
struct Day {
    /// (second, how many), in order.
    seconds: Vec<(u32, u32)>,
    all: u64,
}

impl Times {
    /// Adds a time.
    pub fn add(&mut self, time: i64) {
        let day = self.days.entry(time.div_euclid(DAY)).or_default();
        day.all += 1;
        match day.place(second(time)) {
            Ok(at) => day.seconds[at].1 += 1,
            Err(at) => day.seconds.insert(at, (second(time), 1)),
        }
    }

    /// Takes a time out again.
    pub fn remove(&mut self, time: i64) {
        let number = time.div_euclid(DAY);
        let Some(day) = self.days.get_mut(&number) else { return };
        let Ok(at) = day.place(second(time)) else { return };
        day.all -= 1;
        day.seconds[at].1 -= 1;
        if day.seconds[at].1 == 0 {
            day.seconds.remove(at);
        }
        if day.seconds.is_empty() {
            self.days.remove(&number);
        }
    }

    /// How many are within a range.
    pub fn within(&self, range: &RangeInclusive<i64>) -> u64 {
        let after = range.end().checked_add(1).map_or(0, |next| self.from(next));
        self.from(*range.start()).saturating_sub(after)
    }

    /// How many are not before a time.
    pub fn from(&self, time: i64) -> u64 {
        let number = time.div_euclid(DAY);
        let within = self.days.get(&number).map_or(0, |day| day.from(second(time)));
        let after: u64 = match number.checked_add(1) {
            Some(next) => self.days.range(next..).map(|(_, day)| day.all).sum(),
            None => 0,
        };
        within + after
    }
}

impl Day {
    /// Where a second is, or would be.
    fn place(&self, second: u32) -> Result<usize, usize> {
        self.seconds.binary_search_by_key(&second, |(kept, _)| *kept)
    }

    fn from(&self, second: u32) -> u64 {
        let at = self.place(second).unwrap_or_else(|at| at);
        self.seconds[at..].iter().map(|(_, count)| u64::from(*count)).sum()
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
            to in prop_oneof![-200_000i64..200_000, Just(i64::MAX)],
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
            let within = all.iter().filter(|time| (from..=to).contains(*time)).count() as u64;
            prop_assert_eq!(times.within(&(from..=to)), within);
        }
    }
}
