//! The table `centre_links`.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::{application::ApplicationId, interview::InterviewId};

/// What a link opens: an application, and of its interviews the one that the link was made for, if it was for one.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Opens {
    pub application_id: ApplicationId,
    pub interview_id: Option<InterviewId>,
}

/// Writes links down.
pub async fn insert_all(tx: &mut TenantTx, links: &[(Uuid, Opens, DateTime<Utc>)]) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO centre_links (tenant_id, link_id, application_id, interview_id, expire_time)
         SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])",
    )
    .bind(tenant)
    .bind(links.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
    .bind(links.iter().map(|(_, opens, _)| opens.application_id).collect::<Vec<_>>())
    .bind(links.iter().map(|(_, opens, _)| opens.interview_id).collect::<Vec<_>>())
    .bind(links.iter().map(|(.., expires)| *expires).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a living link opens.
pub async fn opens(tx: &mut TenantTx, link: Uuid) -> Result<Option<Opens>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    Ok(sqlx::query_as(
        "SELECT application_id, interview_id FROM centre_links
         WHERE tenant_id = $1 AND link_id = $2 AND revoke_time IS NULL AND expire_time > $3",
    )
    .bind(tenant)
    .bind(link)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?)
}

/// Makes an interview's living links work until a later time.
pub async fn prolong(tx: &mut TenantTx, interview: InterviewId, expires: DateTime<Utc>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE centre_links SET expire_time = $3
         WHERE tenant_id = $1 AND interview_id = $2 AND revoke_time IS NULL AND expire_time < $3",
    )
    .bind(tenant)
    .bind(interview)
    .bind(expires)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends all links of an interview, and those of its application, which open it as well. The answer is how many worked until now.
pub async fn revoke(tx: &mut TenantTx, interview: InterviewId) -> Result<u64> {
    let (tenant, now) = (tx.tenant(), tx.now());
    let revoked = sqlx::query(
        "UPDATE centre_links SET revoke_time = $3
         WHERE tenant_id = $1 AND revoke_time IS NULL AND expire_time > $3
           AND (interview_id = $2 OR interview_id IS NULL AND application_id = (
               SELECT application_id FROM interviews WHERE tenant_id = $1 AND interview_id = $2))",
    )
    .bind(tenant)
    .bind(interview)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(revoked.rows_affected())
}
