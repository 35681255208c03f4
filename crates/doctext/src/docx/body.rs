//! The XML of a document to lines.
//!
//! The XML is read as a stream, so that depth costs no stack; it is bounded all the same, since the reader keeps the
//! names of open elements. Entities are refused where they are defined: no word processor writes a document type, and
//! without one nothing can expand.

use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesRef, Event},
};

use crate::Fault;

/// Tables in tables in text boxes stay far below this.
const DEEPEST: usize = 512;

/// The text of a part.
pub fn text(xml: &str) -> Result<String, Fault> {
    let mut reader = Reader::from_str(xml);
    let mut lines = Lines::default();
    loop {
        match reader.read_event().map_err(|_| Fault::BROKEN)? {
            Event::Start(element) => lines.open(element.local_name().as_ref())?,
            Event::End(element) => lines.close(element.local_name().as_ref()),
            Event::Empty(element) => {
                lines.open(element.local_name().as_ref())?;
                lines.close(element.local_name().as_ref());
            }
            Event::Text(text) => lines.characters(&text.decode().map_err(|_| Fault::BROKEN)?),
            Event::CData(text) => lines.characters(&text.decode().map_err(|_| Fault::BROKEN)?),
            Event::GeneralRef(reference) => lines.reference(&reference),
            Event::DocType(_) => return Err(Fault::ENTITIES),
            Event::Eof => return Ok(lines.text),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Lines {
    text: String,
    depth: usize,
    is_in_text: bool,
    /// How deep the element is whose content is left out.
    skipped: Option<usize>,
}

impl Lines {
    fn open(&mut self, name: &[u8]) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::BROKEN);
        }
        if self.skipped.is_some() {
            return Ok(());
        }
        match name {
            b"t" => self.is_in_text = true,
            // The same text box again, for programs that do not know the first form; and text that was moved away.
            b"Fallback" | b"moveFrom" => self.skipped = Some(self.depth),
            // In the properties of a paragraph this defines a place and is no tab, but there it only adds a blank.
            b"tab" | b"ptab" => self.text.push('\t'),
            // A text box stands in the middle of the paragraph that holds it.
            b"br" | b"cr" | b"txbxContent" => self.text.push('\n'),
            b"noBreakHyphen" => self.text.push('-'),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8]) {
        if self.skipped == Some(self.depth) {
            self.skipped = None;
        } else if self.skipped.is_none() {
            match name {
                b"t" => self.is_in_text = false,
                b"p" => self.text.push('\n'),
                b"tc" => self.end_with('\t'),
                b"tr" => self.end_with('\n'),
                _ => {}
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// The paragraphs of a cell end with lines, but the next cell follows on the same one.
    fn end_with(&mut self, end: char) {
        self.text.truncate(self.text.trim_end_matches(['\n', '\t']).len());
        self.text.push(end);
    }

    fn characters(&mut self, characters: &str) {
        if self.is_in_text && self.skipped.is_none() {
            self.text.push_str(characters);
        }
    }

    /// `&amp;` and `&#x674e;`; others mean nothing without definitions.
    fn reference(&mut self, reference: &BytesRef) {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            self.characters(character.encode_utf8(&mut [0; 4]));
        } else if let Ok(name) = reference.decode()
            && let Some(characters) = resolve_predefined_entity(&name)
        {
            self.characters(characters);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn read(body: &str) -> String {
        text(&sample::document(body)).unwrap()
    }

    #[test]
    fn a_row_is_a_line() {
        let cell = |text: &str| format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>");
        let rows = format!("<w:tbl><w:tr>{}{}</w:tr><w:tr>{}</w:tr></w:tbl>", cell("姓名"), cell("李雷"), cell("end"));
        assert_eq!(read(&rows), "姓名\t李雷\nend\n");
    }

    #[test]
    fn only_text_that_shows_is_taken() {
        let body = "<w:p><w:r><w:instrText>PAGE</w:instrText><w:delText>old</w:delText><w:t>new</w:t></w:r></w:p>\
                    <mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p>\
                    </w:txbxContent></mc:Choice><mc:Fallback><w:t>box</w:t></mc:Fallback></mc:AlternateContent>";
        assert_eq!(read(body), "new\n\nbox\n");
    }

    #[test]
    fn references_are_read() {
        assert_eq!(read("<w:t>&lt;&#x674e;&#38647;&gt; &unknown;<![CDATA[&amp;]]></w:t>"), "<李雷> &amp;");
    }

    #[test]
    fn a_billion_laughs_are_refused() {
        let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><w:t>&b;</w:t>";
        assert_eq!(text(laughs), Err(Fault::ENTITIES));
    }

    #[test]
    fn depth_is_bounded() {
        assert_eq!(text(&"<w:p>".repeat(1_000_000)), Err(Fault::BROKEN));
        assert_eq!(text(&"<w:p>".repeat(DEEPEST)), Ok(String::new()), "what is not closed was cut off");
    }
}
