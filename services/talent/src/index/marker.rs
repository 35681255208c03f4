//! Whether a directory is an index of ours, and whether its files can be believed.
//!
//! Commits do not wait for the disk (see [`super::directory`]). While the machine runs, that is as good as if they did:
//! the cache of the operating system outlives the process. After a power cut, files may be missing, short or full of
//! zeros. So a small file beside the index, the only one always written through to the disk, says
//!
//! - which version of the index it is,
//! - in which boot of the machine it was last opened: in the same boot, the cache is still there, and all is well;
//! - which `meta.json` was there when everything was last written through (see [`Marker::sync`]): if it still is the
//!   same, all that it names is on the disk.
//!
//! If neither holds, the checksums of all files are compared, and a directory that fails is reported as broken, to be
//! made anew from the database. A power cut can also bring back an older `meta.json`: when its files are whole, it is a
//! commit as it was, with its own payload, and the caller goes on from there.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{Error, schema};
use crate::domain::analysis;

/// Of what an index holds and of how its words were cut: a directory of another one is made anew.
const VERSION: u32 = schema::VERSION * 1_000 + analysis::VERSION;

const MARKER: &str = "usher.json";
const META: &str = "meta.json";
const MANAGED: &str = ".managed.json";

/// What is known of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    version: u32,
    boot: Option<String>,
    /// The checksum of the `meta.json` that is known to be on the disk with all its files.
    synced: Option<u32>,
}

impl Marker {
    /// Of a directory that is made now.
    pub fn new() -> Self {
        Self { version: VERSION, boot: boot(), synced: None }
    }

    /// Of an existing directory; `None` when nothing is in it yet.
    pub fn read(directory: &Path) -> Result<Option<Self>, Error> {
        let bytes = match fs::read(directory.join(MARKER)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return if is_empty(directory)? {
                    Ok(None)
                } else {
                    Err(Error::Foreign("it holds other files".into()))
                };
            }
            Err(error) => return Err(error.into()),
        };
        let marker: Self = serde_json::from_slice(&bytes)
            .map_err(|error| Error::Broken(format!("{MARKER} can not be read: {error}")))?;
        if marker.version != VERSION {
            return Err(Error::Foreign(format!("it has version {}, not {VERSION}", marker.version)));
        }
        Ok(Some(marker))
    }

    /// Whether the files need not be looked at.
    pub fn is_trusted(&self, directory: &Path) -> Result<bool, Error> {
        let same_boot = self.boot.is_some() && self.boot == boot();
        Ok(same_boot || (self.synced.is_some() && self.synced == Some(checksum(directory)?)))
    }

    /// Notes that the files are believed from now on.
    pub fn write(&mut self, directory: &Path) -> Result<(), Error> {
        self.boot = boot();
        let new = directory.join("usher.new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(self).map_err(io::Error::other)?)?;
        file.sync_all()?;
        fs::rename(&new, directory.join(MARKER))?;
        File::open(directory)?.sync_all()?;
        Ok(())
    }

    /// Writes all files of the last commit through to the disk, and notes it.
    pub fn sync(&mut self, directory: &Path, files: impl Fn() -> Result<Vec<String>, Error>) -> Result<(), Error> {
        // A merge may replace files meanwhile; it then replaced meta.json too, and the next try sees what is new.
        const TRIES: usize = 10;
        for _ in 0..TRIES {
            let before = checksum(directory)?;
            if sync_files(directory, files()?)? && checksum(directory)? == before {
                self.synced = Some(before);
                return self.write(directory);
            }
        }
        Err(Error::Io(io::Error::other("the files changed all the time")))
    }
}

/// Whether all files were still there.
fn sync_files(directory: &Path, mut files: Vec<String>) -> Result<bool, Error> {
    files.extend([META, MANAGED].map(str::to_owned));
    for file in files {
        match File::open(directory.join(file)) {
            Ok(file) => file.sync_all()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    File::open(directory)?.sync_all()?;
    Ok(true)
}

fn checksum(directory: &Path) -> Result<u32, Error> {
    match fs::read(directory.join(META)) {
        Ok(bytes) => Ok(crc32fast::hash(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Broken(format!("{META} is missing"))),
        Err(error) => Err(error.into()),
    }
}

/// Names this run of the machine, where the system tells.
fn boot() -> Option<String> {
    Some(fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned())
}

/// New volumes come with a directory of their own.
fn is_empty(directory: &Path) -> Result<bool, Error> {
    for entry in fs::read_dir(directory)? {
        if entry?.file_name() != "lost+found" {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
pub fn pretend_other_boot(directory: &Path) {
    let mut marker = Marker::read(directory).unwrap().unwrap();
    marker.boot = Some("another".to_owned());
    fs::write(directory.join(MARKER), serde_json::to_vec(&marker).unwrap()).unwrap();
}
