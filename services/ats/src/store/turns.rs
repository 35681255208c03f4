//! The table `turns`: whose turn it is in each application. A row is locked after everything else.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use usher_proto::ats::v1::{Turn as Whose, TurnReason};
use uuid::Uuid;

use super::{known, unknown};
use crate::domain::{
    application::ApplicationId,
    interview::Invitation,
    turn::{Meeting, Turn},
};

/// What is kept of an application's turn.
#[derive(Debug, Clone)]
pub struct Held {
    pub application_id: ApplicationId,
    /// Since when the application is live.
    pub live_time: DateTime<Utc>,
    /// The last word to the candidate that speaks of no interview.
    pub word_time: Option<DateTime<Utc>>,
    /// `None` when the application has ended.
    pub turn: Option<Turn>,
    /// How often the present wait has outlasted what the tenant allows.
    pub breaches: u32,
    /// By which version of the tenant's settings that is reckoned.
    pub settings_version: i64,
}

#[derive(FromRow)]
struct Row {
    application_id: ApplicationId,
    live_time: DateTime<Utc>,
    word_time: Option<DateTime<Utc>>,
    turn: Option<i16>,
    since: DateTime<Utc>,
    reason: i16,
    until: Option<DateTime<Utc>>,
    breaches: i32,
    settings_version: i64,
}

impl Row {
    fn held(self) -> Result<Held> {
        let reason: TurnReason = known(self.reason)?;
        let whose: Option<Whose> = self.turn.map(known).transpose()?;
        Ok(Held {
            application_id: self.application_id,
            live_time: self.live_time,
            word_time: self.word_time,
            turn: whose.map(|whose| Turn { whose, since: self.since, reason, until: self.until }),
            breaches: u32::try_from(self.breaches).unwrap_or_default(),
            settings_version: self.settings_version,
        })
    }
}

/// An application is live from now on.
pub async fn begin(tx: &mut TenantTx, id: ApplicationId) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO turns (tenant_id, application_id, live_time, since, reason, breaches, settings_version)
         VALUES ($1, $2, $3, $3, $4, 0, 0)
         ON CONFLICT (tenant_id, application_id) DO UPDATE SET live_time = excluded.live_time, word_time = NULL",
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .bind(TurnReason::Applied as i32)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Candidates got words that speak of no interview. They may be heard of out of their order.
pub async fn words(tx: &mut TenantTx, words: &[(ApplicationId, DateTime<Utc>)]) -> Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let (ids, times): (Vec<ApplicationId>, Vec<DateTime<Utc>>) = words.iter().copied().unzip();
    sqlx::query(
        "UPDATE turns SET word_time = greatest(word_time, last.time)
         FROM (SELECT id, max(time) AS time FROM unnest($2::uuid[], $3::timestamptz[]) AS words (id, time) GROUP BY id) last
         WHERE tenant_id = $1 AND application_id = last.id",
    )
    .bind(tenant)
    .bind(&ids)
    .bind(&times)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The turns of those that there are, in the order of their ids. Nobody else decides on them before this transaction ends.
pub async fn lock_all(tx: &mut TenantTx, ids: &[ApplicationId]) -> Result<Vec<Held>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM turns WHERE tenant_id = $1 AND application_id = ANY ($2) ORDER BY application_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::held).collect()
}

/// The turn of one, locked; `None` when there is none, or somebody else is at it just now.
pub async fn lock_unless_busy(tx: &mut TenantTx, id: ApplicationId) -> Result<Option<Held>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM turns WHERE tenant_id = $1 AND application_id = $2 FOR UPDATE SKIP LOCKED")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::held).transpose()
}

/// What the interviews of applications say of their turns.
pub async fn meetings(tx: &mut TenantTx, ids: &[ApplicationId]) -> Result<BTreeMap<ApplicationId, Vec<Meeting>>> {
    #[derive(FromRow)]
    struct Met {
        application_id: ApplicationId,
        state: i16,
        invitation_state: i16,
        start_time: DateTime<Utc>,
        duration_seconds: i32,
        offered_times: Vec<DateTime<Utc>>,
        hold_until: Option<DateTime<Utc>>,
        turn_time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let rows: Vec<Met> = sqlx::query_as(
        "SELECT application_id, state, invitation_state, start_time, duration_seconds, offered_times, hold_until, turn_time
         FROM interviews WHERE tenant_id = $1 AND application_id = ANY ($2) ORDER BY interview_id",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    let mut found: BTreeMap<ApplicationId, Vec<Meeting>> = BTreeMap::new();
    for met in rows {
        let meeting = Meeting {
            state: known(met.state)?,
            invitation: Invitation::of(met.invitation_state).ok_or_else(|| unknown(met.invitation_state))?,
            start_time: met.start_time,
            duration: TimeDelta::seconds(met.duration_seconds.into()),
            offered_times: met.offered_times,
            hold_until: met.hold_until,
            turn_time: met.turn_time,
        };
        found.entry(met.application_id).or_default().push(meeting);
    }
    Ok(found)
}

/// Writes what was decided.
pub async fn update(tx: &mut TenantTx, held: &[Held]) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let turns = |of: fn(Turn) -> i32| held.iter().map(|held| held.turn.map(of)).collect::<Vec<_>>();
    let times =
        |of: fn(Turn) -> Option<DateTime<Utc>>| held.iter().map(|held| held.turn.and_then(of)).collect::<Vec<_>>();
    sqlx::query(
        "UPDATE turns SET turn = new.turn, since = coalesce(new.since, turns.since),
                          reason = coalesce(new.reason, turns.reason), until = new.until, breaches = new.breaches,
                          settings_version = new.settings_version
         FROM unnest($2::uuid[], $3::integer[], $4::timestamptz[], $5::integer[], $6::timestamptz[], $7::integer[],
                     $8::bigint[]) AS new (application_id, turn, since, reason, until, breaches, settings_version)
         WHERE turns.tenant_id = $1 AND turns.application_id = new.application_id",
    )
    .bind(tenant)
    .bind(held.iter().map(|held| held.application_id).collect::<Vec<_>>())
    .bind(turns(|turn| turn.whose as i32))
    .bind(times(|turn| Some(turn.since)))
    .bind(turns(|turn| turn.reason as i32))
    .bind(times(|turn| turn.until))
    .bind(held.iter().map(|held| i32::try_from(held.breaches).unwrap_or(i32::MAX)).collect::<Vec<_>>())
    .bind(held.iter().map(|held| held.settings_version).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Some of those who wait for us by older settings, locked; who is busy just now is passed by.
pub async fn lock_older(tx: &mut TenantTx, version: i64, limit: i64) -> Result<Vec<Held>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM turns WHERE tenant_id = $1 AND turn = 1 AND settings_version < $2
         ORDER BY settings_version, application_id LIMIT $3 FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(version)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::held).collect()
}

/// Whether anybody waits for us by older settings.
pub async fn is_any_older(tx: &mut TenantTx, version: i64) -> Result<bool> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM turns WHERE tenant_id = $1 AND turn = 1 AND settings_version < $2)",
    )
    .bind(tenant)
    .bind(version)
    .fetch_one(tx.conn())
    .await?)
}

/// Writes by which settings these are reckoned, and how often they have outlasted what those allow.
pub async fn reckoned(tx: &mut TenantTx, turns: &[(Uuid, i32)], version: i64) -> Result<()> {
    let tenant = tx.tenant();
    let (ids, breaches): (Vec<Uuid>, Vec<i32>) = turns.iter().copied().unzip();
    sqlx::query(
        "UPDATE turns SET breaches = new.breaches, settings_version = $4
         FROM unnest($2::uuid[], $3::integer[]) AS new (application_id, breaches)
         WHERE turns.tenant_id = $1 AND turns.application_id = new.application_id",
    )
    .bind(tenant)
    .bind(&ids)
    .bind(&breaches)
    .bind(version)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whose turn it is in each of these that is live.
pub async fn of(tx: &mut TenantTx, ids: &[ApplicationId]) -> Result<Vec<(ApplicationId, Turn)>> {
    let tenant = tx.tenant();
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> =
        sqlx::query_as("SELECT * FROM turns WHERE tenant_id = $1 AND application_id = ANY ($2) AND turn IS NOT NULL")
            .bind(tenant)
            .bind(&ids)
            .fetch_all(tx.conn())
            .await?;
    let held: Vec<Held> = rows.into_iter().map(Row::held).collect::<Result<_>>()?;
    Ok(held.into_iter().filter_map(|held| Some((held.application_id, held.turn?))).collect())
}
