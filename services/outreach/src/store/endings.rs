//! What came of tries, for many messages of a tenant in few statements.

use std::collections::HashMap;

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{known, messages, queue};
use crate::domain::{
    ending::Standing,
    message::{Attempt, MessageId},
};

/// How messages stand, those that there are; nobody changes them before this transaction ends.
pub async fn standing(tx: &mut TenantTx, ids: &[MessageId]) -> Result<HashMap<MessageId, Standing>> {
    #[derive(FromRow)]
    struct Row {
        message_id: MessageId,
        state: i16,
        tries: Option<i32>,
        tries_allowed: Option<i32>,
        claimed: bool,
    }
    messages::hold(tx, ids).await?;
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT m.message_id, m.state, o.tries, o.tries_allowed, coalesce(o.claimed, false) AS claimed
         FROM messages m LEFT JOIN open_messages o ON o.tenant_id = m.tenant_id AND o.message_id = m.message_id
         WHERE m.tenant_id = $1 AND m.message_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let standing = Standing {
                state: known(row.state)?,
                trying: row.tries.filter(|_| row.claimed),
                tries_allowed: row.tries_allowed.unwrap_or_default(),
            };
            Ok((row.message_id, standing))
        })
        .collect()
}

/// Notes how tries ended. One that was taken for lost and ends after all ends as it says.
pub async fn note_attempts(tx: &mut TenantTx, attempts: &[(MessageId, Attempt)]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO attempts (tenant_id, message_id, number, start_time, end_time, succeeded, error, channel)
         SELECT $1, id, number, start_time, $2, succeeded, error, channel
         FROM unnest($3::uuid[], $4::int[], $5::timestamptz[], $6::bool[], $7::text[], $8::text[])
             AS said (id, number, start_time, succeeded, error, channel)
         ON CONFLICT (tenant_id, message_id, number) DO UPDATE
             SET end_time = excluded.end_time, succeeded = excluded.succeeded, error = excluded.error
             WHERE NOT attempts.succeeded",
    )
    .bind(tenant)
    .bind(now)
    .bind(attempts.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(attempts.iter().map(|(_, attempt)| attempt.number).collect::<Vec<_>>())
    .bind(attempts.iter().map(|(_, attempt)| attempt.start_time).collect::<Vec<_>>())
    .bind(attempts.iter().map(|(_, attempt)| attempt.succeeded).collect::<Vec<_>>())
    .bind(attempts.iter().map(|(_, attempt)| attempt.error.as_str()).collect::<Vec<_>>())
    .bind(attempts.iter().map(|(_, attempt)| attempt.channel.as_str()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Messages that are sent, each with the number of the try that did it.
pub async fn sent(tx: &mut TenantTx, ended: &[(MessageId, i32)]) -> Result<()> {
    end(tx, ended, 4).await
}

/// Messages that are given up.
pub async fn given_up(tx: &mut TenantTx, ended: &[(MessageId, i32)]) -> Result<()> {
    end(tx, ended, 5).await
}

async fn end(tx: &mut TenantTx, ended: &[(MessageId, i32)], state: i32) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.tenant(), tx.now());
    let ids: Vec<MessageId> = ended.iter().map(|(id, _)| *id).collect();
    sqlx::query(
        "UPDATE messages m SET state = $2, tries = greatest(m.tries, said.tries),
             send_time = CASE $2 WHEN 4 THEN $3 ELSE m.send_time END
         FROM unnest($4::uuid[], $5::int[]) AS said (id, tries)
         WHERE m.tenant_id = $1 AND m.message_id = said.id",
    )
    .bind(tenant)
    .bind(state)
    .bind(now)
    .bind(&ids)
    .bind(ended.iter().map(|(_, tries)| *tries).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    queue::remove(tx, &ids).await
}

/// Messages that are tried again, each not before its time.
pub async fn again(tx: &mut TenantTx, later: &[(MessageId, DateTime<Utc>)]) -> Result<()> {
    if later.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE open_messages o SET step = 2, claimed = false, next_time = said.next_time
         FROM unnest($2::uuid[], $3::timestamptz[]) AS said (id, next_time)
         WHERE o.tenant_id = $1 AND o.message_id = said.id",
    )
    .bind(tenant)
    .bind(later.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(later.iter().map(|(_, time)| *time).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}
