//! A text in the form in which it is compared, and where each part of it came from.
//!
//! Compatibility forms are as NFKC has them, letters are in lower case, Chinese is simplified, quotes and dashes are
//! ASCII, what nobody sees is left out, and blanks in a row are one: a newline when there is one among them.

use std::ops::Range;

use hanzi::simplified;
use unicode_normalization::UnicodeNormalization as _;

use crate::LONGEST;

/// A folded text.
#[derive(Debug)]
pub struct Folded<'a> {
    original: &'a str,
    text: String,
    /// One for each character of the folded text.
    places: Vec<Place>,
}

/// Where a folded character stands, and the original one that it came from.
#[derive(Debug, Clone, Copy)]
struct Place {
    byte: u32,
    original_byte: u32,
    original_character: u32,
}

/// Folds a text, or its first [`LONGEST`] characters.
pub fn fold(original: &str) -> Folded<'_> {
    let mut folder = Folder {
        text: String::with_capacity(original.len().min(LONGEST * 4)),
        places: Vec::with_capacity(original.len().min(LONGEST)),
        at: (0, 0),
    };
    for (number, (byte, character)) in original.char_indices().take(LONGEST).enumerate() {
        folder.at = (small(byte), small(number));
        folder.take(character);
    }
    Folded { original, text: folder.text, places: folder.places }
}

struct Folder {
    text: String,
    places: Vec<Place>,
    at: (u32, u32),
}

impl Folder {
    fn take(&mut self, character: char) {
        match character {
            'A'..='Z' => self.push(character.to_ascii_lowercase()),
            '!'..='~' | '、' | '。' => self.push(character),
            '\u{4e00}'..='\u{9fff}' => self.push(simplified(character)),
            '‘' | '’' | '‚' | '‛' | '′' | '＇' => self.push('\''),
            '“' | '”' | '„' | '‟' | '″' | '「' | '」' | '『' | '』' | '《' | '》' => self.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '～' | '〜' => self.push('-'),
            // Numbers of a list would run into the figures behind them.
            '\u{2460}'..='\u{24ff}' | '\u{2776}'..='\u{2793}' => self.push_blank(false),
            _ if is_unseen(character) => {}
            _ if character.is_whitespace() => self.push_blank(character == '\n' || character == '\r'),
            _ => {
                for part in std::iter::once(character).nfkc().flat_map(char::to_lowercase) {
                    if part.is_whitespace() { self.push_blank(false) } else { self.push(simplified(part)) }
                }
            }
        }
    }

    fn push(&mut self, character: char) {
        let (original_byte, original_character) = self.at;
        self.places.push(Place { byte: small(self.text.len()), original_byte, original_character });
        self.text.push(character);
    }

    fn push_blank(&mut self, is_newline: bool) {
        match self.text.as_bytes().last() {
            Some(b' ') if is_newline => {
                self.text.pop();
                self.text.push('\n');
            }
            Some(b' ' | b'\n') => {}
            _ => self.push(if is_newline { '\n' } else { ' ' }),
        }
    }
}

/// What stands in texts and can not be seen: soft hyphens, joiners, marks of direction, variation selectors.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// Places in what is folded: at most [`LONGEST`] characters, of which none becomes more than 72 bytes.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Folded<'_> {
    /// As it is compared.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The characters of the original from which these bytes of the folded text came, and what stands there.
    pub fn original(&self, bytes: &Range<usize>) -> (Range<usize>, &str) {
        let first = self.place(bytes.start);
        let last = self.place(bytes.end.saturating_sub(1));
        let (Some(first), Some(last)) = (first, last) else { return (0..0, "") };
        let begin = first.original_byte as usize;
        let last_byte = last.original_byte as usize;
        let width = self.original.get(last_byte..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = first.original_character as usize..last.original_character as usize + 1;
        (span, self.original.get(begin..last_byte + width).unwrap_or_default())
    }

    /// Whether the letter at this byte of the folded text was a capital.
    pub fn is_capital(&self, byte: usize) -> bool {
        let place = self.place(byte);
        let rest = place.and_then(|place| self.original.get(place.original_byte as usize..));
        rest.and_then(|rest| rest.chars().next()).is_some_and(char::is_uppercase)
    }

    fn place(&self, byte: usize) -> Option<&Place> {
        let behind = self.places.partition_point(|place| place.byte as usize <= byte);
        self.places.get(behind.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_form_for_what_is_the_same() {
        for (text, form) in [
            ("請問您明天上午有空來面試嗎？", "请问您明天上午有空来面试吗?"),
            ("１２月３日　１４：００", "12月3日 14:00"),
            ("At your  earliest\r\n convenience", "at your earliest\nconvenience"),
            ("It’s “fine” – no rush", "it's \"fine\" - no rush"),
            ("有\u{200b}空\u{feff}吗", "有空吗"),
            ("㎡", "m2"),
            ("①12月3日", " 12月3日"),
            ("", ""),
        ] {
            assert_eq!(fold(text).text(), form, "{text}");
        }
    }

    #[test]
    fn a_part_knows_where_it_came_from() {
        let text = "您好，請問㎡  有\u{200b}空嗎";
        let folded = fold(text);
        let at = folded.text().find("有空吗").unwrap();
        assert_eq!(folded.original(&(at..at + "有空吗".len())), (8..12, "有\u{200b}空嗎"));
        let at = folded.text().find('2').unwrap();
        assert_eq!(folded.original(&(at..at + 1)), (5..6, "㎡"));
    }

    #[test]
    fn what_is_too_long_is_not_looked_at() {
        assert_eq!(fold(&"字".repeat(LONGEST + 7)).text().chars().count(), LONGEST);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, ..ProptestConfig::default() })]
        #[test]
        fn places_are_those_of_characters(text in "\\PC{0,60}|(?s:.){0,60}") {
            let folded = fold(&text);
            for (byte, character) in folded.text().char_indices() {
                let (span, quote) = folded.original(&(byte..byte + character.len_utf8()));
                let said: String = text.chars().skip(span.start).take(span.len()).collect();
                prop_assert_eq!(&said, quote);
                prop_assert_eq!(span.len(), 1);
            }
        }
    }
}
