//! A folder of `.eml` files, for trying out.
//!
//! The file's name is the message's id and it is renamed into place, so a message that is handed over twice is one file.

use std::path::PathBuf;

use async_trait::async_trait;
use lettre::Message as Mail;

use super::{Channel, SendError};

/// Writes into a folder.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

#[async_trait]
impl Channel for Folder {
    async fn send(&self, name: &str, mail: &Mail) -> Result<(), SendError> {
        let failed = |error: std::io::Error| SendError::Transient(format!("the mail folder: {}", error.kind()));
        tokio::fs::create_dir_all(&self.0).await.map_err(failed)?;
        let aside = self.0.join(format!(".{name}.new"));
        tokio::fs::write(&aside, mail.formatted()).await.map_err(failed)?;
        tokio::fs::rename(&aside, self.0.join(format!("{name}.eml"))).await.map_err(failed)
    }
}
