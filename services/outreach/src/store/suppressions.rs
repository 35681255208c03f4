//! The table `suppressions`.

use chassis::{Error, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::outreach::v1::{ContactPurpose, SuppressionKind};

use super::known;
use crate::domain::{
    gate::suppression::SuppressionId,
    message::{CandidateId, MessageId},
};

/// A suppression with all that is known of it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: SuppressionId,
    pub kind: SuppressionKind,
    pub candidate_id: CandidateId,
    pub channel: String,
    pub purpose: ContactPurpose,
    pub message_id: Option<MessageId>,
    pub reason: String,
    pub actor: String,
    pub create_time: DateTime<Utc>,
    pub lift_time: Option<DateTime<Utc>>,
    pub lift_actor: String,
    pub lift_reason: String,
}

#[derive(FromRow)]
struct Row {
    suppression_id: SuppressionId,
    kind: i16,
    candidate_id: CandidateId,
    channel: String,
    purpose: i16,
    message_id: Option<MessageId>,
    reason: String,
    actor: String,
    create_time: DateTime<Utc>,
    lift_time: Option<DateTime<Utc>>,
    lift_actor: String,
    lift_reason: String,
}

impl Row {
    fn entry(self) -> Result<Entry> {
        Ok(Entry {
            id: self.suppression_id,
            kind: known(self.kind)?,
            candidate_id: self.candidate_id,
            channel: self.channel,
            purpose: known(self.purpose)?,
            message_id: self.message_id,
            reason: self.reason,
            actor: self.actor,
            create_time: self.create_time,
            lift_time: self.lift_time,
            lift_actor: self.lift_actor,
            lift_reason: self.lift_reason,
        })
    }
}

/// What is to be noted.
#[derive(Debug)]
pub struct New<'new> {
    pub kind: SuppressionKind,
    pub candidate_id: CandidateId,
    pub channel: &'new str,
    pub purpose: ContactPurpose,
    pub address_hash: Option<&'new [u8]>,
    pub reason: &'new str,
}

/// Notes one; the one that is known where there is one already.
pub async fn insert(tx: &mut TenantTx, new: &New<'_>) -> Result<Entry> {
    let (tenant, now, actor) = (tx.tenant(), tx.now(), tx.ctx().actor.clone());
    let inserted: Option<Row> = sqlx::query_as(
        "INSERT INTO suppressions (tenant_id, suppression_id, kind, candidate_id, channel, purpose, address_hash, reason,
                                   actor, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING *",
    )
    .bind(tenant)
    .bind(SuppressionId::new())
    .bind(i32::from(new.kind))
    .bind(new.candidate_id)
    .bind(new.channel)
    .bind(i32::from(new.purpose))
    .bind(new.address_hash)
    .bind(new.reason)
    .bind(actor.as_str())
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    match inserted {
        Some(row) => row.entry(),
        None => same(tx, new).await,
    }
}

async fn same(tx: &mut TenantTx, new: &New<'_>) -> Result<Entry> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM suppressions WHERE tenant_id = $1 AND lift_time IS NULL AND kind = $2
           AND (address_hash = $6 OR $6 IS NULL AND candidate_id = $3 AND channel = $4 AND purpose = $5)",
    )
    .bind(tenant)
    .bind(i32::from(new.kind))
    .bind(new.candidate_id)
    .bind(new.channel)
    .bind(i32::from(new.purpose))
    .bind(new.address_hash)
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(|| Error::aborted("SUPPRESSION_CHANGED", "it was lifted just now; try again"))?.entry()
}

/// Notes that nobody is reached where a message went, or was to go. Nothing where that is not known.
pub async fn insert_bounce(tx: &mut TenantTx, message: MessageId, reason: &str) -> Result<()> {
    let (tenant, now, actor) = (tx.tenant(), tx.now(), tx.ctx().actor.clone());
    sqlx::query(
        "INSERT INTO suppressions (tenant_id, suppression_id, kind, candidate_id, channel, purpose, address_hash,
                                   message_id, reason, actor, create_time)
         SELECT m.tenant_id, $3, 1, coalesce(m.origin_candidate_id, m.candidate_id), m.channel, 0, m.address_hash,
                m.message_id, $4, $5, $6
         FROM messages m WHERE m.tenant_id = $1 AND m.message_id = $2 AND m.address_hash IS NOT NULL
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(message)
    .bind(SuppressionId::new())
    .bind(reason)
    .bind(actor.as_str())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Lifts one that holds. The answer is the one that there is now.
pub async fn lift(tx: &mut TenantTx, id: SuppressionId, reason: &str) -> Result<Entry> {
    let (tenant, now, actor) = (tx.tenant(), tx.now(), tx.ctx().actor.clone());
    sqlx::query(
        "UPDATE suppressions SET lift_time = $3, lift_actor = $4, lift_reason = $5
         WHERE tenant_id = $1 AND suppression_id = $2 AND lift_time IS NULL",
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .bind(actor.as_str())
    .bind(reason)
    .execute(tx.conn())
    .await?;
    let row: Option<Row> = sqlx::query_as("SELECT * FROM suppressions WHERE tenant_id = $1 AND suppression_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(|| Error::not_found("SUPPRESSION_NOT_FOUND", "there is no such suppression"))?.entry()
}

/// Lifts what staff has noted as these people's opt-out from a purpose on a channel; on all of them where none is named.
pub async fn lift_opt_outs(
    tx: &mut TenantTx,
    people: &[CandidateId],
    purpose: ContactPurpose,
    channel: &str,
) -> Result<()> {
    let (tenant, now, actor) = (tx.tenant(), tx.now(), tx.ctx().actor.clone());
    sqlx::query(
        "UPDATE suppressions SET lift_time = $5, lift_actor = $6, lift_reason = 'the person allows it'
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND kind = 3 AND purpose = $3 AND lift_time IS NULL
           AND ($4 = '' OR channel = $4)",
    )
    .bind(tenant)
    .bind(people)
    .bind(i32::from(purpose))
    .bind(channel)
    .bind(now)
    .bind(actor.as_str())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Which of them a list shows.
#[derive(Debug)]
pub struct Filter {
    /// Those of these people; `None` means everybody's.
    pub people: Option<Vec<CandidateId>>,
    /// `Unspecified` means every kind.
    pub kind: SuppressionKind,
    pub lifted_too: bool,
}

pub async fn list(tx: &mut TenantTx, page: &Page, filter: &Filter) -> Result<Vec<Entry>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM suppressions
         WHERE tenant_id = $1 AND ($2::uuid[] IS NULL OR candidate_id = ANY ($2)) AND ($3 = 0 OR kind = $3)
           AND ($4 OR lift_time IS NULL)
           AND ($5::timestamptz IS NULL OR (create_time, suppression_id) < ($5, $6))
         ORDER BY create_time DESC, suppression_id DESC LIMIT $7",
    )
    .bind(tenant)
    .bind(&filter.people)
    .bind(i32::from(filter.kind))
    .bind(filter.lifted_too)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::entry).collect()
}
