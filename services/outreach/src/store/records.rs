//! The tables `verdicts` and `attempts`, within one tenant: what is known of a message besides itself.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::message::{Attempt, MessageId, Verdict};

/// Keeps what the gates said of messages, after what they have said before.
pub async fn insert_verdicts(tx: &mut TenantTx, said: &[(MessageId, &[Verdict])]) -> Result<()> {
    let tenant = tx.tenant();
    let all: Vec<(MessageId, i32, &Verdict)> = said
        .iter()
        .flat_map(|(id, verdicts)| (1_i32..).zip(*verdicts).map(|(place, verdict)| (*id, place, verdict)))
        .collect();
    sqlx::query(
        "WITH before AS (
             SELECT v.message_id, max(v.place) AS place FROM verdicts v
             WHERE v.tenant_id = $1 AND v.message_id = ANY ($2) GROUP BY v.message_id
         )
         INSERT INTO verdicts (tenant_id, message_id, place, gate, passed, reason, detail, time, defer_until)
         SELECT $1, said.id, said.place + coalesce(before.place, 0), said.gate, said.passed, said.reason, said.detail,
                said.time, said.defer_until
         FROM unnest($2::uuid[], $3::int[], $4::text[], $5::bool[], $6::text[], $7::text[], $8::timestamptz[],
                     $9::timestamptz[]) AS said (id, place, gate, passed, reason, detail, time, defer_until)
         LEFT JOIN before ON before.message_id = said.id",
    )
    .bind(tenant)
    .bind(all.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
    .bind(all.iter().map(|(_, place, _)| *place).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., verdict)| verdict.gate.as_str()).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., verdict)| verdict.passed).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., verdict)| verdict.reason.as_str()).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., verdict)| verdict.detail.as_str()).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., verdict)| verdict.time).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., verdict)| verdict.defer_until).collect::<Vec<_>>())
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
        defer_until: Option<DateTime<Utc>>,
    }
    let tenant = tx.tenant();
    let said: Vec<Said> = sqlx::query_as(
        "SELECT gate, passed, reason, detail, time, defer_until FROM verdicts
         WHERE tenant_id = $1 AND message_id = $2 ORDER BY place",
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
            defer_until: said.defer_until,
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
        channel: String,
    }
    let tenant = tx.tenant();
    let ended: Vec<Ended> = sqlx::query_as(
        "SELECT number, start_time, end_time, succeeded, error, channel FROM attempts
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
            channel: ended.channel,
        })
        .collect())
}
