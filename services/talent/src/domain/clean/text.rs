//! Text: NFKC, nothing invisible, one blank between words.

use unicode_normalization::UnicodeNormalization as _;

use super::Fault;

/// Cleans a field that holds at most `most` characters.
pub fn clean(field: &'static str, raw: &str, most: usize) -> Result<String, Fault> {
    let normal: String = raw.chars().filter(|character| !is_invisible(*character)).nfkc().collect();
    if normal.chars().any(|character| character.is_control() && !character.is_whitespace()) {
        return Err(Fault::new(field, "CHARACTER_INVALID", "holds a control character; remove it"));
    }
    let mut text = String::with_capacity(normal.len());
    for word in normal.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    if text.chars().count() > most {
        return Err(Fault::new(field, "VALUE_TOO_LONG", "is longer than this field may be"));
    }
    Ok(text)
}

/// As [`clean`], and something must be left.
pub fn required(field: &'static str, raw: &str, most: usize) -> Result<String, Fault> {
    match clean(field, raw, most)? {
        text if text.is_empty() => Err(Fault::new(field, "NAME_MISSING", "must not be empty")),
        text => Ok(text),
    }
}

/// Characters without width that come along when text is copied from pages and documents, and those that turn the direction
/// of writing, with which address books wrap numbers and which make a name look like another one. Joiners stay: some scripts
/// are written with them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// Whether Chinese is written with this character.
pub fn is_han(character: char) -> bool {
    matches!(u32::from(character), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn full_width_blanks_and_invisible_characters_are_tidied() {
        assert_eq!(clean("city", "\u{feff}　Ｓhang\u{200b}hai \t pudong\u{a0}", 100).unwrap(), "Shanghai pudong");
        assert_eq!(clean("city", "\u{202d}Shang\u{202c}hai\u{200f}", 100).unwrap(), "Shanghai");
        assert_eq!(clean("city", "e\u{200e}\u{301}", 100).unwrap(), "é", "what is left is in normal form");
        assert_eq!(clean("city", "\0", 100).unwrap_err().reason, "CHARACTER_INVALID");
        assert_eq!(clean("city", "abcd", 3).unwrap_err().reason, "VALUE_TOO_LONG");
        assert_eq!(clean("city", "上海市", 3).unwrap(), "上海市");
        assert_eq!(required("display_name", " \u{3000}", 3).unwrap_err().reason, "NAME_MISSING");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn what_was_cleaned_is_clean(raw: String) {
            if let Ok(once) = clean("city", &raw, 1_000) {
                prop_assert_eq!(once.trim(), once.as_str());
                prop_assert!(!once.contains("  ") && !once.contains('\0'));
                prop_assert_eq!(clean("city", &once, 1_000), Ok(once));
            }
        }
    }
}
