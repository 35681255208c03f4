//! The same patterns as a benchmark's peer looks for them: one regular expression after another over the folded text.

use regex_automata::meta;

use crate::{fold::fold, kind::Language, scan::scanner};

/// One regular expression for each pattern of a language.
#[derive(Debug)]
pub struct OneByOne(Vec<meta::Regex>);

impl OneByOne {
    /// Builds them, leaving out what can not be built alone.
    pub fn new(language: Language) -> Self {
        Self(scanner(language).parsed().filter_map(|parsed| meta::Builder::new().build_from_hir(parsed).ok()).collect())
    }

    /// How many there are.
    pub fn patterns(&self) -> usize {
        self.0.len()
    }

    /// How many places of a text they find.
    pub fn count(&self, text: &str) -> usize {
        let folded = fold(text);
        self.0.iter().map(|pattern| pattern.find_iter(folded.text()).count()).sum()
    }
}
