//! The text of a page, with what it quotes marked as plain mails mark it: by `> `.
//!
//! Only the tokens of a page are looked at, no tree is built, so that depth costs nothing. What a mail program marks as
//! its user's signature is left out, and so is what no reader sees.

use std::cell::RefCell;

use html5ever::{
    Attribute, LocalName,
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind},
};
use memchr::memmem;

use crate::limits;

/// A page declares its encoding within so many bytes.
const DECLARED_WITHIN: usize = 1_024;
/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
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
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];
/// Those of them with an empty line around.
const APART: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ul", "ol"];
/// How programs mark the mail that is answered where they do not use `blockquote`: Yahoo, NetEase, Proton, Zoho.
const QUOTES: &[&str] = &["yahoo_quoted", "ntes-mailmaster-quote", "protonmail_quote", "zmail_extra", "isreplycontent"];
/// How programs mark a signature: Gmail, Thunderbird, Apple, Outlook, Proton, NetEase.
const SIGNATURES: &[&str] = &[
    "gmail_signature",
    "gmail_signature_prefix",
    "moz-signature",
    "applemailsignature",
    "lineblockatsignature",
    "ms-outlook-mobile-signature",
    "signature",
    "protonmail_signature_block",
    "ntes-mailmaster-signature",
    "spnedittoolsign",
];

/// The encoding behind the first `charset=`.
pub fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..DECLARED_WITHIN).unwrap_or(bytes).to_ascii_lowercase();
    let behind = head.get(memmem::find(&head, b"charset=")? + b"charset=".len()..)?;
    let is_label = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:".contains(byte);
    let label = behind.iter().skip_while(|byte| b"\"' ".contains(byte)).copied().take_while(|byte| is_label(byte));
    String::from_utf8(label.collect()).ok()
}

/// The text of a page.
pub fn text(page: &str) -> String {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(page));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    // The sink never hands over a script, so all is read at once.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner().text
}

#[derive(Default)]
struct Sink(RefCell<Lines>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut lines = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => lines.characters(&text),
            Token::TagToken(tag) => return lines.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// An element that is open, by its name and how many of that name are open within.
struct Open {
    name: LocalName,
    depth: usize,
}

impl Open {
    /// Counts a tag; whether the element has ended by it.
    fn ends(&mut self, tag: &Tag) -> bool {
        if tag.name == self.name && !tag.self_closing {
            match tag.kind {
                TagKind::StartTag => self.depth += 1,
                TagKind::EndTag => self.depth -= 1,
            }
        }
        self.depth == 0
    }
}

#[derive(Default)]
struct Lines {
    text: String,
    dropped: Option<Open>,
    quoted: Option<Open>,
    is_preformatted: bool,
    /// Whether the line has begun and a blank is due before its next word.
    is_blank_due: bool,
    has_line: bool,
}

impl Lines {
    fn characters(&mut self, text: &str) {
        if self.dropped.is_some() || self.text.len() >= limits::TEXT {
            return;
        }
        for character in text.chars() {
            match character {
                '\n' if self.is_preformatted => self.end_line(),
                // A line end in the source is a blank on the page, and many blanks are one.
                ' ' | '\t' | '\n' | '\r' if !self.is_preformatted => self.is_blank_due = true,
                '\r' => {}
                _ => self.character(character),
            }
        }
    }

    fn character(&mut self, character: char) {
        if !self.has_line {
            self.begin_line();
        } else if self.is_blank_due {
            self.text.push(' ');
        }
        self.is_blank_due = false;
        self.text.push(character);
    }

    fn begin_line(&mut self) {
        if self.quoted.is_some() {
            self.text.push_str("> ");
        }
        self.has_line = true;
    }

    fn end_line(&mut self) {
        if !self.has_line {
            self.begin_line();
        }
        self.text.push('\n');
        self.has_line = false;
        self.is_blank_due = false;
    }

    /// Ends the line when it has begun.
    fn block(&mut self, name: &str) {
        if self.has_line {
            self.end_line();
        }
        self.is_blank_due = false;
        let is_apart = self.text.ends_with("\n\n") || self.text.ends_with("\n> \n") || self.text.is_empty();
        if APART.contains(&name) && !is_apart {
            self.end_line();
        }
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        if self.text.len() >= limits::TEXT {
            return TokenSinkResult::Continue;
        }
        if let Some(open) = &mut self.dropped {
            if open.ends(tag) {
                self.dropped = None;
            }
            return TokenSinkResult::Continue;
        }
        let is_start = tag.kind == TagKind::StartTag;
        let name = &*tag.name;
        match name {
            "br" => self.end_line(),
            "pre" => self.is_preformatted = is_start,
            "td" | "th" => self.is_blank_due = true,
            _ => {}
        }
        if BLOCKS.contains(&name) {
            self.block(name);
        }
        let open = || Open { name: tag.name.clone(), depth: 1 };
        if let Some(quoted) = &mut self.quoted {
            if quoted.ends(tag) {
                self.quoted = None;
            }
        } else if is_start && !tag.self_closing && is_quote(tag) {
            self.quoted = Some(open());
        }
        if !is_start {
            return TokenSinkResult::Continue;
        }
        if let Some(kind) = raw(name) {
            self.dropped = Some(open());
            return TokenSinkResult::RawData(kind);
        }
        // An element without an end would take all that follows along.
        let can_end = matches!(name, "div" | "span" | "table" | "pre" | "p" | "td") && !tag.self_closing;
        if can_end && (is_marked(tag, SIGNATURES) || is_hidden(tag)) {
            self.dropped = Some(open());
        }
        TokenSinkResult::Continue
    }
}

/// Inside these, tags are no tags.
fn raw(name: &str) -> Option<RawKind> {
    match name {
        "script" => Some(RawKind::ScriptData),
        "style" | "iframe" | "noembed" | "noframes" | "xmp" => Some(RawKind::Rawtext),
        "title" | "textarea" => Some(RawKind::Rcdata),
        _ => None,
    }
}

fn is_quote(tag: &Tag) -> bool {
    &*tag.name == "blockquote" || (&*tag.name == "div" && is_marked(tag, QUOTES))
}

fn is_marked(tag: &Tag, marks: &[&str]) -> bool {
    let says = |attribute: &Attribute| {
        let value = attribute.value.to_ascii_lowercase();
        matches!(&*attribute.name.local, "class" | "id") && value.split_whitespace().any(|one| marks.contains(&one))
    };
    tag.attrs.iter().any(says)
}

fn is_hidden(tag: &Tag) -> bool {
    tag.attrs.iter().any(|attribute| match &*attribute.name.local {
        "hidden" => true,
        "style" => {
            let style: String = attribute.value.to_ascii_lowercase().split_whitespace().collect();
            style.contains("display:none") || style.contains("mso-hide:all")
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_marked() {
        let page = "<div>OK</div><div><br></div><div class=gmail_quote><div>On 1 May Ann wrote:</div>\
                    <blockquote><div>hello<br>you</div><blockquote>old</blockquote>x</blockquote></div>behind";
        assert_eq!(text(page), "OK\n\nOn 1 May Ann wrote:\n> hello\n> you\n> old\n> x\nbehind");
    }

    #[test]
    fn signatures_and_what_is_hidden_are_left_out() {
        let page = "<style>p{}</style><span style='display: none'>peek</span><p>Yes, <b>I</b>\n can.</p>\
                    <div class='x gmail_signature'><div>Ann</div>Tel 1</div><p>P.S. thanks &amp; bye</p>";
        assert_eq!(text(page), "Yes, I can.\n\nP.S. thanks & bye\n\n".trim_end().to_owned() + "\n\n");
    }

    #[test]
    fn preformatted_lines_stay() {
        assert_eq!(text("<pre>a\n  b</pre>c  d"), "a\n  b\nc d");
    }

    #[test]
    fn the_declared_encoding() {
        assert_eq!(declared(b"<meta content=\"text/html; charset=gb2312\">").as_deref(), Some("gb2312"));
        assert_eq!(declared(b"<p>"), None);
    }

    #[test]
    fn depth_costs_nothing() {
        assert_eq!(text(&format!("{}hello", "<div><blockquote>".repeat(100_000))), "> hello");
    }
}
