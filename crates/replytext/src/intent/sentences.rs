//! A text as sentences and clauses.

use std::ops::Range;

use crate::fold::{Folded, is_wide};

/// A line that is as wide as this goes on in the next: a program has wrapped it.
const WRAPPED: usize = 60;

/// A sentence, by bytes of the folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    pub range: Range<usize>,
    pub is_question: bool,
}

/// The sentences of a folded text.
pub(super) fn sentences(folded: &Folded) -> Vec<Sentence> {
    let text = &folded.text;
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    let mut width = 0;
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        width += if is_wide(character) { 2 } else { 1 };
        let ends = match character {
            '。' | '!' | '?' | ';' | '…' | '~' => true,
            '.' => next.is_none_or(char::is_whitespace),
            '\n' => {
                let is_wrapped = width > WRAPPED && next.is_some_and(|next| next != '\n');
                width = 0;
                !is_wrapped
            }
            _ => false,
        };
        if ends {
            let end = at + character.len_utf8();
            push(&mut sentences, text, start..end);
            start = end;
        }
    }
    push(&mut sentences, text, start..text.len());
    sentences
}

fn push(sentences: &mut Vec<Sentence>, text: &str, range: Range<usize>) {
    let words = text.get(range.clone()).unwrap_or_default();
    if words.trim_matches(|one: char| one.is_whitespace() || one.is_ascii_punctuation()).is_empty() {
        // A question mark alone belongs to what is before it.
        if let (true, Some(last)) = (words.contains('?'), sentences.last_mut()) {
            last.is_question = true;
        }
        return;
    }
    let start = range.start + (words.len() - words.trim_start().len());
    let range = start..range.end;
    let bare =
        words.trim_end_matches(|one: char| one.is_whitespace() || matches!(one, '.' | '。' | '!' | ',' | '~' | '…'));
    let is_question = bare.ends_with('?') || ["吗", "呢", "么", "嘛"].iter().any(|particle| bare.ends_with(particle));
    let is_question = is_question && !["什么的", "那么", "这么"].iter().any(|no| bare.ends_with(no));
    sentences.push(Sentence { range, is_question });
}

/// The clause of a sentence in which a match stands: between commas, and what parts them in English.
pub(super) fn clause(text: &str, sentence: &Range<usize>, matched: &Range<usize>) -> Range<usize> {
    const PARTS: [&str; 10] = [",", ":", " but ", " however ", " so ", " because ", " although ", "但", "不过", "所以"];
    let before = text.get(sentence.start..matched.start).unwrap_or_default();
    let behind = text.get(matched.end..sentence.end).unwrap_or_default();
    let start = PARTS.iter().filter_map(|part| Some(before.rfind(part)? + part.len())).max().unwrap_or(0);
    let end = PARTS.iter().filter_map(|part| behind.find(part)).min().unwrap_or(behind.len());
    sentence.start + start..matched.end + end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(String, bool)> {
        let folded = Folded::of(text);
        let words = |one: &Sentence| folded.text[one.range.clone()].trim().to_owned();
        sentences(&folded).iter().map(|one| (words(one), one.is_question)).collect()
    }

    #[test]
    fn sentences_and_questions() {
        let found = parts("好的。可以改到10.30吗\nOK! Is 3 p.m. fine?? See www.example.com");
        let expected = [
            ("好的。", false),
            ("可以改到10.30吗", true),
            ("ok!", false),
            ("is 3 p.m.", false),
            ("fine?", true),
            ("see www.example.com", false),
        ];
        assert_eq!(found, expected.map(|(words, asks)| (words.to_owned(), asks)));
    }

    #[test]
    fn wrapped_lines_are_one_sentence() {
        let found = parts("Thank you for the invitation, but I am afraid that I will not be\nable to attend.\nAnn");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn clauses_lie_between_commas() {
        let text = "sorry, i can't come on monday but friday works, thanks";
        let at = text.find("friday").unwrap();
        assert_eq!(&text[clause(text, &(0..text.len()), &(at..at + 6))], "friday works");
    }
}
