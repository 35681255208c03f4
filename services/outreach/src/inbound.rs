//! The settings of what comes in.

use serde::Deserialize;

/// `[inbound]`: how replies come in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Inbound {
    /// The domain of the addresses that replies go to, whose mail is handed over here; empty for no such addresses.
    pub domain: String,
    /// Where LMTP is served, such as `0.0.0.0:2424`; empty switches it off.
    pub lmtp_listen: String,
    /// Whether mails that the installation's own mail server can not deliver come back to the same addresses.
    pub bounces: bool,
}

impl Inbound {
    /// Refuses what is no domain.
    pub fn check(&self) -> anyhow::Result<()> {
        let is_domain = self.domain.is_empty() || format!("r@{}", self.domain).parse::<lettre::Address>().is_ok();
        anyhow::ensure!(is_domain, "inbound.domain must be a domain such as reply.example.com");
        anyhow::ensure!(
            self.lmtp_listen.is_empty() || !self.domain.is_empty(),
            "inbound.lmtp_listen is set but inbound.domain is not: no address would be ours"
        );
        Ok(())
    }
}
