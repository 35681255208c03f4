//! The table `merges`, and who stands for whom (`candidates.merged_into`).
//!
//! What belongs to a person keeps the person's id through every merge. So whoever reads a person reads what belongs to
//! all who are part of them, and nothing has to be moved, or given back.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Error, OnConstraint as _, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, types::Json};
use usher_proto::talent::v1::Language;

use crate::domain::{
    candidate::{CandidateId, Education, Employment, Intent, Profile, Skill},
    contact::Kind,
    merge::{Choice, Mark, Merge, MergeId, Record, Undone},
};

/// A person with all who are part of them.
#[derive(Debug)]
pub struct Whole {
    /// Who stands for them.
    pub root: CandidateId,
    /// All of them, the root first.
    pub members: Vec<CandidateId>,
}

/// Of whom an id is a part. Somebody whom the pool does not know is only themselves.
pub async fn whole(tx: &mut TenantTx, id: CandidateId) -> Result<Whole> {
    let alone = || Whole { root: id, members: vec![id] };
    Ok(wholes(tx, &[id]).await?.remove(&id).unwrap_or_else(alone))
}

/// The same of many, by the ids that are asked for.
pub async fn wholes(tx: &mut TenantTx, ids: &[CandidateId]) -> Result<BTreeMap<CandidateId, Whole>> {
    let root_of: BTreeMap<CandidateId, CandidateId> = roots(tx, ids).await?.into_iter().collect();
    let root_of = |id: &CandidateId| root_of.get(id).copied().unwrap_or(*id);
    let roots: BTreeSet<CandidateId> = ids.iter().map(root_of).collect();
    let mut members_of: BTreeMap<CandidateId, Vec<CandidateId>> =
        roots.iter().map(|root| (*root, vec![*root])).collect();
    for (member, root) in members(tx, &Vec::from_iter(roots)).await? {
        members_of.entry(root).or_default().push(member);
    }
    let whole = |id: &CandidateId| {
        let root = root_of(id);
        (*id, Whole { root, members: members_of.get(&root).cloned().unwrap_or_default() })
    };
    Ok(ids.iter().map(whole).collect())
}

/// Who stands for a person: mostly they themselves.
pub async fn root(tx: &mut TenantTx, id: CandidateId) -> Result<CandidateId> {
    Ok(roots(tx, &[id]).await?.into_iter().next().map_or(id, |(_, root)| root))
}

/// Who stands for people, of those who do not themselves.
pub async fn roots(tx: &mut TenantTx, ids: &[CandidateId]) -> Result<Vec<(CandidateId, CandidateId)>> {
    let tenant = tx.tenant();
    let roots = sqlx::query_as(
        "SELECT candidate_id, merged_into FROM candidates
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND merged_into IS NOT NULL",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    Ok(roots)
}

/// Who is part of these people besides themselves, each with whom they are part of.
pub async fn members(tx: &mut TenantTx, roots: &[CandidateId]) -> Result<Vec<(CandidateId, CandidateId)>> {
    let tenant = tx.tenant();
    let members = sqlx::query_as(
        "SELECT candidate_id, merged_into FROM candidates
         WHERE tenant_id = $1 AND merged_into = ANY ($2) ORDER BY candidate_id",
    )
    .bind(tenant)
    .bind(roots)
    .fetch_all(tx.conn())
    .await?;
    Ok(members)
}

/// Refuses a change of somebody who is part of another person.
pub async fn must_stand_alone(tx: &mut TenantTx, id: CandidateId) -> Result<()> {
    let root = root(tx, id).await?;
    if root == id {
        return Ok(());
    }
    Err(Error::failed_precondition("CANDIDATE_MERGED", "this candidate is part of another one now")
        .with("candidate_id", root)
        .hint("the metadata names that one"))
}

/// One person becomes part of another, with all who are part of them.
pub async fn join(tx: &mut TenantTx, absorbed: CandidateId, survivor: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE candidates SET merged_into = $3 WHERE tenant_id = $1 AND (candidate_id = $2 OR merged_into = $2)",
    )
    .bind(tenant)
    .bind(absorbed)
    .bind(survivor)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One person stands alone again, with all who became part of them by merges that are in force.
pub async fn part(tx: &mut TenantTx, absorbed: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "WITH RECURSIVE theirs AS (
             SELECT $2::uuid AS candidate_id
             UNION SELECT absorbed_id FROM merges JOIN theirs ON survivor_id = theirs.candidate_id
             WHERE tenant_id = $1 AND state = 1
         )
         UPDATE candidates SET merged_into = CASE WHEN candidates.candidate_id = $2 THEN NULL ELSE $2 END
         FROM theirs WHERE tenant_id = $1 AND candidates.candidate_id = theirs.candidate_id",
    )
    .bind(tenant)
    .bind(absorbed)
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct Row {
    merge_id: MergeId,
    survivor_id: CandidateId,
    absorbed_id: CandidateId,
    choices: Json<BTreeMap<String, Choice>>,
    before: Json<Kept>,
    after: Json<Kept>,
    absorbed_points: Json<Vec<Mark>>,
    survivor_version: i64,
    actor: String,
    create_time: DateTime<Utc>,
    undo_actor: Option<String>,
    undo_time: Option<DateTime<Utc>>,
}

impl Row {
    fn merge(self) -> Result<Merge> {
        let (before, marks_before) = self.before.0.profile()?;
        let (after, marks_after) = self.after.0.profile()?;
        let record = Record {
            before,
            after,
            marks_before,
            marks_after,
            marks_absorbed: self.absorbed_points.0,
            survivor_version: self.survivor_version,
        };
        Ok(Merge {
            id: self.merge_id,
            survivor: self.survivor_id,
            absorbed: self.absorbed_id,
            choices: self.choices.0,
            record,
            actor: self.actor,
            create_time: self.create_time,
            undone: self.undo_actor.zip(self.undo_time).map(|(actor, time)| Undone { actor, time }),
        })
    }
}

/// A profile as it is kept: contact points only by their marks.
#[derive(Serialize, Deserialize)]
struct Kept {
    display_name: String,
    points: Vec<Mark>,
    city: String,
    title: String,
    company: String,
    years: u8,
    /// Name, years, last year.
    skills: Vec<(String, u8, u16)>,
    summary: String,
    education: Vec<Education>,
    employment: Vec<Employment>,
    intent: Option<Intent>,
    preferred_channels: Vec<Kind>,
    language: i32,
    time_zone: String,
}

impl Kept {
    fn of(profile: &Profile, points: &[Mark]) -> Self {
        let skill = |skill: &Skill| (skill.name.clone(), skill.years, skill.last_used_year);
        Self {
            display_name: profile.display_name.clone(),
            points: points.to_vec(),
            city: profile.city.clone(),
            title: profile.title.clone(),
            company: profile.company.clone(),
            years: profile.years,
            skills: profile.skills.iter().map(skill).collect(),
            summary: profile.summary.clone(),
            education: profile.education.clone(),
            employment: profile.employment.clone(),
            intent: profile.intent.clone(),
            preferred_channels: profile.preferred_channels.clone(),
            language: profile.language.into(),
            time_zone: profile.time_zone.clone(),
        }
    }

    fn profile(self) -> Result<(Profile, Vec<Mark>)> {
        let skill = |(name, years, last_used_year)| Skill { name, years, last_used_year };
        let profile = Profile {
            display_name: self.display_name,
            city: self.city,
            title: self.title,
            company: self.company,
            years: self.years,
            skills: self.skills.into_iter().map(skill).collect(),
            summary: self.summary,
            education: self.education,
            employment: self.employment,
            intent: self.intent,
            preferred_channels: self.preferred_channels,
            language: Language::try_from(self.language)
                .map_err(|error| Error::internal("a merge holds an unknown language", &error))?,
            time_zone: self.time_zone,
            ..Profile::unknown()
        };
        Ok((profile, self.points))
    }
}

pub async fn insert(tx: &mut TenantTx, merge: &Merge) -> Result<()> {
    let tenant = tx.tenant();
    let record = &merge.record;
    sqlx::query(
        "INSERT INTO merges (tenant_id, merge_id, survivor_id, absorbed_id, state, choices, before, after,
            absorbed_points, survivor_version, actor, create_time)
         VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(tenant)
    .bind(merge.id)
    .bind(merge.survivor)
    .bind(merge.absorbed)
    .bind(Json(&merge.choices))
    .bind(Json(Kept::of(&record.before, &record.marks_before)))
    .bind(Json(Kept::of(&record.after, &record.marks_after)))
    .bind(Json(&record.marks_absorbed))
    .bind(record.survivor_version)
    .bind(&merge.actor)
    .bind(merge.create_time)
    .execute(tx.conn())
    .await
    .on_constraint("merges_one_each", || {
        Error::aborted("CONCURRENT_CHANGE", "somebody else has just merged one of them")
    })?;
    Ok(())
}

/// Writes down that a merge is undone.
pub async fn undo(tx: &mut TenantTx, id: MergeId, undone: &Undone) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("UPDATE merges SET state = 2, undo_actor = $3, undo_time = $4 WHERE tenant_id = $1 AND merge_id = $2")
        .bind(tenant)
        .bind(id)
        .bind(&undone.actor)
        .bind(undone.time)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Those who were one with some of these people, were parted from them and are not among them.
pub async fn parted_from(tx: &mut TenantTx, people: &[CandidateId]) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let others = sqlx::query_scalar(
        "SELECT candidate_id FROM candidates WHERE tenant_id = $1 AND candidate_id <> ALL ($2) AND candidate_id IN (
             SELECT absorbed_id FROM merges WHERE tenant_id = $1 AND survivor_id = ANY ($2) AND state = 2
             UNION SELECT survivor_id FROM merges WHERE tenant_id = $1 AND absorbed_id = ANY ($2) AND state = 2)
         ORDER BY candidate_id",
    )
    .bind(tenant)
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    Ok(others)
}

pub async fn get(tx: &mut TenantTx, id: MergeId) -> Result<Merge> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM merges WHERE tenant_id = $1 AND merge_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.merge()
}

/// The merge in force that builds on this one most directly: the one that made the survivor part of somebody else, or the
/// last by which the survivor took on somebody. That is the given one itself when nothing builds on it.
pub async fn last_of(tx: &mut TenantTx, survivor: CandidateId) -> Result<Option<MergeId>> {
    let tenant = tx.tenant();
    let last = sqlx::query_scalar(
        "SELECT merge_id FROM merges
         WHERE tenant_id = $1 AND state = 1 AND (absorbed_id = $2 OR survivor_id = $2)
         ORDER BY absorbed_id = $2 DESC, survivor_version DESC LIMIT 1",
    )
    .bind(tenant)
    .bind(survivor)
    .fetch_optional(tx.conn())
    .await?;
    Ok(last)
}

/// One page, newest first.
pub async fn list(tx: &mut TenantTx, candidate: Option<CandidateId>, page: &Page) -> Result<Vec<Merge>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM merges
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR survivor_id = $2 OR absorbed_id = $2)
           AND ($3::timestamptz IS NULL OR (create_time, merge_id) < ($3, $4))
         ORDER BY create_time DESC, merge_id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::merge).collect()
}

fn not_found() -> Error {
    Error::not_found("MERGE_NOT_FOUND", "there is no such merge")
}
