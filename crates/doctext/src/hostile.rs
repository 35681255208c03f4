//! Files that were made to break readers. Nothing here may panic or take long; what takes memory or processor time
//! without end is tried in `tests/apart.rs`, where it may.

use std::time::{Duration, Instant};

use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions, StringFormat, dictionary};
use proptest::prelude::*;

use crate::{
    Extracted, Fault, MOST_CHARACTERS, extract,
    sample::{self, Pdf},
};

const PAGE: &str = "<!doctype html><meta charset=utf-8><body><h1>李雷</h1><p>Rust &amp; Go<script>x</script></body>";

fn samples() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (sample::pdf(), "cv.pdf"),
        (sample::docx("<w:p><w:r><w:t>李雷 Ann Lee</w:t></w:r></w:p>"), "cv.docx"),
        (PAGE.as_bytes().to_vec(), "cv.html"),
        ("李雷，上海，13800138000\nAnn Lee".as_bytes().to_vec(), "cv.txt"),
    ]
}

/// Reads, and checks what holds for every file.
fn read(bytes: &[u8], name: &str) -> Result<Extracted, Fault> {
    let begin = Instant::now();
    let outcome = extract(bytes, name);
    assert!(begin.elapsed() < Duration::from_secs(10), "took {:?}", begin.elapsed());
    match &outcome {
        Ok(extracted) => {
            assert!(extracted.text.chars().count() <= MOST_CHARACTERS);
            assert!(extracted.text.chars().any(char::is_alphanumeric));
            assert!(!extracted.text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
        }
        Err(fault) => assert!(Fault::ALL.contains(fault)),
    }
    outcome
}

#[test]
fn every_sample_is_sound() {
    for (bytes, name) in samples() {
        assert!(read(&bytes, name).is_ok_and(|extracted| extracted.text.contains("李雷")), "{name}");
    }
}

#[test]
fn files_that_are_cut_off() {
    for (bytes, name) in samples() {
        for part in 0..50 {
            let _ = read(&bytes[..bytes.len() * part / 50], name);
        }
    }
}

#[test]
fn a_file_that_is_too_large() {
    assert_eq!(read(&vec![b'a'; crate::LARGEST_FILE + 1], "cv.txt"), Err(Fault::TOO_LARGE));
}

#[test]
fn a_long_text_is_cut() {
    let extracted = read("字".repeat(MOST_CHARACTERS + 1).as_bytes(), "").unwrap();
    assert!(extracted.truncated && extracted.text.chars().count() == MOST_CHARACTERS);
}

/// A PDF of these objects, numbered from 1, whose table of references has to be rebuilt.
fn written(objects: &[&str]) -> Vec<u8> {
    let objects = objects.iter().enumerate().map(|(at, object)| format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    format!("%PDF-1.7\n{}trailer << /Root 1 0 R /Size 99 >>\n%%EOF", objects.collect::<String>()).into_bytes()
}

#[test]
fn a_page_tree_with_a_cycle() {
    let catalog = "<< /Type /Catalog /Pages 2 0 R >>";
    let own_child = "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 /Parent 2 0 R >>";
    assert!(read(&written(&[catalog, own_child]), "").is_err());
    let pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 /Parent 3 0 R >>";
    let page = "<< /Type /Page /Parent 2 0 R /Contents 3 0 R /Resources 3 0 R >>";
    assert!(read(&written(&[catalog, pages, page]), "").is_err());
}

#[test]
fn references_that_name_each_other() {
    let catalog = "<< /Type /Catalog /Pages 2 0 R >>";
    let pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
    let page = "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font 4 0 R >> >>";
    assert!(read(&written(&[catalog, pages, page, "5 0 R", "4 0 R"]), "").is_err());
}

#[test]
fn a_page_tree_as_deep_as_it_is_long() {
    let mut pdf = Pdf::new().tree();
    let mut below: Object = pdf.add_object(dictionary! { "Type" => "Page" }).into();
    for _ in 0..10_000 {
        below = pdf.add_object(dictionary! { "Type" => "Pages", "Kids" => vec![below], "Count" => 1 }).into();
    }
    pdf.catalog_mut().unwrap().set("Pages", below);
    assert!(read(&sample::bytes(pdf), "").is_err());
}

#[test]
fn objects_that_nest() {
    for (open, close) in [("[", "]"), ("<< /A ", ">>"), ("(", ")"), ("[", ""), ("<<", ""), ("(", "")] {
        let nested = format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        let file = written(&["<< /Type /Catalog /Pages 2 0 R >>", &nested]);
        assert!(read(&file, "").is_err());
        let content = format!("BT /F1 12 Tf (seen) Tj {nested} Tj ET");
        let shown = read(&Pdf::new().latin("F1").page(content.as_bytes()).bytes(), "");
        assert!(shown.is_ok_and(|extracted| extracted.text.starts_with("seen")), "{open}");
    }
}

#[test]
fn sizes_that_can_not_be() {
    let sound = sample::pdf();
    for number in ["99999999999999999999", "4294967295", "18446744073709551615", "-1", "0", "2147483648"] {
        for key in ["/Size ", "/Length ", "/Count ", "startxref\n", "/Root ", "/W [1 ", "/Index [0 ", "/Predictor "] {
            let changed = replace(&sound, key.as_bytes(), format!("{key}{number} ").as_bytes());
            let _ = read(&changed, "");
        }
    }
}

fn replace(bytes: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut changed = Vec::new();
    let mut rest = bytes;
    while let Some(at) = memchr::memmem::find(rest, what) {
        changed.extend_from_slice(&rest[..at]);
        changed.extend_from_slice(with);
        rest = &rest[at + what.len()..];
        // The number that stood there goes.
        rest = &rest[rest.iter().take_while(|byte| byte.is_ascii_digit()).count()..];
    }
    changed.extend_from_slice(rest);
    changed
}

#[test]
fn a_stream_that_inflates_without_end() {
    let zeros = vec![b' '; 40 << 20];
    assert_eq!(read(&Pdf::new().latin("F1").page(&zeros).bytes(), ""), Err(Fault::TOO_LARGE));
    let mut many = Pdf::new().latin("F1");
    for _ in 0..5 {
        many = many.page(&zeros[..10 << 20]);
    }
    assert_eq!(read(&many.bytes(), ""), Err(Fault::TOO_LARGE));
}

fn encrypted(user_password: &str) -> Vec<u8> {
    let mut document = Document::load_mem(&sample::pdf()).unwrap();
    let id = Object::String(vec![7; 16], StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id.clone(), id]);
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password,
        key_length: 128,
        permissions: Permissions::PRINTABLE,
    };
    let state = EncryptionState::try_from(version).unwrap();
    document.encrypt(&state).unwrap();
    sample::bytes(document)
}

#[test]
fn passwords() {
    assert_eq!(read(&encrypted("secret"), "cv.pdf"), Err(Fault::ENCRYPTED));
    let only_forbids = read(&encrypted(""), "cv.pdf");
    assert!(
        only_forbids.is_ok_and(|extracted| extracted.text.contains("李雷")),
        "the owner's password is none for readers"
    );
}

#[test]
fn xml_in_utf_16_hides_nothing() {
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"ha\">]><w:t>&a;</w:t>";
    let mut part = vec![0xff, 0xfe];
    part.extend(laughs.encode_utf16().flat_map(u16::to_le_bytes));
    let bytes = sample::zip(&[("[Content_Types].xml", b"x"), ("word/document.xml", &part)]);
    assert_eq!(read(&bytes, "cv.docx"), Err(Fault::ENTITIES));
}

#[test]
fn pages_that_nest_or_never_close() {
    for piece in ["<div>", "<table><tr><td>", "<b><i>", "<a href=", "<!--", "&", "<![CDATA[", "<svg><math>", "</p>"] {
        let _ = read(format!("<html>{}", piece.repeat(100_000)).as_bytes(), "cv.html");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes: Vec<u8>, name in "cv\\.(pdf|docx|html|txt)?") {
        for beginning in [&b""[..], b"%PDF-1.7\n", b"PK\x03\x04word/", b"<html>", b"\xff\xfe"] {
            let _ = read(&[beginning, &bytes].concat(), &name);
        }
    }

    #[test]
    fn changed_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        for (mut bytes, name) in samples() {
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let _ = read(&bytes, name);
        }
    }

    #[test]
    fn moved_pieces(from: prop::sample::Index, to: prop::sample::Index, length in 1_usize..200) {
        for (mut bytes, name) in samples() {
            let from = from.index(bytes.len());
            let piece = bytes[from..bytes.len().min(from + length)].to_vec();
            let to = to.index(bytes.len());
            bytes.splice(to..to, piece);
            let _ = read(&bytes, name);
        }
    }

    #[test]
    fn random_content(pieces in prop::collection::vec(
        "q|Q|BT|ET|/F[12] -?[0-9]{1,9} Tf|\
         -?[0-9.]{1,9} -?[0-9]{1,9} T[dD]|[0-9 .-]{0,40} (cm|Tm|Tz|Tc|TL)|T\\*|\\PC{0,9}|\
         <[0-9a-f]{0,9}> (Tj|'|\")|\\[(\\(a\\) -?[0-9]{1,20} ){0,4}\\] TJ|/X1 Do", 0..40)
    ) {
        let pdf = Pdf::new().latin("F1").composite("F2", "Identity-H", Some(&sample::to_unicode("李雷")));
        let _ = read(&pdf.page(pieces.join(" ").as_bytes()).bytes(), "");
    }

    #[test]
    fn random_markup(pieces in prop::collection::vec(
        "</?w:(p|r|t|tbl|tr|tc|tab|br)/?>|<mc:Fallback>|&[a-z#0-9]{0,6};?|<!\\[CDATA\\[|\\]\\]>|\\PC{0,6}", 0..40)
    ) {
        let _ = read(&sample::docx(&pieces.concat()), "cv.docx");
        let _ = read(pieces.concat().replace("w:", "").as_bytes(), "cv.html");
    }
}
