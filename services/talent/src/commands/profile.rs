//! What a caller says of a person, cleaned.

use chassis::{Error, Result};
use usher_proto::talent::v1::{self as pb, Language};

use crate::domain::{
    candidate::Profile,
    clean::{Fault, email, phone, place, skills, text},
};

/// The fields of a profile that can be changed.
pub const FIELDS: [&str; 11] = [
    "display_name",
    "email",
    "phone",
    "city",
    "title",
    "company",
    "years_of_experience",
    "skills",
    "summary",
    "language",
    "time_zone",
];

/// The most years that the contract allows.
const MOST_YEARS: u8 = 80;

/// A profile of which nothing is known.
pub fn blank() -> Profile {
    Profile {
        display_name: String::new(),
        email: String::new(),
        phone: String::new(),
        city: String::new(),
        title: String::new(),
        company: String::new(),
        years: 0,
        skills: Vec::new(),
        summary: String::new(),
        language: Language::Unspecified,
        time_zone: String::new(),
    }
}

/// `known` with the named fields as they are said.
pub fn said(known: &Profile, fields: &[impl AsRef<str>], said: &pb::CandidateProfile) -> Result<Profile> {
    clean(known, fields, said)
        .map_err(|fault| Error::invalid(format!("profile.{}", fault.field), fault.reason, fault.message))
}

fn clean(known: &Profile, fields: &[impl AsRef<str>], said: &pb::CandidateProfile) -> Result<Profile, Fault> {
    let named = |field: &str| fields.iter().any(|one| one.as_ref() == field);
    let mut profile = known.clone();
    if named("display_name") {
        profile.display_name = text::required("display_name", &said.display_name, 200)?;
    }
    if named("email") {
        profile.email = email::clean(&said.email)?;
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
        profile.skills = skills::clean(said.skills.iter().map(String::as_str))?;
    }
    if named("summary") {
        profile.summary = text::clean("summary", &said.summary, 20_000)?;
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
    Ok(profile)
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
