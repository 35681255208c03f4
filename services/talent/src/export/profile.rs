//! A profile as its owner reads it: opened, with names in place of numbers.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use usher_proto::talent::v1::IntentLevel;

use crate::domain::{consent::Consent, contact::Contact, person::Person, tag::Tag};

/// The text of `profile.json`.
pub fn told(person: &Person, now: DateTime<Utc>) -> String {
    let (candidate, profile) = (&person.candidate, &person.candidate.profile);
    let skill = |skill: &crate::domain::candidate::Skill| json!({"name": skill.name, "years": skill.years, "last_used_year": skill.last_used_year});
    let intent = profile.intent.as_ref().map(|intent| {
        let level = IntentLevel::try_from(intent.level).unwrap_or_default().as_str_name();
        json!({"level": level, "state_time": intent.state_time, "expire_time": intent.expire_time,
               "titles": intent.titles, "cities": intent.cities})
    });
    let told = json!({
        "candidate_id": candidate.id.to_string(),
        "display_name": profile.display_name,
        "contact_points": profile.contacts().map(|contact| contact_point(&contact)).collect::<Vec<_>>(),
        "preferred_channels": profile.preferred_channels.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "city": profile.city,
        "title": profile.title,
        "company": profile.company,
        "years_of_experience": profile.years,
        "skills": profile.skills.iter().map(skill).collect::<Vec<_>>(),
        "summary": profile.summary,
        "education": profile.education,
        "employment": profile.employment,
        "intent": intent,
        "language": profile.language.as_str_name(),
        "time_zone": profile.time_zone,
        "source": candidate.source,
        "consents_now": person.consents.iter().map(consent).collect::<Vec<_>>(),
        "tags_now": person.tags(now).iter().map(tag).collect::<Vec<_>>(),
        "last_activity_time": person.engagement.last_activity(),
        "engagement_percent": person.engagement.percent(),
        "version": candidate.version,
        "create_time": candidate.create_time,
        "update_time": candidate.update_time,
    });
    format!("{told:#}\n")
}

fn contact_point(contact: &Contact) -> Value {
    json!({"channel": contact.kind.name(), "value": contact.value})
}

fn consent(consent: &Consent) -> Value {
    json!({"purpose": consent.purpose.as_str_name(), "granted": consent.granted, "time": consent.time, "expire_time": consent.expire_time})
}

fn tag(tag: &Tag) -> Value {
    json!({"dimension": tag.dimension.as_str_name(), "name": tag.name, "evidence": tag.evidence, "set_time": tag.set_time,
           "expire_time": tag.expire_time})
}
