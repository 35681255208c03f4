//! The table `tags`: those that are given by hand and those that services tell. Derived ones stand nowhere.

use chassis::{Error, Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::talent::v1::{TagDimension, TagOrigin};

use crate::domain::{candidate::CandidateId, tag::Tag};

#[derive(FromRow)]
struct Row {
    candidate_id: CandidateId,
    dimension: i16,
    name: String,
    subject: String,
    origin: i16,
    evidence: String,
    actor: String,
    set_time: DateTime<Utc>,
    expire_time: Option<DateTime<Utc>>,
}

impl Row {
    fn tag(self) -> Result<Tag> {
        let unknown = |error| Error::internal("a row holds an unknown kind of tag", &error);
        Ok(Tag {
            dimension: TagDimension::try_from(i32::from(self.dimension)).map_err(unknown)?,
            name: self.name,
            origin: TagOrigin::try_from(i32::from(self.origin)).map_err(unknown)?,
            evidence: self.evidence,
            actor: self.actor,
            set_time: self.set_time,
            expire_time: self.expire_time,
            subject: self.subject,
        })
    }
}

/// The tags of people that hold now, by person, dimension and name.
pub async fn of(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<Vec<(CandidateId, Tag)>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM tags
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND (expire_time IS NULL OR expire_time > $3)
         ORDER BY candidate_id, dimension, name, subject",
    )
    .bind(tenant)
    .bind(candidates)
    .bind(now)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.candidate_id, row.tag()?))).collect()
}

/// Gives people tags; one that is there is renewed, unless it was given later than this is told.
pub async fn put(tx: &mut TenantTx, tags: &[(CandidateId, Tag)]) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let texts = |of: fn(&Tag) -> &str| tags.iter().map(|(_, tag)| of(tag)).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO tags (tenant_id, candidate_id, dimension, name, subject, origin, evidence, actor, set_time, expire_time)
         SELECT DISTINCT ON (candidate, dimension, name, subject)
                $1, candidate, dimension, name, subject, origin, evidence, actor, set_time, expire_time
         FROM unnest($2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::text[],
                     $9::timestamptz[], $10::timestamptz[])
             WITH ORDINALITY AS given (candidate, dimension, name, subject, origin, evidence, actor, set_time, expire_time,
                                       place)
         ORDER BY candidate, dimension, name, subject, set_time DESC, place DESC
         ON CONFLICT (tenant_id, candidate_id, dimension, name, subject) DO UPDATE SET origin = excluded.origin,
            evidence = excluded.evidence, actor = excluded.actor, set_time = excluded.set_time,
            expire_time = excluded.expire_time
         WHERE excluded.set_time >= tags.set_time",
    )
    .bind(tenant)
    .bind(tags.iter().map(|(candidate, _)| *candidate).collect::<Vec<_>>())
    .bind(tags.iter().map(|(_, tag)| number(tag.dimension)).collect::<Vec<_>>())
    .bind(texts(|tag| &tag.name))
    .bind(texts(|tag| &tag.subject))
    // The contract has few origins.
    .bind(tags.iter().map(|(_, tag)| i16::try_from(i32::from(tag.origin)).unwrap_or_default()).collect::<Vec<_>>())
    .bind(texts(|tag| &tag.evidence))
    .bind(texts(|tag| &tag.actor))
    .bind(tags.iter().map(|(_, tag)| tag.set_time).collect::<Vec<_>>())
    .bind(tags.iter().map(|(_, tag)| tag.expire_time).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a tag, that of one subject, from a person, given by all who are part of them. Whether it was there.
pub async fn remove(
    tx: &mut TenantTx,
    members: &[CandidateId],
    dimension: TagDimension,
    name: &str,
    subject: &str,
) -> Result<bool> {
    let tenant = tx.tenant();
    let removed = sqlx::query(
        "DELETE FROM tags
         WHERE tenant_id = $1 AND candidate_id = ANY ($2) AND dimension = $3 AND name = $4 AND subject = $5",
    )
    .bind(tenant)
    .bind(members)
    .bind(number(dimension))
    .bind(name)
    .bind(subject)
    .execute(tx.conn())
    .await?;
    Ok(removed.rows_affected() > 0)
}

fn number(dimension: TagDimension) -> i16 {
    // The contract has few dimensions.
    i16::try_from(i32::from(dimension)).unwrap_or_default()
}
