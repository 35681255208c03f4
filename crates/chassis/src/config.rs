//! Settings in three layers: the defaults compiled into the program, then a file, then the environment.
//!
//! The defaults are a commented TOML document that names every key there is, so it is documentation and the list of what
//! may be said at once. A key of the file that it does not name, or a `USHER_…` variable that stands for none, stops the
//! start: a misspelt setting must not be silently ignored. `database.url` is `USHER_DATABASE_URL` in the environment.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, de::DeserializeOwned};

/// Variables with the prefix that are no settings.
const NOT_SETTINGS: &[&str] = &["USHER_CONFIG", "USHER_TEST_DATABASE_URL", "USHER_TEST_REDIS_URL"];

/// The settings can not be used; says which and why.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key that does not exist.
    #[error("{origin}: unknown setting `{key}`; the settings are documented in `usher config`")]
    UnknownKey {
        /// The file, or the environment.
        origin: String,
        /// The key as it was written.
        key: String,
    },
    /// The file is not there or not TOML.
    #[error("{origin}: {message}")]
    Unreadable {
        /// The file.
        origin: String,
        /// What is wrong.
        message: String,
    },
    /// A value of the wrong type or out of range.
    #[error("settings: {0}")]
    Invalid(String),
}

/// Reads the layers into `S`, which names the sections of this program.
pub fn load<S: DeserializeOwned>(
    defaults: &str,
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<S, ConfigError> {
    let known: toml::Table = toml::from_str(defaults).map_err(|error| ConfigError::Invalid(error.to_string()))?;
    let mut leaves = BTreeMap::new();
    collect_leaves(&known, "", &mut leaves);

    let mut builder = config::Config::builder().add_source(config::File::from_str(defaults, config::FileFormat::Toml));
    if let Some(path) = file {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { origin: origin.clone(), message: error.to_string() })?;
        let table: toml::Table = toml::from_str(&text)
            .map_err(|error| ConfigError::Unreadable { origin: origin.clone(), message: error.message().to_owned() })?;
        let mut said = BTreeMap::new();
        collect_leaves(&table, "", &mut said);
        if let Some(key) = said.into_keys().find(|key| !leaves.contains_key(key)) {
            return Err(ConfigError::UnknownKey { origin, key });
        }
        builder = builder.add_source(config::File::from_str(&text, config::FileFormat::Toml));
    }
    let by_variable: BTreeMap<String, &String> = leaves.keys().map(|key| (variable(key), key)).collect();
    for (name, value) in environment {
        if !name.starts_with("USHER_") || NOT_SETTINGS.contains(&name.as_str()) {
            continue;
        }
        let Some(key) = by_variable.get(&name) else {
            return Err(ConfigError::UnknownKey { origin: "environment".to_owned(), key: name });
        };
        // A list is written as TOML writes it; everything else as plain text that the target type reads.
        let value = if leaves[*key] { list(&name, &value)? } else { config::Value::from(value) };
        builder = builder.set_override(key.as_str(), value).map_err(|error| ConfigError::Invalid(error.to_string()))?;
    }
    builder.build().and_then(config::Config::try_deserialize).map_err(|error| ConfigError::Invalid(error.to_string()))
}

/// The variable that stands for a key.
pub fn variable(key: &str) -> String {
    format!("USHER_{}", key.replace('.', "_").to_uppercase())
}

/// Every path to a value, and whether the value is a list.
fn collect_leaves(table: &toml::Table, prefix: &str, leaves: &mut BTreeMap<String, bool>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => collect_leaves(inner, &path, leaves),
            other => {
                leaves.insert(path, other.is_array());
            }
        }
    }
}

fn list(name: &str, text: &str) -> Result<config::Value, ConfigError> {
    #[derive(Deserialize)]
    struct Holder {
        value: config::Value,
    }
    toml::from_str::<Holder>(&format!("value = {text}"))
        .map(|holder| holder.value)
        .map_err(|error| ConfigError::Unreadable { origin: name.to_owned(), message: error.message().to_owned() })
}

/// `[grpc]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grpc {
    /// Address of the gRPC listener; port 0 takes a free one.
    pub listen: String,
    /// Requests at work at once; more are told to come back.
    pub max_concurrent_requests: usize,
    /// The longest a request may take when its caller sets no deadline, and at most when it does.
    pub deadline_seconds: u64,
}

/// `[http]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Address of the HTTP listener: health and metrics everywhere, pages at the edge.
    pub listen: String,
    /// The address under which candidates and recruiters reach the pages; empty means the listener's own.
    pub public_url: String,
}

/// `[database]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Where PostgreSQL is. The user must be a member of the services' roles.
    pub url: String,
    /// Connections per service at most.
    pub max_connections: u32,
}

/// `[redis]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// Where Redis is.
    pub url: String,
    /// Put before every key.
    pub prefix: String,
}

/// `[auth]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// What a token's `aud` must name.
    pub audience: String,
    /// Whose tokens are accepted.
    pub issuers: Vec<Issuer>,
    /// The key by which the services vouch for each other: an Ed25519 private key, PKCS#8 PEM.
    pub internal_key_file: String,
    /// The built-in issuer's key, same format; only accounts reads it. Empty switches the built-in issuer off.
    pub issuer_key_file: String,
}

/// Somebody whose tokens are accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The token's `iss`.
    pub issuer: String,
    /// Where its public keys are; empty for the built-in issuer, whose keys come from accounts.
    pub jwks_url: String,
}

/// `[telemetry]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// Where to send traces (OTLP over gRPC); empty sends none.
    pub otlp_endpoint: String,
    /// What to log, in the syntax of tracing's EnvFilter.
    pub log: String,
    /// `text` or `json`.
    pub log_format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// `[clock]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSettings {
    /// Whether the clock can be moved. Never in production.
    pub movable: bool,
    /// Where the displacement is kept; empty forgets it with the process.
    pub file: String,
}

/// What every process needs.
#[derive(Debug, Clone)]
pub struct Chassis {
    /// `[grpc]`
    pub grpc: Grpc,
    /// `[http]`
    pub http: Http,
    /// `[database]`
    pub database: Database,
    /// `[redis]`
    pub redis: Redis,
    /// `[auth]`
    pub auth: Auth,
    /// `[peers]`: where the other services are, by name; empty means in this process.
    pub peers: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const DEFAULTS: &str =
        "[redis]\nurl = 'redis://a'\nprefix = ''\n[database]\nurl = ''\nmax_connections = 8\n[auth]\nissuers = []\n";

    #[derive(Debug, Deserialize)]
    struct Sections {
        redis: Redis,
        database: Database,
    }

    fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn later_layers_win() {
        let file = file("[database]\nmax_connections = 9\nurl = 'postgres://file'\n");
        let environment = env(&[("USHER_DATABASE_MAX_CONNECTIONS", "10"), ("HOME", "/"), ("USHER_CONFIG", "x")]);
        let sections: Sections = load(DEFAULTS, Some(file.path()), environment).unwrap();
        assert_eq!(sections.database.max_connections, 10);
        assert_eq!(sections.database.url, "postgres://file");
        assert_eq!(sections.redis.url, "redis://a");
    }

    #[test]
    fn unknown_and_wrong_settings_stop_the_start() {
        let misspelt = file("[database]\nmax_conections = 9\n");
        let error = load::<Sections>(DEFAULTS, Some(misspelt.path()), env(&[])).unwrap_err().to_string();
        assert!(error.contains("database.max_conections"), "{error}");
        let error = load::<Sections>(DEFAULTS, None, env(&[("USHER_REDIS_URI", "x")])).unwrap_err().to_string();
        assert!(error.contains("USHER_REDIS_URI"), "{error}");
        let error = load::<Sections>(DEFAULTS, None, env(&[("USHER_DATABASE_MAX_CONNECTIONS", "many")])).unwrap_err();
        assert!(matches!(error, ConfigError::Invalid(_)), "{error}");
        let error = load::<Sections>(DEFAULTS, Some(Path::new("/nowhere.toml")), env(&[])).unwrap_err();
        assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
    }

    #[test]
    fn a_list_in_the_environment_is_written_as_in_toml() {
        #[derive(Deserialize)]
        struct WithAuth {
            auth: Issuers,
        }
        #[derive(Deserialize)]
        struct Issuers {
            issuers: Vec<Issuer>,
        }
        let environment =
            env(&[("USHER_AUTH_ISSUERS", "[{ issuer = 'https://id.example', jwks_url = 'https://id.example/keys' }]")]);
        let sections: WithAuth = load(DEFAULTS, None, environment).unwrap();
        assert_eq!(sections.auth.issuers[0].issuer, "https://id.example");
    }
}
