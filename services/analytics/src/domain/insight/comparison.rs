//! Two shares of a report, side by side.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use usher_proto::analytics::v1::InsightKind;

use super::look::{Against, Look};
use crate::domain::difference::{MINIMUM_N, Share};

/// So many hits and so many misses there have to be in both groups together.
const MINIMUM_EACH: i64 = 5;

/// A row of a report: within what, which value, how many of how many.
pub type Row = (String, String, Share);

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub look: &'static Look,
    /// The days that are looked at, the last one left out.
    pub days: (NaiveDate, NaiveDate),
    /// Empty where everything is compared.
    pub within: String,
    pub value: String,
    /// With which value; empty where it is with all others.
    pub against: String,
    pub one: Share,
    pub other: Share,
}

impl Comparison {
    /// Names it, from pass to pass.
    pub fn topic(&self) -> String {
        topic(self.look, &self.within, &self.value)
    }

    fn is_enough(&self) -> bool {
        let hits = self.one.0 + self.other.0;
        let misses = self.one.1 + self.other.1 - hits;
        self.one.1.min(self.other.1) >= MINIMUM_N && hits.min(misses) >= MINIMUM_EACH
    }
}

/// Names a comparison.
pub fn topic(look: &Look, within: &str, value: &str) -> String {
    format!("{}/{within}/{value}", look.kind.as_str_name())
}

/// What a report's rows give to compare, where there is enough of it. `whole` is what tags are compared with: everybody.
pub fn comparisons(look: &'static Look, days: (NaiveDate, NaiveDate), rows: Vec<Row>, whole: Share) -> Vec<Comparison> {
    let mut groups: BTreeMap<String, BTreeMap<String, Share>> = BTreeMap::new();
    for (within, value, share) in rows {
        if is_known(&value) && (look.within.is_none() || is_known(&within)) {
            groups.entry(within).or_default().insert(value, share);
        }
    }
    let found = groups.into_iter().flat_map(|(within, values)| {
        let compared = move |Pair { value, against, one, other }| {
            let within = within.clone();
            Comparison { look, days, within, value, against, one, other }
        };
        pairs(look.against, &values, whole).into_iter().map(compared)
    });
    // Interviews that nobody wrote about are told by when the last message was.
    let is_told = |found: &Comparison| look.kind != InsightKind::NoShowChannel || found.value != "none";
    found.filter(|found| found.is_enough() && is_told(found)).collect()
}

/// Whether something is said of it.
fn is_known(value: &str) -> bool {
    !matches!(value, "" | "unknown" | "imported")
}

/// A value, and with what it is compared.
struct Pair {
    value: String,
    against: String,
    one: Share,
    other: Share,
}

fn pairs(against: Against, values: &BTreeMap<String, Share>, whole: Share) -> Vec<Pair> {
    let with = |(value, one): (&String, &Share), against: &str, other: Share| Pair {
        value: value.clone(),
        against: against.to_owned(),
        one: *one,
        other,
    };
    match against {
        // What one of two values is compared with is the other one: once is enough.
        Against::Others => {
            let sum = values.values().fold((0, 0), |sum, share| (sum.0 + share.0, sum.1 + share.1));
            let pairs = if values.len() == 2 { 1 } else { values.len() };
            values.iter().take(pairs).map(|one| with(one, "", less(sum, *one.1))).collect()
        }
        Against::FirstArm => {
            let Some((first, share)) = values.first_key_value() else { return Vec::new() };
            values.iter().skip(1).map(|one| with(one, first, *share)).collect()
        }
        Against::Without => values
            .iter()
            .filter_map(|one| {
                let without = format!("{}=no", one.0.strip_suffix("=yes")?);
                Some(with(one, &without, *values.get(&without)?))
            })
            .collect(),
        Against::Holdout => {
            let holdout = values.get("holdout").copied().unwrap_or_default();
            let treatment = values.get_key_value("treatment");
            treatment.into_iter().map(|one| with(one, "holdout", holdout)).collect()
        }
        Against::Untagged => values.iter().map(|one| with(one, "", less(whole, *one.1))).collect(),
    }
}

fn less(whole: Share, part: Share) -> Share {
    (whole.0 - part.0, whole.1 - part.1)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn compared(kind: InsightKind, rows: &[(&str, &str, Share)], whole: Share) -> Vec<(String, Share, Share)> {
        let look = Look::of(kind).unwrap();
        let rows = rows.iter().map(|(within, value, share)| ((*within).to_owned(), (*value).to_owned(), *share));
        let found = comparisons(look, look.days(DateTime::UNIX_EPOCH), rows.collect(), whole);
        found.into_iter().map(|one| (one.topic().split_once('/').unwrap().1.to_owned(), one.one, one.other)).collect()
    }

    #[test]
    fn a_value_is_compared_with_what_it_can_be_compared_with() {
        let of = |text: &str, one, other| vec![(text.to_owned(), one, other)];
        let rows = [("", "yes", (5, 50)), ("", "no", (20, 60)), ("", "unknown", (9, 90))];
        assert_eq!(compared(InsightKind::NoShowConfirmed, &rows, (0, 0)), of("/no", (20, 60), (5, 50)), "once");
        let rows = [("", "a", (5, 50)), ("", "b", (20, 60)), ("", "c", (1, 40))];
        let found = compared(InsightKind::NoShowSource, &rows, (0, 0));
        assert_eq!((found.len(), found[0].clone()), (3, ("/a".to_owned(), (5, 50), (21, 100))));
        let rows = [("e", "b", (5, 50)), ("e", "a", (20, 60)), ("", "a", (30, 60)), ("", "b", (3, 60))];
        assert_eq!(compared(InsightKind::ExperimentArm, &rows, (0, 0)), of("e/b", (5, 50), (20, 60)));
        let rows = [("k", "x=yes", (5, 50)), ("k", "x=no", (20, 60)), ("k", "y=no", (25, 110))];
        assert_eq!(compared(InsightKind::MessageFeature, &rows, (0, 0)), of("k/x=yes", (5, 50), (20, 60)));
        let rows = [("c", "treatment", (5, 50)), ("c", "holdout", (20, 60)), ("d", "treatment", (25, 110))];
        assert_eq!(compared(InsightKind::CampaignLift, &rows, (0, 0)), of("c/treatment", (5, 50), (20, 60)));
        let rows = [("", "email", (20, 60)), ("", "none", (5, 50)), ("", "sms", (9, 90))];
        let found = compared(InsightKind::NoShowChannel, &rows, (0, 0));
        assert_eq!(found.len(), 2, "that nobody wrote is told elsewhere");
        assert_eq!(
            compared(InsightKind::TagActivation, &[("", "skill/rust", (30, 50))], (40, 100)),
            of("/skill/rust", (30, 50), (10, 50)),
            "with those who do not have it"
        );
    }

    #[test]
    fn too_little_is_not_compared() {
        for (yes, no) in [((5, 29), (20, 60)), ((0, 60), (4, 60)), ((60, 60), (58, 60))] {
            assert_eq!(compared(InsightKind::NoShowConfirmed, &[("", "yes", yes), ("", "no", no)], (0, 0)), []);
        }
    }
}
