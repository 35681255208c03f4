//! Files that are not UTF-8. They are read as if they were: what is sent, counted, known again and cut out is UTF-8.

use std::{
    fs::File,
    io::{Error, ErrorKind, Read, Result, Seek as _, SeekFrom},
    path::Path,
};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

/// Bytes that are read at once.
const PIECE: usize = 16 << 10;

/// An encoding by a name that the Web knows it by: `gb18030`, `gbk`, `big5`, `shift_jis`, `utf-16`, `windows-1252` …
pub fn named(label: &str) -> std::result::Result<&'static Encoding, String> {
    Encoding::for_label(label.as_bytes()).ok_or_else(|| "is no encoding, such as gb18030, big5 or utf-16".to_owned())
}

/// A file's text from a position of it on. Nobody has to say that a file is UTF-16 when it says so itself.
pub fn open(path: &Path, said: Option<&'static Encoding>, position: u64) -> Result<Box<dyn Read + Send>> {
    let mut file = File::open(path)?;
    let encoding = match said {
        Some(encoding) => encoding,
        None => by_mark(&mut file)?,
    };
    if encoding == UTF_8 {
        // The server looks at it, and says where it is not.
        file.seek(SeekFrom::Start(position))?;
        return Ok(Box::new(file));
    }
    let mut text = Decoded::new(file, encoding);
    std::io::copy(&mut text.by_ref().take(position), &mut std::io::sink())?;
    Ok(Box::new(text))
}

fn by_mark(file: &mut File) -> Result<&'static Encoding> {
    let mut mark = Vec::with_capacity(3);
    file.by_ref().take(3).read_to_end(&mut mark)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(Encoding::for_bom(&mark).map_or(UTF_8, |(encoding, _)| encoding))
}

/// Reads what another reader says as UTF-8.
struct Decoded<R> {
    from: R,
    decoder: Decoder,
    text: String,
    at: usize,
    has_ended: bool,
}

impl<R: Read> Decoded<R> {
    fn new(from: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { from, decoder, text: String::new(), at: 0, has_ended: false }
    }

    fn fill(&mut self) -> Result<()> {
        let mut piece = [0; PIECE];
        let read = self.from.read(&mut piece)?;
        self.has_ended = read == 0;
        self.text.clear();
        self.at = 0;
        self.text.reserve(self.decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(4 * PIECE));
        let (result, _) =
            self.decoder.decode_to_string_without_replacement(&piece[..read], &mut self.text, self.has_ended);
        match result {
            DecoderResult::InputEmpty => Ok(()),
            // There is room for all of it, so what does not go is nothing of this encoding.
            DecoderResult::OutputFull | DecoderResult::Malformed(..) => {
                let name = self.decoder.encoding().name();
                Err(Error::new(ErrorKind::InvalidData, format!("the file is not {name}; say --encoding")))
            }
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.at == self.text.len() {
            if self.has_ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let mut rest = &self.text.as_bytes()[self.at..];
        let read = rest.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{GB18030, UTF_16LE};

    use super::*;

    const TEXT: &str = "姓名,邮箱\n王小明,wang@example.com\n";

    fn read(bytes: &[u8], said: Option<&'static Encoding>, position: u64) -> Result<String> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), bytes)?;
        let mut text = String::new();
        open(file.path(), said, position)?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn utf_16(text: &str) -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn a_file_is_read_as_if_it_were_utf_8() {
        let (chinese, _, _) = GB18030.encode(TEXT);
        assert_eq!(read(&chinese, Some(named("gbk").unwrap()), 0).unwrap(), TEXT);
        assert_eq!(read(&utf_16(TEXT), None, 0).unwrap(), TEXT, "it says so itself");
        assert_eq!(read(&utf_16(TEXT), Some(UTF_16LE), 14).unwrap(), &TEXT[14..], "positions are those of the text");
        assert_eq!(read(TEXT.as_bytes(), None, 14).unwrap(), &TEXT[14..]);
        let long = TEXT.repeat(PIECE);
        assert!(read(&GB18030.encode(&long).0, Some(GB18030), 0).unwrap() == long);
    }

    #[test]
    fn what_is_not_of_the_encoding_is_refused() {
        for (bytes, label) in [(&b"\xff\xff"[..], "gb18030"), (b"\xfe", "big5"), (b"\xff\xfe\x00\xd8a\x00", "utf-16")] {
            assert!(read(bytes, Some(named(label).unwrap()), 0).is_err(), "{label}");
        }
        assert!(named("klingon").is_err());
    }
}
