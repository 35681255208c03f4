//! How far the characters of a font reach, in parts of its size.

use lopdf::{Dictionary, Document, Object};

/// What a font says of its widths.
#[derive(Debug, Clone, PartialEq)]
pub enum Widths {
    /// Nothing that can be used: characters are taken to be as wide as they mostly are.
    Unknown,
    /// One width for each code of one byte from the first on.
    Simple { first: usize, widths: Vec<f64> },
    /// Widths for codes of two bytes: from, to, width, in the order of the file; and the width of all others.
    Composite { others: f64, ranges: Vec<(usize, usize, f64)> },
}

/// Ranges are looked through one after another.
const MOST_RANGES: usize = 4_096;
const NARROW: f64 = 0.5;

impl Widths {
    /// Of a font with codes of one byte.
    pub fn simple(font: &Dictionary, document: &Document) -> Self {
        // The units of a Type 3 font are its own.
        let is_drawn = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type3");
        let first = font.get(b"FirstChar").and_then(Object::as_i64).ok().and_then(|first| usize::try_from(first).ok());
        let widths = font.get_deref(b"Widths", document).and_then(Object::as_array);
        match (first, widths) {
            (Some(first), Ok(widths)) if !is_drawn => {
                Self::Simple { first, widths: widths.iter().take(256).map(|width| number(width) / 1e3).collect() }
            }
            _ => Self::Unknown,
        }
    }

    /// Of a font with codes of two bytes, which are the numbers of its shapes.
    pub fn composite(descendant: &Dictionary, document: &Document) -> Self {
        let others = descendant.get(b"DW").map_or(1.0, |width| number(width) / 1e3);
        let array = descendant.get_deref(b"W", document).and_then(Object::as_array).map_or(&[][..], Vec::as_slice);
        Self::Composite { others, ranges: ranges(array, document) }
    }

    /// Whether the widths are stated.
    pub fn is_exact(&self) -> bool {
        *self != Self::Unknown
    }

    /// How far codes reach that are this text.
    pub fn of(&self, codes: &[u8], text: &str) -> f64 {
        match self {
            Self::Unknown => text.chars().map(estimate).sum(),
            Self::Simple { first, widths } => codes
                .iter()
                .map(|code| usize::from(*code).checked_sub(*first).and_then(|at| widths.get(at)).unwrap_or(&NARROW))
                .sum(),
            Self::Composite { others, ranges } => codes
                .chunks_exact(2)
                .map(|pair| pair.iter().fold(0, |code, byte| code << 8 | usize::from(*byte)))
                .map(|code| {
                    let range = ranges.iter().find(|(from, to, _)| (*from..=*to).contains(&code));
                    range.map_or(*others, |(_, _, width)| *width)
                })
                .sum(),
        }
    }
}

/// `first [w w w]` or `first last w`, mixed.
fn ranges(array: &[Object], document: &Document) -> Vec<(usize, usize, f64)> {
    let mut ranges = Vec::new();
    let mut rest = array;
    while ranges.len() < MOST_RANGES {
        let Some((from, behind)) = rest.split_first() else { break };
        let Some(from) = code(from) else { break };
        let Some((second, behind)) = behind.split_first() else { break };
        rest = behind;
        if let Ok((_, Object::Array(widths))) = document.dereference(second) {
            ranges
                .extend((from..).zip(widths.iter().take(MOST_RANGES)).map(|(at, width)| (at, at, number(width) / 1e3)));
        } else {
            let (Some(to), Some((width, behind))) = (code(second), behind.split_first()) else { break };
            ranges.push((from, to, number(width) / 1e3));
            rest = behind;
        }
    }
    ranges
}

fn code(object: &Object) -> Option<usize> {
    object.as_i64().ok().and_then(|code| usize::try_from(code).ok()).filter(|code| *code <= 0xffff)
}

fn estimate(character: char) -> f64 {
    if u32::from(character) < 0x2e80 { NARROW } else { 1.0 }
}

/// A number of either kind; nothing else is one.
pub fn number(object: &Object) -> f64 {
    object.as_float().map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests {
    use lopdf::dictionary;

    use super::*;

    #[test]
    fn stated_widths_are_added() {
        let document = Document::new();
        let simple = dictionary! { "FirstChar" => 65, "Widths" => vec![500.into(), 250.into()] };
        let simple = Widths::simple(&simple, &document);
        assert!((simple.of(b"ABC", "ABC") - 1.25).abs() < 1e-9);
        let array = vec![1.into(), vec![300.into(), 400.into()].into(), 10.into(), 20.into(), 600.into()];
        let composite = Widths::composite(&dictionary! { "W" => array }, &document);
        assert!((composite.of(&[0, 1, 0, 2, 0, 15, 1, 0], "") - 2.3).abs() < 1e-6);
        assert!((Widths::Unknown.of(&[], "a李") - 1.5).abs() < 1e-9);
    }
}
