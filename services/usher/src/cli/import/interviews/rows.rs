//! A CSV file, row by row: where each begins, and how far the file is. No more of it is held than one row.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Read, Write},
};

use anyhow::{Context as _, ensure};

use crate::cli::import::field::Field;

/// The largest row. A quote that is never closed would make one of the rest of the file.
const LARGEST: usize = 1 << 20;

/// With which a file may say that it is UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

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

    fn is_blank(&self) -> bool {
        let text = self.bytes.strip_prefix(MARK).unwrap_or(&self.bytes);
        text.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
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
            let row = self.whole()?;
            if row.bytes.is_empty() {
                return Ok(None);
            }
            if !row.is_blank() {
                return Ok(Some(row));
            }
        }
    }

    /// Lines up to one at whose end no quote is open. As for the parser of a row, a line ends with CR LF, with LF, or with a
    /// CR alone.
    fn whole(&mut self) -> anyhow::Result<Row> {
        let (line, mut bytes, mut state) = (self.place.line, Vec::new(), Field::Begins);
        while let Some(byte) = self.peek()? {
            ensure!(bytes.len() < LARGEST, "line {line}: the row is larger than 1 MiB; is its quote closed?");
            self.from.consume(1);
            self.place.position += 1;
            bytes.push(byte);
            // The row's parser passes over it as well.
            state = if bytes == MARK { Field::Begins } else { state.after(byte) };
            if byte == b'\n' || (byte == b'\r' && self.peek()? != Some(b'\n')) {
                self.place.line += 1;
                if state != Field::Quoted {
                    return Ok(Row { line, bytes });
                }
            }
        }
        ensure!(state != Field::Quoted, "line {line}: a quote is opened here and never closed");
        Ok(Row { line, bytes })
    }

    /// The next byte, which stays where it is.
    fn peek(&mut self) -> anyhow::Result<Option<u8>> {
        Ok(self.from.fill_buf().context("the file can not be read on")?.first().copied())
    }
}

/// Copies the header, and the rows that begin on these lines.
pub fn copy(from: impl Read, mut to: impl Write, lines: &BTreeSet<u64>) -> anyhow::Result<()> {
    let (mut rows, mut is_header) = (Rows::new(from, Place::START), true);
    while let Some(row) = rows.next()? {
        if is_header || lines.contains(&row.line) {
            to.write_all(&row.bytes)?;
            if !row.bytes.ends_with(b"\n") && !row.bytes.ends_with(b"\r") {
                to.write_all(b"\n")?;
            }
        }
        is_header = false;
    }
    Ok(())
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
    fn a_row_ends_where_its_parser_ends_it() {
        let words = |of: &[&str]| of.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let all = told(b"a,b\r\r\"x\ry\",1\rend,\"z\"\r", Place::START);
        let expected = [(1, words(&["a", "b"]), 4), (3, words(&["x\ry", "1"]), 13), (5, words(&["end", "z"]), 21)];
        assert_eq!(all, expected);
        assert_eq!(told(b"\xef\xbb\xbf\"a\nb,\",c\n1,2\n", Place::START)[1], (3, words(&["1", "2"]), 16));
    }

    #[test]
    fn rows_are_cut_out_with_their_header() {
        let copied = |file: &str, lines: &[u64]| {
            let mut copied = Vec::new();
            copy(file.as_bytes(), &mut copied, &lines.iter().copied().collect()).unwrap();
            String::from_utf8(copied).unwrap()
        };
        assert_eq!(copied("\nwho,came\r\n\"A\nnn\",a\r\nBo,b", &[3, 5]), "who,came\r\n\"A\nnn\",a\r\nBo,b\n");
        assert_eq!(copied("who,came\rAnn,a\rBo,b\rEve,e", &[3]), "who,came\rBo,b\r");
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
