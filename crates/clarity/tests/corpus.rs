//! The linter against the corpus of labelled messages: precision and recall of each rule, with floors.
//!
//! Patterns are tuned on the messages whose number is even and never looked up in the others, so what the odd half says is
//! what a message that nobody has seen can expect.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a corpus that can not be read fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use clarity::{Kind, Language, Linter, Tuning, rule, rules};
use serde::Deserialize;

const CORPUS: &str = include_str!("../corpus/messages.jsonl");

/// Precision and recall over all rules and messages.
const WHOLE: (f64, f64) = (0.92, 0.94);
/// Over the messages that nobody has tuned on.
const UNSEEN: (f64, f64) = (0.86, 0.89);
/// Of a rule that is not in [`FLOORS`].
const USUAL: (f64, f64) = (0.9, 0.88);
/// Of rules for what can be said in endless ways: id, precision, recall.
const FLOORS: [(&str, f64, f64); 13] = [
    ("missing_company", 0.6, 0.85),
    ("missing_position", 0.82, 0.95),
    ("missing_materials", 0.82, 0.95),
    ("missing_answer_how", 0.82, 0.88),
    ("no_clear_ask", 0.65, 0.85),
    ("competing_asks", 0.85, 0.66),
    ("over_polite", 0.8, 0.84),
    ("pressure", 0.75, 0.84),
    ("threat", 0.82, 0.78),
    ("blame", 0.95, 0.78),
    ("discrimination_age", 0.88, 0.82),
    ("discrimination_marital", 0.95, 0.82),
    ("jargon", 0.95, 0.85),
];

#[derive(Debug, Deserialize)]
struct Message {
    id: String,
    language: Language,
    kind: Kind,
    text: String,
    rules: BTreeSet<String>,
}

impl Message {
    fn is_tuned_on(&self) -> bool {
        self.id.bytes().last().is_some_and(|digit| digit % 2 == 0)
    }
}

/// How often a rule was found rightly, found wrongly, and missed.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    right: u32,
    wrong: u32,
    missed: u32,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missed += other.missed;
    }

    /// Of what was found, the share that is right; 1 when nothing was.
    fn precision(self) -> f64 {
        share(self.right, self.wrong)
    }

    /// Of what there is, the share that was found; 1 when there is nothing.
    fn recall(self) -> f64 {
        share(self.right, self.missed)
    }
}

fn share(right: u32, not: u32) -> f64 {
    if right + not == 0 { 1.0 } else { f64::from(right) / f64::from(right + not) }
}

fn messages() -> Vec<Message> {
    CORPUS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The counts of each rule.
fn counts<'a>(messages: impl Iterator<Item = &'a Message>) -> BTreeMap<&'static str, Count> {
    let mut counts: BTreeMap<_, _> = rules().iter().map(|rule| (rule.id.as_str(), Count::default())).collect();
    for message in messages {
        let found = Linter::lint(message.kind, message.language, &message.text, &Tuning::default()).rules();
        for (rule, count) in &mut counts {
            let (is_found, is_there) = (found.contains(rule), message.rules.contains(*rule));
            count.add(Count {
                right: (is_found && is_there).into(),
                wrong: (is_found && !is_there).into(),
                missed: (!is_found && is_there).into(),
            });
        }
    }
    counts
}

fn all(counts: &BTreeMap<&'static str, Count>) -> Count {
    counts.values().fold(Count::default(), |mut all, count| {
        all.add(*count);
        all
    })
}

#[test]
fn the_corpus_is_of_the_rules_that_there_are() {
    let messages = messages();
    assert!(messages.len() >= 300, "{}", messages.len());
    for message in &messages {
        for id in &message.rules {
            let rule = rule(id).unwrap_or_else(|| panic!("{}: there is no rule {id}", message.id));
            assert!(rule.kinds.contains(&message.kind), "{}: {id} is not for {}", message.id, message.kind);
        }
    }
    let labelled: BTreeSet<_> = messages.iter().flat_map(|message| message.rules.iter().map(String::as_str)).collect();
    let known: BTreeSet<_> = rules().iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(labelled, known, "every rule is in the corpus");
}

#[test]
fn each_rule_finds_what_a_reader_would() {
    let messages = messages();
    let whole = counts(messages.iter());
    let tuned = counts(messages.iter().filter(|message| message.is_tuned_on()));
    let unseen = counts(messages.iter().filter(|message| !message.is_tuned_on()));
    println!("{:<26} {:>5} {:>9} {:>6}   {:>17}   {:>17}", "", "there", "precision", "recall", "tuned on", "unseen");
    let line = |name: &str, whole: Count, tuned: Count, unseen: Count| {
        println!(
            "{name:<26} {:>5} {:>9.3} {:>6.3}   {:>8.3} {:>8.3}   {:>8.3} {:>8.3}",
            whole.right + whole.missed,
            whole.precision(),
            whole.recall(),
            tuned.precision(),
            tuned.recall(),
            unseen.precision(),
            unseen.recall()
        );
    };
    for (rule, count) in &whole {
        line(rule, *count, tuned[rule], unseen[rule]);
    }
    line("all", all(&whole), all(&tuned), all(&unseen));
    for language in Language::ALL {
        let of = |is_meant: &dyn Fn(&Message) -> bool| {
            all(&counts(messages.iter().filter(|message| message.language == language && is_meant(message))))
        };
        line(language.tag(), of(&|_| true), of(&Message::is_tuned_on), of(&|message| !message.is_tuned_on()));
    }

    let mut below = Vec::new();
    let mut hold = |name: &str, count: Count, (precision, recall): (f64, f64)| {
        if count.precision() < precision || count.recall() < recall {
            below.push(format!("{name}: {:.3} of {precision}, {:.3} of {recall}", count.precision(), count.recall()));
        }
    };
    hold("all", all(&whole), WHOLE);
    hold("all, unseen", all(&unseen), UNSEEN);
    for (rule, count) in &whole {
        let floor =
            FLOORS.iter().find(|(name, ..)| name == rule).map_or(USUAL, |(_, precision, recall)| (*precision, *recall));
        hold(rule, *count, floor);
    }
    assert!(below.is_empty(), "below their floors: {below:#?}");
}
