//! What it does when time passes: prepare what was accepted, tell Redis what is due, send what is there.

mod breakers;
mod concluding;
mod courier;
pub mod crowd;
pub mod desk;
mod doors;
pub mod enqueue;
mod gates;
mod hand;
mod hand_over;
pub mod lanes;
mod limits;
pub mod prepare;
mod reader;
pub mod send;
pub mod strangers;
mod sweep;

use std::sync::Arc;

use chassis::{Db, House};
use tokio::sync::Notify;

pub use self::{breakers::Breakers, limits::Rate};
use crate::{
    Delivery,
    channels::rack::Rack,
    commands::prepare::Sources,
    domain::{reply::address::Addresses, token::TokenKey},
    jobs::desk::Desk,
    recipients::Recipients,
};

/// What the jobs share.
#[derive(Clone)]
pub struct Shop {
    pub db: Db,
    pub house: House,
    pub rack: Arc<Rack>,
    pub tokens: TokenKey,
    /// Where replies go.
    pub addresses: Addresses,
    /// Whether what can not be delivered by the installation's own mail server goes there as well.
    pub takes_bounces: bool,
    pub delivery: Delivery,
    pub recipients: Recipients,
    pub breakers: Breakers,
    /// Where whoever queues a message says so.
    pub desk: Desk,
    /// Fires when something was queued here, so that it need not wait for the next look.
    pub queued: Arc<Notify>,
}

impl Shop {
    /// Whom to ask about messages.
    pub fn sources(&self) -> Sources<'_> {
        Sources {
            recipients: &self.recipients,
            rack: &self.rack,
            peers: &self.house.peers,
            public_url: &self.house.public_url,
        }
    }
}
