//! Reads one document, as `usher read-document` does.

use std::process::ExitCode;

fn main() -> ExitCode {
    usher_talent::read_document()
}
