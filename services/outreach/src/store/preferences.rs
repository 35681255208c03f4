//! The table `contact_preferences`: what people have said, word by word; the last one holds.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::outreach::v1::ContactPurpose;
use uuid::Uuid;

use super::known;
use crate::domain::{
    gate::preference::{Wish, Wishes},
    message::CandidateId,
};

#[derive(FromRow)]
struct Row {
    purpose: i16,
    channel: String,
    allowed: bool,
    create_time: DateTime<Utc>,
    actor: String,
}

impl Row {
    fn wish(self) -> Result<Wish> {
        Ok(Wish {
            purpose: known(self.purpose)?,
            channel: self.channel,
            allowed: self.allowed,
            time: self.create_time,
            actor: self.actor,
        })
    }
}

/// Notes a word of a person's.
pub async fn insert(
    tx: &mut TenantTx,
    candidate: CandidateId,
    (purpose, channel, allowed): (ContactPurpose, &str, bool),
    reason: &str,
) -> Result<()> {
    let (tenant, now, actor) = (tx.tenant(), tx.now(), tx.ctx().actor.clone());
    sqlx::query(
        "INSERT INTO contact_preferences (tenant_id, preference_id, candidate_id, purpose, channel, allowed, reason, actor,
                                          create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(Uuid::now_v7())
    .bind(candidate)
    .bind(i32::from(purpose))
    .bind(channel)
    .bind(allowed)
    .bind(reason)
    .bind(actor.as_str())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What holds of all that these people, who are one, have said.
pub async fn wishes(tx: &mut TenantTx, people: &[CandidateId]) -> Result<Wishes> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT DISTINCT ON (purpose, channel) purpose, channel, allowed, create_time, actor FROM contact_preferences
         WHERE tenant_id = $1 AND candidate_id = ANY ($2)
         ORDER BY purpose, channel, create_time DESC, preference_id DESC",
    )
    .bind(tenant)
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    Ok(Wishes(rows.into_iter().map(Row::wish).collect::<Result<_>>()?))
}
