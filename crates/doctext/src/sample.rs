//! Files that the tests are made with.

#![allow(dead_code, reason = "the tests of the process use a part of it")]

use std::io::{Cursor, Write as _};

use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use zip::{ZipWriter, write::SimpleFileOptions};

pub const RELATIONS: &str = "<Relationships><Relationship Id=\"r1\" \
    Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
    Target=\"word/document.xml\"/></Relationships>";

pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub fn document(body: &str) -> String {
    format!("<?xml version=\"1.0\"?><w:document xmlns:w=\"w\" xmlns:mc=\"mc\"><w:body>{body}</w:body></w:document>")
}

pub fn docx(body: &str) -> Vec<u8> {
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("word/document.xml", document(body).as_bytes()),
    ])
}

/// A PDF that is being made: pages that share fonts.
pub struct Pdf {
    pub document: Document,
    pub fonts: Dictionary,
    pub forms: Dictionary,
    pages: Vec<Object>,
    tree: lopdf::ObjectId,
}

impl Pdf {
    pub fn new() -> Self {
        let mut document = Document::with_version("1.7");
        let tree = document.new_object_id();
        Self { document, fonts: Dictionary::new(), forms: Dictionary::new(), pages: Vec::new(), tree }
    }

    /// Helvetica.
    pub fn latin(mut self, name: &str) -> Self {
        let font = dictionary! {
            "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => "WinAnsiEncoding",
        };
        self.fonts.set(name, font);
        self
    }

    /// A font of two-byte codes with this map of codes, and this map to characters.
    pub fn composite(mut self, name: &str, encoding: &str, to_unicode: Option<&str>) -> Self {
        let descendant = dictionary! { "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "SimSun" };
        let descendant = self.document.add_object(descendant);
        let mut font = dictionary! {
            "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "SimSun", "Encoding" => encoding,
            "DescendantFonts" => vec![descendant.into()],
        };
        if let Some(map) = to_unicode {
            font.set("ToUnicode", self.stream(Dictionary::new(), map.as_bytes().to_vec()));
        }
        self.fonts.set(name, font);
        self
    }

    pub fn stream(&mut self, dictionary: Dictionary, content: Vec<u8>) -> Object {
        let mut stream = Stream::new(dictionary, content);
        stream.compress().unwrap();
        self.document.add_object(stream).into()
    }

    pub fn page(mut self, content: &[u8]) -> Self {
        let content = self.stream(Dictionary::new(), content.to_vec());
        let page = dictionary! { "Type" => "Page", "Parent" => self.tree, "Contents" => content };
        self.pages.push(self.document.add_object(page).into());
        self
    }

    pub fn tree(mut self) -> Document {
        let count = i64::try_from(self.pages.len()).unwrap();
        let resources = dictionary! { "Font" => self.fonts, "XObject" => self.forms };
        let tree = dictionary! { "Type" => "Pages", "Kids" => self.pages, "Count" => count, "Resources" => resources };
        self.document.objects.insert(self.tree, tree.into());
        let catalog = self.document.add_object(dictionary! { "Type" => "Catalog", "Pages" => self.tree });
        self.document.trailer.set("Root", catalog);
        self.document
    }

    pub fn bytes(self) -> Vec<u8> {
        bytes(self.tree())
    }
}

pub fn bytes(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// Codes 1, 2, 3 ... are the characters of the text.
pub fn to_unicode(text: &str) -> String {
    let mut map = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /X def\n\
        1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        .to_owned();
    map += &format!("{} beginbfchar\n", text.chars().count());
    for (code, character) in text.chars().enumerate() {
        let units =
            character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("{unit:04x}")).collect::<Vec<_>>().concat();
        map += &format!("<{:04x}> <{units}>\n", code + 1);
    }
    map + "endbfchar\nendcmap\nend\nend\n"
}

/// The codes that [`to_unicode`] maps, as a string of a content stream.
pub fn codes(text: &str) -> String {
    let codes: Vec<_> = (1..=text.chars().count()).map(|code| format!("{code:04x}")).collect();
    format!("<{}>", codes.concat())
}

/// A sound PDF of two pages.
pub fn pdf() -> Vec<u8> {
    let zh = "李雷，上海";
    let second = format!("BT /F2 12 Tf 72 700 Td {} Tj ET", codes(zh));
    Pdf::new()
        .latin("F1")
        .composite("F2", "Identity-H", Some(&to_unicode(zh)))
        .page(b"BT /F1 12 Tf 72 700 Td (Ann Lee) Tj 0 -14 Td (Rust engineer, London) Tj ET")
        .page(second.as_bytes())
        .bytes()
}
