//! Counts by cube, time and key, which are added and taken away.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{
    cube::{self, Counts, Cube, MEASURES},
    grain::{self, Grain},
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

/// A count in a bucket of any grain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket {
    pub cube: Cube,
    pub grain: Grain,
    /// Its number since 1970.
    pub number: i32,
    pub key: String,
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

    /// Each change once in every grain, in the order in which they are kept, so that two who change the same cells do not wait
    /// for each other crosswise.
    pub fn buckets(self) -> BTreeMap<Bucket, Counts> {
        let mut buckets: BTreeMap<Bucket, Counts> = BTreeMap::new();
        for (Place { cube, quarter, key }, counts) in self.0 {
            if counts.iter().all(|count| *count == 0) {
                continue;
            }
            for grain in Grain::ALL {
                let bucket = Bucket { cube, grain, number: grain.bucket(quarter), key: key.clone() };
                let sum = buckets.entry(bucket).or_default();
                for (known, count) in sum.iter_mut().zip(counts) {
                    *known += count;
                }
            }
        }
        buckets.retain(|_, counts| counts.iter().any(|count| *count != 0));
        buckets
    }

    /// What stands in it.
    pub fn iter(&self) -> impl Iterator<Item = (&Place, &Counts)> {
        self.0.iter()
    }
}
