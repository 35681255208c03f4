//! The table `campaigns`.

use chassis::{Error, Result, SystemTx, TenantId, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use prost::Message as _;
use sqlx::FromRow;
use usher_proto::talent::v1::{CampaignEndReason, CampaignSpec, CampaignState};
use uuid::Uuid;

use crate::domain::campaign::{Campaign, CampaignId};

#[derive(FromRow)]
struct Row {
    campaign_id: CampaignId,
    spec: Vec<u8>,
    state: i16,
    end_reason: i16,
    actor: String,
    seed: Vec<u8>,
    start_event: Option<Uuid>,
    draw_place: Option<Vec<u8>>,
    draw_added: i64,
    version: i64,
    create_time: DateTime<Utc>,
    start_time: Option<DateTime<Utc>>,
    assign_time: Option<DateTime<Utc>>,
    stop_time: Option<DateTime<Utc>>,
}

impl Row {
    fn campaign(self) -> Result<Campaign> {
        let unknown = |error| Error::internal("a row holds an unknown state of a campaign", &error);
        Ok(Campaign {
            id: self.campaign_id,
            spec: CampaignSpec::decode(self.spec.as_slice())
                .map_err(|error| Error::internal("a campaign does not decode", &error))?,
            state: CampaignState::try_from(i32::from(self.state)).map_err(unknown)?,
            end_reason: CampaignEndReason::try_from(i32::from(self.end_reason)).map_err(unknown)?,
            actor: self.actor,
            seed: self.seed,
            start_event: self.start_event,
            draw_place: self.draw_place,
            draw_added: self.draw_added,
            version: self.version,
            create_time: self.create_time,
            start_time: self.start_time,
            assign_time: self.assign_time,
            stop_time: self.stop_time,
        })
    }
}

/// Writes a campaign down, over what was there of it.
pub async fn save(tx: &mut TenantTx, campaign: &Campaign) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO campaigns (tenant_id, campaign_id, spec, state, end_reason, actor, seed, start_event, draw_place,
            draw_added, version, create_time, start_time, assign_time, stop_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (tenant_id, campaign_id) DO UPDATE SET spec = excluded.spec, state = excluded.state,
            end_reason = excluded.end_reason, seed = excluded.seed, start_event = excluded.start_event,
            draw_place = excluded.draw_place, draw_added = excluded.draw_added, version = excluded.version,
            start_time = excluded.start_time, assign_time = excluded.assign_time, stop_time = excluded.stop_time",
    )
    .bind(tenant)
    .bind(campaign.id)
    .bind(campaign.spec.encode_to_vec())
    .bind(i32::from(campaign.state))
    .bind(i32::from(campaign.end_reason))
    .bind(&campaign.actor)
    .bind(&campaign.seed)
    .bind(campaign.start_event)
    .bind(&campaign.draw_place)
    .bind(campaign.draw_added)
    .bind(campaign.version)
    .bind(campaign.create_time)
    .bind(campaign.start_time)
    .bind(campaign.assign_time)
    .bind(campaign.stop_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One campaign.
pub async fn get(tx: &mut TenantTx, id: CampaignId) -> Result<Campaign> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM campaigns WHERE tenant_id = $1 AND campaign_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.campaign()
}

/// As [`get`], and nobody else changes it, or sends by it, before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: CampaignId) -> Result<Campaign> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM campaigns WHERE tenant_id = $1 AND campaign_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.ok_or_else(not_found)?.campaign()
}

/// As [`lock`], but does not wait for whoever is at it; `None` then, and where there is no such campaign.
pub async fn lock_unless_busy(tx: &mut TenantTx, id: CampaignId) -> Result<Option<Campaign>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM campaigns WHERE tenant_id = $1 AND campaign_id = $2 FOR UPDATE SKIP LOCKED")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::campaign).transpose()
}

/// The campaigns of these ids.
pub async fn by_ids(tx: &mut TenantTx, ids: &[CampaignId]) -> Result<Vec<Campaign>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as("SELECT * FROM campaigns WHERE tenant_id = $1 AND campaign_id = ANY ($2)")
        .bind(tenant)
        .bind(ids)
        .fetch_all(tx.conn())
        .await?;
    rows.into_iter().map(Row::campaign).collect()
}

/// One page, newest first.
pub async fn list(tx: &mut TenantTx, page: &Page) -> Result<Vec<Campaign>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM campaigns
         WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (create_time, campaign_id) < ($2, $3))
         ORDER BY create_time DESC, campaign_id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::campaign).collect()
}

/// Those of all tenants that have begun and are not over.
pub async fn live(tx: &mut SystemTx) -> Result<Vec<(TenantId, CampaignId)>> {
    let live = sqlx::query_as(
        "SELECT tenant_id, campaign_id FROM campaigns WHERE state IN (2, 3, 4) ORDER BY tenant_id, campaign_id",
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(live)
}

fn not_found() -> Error {
    Error::not_found("CAMPAIGN_NOT_FOUND", "there is no such campaign")
}
