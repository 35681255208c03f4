//! What somebody seems to want, as it is kept.

use replytext::{IntentKind, Outcome};
use usher_proto::outreach::v1::{DeliveryOutcome, ReplyIntent};

/// How sure it is that somebody is away whose program says so.
const AWAY: f64 = 0.95;
/// Characters of a quote.
const QUOTED: usize = 500;

/// What they seem to want.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    pub intent: ReplyIntent,
    pub confidence: f64,
    pub quote: String,
    pub also: Vec<ReplyIntent>,
}

/// What a person's own words say.
pub fn of(words: &str) -> Reading {
    let found = replytext::intent(words);
    Reading {
        intent: intent(found.kind),
        confidence: found.confidence,
        quote: kept(found.quote.as_ref().map(|quote| quote.words.as_str()).unwrap_or_default(), QUOTED),
        also: found.also.into_iter().map(intent).collect(),
    }
}

/// What a program's words say: at most that somebody is away.
pub fn of_program(is_away: bool, words: &str) -> Reading {
    if !is_away {
        return Reading { intent: ReplyIntent::Other, ..Reading::default() };
    }
    let said = of(words);
    let quote = if said.intent == ReplyIntent::OutOfOffice { said.quote } else { String::new() };
    Reading { intent: ReplyIntent::OutOfOffice, confidence: AWAY, quote, also: Vec::new() }
}

fn intent(kind: IntentKind) -> ReplyIntent {
    match kind {
        IntentKind::Confirm => ReplyIntent::Confirm,
        IntentKind::Reschedule => ReplyIntent::Reschedule,
        IntentKind::Decline => ReplyIntent::Decline,
        IntentKind::Question => ReplyIntent::Question,
        IntentKind::OutOfOffice => ReplyIntent::OutOfOffice,
        IntentKind::Unsubscribe => ReplyIntent::Unsubscribe,
        IntentKind::Other => ReplyIntent::Other,
    }
}

/// What a report means.
pub fn outcome(outcome: Outcome) -> DeliveryOutcome {
    match outcome {
        Outcome::Hard => DeliveryOutcome::Hard,
        Outcome::Soft => DeliveryOutcome::Soft,
        Outcome::Delayed => DeliveryOutcome::Delayed,
        Outcome::Delivered => DeliveryOutcome::Delivered,
        Outcome::Relayed | Outcome::Unknown => DeliveryOutcome::Unknown,
    }
}

/// So many characters of a text, without those that no table takes.
pub fn kept(text: &str, most: usize) -> String {
    text.chars().filter(|character| *character != '\0').take(most).collect()
}
