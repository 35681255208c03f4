//! A mail as the tree of parts that it is.
//!
//! The fields of a head, the transfer encodings and the encoded words are mail-parser's. The tree is cut here, since a
//! stranger chooses its depth: nested parts and mails beyond [`limits`] are left unread instead of being followed.

mod charset;
mod head;
mod html;
mod spoken;
mod transfer;

pub(crate) use charset::clean;
pub(crate) use head::Head;
pub(crate) use spoken::spoken;
pub(crate) use transfer::undone;

use crate::limits;

/// A part, or the mail itself.
pub(crate) struct Part<'x> {
    pub head: Head,
    /// As it was transferred; of a multipart this is all of its parts.
    pub body: &'x [u8],
    /// None for what is no multipart.
    pub parts: Vec<Part<'x>>,
}

impl<'x> Part<'x> {
    /// The tree of a mail.
    pub fn read(bytes: &'x [u8]) -> Self {
        let mut left = limits::PARTS;
        Self::within(bytes, limits::DEPTH, &mut left)
    }

    fn within(bytes: &'x [u8], depth: usize, left: &mut usize) -> Self {
        let (head, body) = split(bytes);
        let head = Head::read(head);
        let media = head.media();
        let mut parts = Vec::new();
        if let Some(boundary) = media.boundary.as_deref().filter(|_| media.kind == "multipart" && depth > 0) {
            for piece in Pieces::of(body, boundary.as_bytes()) {
                if *left == 0 {
                    break;
                }
                *left -= 1;
                parts.push(Self::within(piece, depth - 1, left));
            }
        }
        Self { head, body, parts }
    }

    /// This part and all below it, from top to bottom.
    pub fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut next = 0;
        while let Some(part) = all.get(next).copied() {
            next += 1;
            all.extend(&part.parts);
        }
        all
    }
}

/// The head, and what is behind the empty line that ends it.
pub(crate) fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        if line == b"\n" || line == b"\r\n" {
            break;
        }
    }
    let (head, body) = bytes.split_at(end);
    (head.get(..limits::HEAD).unwrap_or(head), body)
}

/// What stands between the lines of a boundary (RFC 2046, 5.1.1). A boundary that never ends reaches to the end.
struct Pieces<'x> {
    rest: Option<&'x [u8]>,
    boundary: Vec<u8>,
}

impl<'x> Pieces<'x> {
    fn of(body: &'x [u8], boundary: &[u8]) -> Self {
        let boundary = [b"--", boundary].concat();
        let mut pieces = Self { rest: Some(body), boundary };
        // What stands before the first line is for programs that know no parts.
        pieces.next();
        pieces
    }

    /// Whether a line is the boundary, and then whether it is the last.
    fn ends(&self, line: &[u8]) -> Option<bool> {
        match line.strip_prefix(self.boundary.as_slice())?.trim_ascii() {
            b"" => Some(false),
            b"--" => Some(true),
            _ => None,
        }
    }
}

impl<'x> Iterator for Pieces<'x> {
    type Item = &'x [u8];

    fn next(&mut self) -> Option<&'x [u8]> {
        let rest = self.rest.take()?;
        let mut at = 0;
        for line in rest.split_inclusive(|byte| *byte == b'\n') {
            if let Some(is_last) = self.ends(line) {
                let (piece, behind) = rest.split_at(at);
                self.rest = behind.get(line.len()..).filter(|_| !is_last);
                // The line end before a boundary belongs to the boundary.
                let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
                return Some(piece.strip_suffix(b"\r").unwrap_or(piece));
            }
            at += line.len();
        }
        Some(rest).filter(|rest| !rest.trim_ascii().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(body: &str) -> Vec<&str> {
        Pieces::of(body.as_bytes(), b"b").map(|piece| str::from_utf8(piece).unwrap()).collect()
    }

    #[test]
    fn pieces_stand_between_boundaries() {
        assert_eq!(pieces("before\r\n--b\r\none\r\n\r\n--b  \ntwo\n--b--\nbehind"), ["one\r\n", "two"]);
        assert_eq!(pieces("--b\none\n--bc\n--b\n"), ["one\n--bc"]);
        assert_eq!(pieces("--b\none"), ["one"]);
        assert_eq!(pieces("none"), [""; 0]);
    }

    #[test]
    fn a_head_ends_at_an_empty_line() {
        assert_eq!(split(b"a: b\r\n\r\nc"), (&b"a: b\r\n\r\n"[..], &b"c"[..]));
        assert_eq!(split(b"\nc"), (&b"\n"[..], &b"c"[..]));
        assert_eq!(split(b"a: b"), (&b"a: b"[..], &b""[..]));
    }

    #[test]
    fn no_more_depth_and_parts_than_allowed() {
        let deep: Vec<String> =
            (0..100).map(|at| format!("Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n")).collect();
        let deep = deep.concat();
        assert_eq!(Part::read(deep.as_bytes()).all().len(), limits::DEPTH + 1);
        let wide = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(1_000));
        assert_eq!(Part::read(wide.as_bytes()).all().len(), limits::PARTS + 1);
    }
}
