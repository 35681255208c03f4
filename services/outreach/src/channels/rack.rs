//! The adapters of all tenants, as far as they are in use.
//!
//! A tenant's shelf is looked at again after [`FRESH`], and at once in the process in which it was changed. An adapter stays
//! as long as its channel's revision does, with its connections and its token. What is not used makes room.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chassis::{Db, Result, TenantCtx, TenantId};

use super::{Channel, SendError, make::Maker};
use crate::{
    domain::{
        channel::{self, ChannelId, Medium},
        route::Line,
    },
    store,
};

/// So long another process may use what was changed meanwhile.
const FRESH: Duration = Duration::from_secs(2);
/// So many tenants' shelves are kept.
const MOST: usize = 1_000;

/// Holds the shelves.
pub struct Rack {
    db: Db,
    own: Arc<dyn Channel>,
    pub maker: Maker,
    shelves: Mutex<HashMap<TenantId, Kept>>,
    /// Grows with each change here, so that a look that began before it is not taken for one after it.
    changes: AtomicU64,
}

struct Kept {
    shelf: Arc<Shelf>,
    /// `None` when it was changed since.
    read: Option<Instant>,
    used: Instant,
}

/// With whom a channel's provider has to do.
#[derive(Debug)]
pub struct Account {
    /// See [`Channel::key`].
    pub key: String,
    /// Messages a second that it takes; 0 where nobody has said.
    pub per_second: u32,
}

/// One tenant's channels.
#[derive(Default)]
pub struct Shelf {
    slots: Vec<Slot>,
}

struct Slot {
    channel: channel::Channel,
    medium: Medium,
    adapter: Result<Arc<dyn Channel>, SendError>,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.slots.iter().map(|slot| slot.channel.id)).finish()
    }
}

impl Shelf {
    /// What a message may take, in the tenant's order; the installation's own for e-mail where the tenant has none.
    pub fn lines(&self) -> Vec<Line<'_>> {
        let default = Line { id: None, medium: Medium::Email, settings: None };
        let own = self.slots.iter().map(|slot| Line {
            id: Some(slot.channel.id),
            medium: slot.medium,
            settings: Some(&slot.channel.settings),
        });
        self.uses_default_email().then_some(default).into_iter().chain(own).collect()
    }

    /// Whether the tenant has no channel of its own for e-mail.
    pub fn uses_default_email(&self) -> bool {
        !self.slots.iter().any(|slot| slot.medium == Medium::Email)
    }

    /// Whether some channel may have addresses of its own.
    pub fn has_own_addresses(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot.medium, Medium::Wechat | Medium::Wecom))
    }

    /// The account behind a channel, and how many messages a second it takes; 0 where the channel does not say.
    fn account(&self, id: ChannelId) -> Option<Account> {
        let slot = self.slots.iter().find(|slot| slot.channel.id == id)?;
        let per_second = u32::try_from(slot.channel.settings.messages_per_second).unwrap_or_default();
        Some(Account { key: slot.adapter.as_ref().ok()?.key().to_owned(), per_second })
    }

    fn adapter(&self, id: ChannelId) -> Option<Result<Arc<dyn Channel>, SendError>> {
        self.slots.iter().find(|slot| slot.channel.id == id).map(|slot| slot.adapter.clone())
    }
}

impl Rack {
    /// With the installation's own channel.
    pub fn new(db: Db, own: Arc<dyn Channel>, maker: Maker) -> Self {
        Self { db, own, maker, shelves: Mutex::default(), changes: AtomicU64::new(0) }
    }

    /// A tenant's channels.
    pub async fn shelf(&self, tenant: TenantId) -> Result<Arc<Shelf>> {
        let known = {
            let mut shelves = self.shelves();
            let kept = shelves.get_mut(&tenant);
            let known = kept.map(|kept| {
                kept.used = Instant::now();
                (kept.shelf.clone(), kept.read.is_some_and(|read| read.elapsed() < FRESH))
            });
            match known {
                Some((shelf, true)) => return Ok(shelf),
                Some((shelf, false)) => Some(shelf),
                None => None,
            }
        };
        let (now, before) = (Instant::now(), self.changes.load(Ordering::Acquire));
        let shelf = Arc::new(self.read(tenant, known.as_deref()).await?);
        let mut shelves = self.shelves();
        let is_last = self.changes.load(Ordering::Acquire) == before;
        shelves.insert(tenant, Kept { shelf: shelf.clone(), read: is_last.then_some(now), used: now });
        if shelves.len() > MOST
            && let Some(oldest) = shelves.iter().min_by_key(|(_, kept)| kept.used).map(|(tenant, _)| *tenant)
        {
            shelves.remove(&oldest);
        }
        Ok(shelf)
    }

    /// The next look at a tenant's channels is a fresh one: they were changed here.
    pub fn changed(&self, tenant: TenantId) {
        let mut shelves = self.shelves();
        self.changes.fetch_add(1, Ordering::Release);
        if let Some(kept) = shelves.get_mut(&tenant) {
            kept.read = None;
        }
    }

    /// The account behind a tenant's channel; without an id, the installation's own. `None` when the channel is not there or
    /// can not be used: whoever hands a message over finds out why.
    pub async fn account(&self, tenant: TenantId, id: Option<ChannelId>) -> Result<Option<Account>> {
        match id {
            None => Ok(Some(Account { key: self.own.key().to_owned(), per_second: 0 })),
            Some(id) => Ok(self.shelf(tenant).await?.account(id)),
        }
    }

    /// The adapter of a tenant's channel; without an id, the installation's own.
    pub async fn adapter(&self, tenant: TenantId, id: Option<ChannelId>) -> Result<Arc<dyn Channel>, SendError> {
        let Some(id) = id else { return Ok(self.own.clone()) };
        let shelf = self.shelf(tenant).await;
        let shelf =
            shelf.map_err(|error| SendError::transient(format!("the channel can not be had: {}", error.reason())))?;
        shelf.adapter(id).unwrap_or_else(|| Err(SendError::broken("the channel was deleted")))
    }

    async fn read(&self, tenant: TenantId, known: Option<&Shelf>) -> Result<Shelf> {
        let mut tx = self.db.begin(&TenantCtx::service(tenant, "outreach")).await?;
        let mut slots = Vec::new();
        for (channel, sealed) in store::channels::all(&mut tx).await? {
            let Some(medium) = channel::medium(&channel.settings) else { continue };
            let same = known.and_then(|known| {
                known
                    .slots
                    .iter()
                    .find(|slot| slot.channel.id == channel.id && slot.channel.revision == channel.revision)
            });
            let adapter = match same {
                Some(slot) => slot.adapter.clone(),
                None => self.make(tenant, &channel, sealed.as_deref()),
            };
            slots.push(Slot { channel, medium, adapter });
        }
        Ok(Shelf { slots })
    }

    /// An adapter; where that fails, every message is told so.
    fn make(
        &self,
        tenant: TenantId,
        channel: &channel::Channel,
        sealed: Option<&[u8]>,
    ) -> Result<Arc<dyn Channel>, SendError> {
        let secret = sealed.map(|sealed| store::channels::unsealed(&self.db.vault(), tenant, channel.id, sealed));
        let made = secret
            .transpose()
            .and_then(|secret| self.maker.make(channel.id, &channel.settings, &secret.unwrap_or_default()));
        made.map_err(|error| {
            tracing::error!(channel = %channel.id, %error, "a channel can not be used");
            SendError::broken("the channel's settings or its secret can not be used any more; give them again")
        })
    }

    fn shelves(&self) -> MutexGuard<'_, HashMap<TenantId, Kept>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
