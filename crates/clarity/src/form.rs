//! What can be seen of a text without reading it.

use std::ops::Range;

use crate::fold::Folded;

/// So many words in capitals in a row are shouting.
const SHOUTED: usize = 3;

/// Runs of at least three words in capitals with only blanks between them, in bytes of the folded text.
pub fn shouted(folded: &Folded) -> Vec<Range<usize>> {
    let text = folded.text();
    let mut runs = Vec::new();
    let mut run: Option<(usize, Range<usize>)> = None;
    let mut at = 0;
    for word in text.split_inclusive([' ', '\n']) {
        let (start, bare) = (at, word.trim_end());
        at += word.len();
        let letters = bare.trim_end_matches(['!', '.', '?', ',', ':', ';']);
        let is_loud = is_loud(folded, start, letters);
        if is_loud {
            let (count, place) = run.get_or_insert((0, start..start));
            *count += 1;
            place.end = start + letters.len();
        }
        // Whatever follows the word ends the run: `SQL, AWS, JVM` is a list.
        if letters.len() != bare.len() || !is_loud {
            runs.extend(run.take().filter(|(count, _)| *count >= SHOUTED).map(|(_, place)| place));
        }
    }
    runs.extend(run.filter(|(count, _)| *count >= SHOUTED).map(|(_, place)| place));
    runs
}

/// Whether a word of at least two letters has no small one. In a folded text all are small.
fn is_loud(folded: &Folded, start: usize, word: &str) -> bool {
    word.len() > 1
        && word
            .bytes()
            .enumerate()
            .all(|(at, byte)| byte == b'\'' || (byte.is_ascii_lowercase() && folded.is_capital(start + at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;

    #[test]
    fn three_words_in_capitals_are_shouting() {
        for (text, quotes) in [
            ("please REPLY TO US NOW! thanks", vec!["REPLY TO US NOW"]),
            ("REPLY TODAY please", vec![]),
            ("We use SQL, AWS, JVM and so on", vec![]),
            ("I AM A FAN", vec![]),
            ("DON'T MISS THIS\nOK", vec!["DON'T MISS THIS OK"]),
            ("", vec![]),
        ] {
            let folded = fold(text);
            let found: Vec<String> =
                shouted(&folded).iter().map(|bytes| folded.original(bytes).1.replace('\n', " ")).collect();
            assert_eq!(found, quotes, "{text}");
        }
    }
}
