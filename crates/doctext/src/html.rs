//! Web pages, as job sites export them.
//!
//! Only the tokens of a page are looked at, no tree is built. So nothing here nests, and a page of a million open
//! elements costs no more than its length. The price is that what a browser would move about stays where it is written,
//! and that styles which hide a text are not known.

use std::cell::RefCell;

use encoding_rs::Encoding;
use html5ever::{
    LocalName,
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind},
};
use memchr::memmem;

use crate::{Fault, Raw, plain};

/// A page declares its encoding within so many bytes.
const DECLARED_WITHIN: usize = 1_024;

/// Elements that begin and end a line.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];

/// Reads a page.
pub fn read(bytes: &[u8]) -> Result<Raw, Fault> {
    let page = plain::decode_as(bytes, declared(bytes)).ok_or(Fault::UNKNOWN)?;
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(page));
    let tokenizer = Tokenizer::new(Text::default(), TokenizerOpts::default());
    // The sink never hands over a script, so all is read at once.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    Ok(Raw::of(tokenizer.sink.lines.into_inner().text))
}

/// The encoding behind the first `charset=`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..DECLARED_WITHIN).unwrap_or(bytes).to_ascii_lowercase();
    let (_, behind) = head.split_at_checked(memmem::find(&head, b"charset=")? + b"charset=".len())?;
    let is_label = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:".contains(byte);
    let label = behind.iter().skip_while(|byte| b"\"' ".contains(byte)).copied().take_while(|byte| is_label(byte));
    Encoding::for_label(&label.collect::<Vec<_>>())
}

#[derive(Default)]
struct Text {
    lines: RefCell<Lines>,
}

#[derive(Default)]
struct Lines {
    text: String,
    /// The element whose text is dropped until it ends.
    dropped: Option<LocalName>,
    is_preformatted: bool,
}

impl TokenSink for Text {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut lines = self.lines.borrow_mut();
        match token {
            Token::CharacterTokens(text) => lines.text(&text),
            Token::TagToken(tag) => return lines.tag(tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Lines {
    fn text(&mut self, text: &str) {
        if self.dropped.is_some() {
        } else if self.is_preformatted {
            self.text.push_str(text);
        } else {
            // A line end in the source is a blank on the page.
            self.text
                .extend(text.chars().map(|character| if matches!(character, '\n' | '\r') { ' ' } else { character }));
        }
    }

    fn tag(&mut self, tag: Tag) -> TokenSinkResult<()> {
        let is_start = tag.kind == TagKind::StartTag;
        if self.dropped.is_some() {
            if !is_start && self.dropped.as_ref() == Some(&tag.name) {
                self.dropped = None;
            }
            return TokenSinkResult::Continue;
        }
        match &*tag.name {
            "pre" => self.is_preformatted = is_start,
            "td" | "th" => self.text.push('\t'),
            _ => {}
        }
        if BLOCKS.contains(&&*tag.name) {
            self.text.push('\n');
        }
        if is_start { self.raw(tag.name) } else { TokenSinkResult::Continue }
    }

    /// Inside these, tags are no tags.
    fn raw(&mut self, name: LocalName) -> TokenSinkResult<()> {
        let kind = match &*name {
            "script" => RawKind::ScriptData,
            "style" | "iframe" | "noembed" | "noframes" | "xmp" => RawKind::Rawtext,
            "title" => RawKind::Rcdata,
            "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
            _ => return TokenSinkResult::Continue,
        };
        self.dropped = Some(name);
        TokenSinkResult::RawData(kind)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;

    use crate::{Kind, extract};

    fn text(page: &str) -> String {
        extract(page.as_bytes(), "cv.html").unwrap().text
    }

    #[test]
    fn blocks_stand_on_lines_and_cells_in_columns() {
        let page = "<!doctype html><html><head><title>CV</title><style>p{color:red}</style></head><body>\
                    <h1>Ann Lee</h1><p>Rust\n  and <b>Go</b></p><ul><li>one<li>two</ul>\
                    <table><tr><td>电话<td>13800138000</tr></table><pre>a\n  b</pre>x<br>y</body></html>";
        assert_eq!(text(page), "Ann Lee\n\nRust and Go\n\none\ntwo\n\n电话\t13800138000\n\na\nb\nx\ny");
    }

    #[test]
    fn scripts_are_dropped_and_references_are_read() {
        let page = "a<script>if (x < 3) document.write('<p>no</p>')</script>b &amp; c&nbsp;&#26446;<!-- no -->\
                    <style></p>no</style>";
        assert_eq!(text(page), "ab & c 李");
    }

    #[test]
    fn an_unclosed_script_swallows_the_rest() {
        assert_eq!(text("a<script>b<p>c"), "a");
    }

    #[test]
    fn the_declared_encoding_counts() {
        let page = "<html><meta http-equiv=content-type content=\"text/html; charset=gb2312\"><p>李雷，上海";
        let extracted = extract(&GBK.encode(page).0, "").unwrap();
        assert_eq!((extracted.kind, extracted.text.as_str()), (Kind::Html, "李雷，上海"));
    }

    #[test]
    fn depth_costs_nothing() {
        assert_eq!(text(&format!("{}李雷", "<div><b>".repeat(200_000))), "李雷");
    }
}
