//! A ZIP file that is sent while it is written. Compressing is work for a thread of its own; between it and those who
//! bring and take the bytes stand two short queues, so whoever is slow slows the others down and nothing piles up.

use std::io::{self, Write};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chassis::{Error, Result};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::{sync::mpsc, task::JoinHandle};
use usher_proto::talent::v1::ExportPersonResponse;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::Pieces;

/// Steps that wait for the thread.
const WAITING: usize = 4;
/// Bytes of one piece of the file.
const PIECE: usize = 64 << 10;

enum Step {
    File(String),
    Bytes(Vec<u8>),
}

/// A file of the archive, for the list of them.
struct Entry {
    path: String,
    media_type: String,
    size: usize,
    hash: Sha256,
}

/// The archive as it grows.
pub struct Archive {
    steps: mpsc::Sender<Step>,
    writing: JoinHandle<io::Result<()>>,
    entries: Vec<Entry>,
}

impl Archive {
    /// Its bytes go there.
    pub fn begin(pieces: Pieces) -> Self {
        let (steps, asked) = mpsc::channel(WAITING);
        let writing = tokio::task::spawn_blocking(move || compress(asked, pieces));
        Self { steps, writing, entries: Vec::new() }
    }

    /// The next file.
    pub async fn file(&mut self, path: &str, media_type: &str) -> Result<()> {
        let (path, media_type) = (path.to_owned(), media_type.to_owned());
        self.step(Step::File(path.clone())).await?;
        self.entries.push(Entry { path, media_type, size: 0, hash: Sha256::new() });
        Ok(())
    }

    /// The next bytes of the file that has begun.
    pub async fn bytes(&mut self, bytes: Vec<u8>) -> Result<()> {
        let Some(entry) = self.entries.last_mut() else {
            return Err(Error::internal("bytes came before a file", &"an export"));
        };
        entry.size += bytes.len();
        entry.hash.update(&bytes);
        self.step(Step::Bytes(bytes)).await
    }

    /// Adds the list of what is in it, and waits until all is sent.
    pub async fn finish(mut self, candidate: String, time: String) -> Result<()> {
        let files: Vec<_> = std::mem::take(&mut self.entries)
            .into_iter()
            .map(|Entry { path, media_type, size, hash }| {
                let sha256 = STANDARD.encode(hash.finalize());
                json!({"path": path, "media_type": media_type, "bytes": size, "sha256": sha256})
            })
            .collect();
        let manifest =
            json!({"format": "usher.person_export/1", "candidate_id": candidate, "time": time, "files": files});
        self.file("manifest.json", "application/json").await?;
        self.bytes(format!("{manifest:#}\n").into_bytes()).await?;
        let Self { steps, writing, .. } = self;
        drop(steps);
        let written = writing.await.map_err(|error| Error::internal("an export broke off", &error))?;
        written.map_err(|error| Error::internal("an export could not be written", &error))
    }

    async fn step(&mut self, step: Step) -> Result<()> {
        let gone = |_| Error::new(tonic::Code::Cancelled, "CALLER_GONE", "nobody reads the export");
        self.steps.send(step).await.map_err(gone)
    }
}

fn compress(mut steps: mpsc::Receiver<Step>, pieces: Pieces) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(Sent { pieces, gathered: Vec::with_capacity(PIECE) });
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    while let Some(step) = steps.blocking_recv() {
        match step {
            Step::File(path) => zip.start_file(path, options)?,
            Step::Bytes(bytes) => zip.write_all(&bytes)?,
        }
    }
    zip.finish()?.into_inner().flush()
}

/// Writes into the answers of a call.
struct Sent {
    pieces: Pieces,
    gathered: Vec<u8>,
}

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.gathered);
        self.pieces.blocking_send(Ok(ExportPersonResponse { chunk })).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
