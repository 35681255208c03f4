//! Whether two people are one: what speaks for it and against it, in points. See `docs/duplicates.md`.
//!
//! The score is no probability, and it decides nothing: it says which pair a person should look at first.

use std::collections::{BTreeMap, BTreeSet};

use chassis::id;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::talent::v1::{DuplicateEvidenceKind as Kind, DuplicateState};

use super::{
    candidate::CandidateId,
    identity::{Identity, Span},
};

id!(
    /// A pair of people who may be one.
    DuplicateId,
    "dup"
);

/// From so many points on a pair is shown.
pub const SHOWN: i16 = 55;
/// The most points.
const MOST: i16 = 100;
/// Years of experience that are still much the same, and those that are no longer.
const NEAR: u8 = 2;
const FAR: u8 = 5;
/// What counts as now for what goes on: later than any month or year.
const NOW: i32 = i32::MAX;
/// A change of employer overlaps by so many months without meaning anything.
const NOTICE: i32 = 2;
/// As that, of schools in years: one ends in the year in which the next begins.
const TERM: i32 = 1;

/// One reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// A `DuplicateEvidenceKind` of the contract.
    pub kind: i32,
    pub points: i16,
}

/// Two people who may be one.
#[derive(Debug, Clone)]
pub struct Duplicate {
    pub id: DuplicateId,
    /// The smaller of the two ids, and the larger.
    pub pair: (CandidateId, CandidateId),
    pub state: DuplicateState,
    pub score: i16,
    /// The heaviest first.
    pub evidence: Vec<Evidence>,
    /// Kinds that are no part of the profiles.
    pub told: BTreeSet<i16>,
    /// What it scored when it was dismissed.
    pub dismissed_score: i16,
    pub reason: String,
    pub actor: String,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
}

impl Duplicate {
    /// A pair of whom nothing is known yet.
    pub fn new(one: CandidateId, other: CandidateId, now: DateTime<Utc>) -> Self {
        Self {
            id: DuplicateId::new(),
            pair: pair(one, other),
            state: DuplicateState::Open,
            score: 0,
            evidence: Vec::new(),
            told: BTreeSet::new(),
            dismissed_score: 0,
            reason: String::new(),
            actor: String::new(),
            create_time: now,
            update_time: now,
        }
    }

    /// Takes in what speaks for the pair now. One that was dismissed comes back when more speaks for it than did then.
    /// Whether anything changed.
    pub fn weigh(&mut self, one: &Identity, other: &Identity, now: DateTime<Utc>) -> bool {
        let evidence = evidence(one, other, &self.told);
        let score = score(&evidence);
        if (score, &evidence) == (self.score, &self.evidence) {
            return false;
        }
        self.score = score;
        self.evidence = evidence;
        self.update_time = now;
        if self.state == DuplicateState::Dismissed && score > self.dismissed_score {
            self.state = DuplicateState::Open;
        }
        true
    }

    /// Whether a person should see it, or has seen it.
    pub fn is_worth_keeping(&self) -> bool {
        self.score >= SHOWN || self.state != DuplicateState::Open
    }

    /// They are two, somebody says.
    pub fn dismiss(&mut self, reason: &str, actor: &str, now: DateTime<Utc>) {
        self.state = DuplicateState::Dismissed;
        self.dismissed_score = self.score;
        self.turn(reason, actor, now);
    }

    /// They may be one after all.
    pub fn reopen(&mut self, actor: &str, now: DateTime<Utc>) {
        self.state = DuplicateState::Open;
        self.turn("", actor, now);
    }

    /// They are one now.
    pub fn merge(&mut self, actor: &str, now: DateTime<Utc>) {
        self.state = DuplicateState::Merged;
        self.turn("", actor, now);
    }

    fn turn(&mut self, reason: &str, actor: &str, now: DateTime<Utc>) {
        reason.clone_into(&mut self.reason);
        actor.clone_into(&mut self.actor);
        self.update_time = now;
    }
}

/// Two ids in the order in which a pair is kept.
pub fn pair(one: CandidateId, other: CandidateId) -> (CandidateId, CandidateId) {
    (one.min(other), one.max(other))
}

/// The points of a kind.
fn points(kind: Kind) -> i16 {
    match kind {
        Kind::Unspecified => 0,
        Kind::ResumeNamesContact => 90,
        Kind::RowNamesBoth => 80,
        Kind::ContactClaimed => 60,
        Kind::SameName => 35,
        Kind::SameNameSpelled => 30,
        Kind::SameEmployer | Kind::SameSchool => 25,
        Kind::SameEmployment | Kind::SameEducation => 10,
        Kind::SameCity | Kind::SameTitle | Kind::SimilarYears => 5,
        Kind::OtherCity => -5,
        Kind::OtherEmployment | Kind::OtherYears => -10,
        Kind::OtherEducation => -20,
    }
}

/// What two profiles say, and what was told besides; the heaviest first.
pub fn evidence(one: &Identity, other: &Identity, told: &BTreeSet<i16>) -> Vec<Evidence> {
    let mut kinds: Vec<Kind> = told.iter().filter_map(|kind| Kind::try_from(i32::from(*kind)).ok()).collect();
    // Without one name, what people have in common is their school and nothing more.
    if let Some(name) = same_name(one, other) {
        kinds.push(name);
        if shares(&one.employers, &other.employers) {
            kinds.push(Kind::SameEmployer);
        }
        if shares(&one.schools, &other.schools) {
            kinds.push(Kind::SameSchool);
        }
        kinds.extend(standing(&one.employers, &other.employers, NOTICE, [Kind::SameEmployment, Kind::OtherEmployment]));
        kinds.extend(standing(&one.schools, &other.schools, TERM, [Kind::SameEducation, Kind::OtherEducation]));
        kinds.extend(either(&one.city, &other.city, Kind::SameCity, Some(Kind::OtherCity)));
        kinds.extend(either(&one.title, &other.title, Kind::SameTitle, None));
        kinds.extend(years(one.years, other.years));
    }
    let mut evidence: Vec<Evidence> =
        kinds.into_iter().map(|kind| Evidence { kind: kind.into(), points: points(kind) }).collect();
    evidence.sort_by_key(|one| (std::cmp::Reverse(one.points.abs()), one.kind));
    evidence
}

/// The sum of the points, from 0 to 100.
pub fn score(evidence: &[Evidence]) -> i16 {
    evidence.iter().map(|one| one.points).sum::<i16>().clamp(0, MOST)
}

/// Two names in Chinese characters are compared in those: 王晓明 is not 王小明, though both are Wang Xiaoming.
fn same_name(one: &Identity, other: &Identity) -> Option<Kind> {
    if !one.han.is_empty() && !other.han.is_empty() {
        return (one.han == other.han).then_some(Kind::SameName);
    }
    let is_spelled_alike = one.latin.intersection(&other.latin).next().is_some();
    let both_latin = one.han.is_empty() && other.han.is_empty();
    is_spelled_alike.then_some(if both_latin { Kind::SameName } else { Kind::SameNameSpelled })
}

type Places = BTreeMap<String, BTreeSet<Span>>;

fn shares(one: &Places, other: &Places) -> bool {
    one.keys().any(|place| other.contains_key(place))
}

/// Whether two people were at one place at the same time, or else at different ones.
fn standing(one: &Places, other: &Places, slack: i32, [same, different]: [Kind; 2]) -> Option<Kind> {
    let spans = |places: &Places| -> Vec<(String, Span)> {
        let each = |(place, spans): (&String, &BTreeSet<Span>)| {
            spans.iter().map(|span| (place.clone(), *span)).collect::<Vec<_>>()
        };
        places.iter().flat_map(each).collect()
    };
    let (ours, theirs) = (spans(one), spans(other));
    let mut found = None;
    for (place, span) in &ours {
        for (other_place, other_span) in &theirs {
            match overlap(*span, *other_span) {
                Some(length) if place == other_place && length >= 0 => return Some(same),
                Some(length) if place != other_place && length > slack => found = Some(different),
                _ => {}
            }
        }
    }
    found
}

/// By how much two spans overlap; below 0 when they do not. `None` when a beginning is not known.
fn overlap(one: Span, other: Span) -> Option<i32> {
    let (start, other_start) = (one.0?, other.0?);
    let (end, other_end) = (one.1.unwrap_or(NOW), other.1.unwrap_or(NOW));
    Some(end.min(other_end).saturating_sub(start.max(other_start)))
}

fn either(one: &str, other: &str, same: Kind, different: Option<Kind>) -> Option<Kind> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if one == other { Some(same) } else { different }
}

fn years(one: u8, other: u8) -> Option<Kind> {
    if one == 0 || other == 0 {
        return None;
    }
    match one.abs_diff(other) {
        apart if apart <= NEAR => Some(Kind::SimilarYears),
        apart if apart > FAR => Some(Kind::OtherYears),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::candidate::{Education, Employment, Profile};

    fn kinds(one: &Profile, other: &Profile) -> Vec<Kind> {
        let evidence = evidence(&Identity::of(one), &Identity::of(other), &BTreeSet::new());
        evidence.iter().map(|one| Kind::try_from(one.kind).unwrap()).collect()
    }

    fn scored(one: &Profile, other: &Profile) -> i16 {
        score(&evidence(&Identity::of(one), &Identity::of(other), &BTreeSet::new()))
    }

    fn person() -> impl Strategy<Value = Profile> {
        let name =
            prop::sample::select(vec!["王小明", "王晓明", "Wang Xiaoming", "Xiaoming Wang", "李雷", "Anna Smith", ""]);
        let company = || prop::sample::select(vec!["晨光科技", "晨光科技有限公司", "Acme Ltd", ""]);
        let month = || prop::sample::select(vec!["", "2018-01", "2020-06", "2022-03"]);
        let jobs = prop::collection::vec((company(), month(), month()), 0..3);
        let schools =
            prop::collection::vec((prop::sample::select(vec!["清华大学", "MIT"]), 2000..2006_u16, 0..5_u16), 0..3);
        let city = prop::sample::select(vec!["上海", "Shanghai", "北京", ""]);
        (name, company(), jobs, schools, city, 0..20_u8).prop_map(|(name, company, jobs, schools, city, years)| {
            Profile {
                display_name: name.to_owned(),
                company: company.to_owned(),
                employment: jobs
                    .into_iter()
                    .map(|(company, start, end)| Employment {
                        company: company.to_owned(),
                        start_month: start.to_owned(),
                        // Nothing ends before it starts.
                        end_month: if end < start { String::new() } else { end.to_owned() },
                        ..Employment::default()
                    })
                    .collect(),
                education: schools
                    .into_iter()
                    .map(|(school, start_year, length)| Education {
                        school: school.to_owned(),
                        start_year,
                        end_year: start_year + length,
                        ..Education::default()
                    })
                    .collect(),
                city: city.to_owned(),
                years,
                ..Profile::unknown()
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_does_not_matter_who_comes_first(one in person(), other in person()) {
            let (one, other) = (Identity::of(&one), Identity::of(&other));
            prop_assert_eq!(evidence(&one, &other, &BTreeSet::new()), evidence(&other, &one, &BTreeSet::new()));
        }

        #[test]
        fn nobody_is_more_like_somebody_than_they_are(one in person(), other in person()) {
            prop_assert!(scored(&one, &other) <= scored(&one, &one));
        }

        #[test]
        fn the_order_of_histories_does_not_matter(one in person(), other in person()) {
            let mut turned = one.clone();
            turned.employment.reverse();
            turned.education.reverse();
            prop_assert_eq!(scored(&one, &other), scored(&turned, &other));
        }

        #[test]
        fn who_is_shown_by_profile_shares_a_key(one in person(), other in person()) {
            let shared = Identity::of(&one).keys().intersection(&Identity::of(&other).keys()).next().is_some();
            prop_assert!(scored(&one, &other) < SHOWN || shared);
        }

        #[test]
        fn a_score_is_between_its_bounds(one in person(), other in person(), told in prop::collection::btree_set(0..20_i16, 0..4)) {
            let score = score(&evidence(&Identity::of(&one), &Identity::of(&other), &told));
            prop_assert!((0..=MOST).contains(&score));
        }
    }

    #[test]
    fn a_name_alone_is_not_enough() {
        let one = Profile {
            display_name: "张伟".to_owned(),
            city: "上海".to_owned(),
            title: "SRE".to_owned(),
            years: 3,
            ..Profile::unknown()
        };
        assert!(scored(&one, &one) < SHOWN);
        let employed = Profile { company: "晨光科技".to_owned(), ..one };
        assert!(scored(&employed, &employed) >= SHOWN);
    }

    #[test]
    fn two_schools_in_the_same_years_speak_against() {
        let at = |school: &str, start_year, end_year| Education {
            school: school.to_owned(),
            start_year,
            end_year,
            ..Education::default()
        };
        let one = Profile {
            display_name: "张伟".to_owned(),
            company: "晨光科技".to_owned(),
            education: vec![at("清华大学", 2010, 2014)],
            ..Profile::unknown()
        };
        let other = Profile { education: vec![at("北京大学", 2010, 2014)], ..one.clone() };
        assert!(kinds(&one, &other).contains(&Kind::OtherEducation));
        assert!(scored(&one, &other) < SHOWN);
        let next = Profile { education: vec![at("北京大学", 2014, 2017)], ..one.clone() };
        assert!(!kinds(&one, &next).contains(&Kind::OtherEducation), "a second degree is none");
    }

    #[test]
    fn what_is_told_stands_without_a_name() {
        let told = BTreeSet::from([1]);
        let found = evidence(&Identity::default(), &Identity::default(), &told);
        assert_eq!(found, [Evidence { kind: 1, points: 90 }]);
    }
}
