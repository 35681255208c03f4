//! The characters of a text in the form in which they are compared, each with the bytes it came from.
//!
//! NFKC, lower case, no accents, simplified Chinese. A character may become several (`㎡` is `m2`) and several one (`e`
//! and a combining accent), so the text is folded in segments that no normalisation reaches across, and every character
//! of a segment carries the bytes of the whole segment.

use hanzi::simplified;
use unicode_normalization::{
    IsNormalized, UnicodeNormalization as _,
    char::{canonical_combining_class, decompose_compatible},
    is_nfc_quick,
};

/// One character of a folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Folded {
    /// As it is compared.
    pub character: char,
    /// Before traditional became simplified: names are pronounced as they are written.
    pub written: char,
    /// The first byte in the original text.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
}

/// Folds a text.
pub(crate) fn fold(text: &str) -> Vec<Folded> {
    let mut folded = Vec::with_capacity(text.len() / 2);
    let mut characters = text.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        let mut end = start + first.len_utf8();
        while let Some((at, next)) = characters.next_if(|(_, next)| !begins_segment(*next)) {
            end = at + next.len_utf8();
        }
        let mut push = |written: char| {
            folded.push(Folded { character: simplified(written), written, start, end });
        };
        if end == start + first.len_utf8() && is_plain(first) {
            push(first.to_ascii_lowercase());
        } else {
            text.get(start..end)
                .unwrap_or_default()
                .nfkc()
                .flat_map(char::to_lowercase)
                .nfkd()
                .flat_map(bare)
                .nfc()
                .for_each(push);
        }
    }
    folded
}

/// Folds a text of which nobody asks where it came from.
pub(crate) fn folded(text: &str) -> String {
    fold(text).iter().map(|folded| folded.character).collect()
}

/// What most texts are made of: nothing but case and traditional characters can change it.
fn is_plain(character: char) -> bool {
    character.is_ascii() || matches!(character, '\u{4e00}'..='\u{9fff}')
}

/// Whether nothing before the character can be composed or reordered with it. U+034F keeps accents apart; it goes as
/// they do, and then nothing keeps them apart.
fn begins_segment(character: char) -> bool {
    if is_plain(character) || character == '\u{34f}' {
        return is_plain(character);
    }
    let mut first = None;
    decompose_compatible(character, |part| {
        first.get_or_insert(part);
    });
    first.is_none_or(|first| {
        canonical_combining_class(first) == 0 && is_nfc_quick(std::iter::once(first)) == IsNormalized::Yes
    })
}

/// A letter without its accent; letters that Unicode does not take apart are taken apart here. Accents of other scripts
/// than the European ones are parts of their letters and stay.
fn bare(character: char) -> impl Iterator<Item = char> {
    let letters = match character {
        '\u{300}'..='\u{36f}' => "",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        _ => return Some(character).into_iter().chain("".chars()),
    };
    None.into_iter().chain(letters.chars())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_form_for_what_is_the_same() {
        for (text, form) in [
            ("Zoë ZOE\u{308}", "zoe zoe"),
            ("Ｊａｖａ", "java"),
            ("機器學習", "机器学习"),
            ("軟體工程師", "软体工程师"),
            ("Straße Øystein Łukasz İstanbul", "strasse oystein lukasz istanbul"),
            ("Nguyễn", "nguyen"),
            ("ｶﾞ가\u{11a8}", "ガ각"),
            ("㎡①", "m21"),
            ("\u{301}a", "a"),
            ("ｶ\u{34f}\u{ff9e}", "ガ"),
        ] {
            assert_eq!(folded(text), form, "{text}");
        }
    }

    #[test]
    fn a_character_knows_where_it_came_from() {
        let text = "e\u{301}㎡學";
        let places: Vec<_> = fold(text).iter().map(|one| (one.character, &text[one.start..one.end])).collect();
        assert_eq!(places, [('e', "e\u{301}"), ('m', "㎡"), ('2', "㎡"), ('学', "學")]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]
        #[test]
        fn segments_change_nothing_and_the_form_is_final(text in "\\PC{0,40}|[a-zé\u{300}-\u{36f}ｶﾞ가\u{1100}-\u{11ff}學]{0,40}") {
            let whole: String =
                text.nfkc().flat_map(char::to_lowercase).nfkd().flat_map(bare).nfc().map(simplified).collect();
            prop_assert_eq!(&folded(&text), &whole);
            prop_assert_eq!(&folded(&whole), &whole);
        }

        #[test]
        fn places_are_those_of_characters(text: String) {
            for one in fold(&text) {
                prop_assert!(one.start < one.end && text.get(one.start..one.end).is_some());
            }
        }
    }
}
