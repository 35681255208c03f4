//! What the two sides say to each other.
//!
//! The service says two lengths, then the name and the content of the file: `u32 u32 name content`, most significant
//! byte first. The child answers with one JSON.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::{Extracted, Fault, LARGEST_FILE};

/// The longest name, in bytes.
const LONGEST_NAME: usize = 4_096;

/// The answer of the child.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It could be read.
    Extracted(Extracted),
    /// It could not, and this is the place of the fault in [`Fault::ALL`].
    Fault(usize),
}

impl From<Result<Extracted, Fault>> for Answer {
    fn from(outcome: Result<Extracted, Fault>) -> Self {
        match outcome {
            Ok(extracted) => Self::Extracted(extracted),
            // Every fault stands in the list, which is made together with them.
            Err(fault) => Self::Fault(Fault::ALL.iter().position(|known| *known == fault).unwrap_or(usize::MAX)),
        }
    }
}

impl Answer {
    /// What it means. A child that names a fault that there is not is not to be trusted.
    pub fn outcome(self) -> Result<Extracted, Fault> {
        match self {
            Self::Extracted(extracted) => Ok(extracted),
            Self::Fault(at) => Err(Fault::ALL.get(at).copied().unwrap_or(Fault::BROKEN)),
        }
    }
}

/// A name that the child takes. One that is too long says nothing; the content has to.
pub fn short(name: &str) -> &str {
    if name.len() > LONGEST_NAME { "" } else { name }
}

/// The lengths. Files that are too long for them are too long for the child as well.
pub fn header(bytes: &[u8], name: &str) -> [u8; 8] {
    let length = |length: usize| u64::from(u32::try_from(length).unwrap_or(u32::MAX));
    (length(name.len()) << 32 | length(bytes.len())).to_be_bytes()
}

/// Reads the name and the content.
pub fn receive(mut input: impl Read) -> io::Result<(String, Vec<u8>)> {
    let mut lengths = [[0; 4]; 2];
    for length in &mut lengths {
        input.read_exact(length)?;
    }
    let [name_length, length] = lengths.map(u32::from_be_bytes);
    let is_beyond = |length: u32, most: usize| usize::try_from(length).is_ok_and(|length| length > most);
    if is_beyond(name_length, LONGEST_NAME) || is_beyond(length, LARGEST_FILE) {
        return Err(io::Error::other("longer than allowed"));
    }
    let name = exactly(&mut input, name_length)?;
    let bytes = exactly(&mut input, length)?;
    Ok((String::from_utf8_lossy(&name).into_owned(), bytes))
}

fn exactly(input: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let read = input.take(u64::from(length)).read_to_end(&mut content)?;
    if read as u64 == u64::from(length) { Ok(content) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(bytes: &[u8], name: &str) -> Vec<u8> {
        [&header(bytes, name), name.as_bytes(), bytes].concat()
    }

    #[test]
    fn a_frame_that_lacks_its_end_is_refused() {
        let frame = frame(b"content", "简历.pdf");
        assert_eq!(receive(&*frame).unwrap(), ("简历.pdf".to_owned(), b"content".to_vec()));
        for end in 0..frame.len() {
            assert!(receive(&frame[..end]).is_err());
        }
    }

    #[test]
    fn a_name_that_is_too_long_is_left_out() {
        assert_eq!(short("cv.pdf"), "cv.pdf");
        assert_eq!(short(&"简".repeat(2_000)), "");
    }

    #[test]
    fn huge_lengths_are_refused_at_once() {
        assert!(receive(&[0xff; 8][..]).is_err());
        assert!(receive(&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff][..]).is_err());
    }

    #[test]
    fn every_fault_arrives() {
        for fault in Fault::ALL {
            let json = serde_json::to_vec(&Answer::from(Err(*fault))).unwrap();
            assert_eq!(serde_json::from_slice::<Answer>(&json).unwrap().outcome(), Err(*fault));
        }
        assert_eq!(Answer::Fault(1_000).outcome(), Err(Fault::BROKEN));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn frames_arrive(bytes: Vec<u8>, name: String) {
            prop_assert_eq!(receive(&*frame(&bytes, &name)).unwrap(), (name, bytes));
        }
    }
}
