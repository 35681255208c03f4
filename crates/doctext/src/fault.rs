//! Why a file could not be read, and what helps.
//!
//! There is a fixed list of faults. A text that a parser or the confined process made never becomes a message: it may
//! quote the file.

use std::fmt;

/// A file that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// A constant for programs.
    pub reason: &'static str,
    /// What is wrong and how to mend it, for people.
    pub message: &'static str,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $reason:literal, $message:literal;)*) => {
        impl Fault {
            $($(#[$doc])* pub const $name: Self = Self { reason: $reason, message: $message };)*
            /// All that there are.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

faults! {
    /// None of the kinds that are known.
    UNKNOWN = "DOCUMENT_KIND_UNKNOWN",
        "this is not a kind of file that can be read; save it as PDF, DOCX, HTML or plain text";
    /// Word before 2007.
    OLD_WORD = "DOCUMENT_KIND_UNKNOWN", "this is a Word file of the old kind (.doc); open it and save it as .docx or PDF";
    /// Another kind of Office file.
    OTHER_OFFICE = "DOCUMENT_KIND_UNKNOWN", "this is a spreadsheet or a presentation; save it as .docx or PDF";
    /// A text of LibreOffice.
    OPEN_DOCUMENT = "DOCUMENT_KIND_UNKNOWN", "this is an OpenDocument file (.odt); open it and save it as .docx or PDF";
    /// Rich text.
    RICH_TEXT = "DOCUMENT_KIND_UNKNOWN", "this is a rich text file (.rtf); open it and save it as .docx or PDF";
    /// A photograph or a scan.
    IMAGE = "DOCUMENT_KIND_UNKNOWN",
        "this is a picture, and text in pictures is not read; send the file it was made from, or type the text";
    /// Something packed.
    ARCHIVE = "DOCUMENT_KIND_UNKNOWN", "this is an archive; unpack it and send the document that is inside";
    /// A page with its pictures in one file.
    WEB_ARCHIVE = "DOCUMENT_KIND_UNKNOWN", "this is a web page saved as one archive (.mht); open it and print it to PDF";
    /// Needs a password.
    ENCRYPTED = "DOCUMENT_ENCRYPTED", "this file is protected by a password; save it without one";
    /// Damaged.
    BROKEN = "DOCUMENT_BROKEN", "this file is damaged or cut off; open it, save it anew and send that";
    /// The name and the content say different things.
    MISNAMED = "DOCUMENT_BROKEN", "this file is not what its name says; open it and save it anew as PDF or .docx";
    /// XML that defines entities, which no word processor writes.
    ENTITIES = "DOCUMENT_BROKEN", "this file defines XML entities, which is refused; save it anew with a word processor";
    /// Blank.
    NO_TEXT = "DOCUMENT_NO_TEXT", "there is no text in this file";
    /// Pictures of text, or fonts that do not say which characters their shapes are.
    PICTURE_ONLY = "DOCUMENT_NO_TEXT",
        "there is no text in this PDF that can be read, most likely since it is a scan; send the file it was made from";
    /// Too many bytes, as it is or unpacked.
    TOO_LARGE = "DOCUMENT_TOO_LARGE",
        "this file is larger than 10 MiB, or than 32 MiB once unpacked; take pictures out of it";
    /// Took too long.
    TIMEOUT = "DOCUMENT_TIMEOUT", "reading this file took too long; save it anew as a plainer PDF or .docx";
    /// Took too much memory.
    TOO_MUCH_MEMORY = "DOCUMENT_TOO_MUCH_MEMORY",
        "reading this file took too much memory; save it anew as a plainer PDF or .docx";
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.message)
    }
}

impl std::error::Error for Fault {}
