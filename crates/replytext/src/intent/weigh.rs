//! Which of several intents wins.
//!
//! The weights of different rules for one intent add up as chances do: `1 - (1 - a)(1 - b)…`, at most 0.97. An intent is
//! there when it comes to [`ENOUGH`]. Among those that are there:
//!
//! 1. **Unsubscribe** beats all: who wants no more messages must get none, whatever else they say.
//! 2. **Reschedule** and **decline** beat confirm, question and out of office: “yes, but not on Monday” is no yes. Of
//!    the two the stronger wins, and a tie goes to reschedule, by which nothing ends.
//! 3. **Question** beats confirm: a yes waits until the question is answered, a question must not be lost behind a yes.
//! 4. **Confirm** beats out of office, which a person says beside, and a program alone.
//! 5. **Out of office** beats question: “whom may I ask meanwhile?” stands in many an automatic answer.
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
        rank(*one).cmp(&rank(*other)).then_with(by_strength).then_with(|| other.cmp(one))
    });
    let Some(kind) = winner else { return nothing(words, hits, &strengths) };
    let strength = there(&kind).unwrap_or_default();
    let against = strengths.iter().filter(|(other, _)| contradicts(kind, **other)).map(|(_, strength)| *strength);
    let confidence = strength * (1.0 - CONTRADICTION * against.fold(0.0, f64::max));
    Intent { kind, confidence, quote: quote(words, hits, kind), rules: rules(hits, kind) }
}

/// The higher wins.
fn rank(kind: IntentKind) -> u8 {
    match kind {
        IntentKind::Unsubscribe => 5,
        IntentKind::Reschedule | IntentKind::Decline => 4,
        IntentKind::OutOfOffice => 1,
        IntentKind::Confirm => 2,
        IntentKind::Question => 3,
        IntentKind::Other => 0,
    }
}

fn contradicts(winner: IntentKind, other: IntentKind) -> bool {
    use IntentKind::{Confirm, Decline, OutOfOffice, Reschedule, Unsubscribe};
    match winner {
        Confirm => matches!(other, Reschedule | Decline | OutOfOffice | Unsubscribe),
        Decline => matches!(other, Confirm | Reschedule),
        Reschedule => other == Decline,
        _ => false,
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
    Intent { kind: IntentKind::Other, confidence, quote, rules: Vec::new() }
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
