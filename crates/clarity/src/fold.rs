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
    /// In order, without gaps.
    runs: Vec<Run>,
}

/// Where folded characters begin that stand as far from each other as the original ones that they came from.
#[derive(Debug, Clone, Copy)]
struct Run {
    byte: u32,
    original_byte: u32,
    original_character: u32,
}

impl Run {
    /// How far the originals are from what became of them.
    fn shift(&self) -> u32 {
        self.original_byte.wrapping_sub(self.byte)
    }
}

/// Folds a text, or its first [`LONGEST`] characters.
pub fn fold(original: &str) -> Folded<'_> {
    let mut folder = Folder {
        original,
        text: String::with_capacity(original.len().min(LONGEST * 4)),
        runs: Vec::new(),
        kept: None,
        at: (0, 0),
    };
    let mut end = 0;
    for (number, (byte, character)) in original.char_indices().take(LONGEST).enumerate() {
        folder.at = (byte, number);
        folder.take(character);
        end = byte + character.len_utf8();
    }
    folder.copy_kept(end);
    Folded { original, text: folder.text, runs: folder.runs }
}

struct Folder<'a> {
    original: &'a str,
    text: String,
    runs: Vec<Run>,
    /// From this byte of the original on all is kept as it is, and copied when something is not.
    kept: Option<usize>,
    /// The original character that is looked at: its byte and its number.
    at: (usize, usize),
}

impl Folder<'_> {
    fn take(&mut self, character: char) {
        if !self.is_kept(character) {
            self.copy_kept(self.at.0);
            self.change(character);
        } else if self.kept.is_none() {
            self.note_run();
            self.kept = Some(self.at.0);
        }
    }

    fn is_kept(&self, character: char) -> bool {
        match character {
            'A'..='Z' => false,
            '!'..='~' | '、' | '。' => true,
            ' ' | '\n' => self.kept.is_some() && !self.is_behind_blank(),
            '\u{4e00}'..='\u{9fff}' => simplified(character) == character,
            _ => false,
        }
    }

    fn is_behind_blank(&self) -> bool {
        let before = self.at.0.checked_sub(1).and_then(|before| self.original.as_bytes().get(before));
        matches!(before, Some(b' ' | b'\n'))
    }

    fn copy_kept(&mut self, end: usize) {
        if let Some(kept) = self.kept.take().and_then(|begin| self.original.get(begin..end)) {
            self.text.push_str(kept);
        }
    }

    fn change(&mut self, character: char) {
        match character {
            'A'..='Z' => self.push(character.to_ascii_lowercase()),
            '\u{4e00}'..='\u{9fff}' => self.push(simplified(character)),
            '‘' | '’' | '‚' | '‛' | '′' | '＇' => self.push('\''),
            '“' | '”' | '„' | '‟' | '″' | '「' | '」' | '『' | '』' | '《' | '》' => self.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '～' | '〜' => self.push('-'),
            FULL_WIDTH..='\u{ff5d}' => self.push(halved(character).to_ascii_lowercase()),
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
        self.note_run();
        self.text.push(character);
    }

    /// Begins a run with what is put behind the text, unless it goes on with the last one.
    fn note_run(&mut self) {
        let (original_byte, original_character) = self.at;
        let byte = self.text.len();
        let run = Run {
            byte: small(byte),
            original_byte: small(original_byte),
            original_character: small(original_character),
        };
        if self.runs.last().is_none_or(|last| last.shift() != run.shift()) {
            self.runs.push(run);
        }
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

/// The exclamation mark, with which ASCII begins in full width.
const FULL_WIDTH: char = '\u{ff01}';

/// A character of ASCII that is written in full width.
fn halved(character: char) -> char {
    char::from_u32(u32::from(character) - u32::from(FULL_WIDTH) + u32::from('!')).unwrap_or(character)
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
        let first = self.origin(bytes.start);
        let last = self.origin(bytes.end.saturating_sub(1));
        let (Some((first_run, first)), Some((last_run, last))) = (first, last) else { return (0..0, "") };
        let width = self.character(last).map_or(0, char::len_utf8);
        let span = self.number(first_run, first)..self.number(last_run, last) + 1;
        (span, self.original.get(first..last + width).unwrap_or_default())
    }

    /// Whether the letter at this byte of the folded text was a capital.
    pub fn is_capital(&self, byte: usize) -> bool {
        self.origin(byte).and_then(|(_, byte)| self.character(byte)).is_some_and(char::is_uppercase)
    }

    /// The run in which this byte of the folded text lies, and the byte of the original character from which it came.
    fn origin(&self, byte: usize) -> Option<(&Run, usize)> {
        let start = self.text.floor_char_boundary(byte.min(self.text.len().saturating_sub(1)));
        let behind = self.runs.partition_point(|run| run.byte as usize <= start);
        let run = self.runs.get(behind.checked_sub(1)?)?;
        Some((run, run.original_byte as usize + start - run.byte as usize))
    }

    /// The number of the original character at this byte, which lies in that run.
    fn number(&self, run: &Run, byte: usize) -> usize {
        let before = self.original.get(run.original_byte as usize..byte).unwrap_or_default();
        run.original_character as usize + before.chars().count()
    }

    /// The original character at this byte.
    fn character(&self, byte: usize) -> Option<char> {
        self.original.get(byte..)?.chars().next()
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
