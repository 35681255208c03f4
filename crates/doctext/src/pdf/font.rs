//! Codes of a font to characters.
//!
//! In this order: the map to characters that the font brings along (`ToUnicode`), the predefined maps of Chinese,
//! Japanese and Korean fonts that are an encoding people know, and the encodings of Latin fonts. A font of the other
//! predefined maps, or one that numbers its shapes (`Identity-H`) and brings no map, does not say what it shows; its
//! text is left out rather than guessed.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, GB18030, SHIFT_JIS, UTF_8, UTF_16BE};
use lopdf::{DecompressError, Dictionary, Document, Encoding, Error, Object};

use super::{LARGEST_STREAM, cmap::CMap, widths::Widths};
use crate::Fault;

const UNREADABLE: char = '\u{fffd}';

/// A font as it is needed to read.
pub struct Font<'a> {
    map: Option<CMap>,
    coding: Coding<'a>,
    pub widths: Widths,
}

enum Coding<'a> {
    Nothing,
    Encoding(&'static encoding_rs::Encoding),
    Latin(Encoding<'a>),
}

impl<'a> Font<'a> {
    /// Reads what a font says of itself.
    pub fn of(font: &'a Dictionary, document: &'a Document) -> Result<Self, Fault> {
        let map = map(font, document)?;
        let is_composite = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type0");
        if !is_composite {
            return Ok(Self { map, coding: latin(font, document)?, widths: Widths::simple(font, document) });
        }
        let encoding = font.get_deref(b"Encoding", document).and_then(Object::as_name).unwrap_or_default();
        let numbers_shapes = encoding.starts_with(b"Identity");
        let widths = match descendant(font, document) {
            Some(descendant) if numbers_shapes => Widths::composite(descendant, document),
            _ => Widths::Unknown,
        };
        Ok(Self { map, coding: known(encoding).map_or(Coding::Nothing, Coding::Encoding), widths })
    }

    /// The characters of some codes.
    pub fn characters(&self, codes: &[u8]) -> String {
        let mapped = self.map.as_ref().map(|map| map.characters(codes));
        match mapped {
            Some(mapped) if !mapped.contains(UNREADABLE) => mapped,
            // Some maps only name the characters that are not in the encoding.
            mapped => self.coding.characters(codes).or(mapped).unwrap_or_default(),
        }
    }
}

impl Coding<'_> {
    fn characters(&self, codes: &[u8]) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Encoding(encoding) => Some(encoding.decode_without_bom_handling(codes).0.into_owned()),
            Self::Latin(encoding) => encoding.bytes_to_string(codes).ok(),
        }
    }
}

fn map(font: &Dictionary, document: &Document) -> Result<Option<CMap>, Fault> {
    let Ok(program) = font.get_deref(b"ToUnicode", document).and_then(Object::as_stream) else { return Ok(None) };
    match program.get_plain_content_with_limit(LARGEST_STREAM) {
        Ok(program) => Ok(Some(CMap::parse(&program)).filter(|map| !map.is_empty())),
        Err(error) => too_large_or(&error, None),
    }
}

/// A font without an encoding has the standard one, unless its map says all there is to say.
fn latin<'a>(font: &'a Dictionary, document: &'a Document) -> Result<Coding<'a>, Fault> {
    if !font.has(b"Encoding") && font.has(b"ToUnicode") {
        return Ok(Coding::Nothing);
    }
    match font.get_font_encoding_with_limit(document, LARGEST_STREAM) {
        Ok(encoding) => Ok(Coding::Latin(encoding)),
        Err(error) => too_large_or(&error, Coding::Nothing),
    }
}

fn too_large_or<T>(error: &Error, otherwise: T) -> Result<T, Fault> {
    match error {
        Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Err(Fault::TOO_LARGE),
        _ => Ok(otherwise),
    }
}

fn descendant<'a>(font: &'a Dictionary, document: &'a Document) -> Option<&'a Dictionary> {
    let fonts = font.get_deref(b"DescendantFonts", document).and_then(Object::as_array).ok()?;
    document.dereference(fonts.first()?).ok()?.1.as_dict().ok()
}

/// The encoding that a predefined map stands for. Its name ends with the direction of writing.
fn known(map: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let map = str::from_utf8(map).ok()?;
    let map = map.strip_suffix("-H").or_else(|| map.strip_suffix("-V"))?;
    let has = |part: &str| map.contains(part);
    if map.starts_with("Uni") {
        return if has("UCS2") || has("UTF16") { Some(UTF_16BE) } else { has("UTF8").then_some(UTF_8) };
    }
    let encodings =
        [(map.starts_with("GB"), GB18030), (has("B5"), BIG5), (has("RKSJ"), SHIFT_JIS), (map == "EUC", EUC_JP)];
    let korean = (map.starts_with("KSC"), EUC_KR);
    encodings.into_iter().chain([korean]).find_map(|(is_it, encoding)| is_it.then_some(encoding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{extract, sample};

    fn shown(encoding: &str, map: Option<&str>, codes: &str) -> Result<String, Fault> {
        let content = format!("BT /F1 12 Tf 72 700 Td {codes} Tj ET");
        let pdf = sample::Pdf::new().composite("F1", encoding, map).page(content.as_bytes());
        extract(&pdf.bytes(), "cv.pdf").map(|extracted| extracted.text)
    }

    fn hexadecimal(bytes: &[u8]) -> String {
        format!("<{}>", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat())
    }

    fn wide(text: &str) -> String {
        hexadecimal(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>())
    }

    #[test]
    fn chinese_fonts() {
        let text = "李雷，高级工程师，Java";
        for encoding in ["UniGB-UCS2-H", "UniGB-UTF16-H", "UniGB-UCS2-V", "UniCNS-UCS2-H"] {
            assert_eq!(shown(encoding, None, &wide(text)).as_deref(), Ok(text), "{encoding}");
        }
        assert_eq!(shown("GBK-EUC-H", None, &hexadecimal(&GB18030.encode(text).0)).as_deref(), Ok(text));
        let traditional = "王小明，資訊工程";
        assert_eq!(shown("ETen-B5-H", None, &hexadecimal(&BIG5.encode(traditional).0)).as_deref(), Ok(traditional));
    }

    #[test]
    fn a_map_to_characters_comes_first() {
        let text = "李雷𠮷 ffi";
        for encoding in ["Identity-H", "Identity-V", "UniGB-UCS2-H", "Unknown-H"] {
            let shown = shown(encoding, Some(&sample::to_unicode(text)), &sample::codes(text));
            assert_eq!(shown.as_deref(), Ok(text), "{encoding}");
        }
    }

    #[test]
    fn numbers_of_shapes_are_not_guessed() {
        assert_eq!(shown("Identity-H", None, "<002400250026>"), Err(Fault::PICTURE_ONLY));
        assert_eq!(shown("Adobe-GB1-2", None, "<002400250026>"), Err(Fault::PICTURE_ONLY));
    }

    #[test]
    fn a_map_with_holes_leaves_the_rest_to_the_encoding() {
        let mut pdf = sample::Pdf::new().latin("F1");
        let map = "1 begincodespacerange\n<00> <ff>\nendcodespacerange\n1 beginbfchar\n<41> <674e>\nendbfchar\n";
        let map = format!("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n{map}endcmap\nend\nend\n");
        let map = pdf.stream(Dictionary::new(), map.into_bytes());
        pdf.fonts.get_mut(b"F1").unwrap().as_dict_mut().unwrap().set("ToUnicode", map);
        let pdf = pdf.page(b"BT /F1 12 Tf 72 700 Td (A) Tj 0 -20 Td (Bob) Tj ET");
        assert_eq!(extract(&pdf.bytes(), "").unwrap().text, "李\nBob");
    }
}
