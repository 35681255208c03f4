//! How groups of applicants fared: who of each was selected, and what can be said of the differences.

use std::collections::{BTreeMap, HashMap, HashSet};

use chassis::{Error, Result};
use usher_proto::talent::v1::{FairnessGroup, FairnessVerdict};

use super::verdict;
use crate::domain::rate::{Rate, Ratio};

/// A group's people, by name.
pub type Group<'g> = (&'g str, Vec<&'g str>);

/// What is said of groups.
#[derive(Debug)]
pub struct Report<'g> {
    /// Of each group the share that was selected.
    pub rates: Vec<(&'g str, Rate)>,
    /// Of each group but the one that was selected at the highest rate.
    pub ratios: Vec<Compared<'g>>,
    /// Members of groups who have not applied.
    pub passed_over: i64,
    /// Applicants who are in no group.
    pub ungrouped: i64,
}

/// A group beside the one that was selected at the highest rate.
#[derive(Debug)]
pub struct Compared<'g> {
    pub group: &'g str,
    pub reference: &'g str,
    pub ratio: Ratio,
    pub verdict: FairnessVerdict,
}

/// Each group's people; everybody stands in one group alone.
pub fn groups(said: &[FairnessGroup]) -> Result<Vec<Group<'_>>> {
    if said.len() < 2 {
        return Err(Error::invalid("groups", "GROUPS_TOO_FEW", "must be at least two, to be compared"));
    }
    let mut seen = HashMap::new();
    for (place, group) in said.iter().enumerate() {
        for id in &group.candidate_ids {
            if seen.insert(id.as_str(), place).is_some() {
                let field = format!("groups[{place}].candidate_ids");
                return Err(Error::invalid(field, "MEMBER_TWICE", "names somebody who stands in a group already"));
            }
        }
    }
    Ok(said.iter().map(group).collect())
}

fn group(said: &FairnessGroup) -> Group<'_> {
    (said.name.as_str(), said.candidate_ids.iter().map(String::as_str).collect())
}

/// A stage of a pipeline and those behind it.
pub fn stages_from<'s>(pipeline: impl IntoIterator<Item = &'s str>, stage: &str) -> Result<HashSet<&'s str>> {
    let reached: HashSet<&str> = pipeline.into_iter().skip_while(|key| *key != stage).collect();
    if reached.is_empty() {
        return Err(Error::invalid("reached_stage", "STAGE_UNKNOWN", "is no stage of this job"));
    }
    Ok(reached)
}

/// Who of the groups applied, and who of those was selected.
pub fn report<'g>(groups: &[Group<'g>], applied: &HashSet<&str>, selected: &HashSet<String>) -> Report<'g> {
    let mut counts: BTreeMap<&'g str, (i64, i64)> = BTreeMap::new();
    let mut passed_over = 0;
    for (name, people) in groups {
        let (hits, n) = counts.entry(name).or_default();
        for id in people {
            if applied.contains(id) {
                *n += 1;
                *hits += i64::from(selected.contains(*id));
            } else {
                passed_over += 1;
            }
        }
    }
    let rates: Vec<(&'g str, Rate)> = counts.into_iter().map(|(name, (hits, n))| (name, Rate::of(hits, n))).collect();
    let grouped: HashSet<&str> = groups.iter().flat_map(|(_, people)| people.iter().copied()).collect();
    let ungrouped = applied.iter().filter(|id| !grouped.contains(*id)).count();
    Report { ratios: compare(&rates), rates, passed_over, ungrouped: i64::try_from(ungrouped).unwrap_or(i64::MAX) }
}

fn compare<'g>(rates: &[(&'g str, Rate)]) -> Vec<Compared<'g>> {
    let known = rates.iter().filter(|(_, rate)| rate.n > 0);
    let Some((reference, highest)) = known.max_by(|(_, one), (_, other)| one.value.total_cmp(&other.value)) else {
        return Vec::new();
    };
    let others = rates.iter().filter(|(group, _)| group != reference);
    let compared = others.map(|(group, rate)| {
        let (ratio, verdict) = verdict(rate, highest);
        Compared { group, reference, ratio, verdict }
    });
    compared.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_applied_are_counted_and_nobody_is_lost() {
        let groups = [("a", vec!["1", "2", "3"]), ("b", vec!["4", "5"]), ("c", vec!["6"])];
        let applied = HashSet::from(["1", "2", "4", "5", "7"]);
        let selected = HashSet::from(["1", "2", "4", "7"].map(str::to_owned));
        let report = report(&groups, &applied, &selected);
        let rates: Vec<_> = report.rates.iter().map(|(group, rate)| (*group, rate.hits, rate.n)).collect();
        assert_eq!(rates, [("a", 2, 2), ("b", 1, 2), ("c", 0, 0)]);
        assert_eq!((report.passed_over, report.ungrouped), (2, 1));
        let compared: Vec<_> = report.ratios.iter().map(|one| (one.group, one.reference)).collect();
        assert_eq!(compared, [("b", "a"), ("c", "a")]);
    }

    #[test]
    fn a_stage_is_reached_by_those_behind_it() {
        let stages = ["applied", "interview", "offer"];
        assert_eq!(stages_from(stages, "interview").unwrap(), HashSet::from(["interview", "offer"]));
        assert_eq!(stages_from(stages, "hired").unwrap_err().reason(), "STAGE_UNKNOWN");
    }
}
