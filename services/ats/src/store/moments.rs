//! The table `moments`: what happened about an interview or an offer, append-only.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use crate::domain::{
    CandidateId,
    moment::{Moment, Subject, What},
};

#[derive(FromRow)]
struct Row {
    time: DateTime<Utc>,
    content: Json<What>,
}

impl Row {
    fn moment(self) -> Moment {
        Moment { time: self.time, what: self.content.0 }
    }
}

/// All of one, in the order in which they became known.
pub async fn of(tx: &mut TenantTx, subject: impl Into<Subject>) -> Result<Vec<Moment>> {
    let (tenant, subject) = (tx.tenant(), subject.into().uuid());
    let rows: Vec<Row> =
        sqlx::query_as("SELECT time, content FROM moments WHERE tenant_id = $1 AND subject_id = $2 ORDER BY seq")
            .bind(tenant)
            .bind(subject)
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().map(Row::moment).collect())
}

/// Appends moments, each at its place in its subject's history, the first of which is 0. Whoever does holds the rows of the
/// subjects, so that nobody else does.
pub async fn append(tx: &mut TenantTx, fresh: &[(Subject, usize, Moment)]) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let seq = |place: usize| i32::try_from(place).unwrap_or(i32::MAX).saturating_add(1);
    sqlx::query(
        "INSERT INTO moments (tenant_id, subject_id, seq, time, content)
         SELECT $1, subject, seq, time, content
         FROM unnest($2::uuid[], $3::integer[], $4::timestamptz[], $5::jsonb[]) AS fresh (subject, seq, time, content)",
    )
    .bind(tenant)
    .bind(fresh.iter().map(|(subject, _, _)| subject.uuid()).collect::<Vec<_>>())
    .bind(fresh.iter().map(|(_, place, _)| seq(*place)).collect::<Vec<_>>())
    .bind(fresh.iter().map(|(_, _, moment)| moment.time).collect::<Vec<_>>())
    .bind(fresh.iter().map(|(_, _, moment)| Json(&moment.what)).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The history of one.
#[derive(Debug)]
pub struct History {
    pub candidate_id: CandidateId,
    pub moments: Vec<Moment>,
}

/// The histories of interviews that a rule may have touched within a period, behind one of them, in the order of ids.
pub async fn of_interviews(
    tx: &mut TenantTx,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<BTreeMap<Uuid, History>> {
    let sql = "SELECT i.interview_id AS subject_id, i.candidate_id, m.time, m.content
         FROM (SELECT interview_id, candidate_id FROM interviews
               WHERE tenant_id = $1 AND create_time < $3 AND start_time > $2 AND ($4::uuid IS NULL OR interview_id > $4)
               ORDER BY interview_id LIMIT $5) i
         JOIN moments m ON m.tenant_id = $1 AND m.subject_id = i.interview_id
         ORDER BY i.interview_id, m.seq";
    histories(tx, sql, since, until, after, limit).await
}

/// As [`of_interviews`], of offers.
pub async fn of_offers(
    tx: &mut TenantTx,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<BTreeMap<Uuid, History>> {
    let sql = "SELECT o.offer_id AS subject_id, o.candidate_id, m.time, m.content
         FROM (SELECT offer_id, candidate_id FROM offers
               WHERE tenant_id = $1 AND send_time < $3 AND (terms ->> 'expire_time')::timestamptz > $2
                 AND ($4::uuid IS NULL OR offer_id > $4)
               ORDER BY offer_id LIMIT $5) o
         JOIN moments m ON m.tenant_id = $1 AND m.subject_id = o.offer_id
         ORDER BY o.offer_id, m.seq";
    histories(tx, sql, since, until, after, limit).await
}

async fn histories(
    tx: &mut TenantTx,
    sql: &'static str,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<BTreeMap<Uuid, History>> {
    #[derive(FromRow)]
    struct Of {
        subject_id: Uuid,
        candidate_id: CandidateId,
        #[sqlx(flatten)]
        row: Row,
    }
    let tenant = tx.tenant();
    let rows: Vec<Of> =
        sqlx::query_as(sql).bind(tenant).bind(since).bind(until).bind(after).bind(limit).fetch_all(tx.conn()).await?;
    let mut found: BTreeMap<Uuid, History> = BTreeMap::new();
    for Of { subject_id, candidate_id, row } in rows {
        let history = found.entry(subject_id).or_insert_with(|| History { candidate_id, moments: Vec::new() });
        history.moments.push(row.moment());
    }
    Ok(found)
}

/// The moments of several.
pub async fn of_all(tx: &mut TenantTx, subjects: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<Moment>>> {
    #[derive(FromRow)]
    struct Of {
        subject_id: Uuid,
        #[sqlx(flatten)]
        row: Row,
    }
    let tenant = tx.tenant();
    let rows: Vec<Of> = sqlx::query_as(
        "SELECT subject_id, time, content FROM moments WHERE tenant_id = $1 AND subject_id = ANY ($2)
         ORDER BY subject_id, seq",
    )
    .bind(tenant)
    .bind(subjects)
    .fetch_all(tx.conn())
    .await?;
    let mut found: BTreeMap<Uuid, Vec<Moment>> = BTreeMap::new();
    for Of { subject_id, row } in rows {
        found.entry(subject_id).or_default().push(row.moment());
    }
    Ok(found)
}
