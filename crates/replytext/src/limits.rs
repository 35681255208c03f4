//! How much of a stranger's mail is looked at. What is beyond is left unread, save that a mail which is too large is
//! refused.

/// The largest mail, in bytes: what the large providers let through, as it grows in base64.
pub const MAIL: usize = 36 << 20;
/// Of one section of headers, in bytes.
pub const HEAD: usize = 128 << 10;
/// How deep parts may lie within parts.
pub const DEPTH: usize = 12;
/// Parts of one mail.
pub const PARTS: usize = 200;
/// Of one part that is read, in bytes, before its transfer encoding is undone.
pub const PART: usize = 2 << 20;
/// Of the text of a mail, in bytes of UTF-8.
pub const TEXT: usize = 512 << 10;
/// Of the values of one header: addresses, identifiers.
pub const VALUES: usize = 100;
/// Of one value, such as a subject or a diagnostic code, in characters.
pub const VALUE: usize = 2_000;
/// Of a report in words, in bytes.
pub const REPORT: usize = 64 << 10;
/// Recipients of one report.
pub const RECIPIENTS: usize = 200;
/// Lines of a text; what is below them is no longer looked at.
pub const LINES: usize = 20_000;
/// A longer line, in bytes, is words and nothing else: no head of a quote, no signature.
pub const LINE: usize = 2_000;
/// Of somebody's own words, in characters, in which an intent is looked for.
pub const WORDS: usize = 8_000;
/// Places in one sentence at which one rule is looked at.
pub const PLACES: usize = 20;
