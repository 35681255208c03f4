//! The rules by which intents are told (`rules/intents.toml`), ready for use.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use serde::Deserialize;

use super::IntentKind;

/// Where a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked {
    /// In questions and else.
    #[default]
    Either,
    /// In questions alone.
    Only,
    /// Not in questions.
    Never,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    negation: Vec<String>,
    doubt: Vec<String>,
    rule: Vec<WrittenRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    id: String,
    intent: IntentKind,
    weight: f64,
    patterns: Vec<String>,
    #[serde(default)]
    asked: Asked,
    /// What it means behind a negation; nothing when this is not there.
    negated: Option<IntentKind>,
    /// Whether a negation before it is a part of what it says.
    #[serde(default)]
    keeps_negation: bool,
    /// Void in a clause that this matches.
    unless: Option<String>,
}

/// One thing that people say.
pub(super) struct Rule {
    pub id: String,
    pub intent: IntentKind,
    pub weight: f64,
    pub pattern: Regex,
    pub asked: Asked,
    pub negated: Option<IntentKind>,
    pub keeps_negation: bool,
    pub unless: Option<Regex>,
}

#[expect(clippy::struct_field_names, reason = "rules, and what is common to them")]
pub(super) struct Rules {
    /// Matches what stands directly before words that are negated.
    pub negation: Regex,
    /// Matches a clause that is not certain.
    pub doubt: RegexSet,
    pub rules: Vec<Rule>,
}

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the rules are a part of the program, and tests use them")]
    Rules::read(include_str!("../../rules/intents.toml")).expect("rules that can be read")
});

/// A pattern, to which it is the same whether an apostrophe is written.
fn lax(pattern: &str) -> String {
    pattern.replace('\'', "'?")
}

impl Rules {
    fn read(text: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let written: Written = toml::from_str(text)?;
        let rule = |rule: WrittenRule| {
            let pattern = Regex::new(&format!("(?:{})", lax(&rule.patterns.join("|"))))?;
            let unless = rule.unless.as_deref().map(|pattern| Regex::new(&lax(pattern))).transpose()?;
            let WrittenRule { id, intent, weight, asked, negated, keeps_negation, .. } = rule;
            Ok(Rule { id, intent, weight, pattern, asked, negated, keeps_negation, unless })
        };
        Ok(Self {
            negation: Regex::new(&format!("(?:{})$", lax(&written.negation.join("|"))))?,
            doubt: RegexSet::new(written.doubt.iter().map(|pattern| lax(pattern)))?,
            rules: written.rule.into_iter().map(rule).collect::<Result<_, regex::Error>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fold::Folded;

    #[test]
    fn rules_have_one_name_each_and_a_weight() {
        let names: BTreeSet<_> = RULES.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(names.len(), RULES.rules.len());
        for rule in &RULES.rules {
            assert!(rule.weight > 0.0 && rule.weight < 1.0, "{}", rule.id);
            assert!(!rule.pattern.is_match(""), "{}", rule.id);
        }
    }

    #[test]
    fn patterns_are_written_as_texts_are_folded() {
        let written: toml::Table = toml::from_str(include_str!("../../rules/intents.toml")).unwrap();
        for rule in written["rule"].as_array().unwrap() {
            for pattern in rule["patterns"].as_array().unwrap() {
                let pattern = pattern.as_str().unwrap();
                let is_folded = |one: char| one.is_ascii() || Folded::of(&one.to_string()).text == one.to_string();
                assert!(pattern.chars().all(is_folded), "{pattern}");
            }
        }
    }
}
