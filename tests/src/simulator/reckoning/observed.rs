//! Things of which something holds or not, and what tells them apart.

use std::collections::{BTreeMap, BTreeSet};

use usher_proto::analytics::v1::Dimension;

use super::interval::Share;

/// One thing that counts.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    values: BTreeMap<i32, Vec<String>>,
    /// Whether it holds.
    pub holds: bool,
    /// How likely that was, where that is planted.
    pub chance: Option<f64>,
}

impl Observed {
    /// With nothing said of it but whether it holds.
    pub fn new(holds: bool) -> Self {
        Self { holds, ..Self::default() }
    }

    /// And with how likely that was.
    pub fn planted(self, chance: f64) -> Self {
        Self { chance: Some(chance), ..self }
    }

    /// It has that value of that dimension; of a manifold one it may have several.
    pub fn with(mut self, dimension: Dimension, value: impl Into<String>) -> Self {
        self.values.entry(dimension.into()).or_default().push(value.into());
        self
    }

    /// Whether it has one of these.
    pub fn is(&self, dimension: Dimension, value: &str) -> bool {
        self.values.get(&dimension.into()).is_some_and(|values| values.iter().any(|one| one == value))
    }

    /// The rows in which it counts.
    fn rows(&self, by: &[Dimension]) -> Vec<Vec<String>> {
        by.iter().fold(vec![Vec::new()], |rows, dimension| {
            let values = self.values.get(&i32::from(*dimension)).map(Vec::as_slice).unwrap_or_default();
            let longer = |row: &Vec<String>| -> Vec<Vec<String>> {
                values.iter().map(|value| [row.as_slice(), std::slice::from_ref(value)].concat()).collect()
            };
            rows.iter().flat_map(longer).collect()
        })
    }
}

/// Shares by the values of some dimensions.
pub fn shares(all: &[Observed], by: &[Dimension]) -> BTreeMap<Vec<String>, Share> {
    let mut shares: BTreeMap<Vec<String>, Share> = BTreeMap::new();
    for one in all {
        for row in one.rows(by) {
            shares.entry(row).or_default().count(one.holds);
        }
    }
    shares
}

/// What is planted in a row; `None` where its things differ in it, or nothing is.
pub fn planted(all: &[Observed], by: &[Dimension], row: &[String]) -> Option<f64> {
    let of_row = all.iter().filter(|one| one.rows(by).iter().any(|values| values == row));
    let mut chances = of_row.map(|one| one.chance);
    let first = chances.next()??;
    chances.all(|chance| chance.is_some_and(|chance| (chance - first).abs() < 1e-12)).then_some(first)
}

/// Into which rank each interval belongs, from 1, the best first: two belong together where they overlap, or others join them.
pub fn ranks(intervals: &[(f64, f64)], more_is_better: bool) -> Vec<i32> {
    let mut groups: Vec<BTreeSet<usize>> = Vec::new();
    for (place, one) in intervals.iter().enumerate() {
        let overlaps = |other: &usize| one.0 <= intervals[*other].1 && intervals[*other].0 <= one.1;
        let (joined, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.iter().any(overlaps));
        let mut group: BTreeSet<usize> = joined.into_iter().flatten().collect();
        group.insert(place);
        groups = apart;
        groups.push(group);
    }
    // Groups lie apart, so that any of their members says how they stand to each other.
    let low = |group: &BTreeSet<usize>| group.first().map_or(0.0, |place| intervals[*place].0);
    groups.sort_by(|one, other| low(one).total_cmp(&low(other)));
    if more_is_better {
        groups.reverse();
    }
    let mut ranks = vec![0; intervals.len()];
    for (rank, group) in (1..).zip(&groups) {
        for place in group {
            ranks[*place] = rank;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_join_shares_a_rank() {
        let intervals = [(0.1, 0.3), (0.7, 0.9), (0.25, 0.5), (0.45, 0.6)];
        assert_eq!(ranks(&intervals, true), [2, 1, 2, 2]);
        assert_eq!(ranks(&intervals, false), [1, 2, 1, 1]);
    }

    #[test]
    fn a_thing_counts_in_the_row_of_each_of_its_values() {
        let one = Observed::new(true).with(Dimension::Tag, "a").with(Dimension::Tag, "b").with(Dimension::Arm, "x");
        let rows = shares(&[one], &[Dimension::Tag, Dimension::Arm]);
        assert_eq!(rows.keys().cloned().collect::<Vec<_>>(), [["a", "x"], ["b", "x"]]);
    }
}
