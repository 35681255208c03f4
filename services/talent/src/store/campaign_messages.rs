//! The table `campaign_messages`: what outreach was asked for.

use chassis::{Result, SystemTx, TenantId, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::{
    campaign::{BusinessKey, CampaignId, member::Member},
    candidate::CandidateId,
};

/// Writes down what is asked for next: the last message that each of these asks for, of which outreach is asked again from
/// `try_time` on.
pub async fn insert(tx: &mut TenantTx, members: &[Member], try_time: DateTime<Utc>) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO campaign_messages (tenant_id, campaign_id, candidate_id, step, request_time, try_time, message_id,
            recall)
         SELECT $1, said.campaign_id, said.candidate_id, said.step, $2, $3, '', false
         FROM unnest($4::uuid[], $5::uuid[], $6::smallint[]) AS said (campaign_id, candidate_id, step)",
    )
    .bind(tenant)
    .bind(now)
    .bind(try_time)
    .bind(members.iter().map(|member| member.campaign).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.candidate).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.requested).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Outreach is asked again of these from `try_time` on.
pub async fn retry(tx: &mut TenantTx, members: &[Member], try_time: DateTime<Utc>) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE campaign_messages s SET try_time = $2
         FROM unnest($3::uuid[], $4::uuid[], $5::smallint[]) AS said (campaign_id, candidate_id, step)
         WHERE s.tenant_id = $1 AND s.campaign_id = said.campaign_id AND s.candidate_id = said.candidate_id
           AND s.step = said.step",
    )
    .bind(tenant)
    .bind(try_time)
    .bind(members.iter().map(|member| member.campaign).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.candidate).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.requested).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Outreach has it.
pub async fn taken(tx: &mut TenantTx, key: &BusinessKey, message_id: &str) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE campaign_messages SET message_id = $5, try_time = NULL
         WHERE tenant_id = $1 AND campaign_id = $2 AND candidate_id = $3 AND step = $4",
    )
    .bind(tenant)
    .bind(key.campaign)
    .bind(key.candidate)
    .bind(key.step)
    .bind(message_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// It went out.
pub async fn sent(tx: &mut TenantTx, key: &BusinessKey, message_id: &str, time: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE campaign_messages SET message_id = $5, send_time = $6, try_time = NULL, recall = false
         WHERE tenant_id = $1 AND campaign_id = $2 AND candidate_id = $3 AND step = $4",
    )
    .bind(tenant)
    .bind(key.campaign)
    .bind(key.candidate)
    .bind(key.step)
    .bind(message_id)
    .bind(time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// It could not be taken back.
pub async fn keep(tx: &mut TenantTx, key: &BusinessKey) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE campaign_messages SET recall = false, try_time = NULL
         WHERE tenant_id = $1 AND campaign_id = $2 AND candidate_id = $3 AND step = $4",
    )
    .bind(tenant)
    .bind(key.campaign)
    .bind(key.candidate)
    .bind(key.step)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// It never goes out, so nobody is spared another message for its sake.
pub async fn delete(tx: &mut TenantTx, key: &BusinessKey) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "DELETE FROM campaign_messages
         WHERE tenant_id = $1 AND campaign_id = $2 AND candidate_id = $3 AND step = $4 AND send_time IS NULL",
    )
    .bind(tenant)
    .bind(key.campaign)
    .bind(key.candidate)
    .bind(key.step)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Has outreach take back what was asked for these members and has not gone out.
pub async fn recall(tx: &mut TenantTx, members: &[Member]) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE campaign_messages s SET recall = true
         FROM unnest($2::uuid[], $3::uuid[]) AS said (campaign_id, candidate_id)
         WHERE s.tenant_id = $1 AND s.campaign_id = said.campaign_id AND s.candidate_id = said.candidate_id
           AND s.send_time IS NULL",
    )
    .bind(tenant)
    .bind(members.iter().map(|member| member.campaign).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.candidate).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A message that is to be taken back.
#[derive(Debug, FromRow)]
pub struct Recalled {
    pub tenant_id: TenantId,
    pub campaign_id: CampaignId,
    pub candidate_id: CandidateId,
    pub step: i16,
    /// Empty when nobody has noted whether outreach has it.
    pub message_id: String,
}

/// Messages of all tenants that are to be taken back. One of which outreach is being asked just now has to wait.
pub async fn recalled(tx: &mut SystemTx, limit: i64) -> Result<Vec<Recalled>> {
    let now = tx.now();
    let recalled = sqlx::query_as(
        "SELECT tenant_id, campaign_id, candidate_id, step, message_id FROM campaign_messages
         WHERE recall AND (try_time IS NULL OR try_time <= $1) ORDER BY tenant_id, campaign_id LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(recalled)
}

/// How many messages a campaign has asked for since then.
pub async fn count_since(tx: &mut TenantTx, campaign: CampaignId, since: DateTime<Utc>) -> Result<i64> {
    let tenant = tx.tenant();
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM campaign_messages WHERE tenant_id = $1 AND campaign_id = $2 AND request_time > $3",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(since)
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}

/// When other campaigns last asked for a message to these people.
pub async fn last_of_others(
    tx: &mut TenantTx,
    campaign: CampaignId,
    candidates: &[CandidateId],
) -> Result<Vec<(CandidateId, DateTime<Utc>)>> {
    let tenant = tx.tenant();
    let last = sqlx::query_as(
        "SELECT candidate_id, max(request_time) FROM campaign_messages
         WHERE tenant_id = $1 AND candidate_id = ANY ($3) AND campaign_id <> $2 GROUP BY candidate_id",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    Ok(last)
}
