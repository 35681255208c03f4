//! Tables as files, piece by piece: whatever is written is handed on after each block of rows, so that a file of any length needs
//! the memory of one block.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chassis::{Error, Result};
use parquet::{
    basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};
use usher_proto::analytics::v1::{ColumnKind, FileFormat};

use super::table::{Cell, Column};

/// What has been written and not handed on yet.
#[derive(Debug, Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn locked(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.locked().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file being written.
pub struct File {
    columns: Vec<Column>,
    sink: Sink,
    writer: Writer,
}

enum Writer {
    Csv(Box<csv::Writer<Sink>>),
    Parquet(Box<SerializedFileWriter<Sink>>),
}

/// What a format's media type is: RFC 7111's for CSV, IANA's for Parquet.
pub fn media_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Parquet => "application/vnd.apache.parquet",
        FileFormat::Svg => "image/svg+xml",
        FileFormat::Csv | FileFormat::Unspecified => "text/csv; charset=utf-8; header=present",
    }
}

impl File {
    /// Begins a file with these columns; of any format but these two it is CSV.
    pub fn begin(columns: Vec<Column>, format: FileFormat) -> Result<Self> {
        let sink = Sink::default();
        let writer = if format == FileFormat::Parquet {
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
            let writer = SerializedFileWriter::new(sink.clone(), schema(&columns)?, Arc::new(properties));
            Writer::Parquet(Box::new(writer.map_err(|error| broken(&error))?))
        } else {
            let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(sink.clone());
            writer.write_record(columns.iter().map(|column| column.name.as_str())).map_err(|error| broken(&error))?;
            Writer::Csv(Box::new(writer))
        };
        Ok(Self { columns, sink, writer })
    }

    /// Writes a block of rows, and hands on what there is.
    pub fn write(&mut self, rows: &[Vec<Cell>]) -> Result<Vec<u8>> {
        match &mut self.writer {
            Writer::Csv(writer) => {
                for row in rows {
                    writer.write_record(row.iter().map(plain)).map_err(|error| broken(&error))?;
                }
                writer.flush().map_err(|error| broken(&error))?;
            }
            Writer::Parquet(writer) => group(writer, &self.columns, rows).map_err(|error| broken(&error))?,
        }
        Ok(std::mem::take(&mut *self.sink.locked()))
    }

    /// Ends the file, and hands on the rest.
    pub fn end(self) -> Result<Vec<u8>> {
        match self.writer {
            Writer::Csv(mut writer) => writer.flush().map_err(|error| broken(&error))?,
            Writer::Parquet(writer) => {
                writer.close().map_err(|error| broken(&error))?;
            }
        }
        Ok(std::mem::take(&mut *self.sink.locked()))
    }
}

fn broken(error: &dyn std::fmt::Display) -> Error {
    Error::internal("a file can not be written", &error.to_string())
}

/// A number as every program reads it.
fn plain(cell: &Cell) -> String {
    match cell {
        // A text that a spreadsheet would take for a formula is marked as text.
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Nothing => String::new(),
    }
}

fn schema(columns: &[Column]) -> Result<Arc<Type>> {
    let field = |column: &Column| {
        let physical = match column.kind {
            ColumnKind::Integer => Physical::INT64,
            ColumnKind::Number | ColumnKind::Share => Physical::DOUBLE,
            ColumnKind::Text | ColumnKind::Unspecified => Physical::BYTE_ARRAY,
        };
        let builder = Type::primitive_type_builder(&column.name, physical).with_repetition(Repetition::OPTIONAL);
        let builder = if physical == Physical::BYTE_ARRAY {
            builder.with_logical_type(Some(LogicalType::String)).with_converted_type(ConvertedType::UTF8)
        } else {
            builder
        };
        builder.build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>().map_err(|error| broken(&error))?;
    let schema = Type::group_type_builder("rows").with_fields(fields).build();
    schema.map(Arc::new).map_err(|error| broken(&error))
}

/// Rows as one row group.
fn group(writer: &mut SerializedFileWriter<Sink>, columns: &[Column], rows: &[Vec<Cell>]) -> Result<(), ParquetError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut group = writer.next_row_group()?;
    for (number, column) in columns.iter().enumerate() {
        let Some(mut written) = group.next_column()? else { break };
        let cells = || rows.iter().map(move |row| row.get(number).unwrap_or(&Cell::Nothing));
        let there: Vec<i16> = cells().map(|cell| i16::from(*cell != Cell::Nothing)).collect();
        match column.kind {
            ColumnKind::Integer => {
                let values: Vec<i64> = cells().filter_map(integer).collect();
                written.typed::<Int64Type>().write_batch(&values, Some(&there), None)?;
            }
            ColumnKind::Number | ColumnKind::Share => {
                let values: Vec<f64> = cells().filter_map(number_of).collect();
                written.typed::<DoubleType>().write_batch(&values, Some(&there), None)?;
            }
            ColumnKind::Text | ColumnKind::Unspecified => {
                let values: Vec<ByteArray> = cells().filter_map(text).collect();
                written.typed::<ByteArrayType>().write_batch(&values, Some(&there), None)?;
            }
        }
        written.close()?;
    }
    group.close()?;
    Ok(())
}

fn integer(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Integer(number) => Some(*number),
        Cell::Nothing => None,
        // A column holds what its kind says; anything else would be a fault of ours, and is no number.
        Cell::Text(_) | Cell::Number(_) => Some(0),
    }
}

fn number_of(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Nothing => None,
        Cell::Text(_) | Cell::Integer(_) => Some(f64::NAN),
    }
}

fn text(cell: &Cell) -> Option<ByteArray> {
    match cell {
        Cell::Text(text) => Some(ByteArray::from(text.as_str())),
        Cell::Nothing => None,
        Cell::Integer(_) | Cell::Number(_) => Some(ByteArray::from("")),
    }
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use proptest::prelude::*;

    use super::*;

    fn columns() -> Vec<Column> {
        let column = |name: &str, kind| Column::new(name, kind);
        vec![column("a", ColumnKind::Text), column("b", ColumnKind::Integer), column("c", ColumnKind::Share)]
    }

    fn written(blocks: &[Vec<Vec<Cell>>], format: FileFormat) -> Vec<u8> {
        let mut file = File::begin(columns(), format).unwrap();
        let mut bytes: Vec<u8> = blocks.iter().flat_map(|rows| file.write(rows).unwrap()).collect();
        bytes.extend(file.end().unwrap());
        bytes
    }

    #[test]
    fn a_formula_is_no_formula_and_nothing_is_empty() {
        let row = vec![Cell::Text("=HYPERLINK(\"x\")".to_owned()), Cell::Nothing, Cell::Number(0.25)];
        let text = String::from_utf8(written(&[vec![row]], FileFormat::Csv)).unwrap();
        assert_eq!(text, "a,b,c\r\n\"'=HYPERLINK(\"\"x\"\")\",,0.25\r\n");
    }

    fn cell() -> impl Strategy<Value = (Option<String>, Option<i64>, Option<f64>)> {
        (prop::option::of("\\PC{0,12}"), prop::option::of(any::<i64>()), prop::option::of(-1.0_f64..1.0))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
        #[test]
        fn parquet_is_read_as_it_was_written(blocks in prop::collection::vec(prop::collection::vec(cell(), 0..20), 0..4)) {
            let rows = |block: &Vec<(Option<String>, Option<i64>, Option<f64>)>| -> Vec<Vec<Cell>> {
                block.iter().cloned().map(|(a, b, c)| vec![
                    a.map_or(Cell::Nothing, Cell::Text),
                    b.map_or(Cell::Nothing, Cell::Integer),
                    c.map_or(Cell::Nothing, Cell::Number),
                ]).collect()
            };
            let bytes = written(&blocks.iter().map(rows).collect::<Vec<_>>(), FileFormat::Parquet);
            let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
            let read: Vec<_> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap()).collect();
            let expected: Vec<_> = blocks.concat();
            prop_assert_eq!(read.len(), expected.len());
            for (row, (a, b, c)) in read.iter().zip(expected) {
                let fields: Vec<String> = row.get_column_iter().map(|(_, field)| field.to_string()).collect();
                prop_assert_eq!(&fields[0] == "null", a.is_none());
                if let Some(a) = a {
                    prop_assert_eq!(&fields[0], &format!("\"{a}\""));
                }
                prop_assert_eq!(fields[1].clone(), b.map_or("null".to_owned(), |b| b.to_string()));
                prop_assert_eq!(&fields[2] == "null", c.is_none());
            }
        }
    }
}
