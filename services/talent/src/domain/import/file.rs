//! A file of either format on its way in: pieces to rows as they were written.

use usher_proto::talent::v1::ImportFormat;

use super::{
    Broken, Place, csv,
    header::{Header, Layout},
    jsonl,
    mapping::Mapping,
    object,
    raw::Raw,
};
use crate::domain::clean::Fault;

/// The most columns that are told to mean nothing.
const MOST_IGNORED: usize = 1_000;

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// A row; or why it is refused, and its line.
    Row(Result<Raw, (u64, Fault)>),
    /// Nothing before more bytes are fed.
    Hungry,
    /// Nothing any more.
    End,
}

/// Reads rows.
#[derive(Debug)]
pub struct File {
    source: Source,
    mapping: Mapping,
    /// Columns that mean nothing and were not told yet, and how many were found.
    ignored: Vec<String>,
    seen: std::collections::BTreeSet<String>,
}

#[derive(Debug)]
enum Source {
    Csv(Box<csv::Parser>, Option<Layout>),
    Jsonl(jsonl::Lines),
}

impl File {
    /// Begins a file.
    pub fn begin(format: ImportFormat, mapping: Mapping) -> Self {
        Self::at(format, mapping, Place::default(), None)
    }

    /// Goes on with a file from a place, with the columns that its header named.
    pub fn at(format: ImportFormat, mapping: Mapping, place: Place, layout: Option<Layout>) -> Self {
        let source = match format {
            ImportFormat::Jsonl => Source::Jsonl(jsonl::Lines::at(place)),
            ImportFormat::Csv | ImportFormat::Unspecified => Source::Csv(Box::new(csv::Parser::at(place)), layout),
        };
        Self { source, mapping, ignored: Vec::new(), seen: std::collections::BTreeSet::new() }
    }

    /// What the caller said of its fields.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Which column is where, once that is known; a file of objects has none.
    pub fn layout(&self) -> Option<&Layout> {
        match &self.source {
            Source::Csv(_, layout) => layout.as_ref(),
            Source::Jsonl(_) => None,
        }
    }

    /// Where it stands, between two rows.
    pub fn place(&self) -> Place {
        match &self.source {
            Source::Csv(parser, _) => parser.place(),
            Source::Jsonl(lines) => lines.place(),
        }
    }

    /// Columns that mean nothing here, each told once.
    pub fn take_ignored(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ignored)
    }

    /// The next piece of the file.
    pub fn feed(&mut self, piece: Vec<u8>) {
        match &mut self.source {
            Source::Csv(parser, _) => parser.feed(piece),
            Source::Jsonl(lines) => lines.feed(piece),
        }
    }

    /// The file is whole.
    pub fn finish(&mut self) {
        match &mut self.source {
            Source::Csv(parser, _) => parser.finish(),
            Source::Jsonl(lines) => lines.finish(),
        }
    }

    /// The line of the row that has begun and not ended.
    pub fn begun_row(&self) -> Option<u64> {
        match &self.source {
            Source::Csv(parser, _) => parser.is_inside_row().then(|| parser.row_line()),
            Source::Jsonl(lines) => lines.is_inside_row().then(|| lines.row_line()),
        }
    }

    /// The next row.
    pub fn next(&mut self) -> Result<Next, Broken> {
        loop {
            let ignored = match &mut self.source {
                Source::Csv(parser, layout) => match (parser.step()?, layout.as_ref()) {
                    (csv::Step::Hungry, _) => return Ok(Next::Hungry),
                    (csv::Step::End, None) => return Err(no_header()),
                    (csv::Step::End, Some(_)) => return Ok(Next::End),
                    (csv::Step::Record(record), Some(layout)) => {
                        return Ok(Next::Row(row(layout, &self.mapping, &record)));
                    }
                    (csv::Step::Record(record), None) => {
                        let header = Header::read(&record, &self.mapping)?;
                        *layout = Some(header.layout);
                        header.ignored
                    }
                },
                Source::Jsonl(lines) => match lines.step()? {
                    jsonl::Step::Hungry => return Ok(Next::Hungry),
                    jsonl::Step::End => return Ok(Next::End),
                    jsonl::Step::Line(line) => {
                        let number = line.number;
                        let read = line.text.and_then(|text| object::read(number, &text, &self.mapping));
                        let (row, ignored) = match read {
                            Ok((raw, ignored)) => (Ok(raw), ignored),
                            Err(fault) => (Err((number, fault)), Vec::new()),
                        };
                        self.ignore(ignored);
                        return Ok(Next::Row(row));
                    }
                },
            };
            self.ignore(ignored);
        }
    }

    fn ignore(&mut self, names: Vec<String>) {
        for name in names {
            if self.seen.len() < MOST_IGNORED && self.seen.insert(name.clone()) {
                self.ignored.push(name);
            }
        }
    }
}

fn row(layout: &Layout, mapping: &Mapping, record: &csv::Record) -> Result<Raw, (u64, Fault)> {
    if record.width != layout.width {
        return Err((record.line, Fault::new("", "COLUMN_COUNT", "has another number of columns than the header")));
    }
    Ok(layout.raw(mapping, record))
}

fn no_header() -> Broken {
    Broken {
        reason: "IMPORT_HEADER_UNKNOWN",
        line: 1,
        message: "the file is empty; its first line must name the columns".into(),
    }
}
