//! Where whoever has queued messages says so, so that Redis is told at once and without another look into PostgreSQL.
//!
//! Not everything goes this way: where a lane is full, a tenant that has just had its share waits in PostgreSQL, in order,
//! and does not stand before others in the lane. One that sends little goes straight on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chassis::TenantId;
use tokio::sync::mpsc::UnboundedSender;

use super::lanes;
use crate::{domain::message::Message, store::queue::Told};

/// What a tenant may put into full lanes within [`WHILE`].
const SHARE: usize = 20;
const WHILE: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk {
    told: UnboundedSender<Vec<Told>>,
    book: Arc<Mutex<Book>>,
}

#[derive(Debug)]
struct Book {
    /// How full each lane was at the last look, and what has come since.
    lengths: HashMap<(String, i16), usize>,
    /// What each tenant has put in since then.
    shares: HashMap<TenantId, usize>,
    since: Instant,
}

impl Desk {
    pub fn new(told: UnboundedSender<Vec<Told>>) -> Self {
        let book = Book { lengths: HashMap::new(), shares: HashMap::new(), since: Instant::now() };
        Self { told, book: Arc::new(Mutex::new(book)) }
    }

    /// Whether a new message of that tenant goes straight to its lane. Whoever is told so says [`Desk::tell`] after the
    /// commit.
    pub fn admits(&self, tenant: TenantId, message: &Message) -> bool {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if book.since.elapsed() > WHILE {
            book.shares.clear();
            book.since = Instant::now();
        }
        let length = book.lengths.entry((message.channel.clone(), message.priority.number())).or_default();
        let is_full = *length >= lanes::ROOM;
        let share = if is_full { book.shares.entry(tenant).or_default() } else { length };
        let admitted = !is_full || *share < SHARE;
        *share += usize::from(admitted);
        admitted
    }

    /// Says that these were queued as told. When the process stops before Redis knows, they are told again after a while.
    pub fn tell(&self, tickets: Vec<Told>) {
        if !tickets.is_empty() {
            // The job has ended only when the process ends.
            let _ = self.told.send(tickets);
        }
    }

    /// How full a lane is.
    pub fn note(&self, channel: &str, priority: i16, length: usize) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.lengths.insert((channel.to_owned(), priority), length);
    }
}
