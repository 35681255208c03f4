//! A CSV file, row by row: where each begins, and how far the file is. No more of it is held than one row.

use std::io::{BufRead, BufReader, Read};

use anyhow::{Context as _, ensure};

/// The largest row. A quote that is never closed would make one of the rest of the file.
const LARGEST: u64 = 1 << 20;

/// A place in a file between two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many bytes are before it.
    pub position: u64,
    /// The line that follows, from 1.
    pub line: u64,
}

impl Place {
    /// Where a file begins.
    pub const START: Self = Self { position: 0, line: 1 };
}

/// A row as it is written.
#[derive(Debug)]
pub struct Row {
    /// Where it begins, from 1.
    pub line: u64,
    bytes: Vec<u8>,
}

impl Row {
    /// Its fields; `None` when they are not UTF-8.
    pub fn fields(&self) -> anyhow::Result<Option<csv::StringRecord>> {
        let mut record = csv::ByteRecord::new();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(self.bytes.as_slice());
        reader.read_byte_record(&mut record).with_context(|| format!("line {} can not be read", self.line))?;
        Ok(csv::StringRecord::from_byte_record(record).ok())
    }
}

/// What is left of a file.
pub struct Rows<R> {
    from: BufReader<R>,
    place: Place,
}

impl<R: Read> Rows<R> {
    /// From a reader that stands at that place of the file.
    pub fn new(from: R, place: Place) -> Self {
        Self { from: BufReader::new(from), place }
    }

    /// Behind the last row.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The next row that is more than a line break; `None` at the end.
    pub fn next(&mut self) -> anyhow::Result<Option<Row>> {
        loop {
            let line = self.place.line;
            let Some(mut bytes) = self.whole()? else { return Ok(None) };
            if line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            if !bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                return Ok(Some(Row { line, bytes }));
            }
        }
    }

    /// Lines up to one at whose end no quote is open.
    fn whole(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        let (line, mut bytes, mut state) = (self.place.line, Vec::new(), Field::Begins);
        loop {
            let known = bytes.len();
            let left = LARGEST - known as u64;
            (&mut self.from).take(left).read_until(b'\n', &mut bytes).context("the file can not be read on")?;
            ensure!((bytes.len() as u64) < LARGEST, "line {line}: the row is larger than 1 MiB; is its quote closed?");
            state = bytes[known..].iter().fold(state, |state, byte| state.after(*byte));
            let is_end = !bytes.ends_with(b"\n") || bytes.len() == known;
            ensure!(!is_end || state != Field::Quoted, "line {line}: a quote is opened here and never closed");
            if is_end || state != Field::Quoted {
                self.place.position += bytes.len() as u64;
                self.place.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
                return Ok((!bytes.is_empty()).then_some(bytes));
            }
        }
    }
}

/// Where within a field a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Begins,
    Plain,
    Quoted,
    /// A quote within a quoted field: its end, or half of one that is meant.
    Quote,
}

impl Field {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Begins | Self::Quote, b'"') => Self::Quoted,
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Quoted, _) => Self::Quoted,
            (_, b',' | b'\n') => Self::Begins,
            (_, _) => Self::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(file: &[u8], place: Place) -> Vec<(u64, Vec<String>, u64)> {
        let mut rows = Rows::new(&file[usize::try_from(place.position).unwrap()..], place);
        let mut all = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let fields = row.fields().unwrap().unwrap();
            all.push((row.line, fields.iter().map(str::to_owned).collect(), rows.place().position));
        }
        assert_eq!(rows.place().position, file.len() as u64);
        all
    }

    #[test]
    fn each_row_says_where_it_is_and_the_rest_reads_the_same_from_there() {
        let file = "\u{feff}a,b\r\n\r\n\"x\r\ny\",\"say \"\"hi\"\"\"\r\n5\" pipe,\"\"\r\nend,z".as_bytes();
        let all = told(file, Place::START);
        let words = |of: &[&str]| of.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let expected = [
            (1, words(&["a", "b"])),
            (3, words(&["x\r\ny", "say \"hi\""])),
            (5, words(&["5\" pipe", ""])),
            (6, words(&["end", "z"])),
        ];
        assert_eq!(all.iter().map(|(line, fields, _)| (*line, fields.clone())).collect::<Vec<_>>(), expected);
        let behind = Place { position: all[1].2, line: 5 };
        assert_eq!(told(file, behind), all[2..]);
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_swallow_the_file() {
        let endless = std::io::Read::chain(b"a\n\"b,".as_slice(), std::io::repeat(b'x'));
        let mut rows = Rows::new(endless, Place::START);
        rows.next().unwrap();
        assert!(rows.next().unwrap_err().to_string().contains("line 2"));
        let mut rows = Rows::new(b"\"b\n".as_slice(), Place::START);
        assert!(rows.next().unwrap_err().to_string().contains("never closed"));
    }
}
