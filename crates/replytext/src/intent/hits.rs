//! Where rules are met.

use std::ops::Range;

use super::{
    IntentKind,
    rules::{Asked, RULES, Rule},
    sentences::{Sentence, clause, sentences},
};
use crate::{fold::Folded, limits};

/// A yes and a no that are not certain weigh so much of what they would.
const DOUBT: f64 = 0.55;
/// As much of a sentence as is quoted, in characters; of a longer one, the clause.
const QUOTED: usize = 160;

/// Words that say something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hit {
    pub rule: &'static str,
    pub intent: IntentKind,
    pub weight: f64,
    /// What is to be quoted, in characters of the original.
    pub span: Range<usize>,
}

/// All that somebody's words say.
pub(super) fn of(words: &str) -> Vec<Hit> {
    let folded = Folded::of(words);
    let mut hits = Vec::new();
    for sentence in sentences(&folded) {
        for rule in &RULES.rules {
            hits.extend(hit(&folded, &sentence, rule));
        }
    }
    hits
}

/// The weightiest place at which a rule is met in a sentence.
fn hit(folded: &Folded, sentence: &Sentence, rule: &'static Rule) -> Option<Hit> {
    let counts = match rule.asked {
        Asked::Either => true,
        Asked::Only => sentence.is_question,
        Asked::Never => !sentence.is_question,
    };
    let words = folded.text.get(sentence.range.clone()).filter(|_| counts)?;
    let found = rule.pattern.find_iter(words).take(limits::PLACES).filter_map(|found| {
        let matched = sentence.range.start + found.start()..sentence.range.start + found.end();
        let clause = clause(&folded.text, &sentence.range, &matched);
        let before = folded.text.get(clause.start..matched.start).unwrap_or_default();
        let is_negated = !rule.keeps_negation && RULES.negation.is_match(before);
        let around = folded.text.get(clause.clone()).unwrap_or_default();
        if rule.unless.as_ref().is_some_and(|unless| unless.is_match(around)) {
            return None;
        }
        let intent = if is_negated { rule.negated? } else { rule.intent };
        let is_doubted = matches!(intent, IntentKind::Confirm | IntentKind::Decline) && RULES.doubt.is_match(around);
        let weight = if is_doubted { rule.weight * DOUBT } else { rule.weight };
        Some(Hit { rule: &rule.id, intent, weight, span: span(folded, sentence, &clause) })
    });
    found.max_by(|one, other| one.weight.total_cmp(&other.weight))
}

fn span(folded: &Folded, sentence: &Sentence, clause: &Range<usize>) -> Range<usize> {
    let (start, end) = folded.origin(sentence.range.start, sentence.range.end);
    if end - start <= QUOTED {
        return start..end;
    }
    let (start, end) = folded.origin(clause.start, clause.end);
    start..end.min(start + QUOTED)
}
