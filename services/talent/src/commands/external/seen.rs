//! What was seen, cleaned by the rules that hold for every profile, and what a text says beside it.

use chassis::Result;
use chrono::{DateTime, Utc};
use usher_proto::talent::v1::{CandidateProfile, ExternalProfile};

use crate::{
    commands::profile,
    domain::{
        candidate::{Profile, Skill},
        document::without_contacts,
        external::{FIELDS, Seen, SeenSkill},
        reading::{evidence, experience},
        skills,
    },
};

/// Characters on either side of a skill that are quoted.
const AROUND: usize = 40;

/// What a profile shows and a text says. What a profile lists comes before what was found in a text.
pub fn of(shown: Option<&ExternalProfile>, text: &str, now: DateTime<Utc>) -> Result<Seen> {
    let profile = cleaned(shown.cloned().unwrap_or_default(), now)?;
    // Before anything is quoted from it.
    let text = without_contacts(text);
    let claimed = experience::years_in(&text).into_iter().map(|claim| claim.years).max().unwrap_or_default();
    let mut seen = Seen {
        city: profile.city,
        title: profile.title,
        company: profile.company,
        years: if profile.years > 0 { profile.years } else { claimed },
        skills: profile.skills.into_iter().map(listed).collect(),
        summary: profile.summary,
        education: profile.education,
        employment: profile.employment,
    };
    for (key, span) in skills::places_in(&text) {
        let is_listed = seen.skills.iter().any(|one| skills::key(&one.name) == key);
        if !is_listed {
            let quote = evidence::around(&text, span, AROUND);
            seen.skills.push(SeenSkill { name: key.to_owned(), quote, ..SeenSkill::default() });
        }
    }
    Ok(seen)
}

fn cleaned(shown: ExternalProfile, now: DateTime<Utc>) -> Result<Profile> {
    let said = CandidateProfile {
        city: shown.city,
        title: shown.title,
        company: shown.company,
        years_of_experience: shown.years_of_experience,
        skills: shown.skills,
        summary: shown.summary,
        education: shown.education,
        employment: shown.employment,
        ..CandidateProfile::default()
    };
    profile::said(&Profile::unknown(), &FIELDS, &said, now)
}

fn listed(skill: Skill) -> SeenSkill {
    let Skill { name, years, last_used_year } = skill;
    SeenSkill { name, years, last_used_year, quote: String::new() }
}
