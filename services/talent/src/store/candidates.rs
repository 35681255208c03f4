//! The table `candidates`, with the contact points that belong to it.
//!
//! People are read and written many at a time; one is a list of one. A list travels as one JSON parameter, whose rows
//! PostgreSQL takes apart, so that two hundred people are one statement.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, types::Json};
use usher_proto::talent::v1::Language;

use super::{contact_points, merges};
use crate::{
    domain::{
        analysis::folded,
        candidate::{Candidate, CandidateId, Education, Employment, Intent, Profile, Skill},
        contact::{Contact, Kind},
    },
    keys::TenantKey,
};

/// Reads people with their contact points, still sealed.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT candidates.*, coalesce(points.kinds, '{}') AS kinds, coalesce(points.sealed, '{}') AS sealed,
                coalesce(points.versions, '{}') AS versions
             FROM candidates
             LEFT JOIN LATERAL (
                 SELECT array_agg(kind ORDER BY kind, place) AS kinds, array_agg(sealed ORDER BY kind, place) AS sealed,
                     array_agg(key_version ORDER BY kind, place) AS versions
                 FROM contact_points
                 WHERE contact_points.tenant_id = candidates.tenant_id
                   AND contact_points.candidate_id = candidates.candidate_id
             ) points ON true ",
            $condition
        )
    };
}

#[derive(FromRow)]
struct Row {
    candidate_id: CandidateId,
    display_name: String,
    /// The kinds of the contact points, the first of each kind before further ones.
    kinds: Vec<i16>,
    sealed: Vec<Vec<u8>>,
    versions: Vec<i16>,
    city: String,
    title: String,
    company: String,
    years: i16,
    skills: Vec<String>,
    summary: String,
    details: Json<Details>,
    language: i16,
    time_zone: String,
    source: String,
    version: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl Row {
    fn candidate(mut self, key: &TenantKey) -> Result<Candidate> {
        let points = std::mem::take(&mut self.kinds).into_iter().zip(std::mem::take(&mut self.sealed));
        let points: Vec<_> = points.zip(std::mem::take(&mut self.versions)).collect();
        let mut candidate = self.bare()?;
        for ((number, sealed), version) in points {
            let kind = Kind::of_number(number)
                .ok_or_else(|| Error::internal("a row holds an unknown kind of contact point", &number))?;
            candidate.profile.add_contact(Contact { kind, value: key.open(candidate.id, kind, version, &sealed)? });
        }
        Ok(candidate)
    }

    /// Without contact points.
    fn bare(self) -> Result<Candidate> {
        let Json(Details { mut skill_facts, education, employment, intent, preferred_channels }) = self.details;
        let mut fact = |skill: &Skill| {
            // What was written down before `_` stood for a blank.
            let before = || skill.name.contains('_').then(|| folded(&skill.name));
            skill_facts.remove(&skill.key()).or_else(|| skill_facts.remove(&before()?))
        };
        let skills = self.skills.into_iter().map(Skill::named).map(|skill| match fact(&skill) {
            Some(SkillFact { years, last_used_year }) => Skill { years, last_used_year, ..skill },
            None => skill,
        });
        let profile = Profile {
            display_name: self.display_name,
            email: String::new(),
            phone: String::new(),
            wechat: String::new(),
            other_contacts: Vec::new(),
            city: self.city,
            title: self.title,
            company: self.company,
            years: u8::try_from(self.years).map_err(|error| Error::internal("a row holds impossible years", &error))?,
            skills: skills.collect(),
            summary: self.summary,
            education,
            employment,
            intent,
            preferred_channels,
            language: Language::try_from(i32::from(self.language))
                .map_err(|error| Error::internal("a row holds an unknown language", &error))?,
            time_zone: self.time_zone,
        };
        Ok(Candidate {
            id: self.candidate_id,
            profile,
            source: self.source,
            version: self.version,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

/// What a profile holds besides what is compared in statements, as it is kept.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Details {
    /// By the skill's key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    skill_facts: BTreeMap<String, SkillFact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    education: Vec<Education>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    employment: Vec<Employment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<Intent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    preferred_channels: Vec<Kind>,
}

/// What is known of a skill besides its name.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct SkillFact {
    years: u8,
    last_used_year: u16,
}

impl Details {
    fn of(profile: &Profile) -> Self {
        let is_told = |skill: &&Skill| skill.years > 0 || skill.last_used_year > 0;
        let fact = |skill: &Skill| SkillFact { years: skill.years, last_used_year: skill.last_used_year };
        Self {
            skill_facts: profile.skills.iter().filter(is_told).map(|skill| (skill.key(), fact(skill))).collect(),
            education: profile.education.clone(),
            employment: profile.employment.clone(),
            intent: profile.intent.clone(),
            preferred_channels: profile.preferred_channels.clone(),
        }
    }
}

/// A person as it is written, without contact points.
#[derive(Serialize)]
struct Written<'a> {
    candidate_id: uuid::Uuid,
    display_name: &'a str,
    city: &'a str,
    title: &'a str,
    company: &'a str,
    years: u8,
    skills: Vec<&'a str>,
    summary: &'a str,
    details: Details,
    language: i32,
    time_zone: &'a str,
    source: &'a str,
    version: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl<'a> Written<'a> {
    fn of(candidate: &'a Candidate) -> Self {
        let profile = &candidate.profile;
        Self {
            candidate_id: candidate.id.0,
            display_name: &profile.display_name,
            city: &profile.city,
            title: &profile.title,
            company: &profile.company,
            years: profile.years,
            skills: profile.skills.iter().map(|skill| skill.name.as_str()).collect(),
            summary: &profile.summary,
            details: Details::of(profile),
            language: profile.language.into(),
            time_zone: &profile.time_zone,
            source: &candidate.source,
            version: candidate.version,
            create_time: candidate.create_time,
            update_time: candidate.update_time,
        }
    }
}

/// One person; of somebody who is part of another person, that one.
pub async fn get(tx: &mut TenantTx, key: &TenantKey, id: CandidateId) -> Result<Candidate> {
    let root = merges::root(tx, id).await?;
    alone(tx, key, root).await
}

/// One person without whoever they may be part of.
pub async fn alone(tx: &mut TenantTx, key: &TenantKey, id: CandidateId) -> Result<Candidate> {
    by_ids(tx, key, &[id]).await?.pop().ok_or_else(not_found)
}

/// Refuses an id of nobody.
pub async fn check(tx: &mut TenantTx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    let found: Option<i32> = sqlx::query_scalar("SELECT 1 FROM candidates WHERE tenant_id = $1 AND candidate_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    found.map(drop).ok_or_else(not_found)
}

/// One person whom nobody else changes before this transaction ends. Refuses somebody who is part of another person.
pub async fn lock(tx: &mut TenantTx, key: &TenantKey, id: CandidateId) -> Result<Candidate> {
    let candidate = lock_all(tx, key, &[id]).await?.pop().ok_or_else(not_found)?;
    merges::must_stand_alone(tx, id).await?;
    Ok(candidate)
}

/// Two people, as [`lock`].
pub async fn lock_two(tx: &mut TenantTx, key: &TenantKey, ids: [CandidateId; 2]) -> Result<(Candidate, Candidate)> {
    let mut people = lock_all(tx, key, &ids).await?.into_iter();
    let (Some(one), Some(other)) = (people.next(), people.next()) else { return Err(not_found()) };
    Ok((one, other))
}

/// Refuses an id of nobody, and lets nobody else change what belongs to the person before this transaction ends.
pub async fn hold(tx: &mut TenantTx, id: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    let found: Option<i32> =
        sqlx::query_scalar("SELECT 1 FROM candidates WHERE tenant_id = $1 AND candidate_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    found.map(drop).ok_or_else(not_found)
}

/// The people of these ids, those whom there are, locked.
pub async fn lock_all(tx: &mut TenantTx, key: &TenantKey, ids: &[CandidateId]) -> Result<Vec<Candidate>> {
    let tenant = tx.tenant();
    // Two statements on purpose: the second one sees what others committed while the first one waited for them.
    sqlx::query(
        "SELECT FROM candidates WHERE tenant_id = $1 AND candidate_id = ANY($2) ORDER BY candidate_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(ids)
    .execute(tx.conn())
    .await?;
    by_ids(tx, key, ids).await
}

/// The people of these ids, those whom there are, in the order of the ids given.
pub async fn by_ids(tx: &mut TenantTx, key: &TenantKey, ids: &[CandidateId]) -> Result<Vec<Candidate>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(select!(
        "JOIN unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place) ON wanted.id = candidates.candidate_id
         WHERE candidates.tenant_id = $1 ORDER BY wanted.place"
    ))
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| row.candidate(key)).collect()
}

/// The people of these ids who stand for themselves, without their contact points.
pub async fn bare(tx: &mut TenantTx, ids: &[CandidateId]) -> Result<Vec<Candidate>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT *, '{}'::smallint[] AS kinds, '{}'::bytea[] AS sealed, '{}'::smallint[] AS versions FROM candidates
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND merged_into IS NULL ORDER BY candidate_id",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::bare).collect()
}

/// Ids of people who stand for themselves behind one of them, in the order of the ids.
pub async fn ids_after(tx: &mut TenantTx, after: Option<CandidateId>, limit: i64) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let ids = sqlx::query_scalar(
        "SELECT candidate_id FROM candidates
         WHERE tenant_id = $1 AND merged_into IS NULL AND ($2::uuid IS NULL OR candidate_id > $2)
         ORDER BY candidate_id LIMIT $3",
    )
    .bind(tenant)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}

/// One page of people who stand for themselves, newest first.
pub async fn list(tx: &mut TenantTx, key: &TenantKey, page: &Page) -> Result<Vec<Candidate>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE tenant_id = $1 AND merged_into IS NULL AND ($2::timestamptz IS NULL OR (create_time, candidate_id) < ($2, $3))
         ORDER BY create_time DESC, candidate_id DESC LIMIT $4"
    ))
    .bind(tenant)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| row.candidate(key)).collect()
}

/// Writes new people. False when somebody else has one of their contact points, see [`contact_points::replace`].
pub async fn insert(tx: &mut TenantTx, key: &TenantKey, candidates: &[Candidate]) -> Result<bool> {
    if candidates.is_empty() {
        return Ok(true);
    }
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO candidates (tenant_id, candidate_id, display_name, city, title, company, years, skills, summary,
            details, language, time_zone, source, version, create_time, update_time)
         SELECT $1, *
         FROM jsonb_to_recordset($2) AS said (candidate_id uuid, display_name text, city text, title text, company text,
            years smallint, skills text[], summary text, details jsonb, language smallint, time_zone text, source text,
            version bigint, create_time timestamptz, update_time timestamptz)",
    )
    .bind(tenant)
    .bind(Json(candidates.iter().map(Written::of).collect::<Vec<_>>()))
    .execute(tx.conn())
    .await?;
    let contacts = candidates.iter().map(|candidate| (candidate.id, candidate.profile.contacts()));
    contact_points::replace(tx, key, contacts.collect()).await
}

/// Writes people over what was stored of them. False as with [`insert`].
pub async fn update(tx: &mut TenantTx, key: &TenantKey, changed: &[(Profile, Candidate)]) -> Result<bool> {
    if changed.is_empty() {
        return Ok(true);
    }
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE candidates SET display_name = said.display_name, city = said.city, title = said.title,
            company = said.company, years = said.years, skills = said.skills, summary = said.summary,
            details = said.details, language = said.language, time_zone = said.time_zone, version = said.version, update_time = said.update_time
         FROM jsonb_to_recordset($2) AS said (candidate_id uuid, display_name text, city text, title text, company text,
            years smallint, skills text[], summary text, details jsonb, language smallint, time_zone text, version bigint,
            update_time timestamptz)
         WHERE candidates.tenant_id = $1 AND candidates.candidate_id = said.candidate_id",
    )
    .bind(tenant)
    .bind(Json(changed.iter().map(|(_, after)| Written::of(after)).collect::<Vec<_>>()))
    .execute(tx.conn())
    .await?;
    let moved = changed.iter().filter(|(before, after)| !before.contacts().eq(after.profile.contacts()));
    let contacts = moved.map(|(_, after)| (after.id, after.profile.contacts()));
    contact_points::replace(tx, key, contacts.collect()).await
}

pub fn not_found() -> Error {
    Error::not_found("CANDIDATE_NOT_FOUND", "there is no such candidate")
}
