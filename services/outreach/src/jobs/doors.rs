//! How many messages go at once by each way out: one that is slow has its own doors full and nobody else's. Whose messages
//! have waited there for nothing are not taken up for a moment, so that they do not stand before others either.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chassis::TenantId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many ways out may be known before those that nobody uses are forgotten.
const MANY: usize = 1_000;
/// For so long the messages of a tenant that found its doors full are not taken up.
pub const FULL: Duration = Duration::from_secs(1);

/// The doors of a kind of channel, by the key of the way out. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Doors {
    at_once: usize,
    all: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
    full: Arc<Mutex<HashMap<TenantId, Instant>>>,
}

impl Doors {
    /// So many go at once by each way out.
    pub fn new(at_once: usize) -> Self {
        Self { at_once, all: Arc::default(), full: Arc::default() }
    }

    /// A tenant's message has waited for nothing.
    pub fn note_full(&self, tenant: TenantId) {
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        full.retain(|_, since| since.elapsed() < FULL);
        full.insert(tenant, Instant::now());
    }

    /// Whether that was a moment ago.
    pub fn were_full(&self, tenant: TenantId) -> bool {
        let full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        full.get(&tenant).is_some_and(|since| since.elapsed() < FULL)
    }

    /// A place at a door; nothing when none is free for so long.
    pub async fn enter(&self, key: &str, patience: Duration) -> Option<OwnedSemaphorePermit> {
        tokio::time::timeout(patience, self.of(key).acquire_owned()).await.ok()?.ok()
    }

    fn of(&self, key: &str) -> Arc<Semaphore> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(door) = all.get(key) {
            return door.clone();
        }
        if all.len() >= MANY {
            all.retain(|_, door| Arc::strong_count(door) > 1);
        }
        all.entry(key.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_way_out_that_is_full_leaves_room_for_others() {
        let doors = Doors::new(2);
        let slow = [doors.enter("slow", Duration::ZERO).await, doors.enter("slow", Duration::ZERO).await];
        assert!(slow.iter().all(Option::is_some));
        assert!(doors.enter("slow", Duration::ZERO).await.is_none());
        assert!(doors.enter("other", Duration::ZERO).await.is_some());
        drop(slow);
        assert!(doors.enter("slow", Duration::ZERO).await.is_some());
    }

    #[tokio::test]
    async fn ways_out_that_nobody_uses_are_forgotten_and_full_ones_are_not() {
        let doors = Doors::new(1);
        let held = doors.enter("held", Duration::ZERO).await.unwrap();
        for number in 0..3 * MANY {
            assert!(doors.enter(&number.to_string(), Duration::ZERO).await.is_some());
        }
        assert!(doors.all.lock().unwrap().len() <= MANY);
        assert!(doors.enter("held", Duration::ZERO).await.is_none());
        drop(held);
    }
}
