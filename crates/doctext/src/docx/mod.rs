//! Word since 2007: a zip of XML parts.
//!
//! The headers come first, since many put their name and number there, then the body. What is not read: footnotes,
//! comments, text that was struck out while changes were tracked, and pictures.

mod body;
mod package;

use self::package::Package;
use crate::{Fault, Raw};

/// A document has three headers a section, most of them alike.
const MOST_HEADERS: usize = 8;

/// Reads a document.
pub fn read(bytes: &[u8]) -> Result<Raw, Fault> {
    let mut package = Package::open(bytes)?;
    let main = package.main_part()?;
    let mut parts: Vec<String> = Vec::new();
    for name in package.headers(&main).into_iter().take(MOST_HEADERS).chain([main]) {
        let text = body::text(&package.part(&name)?)?;
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
    Ok(Raw::of(parts.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, extract, sample};

    #[test]
    fn a_document_in_both_languages() {
        let body = "<w:p><w:r><w:t>李雷</w:t></w:r><w:r><w:tab/>\
                    <w:t xml:space=\"preserve\">Java &amp; C++ </w:t></w:r></w:p>\
                    <w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r></w:p>";
        let extracted = extract(&sample::docx(body), "cv.bin").unwrap();
        assert_eq!(extracted.kind, Kind::Docx);
        assert_eq!(extracted.text, "李雷\tJava & C++\na\nb");
        assert_eq!((extracted.pages, extracted.truncated), (None, false));
    }

    #[test]
    fn headers_come_first_and_once() {
        let part = |text: &str| format!("<w:hdr xmlns:w=\"w\"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:hdr>");
        let body = sample::document("<w:p><w:r><w:t>body</w:t></w:r></w:p>");
        let bytes = sample::zip(&[
            ("[Content_Types].xml", b"<Types/>"),
            ("_rels/.rels", sample::RELATIONS.as_bytes()),
            ("word/document.xml", body.as_bytes()),
            ("word/header2.xml", part("Ann Lee").as_bytes()),
            ("word/header1.xml", part("Ann Lee").as_bytes()),
        ]);
        assert_eq!(extract(&bytes, "").unwrap().text, "Ann Lee\n\nbody");
    }

    #[test]
    fn the_main_part_may_have_another_name() {
        let body = sample::document("<w:p><w:r><w:t>here</w:t></w:r></w:p>");
        let relations = sample::RELATIONS.replace("word/document.xml", "/word/document2.xml");
        let bytes = sample::zip(&[
            ("[Content_Types].xml", b"<Types/>"),
            ("_rels/.rels", relations.as_bytes()),
            ("word/document2.xml", body.as_bytes()),
        ]);
        assert_eq!(extract(&bytes, "").unwrap().text, "here");
    }

    #[test]
    fn an_empty_document_has_no_text() {
        assert_eq!(extract(&sample::docx("<w:p/>"), "cv.docx"), Err(Fault::NO_TEXT));
    }
}
