//! Folded characters to pieces. A piece is a word, or a run of characters of a script that is written without blanks.

use super::fold::Folded;

/// What is longer is compared by so many characters of its beginning: it is no word but data.
const LONGEST: usize = 200;

/// A word or a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub characters: &'a [Folded],
    pub is_run: bool,
}

impl Piece<'_> {
    /// As it is compared.
    pub fn term(&self) -> String {
        let longest = if self.is_run { usize::MAX } else { LONGEST };
        let characters = self.characters.get(..longest).unwrap_or(self.characters);
        // Most terms are short and there are many: each in one allocation.
        let mut term = String::with_capacity(characters.iter().map(|folded| folded.character.len_utf8()).sum());
        term.extend(characters.iter().map(|folded| folded.character));
        term
    }
}

/// Cuts a text into pieces.
pub(super) fn pieces(text: &[Folded]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut before = None;
    while let Some(first) = rest.first() {
        let mut length = 1;
        if is_run(first.character) {
            length = count(rest, is_run);
            pieces.push(Piece { characters: split(rest, length).0, is_run: true });
        } else if let Some(word) = dotted(before, rest).or_else(|| compound(rest)) {
            length = word;
            push_words(&mut pieces, split(rest, length).0);
        }
        let (taken, left) = split(rest, length);
        before = taken.last().map(|folded| folded.character);
        rest = left;
    }
    pieces
}

/// As `split_at`, and what is too long is all.
fn split(text: &[Folded], length: usize) -> (&[Folded], &[Folded]) {
    text.split_at_checked(length).unwrap_or((text, &[]))
}

fn count(text: &[Folded], is: fn(char) -> bool) -> usize {
    text.iter().take_while(|folded| is(folded.character)).count()
}

fn character(text: &[Folded], at: usize) -> Option<char> {
    text.get(at).map(|folded| folded.character)
}

/// Scripts written without blanks between words: Chinese and Japanese.
pub(super) fn is_run(character: char) -> bool {
    character.is_alphanumeric()
        && matches!(u32::from(character), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() && !is_run(character)
}

/// The one name that begins with a dot.
fn dotted(before: Option<char>, rest: &[Folded]) -> Option<usize> {
    const NAME: &str = ".net";
    let begins = !before.is_some_and(is_word);
    let ends = !character(rest, NAME.len()).is_some_and(is_word);
    let is_name = NAME.chars().enumerate().all(|(at, letter)| character(rest, at) == Some(letter));
    (begins && ends && is_name).then_some(NAME.len())
}

/// Words that are joined by hyphens: how long they are together.
fn compound(rest: &[Folded]) -> Option<usize> {
    let mut length = simple(rest)?;
    while character(rest, length) == Some('-') {
        let Some(next) = simple(split(rest, length + 1).1) else { break };
        length += 1 + next;
    }
    Some(length)
}

/// One word: letters and digits, `&` between them, then `++`, or `#` after a single letter.
fn simple(rest: &[Folded]) -> Option<usize> {
    let first = character(rest, 0).filter(|first| is_word(*first))?;
    let mut length = count(rest, is_word);
    while character(rest, length) == Some('&') {
        let next = count(split(rest, length + 1).1, is_word);
        if next == 0 {
            break;
        }
        length += 1 + next;
    }
    let is_letter = first.is_alphabetic();
    if is_letter && character(rest, length) == Some('+') && character(rest, length + 1) == Some('+') {
        length += 2;
    } else if is_letter && length == 1 && character(rest, 1) == Some('#') {
        length += 1;
    }
    Some(length)
}

/// A compound counts as its words (`front-end`), but not where a part alone would be taken for a programming language:
/// `objective-c`, `r-cnn`, `go-to-market`.
fn push_words<'a>(pieces: &mut Vec<Piece<'a>>, compound: &'a [Folded]) {
    let parts = || compound.split(|folded| folded.character == '-');
    let is_one = parts().nth(1).is_some() && parts().any(is_language);
    let mut push = |characters| pieces.push(Piece { characters, is_run: false });
    if is_one { push(compound) } else { parts().for_each(push) }
}

fn is_language(part: &[Folded]) -> bool {
    match part {
        [one] => one.character.is_alphabetic(),
        [one, other] => (one.character, other.character) == ('g', 'o'),
        _ => false,
    }
}
