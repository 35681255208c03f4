//! A chart as a reader of XML sees it, and what holds for every one.

use std::collections::HashSet;

use quick_xml::{Reader, events::Event};
use unicode_segmentation::UnicodeSegmentation;

/// Text on paper: what it says, the box it takes, and whether it is clipped there.
#[derive(Debug, Clone)]
pub struct Text {
    pub words: String,
    pub size: f64,
    pub left: f64,
    pub right: f64,
    pub base: f64,
}

/// A parsed chart.
#[derive(Debug, Default)]
pub struct Seen {
    pub texts: Vec<Text>,
    pub ids: Vec<String>,
    pub names: HashSet<String>,
    pub strokes: Vec<f64>,
    pub title: String,
    pub description: String,
    pub root: Vec<(String, String)>,
    pub whole: Vec<String>,
}

/// The width of a text in DejaVu Sans, roughly: the widest of the fonts that readers have.
fn guess(words: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        ' ' | '.' | ',' | ':' | ';' | 'i' | 'j' | 'l' | 'I' | '\'' | '|' | '·' | '\u{202f}' => 0.31,
        't' | 'f' | 'r' | '(' | ')' | '-' | '/' | '!' | '[' | ']' | '"' | '<' | '>' => 0.4,
        'm' | 'M' | 'w' | 'W' | '%' | '@' => 0.9,
        'A'..='Z' => 0.68,
        '\u{300}'..='\u{36f}' | '\u{200d}' | '\u{fe0f}' => 0.0,
        '\0'..='\u{2e7f}' => 0.6,
        _ => 1.0,
    };
    // Of a grapheme the first character says how wide it is.
    let firsts = UnicodeSegmentation::graphemes(words, true).filter_map(|grapheme| grapheme.chars().next());
    firsts.map(em).sum::<f64>() * size
}

pub fn read(svg: &str) -> Seen {
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let mut seen = Seen::default();
    let mut path: Vec<String> = Vec::new();
    let mut boxes: Vec<Option<(f64, f64, f64)>> = Vec::new();
    loop {
        let event = reader.read_event().expect("well-formed");
        let (element, open) = match &event {
            Event::Start(element) => (Some(element), true),
            Event::Empty(element) => (Some(element), false),
            Event::End(_) => {
                if path.pop().as_deref() == Some("svg") {
                    boxes.pop();
                }
                (None, false)
            }
            Event::Text(text) => {
                let words = text.decode().unwrap().into_owned();
                write(&mut seen, &path, &words);
                (None, false)
            }
            Event::GeneralRef(reference) => {
                let name = reference.decode().unwrap().into_owned();
                let c = match name.as_str() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    _ => reference.resolve_char_ref().unwrap().expect("a known reference"),
                };
                write(&mut seen, &path, &c.to_string());
                (None, false)
            }
            Event::Eof => break,
            other => panic!("{other:?}"),
        };
        let Some(element) = element else { continue };
        let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
        let attributes: Vec<(String, String)> = element
            .attributes()
            .map(|attribute| {
                let attribute = attribute.expect("no attribute twice");
                let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                let value = String::from_utf8(attribute.value.to_vec()).unwrap();
                (key, quick_xml::escape::unescape(&value).unwrap().into_owned())
            })
            .collect();
        let get = |key: &str| attributes.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        let number = |key: &str| get(key).map_or(0.0, |v| v.parse::<f64>().expect("a number"));
        seen.ids.extend(get("id").map(str::to_owned));
        if get("stroke").is_some() {
            seen.strokes.push(number("stroke-width"));
        }
        for (key, value) in &attributes {
            assert!(!key.starts_with("on") && key != "style" && !key.contains("href"), "{key}={value}");
            if matches!(key.as_str(), "x" | "y" | "width" | "height" | "x1" | "x2" | "y1" | "y2" | "cx" | "cy" | "r") {
                let value: f64 = value.parse().expect("a number");
                assert!(value.is_finite() && value.abs() < 5_000.0, "{key}={value}");
            }
            if matches!(key.as_str(), "width" | "height") {
                assert!(value.parse::<f64>().unwrap() >= 0.0, "{key}={value}");
            }
        }
        if name == "svg" {
            if path.is_empty() {
                seen.root.clone_from(&attributes);
                boxes.push(None);
            } else {
                boxes.push(Some((number("x"), number("y"), number("width"))));
                assert!(number("x") >= 0.0 && number("x") + number("width") <= 680.0);
            }
        }
        if name == "text" {
            let (x, size) = (number("x"), number("font-size"));
            let (left, top, room) = boxes.last().copied().flatten().unwrap_or((0.0, 0.0, f64::NAN));
            let anchor = match get("text-anchor") {
                Some("end") => -1.0,
                Some("middle") => 0.0,
                _ => 1.0,
            };
            // Until its words are known: the box that clips it, or else its point and its side.
            let (from, to) = if room.is_nan() { (x, anchor) } else { (left, left + room) };
            let base = top + number("y");
            let clipped = if room.is_nan() { String::new() } else { "\u{1}".to_owned() };
            seen.texts.push(Text { words: clipped, size, left: from, right: to, base });
        }
        if open {
            path.push(name.clone());
        }
        seen.names.insert(name);
    }
    for text in &mut seen.texts {
        if let Some(words) = text.words.strip_prefix('\u{1}') {
            text.words = words.to_owned();
        } else {
            let width = guess(&text.words, text.size);
            let (x, anchor) = (text.left, text.right);
            text.left = x - width * (1.0 - anchor) / 2.0;
            text.right = text.left + width;
        }
    }
    seen
}

fn write(seen: &mut Seen, path: &[String], words: &str) {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["svg", "title"] => seen.title.push_str(words),
        ["svg", "desc"] => seen.description.push_str(words),
        [.., "text", "title"] => seen.whole.push(words.to_owned()),
        [.., "text"] => seen.texts.last_mut().unwrap().words.push_str(words),
        _ => panic!("text in {names:?}: {words}"),
    }
}

/// What holds for every chart.
pub fn keep(svg: &str) -> Seen {
    let seen = read(svg);
    // Every tag with its attributes; what stands between the tags may be a label about NaN.
    let tags: String = svg.split('<').filter_map(|part| part.split('>').next()).collect();
    assert!(!["NaN", "inf", "Infinity"].iter().any(|bad| tags.contains(bad)), "{tags}");
    let known = ["svg", "title", "desc", "defs", "pattern", "rect", "line", "path", "circle", "text"];
    assert!(seen.names.iter().all(|name| known.contains(&name.as_str())), "{:?}", seen.names);
    let root = |key: &str| seen.root.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default();
    assert_eq!(root("role"), "img");
    let labelled = root("aria-labelledby");
    assert!(labelled.split(' ').count() == 2 && labelled.split(' ').all(|id| seen.ids.iter().any(|other| other == id)));
    assert_eq!(seen.ids.iter().collect::<HashSet<_>>().len(), seen.ids.len());
    assert!(seen.strokes.iter().all(|width| *width >= 1.5), "{:?}", seen.strokes);
    let height: f64 = root("height").parse().unwrap();
    for (index, one) in seen.texts.iter().enumerate() {
        assert!(one.size >= 11.0);
        assert!(one.left >= 0.0 && one.right <= 680.5 && one.base <= height, "{one:?}");
        for other in &seen.texts[index + 1..] {
            let across = one.left + 0.5 < other.right && other.left + 0.5 < one.right;
            let down = (one.base - other.base).abs() < one.size.min(other.size) * 0.95;
            let empty = one.words.trim().is_empty() || other.words.trim().is_empty();
            assert!(!(across && down) || empty, "{one:?} over {other:?}");
        }
    }
    seen
}
