//! The table `generations`: which figures serve, and which are being built.

use chassis::{Error, Result, TenantId, TenantTx, db::SystemTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::domain::{fact::VERSION, generation::Generation};

/// How far figures have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Building = 1,
    Serving = 2,
}

/// Figures of which something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub generation: Generation,
    pub version: i32,
    pub state: State,
    pub begin_time: DateTime<Utc>,
    pub serve_time: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Row {
    generation: i16,
    version: i32,
    state: i16,
    begin_time: DateTime<Utc>,
    serve_time: Option<DateTime<Utc>>,
}

impl Row {
    fn standing(self) -> Option<Standing> {
        let state = if self.state == State::Serving as i16 { State::Serving } else { State::Building };
        let Self { version, begin_time, serve_time, .. } = self;
        Some(Standing { generation: Generation::of(self.generation)?, version, state, begin_time, serve_time })
    }
}

/// For whoever writes: lets nobody else write the tenant's figures of a generation before this transaction ends, and nobody put
/// the generation away. `UNAVAILABLE` when it is not one of this program's version.
pub async fn hold(tx: &mut TenantTx, generation: Generation) -> Result<()> {
    if lock(tx, generation).await? {
        return Ok(());
    }
    Err(not_ours())
}

/// Only a program of the figures' own version may change them.
pub fn not_ours() -> Error {
    Error::unavailable("FIGURES_OF_ANOTHER_VERSION", "these figures are another program's, or nobody's any more")
}

/// As [`hold`]; says whether it is of this program's version.
pub async fn lock(tx: &mut TenantTx, generation: Generation) -> Result<bool> {
    let tenant = tx.tenant();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('figures/' || $1::text || '/' || $2::text, 0))")
        .bind(tenant.0.to_string())
        .bind(generation.number().to_string())
        .execute(tx.conn())
        .await?;
    is_ours(tx, generation).await
}

/// Tries to be the one who adds what waits of the tenant to the cells of a generation. Says whether it is, and whether they are of
/// this program's version.
pub async fn try_adding(tx: &mut TenantTx, generation: Generation) -> Result<bool> {
    let tenant = tx.tenant();
    let is_free: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(adding(tenant, generation))
        .fetch_one(tx.conn())
        .await?;
    Ok(is_free && is_ours(tx, generation).await?)
}

/// As [`try_adding`], of figures that are held; waits for whoever is at it.
pub async fn hold_adding(tx: &mut TenantTx, generation: Generation) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(adding(tenant, generation))
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn adding(tenant: TenantId, generation: Generation) -> String {
    format!("adding/{}/{}", tenant.0, generation.number())
}

/// Whether a generation is of this program's version; nobody puts it away before this transaction ends.
async fn is_ours(tx: &mut TenantTx, generation: Generation) -> Result<bool> {
    let version: Option<i32> = sqlx::query_scalar("SELECT version FROM generations WHERE generation = $1 FOR SHARE")
        .bind(generation.number())
        .fetch_optional(tx.conn())
        .await?;
    Ok(version == Some(VERSION))
}

/// Which figures serve; `None` before any do.
pub async fn serving(tx: &mut TenantTx) -> Result<Option<Generation>> {
    let number: Option<i16> =
        sqlx::query_scalar("SELECT generation FROM generations WHERE state = 2").fetch_optional(tx.conn()).await?;
    Ok(number.and_then(Generation::of))
}

/// Since when the figures serve that do; `None` before any do.
pub async fn serving_since(tx: &mut TenantTx) -> Result<Option<DateTime<Utc>>> {
    let since: Option<Option<DateTime<Utc>>> =
        sqlx::query_scalar("SELECT serve_time FROM generations WHERE state = 2").fetch_optional(tx.conn()).await?;
    Ok(since.flatten())
}

/// All of which something is known.
pub async fn all(tx: &mut SystemTx) -> Result<Vec<Standing>> {
    let rows: Vec<Row> = sqlx::query_as("SELECT * FROM generations ORDER BY state DESC").fetch_all(tx.conn()).await?;
    Ok(rows.into_iter().filter_map(Row::standing).collect())
}

/// Lets nobody else begin, put in service or put away before this transaction ends.
pub async fn lock_all(tx: &mut SystemTx) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('figures', 0))").execute(tx.conn()).await?;
    Ok(())
}

/// Begins to build figures, or has them serve at once where nothing does.
pub async fn begin(tx: &mut SystemTx, generation: Generation, state: State) -> Result<()> {
    let now = tx.now();
    sqlx::query(
        "INSERT INTO generations (generation, version, state, begin_time, serve_time)
         VALUES ($1, $2, $3, $4, CASE WHEN $3 = 2 THEN $4 END)",
    )
    .bind(generation.number())
    .bind(VERSION)
    .bind(state as i16)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Figures serve from now on.
pub async fn serve(tx: &mut SystemTx, generation: Generation) -> Result<()> {
    let now = tx.now();
    sqlx::query("UPDATE generations SET state = 2, serve_time = $2 WHERE generation = $1")
        .bind(generation.number())
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Figures are nobody's any more. Who writes them is waited for.
pub async fn end(tx: &mut SystemTx, generation: Generation) -> Result<()> {
    sqlx::query("DELETE FROM generations WHERE generation = $1").bind(generation.number()).execute(tx.conn()).await?;
    Ok(())
}

/// Empties what is nobody's any more: facts, counts, how far they had come, and what could not be counted.
pub async fn clear(tx: &mut SystemTx, generation: Generation) -> Result<()> {
    sqlx::query("SELECT clear_generation($1)").bind(generation.number()).execute(tx.conn()).await?;
    for table in ["DELETE FROM outbox_cursor WHERE consumer = $1", "DELETE FROM dead_letter WHERE consumer = $1"] {
        sqlx::query(table).bind(generation.consumer()).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Lets nothing more be counted in figures before this transaction ends.
pub async fn hold_still(tx: &mut SystemTx, generation: Generation) -> Result<()> {
    sqlx::query("SELECT FROM outbox_cursor WHERE consumer = $1 ORDER BY source, shard FOR UPDATE")
        .bind(generation.consumer())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Figures that have left something behind though they are nobody's any more.
pub async fn left_behind(tx: &mut SystemTx) -> Result<Vec<Generation>> {
    let consumers: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT consumer FROM outbox_cursor").fetch_all(tx.conn()).await?;
    let known = all(tx).await?;
    let is_nobodys = |generation: &Generation| known.iter().all(|one| one.generation != *generation);
    let left = |generation: &Generation| consumers.iter().any(|consumer| consumer == generation.consumer());
    Ok(Generation::ALL.into_iter().filter(is_nobodys).filter(left).collect())
}

/// How many events figures are behind others, over all that both have heard of; `None` before they have begun everywhere.
pub async fn behind(tx: &mut SystemTx, built: Generation, serving: Generation) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "SELECT CASE WHEN count(*) = count(built.position) THEN sum(greatest(serving.position - built.position, 0))::int8 END
         FROM outbox_cursor serving
         LEFT JOIN outbox_cursor built
             ON built.consumer = $1 AND built.source = serving.source AND built.shard = serving.shard
         WHERE serving.consumer = $2",
    )
    .bind(built.consumer())
    .bind(serving.consumer())
    .fetch_one(tx.conn())
    .await?)
}

/// Partitions for the time to come.
pub async fn add_partitions(tx: &mut SystemTx) -> Result<()> {
    sqlx::query("SELECT add_partitions()").execute(tx.conn()).await?;
    Ok(())
}
