//! The zip around a document.
//!
//! What an entry says of its own size is not believed: entries are read up to a bound, and all of them together up to
//! another. Only the entries that hold text are read at all.

use std::io::{Cursor, Read as _};

use encoding_rs::{Encoding, UTF_8};
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use zip::{ZipArchive, result::ZipError};

use crate::Fault;

/// The largest part, unpacked, in bytes.
const LARGEST_PART: u64 = 16 << 20;
/// All parts that are read, unpacked, in bytes.
const LARGEST_TOTAL: u64 = 32 << 20;

/// An opened file.
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// How much may still be unpacked.
    left: u64,
}

impl<'a> Package<'a> {
    /// Reads the list of entries.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| fault(&error))?;
        Ok(Self { archive, left: LARGEST_TOTAL })
    }

    /// The name of the part that is the document.
    pub fn main_part(&mut self) -> Result<String, Fault> {
        const USUAL: &str = "word/document.xml";
        if !self.archive.file_names().any(|name| name == "_rels/.rels") {
            return Ok(USUAL.to_owned());
        }
        let relations = self.part("_rels/.rels")?;
        Ok(target(&relations).unwrap_or_else(|| USUAL.to_owned()))
    }

    /// The names of the headers that stand beside the main part, in order.
    pub fn headers(&self, main: &str) -> Vec<String> {
        let folder = main.rfind('/').map_or("", |end| main.get(..=end).unwrap_or(""));
        let beginning = format!("{folder}header");
        let is_header =
            |name: &&str| name.strip_prefix(&beginning).and_then(|rest| rest.strip_suffix(".xml")).is_some();
        let mut names: Vec<String> = self.archive.file_names().filter(is_header).map(str::to_owned).collect();
        names.sort();
        names
    }

    /// A part as text.
    pub fn part(&mut self, name: &str) -> Result<String, Fault> {
        let most = LARGEST_PART.min(self.left);
        let entry = self.archive.by_name(name).map_err(|error| fault(&error))?;
        let mut content = Vec::new();
        entry.take(most + 1).read_to_end(&mut content).map_err(|_| Fault::BROKEN)?;
        let length = content.len() as u64;
        if length > most {
            return Err(Fault::TOO_LARGE);
        }
        self.left -= length;
        let encoding = Encoding::for_bom(&content).map_or(UTF_8, |(encoding, _)| encoding);
        Ok(encoding.decode(&content).0.into_owned())
    }
}

fn fault(error: &ZipError) -> Fault {
    match error {
        ZipError::UnsupportedArchive(what) if *what == ZipError::PASSWORD_REQUIRED => Fault::ENCRYPTED,
        _ => Fault::BROKEN,
    }
}

/// Where the relations of the package say that the document is.
fn target(relations: &str) -> Option<String> {
    let mut reader = Reader::from_str(relations);
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return None,
            Event::Start(element) | Event::Empty(element)
                if attribute(&element, "Type").is_some_and(|kind| kind.ends_with("/officeDocument")) =>
            {
                return attribute(&element, "Target").map(|target| target.trim_start_matches('/').to_owned());
            }
            _ => {}
        }
    }
}

fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    str::from_utf8(&attribute.value).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{extract, sample};

    #[test]
    fn a_bomb_is_not_unpacked() {
        let zeros = vec![b' '; usize::try_from(LARGEST_PART).unwrap() + 1];
        let bytes = sample::zip(&[("[Content_Types].xml", b"x"), ("word/document.xml", &zeros)]);
        assert!(bytes.len() < 100_000);
        assert_eq!(extract(&bytes, "cv.docx"), Err(Fault::TOO_LARGE));
    }

    #[test]
    fn all_parts_together_are_bounded() {
        let header = vec![b' '; usize::try_from(LARGEST_PART).unwrap() - 1];
        let bytes = sample::zip(&[
            ("word/document.xml", b"<x/>"),
            ("word/header1.xml", &header),
            ("word/header2.xml", &header),
            ("word/header3.xml", &header),
        ]);
        assert_eq!(extract(&bytes, "cv.docx"), Err(Fault::TOO_LARGE));
    }

    #[test]
    fn declared_sizes_are_not_believed() {
        let mut bytes = sample::docx("<w:p><w:r><w:t>text</w:t></w:r></w:p>");
        // The unpacked size of every entry in the list of entries, 24 bytes behind its signature.
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").collect();
        for place in places {
            bytes[place + 24..place + 28].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
        }
        assert!(extract(&bytes, "cv.docx").is_ok_and(|extracted| extracted.text == "text"));
    }

    #[test]
    fn a_zip_with_a_password_is_encrypted() {
        let mut bytes = sample::docx("<w:p/>");
        for (signature, flags) in [(b"PK\x01\x02", 8), (b"PK\x03\x04", 6)] {
            let places: Vec<usize> = memchr::memmem::find_iter(&bytes, signature).collect();
            for place in places {
                bytes[place + flags] |= 1;
            }
        }
        assert_eq!(extract(&bytes, "cv.docx"), Err(Fault::ENCRYPTED));
    }

    #[test]
    fn a_document_that_is_not_there() {
        let bytes = sample::zip(&[("[Content_Types].xml", b"x"), ("word/styles.xml", b"x")]);
        assert_eq!(extract(&bytes, "cv.docx"), Err(Fault::BROKEN));
    }
}
