//! The tables `verdicts` and `attempts`, within one tenant: what is known of a message besides itself.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::message::{Attempt, MessageId, Verdict};

/// Keeps what the gates said of messages.
pub async fn insert_verdicts(tx: &mut TenantTx, said: &[(MessageId, &[Verdict])]) -> Result<()> {
    let tenant = tx.tenant();
    let all = || said.iter().flat_map(|(id, verdicts)| verdicts.iter().map(|verdict| (*id, verdict)));
    let places = said.iter().flat_map(|(_, verdicts)| (1_i32..).zip(*verdicts).map(|(place, _)| place));
    sqlx::query(
        "INSERT INTO verdicts (tenant_id, message_id, place, gate, passed, reason, detail, time)
         SELECT $1, * FROM unnest($2::uuid[], $3::int[], $4::text[], $5::bool[], $6::text[], $7::text[], $8::timestamptz[])",
    )
    .bind(tenant)
    .bind(all().map(|(id, _)| id).collect::<Vec<_>>())
    .bind(places.collect::<Vec<_>>())
    .bind(all().map(|(_, verdict)| verdict.gate.as_str()).collect::<Vec<_>>())
    .bind(all().map(|(_, verdict)| verdict.passed).collect::<Vec<_>>())
    .bind(all().map(|(_, verdict)| verdict.reason.as_str()).collect::<Vec<_>>())
    .bind(all().map(|(_, verdict)| verdict.detail.as_str()).collect::<Vec<_>>())
    .bind(all().map(|(_, verdict)| verdict.time).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn verdicts(tx: &mut TenantTx, id: MessageId) -> Result<Vec<Verdict>> {
    #[derive(FromRow)]
    struct Said {
        gate: String,
        passed: bool,
        reason: String,
        detail: String,
        time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let said: Vec<Said> = sqlx::query_as(
        "SELECT gate, passed, reason, detail, time FROM verdicts WHERE tenant_id = $1 AND message_id = $2 ORDER BY place",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    Ok(said
        .into_iter()
        .map(|said| Verdict {
            gate: said.gate,
            passed: said.passed,
            reason: said.reason,
            detail: said.detail,
            time: said.time,
        })
        .collect())
}

/// The tries that have ended.
pub async fn attempts(tx: &mut TenantTx, id: MessageId) -> Result<Vec<Attempt>> {
    #[derive(FromRow)]
    struct Ended {
        number: i32,
        start_time: DateTime<Utc>,
        end_time: Option<DateTime<Utc>>,
        succeeded: bool,
        error: String,
    }
    let tenant = tx.tenant();
    let ended: Vec<Ended> = sqlx::query_as(
        "SELECT number, start_time, end_time, succeeded, error FROM attempts
         WHERE tenant_id = $1 AND message_id = $2 ORDER BY number",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    Ok(ended
        .into_iter()
        .map(|ended| Attempt {
            number: ended.number,
            start_time: ended.start_time,
            end_time: ended.end_time,
            succeeded: ended.succeeded,
            error: ended.error,
        })
        .collect())
}
