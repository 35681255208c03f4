//! The table `imported_rows`.

use std::collections::HashSet;

use chassis::{Result, TenantTx};

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

/// Writes down that these are in.
pub async fn insert(tx: &mut TenantTx, fingerprints: &[Vec<u8>]) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO imported_rows (tenant_id, fingerprint, create_time)
         SELECT $1, fingerprint, $3 FROM unnest($2::bytea[]) AS fingerprint ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(fingerprints)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
