//! PDF: the text that its pages show.
//!
//! A PDF has no lines and no words. It has strings of codes, each shown at a place in a font, and a font says, if all
//! is well, which characters its codes are. `lopdf` reads the objects, the content and the fonts. Its own extraction is
//! not used: it does not look at where text is moved to, so that lines run together; it leaves out text inside of forms;
//! and it takes a font's encoding before the map to characters that the font brings along. So the operators are followed
//! here.
//!
//! - [`page`]: the operators of a page, and the forms that it draws.
//! - [`font`]: codes to characters, with the map ([`cmap`]) that a font brings along. [`widths`]: how far they reach.
//! - [`lines`]: placed pieces of text to lines.
//! - [`matrix`] says where things are.

mod cmap;
mod font;
mod lines;
mod matrix;
mod page;
mod widths;

use lopdf::{DecompressError, Document, Error, LoadOptions};

use self::page::Reader;
use crate::{Fault, MOST_CHARACTERS, Raw};

/// More pages are not read.
const MOST_PAGES: usize = 200;
/// The largest stream, unpacked, in bytes.
const LARGEST_STREAM: usize = 16 << 20;
/// All that is unpacked while pages are read, in bytes.
const LARGEST_TOTAL: usize = 32 << 20;

/// Reads a document.
pub fn read(bytes: &[u8]) -> Result<Raw, Fault> {
    let options = LoadOptions::with_max_decompressed_size(LARGEST_STREAM);
    let document = Document::load_mem_with_options(bytes, options).map_err(|error| fault(&error))?;
    // The reader removes this once the empty password opened the file, as it does when only printing is forbidden.
    if document.trailer.has(b"Encrypt") {
        return Err(Fault::ENCRYPTED);
    }
    let pages: Vec<_> = document.page_iter().collect();
    if pages.is_empty() {
        return Err(Fault::BROKEN);
    }
    let mut reader = Reader::new(&document, LARGEST_TOTAL);
    let mut read = 0;
    for page in pages.iter().take(MOST_PAGES) {
        reader.page(*page)?;
        read += 1;
        if reader.length() > MOST_CHARACTERS * char::MAX_LEN_UTF8 {
            break;
        }
    }
    Ok(Raw { text: reader.finish(), pages: u32::try_from(pages.len()).ok(), truncated: read < pages.len() })
}

fn fault(error: &Error) -> Fault {
    match error {
        Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => Fault::TOO_LARGE,
        Error::InvalidPassword | Error::Decryption(_) | Error::UnsupportedSecurityHandler(_) => Fault::ENCRYPTED,
        _ => Fault::BROKEN,
    }
}
