//! What is asked of a text.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use serde::{Deserialize, Serialize};

use crate::{
    data,
    kind::{Kind, Language},
};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The message should be better.
    Warning,
    /// The message must not go out like this.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Stable, in snake case: `missing_date`.
    pub id: String,
    /// Unless a tenant has tuned it.
    pub severity: Severity,
    /// The kinds of messages that it is for.
    pub kinds: Vec<Kind>,
    /// The guide, law or finding that it rests on.
    pub source: String,
    pub(crate) said: BTreeMap<Language, Said>,
}

/// What a rule says to the writer in one language.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Said {
    pub reason: String,
    pub suggestion: String,
}

impl Rule {
    /// The languages that it is for.
    pub fn languages(&self) -> impl Iterator<Item = Language> + '_ {
        self.said.keys().copied()
    }

    /// Why it matters to the reader of the message. Empty in a language that the rule is not for.
    pub fn reason(&self, language: Language) -> &str {
        self.said.get(&language).map_or("", |said| &said.reason)
    }

    /// What the writer can do. Empty in a language that the rule is not for.
    pub fn suggestion(&self, language: Language) -> &str {
        self.said.get(&language).map_or("", |said| &said.suggestion)
    }

    /// Whether it asks for a fact of an interview invitation: there it stays at least as grave as it says, whatever a tenant
    /// wishes.
    pub fn is_protected(&self) -> bool {
        self.id.starts_with("missing_") && self.kinds.contains(&Kind::InterviewInvitation)
    }
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| data::data().rules.iter().map(data::RuleData::rule).collect());

/// All rules, in the order in which they are listed.
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
