//! The table `contact_leases`. Of two who claim a person at once, the unique index lets one have them.

use chassis::{Error, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::known;
use crate::domain::{
    gate::lease::{Lease, LeaseId},
    message::CandidateId,
};

/// A row, with whatever else a statement adds to it.
#[derive(FromRow)]
pub struct Row {
    lease_id: LeaseId,
    candidate_id: CandidateId,
    holder: String,
    purpose: i16,
    note: String,
    start_time: DateTime<Utc>,
    expire_time: DateTime<Utc>,
    lease_end: i16,
    end_time: Option<DateTime<Utc>>,
    ended_by: String,
    end_reason: String,
    overridden_lease_id: Option<LeaseId>,
}

impl Row {
    pub fn lease(self) -> Result<Lease> {
        Ok(Lease {
            id: self.lease_id,
            candidate_id: self.candidate_id,
            holder: self.holder,
            purpose: known(self.purpose)?,
            note: self.note,
            start_time: self.start_time,
            expire_time: self.expire_time,
            end: known(self.lease_end)?,
            end_time: self.end_time,
            ended_by: self.ended_by,
            end_reason: self.end_reason,
            overridden: self.overridden_lease_id,
        })
    }
}

/// Writes a lease down; false when somebody was faster.
pub async fn insert(tx: &mut TenantTx, lease: &Lease) -> Result<bool> {
    let tenant = tx.tenant();
    let done = sqlx::query(
        "INSERT INTO contact_leases (tenant_id, lease_id, candidate_id, holder, purpose, note, start_time, expire_time,
                                     lease_end, overridden_lease_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(lease.id)
    .bind(lease.candidate_id)
    .bind(&lease.holder)
    .bind(i32::from(lease.purpose))
    .bind(&lease.note)
    .bind(lease.start_time)
    .bind(lease.expire_time)
    .bind(lease.overridden)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn update(tx: &mut TenantTx, lease: &Lease) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE contact_leases SET purpose = $3, note = $4, expire_time = $5, lease_end = $6, end_time = $7, ended_by = $8,
                                   end_reason = $9
         WHERE tenant_id = $1 AND lease_id = $2",
    )
    .bind(tenant)
    .bind(lease.id)
    .bind(i32::from(lease.purpose))
    .bind(&lease.note)
    .bind(lease.expire_time)
    .bind(i32::from(lease.end))
    .bind(lease.end_time)
    .bind(&lease.ended_by)
    .bind(&lease.end_reason)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks as ended what time has ended, so that somebody else can have the person.
pub async fn end_expired(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "UPDATE contact_leases SET lease_end = 1, end_time = expire_time
         WHERE tenant_id = $1 AND candidate_id = $2 AND end_time IS NULL AND expire_time <= $3",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A lease that nobody else changes before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: LeaseId) -> Result<Lease> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM contact_leases WHERE tenant_id = $1 AND lease_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.ok_or_else(not_found)?.lease()
}

/// The lease that holds now for these people, who are one: where two have them since before they were merged, whoever was first.
pub async fn holding(tx: &mut TenantTx, people: &[CandidateId]) -> Result<Option<Lease>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM contact_leases
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND end_time IS NULL AND expire_time > $3
         ORDER BY start_time, lease_id LIMIT 1",
    )
    .bind(tenant)
    .bind(people)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::lease).transpose()
}

/// Which of them a list shows.
#[derive(Debug)]
pub struct Filter {
    /// Those of these people; `None` means everybody's.
    pub people: Option<Vec<CandidateId>>,
    /// Empty means anybody.
    pub holder: String,
    pub holding_only: bool,
}

pub async fn list(tx: &mut TenantTx, page: &Page, filter: &Filter) -> Result<Vec<Lease>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM contact_leases
         WHERE tenant_id = $1 AND ($2::uuid[] IS NULL OR candidate_id = ANY ($2)) AND ($3 = '' OR holder = $3)
           AND (NOT $4 OR end_time IS NULL AND expire_time > $5)
           AND ($6::timestamptz IS NULL OR (start_time, lease_id) < ($6, $7))
         ORDER BY start_time DESC, lease_id DESC LIMIT $8",
    )
    .bind(tenant)
    .bind(&filter.people)
    .bind(&filter.holder)
    .bind(filter.holding_only)
    .bind(now)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::lease).collect()
}

pub fn not_found() -> Error {
    Error::not_found("LEASE_NOT_FOUND", "there is no such lease")
}
