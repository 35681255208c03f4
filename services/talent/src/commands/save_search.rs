//! Somebody keeps a search, or changes one that they keep.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{
    CreateSavedSearchRequest, SavedSearchSettings, SearchFilter, UpdateSavedSearchRequest, WatchState,
};

use crate::{
    domain::{
        clean::text,
        saved_search::{MOST, SavedSearch, SavedSearchId, Settings},
    },
    queries::sight::Sight,
    store::{saved_searches, watches},
};

/// The fields that can be changed.
const FIELDS: [&str; 5] = ["name", "query", "filter", "watched", "shared"];

/// Keeps a new one.
pub async fn create(tx: &mut TenantTx, sight: &Sight, request: CreateSavedSearchRequest) -> Result<SavedSearch> {
    let settings = read(request.settings.unwrap_or_default())?;
    sight.check(&settings, tx.now()).await?;
    if saved_searches::count(tx).await? >= MOST {
        let message = "a tenant keeps at most 1,000 searches; delete some first";
        return Err(Error::failed_precondition("SAVED_SEARCHES_TOO_MANY", message));
    }
    let search = SavedSearch {
        id: SavedSearchId::new(),
        owner: tx.ctx().actor.to_string(),
        state: beginning(&settings),
        settings,
        watch_start_time: None,
        version: 1,
        create_time: tx.now(),
        update_time: tx.now(),
    };
    save(tx, search).await
}

/// Changes one. `anybodys` for those who may change what others keep.
pub async fn update(
    tx: &mut TenantTx,
    sight: &Sight,
    request: UpdateSavedSearchRequest,
    anybodys: bool,
) -> Result<SavedSearch> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let before = saved_searches::lock(tx, wire::id("saved_search_id", &request.saved_search_id)?, anybodys).await?;
    wire::check_etag(&request.etag, before.version)?;
    let settings = merged(&before.settings, read(request.settings.unwrap_or_default())?, &mask);
    if settings == before.settings {
        return Ok(before);
    }
    let goes_on = settings.watched == before.settings.watched && settings.asks_the_same(&before.settings);
    let (state, watch_start_time) = if goes_on {
        // What it has come to find keeps nobody from giving it another name.
        (before.state, before.watch_start_time)
    } else {
        sight.check(&settings, tx.now()).await?;
        (beginning(&settings), None)
    };
    let version = before.version + 1;
    save(tx, SavedSearch { settings, state, watch_start_time, version, update_time: tx.now(), ..before }).await
}

async fn save(tx: &mut TenantTx, search: SavedSearch) -> Result<SavedSearch> {
    saved_searches::put(tx, &search).await?;
    if search.state == WatchState::Beginning {
        watches::ask_to_begin(tx, search.id).await?;
    }
    Ok(search)
}

fn beginning(settings: &Settings) -> WatchState {
    if settings.watched { WatchState::Beginning } else { WatchState::Off }
}

fn read(said: SavedSearchSettings) -> Result<Settings> {
    let name = text::required("settings.name", &said.name, 100)
        .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
    let filter = said.filter.filter(|filter| *filter != SearchFilter::default());
    Ok(Settings { name, query: said.query, filter, watched: said.watched, shared: said.shared })
}

fn merged(before: &Settings, said: Settings, mask: &[String]) -> Settings {
    let named = |field: &str| mask.iter().any(|one| one == field);
    Settings {
        name: if named("name") { said.name } else { before.name.clone() },
        query: if named("query") { said.query } else { before.query.clone() },
        filter: if named("filter") { said.filter } else { before.filter.clone() },
        watched: if named("watched") { said.watched } else { before.watched },
        shared: if named("shared") { said.shared } else { before.shared },
    }
}
