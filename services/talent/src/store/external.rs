//! The tables `external_activities` and `external_pages`.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::talent::v1::ExternalActivityState;

use crate::{
    domain::{
        candidate::CandidateId,
        external::{Activity, ActivityId, Content},
    },
    keys::TenantKey,
};

/// By what a sighting is known without opening it.
#[derive(Debug)]
pub struct Names {
    pub blind: Vec<u8>,
    pub fingerprint: Vec<u8>,
}

#[derive(FromRow)]
struct Row {
    activity_id: ActivityId,
    candidate_id: CandidateId,
    source: String,
    fingerprint: Vec<u8>,
    time: DateTime<Utc>,
    state: i16,
    changed_fields: Vec<String>,
    applied_fields: Vec<String>,
    key_version: i16,
    sealed: Vec<u8>,
    actor: String,
    version: i64,
    create_time: DateTime<Utc>,
}

impl Row {
    fn activity(self, key: &TenantKey) -> Result<Activity> {
        let plain = key.open_activity(self.activity_id, self.key_version, &self.sealed)?;
        let content: Content = serde_json::from_slice(&plain)
            .map_err(|_| Error::internal("a sealed sighting does not read", &self.activity_id))?;
        Ok(Activity {
            id: self.activity_id,
            candidate: self.candidate_id,
            source: self.source,
            time: self.time,
            state: ExternalActivityState::try_from(i32::from(self.state))
                .map_err(|error| Error::internal("a row holds an unknown state of a sighting", &error))?,
            changed_fields: self.changed_fields,
            applied_fields: self.applied_fields,
            content,
            actor: self.actor,
            version: self.version,
            create_time: self.create_time,
        })
    }
}

/// Sightings, each with whoever stands for the person now.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT seen.activity_id, coalesce(person.merged_into, person.candidate_id) AS candidate_id, seen.source,
                seen.fingerprint, seen.time, seen.state, seen.changed_fields, seen.applied_fields, seen.key_version,
                seen.sealed, seen.actor, seen.version, seen.create_time
             FROM external_activities seen JOIN candidates person USING (tenant_id, candidate_id) WHERE tenant_id = $1 AND ",
            $rest
        )
    };
}

/// Writes a sighting. False when one of its name is there already, which stays as it is.
pub async fn insert(tx: &mut TenantTx, key: &TenantKey, activity: &Activity, names: &Names) -> Result<bool> {
    let tenant = tx.tenant();
    let plain = serde_json::to_vec(&activity.content)
        .map_err(|_| Error::internal("a sighting can not be written", &activity.id))?;
    let written = sqlx::query(
        "INSERT INTO external_activities (tenant_id, activity_id, candidate_id, source, blind, fingerprint, time, state,
            changed_fields, applied_fields, key_version, sealed, actor, version, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT ON CONSTRAINT external_activities_once DO NOTHING",
    )
    .bind(tenant)
    .bind(activity.id)
    .bind(activity.candidate)
    .bind(&activity.source)
    .bind(&names.blind)
    .bind(&names.fingerprint)
    .bind(activity.time)
    .bind(i32::from(activity.state))
    .bind(&activity.changed_fields)
    .bind(&activity.applied_fields)
    .bind(key.sealing())
    .bind(key.seal_activity(activity.id, &plain)?)
    .bind(&activity.actor)
    .bind(activity.version)
    .bind(activity.create_time)
    .execute(tx.conn())
    .await?;
    Ok(written.rows_affected() > 0)
}

/// Writes what was decided of a sighting.
pub async fn update(tx: &mut TenantTx, activity: &Activity) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE external_activities SET state = $3, applied_fields = $4, version = $5
         WHERE tenant_id = $1 AND activity_id = $2",
    )
    .bind(tenant)
    .bind(activity.id)
    .bind(i32::from(activity.state))
    .bind(&activity.applied_fields)
    .bind(activity.version)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One sighting.
pub async fn get(tx: &mut TenantTx, key: &TenantKey, id: ActivityId) -> Result<Activity> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as(select!("activity_id = $2")).bind(tenant).bind(id).fetch_optional(tx.conn()).await?;
    row.ok_or_else(not_found)?.activity(key)
}

/// As [`get`], and nobody else decides of it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, key: &TenantKey, id: ActivityId) -> Result<Activity> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(select!("activity_id = $2 FOR UPDATE OF seen"))
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.activity(key)
}

/// The sighting of that name, with the hash of what was said of it.
pub async fn of_blind(tx: &mut TenantTx, key: &TenantKey, blind: &[u8]) -> Result<(Activity, Vec<u8>)> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as(select!("blind = $2")).bind(tenant).bind(blind).fetch_optional(tx.conn()).await?;
    let row = row.ok_or_else(not_found)?;
    let fingerprint = row.fingerprint.clone();
    Ok((row.activity(key)?, fingerprint))
}

/// One page of what was seen of a person, given by all who are part of them, latest first.
pub async fn list(tx: &mut TenantTx, key: &TenantKey, members: &[CandidateId], page: &Page) -> Result<Vec<Activity>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(select!(
        "candidate_id = ANY ($2) AND ($3::timestamptz IS NULL OR (time, activity_id) < ($3, $4))
         ORDER BY time DESC, activity_id DESC LIMIT $5"
    ))
    .bind(tenant)
    .bind(members)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| row.activity(key)).collect()
}

/// Its place in the order.
pub fn cursor(activity: &Activity) -> Cursor {
    Cursor { time: activity.time, id: activity.id.0 }
}

/// Whose page it is known to be.
pub async fn owner_of_page(tx: &mut TenantTx, blind: &[u8]) -> Result<Option<CandidateId>> {
    let tenant = tx.tenant();
    let owner = sqlx::query_scalar("SELECT candidate_id FROM external_pages WHERE tenant_id = $1 AND blind = $2")
        .bind(tenant)
        .bind(blind)
        .fetch_optional(tx.conn())
        .await?;
    Ok(owner)
}

/// A page is known to be somebody's; one that is known stays whose it is.
pub async fn insert_page(tx: &mut TenantTx, blind: &[u8], candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO external_pages (tenant_id, blind, candidate_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(blind)
    .bind(candidate)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Seals anew what other versions of the key have sealed, at most so many. How many there were.
pub async fn seal_anew(tx: &mut TenantTx, key: &TenantKey, limit: i64) -> Result<usize> {
    let tenant = tx.tenant();
    let old: Vec<(ActivityId, i16, Vec<u8>)> = sqlx::query_as(
        "SELECT activity_id, key_version, sealed FROM external_activities
         WHERE tenant_id = $1 AND key_version <> $2 ORDER BY activity_id LIMIT $3 FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(key.sealing())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    for (id, version, sealed) in &old {
        let anew = key.seal_activity(*id, &key.open_activity(*id, *version, sealed)?)?;
        sqlx::query(
            "UPDATE external_activities SET key_version = $3, sealed = $4 WHERE tenant_id = $1 AND activity_id = $2",
        )
        .bind(tenant)
        .bind(id)
        .bind(key.sealing())
        .bind(anew)
        .execute(tx.conn())
        .await?;
    }
    Ok(old.len())
}

fn not_found() -> Error {
    Error::not_found("EXTERNAL_ACTIVITY_NOT_FOUND", "there is no such sighting")
}
