//! What queries mean that speak of what is worked out: tags that stand on nobody because they follow from the time, from
//! what somebody wants, can do or agrees to (see [`crate::domain::tag`]) become what they follow from.

use std::ops::RangeInclusive;

use chrono::{DateTime, Months, Utc};

use super::{
    query::{Clause, Condition, Dimension, Keyword, Number, Query},
    skills,
    tag::{self, CONSENT, DORMANT},
};

/// A query in which every tag is one that somebody has, or what it follows from.
pub fn plain(clause: Clause, now: DateTime<Utc>) -> Clause {
    let Clause { query, columns } = clause;
    let all = |clauses: Vec<Clause>| clauses.into_iter().map(|clause| plain(clause, now)).collect();
    let query = match query {
        Query::All(clauses) => Query::All(all(clauses)),
        Query::Any(clauses) => Query::Any(all(clauses)),
        Query::Not(clause) => Query::Not(Box::new(plain(*clause, now))),
        Query::Is(Condition::Tag(dimension, name)) => tagged(dimension, name, columns, now),
        Query::Is(Condition::Keyword(Keyword::Consent, purpose)) => {
            Query::Is(Condition::Tag(Some(Dimension::Status), format!("{CONSENT}{purpose}")))
        }
        Query::Everybody | Query::Is(_) => query,
    };
    Clause { query, columns }
}

/// Who has a tag, in that dimension or in any.
fn tagged(dimension: Option<Dimension>, name: String, columns: (usize, usize), now: DateTime<Utc>) -> Query {
    let within = |of: Dimension| dimension.is_none_or(|asked| asked == of);
    let mut ways = Vec::new();
    if within(Dimension::Status) {
        ways.extend(status(&name, now));
    }
    if within(Dimension::Intent) && tag::is_intent(&name) {
        ways.push(Condition::Keyword(Keyword::Intent, name.clone()));
    }
    if within(Dimension::Skill) {
        let key = skills::key(&name);
        ways.push(Condition::Tag(Some(Dimension::Skill), tag::of_skill(&key)));
        ways.push(Condition::Skill { key, min_years: 0 });
    }
    if dimension != Some(Dimension::Skill) {
        ways.push(Condition::Tag(dimension, name));
    }
    let mut ways: Vec<Clause> = ways.into_iter().map(|way| Clause { query: Query::Is(way), columns }).collect();
    match (ways.pop(), ways.is_empty()) {
        (Some(only), true) => only.query,
        (last, _) => {
            ways.extend(last);
            Query::Any(ways)
        }
    }
}

fn status(name: &str, now: DateTime<Utc>) -> Option<Condition> {
    let Status { number, range, .. } = statuses(now).find(|status| status.name == name)?;
    Some(Condition::Range(number, *range.start(), *range.end()))
}

/// A status that follows from the time alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// As a tag's.
    pub name: &'static str,
    /// What somebody has it by, in seconds since the epoch.
    pub number: Number,
    /// Within which it has to be.
    pub range: RangeInclusive<i64>,
}

/// The statuses that follow from the time, and who has them at that moment.
pub fn statuses(now: DateTime<Utc>) -> impl Iterator<Item = Status> {
    let new = now.checked_sub_signed(tag::NEW_FOR).map(|since| Status {
        name: tag::NEW,
        number: Number::Created,
        range: since.timestamp() + 1..=i64::MAX,
    });
    let dormant = DORMANT.into_iter().filter_map(move |(name, months)| {
        let until = now.checked_sub_months(Months::new(months))?;
        Some(Status { name, number: Number::LastActivity, range: i64::MIN..=until.timestamp() })
    });
    new.into_iter().chain(dormant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(dimension: Option<Dimension>, name: &str) -> Query {
        let query = Query::Is(Condition::Tag(dimension, name.to_owned()));
        plain(Clause { query, columns: (1, 2) }, "2026-05-31T12:00:00Z".parse().unwrap()).query
    }

    #[test]
    fn what_follows_from_facts_becomes_the_facts() {
        let dormant = meant(Some(Dimension::Status), "dormant_3_months");
        let Query::Any(ways) = dormant else { panic!("{dormant:?}") };
        // Three months before the last day of May is the last day of February.
        let until = "2026-02-28T12:00:00Z".parse::<DateTime<Utc>>().unwrap().timestamp();
        assert_eq!(ways[0].query, Query::Is(Condition::Range(Number::LastActivity, i64::MIN, until)));
        let skill = Condition::Skill { key: "spring boot".to_owned(), min_years: 0 };
        let Query::Any(ways) = meant(None, "spring_boot") else { panic!() };
        assert_eq!(ways[1].query, Query::Is(skill));
        // By whichever of its names a skill is called.
        assert_eq!(meant(Some(Dimension::Skill), "golang"), meant(Some(Dimension::Skill), "go"));
        let Query::Any(ways) = meant(Some(Dimension::Intent), "open") else { panic!() };
        assert_eq!(ways[0].query, Query::Is(Condition::Keyword(Keyword::Intent, "open".to_owned())));
        let told = Condition::Tag(Some(Dimension::Interaction), "no_show".to_owned());
        assert_eq!(meant(Some(Dimension::Interaction), "no_show"), Query::Is(told));
    }
}
