//! The messages that a worker of this process has in hand: claimed, and not yet ended in PostgreSQL.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use crate::domain::message::MessageId;

/// What a worker ends within this it may have in hand: taken up ahead, so that nobody waits for the next batch, and no more,
/// so that what is urgent comes soon, and what is to be stopped can be.
const AHEAD: Duration = Duration::from_millis(250);
/// However fast it goes: too many to lose with the process.
const MOST: usize = 512;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hand {
    /// So many are handed over at once by one way out.
    at_once: usize,
    held: Arc<Mutex<Held>>,
    freed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Held {
    ids: HashSet<MessageId>,
    /// How many ended when, within the last while.
    ended: VecDeque<(Instant, usize)>,
}

impl Held {
    fn window(&mut self, at_once: usize) -> usize {
        while self.ended.front().is_some_and(|(when, _)| when.elapsed() > AHEAD) {
            self.ended.pop_front();
        }
        let pace: usize = self.ended.iter().map(|(_, count)| count).sum();
        // However slow one way out is, another one's messages find room beside its own.
        let least = if at_once == 1 { 1 } else { 2 * at_once };
        pace.clamp(least, MOST.max(least))
    }
}

impl Hand {
    pub fn new(at_once: usize) -> Self {
        Self { at_once, held: Arc::default(), freed: Arc::default() }
    }

    /// Whether it has that one; it is not taken up again meanwhile, even when its lease was lost.
    pub fn has(&self, id: MessageId) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).ids.contains(&id)
    }

    pub fn take(&self, ids: impl IntoIterator<Item = MessageId>) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).ids.extend(ids);
    }

    pub fn free(&self, ids: &[MessageId]) {
        {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            for id in ids {
                held.ids.remove(id);
            }
            held.ended.push_back((Instant::now(), ids.len()));
        }
        self.freed.notify_one();
    }

    /// Waits until at least half of what it may have is free: what is taken up together costs little each. The answer is how
    /// many are. For one worker alone.
    pub async fn room(&self) -> usize {
        loop {
            let (window, held) = {
                let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
                (held.window(self.at_once), held.ids.len())
            };
            let free = window.saturating_sub(held);
            if free >= window.div_ceil(2) {
                return free;
            }
            self.freed.notified().await;
        }
    }
}
