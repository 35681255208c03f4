//! What it does when time passes: prepare what was accepted, put into Redis what is due, send what is there.

pub mod enqueue;
pub mod prepare;
pub mod send;

use std::{sync::Arc, time::Duration};

use chassis::{Db, House};
use tokio::sync::Notify;

use crate::channels::Channel;

/// Between two looks at the database when nobody says that there is something new.
const EVERY: Duration = Duration::from_millis(250);

/// What the jobs share.
#[derive(Clone)]
pub struct Shop {
    pub db: Db,
    pub house: House,
    pub channel: Arc<dyn Channel>,
    pub from: lettre::message::Mailbox,
    /// Fires when something was queued here, so that it need not wait for the next look.
    pub queued: Arc<Notify>,
}

impl Shop {
    /// Waits for news, for the next look, or for the clock to move; false when it is time to stop.
    async fn wait(&self) -> bool {
        tokio::select! {
            () = self.queued.notified() => true,
            () = self.house.clock.tick(EVERY) => true,
            () = self.house.stop.cancelled() => false,
        }
    }
}
