//! What a text gets told.

use std::ops::Range;

use serde::Serialize;

use crate::rule::Severity;

/// Something that a rule found, or missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// As the tenant has tuned it.
    pub severity: Severity,
    /// Where, in characters (Unicode scalar values) of the text; none for what is missing.
    pub span: Option<Range<usize>>,
    /// What stands there, as it is written; empty for what is missing.
    pub quote: String,
    /// Why it matters, in the text's language.
    pub reason: &'static str,
    /// What to do, in the text's language.
    pub suggestion: &'static str,
}

/// All that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What is missing first, then by place.
    pub findings: Vec<Finding>,
    /// From 0 to 100: 100, less 15 for each rule that is broken as an error and 5 for each that is broken as a warning.
    /// How often one is broken does not count, so that a long text is not worse than a short one for being long.
    pub score: u8,
}

const ERROR: u8 = 15;
const WARNING: u8 = 5;

impl Report {
    /// With its score.
    pub fn of(findings: Vec<Finding>) -> Self {
        let mut broken: Vec<_> = findings.iter().map(|finding| (finding.rule, finding.severity)).collect();
        broken.sort_unstable();
        broken.dedup();
        let cost = |(_, severity): &(&str, Severity)| if *severity == Severity::Error { ERROR } else { WARNING };
        let score = broken.iter().map(cost).fold(100_u8, u8::saturating_sub);
        Self { findings, score }
    }

    /// The gravest there is; none when the text is clean.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The rules that were broken, each once, by id.
    pub fn rules(&self) -> Vec<&'static str> {
        let mut rules: Vec<_> = self.findings.iter().map(|finding| finding.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &'static str, severity: Severity) -> Finding {
        Finding { rule, severity, span: None, quote: String::new(), reason: "", suggestion: "" }
    }

    #[test]
    fn a_rule_costs_once_and_errors_cost_more() {
        assert_eq!(Report::of(Vec::new()).score, 100);
        assert_eq!(Report::of(vec![finding("a", Severity::Warning); 9]).score, 95);
        let both = vec![finding("a", Severity::Error), finding("b", Severity::Warning), finding("a", Severity::Error)];
        assert_eq!(Report::of(both.clone()).score, 80);
        assert_eq!(Report::of(both.clone()).worst(), Some(Severity::Error));
        assert_eq!(Report::of(both).rules(), ["a", "b"]);
    }

    #[test]
    fn nothing_is_below_zero() {
        let all = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|rule| finding(rule, Severity::Error)).to_vec();
        assert_eq!(Report::of(all).score, 0);
    }
}
