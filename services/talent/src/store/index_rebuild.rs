//! The table `index_rebuild`, which belongs to the installation and to no tenant.

use chassis::{Db, Result, SystemTx};
use sqlx::{Connection as _, PgConnection};

/// The number of the last request for a new index; 0 when nobody has asked yet.
pub async fn asked(tx: &mut SystemTx) -> Result<i64> {
    let number = sqlx::query_scalar("SELECT number FROM index_rebuild").fetch_optional(tx.conn()).await?;
    Ok(number.unwrap_or(0))
}

/// Asks every process for a new index. The answer is the number of the request.
pub async fn ask(tx: &mut SystemTx) -> Result<i64> {
    let now = tx.now();
    Ok(sqlx::query_scalar(
        "INSERT INTO index_rebuild (number, request_time) VALUES (1, $1)
         ON CONFLICT (only_row) DO UPDATE SET number = index_rebuild.number + 1, request_time = excluded.request_time
         RETURNING number",
    )
    .bind(now)
    .fetch_one(tx.conn())
    .await?)
}

/// The turn to build, which ends with the session; `None` while it is another process's.
pub async fn turn(db: &Db) -> Result<Option<PgConnection>> {
    // None of the pool's: one that is put back would keep the lock.
    let mut session = PgConnection::connect_with(&db.pool().connect_options()).await?;
    let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended($1, 9))")
        .bind(format!("usher index {}", db.schema()))
        .fetch_one(&mut session)
        .await?;
    Ok(is_ours.then_some(session))
}
