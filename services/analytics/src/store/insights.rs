//! The tables `insights` and `looks`: what passes found.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use usher_proto::analytics::v1::InsightWithdrawal;
use uuid::Uuid;

use crate::domain::insight::finding::{Finding, InsightId};

/// A withdrawn finding is kept for so many days.
const KEPT_DAYS: i32 = 400;
/// So many withdrawn ones are listed.
const LISTED: i64 = 100;

/// A finding, and since when it is one.
#[derive(Debug, Clone)]
pub struct Kept {
    pub id: InsightId,
    pub finding: Finding,
    pub create_time: DateTime<Utc>,
    pub confirm_time: DateTime<Utc>,
    pub withdraw_time: Option<DateTime<Utc>>,
    pub withdrawal: InsightWithdrawal,
}

#[derive(FromRow)]
struct Row {
    insight_id: InsightId,
    finding: serde_json::Value,
    create_time: DateTime<Utc>,
    confirm_time: DateTime<Utc>,
    withdraw_time: Option<DateTime<Utc>>,
    withdrawal: i16,
}

impl Row {
    /// `None` where another program wrote it in a way that this one does not read.
    fn kept(self) -> Option<Kept> {
        let Self { insight_id: id, finding, create_time, confirm_time, withdraw_time, withdrawal } = self;
        let finding = serde_json::from_value(finding).ok()?;
        let withdrawal = InsightWithdrawal::try_from(i32::from(withdrawal)).unwrap_or_default();
        Some(Kept { id, finding, create_time, confirm_time, withdraw_time, withdrawal })
    }
}

/// Lets nobody else look at the tenant's comparisons before this transaction ends.
pub async fn hold(tx: &mut TenantTx) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('look/' || $1::text, 0))")
        .bind(tenant.0.to_string())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Those that hold, the weightiest first.
pub async fn holding(tx: &mut TenantTx) -> Result<Vec<Kept>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> =
        sqlx::query_as("SELECT * FROM insights WHERE tenant_id = $1 AND withdraw_time IS NULL ORDER BY place, topic")
            .bind(tenant)
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().filter_map(Row::kept).collect())
}

/// Those that were withdrawn, the last one first.
pub async fn withdrawn(tx: &mut TenantTx) -> Result<Vec<Kept>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM insights WHERE tenant_id = $1 AND withdraw_time IS NOT NULL
         ORDER BY withdraw_time DESC, place, topic LIMIT $2",
    )
    .bind(tenant)
    .bind(LISTED)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(Row::kept).collect())
}

/// Keeps what was found, in the order of their weight: what is known is confirmed.
pub async fn confirm(tx: &mut TenantTx, findings: &[Finding]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let ids: Vec<Uuid> = findings.iter().map(|_| InsightId::new().0).collect();
    let topics: Vec<String> = findings.iter().map(Finding::topic).collect();
    let bodies: Vec<Json<&Finding>> = findings.iter().map(Json).collect();
    sqlx::query(
        "INSERT INTO insights (tenant_id, insight_id, topic, finding, place, create_time, confirm_time)
         SELECT $1, id, topic, finding, place, $5, $5
         FROM unnest($2::uuid[], $3::text[], $4::jsonb[]) WITH ORDINALITY AS new (id, topic, finding, place)
         ON CONFLICT (tenant_id, topic) WHERE withdraw_time IS NULL DO UPDATE
             SET finding = excluded.finding, place = excluded.place, confirm_time = excluded.confirm_time",
    )
    .bind(tenant)
    .bind(ids)
    .bind(topics)
    .bind(bodies)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Withdraws what holds no more, of every topic with its reason, and lets go of what was withdrawn long ago.
pub async fn withdraw(tx: &mut TenantTx, withdrawn: &[(String, InsightWithdrawal)]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let topics: Vec<&str> = withdrawn.iter().map(|(topic, _)| topic.as_str()).collect();
    let reasons: Vec<i32> = withdrawn.iter().map(|(_, reason)| (*reason).into()).collect();
    sqlx::query(
        "UPDATE insights SET withdraw_time = $4, withdrawal = gone.reason::smallint
         FROM unnest($2::text[], $3::integer[]) AS gone (topic, reason)
         WHERE tenant_id = $1 AND insights.topic = gone.topic AND withdraw_time IS NULL",
    )
    .bind(tenant)
    .bind(topics)
    .bind(reasons)
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query("DELETE FROM insights WHERE tenant_id = $1 AND withdraw_time < $2 - make_interval(days => $3)")
        .bind(tenant)
        .bind(now)
        .bind(KEPT_DAYS)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The topics of those that hold, also of those that this program does not read.
pub async fn topics(tx: &mut TenantTx) -> Result<Vec<String>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT topic FROM insights WHERE tenant_id = $1 AND withdraw_time IS NULL")
        .bind(tenant)
        .fetch_all(tx.conn())
        .await?)
}

/// When the last pass looked.
pub async fn looked(tx: &mut TenantTx) -> Result<Option<DateTime<Utc>>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT look_time FROM looks WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_optional(tx.conn())
        .await?)
}

/// A pass has looked.
pub async fn note_look(tx: &mut TenantTx) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO looks (tenant_id, look_time) VALUES ($1, $2)
         ON CONFLICT (tenant_id) DO UPDATE SET look_time = excluded.look_time",
    )
    .bind(tenant)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
