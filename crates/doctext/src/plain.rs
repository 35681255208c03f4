//! Plain text in the encodings that people here use: UTF-8, UTF-16, GB18030, Big5 and what else can be told apart.
//!
//! A byte order mark is believed. Text that is valid UTF-8 is UTF-8, since other encodings hardly ever look like it.
//! Then UTF-16 without a mark is tried, which shows by its zero bytes, and at last the encoding is guessed from the
//! frequencies of characters.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use crate::{Fault, Raw};

/// One of so many characters may be unreadable; beyond that it is no text.
const ONE_BAD_OF: usize = 10;

/// Reads a plain text.
pub fn read(bytes: &[u8]) -> Result<Raw, Fault> {
    decode(bytes).map(Raw::of).ok_or(Fault::UNKNOWN)
}

/// The characters, unless these bytes are no text.
pub fn decode(bytes: &[u8]) -> Option<String> {
    decode_as(bytes, None)
}

/// As [`decode`], but the encoding that the text itself declares comes before the guess.
pub fn decode_as(bytes: &[u8], declared: Option<&'static Encoding>) -> Option<String> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => unmarked(bytes, declared),
    };
    let bad = text.chars().filter(|character| is_bad(*character)).count();
    (bad * ONE_BAD_OF <= text.chars().count()).then_some(text)
}

fn is_bad(character: char) -> bool {
    character == '\u{fffd}' || (character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{c}'))
}

fn unmarked(bytes: &[u8], declared: Option<&'static Encoding>) -> String {
    let utf_16 = || bytes.contains(&0).then(|| wide(bytes)).flatten();
    if let Some(text) = utf_16() {
        return text;
    }
    if let Ok(text) = str::from_utf8(bytes) {
        return text.to_owned();
    }
    let encoding = declared.unwrap_or_else(|| guess(bytes));
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// UTF-16 without a mark, in the order of bytes in which nearly all characters are ones that such texts have.
fn wide(bytes: &[u8]) -> Option<String> {
    [UTF_16LE, UTF_16BE].into_iter().find_map(|encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        let strange = text.chars().filter(|character| !is_usual(*character)).count();
        (strange * ONE_BAD_OF <= text.chars().count()).then(|| text.into_owned())
    })
}

fn is_usual(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{24f}' | '\u{2010}'..='\u{2027}')
        || matches!(character, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    match detector.guess(None, Utf8Detection::Deny) {
        encoding if encoding == GBK => GB18030,
        // Valid UTF-8 was taken before; what is left of it is damaged.
        encoding if encoding == UTF_8 => UTF_8,
        encoding => encoding,
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, WINDOWS_1252};

    use super::*;

    const ZH: &str = "李雷\n电话：13800138000\n教育经历：复旦大学，计算机科学，本科\n熟悉微服务架构和分布式系统。";
    const ZH_TW: &str = "王小明\n電話：0912-345-678\n學歷：國立臺灣大學資訊工程學系\n熟悉微服務架構與分散式系統。";

    fn wide_bytes(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn the_encodings_people_use() {
        let bom = |mut bytes: Vec<u8>, mark: &[u8]| {
            bytes.splice(..0, mark.iter().copied());
            bytes
        };
        let texts = [
            (ZH.as_bytes().to_vec(), ZH),
            (bom(ZH.as_bytes().to_vec(), b"\xef\xbb\xbf"), ZH),
            (bom(wide_bytes(ZH, u16::to_le_bytes), b"\xff\xfe"), ZH),
            (bom(wide_bytes(ZH, u16::to_be_bytes), b"\xfe\xff"), ZH),
            (wide_bytes(ZH, u16::to_le_bytes), ZH),
            (wide_bytes(ZH, u16::to_be_bytes), ZH),
            (wide_bytes("Ann Lee, London", u16::to_le_bytes), "Ann Lee, London"),
            (GB18030.encode(ZH).0.into_owned(), ZH),
            (BIG5.encode(ZH_TW).0.into_owned(), ZH_TW),
            (WINDOWS_1252.encode("Zoë Müller, résumé").0.into_owned(), "Zoë Müller, résumé"),
        ];
        for (bytes, text) in texts {
            assert_eq!(decode(&bytes).as_deref(), Some(text));
        }
    }

    #[test]
    fn rare_characters_of_gb18030() {
        let text = "姓名：㐂𠮷，籍贯：浙江杭州，工作经验：八年";
        assert_eq!(decode(&GB18030.encode(text).0).as_deref(), Some(text));
    }

    #[test]
    fn a_short_name_in_gb18030() {
        let text = "张伟 简历";
        assert_eq!(decode(&GB18030.encode(text).0).as_deref(), Some(text));
    }

    #[test]
    fn bytes_are_no_text() {
        assert_eq!(decode(&(0..=31).cycle().take(500).collect::<Vec<u8>>()), None);
    }
}
