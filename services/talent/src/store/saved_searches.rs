//! The table `saved_searches`.

use chassis::{
    Error, Result, TenantTx,
    wire::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use prost::Message as _;
use sqlx::FromRow;
use usher_proto::talent::v1::{SearchFilter, WatchState};

use crate::domain::saved_search::{SavedSearch, SavedSearchId, Settings};

/// The state of a search that is not watched.
pub const OFF: i16 = WatchState::Off as i16;

#[derive(FromRow)]
struct Row {
    saved_search_id: SavedSearchId,
    owner: String,
    name: String,
    query: String,
    filter: Vec<u8>,
    shared: bool,
    watch_state: i16,
    watch_start_time: Option<DateTime<Utc>>,
    version: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl Row {
    fn saved_search(self) -> Result<SavedSearch> {
        let broken = |error: &dyn std::fmt::Display| Error::internal("a saved search does not read", error);
        let state = WatchState::try_from(i32::from(self.watch_state)).map_err(|error| broken(&error))?;
        let filter = SearchFilter::decode(self.filter.as_slice()).map_err(|error| broken(&error))?;
        Ok(SavedSearch {
            id: self.saved_search_id,
            owner: self.owner,
            settings: Settings {
                name: self.name,
                query: self.query,
                filter: (filter != SearchFilter::default()).then_some(filter),
                watched: state != WatchState::Off,
                shared: self.shared,
            },
            state,
            watch_start_time: self.watch_start_time,
            version: self.version,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

/// Its place in the order.
pub fn cursor(search: &SavedSearch) -> Cursor {
    Cursor { time: search.create_time, id: search.id.0 }
}

/// Writes a new one, or over the one that there is.
pub async fn put(tx: &mut TenantTx, search: &SavedSearch) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO saved_searches (tenant_id, saved_search_id, owner, name, query, filter, shared, watch_state,
            watch_start_time, version, create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (tenant_id, saved_search_id) DO UPDATE SET name = excluded.name, query = excluded.query,
            filter = excluded.filter, shared = excluded.shared, watch_state = excluded.watch_state,
            watch_start_time = excluded.watch_start_time, version = excluded.version,
            update_time = excluded.update_time",
    )
    .bind(tenant)
    .bind(search.id)
    .bind(&search.owner)
    .bind(&search.settings.name)
    .bind(&search.settings.query)
    .bind(search.settings.filter.as_ref().map(SearchFilter::encode_to_vec).unwrap_or_default())
    .bind(search.settings.shared)
    .bind(number(search.state))
    .bind(search.watch_start_time)
    .bind(search.version)
    .bind(search.create_time)
    .bind(search.update_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many the tenant keeps.
pub async fn count(tx: &mut TenantTx) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar("SELECT count(*) FROM saved_searches WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_one(tx.conn())
        .await?)
}

/// One that the actor may read: their own, or a shared one; or anybody's.
pub async fn get(tx: &mut TenantTx, id: SavedSearchId, anybodys: bool) -> Result<SavedSearch> {
    let (tenant, actor) = (tx.tenant(), tx.ctx().actor.clone());
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM saved_searches
         WHERE tenant_id = $1 AND saved_search_id = $2 AND (owner = $3 OR shared OR $4)",
    )
    .bind(tenant)
    .bind(id)
    .bind(actor.as_str())
    .bind(anybodys)
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(not_found)?.saved_search()
}

/// One of the actor's own, or anybody's, which nobody else changes before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: SavedSearchId, anybodys: bool) -> Result<SavedSearch> {
    let (tenant, actor) = (tx.tenant(), tx.ctx().actor.clone());
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM saved_searches
         WHERE tenant_id = $1 AND saved_search_id = $2 AND (owner = $3 OR $4) FOR UPDATE",
    )
    .bind(tenant)
    .bind(id)
    .bind(actor.as_str())
    .bind(anybodys)
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(not_found)?.saved_search()
}

/// One whose watch is to begin, whoever's it is; `None` when it is gone.
pub async fn lock_any(tx: &mut TenantTx, id: SavedSearchId) -> Result<Option<SavedSearch>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM saved_searches WHERE tenant_id = $1 AND saved_search_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::saved_search).transpose()
}

/// The searches that are watched; nobody changes one before this transaction ends.
pub async fn watched(tx: &mut TenantTx) -> Result<Vec<SavedSearch>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM saved_searches WHERE tenant_id = $1 AND watch_state = $2 ORDER BY saved_search_id FOR SHARE",
    )
    .bind(tenant)
    .bind(number(WatchState::Watching))
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::saved_search).collect()
}

/// One page of those that the actor may read, newest first; of `owner`'s alone unless that is empty.
pub async fn list(tx: &mut TenantTx, owner: &str, page: &Page, anybodys: bool) -> Result<Vec<SavedSearch>> {
    let (tenant, actor) = (tx.tenant(), tx.ctx().actor.clone());
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM saved_searches
         WHERE tenant_id = $1 AND (owner = $2 OR shared OR $6 AND $7 <> '') AND ($7 = '' OR owner = $7)
           AND ($3::timestamptz IS NULL OR (create_time, saved_search_id) < ($3, $4))
         ORDER BY create_time DESC, saved_search_id DESC LIMIT $5",
    )
    .bind(tenant)
    .bind(actor.as_str())
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .bind(anybodys)
    .bind(owner)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::saved_search).collect()
}

/// Forgets one of the actor's own, or anybody's, with everything that hangs on it.
pub async fn delete(tx: &mut TenantTx, id: SavedSearchId, anybodys: bool) -> Result<()> {
    let (tenant, actor) = (tx.tenant(), tx.ctx().actor.clone());
    let deleted =
        sqlx::query("DELETE FROM saved_searches WHERE tenant_id = $1 AND saved_search_id = $2 AND (owner = $3 OR $4)")
            .bind(tenant)
            .bind(id)
            .bind(actor.as_str())
            .bind(anybodys)
            .execute(tx.conn())
            .await?;
    if deleted.rows_affected() == 0 { Err(not_found()) } else { Ok(()) }
}

fn number(state: WatchState) -> i16 {
    // The contract has few states.
    i16::try_from(i32::from(state)).unwrap_or_default()
}

fn not_found() -> Error {
    Error::not_found("SAVED_SEARCH_NOT_FOUND", "there is no such saved search, or it is somebody else's")
}
