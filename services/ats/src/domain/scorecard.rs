//! What an interviewer writes down, and who may read it.

use std::collections::BTreeSet;

use chassis::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::{accounts::v1::Role, ats::v1::Recommendation};

use super::{interview::Interview, job::Job};

/// How well somebody meets a competency, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    pub competency: String,
    pub score: i32,
    pub evidence: String,
}

/// One interviewer's scorecard.
#[derive(Debug, Clone)]
pub struct Scorecard {
    pub author: String,
    pub recommendation: Recommendation,
    pub ratings: Vec<Rating>,
    pub note: String,
    pub topics_asked: Vec<String>,
    pub create_time: DateTime<Utc>,
}

/// Refuses ratings of what the job does not ask for, or two of one thing.
pub fn check_ratings(ratings: &[Rating], job: &Job) -> Result<()> {
    let known: BTreeSet<&str> = job.competencies.iter().map(|competency| competency.key.as_str()).collect();
    let mut seen = BTreeSet::new();
    for (place, rating) in ratings.iter().enumerate() {
        let field = format!("ratings[{place}].competency");
        if !known.contains(rating.competency.as_str()) {
            let known: Vec<&str> = known.into_iter().collect();
            let rule = if known.is_empty() {
                "must be one of the job's, which has none".to_owned()
            } else {
                format!("must be one of the job's: {}", known.join(", "))
            };
            return Err(Error::invalid(field, "COMPETENCY_UNKNOWN", rule));
        }
        if !seen.insert(rating.competency.as_str()) {
            return Err(Error::invalid(field, "COMPETENCY_REPEATED", "is rated twice"));
        }
    }
    Ok(())
}

/// Who of the interview's interviewers has not given a scorecard. Guests can not.
pub fn missing<'i>(interview: &'i Interview, given: &[Scorecard]) -> Vec<&'i str> {
    let is_due = |user: &&str| !user.is_empty() && given.iter().all(|card| card.author != *user);
    let users: BTreeSet<&str> = interview.interviewers.iter().map(|met| met.user_id.as_str()).filter(is_due).collect();
    users.into_iter().collect()
}

/// What somebody may read of the scorecards, and how many they may not yet. Whoever is still to judge judges by
/// themselves: an interviewer reads the others' only after their own.
pub fn visible(interview: &Interview, cards: Vec<Scorecard>, reader: &str, role: Role) -> (Vec<Scorecard>, usize) {
    let has_given = cards.iter().any(|card| card.author == reader);
    let is_to_judge = role == Role::Interviewer || interview.interviewers.iter().any(|met| met.user_id == reader);
    if is_to_judge && !has_given { (Vec::new(), cards.len()) } else { (cards, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::interview::{Interviewer, tests::sample};

    fn card(author: &str) -> Scorecard {
        Scorecard {
            author: author.to_owned(),
            recommendation: Recommendation::Yes,
            ratings: Vec::new(),
            note: String::new(),
            topics_asked: Vec::new(),
            create_time: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn who_is_to_judge_reads_the_others_only_after_their_own() {
        let met =
            |user: &str| Interviewer { user_id: user.to_owned(), display_name: String::new(), title: String::new() };
        let interview = Interview { interviewers: vec![met("a"), met("b"), met("")], ..sample(DateTime::UNIX_EPOCH) };
        let cases = [
            ("a", Role::Interviewer, &["b"][..], 0),
            ("a", Role::HiringManager, &["b"], 0),
            ("a", Role::Owner, &["b"], 0),
            ("a", Role::Interviewer, &["b", "a"], 2),
            ("x", Role::Interviewer, &["b"], 0),
            ("x", Role::Recruiter, &["b"], 1),
            ("x", Role::HiringManager, &["b", "a"], 2),
        ];
        for (reader, role, given, seen) in cases {
            let cards: Vec<_> = given.iter().map(|author| card(author)).collect();
            let (visible, hidden) = visible(&interview, cards, reader, role);
            assert_eq!((visible.len(), hidden), (seen, given.len() - seen), "{reader} {role:?} {given:?}");
        }
        assert_eq!(missing(&interview, &[card("b")]), ["a"]);
        assert_eq!(missing(&interview, &[card("b"), card("a")]), [""; 0]);
    }
}
