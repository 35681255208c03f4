//! How a person compares with what a job asks for: an order in which to read, and nothing more. `docs/screening.md` has the
//! formula.
//!
//! [`Shown`] is all that the formula can see. It has no place for a name, an age, a gender, a school or a photo, so none of
//! them can weigh anything.

mod fairness;
pub mod report;
mod shown;

use std::cmp::Ordering;

use usher_proto::talent::v1::{ScreeningClauseKind as Kind, ScreeningFinding as Finding};

pub use self::{fairness::verdict, shown::Shown};
use super::{analysis, city, query::Phrase, skills};

/// Of the formula. A change of weights or degrees makes another one.
pub const VERSION: &str = "screening-1";

/// What is worth how much before the weights are brought to a sum of 1.
const REQUIRED: f64 = 3.0;
const WISHED: f64 = 1.0;
const TITLE: f64 = 2.0;
const LOCATION: f64 = 1.0;
const EXPERIENCE: f64 = 2.0;

/// What a skill counts that was last used longer ago than [`FRESH_YEARS`], or that only a text names.
const PART: f64 = 0.7;
const FRESH_YEARS: u16 = 3;

/// What a job asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Criteria {
    pub title: String,
    pub required_skills: Vec<String>,
    pub wished_skills: Vec<String>,
    pub location: String,
    pub min_years: u8,
    /// The present year, for how long ago something was.
    pub year: u16,
}

/// One thing that a job asks for, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub kind: Kind,
    pub asked: String,
    /// Between 0 and 1.
    pub degree: f64,
    /// Between 0 and 1; those of an assessment add up to 1.
    pub weight: f64,
    pub evidence: String,
}

/// How a person compares with a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Per cent.
    pub score: f64,
    pub clauses: Vec<Clause>,
    /// Nothing is known that could be compared.
    pub unknown: bool,
}

impl Clause {
    /// In a word.
    pub fn finding(&self) -> Finding {
        if self.degree <= 0.0 {
            Finding::NotShown
        } else if self.degree < 1.0 {
            Finding::PartlyMet
        } else {
            Finding::Met
        }
    }
}

impl Assessment {
    /// Who is to be read first: of whom nothing is known, since somebody has to ask them; then who matches best.
    pub fn reading_order(&self, other: &Self) -> Ordering {
        other.unknown.cmp(&self.unknown).then(other.score.total_cmp(&self.score))
    }
}

/// Compares a person with a job.
pub fn assess(criteria: &Criteria, shown: &Shown) -> Assessment {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut add = |kind, asked: &str, weight, (degree, evidence): (f64, String)| {
        clauses.push(Clause { kind, asked: asked.to_owned(), degree, weight, evidence });
    };
    for name in &criteria.required_skills {
        add(Kind::RequiredSkill, name, REQUIRED, skill(name, shown, criteria.year));
    }
    for name in &criteria.wished_skills {
        add(Kind::WishedSkill, name, WISHED, skill(name, shown, criteria.year));
    }
    if !analysis::words(&criteria.title).is_empty() {
        add(Kind::Title, &criteria.title, TITLE, title(&criteria.title, shown));
    }
    if !criteria.location.is_empty() {
        add(Kind::Location, &criteria.location, LOCATION, location(&criteria.location, shown));
    }
    if criteria.min_years > 0 {
        add(Kind::Experience, &criteria.min_years.to_string(), EXPERIENCE, experience(criteria.min_years, shown));
    }
    let whole: f64 = clauses.iter().map(|clause| clause.weight).sum();
    for clause in &mut clauses {
        clause.weight /= whole;
    }
    let score = 100.0 * clauses.iter().map(|clause| clause.weight * clause.degree).sum::<f64>();
    Assessment { score, clauses, unknown: shown.is_empty() }
}

fn skill(name: &str, shown: &Shown, year: u16) -> (f64, String) {
    let key = skills::key(name);
    if let Some(known) = shown.skills.iter().find(|known| known.key() == key) {
        let mut said = vec![format!("profile: {}", known.name)];
        if known.years > 0 {
            said.push(format!("{} years", known.years));
        }
        if known.last_used_year > 0 {
            said.push(format!("last used in {}", known.last_used_year));
        }
        let is_old = known.last_used_year > 0 && known.last_used_year + FRESH_YEARS < year;
        return (if is_old { PART } else { 1.0 }, said.join(", "));
    }
    match shown.named.get(key.as_str()) {
        Some(place) => (PART, format!("text: {place}")),
        None => (0.0, String::new()),
    }
}

/// The best share of the words of the job's title that one title of the person has.
fn title(asked: &str, shown: &Shown) -> (f64, String) {
    let asked = analysis::words(asked);
    let mut best = (0.0, "");
    for title in &shown.titles {
        let words = analysis::words(title);
        let common = asked.iter().filter(|(term, _)| words.iter().any(|(other, _)| other == term)).count();
        let degree = share(common, asked.len());
        if degree > best.0 {
            best = (degree, title);
        }
    }
    (best.0, best.1.to_owned())
}

fn location(asked: &str, shown: &Shown) -> (f64, String) {
    let place = analysis::words(asked);
    let names = |city: &String| {
        let others = city::other_names(city).iter().map(|name| (*name).to_owned());
        others.chain([city.clone()]).any(|name| contains(&place, &analysis::words(&name)))
    };
    let found = shown.cities.iter().find(|city| city::key(city) == city::key(asked) || names(city));
    found.map_or_else(|| (0.0, String::new()), |city| (1.0, city.clone()))
}

fn experience(asked: u8, shown: &Shown) -> (f64, String) {
    if shown.years == 0 {
        return (0.0, String::new());
    }
    ((f64::from(shown.years) / f64::from(asked)).min(1.0), format!("profile: {} years", shown.years))
}

/// Whether the words of a name stand in a text one behind the other.
fn contains(text: &Phrase, name: &Phrase) -> bool {
    !name.is_empty()
        && text.windows(name.len()).any(|words| words.iter().zip(name).all(|(one, other)| one.0 == other.0))
}

fn share(part: usize, whole: usize) -> f64 {
    // Words of a title are few.
    #[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
    let share = part as f64 / whole.max(1) as f64;
    share
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::candidate::Skill;

    fn criteria() -> Criteria {
        Criteria {
            title: "Senior Java Engineer".to_owned(),
            required_skills: vec!["Java".to_owned(), "k8s".to_owned()],
            wished_skills: vec!["前端".to_owned()],
            location: "Pudong, Shanghai".to_owned(),
            min_years: 5,
            year: 2026,
        }
    }

    fn used(name: &str, years: u8, last_used_year: u16) -> Skill {
        Skill { name: name.to_owned(), years, last_used_year }
    }

    #[test]
    fn each_clause_has_its_degree_and_evidence() {
        let shown = Shown::new(
            vec![used("Java", 8, 2026), used("Kubernetes", 2, 2019)],
            vec!["Java Engineer".to_owned()],
            vec!["上海市".to_owned()],
            4,
            &["Built the Frontend of a shop.".to_owned()],
        );
        let assessment = assess(&criteria(), &shown);
        let degrees: Vec<_> = assessment.clauses.iter().map(|clause| (clause.degree * 100.0).round()).collect();
        assert_eq!(degrees, [100.0, 70.0, 70.0, 67.0, 100.0, 80.0]);
        assert_eq!(assessment.clauses[0].evidence, "profile: Java, 8 years, last used in 2026");
        assert!(assessment.clauses[2].evidence.contains("the Frontend of"), "{}", assessment.clauses[2].evidence);
        assert_eq!(assessment.clauses[4].finding(), Finding::Met);
        // 3, 3, 1, 2, 1 and 2 of 12.
        let expected = 100.0 / 12.0 * (3.0 + 3.0 * 0.7 + 0.7 + 2.0 * 2.0 / 3.0 + 1.0 + 2.0 * 0.8);
        assert!((assessment.score - expected).abs() < 1e-9 && !assessment.unknown);
    }

    #[test]
    fn of_whom_nothing_is_known_is_read_first_and_then_who_matches_best() {
        let of = |score, unknown| Assessment { score, clauses: Vec::new(), unknown };
        let mut order = [of(10.0, false), of(90.0, false), of(0.0, true)];
        order.sort_by(Assessment::reading_order);
        assert_eq!(order.map(|one| one.score.to_string()), ["0", "90", "10"]);
    }

    #[test]
    fn who_says_nothing_is_unknown_and_not_bad() {
        let nobody = assess(&criteria(), &Shown::new(Vec::new(), Vec::new(), vec!["上海".to_owned()], 0, &[]));
        assert!(nobody.unknown);
        assert!(nobody.clauses.iter().all(|clause| clause.degree > 0.0 || clause.finding() == Finding::NotShown));
    }

    #[test]
    fn a_job_that_asks_for_nothing_weighs_nothing() {
        let assessment = assess(&Criteria::default(), &Shown::new(Vec::new(), Vec::new(), Vec::new(), 0, &[]));
        assert!(assessment.clauses.is_empty() && assessment.score == 0.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn more_is_never_worse(
            asked in prop::collection::vec("java|go|rust|k8s|前端|[a-z]{1,5}", 0..5),
            has in prop::collection::vec("java|go|rust|kubernetes|frontend|[a-z]{1,5}", 0..5),
            more in "java|go|rust|k8s|前端",
            years in 0_u8..20,
        ) {
            let job = Criteria { required_skills: asked, title: "Go Dev".to_owned(), min_years: 6, ..criteria() };
            let shown = |skills: Vec<String>, years| {
                let skills = skills.into_iter().map(Skill::named).collect();
                Shown::new(skills, Vec::new(), Vec::new(), years, &[])
            };
            let before = assess(&job, &shown(has.clone(), years));
            prop_assert!((0.0..=100.0 + 1e-9).contains(&before.score));
            prop_assert!((before.clauses.iter().map(|clause| clause.weight).sum::<f64>() - 1.0).abs() < 1e-9);
            let richer = has.into_iter().chain([more]).collect();
            prop_assert!(assess(&job, &shown(richer, years + 1)).score >= before.score - 1e-9);
        }
    }
}
