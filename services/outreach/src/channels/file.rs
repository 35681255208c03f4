//! A folder of `.eml` files, for trying out.
//!
//! The file's name is the message's id and it is renamed into place, so a message that is handed over twice is one file.

use std::path::PathBuf;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::message::Mailbox;

use super::{Channel, Parcel, SendError, mail::mail};

/// Writes into a folder.
#[derive(Debug)]
pub struct Folder {
    pub path: PathBuf,
    pub from: Mailbox,
}

#[async_trait]
impl Channel for Folder {
    fn key(&self) -> &'static str {
        "folder"
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError> {
        let mail = mail(parcel, &self.from).map_err(|error| SendError::permanent(error.message()))?;
        let name = parcel.message.id;
        tokio::fs::create_dir_all(&self.path).await.map_err(failed)?;
        let aside = self.path.join(format!(".{name}.new"));
        tokio::fs::write(&aside, mail.formatted()).await.map_err(failed)?;
        tokio::fs::rename(&aside, self.path.join(format!("{name}.eml"))).await.map_err(failed)
    }

    async fn check(&self, _: DateTime<Utc>) -> Result<(), SendError> {
        tokio::fs::create_dir_all(&self.path).await.map_err(failed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it")]
fn failed(error: std::io::Error) -> SendError {
    SendError::transient(format!("the mail folder: {}", error.kind()))
}
