//! The table `turns`: whose turn it is in each application. A row is locked after everything else.

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

/// The candidate got a word that speaks of no interview. Words may be heard of out of their order.
pub async fn word(tx: &mut TenantTx, id: ApplicationId, time: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("UPDATE turns SET word_time = greatest(word_time, $3) WHERE tenant_id = $1 AND application_id = $2")
        .bind(tenant)
        .bind(id)
        .bind(time)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Nobody else decides on it before this transaction ends; `None` when there is no such application.
pub async fn lock(tx: &mut TenantTx, id: ApplicationId) -> Result<Option<Held>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM turns WHERE tenant_id = $1 AND application_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::held).transpose()
}

/// As [`lock`], or `None` when somebody else is at it just now.
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

/// What an application's interviews say of its turn.
pub async fn meetings(tx: &mut TenantTx, id: ApplicationId) -> Result<Vec<Meeting>> {
    #[derive(FromRow)]
    struct Met {
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
        "SELECT state, invitation_state, start_time, duration_seconds, offered_times, hold_until, turn_time FROM interviews
         WHERE tenant_id = $1 AND application_id = $2 ORDER BY interview_id",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    let meeting = |met: Met| {
        Ok(Meeting {
            state: known(met.state)?,
            invitation: Invitation::of(met.invitation_state).ok_or_else(|| unknown(met.invitation_state))?,
            start_time: met.start_time,
            duration: TimeDelta::seconds(met.duration_seconds.into()),
            offered_times: met.offered_times,
            hold_until: met.hold_until,
            turn_time: met.turn_time,
        })
    };
    rows.into_iter().map(meeting).collect()
}

/// Writes what was decided.
pub async fn update(tx: &mut TenantTx, held: &Held) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE turns SET turn = $3, since = coalesce($4, since), reason = coalesce($5, reason), until = $6,
                          breaches = $7, settings_version = $8
         WHERE tenant_id = $1 AND application_id = $2",
    )
    .bind(tenant)
    .bind(held.application_id)
    .bind(held.turn.map(|turn| turn.whose as i32))
    .bind(held.turn.map(|turn| turn.since))
    .bind(held.turn.map(|turn| turn.reason as i32))
    .bind(held.turn.and_then(|turn| turn.until))
    .bind(i32::try_from(held.breaches).unwrap_or(i32::MAX))
    .bind(held.settings_version)
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
