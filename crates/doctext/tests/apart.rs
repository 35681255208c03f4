//! The process: whatever a file does to it, the service gets a reason in time and stays as it was.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests, and figures are printed")]

#[path = "../src/sample.rs"]
mod sample;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use doctext::{
    Extracted, Fault, LARGEST_FILE,
    apart::{Extractor, Limits},
    extract,
};

const CHILD: &str = env!("CARGO_BIN_EXE_doctext-child");

fn extractor(mode: &str, limits: Limits) -> Extractor {
    Extractor::new(PathBuf::from(CHILD), vec![mode.to_owned()], limits)
}

/// What a child of this mode comes to, and how long it took.
async fn outcome(mode: &str, wall_time: Duration) -> (Result<Extracted, Fault>, Duration) {
    let begin = Instant::now();
    let outcome = extractor(mode, Limits { wall_time, ..Limits::default() }).run(b"Ann Lee", "cv.txt").await.unwrap();
    (outcome, begin.elapsed())
}

/// Resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_process_says_what_the_function_says() {
    let extractor = extractor("work", Limits::default());
    let files = [
        (sample::pdf(), "cv.pdf"),
        (sample::docx("<w:p><w:r><w:t>李雷 \"quoted\" \\</w:t></w:r></w:p>"), "简历.docx"),
        (b"{\\rtf1 x}".to_vec(), "cv.rtf"),
        ("\u{10ffff}\u{1f600}李".repeat(100_000).into_bytes(), "cv.txt"),
        ("\"".repeat(200_000).into_bytes(), "cv.txt"),
        (format!("a{}", "\"\\".repeat(200_000)).into_bytes(), "cv.txt"),
        (Vec::new(), ""),
    ];
    for (bytes, name) in files {
        assert_eq!(extractor.run(&bytes, name).await.unwrap(), extract(&bytes, name), "{name}");
    }
}

#[tokio::test]
async fn every_way_to_die_has_its_reason() {
    let long = Duration::from_secs(20);
    let cases = [
        ("loop", long, Fault::TIMEOUT),
        ("sleep", Duration::from_millis(500), Fault::TIMEOUT),
        ("allocate", long, Fault::TOO_MUCH_MEMORY),
        ("overflow", long, Fault::BROKEN),
        ("panic", long, Fault::BROKEN),
        ("chatter", long, Fault::BROKEN),
        ("lie", long, Fault::BROKEN),
        ("silent", long, Fault::BROKEN),
    ];
    for (mode, wall_time, fault) in cases {
        let (outcome, took) = outcome(mode, wall_time).await;
        println!("{mode}: {took:?}");
        assert_eq!(outcome, Err(fault), "{mode}");
        assert!(took < Duration::from_secs(5), "{mode} took {took:?}");
    }
}

#[tokio::test]
async fn a_child_that_does_not_listen_is_no_trouble() {
    let extractor = extractor("silent", Limits::default());
    assert_eq!(extractor.run(&vec![b'a'; LARGEST_FILE], "cv.txt").await.unwrap(), Err(Fault::BROKEN));
}

#[tokio::test]
async fn nothing_else_is_allowed() {
    let (outcome, _) = outcome("try", Duration::from_secs(5)).await;
    assert_eq!(outcome, Err(Fault::ALL[0]), "a file, a socket, a process or a variable was to be had");
}

#[tokio::test]
async fn the_fault_of_the_machine_is_an_error() {
    let missing = Extractor::new(PathBuf::from("/no/such/program"), Vec::new(), Limits::default());
    assert!(missing.run(b"x", "").await.is_err());
    assert!(extractor("unconfined", Limits::default()).run(b"x", "").await.is_err());
}

#[tokio::test]
async fn two_at_once() {
    let limits = Limits { wall_time: Duration::from_millis(400), ..Limits::default() };
    let extractor = extractor("sleep", limits);
    let begin = Instant::now();
    let run = || extractor.run(b"x", "");
    let outcomes = tokio::join!(run(), run(), run(), run());
    let all = [outcomes.0, outcomes.1, outcomes.2, outcomes.3];
    assert!(all.into_iter().all(|outcome| outcome.unwrap() == Err(Fault::TIMEOUT)));
    assert!((800..2_000).contains(&begin.elapsed().as_millis()), "took {:?}", begin.elapsed());
}

#[tokio::test]
async fn who_gives_up_leaves_no_process() {
    const MARK: &str = "who-gives-up";
    let is_marked = |entry: std::fs::DirEntry| {
        std::fs::read(entry.path().join("cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|argument| argument == MARK.as_bytes()))
    };
    let children = || std::fs::read_dir("/proc").unwrap().flatten().map(is_marked).filter(|is| *is).count();
    let arguments = vec!["sleep".to_owned(), MARK.to_owned()];
    let extractor = Extractor::new(PathBuf::from(CHILD), arguments, Limits { at_once: 1, ..Limits::default() });
    for _ in 0..3 {
        let give_up = tokio::time::timeout(Duration::from_millis(300), extractor.run(b"x", ""));
        let (given_up, seen) = tokio::join!(give_up, async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            children()
        });
        assert!(given_up.is_err());
        assert_eq!(seen, 1, "the turn was given back, and the child before is gone");
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(children(), 0);
}

#[tokio::test]
async fn larger_files_start_no_process() {
    let missing = Extractor::new(PathBuf::from("/no/such/program"), Vec::new(), Limits::default());
    assert_eq!(missing.run(&vec![0; LARGEST_FILE + 1], "").await.unwrap(), Err(Fault::TOO_LARGE));
}

/// A simple font whose base encoding leads `lopdf` to a map of ranges, of which it writes out every code: a few KiB
/// that become more than a GiB.
fn map_without_end() -> Vec<u8> {
    let mut pdf = sample::Pdf::new().latin("F1");
    let range = |at: u32| format!("<00{at:02x}0000> <00{at:02x}ffff> <{at:04x}{}>\n", "0041".repeat(255));
    let map = format!(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /X def\n\
         1 begincodespacerange\n<00000000> <ffffffff>\nendcodespacerange\n64 beginbfrange\n{}endbfrange\n\
         endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n",
        (0..64).map(range).collect::<Vec<_>>().concat()
    );
    let map = pdf.stream(lopdf::Dictionary::new(), map.into_bytes());
    let font = pdf.fonts.get_mut(b"F1").unwrap().as_dict_mut().unwrap();
    font.set("ToUnicode", map);
    font.set("Encoding", lopdf::dictionary! { "Type" => "Encoding", "BaseEncoding" => "Identity-H" });
    pdf.page(b"BT /F1 12 Tf (a) Tj ET").bytes()
}

/// An element of so many attributes that looking for one that was there before takes for ever.
fn attributes_without_end() -> Vec<u8> {
    let attributes = (0..1_000_000).map(|at| format!(" a{at}")).collect::<Vec<_>>().concat();
    format!("<html><p{attributes}>x").into_bytes()
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(1_000_000), close.repeat(1_000_000));
    let raw = |objects: &str| format!("%PDF-1.7\n{objects}\ntrailer << /Root 1 0 R >>\n%%EOF").into_bytes();
    let catalog = "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n";
    let spaces = vec![b' '; 40 << 20];
    let sound = sample::pdf();
    let mut files = vec![
        ("map without end", map_without_end()),
        ("attributes without end", attributes_without_end()),
        ("nested arrays", raw(&format!("{catalog}{}\nendobj", nested("[", "]")))),
        ("nested dictionaries", raw(&format!("{catalog}{}\nendobj", nested("<</A ", ">>")))),
        ("nested strings", raw(&format!("{catalog}{}\nendobj", nested("(", ")")))),
        ("open arrays", raw(&format!("{catalog}{}", nested("[", "")))),
        ("cycle", raw(&format!("{catalog}<< /Type /Pages /Kids [2 0 R] /Count 1 >>\nendobj"))),
        ("objects without end", raw(&"1 0 obj\n".repeat(1_000_000))),
        ("trailers without end", raw(&"trailer <<".repeat(900_000))),
        ("startxref without end", raw(&"startxref\n9\n%%EOF\n".repeat(500_000))),
        ("page of blanks", sample::Pdf::new().latin("F1").page(&spaces).bytes()),
        ("page of brackets", sample::Pdf::new().latin("F1").page(&b"[".repeat(10 << 20)).bytes()),
        ("page of saved states", sample::Pdf::new().latin("F1").page(&b"q ".repeat(7 << 20)).bytes()),
        ("page of strings", sample::Pdf::new().latin("F1").page(&b"BT /F1 9 Tf (a) Tj ".repeat(800_000)).bytes()),
        ("zip bomb", sample::zip(&[("word/document.xml", &spaces)])),
        ("nested XML", sample::docx(&"<w:p>".repeat(2_000_000))),
        ("nested HTML", format!("<html>{}", "<div><p>".repeat(1_000_000)).into_bytes()),
        ("comments", format!("<html>{}", "<!-".repeat(3_000_000)).into_bytes()),
        ("cut off", sound[..sound.len() / 2].to_vec()),
    ];
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\">]><w:t>&a;</w:t>";
    files.push(("billion laughs", sample::zip(&[("word/document.xml", laughs.as_bytes())])));
    files
}

#[tokio::test]
async fn twenty_hostile_files() {
    let files = hostile();
    assert_eq!(files.len(), 20);
    let extractor = extractor("work", Limits::default());
    extractor.run(b"warm", "").await.unwrap().unwrap();
    let before = resident();
    for (what, bytes) in &files {
        let begin = Instant::now();
        let outcome = extractor.run(bytes, "cv").await.unwrap();
        let said = outcome.map_or_else(|fault| fault.reason.to_owned(), |read| format!("{} bytes", read.text.len()));
        println!("{what}: {} KiB, {said} in {:?}", bytes.len() >> 10, begin.elapsed());
        assert!(begin.elapsed() < Duration::from_secs(21), "{what}");
        match *what {
            "map without end" => assert_eq!(said, "DOCUMENT_TOO_MUCH_MEMORY"),
            "attributes without end" => assert_eq!(said, "DOCUMENT_TIMEOUT"),
            _ => {}
        }
    }
    let after = resident();
    println!("resident memory of the parent: {before} KiB before, {after} KiB after");
    assert!(after < before + 16_384, "the parent grew from {before} to {after} KiB");
    assert!(extractor.run(b"still well", "").await.unwrap().is_ok());
}
