//! What is seen of a person elsewhere, held against what is known.
//!
//! What is seen adds and never takes away: an empty field was not seen, a skill that a page does not list is not lost, and
//! schools and employers come to those that are known. What changes is told field by field ([`diff`]), and nothing is taken
//! over that nobody asked for.

pub mod diff;
pub mod page;

use chassis::{Error, Result, id};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::talent::v1::ExternalActivityState;

use self::diff::Diff;
use super::{
    candidate::{CandidateId, Education, Employment, MOST_SKILLS, Profile, Skill},
    city,
    clean::history,
};

id!(
    /// Something that was seen of a person elsewhere.
    ActivityId,
    "xact"
);

/// Where a newer résumé comes from.
pub const RESUME: &str = "resume";

/// The fields that can be seen.
pub const FIELDS: [&str; 8] =
    ["city", "title", "company", "years_of_experience", "skills", "summary", "education", "employment"];

/// What was seen, cleaned. An empty field was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    pub city: String,
    pub title: String,
    pub company: String,
    pub years: u8,
    pub skills: Vec<SeenSkill>,
    pub summary: String,
    pub education: Vec<Education>,
    pub employment: Vec<Employment>,
}

/// A skill, with what is known of it and the words that it was found in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeenSkill {
    pub name: String,
    pub years: u8,
    pub last_used_year: u16,
    /// Empty where it stood in a list.
    pub quote: String,
}

impl SeenSkill {
    fn skill(&self) -> Skill {
        Skill { name: self.name.clone(), years: self.years, last_used_year: self.last_used_year }
    }
}

/// What is sealed of a sighting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    pub external_id: String,
    pub url: String,
    pub seen: Seen,
    pub diffs: Vec<Diff>,
    pub added_skills: Vec<SeenSkill>,
}

/// A sighting.
#[derive(Debug, Clone)]
pub struct Activity {
    pub id: ActivityId,
    pub candidate: CandidateId,
    pub source: String,
    pub time: DateTime<Utc>,
    pub state: ExternalActivityState,
    pub changed_fields: Vec<String>,
    pub applied_fields: Vec<String>,
    pub content: Content,
    pub actor: String,
    pub version: i64,
    pub create_time: DateTime<Utc>,
}

impl Activity {
    /// Notes what was taken over.
    pub fn apply(&mut self, fields: Vec<&'static str>) -> Result<()> {
        self.must_not_be(ExternalActivityState::Dismissed)?;
        let fresh: Vec<String> =
            fields.into_iter().map(str::to_owned).filter(|field| !self.applied_fields.contains(field)).collect();
        if !fresh.is_empty() {
            self.applied_fields.extend(fresh);
            self.state = ExternalActivityState::Applied;
            self.version += 1;
        }
        Ok(())
    }

    /// Nobody wants it. False when that was so already.
    pub fn dismiss(&mut self) -> Result<bool> {
        self.must_not_be(ExternalActivityState::Applied)?;
        if self.state == ExternalActivityState::Dismissed {
            return Ok(false);
        }
        self.state = ExternalActivityState::Dismissed;
        self.version += 1;
        Ok(true)
    }

    fn must_not_be(&self, state: ExternalActivityState) -> Result<()> {
        if self.state != state {
            return Ok(());
        }
        let state = state.as_str_name().trim_start_matches("EXTERNAL_ACTIVITY_STATE_").to_lowercase();
        Err(Error::failed_precondition("EXTERNAL_ACTIVITY_STATE", format!("it was {state} already")))
    }
}

/// What is taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    Nothing,
    /// What is not known yet.
    Unknown,
    /// These fields.
    Fields(Vec<String>),
}

impl Seen {
    /// `known` with what is taken over.
    pub fn onto(&self, known: &Profile, take: &Take) -> Profile {
        let mut profile = known.clone();
        let wants = |field: &str, is_known: bool| match take {
            Take::Nothing => false,
            Take::Unknown => !is_known,
            Take::Fields(fields) => fields.iter().any(|one| one == field),
        };
        if !self.city.is_empty()
            && wants("city", !known.city.is_empty())
            && city::key(&self.city) != city::key(&known.city)
        {
            profile.city.clone_from(&self.city);
        }
        if !self.title.is_empty() && wants("title", !known.title.is_empty()) {
            profile.title.clone_from(&self.title);
        }
        if !self.company.is_empty() && wants("company", !known.company.is_empty()) {
            profile.company.clone_from(&self.company);
        }
        if self.years > 0 && wants("years_of_experience", known.years > 0) {
            profile.years = self.years;
        }
        // A skill that is not there is not known, whatever else is.
        if wants("skills", false) {
            self.add_skills(&mut profile, *take == Take::Unknown);
        }
        if !self.summary.is_empty() && wants("summary", !known.summary.is_empty()) {
            profile.summary.clone_from(&self.summary);
        }
        if wants("education", !known.education.is_empty()) {
            self.add_education(&mut profile);
        }
        if wants("employment", !known.employment.is_empty()) {
            self.add_employment(&mut profile);
        }
        profile
    }

    /// The skills that `known` does not have.
    pub fn added_skills(&self, known: &Profile) -> Vec<SeenSkill> {
        let keys: Vec<String> = known.skills.iter().map(Skill::key).collect();
        let is_new = |skill: &&SeenSkill| !keys.contains(&skill.skill().key());
        self.skills.iter().filter(is_new).cloned().collect()
    }

    fn add_skills(&self, profile: &mut Profile, only_new: bool) {
        for seen in self.skills.iter().map(SeenSkill::skill) {
            let key = seen.key();
            match profile.skills.iter().position(|known| known.key() == key) {
                Some(place) if !only_new => {
                    let known = &mut profile.skills[place];
                    known.years = known.years.max(seen.years);
                    known.last_used_year = known.last_used_year.max(seen.last_used_year);
                }
                None if profile.skills.len() < MOST_SKILLS => profile.skills.push(seen),
                Some(_) | None => {}
            }
        }
    }

    fn add_education(&self, profile: &mut Profile) {
        for seen in &self.education {
            let is_same = |known: &&mut Education| known.school == seen.school && known.degree == seen.degree;
            match profile.education.iter_mut().find(is_same) {
                Some(known) => {
                    let start_year = if seen.start_year > 0 { seen.start_year } else { known.start_year };
                    let end_year = if seen.end_year > 0 { seen.end_year } else { known.end_year };
                    let major = if seen.major.is_empty() { known.major.clone() } else { seen.major.clone() };
                    *known = Education { major, start_year, end_year, ..known.clone() };
                }
                None => profile.education.push(seen.clone()),
            }
        }
        history::order_education(&mut profile.education);
    }

    fn add_employment(&self, profile: &mut Profile) {
        for seen in &self.employment {
            let is_same =
                |known: &&mut Employment| known.company == seen.company && known.start_month == seen.start_month;
            match profile.employment.iter_mut().find(is_same) {
                Some(known) => {
                    let title = if seen.title.is_empty() { &known.title } else { &seen.title }.clone();
                    let end_month = if seen.end_month.is_empty() { &known.end_month } else { &seen.end_month }.clone();
                    let description =
                        if seen.description.is_empty() { &known.description } else { &seen.description }.clone();
                    *known = Employment { title, end_month, description, ..known.clone() };
                }
                None => profile.employment.push(seen.clone()),
            }
        }
        history::order_employment(&mut profile.employment);
    }
}

/// Every field.
pub fn all_fields() -> Take {
    Take::Fields(FIELDS.iter().map(|field| (*field).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skill(name: &str) -> SeenSkill {
        SeenSkill { name: name.to_owned(), ..SeenSkill::default() }
    }

    fn names(profile: &Profile) -> Vec<&str> {
        profile.skills.iter().map(|skill| skill.name.as_str()).collect()
    }

    fn known() -> Profile {
        Profile {
            city: "Shanghai".to_owned(),
            title: "Engineer".to_owned(),
            skills: vec![Skill { years: 3, ..Skill::named("Kubernetes".to_owned()) }],
            ..Profile::unknown()
        }
    }

    #[test]
    fn what_is_seen_adds_and_what_is_not_seen_stays() {
        let seen = Seen {
            city: "上海".to_owned(),
            title: "Lead".to_owned(),
            skills: vec![SeenSkill { years: 5, ..skill("k8s") }, skill("Rust")],
            ..Seen::default()
        };
        let after = seen.onto(&known(), &all_fields());
        assert_eq!(after.city, "Shanghai", "上海 is no other city");
        assert_eq!((after.title.as_str(), names(&after)), ("Lead", vec!["Kubernetes", "Rust"]));
        assert_eq!(after.skills[0].years, 5);
        assert_eq!(seen.added_skills(&known()), [skill("Rust")]);
        assert_eq!(Seen::default().onto(&known(), &all_fields()), known());
    }

    #[test]
    fn to_fill_what_is_unknown_overwrites_nothing() {
        let seen = Seen {
            title: "Lead".to_owned(),
            company: "Acme".to_owned(),
            skills: vec![SeenSkill { years: 5, ..skill("k8s") }, skill("Rust")],
            ..Seen::default()
        };
        let after = seen.onto(&known(), &Take::Unknown);
        assert_eq!((after.title.as_str(), after.company.as_str()), ("Engineer", "Acme"));
        assert_eq!((after.skills[0].years, names(&after)), (3, vec!["Kubernetes", "Rust"]));
        assert_eq!(seen.onto(&known(), &Take::Nothing), known());
        let one = seen.onto(&known(), &Take::Fields(vec!["company".to_owned()]));
        assert_eq!(known().changed(&one), ["company"]);
    }

    #[test]
    fn employers_come_to_those_that_are_known_latest_first() {
        let job = |company: &str, title: &str, start: &str, end: &str| Employment {
            company: company.to_owned(),
            title: title.to_owned(),
            start_month: start.to_owned(),
            end_month: end.to_owned(),
            description: String::new(),
        };
        let known = Profile {
            employment: vec![job("Acme", "Engineer", "2021-03", ""), job("Old", "", "2018-01", "2021-02")],
            ..known()
        };
        let seen = Seen {
            employment: vec![job("Acme", "Lead", "2021-03", "2024-01"), job("New", "CTO", "2024-02", "")],
            ..Seen::default()
        };
        let after = seen.onto(&known, &all_fields()).employment;
        let expected = [
            job("New", "CTO", "2024-02", ""),
            job("Acme", "Lead", "2021-03", "2024-01"),
            job("Old", "", "2018-01", "2021-02"),
        ];
        assert_eq!(after, expected);
        assert_eq!(seen.onto(&known, &Take::Unknown).employment, known.employment);
    }

    #[test]
    fn what_was_dismissed_is_not_applied_and_the_other_way_round() {
        let activity = Activity {
            id: ActivityId::new(),
            candidate: CandidateId::new(),
            source: "linkedin".to_owned(),
            time: DateTime::UNIX_EPOCH,
            state: ExternalActivityState::Suggested,
            changed_fields: Vec::new(),
            applied_fields: Vec::new(),
            content: Content::default(),
            actor: String::new(),
            version: 1,
            create_time: DateTime::UNIX_EPOCH,
        };
        let mut applied = activity.clone();
        applied.apply(vec!["skills"]).unwrap();
        applied.apply(vec!["skills"]).unwrap();
        assert_eq!((applied.version, applied.applied_fields.len()), (2, 1));
        assert_eq!(applied.dismiss().unwrap_err().reason(), "EXTERNAL_ACTIVITY_STATE");
        let mut dismissed = activity;
        assert!(dismissed.dismiss().unwrap() && !dismissed.dismiss().unwrap());
        assert_eq!(dismissed.apply(vec!["skills"]).unwrap_err().reason(), "EXTERNAL_ACTIVITY_STATE");
    }
}
