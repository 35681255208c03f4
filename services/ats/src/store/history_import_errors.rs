//! The table `history_import_errors`: rows that were not taken, where and why.

use chassis::{Result, TenantTx};

use crate::domain::history_import::{ImportId, Refused};

/// Of one import no more are kept.
pub const MOST: i64 = 100_000;

/// Writes rows down.
pub async fn insert(tx: &mut TenantTx, import: ImportId, rows: &[Refused]) -> Result<()> {
    let tenant = tx.tenant();
    let texts = |of: fn(&Refused) -> &str| rows.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO history_import_errors (tenant_id, import_id, line, field, reason, message)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[]) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(import)
    .bind(rows.iter().map(|row| row.line).collect::<Vec<_>>())
    .bind(texts(|row| &row.field))
    .bind(texts(|row| &row.reason))
    .bind(texts(|row| &row.message))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Rows behind a line, at most so many.
pub async fn after(tx: &mut TenantTx, import: ImportId, line: i64, limit: i64) -> Result<Vec<Refused>> {
    let tenant = tx.tenant();
    let rows: Vec<(i64, String, String, String)> = sqlx::query_as(
        "SELECT line, field, reason, message FROM history_import_errors
         WHERE tenant_id = $1 AND import_id = $2 AND line > $3 ORDER BY line LIMIT $4",
    )
    .bind(tenant)
    .bind(import)
    .bind(line)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let refused = |(line, field, reason, message)| Refused { line, field, reason, message };
    Ok(rows.into_iter().map(refused).collect())
}
