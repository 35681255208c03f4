//! The side that may die.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use super::{Confinement, wire};
use crate::extract;

/// The exit code of a child that could not confine itself, which is the machine's fault and not the file's.
pub(super) const UNCONFINED: u8 = 78;

/// What the hidden subcommand of the service's program does: it confines the process, reads one file from standard
/// input and answers on standard output.
///
/// Call it first thing in `main`, before a runtime starts: threads that run already have taken their stacks and arenas
/// out of the address space, and no new ones can be started afterwards.
pub fn child_main() -> ExitCode {
    if Confinement::default().apply().is_err() {
        return ExitCode::from(UNCONFINED);
    }
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer() -> io::Result<()> {
    let (name, bytes) = wire::receive(io::stdin().lock())?;
    let answer = serde_json::to_vec(&wire::Answer::from(extract(&bytes, &name)))?;
    let mut output = io::stdout().lock();
    output.write_all(&answer)?;
    output.flush()
}
