//! The operators of a page that place and show text.
//!
//! Besides text these are the ones that keep and change the state, and `Do`, which draws a form: a page within the
//! page. Every form costs of what may be unpacked, so that forms in forms in forms come to an end.

use std::{collections::BTreeMap, rc::Rc};

use lopdf::{
    Dictionary, Document, Error, Object, ObjectId,
    content::{Content, Operation},
};

use super::{
    LARGEST_STREAM, fault,
    font::Font,
    lines::{Lines, Piece},
    matrix::Matrix,
    widths::number,
};
use crate::Fault;

/// Forms in forms.
const DEEPEST: usize = 8;
/// Saved states.
const MOST_SAVED: usize = 256;
/// What drawing a form costs at least, in bytes of what may be unpacked.
const COST: usize = 1_024;

/// Dictionaries of resources, the nearest first.
type Resources<'a> = Vec<&'a Dictionary>;

/// Reads pages, one after another.
pub struct Reader<'a> {
    document: &'a Document,
    /// By the place of their dictionaries in memory, which do not move while the document is borrowed.
    fonts: BTreeMap<*const Dictionary, Rc<Font<'a>>>,
    lines: Lines,
    /// How many bytes may still be unpacked.
    left: usize,
}

#[derive(Clone)]
struct State<'a> {
    to_page: Matrix,
    font: Option<Rc<Font<'a>>>,
    size: f64,
    leading: f64,
    /// Between characters.
    spacing: f64,
    stretch: f64,
}

/// Where text is shown.
struct Cursor {
    at: Matrix,
    line: Matrix,
}

impl Cursor {
    fn set(&mut self, at: Matrix) {
        self.at = at;
        self.line = at;
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.set(Matrix::shift(x, y).then(self.line));
    }
}

impl<'a> Reader<'a> {
    /// Of a document, of which so many bytes may be unpacked.
    pub fn new(document: &'a Document, left: usize) -> Self {
        Self { document, fonts: BTreeMap::new(), lines: Lines::default(), left }
    }

    /// How many bytes of text there are.
    pub fn length(&self) -> usize {
        self.lines.length()
    }

    /// The text.
    pub fn finish(self) -> String {
        self.lines.into_text()
    }

    /// Reads a page.
    pub fn page(&mut self, page: ObjectId) -> Result<(), Fault> {
        let most = self.left.min(LARGEST_STREAM);
        let content = self.document.get_page_content_with_limit(page, most).map_err(|error| fault(&error))?;
        self.pay(content.len())?;
        let resources = self.page_resources(page);
        let state =
            State { to_page: Matrix::IDENTITY, font: None, size: 0.0, leading: 0.0, spacing: 0.0, stretch: 1.0 };
        self.content(&content, &resources, state, 0)?;
        self.lines.end_page();
        Ok(())
    }

    fn pay(&mut self, cost: usize) -> Result<(), Fault> {
        self.left = self.left.checked_sub(cost).ok_or(Fault::TOO_LARGE)?;
        Ok(())
    }

    /// A page whose resources can not be found is a page without fonts.
    fn page_resources(&self, page: ObjectId) -> Resources<'a> {
        let Ok((own, shared)) = self.document.get_page_resources(page) else { return Vec::new() };
        own.into_iter().chain(shared.into_iter().filter_map(|id| self.document.get_dictionary(id).ok())).collect()
    }

    fn content(
        &mut self,
        content: &[u8],
        resources: &Resources<'a>,
        state: State<'a>,
        depth: usize,
    ) -> Result<(), Fault> {
        let mut state = state;
        let mut saved: Vec<State<'a>> = Vec::new();
        let mut cursor = Cursor { at: Matrix::IDENTITY, line: Matrix::IDENTITY };
        // What can not be read ends the page and keeps what was read of it.
        for Operation { operator, operands } in Content::decode_iter(content).map_while(Result::ok) {
            match operator.as_str() {
                "q" if saved.len() < MOST_SAVED => saved.push(state.clone()),
                "Q" => state = saved.pop().unwrap_or(state),
                "cm" => state.to_page = matrix(&operands).then(state.to_page),
                "Do" => self.draw(&operands, resources, &state, depth)?,
                "Tf" => {
                    state.font = self.font(&operands, resources)?;
                    state.size = nth(&operands, 1);
                }
                "TL" => state.leading = nth(&operands, 0),
                "Tc" => state.spacing = nth(&operands, 0),
                "Tz" => state.stretch = nth(&operands, 0) / 100.0,
                "BT" => cursor.set(Matrix::IDENTITY),
                "Tm" => cursor.set(matrix(&operands)),
                "TD" => {
                    state.leading = -nth(&operands, 1);
                    cursor.next_line(nth(&operands, 0), nth(&operands, 1));
                }
                "Td" => cursor.next_line(nth(&operands, 0), nth(&operands, 1)),
                "T*" => cursor.next_line(0.0, -state.leading),
                "Tj" | "TJ" => self.show(&operands, &state, &mut cursor),
                "'" | "\"" => {
                    cursor.next_line(0.0, -state.leading);
                    self.show(operands.last().map_or(&[], std::slice::from_ref), &state, &mut cursor);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Strings, and numbers between them that move back.
    fn show(&mut self, operands: &[Object], state: &State, cursor: &mut Cursor) {
        let pieces = match operands {
            [Object::Array(pieces)] => pieces,
            other => other,
        };
        for (at, piece) in pieces.iter().enumerate() {
            let width = match piece {
                Object::String(codes, _) => self.string(codes, state, cursor, at > 0),
                other => -number(other) / 1e3 * state.size,
            };
            cursor.at = Matrix::shift(width * state.stretch, 0.0).then(cursor.at);
        }
    }

    /// Shows a string, and says how far it reaches.
    fn string(&mut self, codes: &[u8], state: &State, cursor: &Cursor, is_moved: bool) -> f64 {
        let Some(font) = &state.font else { return 0.0 };
        let text = font.characters(codes);
        // There are no texts so long that the count would lose digits.
        let spacing = state.spacing * f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
        let width = font.widths.of(codes, &text) * state.size + spacing;
        let from = cursor.at.then(state.to_page);
        let to = Matrix::shift(width * state.stretch, 0.0).then(from);
        let (direction, height) = from.direction();
        self.lines.place(Piece {
            text: &text,
            from: from.origin(),
            to: to.origin(),
            direction,
            height: height * state.size.abs(),
            is_exact: font.widths.is_exact(),
            is_moved,
        });
        width
    }

    fn font(&mut self, operands: &[Object], resources: &Resources<'a>) -> Result<Option<Rc<Font<'a>>>, Fault> {
        let Some(Object::Dictionary(font)) = self.find(b"Font", operands, resources) else { return Ok(None) };
        let place = std::ptr::from_ref(font);
        if let Some(known) = self.fonts.get(&place) {
            return Ok(Some(Rc::clone(known)));
        }
        let font = Rc::new(Font::of(font, self.document)?);
        self.fonts.insert(place, Rc::clone(&font));
        Ok(Some(font))
    }

    fn draw(
        &mut self,
        operands: &[Object],
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
    ) -> Result<(), Fault> {
        let Some(Object::Stream(form)) = self.find(b"XObject", operands, resources) else { return Ok(()) };
        let is_form = form.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Form");
        if !is_form || depth == DEEPEST {
            return Ok(());
        }
        let content = match form.get_plain_content_with_limit(self.left.min(LARGEST_STREAM)) {
            Ok(content) => content,
            Err(error @ Error::Decompress(_)) => return Err(fault(&error)),
            Err(_) => return Ok(()),
        };
        self.pay(content.len().max(COST))?;
        let own = form.dict.get_deref(b"Resources", self.document).and_then(Object::as_dict).ok();
        let resources = own.into_iter().chain(resources.iter().copied()).collect();
        let mut state = state.clone();
        if let Ok(moved) = form.dict.get_deref(b"Matrix", self.document).and_then(Object::as_array) {
            state.to_page = matrix(moved).then(state.to_page);
        }
        self.content(&content, &resources, state, depth + 1)
    }

    /// The resource of this kind that the first operand names.
    fn find(&self, kind: &[u8], operands: &[Object], resources: &Resources<'a>) -> Option<&'a Object> {
        let name = operands.first()?.as_name().ok()?;
        let named = |resources: &&'a Dictionary| {
            resources.get_deref(kind, self.document).ok()?.as_dict().ok()?.get_deref(name, self.document).ok()
        };
        resources.iter().find_map(named)
    }
}

fn nth(operands: &[Object], at: usize) -> f64 {
    operands.get(at).map_or(0.0, number)
}

fn matrix(operands: &[Object]) -> Matrix {
    if operands.len() == 6 { Matrix(std::array::from_fn(|at| nth(operands, at))) } else { Matrix::IDENTITY }
}

#[cfg(test)]
mod tests {
    use lopdf::dictionary;

    use super::*;
    use crate::{
        Kind, extract,
        sample::{self, Pdf},
    };

    fn shown(content: &str) -> String {
        extract(&Pdf::new().latin("F1").page(content.as_bytes()).bytes(), "cv.pdf").unwrap().text
    }

    #[test]
    fn pages_in_both_languages() {
        let extracted = extract(&sample::pdf(), "cv").unwrap();
        assert_eq!((extracted.kind, extracted.pages, extracted.truncated), (Kind::Pdf, Some(2), false));
        assert_eq!(extracted.text, "Ann Lee\nRust engineer, London\n\n李雷，上海");
    }

    #[test]
    fn moving_down_begins_a_line() {
        let moves =
            ["0 -14 Td (b) Tj", "0 -14 TD (b) Tj", "T* (b) Tj", "(b) '", "0 0 (b) \"", "1 0 0 1 72 680 Tm (b) Tj"];
        for move_down in moves {
            let content = format!("BT 14 TL /F1 12 Tf 1 0 0 1 72 700 Tm (a) Tj {move_down} ET");
            assert_eq!(shown(&content), "a\nb", "{move_down}");
        }
        assert_eq!(shown("BT /F1 12 Tf 72 700 Td (a) Tj ET BT /F1 12 Tf 79 700 Td (b) Tj ET"), "ab");
    }

    #[test]
    fn moving_right_is_a_blank() {
        assert_eq!(shown("BT /F1 12 Tf 72 700 Td [(An) -20 (n) -300 (Lee)] TJ ET"), "Ann Lee");
        assert_eq!(shown("BT /F1 12 Tf 72 700 Td (Phone) Tj 200 0 Td (123) Tj ET"), "Phone\t123");
    }

    #[test]
    fn the_page_may_stand_on_its_head() {
        let content = "q 1 0 0 -1 0 800 cm BT /F1 12 Tf 1 0 0 -1 72 100 Tm (a) Tj 1 0 0 -1 72 120 Tm (b) Tj ET Q";
        assert_eq!(shown(content), "a\nb");
    }

    #[test]
    fn lopdf_alone_would_run_lines_together() {
        let pdf = Pdf::new().latin("F1").page(b"BT /F1 12 Tf 72 700 Td (Rust) Tj 0 -14 Td (Go) Tj ET");
        let document = Document::load_mem(&pdf.bytes()).unwrap();
        let text = document.extract_text_with_limit(&[1], 1 << 20).unwrap();
        assert!(text.contains("RustGo"), "when this fails, use it: {text:?}");
    }

    #[test]
    fn forms_are_read_and_come_to_an_end() {
        let mut pdf = Pdf::new().latin("F1");
        let form = dictionary! { "Type" => "XObject", "Subtype" => "Form" };
        let form = pdf.stream(form, b"BT /F1 12 Tf 72 700 Td (inside) Tj ET".to_vec());
        pdf.forms.set("X1", form);
        assert_eq!(extract(&pdf.page(b"/X1 Do").bytes(), "").unwrap().text, "inside");

        let mut pdf = Pdf::new().latin("F1");
        let form = dictionary! { "Type" => "XObject", "Subtype" => "Form" };
        let form = pdf.stream(form, b"/X1 Do ".repeat(1_000));
        pdf.forms.set("X1", form);
        assert_eq!(extract(&pdf.page(b"/X1 Do").bytes(), ""), Err(Fault::TOO_LARGE));
    }

    #[test]
    fn a_picture_is_no_text() {
        let pdf = Pdf::new().page(b"q 600 0 0 800 0 0 cm /Im1 Do Q");
        assert_eq!(extract(&pdf.bytes(), "cv.pdf"), Err(Fault::PICTURE_ONLY));
    }
}
