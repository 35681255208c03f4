//! The messages that a worker of this process has in hand: claimed, and not yet ended in PostgreSQL.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::domain::message::MessageId;

/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Hand {
    ids: Arc<Mutex<HashSet<MessageId>>>,
    freed: Arc<Notify>,
}

impl Hand {
    /// Whether it has that one; it is not taken up again meanwhile, even when its lease was lost.
    pub fn has(&self, id: MessageId) -> bool {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }

    pub fn take(&self, ids: impl IntoIterator<Item = MessageId>) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }

    pub fn free(&self, ids: impl IntoIterator<Item = MessageId>) {
        {
            let mut held = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            for id in ids {
                held.remove(&id);
            }
        }
        self.freed.notify_waiters();
    }

    /// Waits until at least half of the window is free: what is taken up together costs little each. The answer is how many
    /// are.
    pub async fn room(&self, window: usize) -> usize {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            let free = window.saturating_sub(self.ids.lock().unwrap_or_else(PoisonError::into_inner).len());
            if free >= window.div_ceil(2) {
                return free;
            }
            freed.await;
        }
    }
}
