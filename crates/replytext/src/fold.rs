//! A text in the form in which rules are compared with it, each character with the place it came from.
//!
//! Lower case, simplified Chinese, the widths and quotes of ASCII, blanks only between words of Latin script. Where the
//! rules are written so, they need no spelling twice.

/// A folded text.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub text: String,
    /// For each character of the folded text, its first byte in it and which character of the original it was.
    places: Vec<(usize, usize)>,
    /// How many characters the original has.
    length: usize,
}

impl Folded {
    /// Folds a text. Line ends stay.
    pub fn of(text: &str) -> Self {
        let mut folded = Self::default();
        let mut blank = None;
        let mut before = None;
        for (at, written) in text.chars().enumerate() {
            folded.length = at + 1;
            let character = one(written);
            if matches!(character, ' ' | '\t') {
                blank.get_or_insert(at);
            } else if !is_joiner(character) {
                let is_apart = before.is_some_and(|before| !is_wide(before) && before != '\n');
                if let Some(blank) = blank.take().filter(|_| is_apart && !is_wide(character) && character != '\n') {
                    folded.push(' ', blank);
                }
                folded.push(character, at);
                before = Some(character);
            }
        }
        folded
    }

    fn push(&mut self, character: char, at: usize) {
        self.places.push((self.text.len(), at));
        self.text.push(character);
    }

    /// Where bytes of the folded text stand in the original, in characters.
    pub fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let at = |byte: usize| self.places.partition_point(|(place, _)| *place < byte);
        let origin = |index: usize| self.places.get(index).map_or(self.length, |(_, origin)| *origin);
        let first = origin(at(start));
        let behind_last = at(end).checked_sub(1).map_or(first, |last| origin(last) + 1);
        (first, behind_last.max(first))
    }
}

fn one(written: char) -> char {
    let narrow = match written {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(written as u32 - 0xfee0).unwrap_or(written),
        '\u{3000}' => ' ',
        '‘' | '’' | '`' | '´' => '\'',
        '“' | '”' | '「' | '」' | '『' | '』' => '"',
        '﹐' | '、' => ',',
        '﹕' | '∶' => ':',
        other => other,
    };
    let mut lower = narrow.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => hanzi::simplified(lower),
        _ => narrow,
    }
}

/// Joins what it stands between, and is nothing itself; emoji are made with it.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Written without blanks.
pub(crate) fn is_wide(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_what_is_the_same() {
        for (text, form) in [
            ("I CAN’T  come", "i can't come"),
            ("我 3 点 可以 OK", "我3点可以ok"),
            ("ＯＫ，好　的", "ok,好的"),
            ("a \n b", "a\nb"),
            ("可\u{200d}以", "可以"),
        ] {
            assert_eq!(Folded::of(text).text, form, "{text}");
        }
    }

    #[test]
    fn a_character_knows_where_it_came_from() {
        let folded = Folded::of("我 3 点可以 come");
        let start = folded.text.find("可以").unwrap();
        assert_eq!(folded.origin(start, start + 6), (5, 7));
        assert_eq!(folded.origin(0, folded.text.len()), (0, 12));
        assert_eq!(folded.origin(999, 999), (12, 12));
        assert_eq!(Folded::of("").origin(0, 0), (0, 0));
    }
}
