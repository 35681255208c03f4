//! Which of several intents wins.
//!
//! The weights of different rules for one intent add up as chances do: `1 - (1 - a)(1 - b)…`, at most 0.97. An intent is
//! there when it comes to [`ENOUGH`]. Among those that are there:
//!
//! 1. **Unsubscribe** beats all: who wants no more messages must get none, whatever else they say.
//! 2. **Out of office** beats what is left when a machine itself says that it is one: what it says is said to everybody.
//! 3. **Decline** and **reschedule** beat confirm and question: “yes, but not on Monday” is no yes. Of the two the
//!    stronger wins, and a tie goes to reschedule, by which nothing ends.
//! 4. **Confirm** beats question. The question is told beside it, and makes the yes less sure, so that somebody reads it.
//! 5. **Question**, and at last out of office where a person may be writing.
//!
//! What contradicts the winner takes from its confidence. When nothing is there, it is other.

use std::{cmp::Ordering, collections::BTreeMap};

use super::{Intent, IntentKind, Quote, hits::Hit};

/// With less evidence an intent is not there.
const ENOUGH: f64 = 0.5;
/// Nothing is certain.
const MOST: f64 = 0.97;
/// How much of its strength a contradicting intent takes from the winner.
const CONTRADICTION: f64 = 0.45;
/// How much a question takes from a yes: enough that somebody reads both.
const ASKED_BESIDE: f64 = 0.3;
/// Only machines say so much about being away.
const MACHINE: f64 = 0.8;

/// Says what all the hits come to.
pub(super) fn weigh(words: &str, hits: &[Hit]) -> Intent {
    let mut strengths: BTreeMap<IntentKind, f64> = BTreeMap::new();
    for (kind, weights) in by_rule(hits) {
        let chance = 1.0 - weights.values().fold(1.0, |left, weight| left * (1.0 - weight));
        strengths.insert(kind, chance.min(MOST));
    }
    let there = |kind: &IntentKind| strengths.get(kind).copied().filter(|strength| *strength >= ENOUGH);
    let kinds: Vec<_> = strengths.keys().copied().filter(|kind| there(kind).is_some()).collect();
    let winner = kinds.iter().copied().max_by(|one, other| {
        let by_strength = || there(one).partial_cmp(&there(other)).unwrap_or(Ordering::Equal);
        rank(*one, there(one)).cmp(&rank(*other, there(other))).then_with(by_strength).then_with(|| other.cmp(one))
    });
    let Some(kind) = winner else { return nothing(words, hits, &strengths) };
    let strength = there(&kind).unwrap_or_default();
    let against = strengths.iter().map(|(other, strength)| taken(kind, *other) * strength);
    let confidence = strength * (1.0 - against.fold(0.0, f64::max));
    let mut also: Vec<_> = kinds.into_iter().filter(|other| *other != kind).collect();
    also.sort_by(|one, other| there(other).partial_cmp(&there(one)).unwrap_or(Ordering::Equal));
    Intent { kind, confidence, quote: quote(words, hits, kind), also, rules: rules(hits, kind) }
}

/// The higher wins.
fn rank(kind: IntentKind, strength: Option<f64>) -> u8 {
    match kind {
        IntentKind::Unsubscribe => 6,
        IntentKind::OutOfOffice if strength.is_some_and(|strength| strength >= MACHINE) => 5,
        IntentKind::Reschedule | IntentKind::Decline => 4,
        IntentKind::Confirm => 3,
        IntentKind::Question => 2,
        IntentKind::OutOfOffice => 1,
        IntentKind::Other => 0,
    }
}

/// How much of its strength another intent takes from the winner.
fn taken(winner: IntentKind, other: IntentKind) -> f64 {
    use IntentKind::{Confirm, Decline, OutOfOffice, Question, Reschedule, Unsubscribe};
    match (winner, other) {
        (Confirm, Reschedule | Decline | OutOfOffice | Unsubscribe)
        | (Decline, Confirm | Reschedule)
        | (Reschedule, Decline) => CONTRADICTION,
        (Confirm, Question) => ASKED_BESIDE,
        _ => 0.0,
    }
}

/// The weightiest hit of each rule.
fn by_rule(hits: &[Hit]) -> BTreeMap<IntentKind, BTreeMap<&'static str, f64>> {
    let mut weights: BTreeMap<IntentKind, BTreeMap<&'static str, f64>> = BTreeMap::new();
    for hit in hits {
        let weight = weights.entry(hit.intent).or_default().entry(hit.rule).or_default();
        *weight = weight.max(hit.weight);
    }
    weights
}

fn nothing(words: &str, hits: &[Hit], strengths: &BTreeMap<IntentKind, f64>) -> Intent {
    let best = strengths.iter().max_by(|(_, one), (_, other)| one.total_cmp(other));
    let quote = best.and_then(|(kind, _)| quote(words, hits, *kind));
    let confidence = best.map_or(0.0, |(_, strength)| *strength);
    Intent { kind: IntentKind::Other, confidence, quote, also: Vec::new(), rules: Vec::new() }
}

fn quote(words: &str, hits: &[Hit], kind: IntentKind) -> Option<Quote> {
    let of_kind = hits.iter().filter(|hit| hit.intent == kind);
    // The first of several that weigh the same.
    let best = of_kind.rev().max_by(|one, other| one.weight.total_cmp(&other.weight))?;
    let written: Vec<char> = words.chars().skip(best.span.start).take(best.span.len()).collect();
    let blanks = |one: &&char| one.is_whitespace();
    let start = best.span.start + written.iter().take_while(blanks).count();
    let end = (best.span.start + written.len()).saturating_sub(written.iter().rev().take_while(blanks).count());
    let end = end.max(start);
    Some(Quote { span: start..end, words: words.chars().skip(start).take(end - start).collect() })
}

fn rules(hits: &[Hit], kind: IntentKind) -> Vec<&'static str> {
    let mut rules: Vec<_> = hits.iter().filter(|hit| hit.intent == kind).map(|hit| hit.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}
