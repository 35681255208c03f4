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
