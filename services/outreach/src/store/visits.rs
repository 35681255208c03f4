//! The table `visits`.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::outreach::v1::{VisitKind, Visitor};

use super::known;
use crate::domain::message::MessageId;

/// What was noticed.
#[derive(Debug, Clone)]
pub struct Visit {
    pub kind: VisitKind,
    pub link: i16,
    pub visitor: Visitor,
    pub evidence: Vec<String>,
    pub time: DateTime<Utc>,
}

#[derive(FromRow)]
struct Row {
    kind: i16,
    link: i16,
    visitor: i16,
    evidence: Vec<String>,
    time: DateTime<Utc>,
}

/// Keeps it; false when it was noticed before.
pub async fn insert(tx: &mut TenantTx, message: MessageId, visit: &Visit) -> Result<bool> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "INSERT INTO visits (tenant_id, message_id, kind, link, visitor, evidence, time)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(message)
    .bind(visit.kind as i32)
    .bind(visit.link)
    .bind(visit.visitor as i32)
    .bind(&visit.evidence)
    .bind(visit.time)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// All of a message's, oldest first.
pub async fn of(tx: &mut TenantTx, message: MessageId) -> Result<Vec<Visit>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT kind, link, visitor, evidence, time FROM visits
         WHERE tenant_id = $1 AND message_id = $2 ORDER BY time, kind, link, visitor",
    )
    .bind(tenant)
    .bind(message)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Visit {
                kind: known(row.kind)?,
                link: row.link,
                visitor: known(row.visitor)?,
                evidence: row.evidence,
                time: row.time,
            })
        })
        .collect()
}
