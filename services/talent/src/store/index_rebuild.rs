//! The table `index_rebuild`, which belongs to the installation and to no tenant.

use std::time::Duration;

use chassis::{Db, Error, Result, SystemTx};
use sqlx::{Connection as _, PgConnection};

/// What takes longer to be given a turn is on a session that is dead.
const PATIENCE: Duration = Duration::from_secs(30);

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
    tokio::time::timeout(PATIENCE, try_turn(db))
        .await
        .map_err(|_| Error::unavailable("DATABASE_UNAVAILABLE", "the database does not answer"))?
}

async fn try_turn(db: &Db) -> Result<Option<PgConnection>> {
    // None of the pool's: one that is put back would keep the lock.
    let mut session = PgConnection::connect_with(&db.pool().connect_options()).await?;
    // The server notices within a minute when whoever has the turn has vanished. The session may well be silent for hours.
    let set = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3";
    sqlx::raw_sql(set).execute(&mut session).await?;
    let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended($1, 9))")
        .bind(format!("usher index {}", db.schema()))
        .fetch_one(&mut session)
        .await?;
    Ok(is_ours.then_some(session))
}
