//! What search knows of a person.

use chrono::{DateTime, Utc};
use usher_proto::talent::v1::{Degree, IntentLevel, Language, TagDimension};
use uuid::Uuid;

use super::{
    candidate::Profile,
    city, consent,
    contact::Kind,
    person::Person,
    query::{Dimension, Keyword},
    reading::contacts,
    resume, skills,
    tag::{self, CONSENT},
};

/// What search knows of a person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// Whose pool it is.
    pub tenant: Uuid,
    /// The person.
    pub id: Uuid,
    /// As written.
    pub name: String,
    /// As written.
    pub title: String,
    /// As written.
    pub company: String,
    /// As written, for showing.
    pub city: String,
    /// As [`city::key`] makes it.
    pub city_key: String,
    /// As written, for showing and as text.
    pub skills: Vec<String>,
    /// (key, years), one per skill.
    pub skill_keys: Vec<(String, u8)>,
    /// Without what the person is reached by, as all that follows.
    pub summary: String,
    /// Of the newest résumé.
    pub resume: String,
    /// Names of schools.
    pub schools: Vec<String>,
    /// What else is looked into: former employers, titles, majors, the city in its other names.
    pub history: Vec<String>,
    /// (dimension, name, when it expires in seconds since the epoch or i64::MAX), but for those that are worked out of what
    /// else is here (see [`super::meaning`]): nobody has one in both ways.
    pub tags: Vec<(Dimension, String, i64)>,
    /// Codes, each of a small set.
    pub keywords: Vec<(Keyword, String)>,
    /// Of experience.
    pub years: u8,
    /// Per cent.
    pub engagement: u8,
    /// As it was said.
    pub intent: Intent,
    /// Until when the intent is taken to hold, seconds since the epoch or i64::MAX.
    pub intent_until: i64,
    /// The last activity of the person's own, or when the profile was made; in seconds since the epoch.
    pub last_activity: i64,
    /// When the profile was made.
    pub created: i64,
    /// When it last changed.
    pub updated: i64,
}

/// How much somebody wants another job. The numbers are kept in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Intent {
    #[default]
    Unknown = 0,
    NotLooking = 1,
    Open = 2,
    Active = 3,
}

impl Document {
    /// Of a person, with the text of their newest résumé.
    pub fn of(tenant: Uuid, person: Person, resume: Option<&str>) -> Self {
        let engagement = person.engagement.percent();
        let last_activity = person.engagement.last_activity().unwrap_or(person.candidate.create_time);
        let tags = tags(&person);
        let Person { candidate, .. } = person;
        let profile = candidate.profile;
        let keywords = keywords(&profile, &candidate.source, resume.is_some());
        let (intent, intent_until) = intent(&profile);
        Self {
            tenant,
            id: candidate.id.0,
            city_key: city::key(&profile.city),
            skill_keys: profile.skills.iter().map(|skill| (skill.key(), skill.years)).collect(),
            schools: profile.education.iter().map(|one| one.school.clone()).collect(),
            history: history(&profile),
            resume: resume.map(without_contacts).unwrap_or_default(),
            name: profile.display_name,
            title: profile.title,
            company: profile.company,
            city: profile.city,
            skills: profile.skills.into_iter().map(|skill| skill.name).collect(),
            summary: without_contacts(&profile.summary),
            tags,
            keywords,
            years: profile.years,
            engagement,
            intent,
            intent_until,
            last_activity: last_activity.timestamp(),
            created: candidate.create_time.timestamp(),
            updated: candidate.update_time.timestamp(),
        }
    }
}

fn until(end: Option<DateTime<Utc>>) -> i64 {
    end.map_or(i64::MAX, |end| end.timestamp())
}

/// Kept ones, and those of consent; what else is derived follows from the document itself.
fn tags(person: &Person) -> Vec<(Dimension, String, i64)> {
    let kept = person.kept_tags.iter().filter_map(|tag| {
        let until = until(tag.expire_time);
        let dimension = match tag.dimension {
            TagDimension::Unspecified => return None,
            TagDimension::Skill => {
                let key = skills::key(&tag.name);
                let is_own = person.candidate.profile.skills.iter().any(|skill| skill.key() == key);
                return (!is_own).then(|| (Dimension::Skill, tag::of_skill(&key), until));
            }
            TagDimension::Intent => Dimension::Intent,
            TagDimension::Interaction => Dimension::Interaction,
            TagDimension::Status => Dimension::Status,
        };
        Some((dimension, tag.name.clone(), until))
    });
    let agreed = person.consents.iter().filter(|consent| consent.granted).map(|consent| {
        (Dimension::Status, format!("{CONSENT}{}", consent::name(consent.purpose)), until(consent.expire_time))
    });
    kept.chain(agreed).collect()
}

fn keywords(profile: &Profile, source: &str, has_resume: bool) -> Vec<(Keyword, String)> {
    let mut keywords = vec![(Keyword::Source, source.to_owned())];
    match profile.language {
        Language::ZhCn => keywords.push((Keyword::Language, "zh".to_owned())),
        Language::En => keywords.push((Keyword::Language, "en".to_owned())),
        Language::Unspecified => {}
    }
    let reached = Kind::ALL.into_iter().filter(|kind| profile.contact(*kind).is_some()).map(Kind::name);
    let contacts = reached.chain(has_resume.then_some("resume"));
    keywords.extend(contacts.map(|code| (Keyword::Contact, code.to_owned())));
    let degrees = profile.education.iter().filter_map(|one| degree_code(Degree::try_from(one.degree).ok()?));
    keywords.extend(degrees.map(|code| (Keyword::Degree, code.to_owned())));
    keywords
}

fn degree_code(degree: Degree) -> Option<&'static str> {
    match degree {
        Degree::Unspecified => None,
        Degree::Secondary => Some("secondary"),
        Degree::Associate => Some("associate"),
        Degree::Bachelor => Some("bachelor"),
        Degree::Master => Some("master"),
        Degree::Doctorate => Some("doctorate"),
    }
}

fn intent(profile: &Profile) -> (Intent, i64) {
    let Some(said) = &profile.intent else { return (Intent::Unknown, i64::MAX) };
    let intent = match IntentLevel::try_from(said.level).unwrap_or_default() {
        IntentLevel::Unspecified => Intent::Unknown,
        IntentLevel::NotLooking => Intent::NotLooking,
        IntentLevel::Open => Intent::Open,
        IntentLevel::Active => Intent::Active,
    };
    (intent, said.expire_time.timestamp())
}

fn history(profile: &Profile) -> Vec<String> {
    let majors = profile.education.iter().map(|one| &one.major);
    let jobs = profile.employment.iter().flat_map(|one| [&one.company, &one.title, &one.description]);
    let texts = majors.chain(jobs).filter(|text| !text.is_empty()).map(|text| without_contacts(text));
    texts.chain(city::other_names(&profile.city).iter().map(|name| (*name).to_owned())).collect()
}

/// A text without addresses and numbers: nobody finds a person by one that is sealed elsewhere, nor reads it where it is not
/// needed.
pub fn without_contacts(text: &str) -> String {
    let found = contacts::contacts_in(text);
    resume::masked(text, found.emails.into_iter().chain(found.phones).map(|evidence| evidence.span))
}
