//! Intents against the labelled replies of `corpus/replies.jsonl`, with floors.
//!
//! The rules were written and tuned with the replies whose identifier ends in an even digit in sight; of the others only
//! the totals were seen between rounds. Both halves are printed: `cargo test -p usher-replytext --test corpus -- --nocapture`.
#![expect(clippy::unwrap_used, reason = "a helper that can not do its part fails the test")]

use std::collections::BTreeMap;

use replytext::{Intent, IntentKind, intent};
use serde::Deserialize;

const KINDS: [IntentKind; 7] = [
    IntentKind::Confirm,
    IntentKind::Reschedule,
    IntentKind::Decline,
    IntentKind::Question,
    IntentKind::OutOfOffice,
    IntentKind::Unsubscribe,
    IntentKind::Other,
];
/// From here on programs act on an intent without asking anybody.
const SURE: f64 = 0.75;

/// The least precision and recall of each intent: over all replies, and over those that nobody tuned with.
const FLOORS: [(IntentKind, [f64; 2], [f64; 2]); 7] = [
    (IntentKind::Confirm, [0.90, 0.88], [0.88, 0.82]),
    (IntentKind::Reschedule, [0.84, 0.84], [0.72, 0.72]),
    (IntentKind::Decline, [0.94, 0.80], [0.92, 0.67]),
    (IntentKind::Question, [0.85, 0.86], [0.80, 0.82]),
    (IntentKind::OutOfOffice, [0.93, 0.88], [0.93, 0.80]),
    (IntentKind::Unsubscribe, [0.90, 0.88], [0.90, 0.80]),
    (IntentKind::Other, [0.70, 0.85], [0.55, 0.85]),
];
/// Of what programs would act on alone, so much may be wrong.
const WRONG_ALONE: f64 = 0.10;

#[derive(Deserialize)]
struct Reply {
    id: String,
    language: String,
    text: String,
    intent: IntentKind,
}

impl Reply {
    fn is_tuned_on(&self) -> bool {
        self.id.ends_with(['0', '2', '4', '6', '8'])
    }
}

fn replies() -> Vec<(Reply, Intent)> {
    let lines = include_str!("../corpus/replies.jsonl").lines().filter(|line| !line.trim().is_empty());
    let replies = lines.map(|line| serde_json::from_str::<Reply>(line).unwrap());
    replies
        .map(|reply| {
            let found = intent(&reply.text);
            (reply, found)
        })
        .collect()
}

#[derive(Default)]
struct Count {
    right: f64,
    said: f64,
    there: f64,
}

impl Count {
    fn precision(&self) -> f64 {
        if self.said == 0.0 { 1.0 } else { self.right / self.said }
    }

    fn recall(&self) -> f64 {
        if self.there == 0.0 { 1.0 } else { self.right / self.there }
    }
}

fn counts<'r>(replies: impl Iterator<Item = &'r (Reply, Intent)>) -> BTreeMap<IntentKind, Count> {
    let mut counts: BTreeMap<IntentKind, Count> = KINDS.iter().map(|kind| (*kind, Count::default())).collect();
    for (reply, found) in replies {
        counts.entry(reply.intent).or_default().there += 1.0;
        counts.entry(found.kind).or_default().said += 1.0;
        if reply.intent == found.kind {
            counts.entry(found.kind).or_default().right += 1.0;
        }
    }
    counts
}

#[expect(clippy::print_stdout, reason = "the figures are what the test is run for")]
fn print(name: &str, replies: &[&(Reply, Intent)]) {
    let counts = counts(replies.iter().copied());
    println!("\n{name}: {} replies", replies.len());
    for (kind, count) in &counts {
        let (precision, recall) = (count.precision(), count.recall());
        println!("  {:<12} precision {precision:.3}  recall {recall:.3}  of {}", format!("{kind:?}"), count.there);
    }
    let right: f64 = counts.values().map(|count| count.right).sum();
    let sure: Vec<_> = replies.iter().filter(|(_, found)| acts(found)).collect();
    let wrong = sure.iter().filter(|(reply, found)| reply.intent != found.kind).count();
    println!("  right {right} of {}; acted on alone {}, of these wrong {wrong}", replies.len(), sure.len());
    for kind in KINDS {
        let of_kind: Vec<_> = sure.iter().filter(|(_, found)| found.kind == kind).collect();
        let wrong = of_kind.iter().filter(|(reply, _)| reply.intent != kind).count();
        if wrong > 0 {
            println!("    wrong {kind:?} {wrong} of {}", of_kind.len());
        }
    }
}

fn acts(found: &Intent) -> bool {
    found.kind != IntentKind::Other && found.confidence >= SURE
}

#[test]
fn precision_and_recall_stay_above_their_floors() {
    let replies = replies();
    let (tuned, unseen): (Vec<_>, Vec<_>) = replies.iter().partition(|(reply, _)| reply.is_tuned_on());
    print("seen", &tuned);
    print("unseen", &unseen);
    if std::env::var_os("USHER_SHOW_MISSES").is_some() {
        show_misses(&tuned);
    }
    for language in ["zh-CN", "en"] {
        let of_language: Vec<_> = replies.iter().filter(|(reply, _)| reply.language == language).collect();
        print(language, &of_language);
    }
    let (all, unseen_counts) = (counts(replies.iter()), counts(unseen.iter().copied()));
    for (kind, over_all, over_unseen) in FLOORS {
        for (name, count, [precision, recall]) in
            [("all", &all[&kind], over_all), ("unseen", &unseen_counts[&kind], over_unseen)]
        {
            assert!(count.precision() >= precision, "{kind:?}, {name}: precision {}", count.precision());
            assert!(count.recall() >= recall, "{kind:?}, {name}: recall {}", count.recall());
        }
    }
    let alone: Vec<_> = unseen.iter().filter(|(_, found)| acts(found)).collect();
    let wrong = alone.iter().filter(|(reply, found)| reply.intent != found.kind).count();
    assert!(share(wrong, alone.len()) <= WRONG_ALONE, "{wrong} of {} acted on alone are wrong", alone.len());
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// Of the half that may be looked at.
#[expect(clippy::print_stdout, reason = "asked for")]
fn show_misses(seen: &[&(Reply, Intent)]) {
    for (reply, found) in seen.iter().filter(|(reply, found)| reply.intent != found.kind) {
        println!(
            "{} {:?} -> {:?} {:.2} {:?} | {}",
            reply.id, reply.intent, found.kind, found.confidence, found.rules, reply.text
        );
    }
    for (reply, found) in seen
        .iter()
        .filter(|(reply, found)| reply.intent == found.kind && !acts(found) && found.kind != IntentKind::Other)
    {
        println!("unsure {} {:?} {:.2} {:?} | {}", reply.id, reply.intent, found.confidence, found.rules, reply.text);
    }
}
