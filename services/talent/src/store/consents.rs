//! The table `consents`.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::talent::v1::ConsentPurpose;
use uuid::Uuid;

use crate::domain::{candidate::CandidateId, consent::Consent};

#[derive(FromRow)]
struct Row {
    candidate_id: CandidateId,
    consent_id: Uuid,
    purpose: i16,
    granted: bool,
    time: DateTime<Utc>,
    expire_time: Option<DateTime<Utc>>,
    evidence: String,
    actor: String,
}

impl Row {
    fn consent(self) -> Result<Consent> {
        Ok(Consent {
            id: self.consent_id,
            purpose: ConsentPurpose::try_from(i32::from(self.purpose))
                .map_err(|error| Error::internal("a row holds an unknown purpose", &error))?,
            granted: self.granted,
            time: self.time,
            expire_time: self.expire_time,
            evidence: self.evidence,
            actor: self.actor,
        })
    }
}

/// Its place in the order.
pub fn cursor(consent: &Consent) -> Cursor {
    Cursor { time: consent.time, id: consent.id }
}

pub async fn insert(tx: &mut TenantTx, candidate: CandidateId, consent: &Consent) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO consents (tenant_id, candidate_id, consent_id, purpose, granted, time, expire_time, evidence,
            actor, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(consent.id)
    // The contract has few purposes.
    .bind(i16::try_from(i32::from(consent.purpose)).unwrap_or_default())
    .bind(consent.granted)
    .bind(consent.time)
    .bind(consent.expire_time)
    .bind(&consent.evidence)
    .bind(&consent.actor)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The last word of people on each purpose, by person and purpose.
pub async fn latest(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<Vec<(CandidateId, Consent)>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT DISTINCT ON (candidate_id, purpose) * FROM consents
         WHERE tenant_id = $1 AND candidate_id = ANY ($2)
         ORDER BY candidate_id, purpose, time DESC, consent_id DESC",
    )
    .bind(tenant)
    .bind(candidates)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.candidate_id, row.consent()?))).collect()
}

/// One page of what a person said, given by all who are part of them, newest first.
pub async fn list(tx: &mut TenantTx, members: &[CandidateId], page: &Page) -> Result<Vec<Consent>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM consents
         WHERE tenant_id = $1 AND candidate_id = ANY ($2)
           AND ($3::timestamptz IS NULL OR (time, consent_id) < ($3, $4))
         ORDER BY time DESC, consent_id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(members)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::consent).collect()
}
