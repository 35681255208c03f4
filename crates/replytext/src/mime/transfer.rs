//! Transfer encodings undone (RFC 2045, 6). What is damaged is read as far as it goes.

use std::borrow::Cow;

use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};

use super::Part;
use crate::limits;

/// The bytes of a part as they were before they were sent, of the first [`limits::PART`] bytes.
pub(crate) fn undone<'x>(part: &Part<'x>) -> Cow<'x, [u8]> {
    let body = part.body.get(..limits::PART).unwrap_or(part.body);
    let encoding = part.head.text("Content-Transfer-Encoding").unwrap_or_default().to_ascii_lowercase();
    match encoding.as_str() {
        "base64" => Cow::Owned(base64(body)),
        "quoted-printable" => Cow::Owned(quoted_printable(body)),
        _ => Cow::Borrowed(body),
    }
}

fn base64(body: &[u8]) -> Vec<u8> {
    let is_known = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let known: Vec<u8> = body.iter().copied().filter(is_known).collect();
    base64_decode(&known).unwrap_or_default()
}

/// Line by line: no code reaches over a line, and a damaged line must not damage the others.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(|line| quoted_printable_decode(line).unwrap_or_else(|| line.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_encodings_are_read_as_far_as_they_go() {
        assert_eq!(
            quoted_printable(b"a=E4=\r\nb\n50% = half=2E\nc=3D\n"),
            "a\u{e4}b\n50% = half=2E\nc=\n".chars().map(|one| one as u8).collect::<Vec<_>>()
        );
        assert_eq!(base64(b"aGVs\r\nbG8*="), b"hello");
        assert_eq!(base64(b"aGVs\r\nbG8"), b"hello");
    }
}
