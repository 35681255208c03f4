//! Text of strangers made plain: nothing in it may end a line where none ends, or turn around what is read.

/// A fact is one line, so that it can not write lines of its own into a mail or a calendar.
pub fn line(text: &str) -> String {
    let parts = text.split(breaks).map(|part| part.chars().filter(|character| !hides(*character)).collect::<String>());
    let parts: Vec<String> = parts.map(|part| part.trim().to_owned()).collect();
    parts.join(" ").trim().to_owned()
}

/// Several lines, each of them plain.
pub fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    let kept = text.chars().filter(|character| match character {
        '\n' | '\t' => true,
        other => !other.is_control() && !hides(*other),
    });
    kept.collect::<String>().trim().to_owned()
}

/// What ends a line for some reader of it.
fn breaks(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// What is not seen and turns text around or breaks words up (Unicode Technical Report 36, 2.10). Joiners stay: names
/// and emoji are written with them.
pub fn hides(character: char) -> bool {
    matches!(character,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_line_is_one_line(text in "\\PC*[\\x00-\\x1f\\u{80}-\\u{9f}\\u{2028}\\u{2029}\\u{202e}]*\\PC*") {
            let line = line(&text);
            prop_assert!(!line.contains(breaks) && !line.contains(hides), "{line:?}");
            let ends = ['\r', '\u{2028}', '\0', '\u{1b}'];
            prop_assert!(!lines(&text).contains(ends));
        }
    }

    #[test]
    fn what_is_written_stays() {
        assert_eq!(line("  张\u{202e}三\r\nBcc: x "), "张三  Bcc: x");
        assert_eq!(lines("a\r\nb\rc\u{2028}d\0"), "a\nb\nc\nd");
        assert_eq!(line("👩\u{200d}💻"), "👩\u{200d}💻");
    }
}
