//! What was found in a text, as it stands there.

use std::ops::Range;

/// More findings of one kind are no findings but a list of something else.
const MOST: usize = 20;

/// What somebody wrote, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// As it is spelled.
    pub text: String,
    /// Its bytes in the text.
    pub span: Range<usize>,
}

impl Evidence {
    /// What stands at this place.
    pub(crate) fn at(text: &str, span: Range<usize>) -> Option<Self> {
        let spelled = text.get(span.clone())?;
        Some(Self { text: spelled.to_owned(), span })
    }
}

/// What stands at this place and around it: at most so many characters on either side, within the line.
pub fn around(text: &str, span: Range<usize>, most: usize) -> String {
    let (Some(before), Some(found), Some(behind)) =
        (text.get(..span.start), text.get(span.clone()), text.get(span.end..))
    else {
        return String::new();
    };
    let before = before.lines().next_back().filter(|_| !before.ends_with('\n')).unwrap_or_default();
    let behind = behind.lines().next().unwrap_or_default();
    let skipped = before.chars().count().saturating_sub(most);
    let quote: String = before.chars().skip(skipped).chain(found.chars()).chain(behind.chars().take(most)).collect();
    quote.trim().to_owned()
}

/// What stands at these places, each spelling once.
pub(crate) fn collect(text: &str, spans: impl Iterator<Item = Range<usize>>) -> Vec<Evidence> {
    let mut found: Vec<Evidence> = Vec::new();
    for evidence in spans.filter_map(|span| Evidence::at(text, span)) {
        if found.len() == MOST {
            break;
        }
        if !found.iter().any(|known| known.text == evidence.text) {
            found.push(evidence);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_quote_stays_within_its_line() {
        let text = "first line\n熟悉 Rust 和 Go，五年\nlast";
        let start = text.find("Rust").unwrap();
        assert_eq!(around(text, start..start + 4, 40), "熟悉 Rust 和 Go，五年");
        assert_eq!(around(text, start..start + 4, 2), "悉 Rust 和");
        assert_eq!(around("Rust", 0..4, 2), "Rust");
        assert_eq!(around("\nRust\n", 1..5, 9), "Rust");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_place_panics(text in "\\PC{0,20}", start in 0..40_usize, length in 0..9_usize, most in 0..9_usize) {
            let _ = around(&text, start..start + length, most);
        }
    }
}
