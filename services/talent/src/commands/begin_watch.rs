//! The watch of a search begins: whoever matches already is written down, and is no news.

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::WatchState;

use crate::{
    domain::saved_search::{SavedSearch, SavedSearchId},
    queries::sight::Sight,
    store::{saved_searches, watches},
};

pub async fn run(tx: &mut TenantTx, sight: &Sight, id: SavedSearchId) -> Result<()> {
    // The search first, as whoever changes it.
    let waiting = saved_searches::lock_any(tx, id).await?.filter(|search| search.state == WatchState::Beginning);
    watches::has_begun(tx, id).await?;
    let Some(search) = waiting else { return Ok(()) };
    let now = tx.now();
    let begun = match sight.matching(&search.settings, now).await? {
        Some(matching) => {
            watches::replace(tx, id, &matching).await?;
            SavedSearch { state: WatchState::Watching, watch_start_time: Some(now), ..search }
        }
        None => SavedSearch { state: WatchState::TooBroad, ..search },
    };
    saved_searches::put(tx, &begun).await
}
