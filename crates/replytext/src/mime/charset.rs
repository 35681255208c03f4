//! The characters of bytes.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// The text of bytes, in the encoding of their label. Bytes that are not in it, or have no label, are UTF-8 when they
/// can be, and else what they look like.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>) -> String {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0.into_owned();
    }
    let Some(label) = label else { return guess(bytes) };
    match Encoding::for_label(label.trim().as_bytes()) {
        // What calls itself ASCII, or Latin as many a default does, may be anything beyond it.
        Some(encoding) if encoding == WINDOWS_1252 && !bytes.is_ascii() => guess(bytes),
        Some(encoding) => match encoding.decode_without_bom_handling(bytes) {
            (_, true) => guess(bytes),
            (text, false) => text.into_owned(),
        },
        None => charset_decoder(label.as_bytes()).map_or_else(|| guess(bytes), |decoder| decoder(bytes)),
    }
}

/// The text of bytes that do not say how they are encoded.
pub(crate) fn guess(bytes: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = match detector.guess(None, Utf8Detection::Deny) {
        encoding if encoding == GBK => GB18030,
        // Mostly UTF-8, cut or damaged at a place.
        _ if bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count() <= 3 && is_utf_8(bytes) => UTF_8,
        encoding => encoding,
    };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Whether most of what is beyond ASCII is well-formed.
fn is_utf_8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    good > 10 * bad
}

/// The characters that a reader sees: line ends are `\n`, blanks of all widths are blanks, and what steers the
/// direction of writing or has no width at all is gone, so that nothing can hide between two letters.
pub(crate) fn clean(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                characters.next_if_eq(&'\n');
                seen.push('\n');
            }
            '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{b}' | '\u{c}' => seen.push('\n'),
            '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => seen.push(' '),
            '\n' | '\t' => seen.push(character),
            _ if is_unseen(character) => {}
            _ => seen.push(character),
        }
    }
    seen
}

fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}')
        || matches!(character, '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(character, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use encoding_rs::BIG5;

    use super::*;

    const WORDS: &str = "您好，我可以参加明天下午的面试，谢谢您的安排。";

    #[test]
    fn labels_right_wrong_and_missing() {
        let gbk = GBK.encode(WORDS).0;
        for label in [Some("gb2312"), Some("GB18030"), Some("us-ascii"), Some("iso-8859-1"), Some("no-such"), None] {
            assert_eq!(decode(&gbk, label), WORDS, "{label:?}");
        }
        for label in [Some("utf-8"), Some("us-ascii"), Some("big5"), Some("no-such"), None] {
            assert_eq!(decode(WORDS.as_bytes(), label), WORDS, "{label:?}");
        }
        let traditional = "您好，我可以參加明天下午的面試，謝謝您的安排。";
        assert_eq!(decode(&BIG5.encode(traditional).0, Some("big5")), traditional);
        assert_eq!(decode(&BIG5.encode(traditional).0, None), traditional);
        assert_eq!(decode(b"\xa1Ma\xf1ana puedo!", Some("windows-1252")), "\u{a1}Ma\u{f1}ana puedo!");
        assert_eq!(decode(b"+ZeVnLIqe-", Some("utf-7")), "日本語");
    }

    #[test]
    fn a_damaged_byte_does_not_damage_the_rest() {
        let mut bytes = WORDS.as_bytes().to_vec();
        bytes.push(0xe6);
        assert_eq!(decode(&bytes, Some("utf-8")), format!("{WORDS}\u{fffd}"));
    }

    #[test]
    fn nothing_hides_between_letters() {
        assert_eq!(clean("a\u{200b}b\u{202e}c\u{feff}\r\nd\re\u{a0}f\0"), "abc\nd\ne f");
    }
}
