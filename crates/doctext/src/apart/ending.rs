//! How a child ended, and what that says of the file.
//!
//! What a dying child says is only searched for the sign that memory ran out. It is neither kept nor logged: a panic
//! quotes what it stumbled over, and that may be a résumé.

use std::{io, os::unix::process::ExitStatusExt as _};

use memchr::memmem;

use super::{Remains, child::UNCONFINED, wire::Answer};
use crate::{Extracted, Fault};

/// How Rust's report of refused memory begins.
const MEMORY_REFUSED: &[u8] = b"memory allocation of";

/// The outcome that a child left.
pub fn read(remains: &Remains) -> io::Result<Result<Extracted, Fault>> {
    let Remains { output, last_words, status } = remains;
    if status.code() == Some(i32::from(UNCONFINED)) {
        return Err(io::Error::other("the process that reads documents can not confine itself"));
    }
    if status.success() {
        let answer = serde_json::from_slice(output).map(Answer::outcome);
        return Ok(answer.unwrap_or(Err(Fault::BROKEN)));
    }
    Ok(Err(match status.signal() {
        Some(libc::SIGXCPU) => Fault::TIMEOUT,
        // Not by the service, which would not be here: the system was out of memory.
        Some(libc::SIGKILL) => Fault::TOO_MUCH_MEMORY,
        Some(libc::SIGABRT) if memmem::find(last_words, MEMORY_REFUSED).is_some() => Fault::TOO_MUCH_MEMORY,
        _ => Fault::BROKEN,
    }))
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use super::*;

    fn ended(status: i32, output: &str, last_words: &str) -> io::Result<Result<Extracted, Fault>> {
        let (output, last_words) = (output.as_bytes().to_vec(), last_words.as_bytes().to_vec());
        read(&Remains { output, last_words, status: ExitStatus::from_raw(status) })
    }

    #[test]
    fn every_end_has_its_reason() {
        let exit = |code: i32| code << 8;
        assert_eq!(ended(exit(101), "", "panicked").unwrap(), Err(Fault::BROKEN));
        assert_eq!(ended(libc::SIGSEGV, "", "").unwrap(), Err(Fault::BROKEN));
        assert_eq!(ended(libc::SIGABRT, "", "has overflowed its stack").unwrap(), Err(Fault::BROKEN));
        assert_eq!(
            ended(libc::SIGABRT, "", "memory allocation of 9 bytes failed").unwrap(),
            Err(Fault::TOO_MUCH_MEMORY)
        );
        assert_eq!(ended(libc::SIGKILL, "", "").unwrap(), Err(Fault::TOO_MUCH_MEMORY));
        assert_eq!(ended(libc::SIGXCPU, "", "").unwrap(), Err(Fault::TIMEOUT));
        assert_eq!(ended(0, "{\"Fault\":0}", "").unwrap(), Err(Fault::UNKNOWN));
        assert_eq!(ended(0, "nonsense", "").unwrap(), Err(Fault::BROKEN));
        assert!(ended(exit(i32::from(UNCONFINED)), "", "").is_err());
    }
}
