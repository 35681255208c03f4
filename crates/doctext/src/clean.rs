//! Raw text to the text that is kept.
//!
//! Line ends become `\n`, a run of blanks becomes one blank or, if there is a tab in it, one tab, and more than one
//! empty line becomes one. What has no shape goes: control characters, and the marks that turn the direction of
//! writing, since with them a text can show something else than it says. No character is replaced by another that looks
//! like it.

use crate::MOST_CHARACTERS;

/// The text, and whether there was more of it.
pub fn clean(raw: &str) -> (String, bool) {
    let mut kept = Kept::default();
    let mut characters = raw.chars().filter(|character| !is_shapeless(*character)).peekable();
    while let Some(character) = characters.next() {
        let fits = match character {
            '\r' if characters.peek() == Some(&'\n') => true,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                kept.gap.line();
                true
            }
            blank if blank.is_whitespace() => {
                kept.gap.blank(blank);
                true
            }
            other => kept.push(other),
        };
        if !fits {
            return (kept.text, true);
        }
    }
    (kept.text, false)
}

/// Controls, invisible format marks and what can not be a character.
fn is_shapeless(character: char) -> bool {
    match character {
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' => false,
        // Soft hyphen, zero-width space, marks of direction, word joiner and its kin, byte order mark, annotations.
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        other => {
            let is_invisible = matches!(other, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
            let is_none = u32::from(other) & 0xfffe == 0xfffe || matches!(other, '\u{fdd0}'..='\u{fdef}');
            other.is_control() || is_invisible || is_none
        }
    }
}

/// What lies between two characters.
#[derive(Default)]
struct Gap {
    lines: usize,
    blank: Option<char>,
}

impl Gap {
    fn line(&mut self) {
        self.lines += 1;
        self.blank = None;
    }

    fn blank(&mut self, blank: char) {
        let is_tab = blank == '\t' || self.blank == Some('\t');
        self.blank = Some(if is_tab { '\t' } else { ' ' });
    }

    /// A line has no blanks at its ends.
    fn written(&self) -> &'static str {
        match (self.lines, self.blank) {
            (0, None) => "",
            (0, Some('\t')) => "\t",
            (0, Some(_)) => " ",
            (1, _) => "\n",
            _ => "\n\n",
        }
    }
}

#[derive(Default)]
struct Kept {
    text: String,
    length: usize,
    gap: Gap,
}

impl Kept {
    /// Whether there was room.
    fn push(&mut self, character: char) -> bool {
        let gap = std::mem::take(&mut self.gap);
        let gap = if self.text.is_empty() { "" } else { gap.written() };
        self.length += gap.len() + 1;
        if self.length > MOST_CHARACTERS {
            return false;
        }
        self.text.push_str(gap);
        self.text.push(character);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_shrink_and_controls_go() {
        let raw = "\u{feff}  李雷\u{3000}\u{3000}上海\r\n\r\n\r\n\u{b}Java \t Go\u{0}\u{7}!\u{202e}  \n  end\u{a0}\n";
        assert_eq!(clean(raw).0, "李雷 上海\n\nJava\tGo!\nend");
        assert_eq!(clean("\u{200b} \n\t").0, "");
    }

    #[test]
    fn compatibility_forms_stay() {
        assert_eq!(clean("ＡＢＣ ﬁ ①").0, "ＡＢＣ ﬁ ①");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(clean(&"字".repeat(MOST_CHARACTERS)), ("字".repeat(MOST_CHARACTERS), false));
        let (text, is_cut) = clean(&"a ".repeat(MOST_CHARACTERS));
        assert!(is_cut && text.chars().count() <= MOST_CHARACTERS && text.ends_with('a'));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_form_is_final(raw in "[\\PC\\s\\x00-\\x1f\u{2028}\u{feff}]{0,80}") {
            let (once, _) = clean(&raw);
            prop_assert_eq!(&clean(&once).0, &once);
            prop_assert!(once.lines().all(|line| line.trim() == line));
        }
    }
}
