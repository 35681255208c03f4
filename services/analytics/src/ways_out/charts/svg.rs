//! Elements of SVG. Text and attributes are escaped where they are written out, so that no label can become markup.

use std::fmt::{self, Display, Formatter, Write as _};

/// An element with its attributes and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

#[derive(Debug, Clone)]
enum Node {
    Element(Element),
    Text(String),
}

/// What an attribute can be set to.
pub(super) trait Value {
    /// As it stands in the file, before escaping.
    fn written(self) -> String;
}

impl Value for f64 {
    fn written(self) -> String {
        number(self)
    }
}

impl Value for &str {
    fn written(self) -> String {
        self.to_owned()
    }
}

impl Value for String {
    fn written(self) -> String {
        self
    }
}

impl Element {
    /// An empty element.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), children: Vec::new() }
    }

    /// With an attribute more.
    pub(super) fn set(mut self, name: &'static str, value: impl Value) -> Self {
        self.attributes.push((name, value.written()));
        self
    }

    /// With an element inside.
    pub(super) fn with(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// With elements inside.
    pub(super) fn with_all(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// With text inside.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }
}

impl Display for Element {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(out, " {name}=\"")?;
            escape(value, out)?;
            out.write_char('"')?;
        }
        if self.children.is_empty() {
            return out.write_str("/>");
        }
        out.write_char('>')?;
        for child in &self.children {
            match child {
                Node::Element(element) => element.fmt(out)?,
                Node::Text(text) => escape(text, out)?,
            }
        }
        write!(out, "</{}>", self.name)
    }
}

/// Both kinds of quotes too, so that one rule serves text and attributes. What XML forbids even escaped is left out.
fn escape(text: &str, out: &mut Formatter<'_>) -> fmt::Result {
    for c in text.chars() {
        match c {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

/// A coordinate with two decimals at most. What is not finite becomes 0: a misplaced mark beats a file no browser reads.
pub(super) fn number(value: f64) -> String {
    let hundredths = if value.is_finite() { (value * 100.0).round() } else { 0.0 };
    let text = format!("{:.2}", hundredths / 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The data of a `<path>`.
#[derive(Debug, Default)]
pub(super) struct Path(String);

impl Path {
    /// Begins a line at a point.
    pub(super) fn start(&mut self, x: f64, y: f64) {
        self.push('M', x, y);
    }

    /// Goes straight to a point.
    pub(super) fn line(&mut self, x: f64, y: f64) {
        self.push('L', x, y);
    }

    /// Goes back to where it began.
    pub(super) fn close(&mut self) {
        self.0.push('Z');
    }

    /// As an element, still without stroke and fill.
    pub(super) fn element(self) -> Element {
        Element::new("path").set("d", self.0)
    }

    fn push(&mut self, command: char, x: f64, y: f64) {
        self.0.push(command);
        self.0.push_str(&number(x));
        self.0.push(' ');
        self.0.push_str(&number(y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_text_and_attributes() {
        let element = Element::new("text").set("x", "\"'<&>").text("</text><script>\u{0}\u{b}");
        assert_eq!(element.to_string(), "<text x=\"&quot;&#39;&lt;&amp;&gt;\">&lt;/text&gt;&lt;script&gt;</text>");
    }

    #[test]
    fn writes_plain_numbers() {
        for (value, text) in [(0.0, "0"), (-0.001, "0"), (12.345, "12.35"), (100.0, "100"), (f64::NAN, "0")] {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::NEG_INFINITY), "0");
    }
}
