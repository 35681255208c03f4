//! Calling a running suite from the command line.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt as _;

/// What `usher up` writes for other programs: `.usher/dev.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dev {
    /// `127.0.0.1:50051`
    pub grpc: String,
    /// `http://127.0.0.1:8080`
    pub http: String,
    /// The private PostgreSQL, or the one that was given.
    pub database_url: String,
    /// The private Redis, or the one that was given.
    pub redis_url: String,
    /// TypeID of the demo tenant.
    pub tenant: String,
    /// A bearer for each demo role: `owner`, `admin`, `recruiter`, …
    pub tokens: BTreeMap<String, String>,
}

impl Dev {
    /// Where it stands under a folder.
    pub fn path(dir: &Path) -> PathBuf {
        dir.join("dev.json")
    }

    /// Of the suite that runs with that folder.
    pub fn read(dir: &Path) -> anyhow::Result<Self> {
        let path = Self::path(dir);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} is not there; is `usher up` running?", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is spoilt", path.display()))
    }
}

/// Where a suite is and in whose name to call it.
#[derive(Debug, Clone, clap::Args)]
pub struct Target {
    /// Address of the gRPC listener; by default that of the running `usher up`.
    #[arg(long, requires = "token")]
    endpoint: Option<String>,
    /// The bearer; by default that of the demo's recruiter, or admin where a recruiter may not.
    #[arg(long, env = "USHER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The folder of `usher up`.
    #[arg(long, default_value = ".usher")]
    dir: PathBuf,
}

/// A channel and a bearer.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    bearer: tonic::metadata::AsciiMetadataValue,
}

impl Target {
    /// Connects, by default in the name of the demo recruiter.
    pub async fn connect(&self) -> anyhow::Result<Client> {
        self.connect_as("recruiter").await
    }

    /// Connects, by default in the name of the demo's person of that role.
    pub async fn connect_as(&self, role: &str) -> anyhow::Result<Client> {
        let (endpoint, token) = match (&self.endpoint, &self.token) {
            (Some(endpoint), Some(token)) => (endpoint.clone(), token.clone()),
            (_, token) => {
                let dev = Dev::read(&self.dir)?;
                let own = dev.tokens.get(role).cloned();
                let own = own.with_context(|| format!("dev.json holds no token of the role {role}"))?;
                (format!("http://{}", dev.grpc), token.clone().unwrap_or(own))
            }
        };
        Client::connect(&endpoint, &token).await
    }
}

impl Client {
    /// Connects to an address in the name of a token.
    pub async fn connect(endpoint: &str, token: &str) -> anyhow::Result<Self> {
        let url = if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") };
        let channel =
            Endpoint::from_shared(url.clone())?.connect().await.with_context(|| format!("nothing answers at {url}"))?;
        Self::over(channel, token)
    }

    /// Over a channel that is there already.
    pub fn over(channel: Channel, token: &str) -> anyhow::Result<Self> {
        let bearer = format!("Bearer {token}").parse().context("the token holds characters that no token has")?;
        Ok(Self { channel, bearer })
    }

    /// For a generated client.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A request with the bearer.
    pub fn request<M>(&self, message: M) -> tonic::Request<M> {
        let mut request = tonic::Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }
}

/// The stable reason of an error; empty when it has none.
pub fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// An error of a call as a person reads it: what, which field, and the reason for looking it up.
pub fn explain(status: &tonic::Status) -> anyhow::Error {
    let details = status.get_error_details();
    let mut text = status.message().to_owned();
    for violation in details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default() {
        text.push_str(&format!("\n  {}: {}", violation.field, violation.description));
    }
    if let Some(info) = details.error_info() {
        text.push_str(&format!(" [{}]", info.reason));
    }
    anyhow::anyhow!(text)
}
