//! Lines of JSON, read piece by piece: whatever the size of the file, no more than a piece and a line of it is held. A
//! line that is too long is passed over and refused; those behind it are read.

use super::{Broken, Place};
use crate::domain::clean::Fault;

/// The largest line, in bytes.
const LARGEST: usize = 4 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u64,
    /// Its text, or why it is refused unread.
    pub text: Result<String, Fault>,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Line(Line),
    /// Nothing before more bytes are fed.
    Hungry,
    /// Nothing any more.
    End,
}

/// Reads lines out of pieces.
#[derive(Debug)]
pub struct Lines {
    input: Vec<u8>,
    at: usize,
    /// What has come of the line so far.
    line: Vec<u8>,
    is_too_long: bool,
    is_whole: bool,
    /// Behind the last line that ended.
    place: Place,
    /// Bytes of the line that has begun.
    begun: u64,
}

impl Lines {
    /// Begins, or goes on where [`Lines::place`] said.
    pub fn at(place: Place) -> Self {
        Self { input: Vec::new(), at: 0, line: Vec::new(), is_too_long: false, is_whole: false, place, begun: 0 }
    }

    /// Where in the file it stands, between two lines.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Adds the next piece of the file. Call it when [`Lines::step`] is hungry.
    pub fn feed(&mut self, piece: Vec<u8>) {
        self.input = piece;
        self.at = 0;
    }

    /// Says that there are no more pieces.
    pub fn finish(&mut self) {
        self.is_whole = true;
    }

    /// Whether a line has begun that has not ended.
    pub fn is_inside_row(&self) -> bool {
        self.begun > 0
    }

    /// The number of the line that has begun.
    pub fn row_line(&self) -> u64 {
        self.place.line
    }

    /// The next line.
    pub fn step(&mut self) -> Result<Step, Broken> {
        loop {
            let rest = &self.input[self.at..];
            let end = rest.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(rest.len(), |end| end + 1);
            let content = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + content.len() > LARGEST {
                self.is_too_long = true;
                self.line = Vec::new();
            }
            if !self.is_too_long {
                self.line.extend_from_slice(content);
            }
            self.at += taken;
            self.begun += taken as u64;
            if end.is_none() && !self.is_whole {
                return Ok(Step::Hungry);
            }
            if end.is_none() && self.begun == 0 {
                return Ok(Step::End);
            }
            if let Some(line) = self.close()? {
                return Ok(Step::Line(line));
            }
        }
    }

    /// The line that has ended, when it is not blank.
    fn close(&mut self) -> Result<Option<Line>, Broken> {
        let number = self.place.line;
        let mut bytes = std::mem::take(&mut self.line);
        if self.place.position == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        self.place = Place { position: self.place.position + self.begun, line: number + 1 };
        self.begun = 0;
        if std::mem::take(&mut self.is_too_long) {
            let fault = Fault::new("", "LINE_TOO_LARGE", "is larger than 4 MiB; take out what does not belong there");
            return Ok(Some(Line { number, text: Err(fault) }));
        }
        let text = String::from_utf8(bytes).map_err(|_| Broken {
            reason: "IMPORT_NOT_UTF8",
            line: number,
            message: "this is not UTF-8; save the file as UTF-8".into(),
        })?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| Line { number, text: Ok(text.to_owned()) }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(mut lines: Lines, bytes: &[u8], piece: usize, most: usize) -> (Vec<(u64, String)>, Place) {
        let mut pieces = bytes.chunks(piece.max(1));
        let mut read = Vec::new();
        while read.len() < most {
            match lines.step() {
                Ok(Step::Line(line)) => {
                    read.push((line.number, line.text.unwrap_or_else(|fault| fault.reason.to_owned())));
                }
                Ok(Step::Hungry) => match pieces.next() {
                    Some(piece) => lines.feed(piece.to_vec()),
                    None => {
                        lines.feed(Vec::new());
                        lines.finish();
                    }
                },
                Ok(Step::End) => break,
                Err(broken) => {
                    read.push((broken.line, broken.reason.to_owned()));
                    break;
                }
            }
        }
        (read, lines.place())
    }

    #[test]
    fn lines_marks_and_blanks_in_pieces_of_every_size() {
        let file = "\u{feff}{\"a\":1}\r\n\r\n  \n{\"b\":\"上海\"}\nlast".as_bytes();
        let expected = [(1, "{\"a\":1}"), (4, "{\"b\":\"上海\"}"), (5, "last")];
        let expected: Vec<_> = expected.into_iter().map(|(line, text)| (line, text.to_owned())).collect();
        for piece in 1..=file.len() {
            let (lines, place) = read(Lines::at(Place::default()), file, piece, usize::MAX);
            assert_eq!(lines, expected, "pieces of {piece}");
            assert_eq!(place.position, file.len() as u64);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_refused_and_the_next_one_read() {
        let file = [b"a\n".as_slice(), &vec![b'x'; LARGEST + 1], b"\nb\n"].concat();
        let (lines, _) = read(Lines::at(Place::default()), &file, 65_536, usize::MAX);
        let reasons: Vec<_> = lines.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(reasons, [(1, "a"), (2, "LINE_TOO_LARGE"), (3, "b")]);
        let mut lines = Lines::at(Place::default());
        for _ in 0..200 {
            lines.feed(vec![b'x'; 65_536]);
            assert_eq!(lines.step(), Ok(Step::Hungry));
            assert!(lines.line.len() <= LARGEST);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]
        #[test]
        fn pieces_do_not_matter_and_whoever_goes_on_reads_what_was_left(
            bytes in prop::collection::vec(prop_oneof![prop::sample::select(b"{}\n\r a\xef\xbb\xbf".to_vec()), any::<u8>()], 0..60),
            piece in 1_usize..20,
            stop in 0_usize..6,
        ) {
            let (all, _) = read(Lines::at(Place::default()), &bytes, bytes.len(), usize::MAX);
            let (pieces, _) = read(Lines::at(Place::default()), &bytes, piece, usize::MAX);
            prop_assert_eq!(&pieces, &all);
            let (mut first, place) = read(Lines::at(Place::default()), &bytes, piece, stop);
            if first.iter().any(|(_, text)| text == "IMPORT_NOT_UTF8") {
                return Ok(());
            }
            let behind = &bytes[usize::try_from(place.position).unwrap()..];
            first.extend(read(Lines::at(place), behind, piece, usize::MAX).0);
            prop_assert_eq!(first, all);
        }
    }
}
