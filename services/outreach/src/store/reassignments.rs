//! Messages that become another person's.

use chassis::{Result, TenantTx};
use outbox::merging::Move;

use crate::domain::message::{ApplicationId, CandidateId};

/// Gives one person's messages that are of no application to another person.
pub async fn readdress(tx: &mut TenantTx, Move { from, made_for, to }: Move) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE messages SET candidate_id = $4,
             origin_candidate_id = nullif(coalesce(origin_candidate_id, candidate_id), $4)
         WHERE tenant_id = $1 AND candidate_id = $2 AND application_id IS NULL
           AND coalesce(origin_candidate_id, candidate_id) = ANY ($3)",
    )
    .bind(tenant)
    .bind(from)
    .bind(made_for)
    .bind(to)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Gives the messages of an application to whoever it belongs to now, and notes for whom it was made. Where that is not said,
/// what is known of it stays.
pub async fn follow_application(
    tx: &mut TenantTx,
    application: ApplicationId,
    candidate: CandidateId,
    origin: Option<CandidateId>,
) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE messages SET candidate_id = $3,
             origin_candidate_id = nullif(coalesce($4, origin_candidate_id), $3)
         WHERE tenant_id = $1 AND application_id = $2",
    )
    .bind(tenant)
    .bind(application)
    .bind(candidate)
    .bind(origin)
    .execute(tx.conn())
    .await?;
    if let Some(origin) = origin {
        note_origin(tx, application, origin).await?;
    }
    forget_own(tx, application, candidate).await
}

/// What is written about the application from now on was made for that person as well.
async fn note_origin(tx: &mut TenantTx, application: ApplicationId, origin: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO moved_applications (tenant_id, application_id, origin_candidate_id) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, application_id) DO UPDATE SET origin_candidate_id = excluded.origin_candidate_id",
    )
    .bind(tenant)
    .bind(application)
    .bind(origin)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An application that belongs to the person for whom it was made needs no note.
async fn forget_own(tx: &mut TenantTx, application: ApplicationId, candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "DELETE FROM moved_applications WHERE tenant_id = $1 AND application_id = $2 AND origin_candidate_id = $3",
    )
    .bind(tenant)
    .bind(application)
    .bind(candidate)
    .execute(tx.conn())
    .await?;
    Ok(())
}
