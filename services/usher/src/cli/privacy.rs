//! `usher privacy export|erase|keys|verify`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use tokio::io::AsyncWriteExt as _;
use tonic::Streaming;
use usher_proto::talent::v1::{
    Erasure, ExportPersonRequest, ExportPersonResponse, GetErasureRequest, GetReceiptKeysRequest,
    RequestErasureRequest, privacy_service_client::PrivacyServiceClient,
};

use crate::{
    client::{Client, Target, explain},
    receipt::{self, KeySet},
    ui::{Step, say},
};

/// In whose name, when nobody says: data about people leaves and goes by an owner's or an admin's hand alone.
const ROLE: &str = "admin";
/// Between two looks at an erasure.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Write everything that is kept about a person into one ZIP file.
    Export {
        /// The person: `cand_…`.
        candidate: String,
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        target: Target,
    },
    /// Forget a person in all stores, for ever, and write the receipt.
    Erase {
        /// The person: `cand_…`.
        candidate: String,
        /// Why. It is kept, so never a name or an address.
        #[arg(long)]
        reason: String,
        /// Where the receipt goes.
        #[arg(long)]
        receipt: PathBuf,
        #[command(flatten)]
        target: Target,
    },
    /// Write the public keys that receipts are signed with.
    Keys {
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        target: Target,
    },
    /// Check a receipt, and print what it says.
    Verify {
        receipt: PathBuf,
        /// What `usher privacy keys` has written; without it the running suite is asked.
        #[arg(long)]
        keys: Option<PathBuf>,
        #[command(flatten)]
        target: Target,
    },
}

pub async fn run(what: What) -> anyhow::Result<ExitCode> {
    match what {
        What::Export { candidate, out, target } => export(&target.connect_as(ROLE).await?, &candidate, &out).await?,
        What::Erase { candidate, reason, receipt, target } => {
            let erasure = erase(&target.connect_as(ROLE).await?, &candidate, reason).await?;
            std::fs::write(&receipt, erasure.receipt).with_context(|| receipt.display().to_string())?;
        }
        What::Keys { out, target } => {
            let keys = keys(&target.connect_as(ROLE).await?).await?;
            std::fs::write(&out, serde_json::to_vec_pretty(&keys)?).with_context(|| out.display().to_string())?;
        }
        What::Verify { receipt, keys: file, target } => {
            let known = match file {
                Some(file) => serde_json::from_str(&read(&file)?).with_context(|| file.display().to_string())?,
                None => keys(&target.connect_as(ROLE).await?).await?,
            };
            let said = receipt::verify(&read(&receipt)?, &known)?;
            say(format!("{said:#}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

async fn export(client: &Client, candidate: &str, out: &Path) -> anyhow::Result<()> {
    let request = ExportPersonRequest { candidate_id: candidate.to_owned() };
    let answer = PrivacyServiceClient::new(client.channel()).export_person(client.request(request)).await;
    let mut pieces = answer.map_err(|status| explain(&status))?.into_inner();
    let step = Step::begin("Exporting");
    // Written aside, so that half a file is never taken for a whole one.
    let aside = out.with_extension("part");
    if let Err(error) = fill(&aside, &mut pieces).await {
        // Half of what is known of somebody is nothing to leave behind.
        let _ = tokio::fs::remove_file(&aside).await;
        return Err(error);
    }
    tokio::fs::rename(&aside, out).await.with_context(|| out.display().to_string())?;
    step.done(out.display());
    Ok(())
}

/// Writes the pieces into a file that nobody else may read.
async fn fill(path: &Path, pieces: &mut Streaming<ExportPersonResponse>) -> anyhow::Result<()> {
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path).await.with_context(|| path.display().to_string())?;
    while let Some(piece) = pieces.message().await.map_err(|status| explain(&status))? {
        file.write_all(&piece.chunk).await?;
    }
    Ok(file.sync_all().await?)
}

/// Asks for an erasure and waits until everybody has forgotten.
async fn erase(client: &Client, candidate: &str, reason: String) -> anyhow::Result<Erasure> {
    let mut privacy = PrivacyServiceClient::new(client.channel());
    let request = RequestErasureRequest { candidate_id: candidate.to_owned(), reason, request_id: String::new() };
    let answer = privacy.request_erasure(client.request(request)).await.map_err(|status| explain(&status))?;
    let mut erasure = answer.into_inner().erasure.context("the answer holds no erasure")?;
    let step = Step::begin("Forgetting; it goes on when this is stopped");
    while erasure.receipt.is_empty() {
        tokio::time::sleep(LOOK).await;
        let request = GetErasureRequest { erasure_id: erasure.erasure_id.clone() };
        let answer = privacy.get_erasure(client.request(request)).await.map_err(|status| explain(&status))?;
        erasure = answer.into_inner().erasure.context("the answer holds no erasure")?;
    }
    step.done(&erasure.erasure_id);
    Ok(erasure)
}

async fn keys(client: &Client) -> anyhow::Result<KeySet> {
    let answer = PrivacyServiceClient::new(client.channel())
        .get_receipt_keys(client.request(GetReceiptKeysRequest {}))
        .await
        .map_err(|status| explain(&status))?;
    let keys = answer.into_inner().keys.into_iter().map(|key| serde_json::from_str(&key.jwk));
    Ok(KeySet { keys: keys.collect::<Result<_, _>>()? })
}
