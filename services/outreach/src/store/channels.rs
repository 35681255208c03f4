//! The tables `channels` and `channel_addresses`.

use std::collections::BTreeSet;

use chassis::{Error, Result, TenantId, TenantTx, vault::Vault};
use chrono::{DateTime, Utc};
use prost::Message as _;
use sqlx::FromRow;
use usher_proto::outreach::v1::ChannelSettings;

use crate::domain::{
    channel::{Channel, ChannelId},
    message::CandidateId,
};

#[derive(FromRow)]
struct Row {
    channel_id: ChannelId,
    settings: Vec<u8>,
    secret: Option<Vec<u8>>,
    revision: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    delete_time: Option<DateTime<Utc>>,
}

impl Row {
    fn channel(self) -> Result<(Channel, Option<Vec<u8>>)> {
        let settings = ChannelSettings::decode(self.settings.as_slice())
            .map_err(|error| Error::internal("the settings of a channel do not decode", &error))?;
        let channel = Channel {
            id: self.channel_id,
            settings,
            has_secret: self.secret.is_some(),
            revision: self.revision,
            create_time: self.create_time,
            update_time: self.update_time,
            delete_time: self.delete_time,
        };
        Ok((channel, self.secret))
    }
}

/// Seals a secret for the row that it belongs to.
pub fn sealed(vault: &Vault, tenant: TenantId, id: ChannelId, secret: &str) -> Result<Vec<u8>> {
    vault.seal(secret.as_bytes(), context(tenant, id).as_bytes())
}

/// What [`sealed`] has sealed.
pub fn unsealed(vault: &Vault, tenant: TenantId, id: ChannelId, secret: &[u8]) -> Result<String> {
    text(vault.open(secret, context(tenant, id).as_bytes())?)
}

fn context(tenant: TenantId, id: ChannelId) -> String {
    format!("outreach: the secret of {id} of {tenant}")
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| Error::internal("a sealed text is none", &error.utf8_error()))
}

pub async fn insert(tx: &mut TenantTx, channel: &Channel, secret: Option<&[u8]>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO channels (tenant_id, channel_id, settings, secret, revision, create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant)
    .bind(channel.id)
    .bind(channel.settings.encode_to_vec())
    .bind(secret)
    .bind(channel.revision)
    .bind(channel.create_time)
    .bind(channel.update_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes what may change, the secret too.
pub async fn update(tx: &mut TenantTx, channel: &Channel, secret: Option<&[u8]>) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE channels SET settings = $3, secret = $4, revision = $5, update_time = $6, delete_time = $7
         WHERE tenant_id = $1 AND channel_id = $2",
    )
    .bind(tenant)
    .bind(channel.id)
    .bind(channel.settings.encode_to_vec())
    .bind(secret)
    .bind(channel.revision)
    .bind(channel.update_time)
    .bind(channel.delete_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One channel, also one that was deleted, with its sealed secret.
pub async fn get(tx: &mut TenantTx, id: ChannelId) -> Result<(Channel, Option<Vec<u8>>)> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT channel_id, settings, secret, revision, create_time, update_time, delete_time
         FROM channels WHERE tenant_id = $1 AND channel_id = $2",
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(not_found)?.channel()
}

/// One that is not deleted, and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: ChannelId) -> Result<(Channel, Option<Vec<u8>>)> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT channel_id, settings, secret, revision, create_time, update_time, delete_time
         FROM channels WHERE tenant_id = $1 AND channel_id = $2 AND delete_time IS NULL FOR UPDATE",
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(tx.conn())
    .await?;
    row.ok_or_else(not_found)?.channel()
}

/// Those that are not deleted, in the tenant's order, with their sealed secrets.
pub async fn all(tx: &mut TenantTx) -> Result<Vec<(Channel, Option<Vec<u8>>)>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT channel_id, settings, secret, revision, create_time, update_time, delete_time
         FROM channels WHERE tenant_id = $1 AND delete_time IS NULL ORDER BY create_time, channel_id",
    )
    .bind(tenant)
    .fetch_all(tx.conn())
    .await?;
    let mut channels = rows.into_iter().map(Row::channel).collect::<Result<Vec<_>>>()?;
    // Stable: of one place, the older first.
    channels.sort_by_key(|(channel, _)| channel.settings.place);
    Ok(channels)
}

/// Lets one tenant's additions wait for each other, so that together they do not pass the limit.
pub async fn queue_up(tx: &mut TenantTx) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('outreach channels ' || $1::text, 0))")
        .bind(tenant)
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn address_context(tenant: TenantId, id: ChannelId, candidate: CandidateId) -> String {
    format!("outreach: the address of {candidate} for {id} of {tenant}")
}

/// Says where a channel reaches somebody; an empty address forgets it.
pub async fn set_address(tx: &mut TenantTx, id: ChannelId, candidate: CandidateId, address: &str) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    if address.is_empty() {
        sqlx::query("DELETE FROM channel_addresses WHERE tenant_id = $1 AND channel_id = $2 AND candidate_id = $3")
            .bind(tenant)
            .bind(id)
            .bind(candidate)
            .execute(tx.conn())
            .await?;
        return Ok(());
    }
    let sealed = tx.vault().seal(address.as_bytes(), address_context(tenant, id, candidate).as_bytes())?;
    sqlx::query(
        "INSERT INTO channel_addresses (tenant_id, channel_id, candidate_id, address, update_time)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, channel_id, candidate_id) DO UPDATE SET address = $4, update_time = $5",
    )
    .bind(tenant)
    .bind(id)
    .bind(candidate)
    .bind(sealed)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Where a channel reaches somebody, if it was told.
pub async fn address(tx: &mut TenantTx, id: ChannelId, candidate: CandidateId) -> Result<Option<String>> {
    let tenant = tx.tenant();
    let sealed: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT address FROM channel_addresses WHERE tenant_id = $1 AND channel_id = $2 AND candidate_id = $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(candidate)
    .fetch_optional(tx.conn())
    .await?;
    let open = |sealed: Vec<u8>| text(tx.vault().open(&sealed, address_context(tenant, id, candidate).as_bytes())?);
    sealed.map(open).transpose()
}

/// The channels to which an address of somebody was told.
pub async fn known_to(tx: &mut TenantTx, candidate: CandidateId) -> Result<BTreeSet<ChannelId>> {
    let tenant = tx.tenant();
    let ids: Vec<ChannelId> =
        sqlx::query_scalar("SELECT channel_id FROM channel_addresses WHERE tenant_id = $1 AND candidate_id = $2")
            .bind(tenant)
            .bind(candidate)
            .fetch_all(tx.conn())
            .await?;
    Ok(ids.into_iter().collect())
}

/// Forgets all addresses of a channel.
pub async fn forget_addresses(tx: &mut TenantTx, id: ChannelId) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query("DELETE FROM channel_addresses WHERE tenant_id = $1 AND channel_id = $2")
        .bind(tenant)
        .bind(id)
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn not_found() -> Error {
    Error::not_found("CHANNEL_NOT_FOUND", "there is no such channel")
}
