//! The table `import_errors`: rows that were not taken, where and why.

use chassis::{Result, TenantTx};
use sqlx::FromRow;

use crate::domain::imports::ImportId;

/// Of one import no more are kept.
pub const MOST: i64 = 100_000;

/// A row that was not taken.
#[derive(Debug, FromRow)]
pub struct Refused {
    pub line: i64,
    pub field: String,
    pub reason: String,
    pub message: String,
}

/// Writes rows down.
pub async fn insert(tx: &mut TenantTx, import: ImportId, rows: &[Refused]) -> Result<()> {
    let tenant = tx.tenant();
    let texts = |of: fn(&Refused) -> &str| rows.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO import_errors (tenant_id, import_id, line, field, reason, message)
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
    let rows = sqlx::query_as(
        "SELECT line, field, reason, message FROM import_errors
         WHERE tenant_id = $1 AND import_id = $2 AND line > $3 ORDER BY line LIMIT $4",
    )
    .bind(tenant)
    .bind(import)
    .bind(line)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
