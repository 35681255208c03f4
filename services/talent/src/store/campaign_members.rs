//! The table `campaign_members`.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::talent::v1::{CampaignArm, CampaignMemberState, CampaignOutcome};

use crate::domain::{
    campaign::{CampaignId, member::Member},
    candidate::CandidateId,
};

#[derive(FromRow)]
struct Row {
    campaign_id: CampaignId,
    candidate_id: CandidateId,
    arm: i16,
    state: i16,
    reason: String,
    requested: i16,
    sent: i16,
    due_time: Option<DateTime<Utc>>,
    last_send_time: Option<DateTime<Utc>>,
    outcome: i16,
    outcome_time: Option<DateTime<Utc>>,
    draw_time: DateTime<Utc>,
    silent: bool,
}

impl Row {
    fn member(self) -> Result<Member> {
        Ok(Member {
            campaign: self.campaign_id,
            candidate: self.candidate_id,
            arm: CampaignArm::try_from(i32::from(self.arm)).map_err(unknown)?,
            state: CampaignMemberState::try_from(i32::from(self.state)).map_err(unknown)?,
            reason: self.reason,
            requested: self.requested,
            sent: self.sent,
            due_time: self.due_time,
            last_send_time: self.last_send_time,
            outcome: CampaignOutcome::try_from(i32::from(self.outcome)).map_err(unknown)?,
            outcome_time: self.outcome_time,
            draw_time: self.draw_time,
            is_silent: self.silent,
        })
    }
}

fn unknown(error: prost::UnknownEnumValue) -> Error {
    Error::internal("a row holds an unknown state of a campaign's member", &error)
}

fn members(rows: Vec<Row>) -> Result<Vec<Member>> {
    rows.into_iter().map(Row::member).collect()
}

/// Writes down who was drawn. Who is there already stays as they are. The answer is who was not.
pub async fn insert(tx: &mut TenantTx, members: &[Member]) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let fresh = sqlx::query_scalar(
        "INSERT INTO campaign_members (tenant_id, campaign_id, candidate_id, arm, state, reason, requested, sent,
            due_time, outcome, draw_time)
         SELECT $1, said.campaign_id, said.candidate_id, said.arm, said.state, said.reason, 0, 0, said.due_time, 0,
            said.draw_time
         FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::smallint[], $6::text[], $7::timestamptz[],
                     $8::timestamptz[])
              AS said (campaign_id, candidate_id, arm, state, reason, due_time, draw_time)
         ON CONFLICT DO NOTHING RETURNING candidate_id",
    )
    .bind(tenant)
    .bind(members.iter().map(|member| member.campaign).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.candidate).collect::<Vec<_>>())
    .bind(members.iter().map(|member| i32::from(member.arm)).collect::<Vec<_>>())
    .bind(members.iter().map(|member| i32::from(member.state)).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.reason.as_str()).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.due_time).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.draw_time).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(fresh)
}

/// Writes how members stand.
pub async fn update(tx: &mut TenantTx, members: &[Member]) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE campaign_members m SET state = said.state, reason = said.reason, requested = said.requested,
            sent = said.sent, due_time = said.due_time, last_send_time = said.last_send_time, outcome = said.outcome,
            outcome_time = said.outcome_time, silent = said.silent
         FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::smallint[], $7::smallint[],
                     $8::timestamptz[], $9::timestamptz[], $10::smallint[], $11::timestamptz[], $12::boolean[])
              AS said (campaign_id, candidate_id, state, reason, requested, sent, due_time, last_send_time, outcome,
                       outcome_time, silent)
         WHERE m.tenant_id = $1 AND m.campaign_id = said.campaign_id AND m.candidate_id = said.candidate_id",
    )
    .bind(tenant)
    .bind(members.iter().map(|member| member.campaign).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.candidate).collect::<Vec<_>>())
    .bind(members.iter().map(|member| i32::from(member.state)).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.reason.as_str()).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.requested).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.sent).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.due_time).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.last_send_time).collect::<Vec<_>>())
    .bind(members.iter().map(|member| i32::from(member.outcome)).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.outcome_time).collect::<Vec<_>>())
    .bind(members.iter().map(|member| member.is_silent).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One member, locked; `None` where there is none.
pub async fn lock(tx: &mut TenantTx, campaign: CampaignId, candidate: CandidateId) -> Result<Option<Member>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM campaign_members WHERE tenant_id = $1 AND campaign_id = $2 AND candidate_id = $3 FOR UPDATE",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(candidate)
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::member).transpose()
}

/// Memberships of people in which what they do still says something, locked: those of campaigns that began within so long
/// ago, or that still send.
pub async fn lock_of(tx: &mut TenantTx, candidates: &[CandidateId], since: DateTime<Utc>) -> Result<Vec<Member>> {
    let tenant = tx.tenant();
    let rows = sqlx::query_as(
        "SELECT m.* FROM campaign_members m JOIN campaigns c USING (tenant_id, campaign_id)
         WHERE m.tenant_id = $1 AND m.candidate_id = ANY ($2) AND m.state <> 1
           AND (c.state IN (2, 3, 4) OR c.assign_time >= $3)
         ORDER BY m.campaign_id, m.candidate_id FOR UPDATE OF m",
    )
    .bind(tenant)
    .bind(candidates)
    .bind(since)
    .fetch_all(tx.conn())
    .await?;
    members(rows)
}

/// Memberships of people in campaigns that are not over, of those who were assigned, locked; campaign by campaign.
pub async fn lock_assigned(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<Vec<Member>> {
    let tenant = tx.tenant();
    let rows = sqlx::query_as(
        "SELECT m.* FROM campaign_members m JOIN campaigns c USING (tenant_id, campaign_id)
         WHERE m.tenant_id = $1 AND m.candidate_id = ANY ($2) AND m.arm <> 0 AND c.state IN (2, 3, 4)
         ORDER BY m.campaign_id, m.candidate_id FOR UPDATE OF m",
    )
    .bind(tenant)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    members(rows)
}

/// Members who are due.
pub async fn due(tx: &mut TenantTx, campaign: CampaignId, limit: i64) -> Result<Vec<CandidateId>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let due = sqlx::query_scalar(
        "SELECT candidate_id FROM campaign_members
         WHERE tenant_id = $1 AND campaign_id = $2 AND state = 3 AND due_time <= $3 AND NOT silent
         ORDER BY due_time, candidate_id LIMIT $4",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(now)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(due)
}

/// Members whose message was asked for and of whom nobody has noted what outreach said.
pub async fn unanswered(tx: &mut TenantTx, campaign: CampaignId, limit: i64) -> Result<Vec<CandidateId>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let unanswered = sqlx::query_scalar(
        "SELECT m.candidate_id FROM campaign_members m
         JOIN campaign_messages s ON s.tenant_id = m.tenant_id AND s.campaign_id = m.campaign_id
            AND s.candidate_id = m.candidate_id AND s.step = m.requested
         WHERE m.tenant_id = $1 AND m.campaign_id = $2 AND m.state = 4 AND s.try_time <= $3 AND NOT s.recall
         ORDER BY s.try_time, m.candidate_id LIMIT $4",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(now)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(unanswered)
}

/// Those of these members to whom a message may still go, locked; not those whom somebody else is at.
pub async fn take(tx: &mut TenantTx, campaign: CampaignId, candidates: &[CandidateId]) -> Result<Vec<Member>> {
    let tenant = tx.tenant();
    let rows = sqlx::query_as(
        "SELECT * FROM campaign_members
         WHERE tenant_id = $1 AND campaign_id = $2 AND candidate_id = ANY ($3) AND state IN (3, 4) AND NOT silent
         ORDER BY candidate_id FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    members(rows)
}

/// Those of these people whom a campaign has.
pub async fn among(tx: &mut TenantTx, campaign: CampaignId, candidates: &[CandidateId]) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let among = sqlx::query_scalar(
        "SELECT candidate_id FROM campaign_members
         WHERE tenant_id = $1 AND campaign_id = $2 AND candidate_id = ANY ($3)",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    Ok(among)
}

/// Members to whom a message may still go, locked, at most so many.
pub async fn lock_live(tx: &mut TenantTx, campaign: CampaignId, limit: i64) -> Result<Vec<Member>> {
    let tenant = tx.tenant();
    let rows = sqlx::query_as(
        "SELECT * FROM campaign_members WHERE tenant_id = $1 AND campaign_id = $2 AND state IN (3, 4)
         ORDER BY candidate_id LIMIT $3 FOR UPDATE",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    members(rows)
}

/// Whether a message may still go to anybody.
pub async fn any_live(tx: &mut TenantTx, campaign: CampaignId) -> Result<bool> {
    let tenant = tx.tenant();
    let live = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM campaign_members
                        WHERE tenant_id = $1 AND campaign_id = $2 AND state IN (3, 4) AND NOT silent)",
    )
    .bind(tenant)
    .bind(campaign)
    .fetch_one(tx.conn())
    .await?;
    Ok(live)
}

/// Those of these people whom another campaign has that is not over: it will write to them yet, or holds them out.
pub async fn in_others(
    tx: &mut TenantTx,
    campaign: CampaignId,
    candidates: &[CandidateId],
) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    let others = sqlx::query_scalar(
        "SELECT DISTINCT m.candidate_id FROM campaign_members m JOIN campaigns c USING (tenant_id, campaign_id)
         WHERE m.tenant_id = $1 AND m.candidate_id = ANY ($3) AND m.campaign_id <> $2 AND c.state IN (2, 3, 4)
           AND m.state IN (2, 3, 4)",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    Ok(others)
}

/// One page, in the order in which they were drawn; `state` 0 for all.
pub async fn list(tx: &mut TenantTx, campaign: CampaignId, state: i32, page: &Page) -> Result<Vec<Member>> {
    let tenant = tx.tenant();
    let rows = sqlx::query_as(
        "SELECT * FROM campaign_members
         WHERE tenant_id = $1 AND campaign_id = $2 AND ($3 = 0 OR state = $3)
           AND ($4::timestamptz IS NULL OR (draw_time, candidate_id) > ($4, $5))
         ORDER BY draw_time, candidate_id LIMIT $6",
    )
    .bind(tenant)
    .bind(campaign)
    .bind(state)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    members(rows)
}

/// Its place in the order.
pub fn cursor(member: &Member) -> Cursor {
    Cursor { time: member.draw_time, id: member.candidate.0 }
}
