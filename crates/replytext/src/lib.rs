//! What comes back to a mail: who wrote, what they themselves say, and what they seem to want; or that a program
//! answered, that the mail did not arrive, that somebody complained.
//!
//! Pure functions from bytes and texts to values: nothing is stored, asked or waited for. Mails come from strangers, so
//! time and memory are bounded ([`limits`]), and nothing is guessed: where the evidence is low, the answer says so.
//!
//! - [`read`] takes a mail as it was received.
//! - [`own_words`] takes what its writer says out of its text, without what they quote and their signature.
//! - [`intent`] says what those words seem to want, how sure that is, and by which words.

mod automatic;
mod fault;
mod fold;
mod incoming;
mod intent;
pub mod limits;
mod mime;
mod report;
mod words;

pub use automatic::{Automatic, AutomaticKind};
pub use fault::Fault;
pub use incoming::{Evidence, Incoming, Kind, Mailbox, Recipient, read};
pub use intent::{Intent, IntentKind, Quote, intent};
pub use report::{Deliveries, Delivery, Feedback, FeedbackKind, Outcome, Status};
pub use words::{LeftOut, OwnWords, Why, own_words};
