//! What screening may see of a person.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::{
    candidate::{Profile, Skill},
    document::without_contacts,
    reading::evidence,
    skills,
};

/// Characters of a text on each side of what it names.
const AROUND: usize = 24;

/// What screening may see of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    pub skills: Vec<Skill>,
    /// The present one first.
    pub titles: Vec<String>,
    /// Where they are and where they would work.
    pub cities: Vec<String>,
    /// Of experience; 0 when it is not known.
    pub years: u8,
    /// Skills that a text names, by their keys, with the words around the place.
    pub named: HashMap<&'static str, String>,
}

impl Shown {
    /// From a profile and the text of a résumé.
    pub fn of(profile: &Profile, resume: Option<&str>, now: DateTime<Utc>) -> Self {
        let titles = std::iter::once(&profile.title).chain(profile.employment.iter().map(|one| &one.title));
        let wanted = profile.intent.iter().filter(|intent| intent.expire_time > now).flat_map(|intent| &intent.cities);
        let cities = std::iter::once(&profile.city).chain(wanted);
        let told = |list: &mut dyn Iterator<Item = &String>| list.filter(|one| !one.is_empty()).cloned().collect();
        let jobs = profile.employment.iter().map(|one| one.description.as_str());
        let texts = std::iter::once(profile.summary.as_str()).chain(jobs).chain(resume);
        let texts: Vec<String> = texts.filter(|text| !text.is_empty()).map(without_contacts).collect();
        Self::new(
            profile.skills.clone(),
            told(&mut titles.into_iter()),
            told(&mut cities.into_iter()),
            profile.years,
            &texts,
        )
    }

    /// Of these facts; the texts without anything that a person is reached by.
    pub fn new(skills: Vec<Skill>, titles: Vec<String>, cities: Vec<String>, years: u8, texts: &[String]) -> Self {
        let mut named = HashMap::new();
        for text in texts {
            for (key, place) in skills::places_in(text) {
                named.entry(key).or_insert_with(|| evidence::around(text, place, AROUND));
            }
        }
        Self { skills, titles, cities, years, named }
    }

    /// Whether there is nothing to compare. Where somebody lives says nothing of what they can do.
    pub fn is_empty(&self) -> bool {
        self.skills.is_empty() && self.titles.is_empty() && self.named.is_empty() && self.years == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        candidate::{Education, Employment},
        screening::{Criteria, assess},
    };

    #[test]
    fn who_somebody_is_weighs_nothing() {
        let profile = Profile {
            title: "Java Engineer".to_owned(),
            summary: "Ten years of Kubernetes.".to_owned(),
            skills: vec![Skill::named("Java".to_owned())],
            ..Profile::unknown()
        };
        let criteria = Criteria {
            title: "Java Engineer".to_owned(),
            required_skills: vec!["Java".to_owned(), "Kubernetes".to_owned()],
            year: 2026,
            ..Criteria::default()
        };
        let now = DateTime::UNIX_EPOCH;
        let score = |profile: &Profile| assess(&criteria, &Shown::of(profile, None, now));
        let before = score(&profile);
        let other = Profile {
            display_name: "Fatima".to_owned(),
            email: "fatima@example.com".to_owned(),
            language: usher_proto::talent::v1::Language::ZhCn,
            time_zone: "Asia/Shanghai".to_owned(),
            education: vec![Education { school: "Somewhere".to_owned(), end_year: 1975, ..Education::default() }],
            employment: vec![Employment { company: "Acme Ltd".to_owned(), ..Employment::default() }],
            ..profile
        };
        assert_eq!(score(&other), before);
    }

    #[test]
    fn evidence_holds_no_address() {
        let profile = Profile { summary: "Mail li@example.com, Java and Rust".to_owned(), ..Profile::unknown() };
        let shown = Shown::of(&profile, None, DateTime::UNIX_EPOCH);
        assert!(shown.named.contains_key("rust"));
        assert!(shown.named.values().all(|words| !words.contains("li@example")), "{:?}", shown.named);
    }
}
