//! The table `receipt_keys`, which belongs to the installation and to no tenant.

use chassis::{Result, SystemTx};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, Row as _, postgres::PgRow};

use crate::keys::Wrapped;

/// One key.
#[derive(Debug)]
pub struct Stored {
    pub number: i16,
    pub wrapped: Wrapped,
    pub public: Vec<u8>,
    pub create_time: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for Stored {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            number: row.try_get("number")?,
            wrapped: Wrapped { master_key: row.try_get("master_key")?, bytes: row.try_get("wrapped_key")? },
            public: row.try_get("public_key")?,
            create_time: row.try_get("create_time")?,
        })
    }
}

/// All of them, oldest first.
pub async fn all(tx: &mut SystemTx) -> Result<Vec<Stored>> {
    Ok(sqlx::query_as("SELECT * FROM receipt_keys ORDER BY number").fetch_all(tx.conn()).await?)
}

/// Writes a key down; one that is there stays as it is.
pub async fn insert(tx: &mut SystemTx, number: i16, wrapped: &Wrapped, public: &[u8]) -> Result<()> {
    let now = tx.now();
    sqlx::query(
        "INSERT INTO receipt_keys (number, wrapped_key, master_key, public_key, create_time)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(number)
    .bind(&wrapped.bytes)
    .bind(&wrapped.master_key)
    .bind(public)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts what is wrapped anew in the place of what it was made from.
pub async fn rewrap(tx: &mut SystemTx, from: &Stored, to: &Wrapped) -> Result<()> {
    sqlx::query("UPDATE receipt_keys SET wrapped_key = $3, master_key = $4 WHERE number = $1 AND wrapped_key = $2")
        .bind(from.number)
        .bind(&from.wrapped.bytes)
        .bind(&to.bytes)
        .bind(&to.master_key)
        .execute(tx.conn())
        .await?;
    Ok(())
}
