//! The table `imported_rows`.

use std::collections::HashSet;

use chassis::{Result, TenantTx};

use crate::domain::imports::ImportId;

/// Which of these were taken in before.
pub async fn known(tx: &mut TenantTx, fingerprints: &[Vec<u8>]) -> Result<HashSet<Vec<u8>>> {
    let tenant = tx.tenant();
    let known: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT fingerprint FROM imported_rows WHERE tenant_id = $1 AND fingerprint = ANY ($2)")
            .bind(tenant)
            .bind(fingerprints)
            .fetch_all(tx.conn())
            .await?;
    Ok(known.into_iter().collect())
}

/// Writes down that these are in, and which import has brought them.
pub async fn insert(tx: &mut TenantTx, import: Option<ImportId>, fingerprints: &[Vec<u8>]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO imported_rows (tenant_id, fingerprint, create_time, import_id)
         SELECT $1, fingerprint, $3, $4 FROM unnest($2::bytea[]) AS fingerprint ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(fingerprints)
    .bind(now)
    .bind(import)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets rows of an import, at most so many, so that they are new again. How many there were.
pub async fn forget(tx: &mut TenantTx, import: ImportId, limit: i64) -> Result<u64> {
    let tenant = tx.tenant();
    let forgotten = sqlx::query(
        "DELETE FROM imported_rows WHERE tenant_id = $1 AND fingerprint IN (
             SELECT fingerprint FROM imported_rows WHERE tenant_id = $1 AND import_id = $2 LIMIT $3)",
    )
    .bind(tenant)
    .bind(import)
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(forgotten.rows_affected())
}
