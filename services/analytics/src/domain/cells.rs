//! Counts by cube, time and key, which are added and taken away.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{
    cube::{self, Counts, Cube, MEASURES},
    grain::{self, Grain},
    quarters::{self, Quarters},
};

/// Where a count stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub cube: Cube,
    /// The quarter of an hour since 1970.
    pub quarter: i32,
    pub key: String,
}

/// Counts that are not zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells(HashMap<Place, Counts>);

/// What changes at a place, by the number that its key has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub cube: Cube,
    pub quarter: i32,
    pub key: i64,
    pub counts: Counts,
}

/// Where a count stands in one of the grains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket {
    pub cube: Cube,
    pub grain: Grain,
    /// Its number since 1970.
    pub number: i32,
    pub key: i64,
}

/// What changes in a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    pub counts: Counts,
    /// Of a day: of which quarters of an hour.
    pub quarters: Quarters,
}

/// All changes in the buckets of both grains, each bucket once, in the order in which they are kept, so that two who change the same
/// ones do not wait for each other crosswise.
pub fn buckets(changes: &[Change]) -> BTreeMap<Bucket, Cell> {
    let mut buckets: BTreeMap<Bucket, Cell> = BTreeMap::new();
    for Change { cube, quarter, key, counts } in changes {
        for grain in [Grain::Day, Grain::Month] {
            let at = Bucket { cube: *cube, grain, number: grain.bucket(*quarter), key: *key };
            let cell = buckets.entry(at).or_default();
            for (sum, count) in cell.counts.iter_mut().zip(counts) {
                *sum += count;
            }
            if grain == Grain::Day {
                quarters::add(&mut cell.quarters, quarters::place(*quarter), counts);
            }
        }
    }
    let is_zero = |counts: &Counts| counts.iter().all(|count| *count == 0);
    buckets.retain(|_, cell| {
        cell.quarters.retain(|_, counts| !is_zero(counts));
        !is_zero(&cell.counts) || !cell.quarters.is_empty()
    });
    buckets
}

impl Cells {
    /// Counts something that happened at that time. Measures that are not given are 0.
    pub fn add<const N: usize>(&mut self, cube: Cube, time: DateTime<Utc>, values: &[&str], measures: [i32; N]) {
        debug_assert_eq!(values.len(), cube.axes().len(), "{cube:?}");
        debug_assert!(N <= cube.measures().len(), "{cube:?}");
        let mut counts = [0; MEASURES];
        for (count, measure) in counts.iter_mut().zip(measures) {
            *count = measure;
        }
        self.change(Place { cube, quarter: grain::quarter(time), key: cube::key(values) }, counts, 1);
    }

    /// Adds all of the others, or takes them away with a sign of -1.
    pub fn take(&mut self, others: Self, sign: i32) {
        for (place, counts) in others.0 {
            self.change(place, counts, sign);
        }
    }

    fn change(&mut self, place: Place, counts: Counts, sign: i32) {
        let entry = self.0.entry(place).or_default();
        for (known, count) in entry.iter_mut().zip(counts) {
            *known += sign * count;
        }
    }

    /// What is not zero.
    pub fn into_changes(self) -> impl Iterator<Item = (Place, Counts)> {
        self.0.into_iter().filter(|(_, counts)| counts.iter().any(|count| *count != 0))
    }

    /// What stands in it.
    pub fn iter(&self) -> impl Iterator<Item = (&Place, &Counts)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn every_grain_holds_the_sum_of_all_changes(given in prop::collection::vec((0_i32..20_000, 0_i64..4, -2_i32..3), 0..60)) {
            let change = |(quarter, key, count): &(i32, i64, i32)| {
                let mut counts = [0; MEASURES];
                counts[1] = *count;
                Change { cube: Cube::Sources, quarter: *quarter, key: *key, counts }
            };
            let buckets = buckets(&given.iter().map(change).collect::<Vec<_>>());
            for (at, cell) in &buckets {
                let inside = given.iter().filter(|(quarter, key, _)| *key == at.key && at.grain.bucket(*quarter) == at.number);
                prop_assert_eq!(cell.counts[1], inside.map(|(.., count)| count).sum::<i32>());
                if at.grain == Grain::Day {
                    prop_assert_eq!(cell.counts[1], cell.quarters.values().map(|counts| counts[1]).sum::<i32>());
                }
            }
            let month: i32 = buckets.iter().filter(|(at, _)| at.grain == Grain::Month).map(|(_, cell)| cell.counts[1]).sum();
            prop_assert_eq!(month, given.iter().map(|(.., count)| count).sum::<i32>());
        }
    }
}
