//! A file on its way to the server: never held as a whole.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use encoding_rs::Encoding;
use sha2::{Digest as _, Sha256};
use tokio::{io::AsyncReadExt as _, sync::mpsc};
use usher_proto::talent::v1::{ImportCandidatesRequest, ImportEnd, import_candidates_request::Part};

use super::encoding;

/// Bytes per message.
const CHUNK: usize = 256 * 1024;

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Standard input, once.
    Stdin,
    /// With its encoding, when that was said.
    File(PathBuf, Option<&'static Encoding>),
    /// What is compiled in.
    Bytes(&'static [u8]),
}

/// What is known of a file before it is sent.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// SHA-256 in hexadecimal; empty when it can not be known.
    pub fingerprint: String,
    /// 0 when it is not known.
    pub size: u64,
}

impl Source {
    /// A file's path, or - for standard input.
    pub fn named(path: &Path, encoding: Option<&'static Encoding>) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::File(path.to_owned(), encoding) }
    }

    /// Reads the file once.
    pub async fn facts(&self) -> anyhow::Result<Facts> {
        match self.clone() {
            Self::Stdin => Ok(Facts::default()),
            Self::Bytes(bytes) => Ok(facts(bytes)?),
            Self::File(path, encoding) => {
                let reading = move || {
                    let file = encoding::open(&path, encoding, 0).and_then(facts);
                    file.with_context(|| format!("{} can not be read", path.display()))
                };
                tokio::task::spawn_blocking(reading).await?
            }
        }
    }

    /// Reads what is behind a position; of standard input all.
    pub fn open(&self, position: u64) -> anyhow::Result<Box<dyn Read + Send>> {
        match self.clone() {
            Self::Stdin => Ok(Box::new(std::io::stdin())),
            Self::Bytes(bytes) => Ok(Box::new(bytes.get(usize::try_from(position)?..).unwrap_or_default())),
            Self::File(path, encoding) => {
                let opened = encoding::open(&path, encoding, position);
                opened.with_context(|| format!("{} can not be read", path.display()))
            }
        }
    }

    /// Sends what is behind a position, and that this was all.
    pub async fn send(&self, position: u64, parts: mpsc::Sender<ImportCandidatesRequest>) -> anyhow::Result<()> {
        match self.clone() {
            Self::Stdin => send_input(parts).await,
            Self::Bytes(bytes) => tokio::task::spawn_blocking(move || send_all(bytes, &parts)).await?,
            Self::File(path, encoding) => {
                let sending = move || send_all(encoding::open(&path, encoding, position)?, &parts);
                tokio::task::spawn_blocking(sending).await?
            }
        }
    }
}

fn send_all(mut reader: impl Read, parts: &mpsc::Sender<ImportCandidatesRequest>) -> anyhow::Result<()> {
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        reader.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
        let part = part(chunk);
        let is_end = matches!(part, Part::End(_));
        // Refused when the server has ended the stream; its answer says why.
        if parts.blocking_send(ImportCandidatesRequest { part: Some(part) }).is_err() || is_end {
            return Ok(());
        }
    }
}

/// Standard input, which may say nothing for long.
async fn send_input(parts: mpsc::Sender<ImportCandidatesRequest>) -> anyhow::Result<()> {
    let mut reader = tokio::io::stdin();
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        (&mut reader).take(CHUNK as u64).read_to_end(&mut chunk).await?;
        let part = part(chunk);
        let is_end = matches!(part, Part::End(_));
        if parts.send(ImportCandidatesRequest { part: Some(part) }).await.is_err() || is_end {
            return Ok(());
        }
    }
}

/// What is sent of a piece: nothing more when there is nothing more.
fn part(chunk: Vec<u8>) -> Part {
    if chunk.is_empty() { Part::End(ImportEnd {}) } else { Part::Chunk(chunk) }
}

fn facts(mut reader: impl Read) -> std::io::Result<Facts> {
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let read = reader.by_ref().read(&mut buffer)?;
        if read == 0 {
            let fingerprint = super::hex(&hash.finalize());
            return Ok(Facts { fingerprint, size });
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_bytes() {
        let known = facts(b"abc".as_slice()).unwrap();
        assert_eq!(known.fingerprint, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(known.size, 3);
    }
}
