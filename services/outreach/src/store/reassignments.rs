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

/// Gives the messages of an application to whoever it belongs to now.
pub async fn follow_application(tx: &mut TenantTx, application: ApplicationId, candidate: CandidateId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("UPDATE messages SET candidate_id = $3 WHERE tenant_id = $1 AND application_id = $2")
        .bind(tenant)
        .bind(application)
        .bind(candidate)
        .execute(tx.conn())
        .await?;
    Ok(())
}
