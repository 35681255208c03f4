//! What a file is.
//!
//! A name is only what somebody typed, so the content decides. The name matters in two places: a text that is named as
//! a web page is read as one, and a text that is named as a PDF or a Word file is no document but a damaged file.

use memchr::memmem;
use serde::{Deserialize, Serialize};

use crate::{Fault, plain};

/// The kinds that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Portable Document Format.
    Pdf,
    /// Word since 2007.
    Docx,
    /// A web page.
    Html,
    /// Text and nothing else.
    Text,
}

/// Readers of PDF take junk before the header, up to here.
const HEADER_WITHIN: usize = 1_024;
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Beginnings of files that are refused, each with what to do instead.
const REFUSED: &[(&[u8], Fault)] = &[
    (b"{\\rtf", Fault::RICH_TEXT),
    (b"\x89PNG", Fault::IMAGE),
    (b"\xff\xd8\xff", Fault::IMAGE),
    (b"GIF8", Fault::IMAGE),
    (b"RIFF", Fault::IMAGE),
    (b"II*\0", Fault::IMAGE),
    (b"MM\0*", Fault::IMAGE),
    (b"\0\0\x01\0", Fault::IMAGE),
    (b"Rar!", Fault::ARCHIVE),
    (b"7z\xbc\xaf", Fault::ARCHIVE),
    (b"\x1f\x8b", Fault::ARCHIVE),
    (b"BZh", Fault::ARCHIVE),
    (b"\xfd7zXZ", Fault::ARCHIVE),
    (b"MIME-Version:", Fault::WEB_ARCHIVE),
];

/// What a file is, or why it is none of the kinds that are read.
pub fn of(bytes: &[u8], name: &str) -> Result<Kind, Fault> {
    if bytes.is_empty() {
        return Err(Fault::NO_TEXT);
    }
    if contains(head(bytes), b"%PDF-") {
        return Ok(Kind::Pdf);
    }
    if bytes.starts_with(b"PK") {
        return zipped(bytes);
    }
    if bytes.starts_with(OLE) {
        return Err(compound(bytes));
    }
    // Pictures of telephones have their magic behind a length.
    if bytes.get(4..8) == Some(b"ftyp".as_slice()) || is_bitmap(bytes) {
        return Err(Fault::IMAGE);
    }
    match REFUSED.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
        Some((_, fault)) => Err(*fault),
        None => textual(bytes, name),
    }
}

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..HEADER_WITHIN).unwrap_or(bytes)
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    memmem::find(bytes, what).is_some()
}

/// Two letters are not enough to tell a bitmap from a text; its reserved fields are zero.
fn is_bitmap(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM") && bytes.get(6..10) == Some([0; 4].as_slice())
}

/// The names of entries are not packed, so they can be seen in a file whose list of entries is cut off.
fn zipped(bytes: &[u8]) -> Result<Kind, Fault> {
    if contains(head(bytes), b"mimetypeapplication/vnd.oasis.opendocument") {
        return Err(Fault::OPEN_DOCUMENT);
    }
    if !contains(bytes, b"[Content_Types].xml") && !contains(bytes, b"word/") {
        return Err(Fault::ARCHIVE);
    }
    let is_other = (contains(bytes, b"xl/workbook") || contains(bytes, b"ppt/pres")) && !contains(bytes, b"word/");
    if is_other { Err(Fault::OTHER_OFFICE) } else { Ok(Kind::Docx) }
}

/// The container of the old Office, which also holds what the new one encrypted. Its names are UTF-16.
fn compound(bytes: &[u8]) -> Fault {
    let named = |name: &str| contains(bytes, &name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    if named("EncryptedPackage") {
        Fault::ENCRYPTED
    } else if named("Workbook") || named("PowerPoint Document") {
        Fault::OTHER_OFFICE
    } else {
        Fault::OLD_WORD
    }
}

fn textual(bytes: &[u8], name: &str) -> Result<Kind, Fault> {
    let name = name.to_lowercase();
    let is_named = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if is_named(&[".pdf", ".docx"]) {
        return Err(Fault::MISNAMED);
    }
    let text = plain::decode(bytes).ok_or(Fault::UNKNOWN)?;
    let begins: String = text.chars().take(HEADER_WITHIN).collect::<String>().to_lowercase();
    let is_page = ["<!doctype html", "<html"].iter().any(|mark| begins.contains(mark));
    let is_html = is_page || is_named(&[".html", ".htm", ".xhtml"]);
    Ok(if is_html { Kind::Html } else { Kind::Text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_counts_before_the_name() {
        assert_eq!(of(b"%PDF-1.7\n", "cv.docx"), Ok(Kind::Pdf));
        assert_eq!(of(b"junk\n%PDF-1.7\n", ""), Ok(Kind::Pdf));
        assert_eq!(of(b"<!DOCTYPE HTML><p>x", "cv.doc"), Ok(Kind::Html));
        assert_eq!(of(b"<p>x</p>", "cv.HTM"), Ok(Kind::Html));
        assert_eq!(of(b"<p>x</p>", "cv.txt"), Ok(Kind::Text));
        assert_eq!(of("BM 的经历".as_bytes(), "简历"), Ok(Kind::Text));
        assert_eq!(of(b"hello", "cv.pdf"), Err(Fault::MISNAMED));
    }

    #[test]
    fn refusals_help() {
        let cases: [(&[u8], &str); 9] = [
            (b"{\\rtf1 x}", "rtf"),
            (b"\x89PNG\r\n\x1a\n", "picture"),
            (b"\0\0\0\x18ftypheic", "picture"),
            (b"PK\x03\x04 a.txt", "unpack"),
            (b"PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument.text", "odt"),
            (b"PK\x03\x04[Content_Types].xml xl/workbook.xml", "spreadsheet"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 W\0o\0r\0d\0", ".docx or PDF"),
            (b"MIME-Version: 1.0\r\n", "print it to PDF"),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0", "save it as"),
        ];
        for (bytes, help) in cases {
            let fault = of(bytes, "cv.txt").unwrap_err();
            assert_eq!(fault.reason, "DOCUMENT_KIND_UNKNOWN");
            assert!(fault.message.contains(help), "{fault}");
        }
    }

    #[test]
    fn an_encrypted_word_file_is_not_an_old_one() {
        let mut bytes = OLE.to_vec();
        bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(of(&bytes, "cv.docx"), Err(Fault::ENCRYPTED));
    }
}
