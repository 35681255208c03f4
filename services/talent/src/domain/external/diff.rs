//! What changes, field by field, in words. Addresses and numbers are blacked out: whoever reads a difference needs none.

use serde::{Deserialize, Serialize};

use super::FIELDS;
use crate::domain::{candidate::Profile, document::without_contacts};

/// One field that was seen otherwise than it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Diff {
    pub field: String,
    pub before: String,
    pub after: String,
}

/// The fields in which `after` differs, in the order of [`FIELDS`].
pub fn between(before: &Profile, after: &Profile) -> Vec<Diff> {
    let changed = before.changed(after);
    let diff = |field: &&str| Diff {
        field: (*field).to_owned(),
        before: without_contacts(&words(before, field)),
        after: without_contacts(&words(after, field)),
    };
    FIELDS.iter().filter(|field| changed.contains(*field)).map(diff).collect()
}

fn words(profile: &Profile, field: &str) -> String {
    match field {
        "city" => profile.city.clone(),
        "title" => profile.title.clone(),
        "company" => profile.company.clone(),
        "years_of_experience" if profile.years == 0 => String::new(),
        "years_of_experience" => profile.years.to_string(),
        "skills" => lines(profile.skills.iter().map(|skill| {
            let years = if skill.years > 0 { format!("{} years", skill.years) } else { String::new() };
            listed(&[&skill.name, &years])
        })),
        "summary" => profile.summary.clone(),
        "education" => lines(
            profile
                .education
                .iter()
                .map(|one| listed(&[&one.school, &one.major, &span(&year(one.start_year), &year(one.end_year))])),
        ),
        "employment" => lines(
            profile
                .employment
                .iter()
                .map(|one| listed(&[&one.company, &one.title, &span(&one.start_month, &one.end_month)])),
        ),
        _ => String::new(),
    }
}

fn lines(entries: impl Iterator<Item = String>) -> String {
    entries.collect::<Vec<_>>().join("\n")
}

fn listed(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ")
}

fn year(year: u16) -> String {
    if year == 0 { String::new() } else { year.to_string() }
}

fn span(start: &str, end: &str) -> String {
    if start.is_empty() && end.is_empty() { String::new() } else { format!("{start}–{end}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::candidate::{Employment, Skill};

    #[test]
    fn each_field_that_differs_is_told_in_words_without_a_way_to_reach_anybody() {
        let before = Profile { skills: vec![Skill::named("Java".to_owned())], ..Profile::unknown() };
        let job = Employment {
            company: "Acme".to_owned(),
            title: "Lead".to_owned(),
            start_month: "2021-03".to_owned(),
            ..Employment::default()
        };
        let rust = Skill { years: 2, ..Skill::named("Rust".to_owned()) };
        let after = Profile {
            skills: vec![Skill::named("Java".to_owned()), rust],
            employment: vec![job],
            summary: "write to ann@example.com".to_owned(),
            ..before.clone()
        };
        let diffs = between(&before, &after);
        let told: Vec<_> = diffs.iter().map(|diff| (diff.field.as_str(), diff.after.as_str())).collect();
        assert_eq!(told[0], ("skills", "Java\nRust, 2 years"));
        assert_eq!(told[2], ("employment", "Acme, Lead, 2021-03–"));
        assert!(told[1].1.starts_with("write to •") && !told[1].1.contains("example"), "{}", told[1].1);
        assert!(between(&after, &after).is_empty());
    }
}
