//! What a caller says of a person, cleaned.

use chassis::{Error, Result, wire};
use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Timestamp;
use usher_proto::talent::v1::{self as pb, Language};

use crate::domain::{
    candidate::{Intent, Profile, Skill},
    clean::{Fault, email, history, phone, place, skills, text, wechat},
    contact::{self, Contact, Kind},
};

/// The most years that the contract allows.
const MOST_YEARS: u8 = 80;

/// For how long a word about what somebody wants is taken to hold when nobody says.
const INTENT_HOLDS: TimeDelta = TimeDelta::days(180);

/// `known` with the named fields as they are said.
pub fn said(
    known: &Profile,
    fields: &[impl AsRef<str>],
    said: &pb::CandidateProfile,
    now: DateTime<Utc>,
) -> Result<Profile> {
    clean(known, fields, said, now)
        .map_err(|fault| Error::invalid(format!("profile.{}", fault.field), fault.reason, fault.message))
}

fn clean(
    known: &Profile,
    fields: &[impl AsRef<str>],
    said: &pb::CandidateProfile,
    now: DateTime<Utc>,
) -> Result<Profile, Fault> {
    let named = |field: &str| fields.iter().any(|one| one.as_ref() == field);
    let mut profile = known.clone();
    if named("display_name") {
        profile.display_name = text::required("display_name", &said.display_name, 200)?;
    }
    if named("email") {
        profile.email = email::clean(&said.email)?;
    }
    if named("wechat_id") {
        profile.wechat = wechat::clean(&said.wechat_id)?;
    }
    if named("city") {
        profile.city = text::clean("city", &said.city, 100)?;
    }
    if named("title") {
        profile.title = text::clean("title", &said.title, 200)?;
    }
    if named("company") {
        profile.company = text::clean("company", &said.company, 200)?;
    }
    if named("years_of_experience") {
        profile.years = years(said.years_of_experience)?;
    }
    if named("skills") {
        profile.skills = skills::clean(said.skills.iter().map(skill))?;
    }
    if named("summary") {
        profile.summary = text::clean("summary", &said.summary, 20_000)?;
    }
    if named("education") {
        profile.education = history::education(&said.education)?;
    }
    if named("employment") {
        profile.employment = history::employment(&said.employment)?;
    }
    if named("intent") {
        profile.intent = said.intent.as_ref().map(|said| intent(said, now)).transpose()?;
    }
    if named("preferred_channels") {
        profile.preferred_channels = said.preferred_channels().filter_map(contact::kind).collect();
    }
    if named("language") {
        profile.language = language(said.language, &profile.display_name)?;
    }
    if named("time_zone") {
        profile.time_zone =
            place::time_zone(&said.time_zone)?.unwrap_or_else(|| place::likely_time_zone(profile.language).to_owned());
    }
    // Last, because a number without a country code is one of the zone's country.
    if named("phone") {
        profile.phone = phone::clean(&said.phone, &profile.time_zone)?;
    }
    if named("other_contact_points") {
        profile.other_contacts = other_contacts(&said.other_contact_points, &profile.time_zone)?;
    }
    profile.settle_contacts();
    Ok(profile)
}

fn skill(said: &pb::Skill) -> Skill {
    Skill {
        name: said.name.clone(),
        // The contract bounds them.
        years: u8::try_from(said.years).unwrap_or_default(),
        last_used_year: u16::try_from(said.last_used_year).unwrap_or_default(),
    }
}

/// In the order of their kinds, as they are kept.
fn other_contacts(said: &[pb::ContactPoint], time_zone: &str) -> Result<Vec<Contact>, Fault> {
    let mut contacts = said.iter().map(|said| other_contact(said, time_zone)).collect::<Result<Vec<_>, _>>()?;
    contacts.sort_by_key(|contact| contact.kind);
    Ok(contacts)
}

fn other_contact(said: &pb::ContactPoint, time_zone: &str) -> Result<Contact, Fault> {
    let wrong = Fault::new(
        "other_contact_points",
        "CONTACT_POINT_INVALID",
        "must each have a channel and a value that fits it",
    );
    let kind = contact::kind(said.channel()).ok_or(wrong)?;
    let value = match kind {
        Kind::Email => email::clean(&said.value),
        Kind::Phone => phone::clean(&said.value, time_zone),
        Kind::Wechat => wechat::clean(&said.value),
    };
    value.ok().filter(|value| !value.is_empty()).map(|value| Contact { kind, value }).ok_or(wrong)
}

/// A contact point that stands alone. A number without a country code is taken for a Chinese one.
pub fn contact(field: &'static str, said: &pb::ContactPoint) -> Result<Contact> {
    other_contact(said, place::likely_time_zone(Language::ZhCn))
        .map_err(|fault| Error::invalid(field, fault.reason, "must have a channel and a value that fits it"))
}

fn intent(said: &pb::JobIntent, now: DateTime<Utc>) -> Result<Intent, Fault> {
    let wrong = |message| Fault::new("intent", "INTENT_TIME_INVALID", message);
    let instant = |time: &Timestamp| {
        wire::instant("intent", time).map_err(|_| wrong("holds a time that is not between the years 1 and 9999"))
    };
    let state_time = said.state_time.as_ref().map(instant).transpose()?.unwrap_or(now);
    let expire_time = said.expire_time.as_ref().map(instant).transpose()?.unwrap_or(state_time + INTENT_HOLDS);
    if state_time > now || expire_time <= state_time {
        return Err(wrong("must have been stated before now, and expire after it was stated"));
    }
    let texts = |texts: &[String], most| {
        texts.iter().map(|text| text::clean("intent", text, most)).collect::<Result<Vec<_>, _>>()
    };
    Ok(Intent {
        level: said.level,
        state_time,
        expire_time,
        titles: texts(&said.titles, 200)?,
        cities: texts(&said.cities, 100)?,
    })
}

fn years(said: i32) -> Result<u8, Fault> {
    u8::try_from(said).ok().filter(|years| *years <= MOST_YEARS).ok_or(Fault::new(
        "years_of_experience",
        "YEARS_INVALID",
        "must be a number of years from 0 to 80",
    ))
}

fn language(said: i32, name: &str) -> Result<Language, Fault> {
    match Language::try_from(said) {
        Ok(Language::Unspecified) => Ok(place::likely_language(name)),
        Ok(language) => Ok(language),
        Err(_) => Err(Fault::new("language", "LANGUAGE_UNKNOWN", "must be one of the contract's languages")),
    }
}
