//! The words that the writer of a mail wrote now: without what they quote, their signature, and what lawyers add.
//!
//! A text is looked at line by line from top to bottom. Lines that are marked (`>`) are quoted one by one, so that what
//! is written between them stays. Where a program puts the whole mail that is answered below an answer, unmarked, all
//! that follows its head is that mail. What is left falls into runs, and each may end with a signature.

mod quotes;
mod rules;
mod signatures;

use std::ops::Range;

use crate::{fold::Folded, limits, mime};

/// Why lines are no words of the writer's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Somebody else's, or their own of before.
    Quote,
    /// Who they are, how to reach them, or by which telephone they write.
    Signature,
    /// What lawyers and machines add.
    Disclaimer,
}

/// Lines that were left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Why.
    pub why: Why,
    /// Which, from 0.
    pub lines: Range<usize>,
}

/// What somebody says themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnWords {
    /// In their order, trimmed, with at most one empty line between.
    pub words: String,
    /// The rest, in the order of the text.
    pub left_out: Vec<LeftOut>,
}

/// A line of a text.
struct Line<'x> {
    /// Without blanks at its end.
    text: &'x str,
    /// As rules are compared with it; empty for a line that is too long to be anything but words.
    folded: String,
    why: Option<Why>,
}

impl Line<'_> {
    fn is_blank(&self) -> bool {
        self.text.trim_start().is_empty()
    }

    fn is_own(&self) -> bool {
        self.why.is_none()
    }
}

/// Takes what the writer of a text says themselves out of it.
pub fn own_words(text: &str) -> OwnWords {
    let text = mime::clean(text);
    let mut lines: Vec<_> = text.lines().take(limits::LINES).map(line).collect();
    quotes::leave_out(&mut lines);
    for run in runs(&lines) {
        if let Some(run) = lines.get_mut(run) {
            signatures::leave_out(run);
        }
    }
    OwnWords { words: joined(&lines), left_out: left_out(&lines) }
}

fn line(text: &str) -> Line<'_> {
    let folded = if text.len() <= limits::LINE { Folded::of(text.trim()).text } else { String::new() };
    Line { text: text.trim_end(), folded, why: None }
}

/// Lines in a row that are the writer's own.
fn runs(lines: &[Line<'_>]) -> Vec<Range<usize>> {
    stretches(lines).into_iter().filter(|(why, _)| why.is_none()).map(|(_, run)| run).collect()
}

fn left_out(lines: &[Line<'_>]) -> Vec<LeftOut> {
    let left_out = |(why, lines): (Option<Why>, Range<usize>)| why.map(|why| LeftOut { why, lines });
    stretches(lines).into_iter().filter_map(left_out).collect()
}

/// Lines in a row that are the same.
fn stretches(lines: &[Line<'_>]) -> Vec<(Option<Why>, Range<usize>)> {
    let mut stretches: Vec<(Option<Why>, Range<usize>)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match stretches.last_mut() {
            Some((why, stretch)) if *why == line.why => stretch.end = at + 1,
            _ => stretches.push((line.why, at..at + 1)),
        }
    }
    stretches
}

fn joined(lines: &[Line<'_>]) -> String {
    let mut words = String::new();
    let mut is_apart = false;
    for line in lines {
        // What was left out parts the words around it.
        if !line.is_own() || line.is_blank() {
            is_apart = true;
            continue;
        }
        if !words.is_empty() {
            words.push_str(if is_apart { "\n\n" } else { "\n" });
        }
        words.push_str(line.text);
        is_apart = false;
    }
    words.trim().to_owned()
}

#[cfg(test)]
mod tests;
