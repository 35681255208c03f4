//! The table `timeline_entries`.

use chassis::{
    Result, TenantTx,
    ids::read_type_id,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use prost::Name as _;
use sqlx::FromRow;
use usher_proto::ats::v1::ApplicationCreated;
use uuid::Uuid;

use crate::domain::candidate::CandidateId;

/// Something that happened with a person.
#[derive(Debug, Clone, FromRow)]
pub struct Entry {
    pub event_id: Uuid,
    pub time: DateTime<Utc>,
    pub source: String,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub subject: String,
    pub summary: String,
}

impl Entry {
    /// Its place in the order.
    pub fn cursor(&self) -> Cursor {
        Cursor { time: self.time, id: self.event_id }
    }
}

/// Writes entries; one that is there stays as it is.
pub async fn insert(tx: &mut TenantTx, entries: &[(CandidateId, Entry)]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let texts = |of: fn(&Entry) -> &str| entries.iter().map(|(_, entry)| of(entry)).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO timeline_entries (tenant_id, candidate_id, event_id, time, source, type, subject, summary)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[])
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(entries.iter().map(|(candidate, _)| *candidate).collect::<Vec<_>>())
    .bind(entries.iter().map(|(_, entry)| entry.event_id).collect::<Vec<_>>())
    .bind(entries.iter().map(|(_, entry)| entry.time).collect::<Vec<_>>())
    .bind(texts(|entry| &entry.source))
    .bind(texts(|entry| &entry.kind))
    .bind(texts(|entry| &entry.subject))
    .bind(texts(|entry| &entry.summary))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes what was told of that kind about a subject.
pub async fn remove(tx: &mut TenantTx, candidate: CandidateId, kind: &str, subject: &str) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "DELETE FROM timeline_entries WHERE tenant_id = $1 AND candidate_id = $2 AND type = $3 AND subject = $4",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(kind)
    .bind(subject)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One page of the entries of a person, given by all who are part of them, newest first. What stands with several of them
/// is one entry.
pub async fn list(tx: &mut TenantTx, members: &[CandidateId], page: &Page) -> Result<Vec<Entry>> {
    let tenant = tx.tenant();
    let entries = sqlx::query_as(
        "SELECT DISTINCT ON (time, event_id) * FROM timeline_entries
         WHERE tenant_id = $1 AND candidate_id = ANY ($2)
           AND ($3::timestamptz IS NULL OR (time, event_id) < ($3, $4))
         ORDER BY time DESC, event_id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(members)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    Ok(entries)
}

/// The ids of applications that began with one of these.
pub async fn applications(tx: &mut TenantTx, members: &[CandidateId]) -> Result<Vec<String>> {
    let tenant = tx.tenant();
    let mut subjects: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT subject FROM timeline_entries
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND type = $3",
    )
    .bind(tenant)
    .bind(members)
    .bind(ApplicationCreated::full_name())
    .fetch_all(tx.conn())
    .await?;
    subjects.retain(|subject| read_type_id("app", subject).is_ok());
    Ok(subjects)
}

/// With whom of these an application began; nobody when that is not known here.
pub async fn beginner(tx: &mut TenantTx, members: &[CandidateId], application: &str) -> Result<Option<CandidateId>> {
    let tenant = tx.tenant();
    let beginner = sqlx::query_scalar(
        "SELECT candidate_id FROM timeline_entries
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND type = $3 AND subject = $4 LIMIT 1",
    )
    .bind(tenant)
    .bind(members)
    .bind(ApplicationCreated::full_name())
    .bind(application)
    .fetch_optional(tx.conn())
    .await?;
    Ok(beginner)
}
