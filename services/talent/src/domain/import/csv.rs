//! RFC 4180 as files really are, read piece by piece: whatever the size of the file, no more than a piece and a row of it
//! is held.

use csv_core::{ReadFieldResult, Reader};

use super::{Broken, Place};

/// The largest field, in bytes.
pub const LARGEST_FIELD: usize = 1 << 20;
/// The largest row, in bytes of its fields together.
const LARGEST_ROW: usize = 4 * LARGEST_FIELD;
/// The most fields of a row that are kept; more are counted.
pub const MOST_FIELDS: usize = 1_000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line on which it begins.
    pub line: u64,
    /// Its first [`MOST_FIELDS`] fields.
    pub fields: Vec<String>,
    /// How many fields it has.
    pub width: usize,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// A row.
    Record(Record),
    /// Nothing before more bytes are fed.
    Hungry,
    /// Nothing any more.
    End,
}

/// Reads rows out of pieces.
#[derive(Debug)]
pub struct Parser {
    reader: Reader,
    input: Vec<u8>,
    at: usize,
    /// Bytes of the file before those of the input.
    before: u64,
    is_begun: bool,
    is_whole: bool,
    line: u64,
    record: Record,
    size: usize,
    field: Option<Field>,
}

/// A field that is being read.
#[derive(Debug)]
struct Field {
    line: u64,
    is_quoted: bool,
    content: Vec<u8>,
}

impl Default for Parser {
    fn default() -> Self {
        let mut reader = Reader::new();
        // The reader drops a byte order mark at its first read, wherever that is in the file; this is that read, and the
        // blank line means nothing. The mark is our own affair, since it may arrive in pieces.
        reader.read_field(b"\n", &mut [0; 1]);
        Self {
            reader,
            input: Vec::new(),
            at: 0,
            before: 0,
            is_begun: false,
            is_whole: false,
            line: 1,
            record: empty_record(),
            size: 0,
            field: None,
        }
    }
}

impl Parser {
    /// Goes on where [`Parser::place`] said.
    pub fn at(place: Place) -> Self {
        let is_begun = place.position > 0;
        Self { before: place.position, line: place.line, is_begun, ..Self::default() }
    }

    /// Where in the file it stands.
    pub fn place(&self) -> Place {
        Place { position: self.before + self.at as u64, line: self.line }
    }

    /// Adds the next piece of the file. Call it when [`Parser::step`] is hungry.
    pub fn feed(&mut self, piece: Vec<u8>) {
        self.before += self.at as u64;
        if self.at == self.input.len() {
            self.input = piece;
        } else {
            // Only before the first three bytes are together, which say whether there is a byte order mark.
            self.input.drain(..self.at);
            self.input.extend(piece);
        }
        self.at = 0;
    }

    /// Says that there are no more pieces.
    pub fn finish(&mut self) {
        self.is_whole = true;
    }

    /// Whether a row has begun that has not ended.
    pub fn is_inside_row(&self) -> bool {
        self.field.is_some() || self.record.width > 0
    }

    /// The line on which the row that has begun begins.
    pub fn row_line(&self) -> u64 {
        self.record.line
    }

    /// The next row.
    pub fn step(&mut self) -> Result<Step, Broken> {
        if !self.begin() {
            return Ok(Step::Hungry);
        }
        loop {
            if !self.is_inside_row() {
                self.skip_line_breaks();
            }
            if self.at == self.input.len() {
                return if self.is_whole { self.close() } else { Ok(Step::Hungry) };
            }
            if let Some(record) = self.read_field()? {
                return Ok(Step::Record(record));
            }
        }
    }

    /// Skips the byte order mark once enough bytes are there to see it.
    fn begin(&mut self) -> bool {
        if !self.is_begun && (self.is_whole || self.input.len() >= BYTE_ORDER_MARK.len()) {
            self.is_begun = true;
            if self.input.starts_with(BYTE_ORDER_MARK) {
                self.at = BYTE_ORDER_MARK.len();
            }
        }
        self.is_begun
    }

    fn skip_line_breaks(&mut self) {
        while let Some(b'\r' | b'\n') = self.input.get(self.at) {
            self.line += u64::from(self.input[self.at] == b'\n');
            self.at += 1;
        }
    }

    /// Reads on in the current field; the row, when it ends with it.
    fn read_field(&mut self) -> Result<Option<Record>, Broken> {
        let rest = &self.input[self.at..];
        let line = self.line;
        if self.record.width == 0 && self.field.is_none() {
            self.record.line = line;
        }
        let field = self.field.get_or_insert_with(|| Field {
            line,
            is_quoted: rest.first() == Some(&b'"'),
            content: Vec::new(),
        });
        let mut output = [0; 8_192];
        let (result, read, written) = self.reader.read_field(rest, &mut output);
        field.content.extend_from_slice(&output[..written]);
        self.line += rest[..read].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.at += read;
        if field.content.len() > LARGEST_FIELD {
            return Err(too_large(field));
        }
        match result {
            ReadFieldResult::Field { record_end } => self.end_field(record_end),
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull | ReadFieldResult::End => Ok(None),
        }
    }

    fn end_field(&mut self, record_end: bool) -> Result<Option<Record>, Broken> {
        if let Some(field) = self.field.take() {
            self.record.width += 1;
            self.size += field.content.len();
            if self.size > LARGEST_ROW {
                let message = "this row is larger than 4 MiB; take out what does not belong there";
                return Err(Broken {
                    reason: "IMPORT_FIELD_TOO_LARGE",
                    line: self.record.line,
                    message: message.into(),
                });
            }
            let text = utf8(field)?;
            if self.record.width <= MOST_FIELDS {
                self.record.fields.push(text);
            }
        }
        if !record_end {
            return Ok(None);
        }
        self.size = 0;
        Ok(Some(std::mem::replace(&mut self.record, empty_record())))
    }

    /// The last row, which may lack its line break. A line break that does not end the row was taken into a field, so the
    /// field is still inside its quotes.
    fn close(&mut self) -> Result<Step, Broken> {
        if !self.is_inside_row() {
            return Ok(Step::End);
        }
        // A line break that the file lacks is none of its bytes.
        let end = self.place();
        self.input = vec![b'\n'];
        self.at = 0;
        let last = self.read_field()?;
        self.input.clear();
        (self.before, self.at) = (end.position, 0);
        match last {
            Some(record) => Ok(Step::Record(record)),
            None => Err(unclosed(self.field.as_ref().map_or(self.line, |field| field.line))),
        }
    }
}

fn empty_record() -> Record {
    Record { line: 0, fields: Vec::new(), width: 0 }
}

/// A quoted field that is too large and has line breaks in it is most likely one whose quote nobody closed.
fn too_large(field: &Field) -> Broken {
    if field.is_quoted && field.content.contains(&b'\n') {
        return unclosed(field.line);
    }
    let message = "this field is larger than 1 MiB; take out what does not belong there";
    Broken { reason: "IMPORT_FIELD_TOO_LARGE", line: field.line, message: message.into() }
}

fn unclosed(line: u64) -> Broken {
    let message = "the quote that opens here is never closed; close it, or double it where it is part of the text";
    Broken { reason: "IMPORT_UNCLOSED_QUOTE", line, message: message.into() }
}

fn utf8(field: Field) -> Result<String, Broken> {
    String::from_utf8(field.content).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = field.line + good.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        let message = "this is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8), or let `usher import` read it with \
                       --encoding";
        Broken { reason: "IMPORT_NOT_UTF8", line, message: message.into() }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rows of a file that arrives in pieces of this size, as (line, fields).
    fn read(bytes: &[u8], piece: usize) -> Result<Vec<(u64, Vec<String>)>, Broken> {
        let mut parser = Parser::default();
        let mut pieces = bytes.chunks(piece.max(1));
        let mut rows = Vec::new();
        loop {
            match parser.step()? {
                Step::Record(record) => rows.push((record.line, record.fields)),
                Step::Hungry => match pieces.next() {
                    Some(piece) => parser.feed(piece.to_vec()),
                    None => parser.finish(),
                },
                Step::End => return Ok(rows),
            }
        }
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn rows_lines_and_marks_in_pieces_of_every_size() {
        let file = "\u{feff}a,b\r\n\r\n\"1\n2\",\"say \"\"hi\"\"\"\r\n上海,\nlast,\"closed\"".as_bytes();
        let expected =
            [row(1, &["a", "b"]), row(3, &["1\n2", "say \"hi\""]), row(5, &["上海", ""]), row(6, &["last", "closed"])];
        for piece in 1..=file.len() {
            assert_eq!(read(file, piece).unwrap(), expected, "pieces of {piece}");
        }
        assert_eq!(read(b"", 1).unwrap(), []);
        assert_eq!(read(b"\xef\xbb\xbf\n\r\n", 1).unwrap(), []);
        assert_eq!(read(b"a\rb\r", 1).unwrap(), [row(1, &["a"]), row(1, &["b"])]);
    }

    #[test]
    fn an_open_quote_is_named_where_it_opens() {
        for piece in [1, 3, 100] {
            let broken = read(b"a,b\nx,\"y\nz,1\nz,2\n", piece).unwrap_err();
            assert_eq!((broken.reason, broken.line), ("IMPORT_UNCLOSED_QUOTE", 2));
            let broken = read(b"a,b\nx,\"y\"\"", piece).unwrap_err();
            assert_eq!((broken.reason, broken.line), ("IMPORT_UNCLOSED_QUOTE", 2));
        }
        let long = format!("a,b\n1,\"{}", "x,y\n".repeat(LARGEST_FIELD));
        let broken = read(long.as_bytes(), 65_536).unwrap_err();
        assert_eq!((broken.reason, broken.line), ("IMPORT_UNCLOSED_QUOTE", 2));
    }

    #[test]
    fn what_is_too_large_is_not_taken_in() {
        for quote in ["", "\""] {
            let mut parser = Parser::default();
            parser.feed(format!("name\n{quote}").into_bytes());
            assert!(matches!(parser.step(), Ok(Step::Record(_))));
            let broken = (0..160).find_map(|_| {
                parser.feed(vec![b'x'; 65_536]);
                parser.step().err()
            });
            let broken = broken.expect("ten megabytes are refused");
            assert_eq!((broken.reason, broken.line), ("IMPORT_FIELD_TOO_LARGE", 2));
            let held = parser.field.as_ref().map_or(0, |field| field.content.len()) + parser.input.len();
            assert!(held < 2 * LARGEST_FIELD, "{held} bytes are held");
        }
        assert!(read(&[b"a\n", vec![b'x'; LARGEST_FIELD].as_slice(), b"\n"].concat(), 65_536).is_ok());
        let wide = format!("{}\n", format!("{},", "x".repeat(LARGEST_FIELD - 1)).repeat(5));
        assert_eq!(read(wide.as_bytes(), 65_536).unwrap_err().reason, "IMPORT_FIELD_TOO_LARGE");
    }

    #[test]
    fn other_encodings_are_named_with_their_line() {
        // 姓名 in GBK on the third line, inside a quoted field that begins on the second.
        let broken = read(b"name\n\"a\n\xd0\xd5\xc3\xfb\"\n", 4).unwrap_err();
        assert_eq!((broken.reason, broken.line), ("IMPORT_NOT_UTF8", 3));
        let utf16: Vec<u8> = "\u{feff}name,email\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&utf16, 5).unwrap_err().reason, "IMPORT_NOT_UTF8");
    }

    #[test]
    fn a_very_wide_row_is_counted_and_not_kept() {
        let mut parser = Parser::default();
        parser.feed(format!("{}\n", ",".repeat(100_000)).into_bytes());
        let Ok(Step::Record(record)) = parser.step() else { panic!("one row") };
        assert_eq!((record.width, record.fields.len()), (100_001, MOST_FIELDS));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]
        #[test]
        fn no_bytes_panic_and_pieces_do_not_matter(
            bytes in prop::collection::vec(prop_oneof![prop::sample::select(b",\"\n\r a\xef\xbb\xbf\0".to_vec()), any::<u8>()], 0..80),
            piece in 1_usize..20,
        ) {
            prop_assert_eq!(read(&bytes, piece), read(&bytes, bytes.len()));
        }

        #[test]
        fn whoever_goes_on_reads_what_was_left(
            bytes in prop::collection::vec(prop::sample::select(b",\"\n\r a\xef\xbb\xbf".to_vec()), 0..60),
            stop in 0_usize..6,
        ) {
            // The rows, and where the reader stands behind them; `None` where no more can be read.
            let some = |mut parser: Parser, bytes: &[u8], most: usize| {
                let (mut rows, mut fed) = (Vec::new(), false);
                while rows.len() < most {
                    match parser.step() {
                        Ok(Step::Record(record)) => rows.push((record.line, record.fields)),
                        Ok(Step::Hungry) if fed => parser.finish(),
                        Ok(Step::Hungry) => {
                            parser.feed(bytes.to_vec());
                            fed = true;
                        }
                        Ok(Step::End) => break,
                        Err(_) => return (rows, None),
                    }
                }
                (rows, Some(parser.place()))
            };
            let (all, _) = some(Parser::default(), &bytes, usize::MAX);
            let (mut first, place) = some(Parser::default(), &bytes, stop);
            if let Some(place) = place {
                let behind = &bytes[usize::try_from(place.position).unwrap()..];
                first.extend(some(Parser::at(place), behind, usize::MAX).0);
            }
            prop_assert_eq!(first, all);
        }

        #[test]
        fn what_was_written_is_read(
            rows in prop::collection::vec(prop::collection::vec("[a-z微\"', \r\n=]{0,8}", 2..4), 1..8),
            piece in 1_usize..20,
        ) {
            let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",");
            let file = rows.iter().map(line).collect::<Vec<_>>().join("\r\n");
            let read: Vec<_> = read(file.as_bytes(), piece).unwrap().into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
