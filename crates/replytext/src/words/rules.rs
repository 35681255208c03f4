//! The rules by which asides are told (`rules/asides.toml`), ready for use.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    introductions: Vec<String>,
    marks: Vec<String>,
    from: String,
    fields: Vec<String>,
    from_line: String,
    devices: Vec<String>,
    sign_offs: Vec<String>,
    thanks: Vec<String>,
    divider: String,
    contacts: Vec<String>,
    disclaimers: Vec<String>,
}

pub(super) struct Rules {
    pub introductions: RegexSet,
    pub marks: RegexSet,
    pub from: Regex,
    pub fields: Vec<Regex>,
    pub from_line: Regex,
    pub devices: RegexSet,
    pub sign_offs: RegexSet,
    pub thanks: RegexSet,
    pub divider: Regex,
    pub contacts: RegexSet,
    pub disclaimers: RegexSet,
}

pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the rules are a part of the program, and tests use them")]
    Rules::read(include_str!("../../rules/asides.toml")).expect("rules that can be read")
});

impl Rules {
    fn read(text: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let written: Written = toml::from_str(text)?;
        let begins = |patterns: Vec<String>| RegexSet::new(patterns.iter().map(|pattern| format!("^(?:{pattern})")));
        let begins_one = |pattern: String| Regex::new(&format!("^(?:{pattern})"));
        Ok(Self {
            introductions: begins(written.introductions)?,
            marks: begins(written.marks)?,
            from: begins_one(written.from)?,
            fields: written.fields.into_iter().map(begins_one).collect::<Result<_, _>>()?,
            from_line: begins_one(written.from_line)?,
            devices: begins(written.devices)?,
            sign_offs: begins(written.sign_offs)?,
            thanks: begins(written.thanks)?,
            divider: begins_one(written.divider)?,
            contacts: begins(written.contacts)?,
            disclaimers: RegexSet::new(written.disclaimers)?,
        })
    }
}
