//! What somebody seems to want, by the words that say so.
//!
//! Rules are data (`rules/intents.toml`). Each has a weight: how sure its words alone make. What several rules say adds
//! up; a negation turns a rule over or voids it; doubt halves a yes and a no. Which intent wins where several are there
//! is [`weigh`]'s.

mod hits;
mod rules;
mod sentences;
mod weigh;

use std::ops::Range;

use serde::Deserialize;

use crate::limits;

/// What somebody may want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// They take what is offered: they will come.
    Confirm,
    /// They want another time, place or form.
    Reschedule,
    /// They do not want it, or not any more.
    Decline,
    /// They ask something that has to be answered.
    Question,
    /// They are away, and a program or they themselves say so.
    OutOfOffice,
    /// They want no more messages.
    Unsubscribe,
    /// The evidence is not enough for any of these.
    Other,
}

/// Words of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Where they stand, in characters of the text that was looked at.
    pub span: Range<usize>,
    /// As they are written.
    pub words: String,
}

/// What somebody seems to want.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// What it is.
    pub kind: IntentKind,
    /// How sure that is, from 0 to 1. From 0.5 for all but [`IntentKind::Other`], of which it is how near the best came.
    pub confidence: f64,
    /// The words that say so most clearly; none where nothing does.
    pub quote: Option<Quote>,
    /// What else they seem to want, the most certain first: a question behind a yes must not be lost.
    pub also: Vec<IntentKind>,
    /// The rules that speak for it, by their identifiers.
    pub rules: Vec<&'static str>,
}

/// Says what somebody's own words seem to want. Only the first [`limits::WORDS`] characters are looked at.
pub fn intent(words: &str) -> Intent {
    let end = words.char_indices().nth(limits::WORDS).map_or(words.len(), |(end, _)| end);
    let words = words.get(..end).unwrap_or(words);
    weigh::weigh(words, &hits::of(words))
}

#[cfg(test)]
mod tests;
