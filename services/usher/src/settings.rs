//! The settings of the whole program: which sections there are, and what must hold across them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use chassis::{Clock, config};
use serde::Deserialize;

/// The commented defaults, which are the reference of every setting.
pub const DEFAULTS: &str = include_str!("usher.default.toml");

/// Every section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `[grpc]`
    pub grpc: config::Grpc,
    /// `[http]`
    pub http: config::Http,
    /// `[database]`
    pub database: config::Database,
    /// `[redis]`
    pub redis: config::Redis,
    /// `[auth]`
    pub auth: config::Auth,
    /// `[telemetry]`
    pub telemetry: config::Telemetry,
    /// `[clock]`
    pub clock: config::ClockSettings,
    /// `[peers]`
    pub peers: BTreeMap<String, String>,
    /// `[events]`
    pub events: outbox::Settings,
    /// `[links]`
    pub links: Links,
    /// `[ats]`
    pub ats: usher_ats::Settings,
    /// `[talent]`
    pub talent: usher_talent::Settings,
    /// `[outreach]`
    pub outreach: usher_outreach::Settings,
    /// `[delivery]`
    pub delivery: usher_outreach::Delivery,
    /// `[inbound]`
    pub inbound: usher_outreach::Inbound,
    /// `[edge]`
    pub edge: usher_edge::Settings,
}

/// `[links]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Links {
    /// 32 random bytes in base64: signs what candidates are given to act by.
    pub key_file: String,
}

impl Settings {
    /// From the defaults, a file and the given variables.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, config::ConfigError> {
        config::load(DEFAULTS, file, environment)
    }

    /// The part that every process needs.
    pub fn chassis(&self) -> config::Chassis {
        config::Chassis {
            grpc: self.grpc.clone(),
            http: self.http.clone(),
            database: self.database.clone(),
            redis: self.redis.clone(),
            auth: self.auth.clone(),
            peers: self.peers.clone(),
        }
    }

    /// The clock that they ask for.
    pub fn clock(&self) -> anyhow::Result<Clock> {
        match (self.clock.movable, self.clock.file.as_str()) {
            (false, _) => Ok(Clock::system()),
            (true, "") => Ok(Clock::movable()),
            (true, file) => Ok(Clock::movable_with_file(PathBuf::from(file))?),
        }
    }

    /// Refuses what contradicts itself, for a process that runs the named services.
    pub fn check(&self, services: &[&str]) -> anyhow::Result<()> {
        let runs = |name: &str| services.contains(&name);
        let given = |key: &str, value: &str| {
            ensure!(!value.is_empty(), "{key} ({}) must be set", config::variable(key));
            Ok(())
        };
        given("auth.internal_key_file", &self.auth.internal_key_file)?;
        if runs("ats") || runs("outreach") {
            given("links.key_file", &self.links.key_file)?;
        }
        if runs("talent") {
            ensure!(
                self.talent.has_place_of_keys(),
                "talent needs its keys: set talent.master_key_file ({}) or talent.kms_socket ({})",
                config::variable("talent.master_key_file"),
                config::variable("talent.kms_socket")
            );
        }
        if runs("outreach") {
            ensure!(
                self.outreach.has_way_out(),
                "outreach has no way out: set outreach.smtp_url ({}), or outreach.mail_folder for trying out",
                config::variable("outreach.smtp_url")
            );
            self.inbound.check()?;
        }
        ensure!(self.clock.movable || self.clock.file.is_empty(), "clock.file is set but clock.movable is not");
        let built_in = self.auth.issuers.iter().any(|issuer| issuer.jwks_url.is_empty());
        ensure!(
            !(built_in && runs("accounts") && self.auth.issuer_key_file.is_empty()),
            "auth.issuers names the built-in issuer but auth.issuer_key_file is empty"
        );
        ensure!(self.events.shards > 0, "events.shards must be at least 1");
        for (service, address) in &self.peers {
            ensure!(
                address.is_empty() || address.starts_with("http://") || address.starts_with("https://"),
                "peers.{service} must be an http:// address"
            );
            let needed = !services.is_empty() && !runs(service) && peers_of(services).contains(&service.as_str());
            ensure!(
                !(needed && address.is_empty()),
                "peers.{service} must be set, because {service} does not run in this process"
            );
        }
        Ok(())
    }
}

/// Whom the named services call.
fn peers_of(services: &[&str]) -> Vec<&'static str> {
    services
        .iter()
        .flat_map(|service| match *service {
            "accounts" => &[][..],
            // Everybody else asks accounts about API keys.
            "ats" => &["accounts", "outreach"],
            "analytics" | "talent" => &["accounts", "ats", "outreach"],
            _ => &["accounts", "ats", "talent"],
        })
        .copied()
        .collect()
}

/// A key file's text, with a word that says which setting names it.
pub fn secret(key: &str, path: &str) -> anyhow::Result<secrecy::SecretString> {
    std::fs::read_to_string(path).map(Into::into).with_context(|| format!("{key}: {path} can not be read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Settings {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::load(None, pairs).unwrap()
    }

    #[test]
    fn the_defaults_load_and_lack_the_keys() {
        let error = with(&[]).check(&["ats"]).unwrap_err().to_string();
        assert!(error.contains("USHER_AUTH_INTERNAL_KEY_FILE"), "{error}");
    }

    #[test]
    fn contradictions_are_refused() {
        let keys = [("USHER_AUTH_INTERNAL_KEY_FILE", "k"), ("USHER_LINKS_KEY_FILE", "k")];
        let peers = [("USHER_PEERS_ACCOUNTS", "http://a:1"), ("USHER_PEERS_OUTREACH", "http://o:1")];
        assert!(with(&[keys, peers].concat()).check(&["ats"]).is_ok());
        let error = with(&keys).check(&["ats"]).unwrap_err().to_string();
        assert!(error.contains("peers.accounts"), "{error}");
        let error = with(&[&keys[..], &peers[..], &[("USHER_CLOCK_FILE", "x")]].concat()).check(&["ats"]).unwrap_err();
        assert!(error.to_string().contains("clock.movable"), "{error}");

        let (file, socket) = (("USHER_TALENT_MASTER_KEY_FILE", "k"), ("USHER_TALENT_KMS_SOCKET", "s"));
        let talent = |given: &[(&str, &str)]| {
            with(&[&keys[..], &peers[..], &[("USHER_PEERS_ATS", "http://a:2")], given].concat()).check(&["talent"])
        };
        let error = talent(&[]).unwrap_err().to_string();
        assert!(error.contains("USHER_TALENT_KMS_SOCKET"), "{error}");
        for given in [&[file][..], &[socket], &[file, socket]] {
            assert!(talent(given).is_ok(), "{given:?}");
        }
        let error = with(&keys).check(&["outreach"]).unwrap_err().to_string();
        assert!(error.contains("smtp_url"), "{error}");
        let mail = [("USHER_OUTREACH_MAIL_FOLDER", "x")];
        for wrong in [[("USHER_INBOUND_LMTP_LISTEN", "127.0.0.1:2424")], [("USHER_INBOUND_DOMAIN", "no domain")]] {
            let error =
                with(&[&keys[..], &peers[..], &mail, &wrong].concat()).check(&["outreach"]).unwrap_err().to_string();
            assert!(error.contains("inbound."), "{error}");
        }
    }
}
