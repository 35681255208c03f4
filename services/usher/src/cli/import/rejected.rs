//! Refused rows as files: why, as a table; and the rows themselves with their header, to be mended and sent again. The
//! server never keeps a row, so they are cut out of the file here.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use anyhow::Context as _;
use usher_proto::talent::v1::RowError;

use super::field::Field;
use crate::ui::{complain, say};

/// How many refused rows are told one by one.
const TOLD: usize = 20;

/// Says what was refused, on the screen and in a file when one was asked for.
pub fn tell(rejected: i64, errors: &[RowError], file: Option<&Path>) -> anyhow::Result<()> {
    for error in errors.iter().take(TOLD) {
        say(format!("  line {}: {} {}: {}", error.line, error.field, error.reason, error.message));
    }
    if rejected > i64::try_from(TOLD)? {
        say(format!("  … and {} more", rejected - i64::try_from(TOLD)?));
    }
    if let Some(untold) = untold(rejected, errors) {
        complain(untold);
    }
    file.map_or(Ok(()), |path| write_reasons(path, errors))
}

/// What is to be said when more rows were refused than are kept.
fn untold(rejected: i64, errors: &[RowError]) -> Option<String> {
    let kept = i64::try_from(errors.len()).unwrap_or(i64::MAX);
    let line = errors.iter().map(|error| error.line).max().unwrap_or_default();
    (kept < rejected).then(|| {
        format!(
            "{rejected} rows were refused, but only {kept} of them are kept: nothing is known of those behind line {line}, \
             and --errors and --rejected end there"
        )
    })
}

/// Writes line, field, reason and message of each row.
fn write_reasons(path: &Path, errors: &[RowError]) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_path(path).with_context(|| format!("{} can not be written", path.display()))?;
    table.write_record(["line", "field", "reason", "message"])?;
    for error in errors {
        table.write_record([&error.line.to_string(), &error.field, &error.reason, &error.message])?;
    }
    Ok(table.flush()?)
}

/// Writes the header, when the file has one, and the refused rows as they stand in it.
pub fn write_rows(path: &Path, from: impl Read, errors: &[RowError], is_csv: bool) -> anyhow::Result<()> {
    let lines = errors.iter().map(|error| error.line).collect();
    let reader = BufReader::new(from);
    let file = File::create(path).with_context(|| format!("{} can not be written", path.display()))?;
    let mut writer = BufWriter::new(file);
    copy(reader, &mut writer, &lines, is_csv)?;
    Ok(writer.flush()?)
}

/// Copies rows that begin on these lines, and the first one when it is a header. A row of CSV goes on while a quote is
/// open.
fn copy(mut from: impl BufRead, mut to: impl Write, lines: &BTreeSet<i64>, is_csv: bool) -> std::io::Result<()> {
    let (mut number, mut at, mut is_taken, mut has_header) = (0, Field::Begins, false, !is_csv);
    let mut line = Vec::new();
    loop {
        line.clear();
        if from.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        number += 1;
        let is_blank = line.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
        if at != Field::Quoted {
            is_taken = !is_blank && (lines.contains(&number) || !has_header);
            has_header |= !is_blank;
        }
        if is_taken {
            to.write_all(&line)?;
            if !line.ends_with(b"\n") {
                to.write_all(b"\n")?;
            }
        }
        if is_csv {
            at = line.iter().fold(at, |at, byte| at.after(*byte));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(file: &str, lines: &[i64], is_csv: bool) -> String {
        let mut copied = Vec::new();
        copy(file.as_bytes(), &mut copied, &lines.iter().copied().collect(), is_csv).unwrap();
        String::from_utf8(copied).unwrap()
    }

    #[test]
    fn whoever_is_not_told_all_is_told_so() {
        let errors = [2, 7].map(|line| RowError { line, ..RowError::default() });
        assert!(untold(2, &errors).is_none());
        assert!(untold(3, &errors).unwrap().contains("line 7"));
    }

    #[test]
    fn rows_are_cut_out_with_their_header() {
        let file = "\nname,email\nAnn,a\n\"Bo\nb\",\"say \"\"hi\"\"\"\nEve,e";
        assert_eq!(copied(file, &[4], true), "name,email\n\"Bo\nb\",\"say \"\"hi\"\"\"\n");
        assert_eq!(copied(file, &[3, 6], true), "name,email\nAnn,a\nEve,e\n");
        let file = "name,email\nAnn 5\" tall,a\nBob,b\n\"Cy\"x\",c\nEve,\"e\"\n";
        assert_eq!(copied(file, &[2, 5], true), "name,email\nAnn 5\" tall,a\nEve,\"e\"\n", "a quote is no quotes");
        assert_eq!(copied("{\"a\":\"\\\"\"}\n{}\n{\"b\"", &[1, 3], false), "{\"a\":\"\\\"\"}\n{\"b\"\n");
    }
}
