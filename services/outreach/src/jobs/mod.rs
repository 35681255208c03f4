//! What it does when time passes: prepare what was accepted, put into Redis what is due, send what is there.

pub mod enqueue;
mod hand_over;
pub mod prepare;
pub mod send;

use std::sync::Arc;

use chassis::{Db, House};
use tokio::sync::Notify;

use crate::{channels::rack::Rack, domain::token::TokenKey};

/// What the jobs share.
#[derive(Clone)]
pub struct Shop {
    pub db: Db,
    pub house: House,
    pub rack: Arc<Rack>,
    pub tokens: TokenKey,
    /// Fires when something was queued here, so that it need not wait for the next look.
    pub queued: Arc<Notify>,
}
