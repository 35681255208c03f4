//! The services of the suite, made from the settings.

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chassis::{Clock, Db, Schema, Service, service::Plan, vault::Vault};
use secrecy::ExposeSecret as _;

use crate::settings::{Settings, secret};

/// Their names, in the order in which they are opened.
pub const SERVICES: [&str; 6] = ["accounts", "ats", "talent", "outreach", "analytics", "edge"];

/// What every service with a schema keeps in PostgreSQL.
pub fn schemas() -> Vec<Schema> {
    vec![
        usher_accounts::Accounts::schema(),
        usher_ats::Ats::schema(),
        usher_talent::Talent::schema(),
        usher_outreach::Outreach::schema(),
        usher_analytics::Analytics::schema(),
    ]
}

/// The door to a service's schema, for what an operator does there.
pub fn door(settings: &Settings, name: &str) -> anyhow::Result<Db> {
    let schema = schemas().into_iter().find(|schema| schema.name == name);
    let schema = schema.with_context(|| format!("there is no service `{name}` with a database"))?;
    let pool = chassis::db::pool(&settings.database.url, 4)?;
    // Nothing is sealed there, so that any key does.
    Ok(Db::new(pool, schema.name, Clock::system(), Vault::new(&[0; 32])))
}

/// Makes the named services; none named means all.
pub fn services(settings: &Settings, only: &[String]) -> anyhow::Result<Vec<Box<dyn Service>>> {
    for name in only {
        ensure!(SERVICES.contains(&name.as_str()), "there is no service `{name}`; there are {}", SERVICES.join(", "));
    }
    let wanted: Vec<&str> =
        SERVICES.into_iter().filter(|name| only.is_empty() || only.iter().any(|one| one == name)).collect();
    settings.check(&wanted)?;
    wanted.into_iter().map(|name| make(name, settings)).collect()
}

fn make(name: &str, settings: &Settings) -> anyhow::Result<Box<dyn Service>> {
    let events = settings.events.clone();
    Ok(match name {
        "accounts" => Box::new(usher_accounts::Accounts::new(built_in_issuer(settings)?, events)),
        "ats" => Box::new(usher_ats::Ats::new(&settings.ats, link_key(settings)?, events)?),
        "talent" => Box::new(usher_talent::Talent::new(settings.talent.clone(), events)?),
        "outreach" => {
            let outreach = usher_outreach::Outreach::new(&settings.outreach, &link_key(settings)?, events)?;
            let lmtp = listener("inbound.lmtp_listen", &settings.inbound.lmtp_listen)?;
            Box::new(outreach.delivering(settings.delivery).receiving(settings.inbound.clone(), lmtp))
        }
        "analytics" => Box::new(usher_analytics::Analytics::new(events)),
        _ => Box::new(usher_edge::Edge::new(settings.edge.clone())),
    })
}

/// A listener that a service serves itself; none where no address is set.
fn listener(key: &str, address: &str) -> anyhow::Result<Option<std::net::TcpListener>> {
    if address.is_empty() {
        return Ok(None);
    }
    let bound = std::net::TcpListener::bind(address);
    bound
        .map(Some)
        .with_context(|| format!("{key} ({}): {address} can not be listened at", chassis::config::variable(key)))
}

fn link_key(settings: &Settings) -> anyhow::Result<[u8; 32]> {
    let path = &settings.links.key_file;
    let text = secret("links.key_file", path)?;
    let key = STANDARD.decode(text.expose_secret().trim()).ok().and_then(|bytes| bytes.try_into().ok());
    key.with_context(|| format!("links.key_file: {path} must hold 32 bytes in base64"))
}

fn built_in_issuer(settings: &Settings) -> anyhow::Result<Option<usher_accounts::BuiltInIssuer>> {
    let path = &settings.auth.issuer_key_file;
    if path.is_empty() {
        return Ok(None);
    }
    let key = secret("auth.issuer_key_file", path)?;
    let issuer = usher_accounts::BuiltInIssuer::new(&key, &settings.auth.audience)
        .with_context(|| format!("auth.issuer_key_file: {path}"))?;
    Ok(Some(issuer))
}

/// Brings every schema up to date.
pub async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    for schema in schemas() {
        chassis::migrate(&settings.database.url, &schema).await.with_context(|| format!("schema {}", schema.name))?;
    }
    Ok(())
}

/// A process that runs the named services.
pub fn plan(settings: &Settings, metrics: prometheus::Registry, only: &[String]) -> anyhow::Result<Plan> {
    Ok(Plan {
        settings: settings.chassis(),
        clock: settings.clock()?,
        metrics,
        log_routes: outbox::log_routes,
        services: services(settings, only)?,
    })
}
