//! The tables `onboardings` and `joining_records`.

use chassis::{Error, Result, TenantTx, wire::Page};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, types::Json};

use super::known;
use crate::domain::{
    CandidateId,
    application::ApplicationId,
    job::JobId,
    offer::OfferId,
    onboarding::{Item, JoiningEntry, Onboarding, OnboardingId},
};

#[derive(FromRow)]
struct Row {
    onboarding_id: OnboardingId,
    offer_id: OfferId,
    application_id: ApplicationId,
    job_id: JobId,
    candidate_id: CandidateId,
    position_title: String,
    start_date: NaiveDate,
    time_zone: String,
    place: String,
    contact_name: String,
    contact_channel: String,
    joining: i16,
    asked: bool,
    reminders: i32,
    items: Json<Vec<Item>>,
    version: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl Row {
    fn onboarding(self) -> Result<Onboarding> {
        Ok(Onboarding {
            id: self.onboarding_id,
            offer_id: self.offer_id,
            application_id: self.application_id,
            job_id: self.job_id,
            candidate_id: self.candidate_id,
            position_title: self.position_title,
            start_date: self.start_date,
            time_zone: self.time_zone,
            place: self.place,
            contact_name: self.contact_name,
            contact_channel: self.contact_channel,
            joining: known(self.joining)?,
            asked: self.asked,
            reminders: self.reminders,
            items: self.items.0,
            version: self.version,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, onboarding: &Onboarding) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO onboardings (tenant_id, onboarding_id, offer_id, application_id, job_id, candidate_id,
                                  position_title, start_date, time_zone, place, contact_name, contact_channel, joining,
                                  asked, reminders, items, version, create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(tenant)
    .bind(onboarding.id)
    .bind(onboarding.offer_id)
    .bind(onboarding.application_id)
    .bind(onboarding.job_id)
    .bind(onboarding.candidate_id)
    .bind(&onboarding.position_title)
    .bind(onboarding.start_date)
    .bind(&onboarding.time_zone)
    .bind(&onboarding.place)
    .bind(&onboarding.contact_name)
    .bind(&onboarding.contact_channel)
    .bind(onboarding.joining as i32)
    .bind(onboarding.asked)
    .bind(onboarding.reminders)
    .bind(Json(&onboarding.items))
    .bind(onboarding.version)
    .bind(onboarding.create_time)
    .bind(onboarding.update_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn get(tx: &mut TenantTx, id: OnboardingId) -> Result<Onboarding> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM onboardings WHERE tenant_id = $1 AND onboarding_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.onboarding()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: OnboardingId) -> Result<Onboarding> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM onboardings WHERE tenant_id = $1 AND onboarding_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.ok_or_else(not_found)?.onboarding()
}

/// As [`lock`], but does not wait for whoever is at it; `None` then, and where there is no such onboarding.
pub async fn lock_unless_busy(tx: &mut TenantTx, id: OnboardingId) -> Result<Option<Onboarding>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM onboardings WHERE tenant_id = $1 AND onboarding_id = $2 FOR UPDATE SKIP LOCKED")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::onboarding).transpose()
}

pub async fn update(tx: &mut TenantTx, onboarding: &Onboarding) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE onboardings SET start_date = $3, time_zone = $4, place = $5, contact_name = $6, contact_channel = $7,
                                joining = $8, asked = $9, reminders = $10, items = $11, version = $12, update_time = $13
         WHERE tenant_id = $1 AND onboarding_id = $2",
    )
    .bind(tenant)
    .bind(onboarding.id)
    .bind(onboarding.start_date)
    .bind(&onboarding.time_zone)
    .bind(&onboarding.place)
    .bind(&onboarding.contact_name)
    .bind(&onboarding.contact_channel)
    .bind(onboarding.joining as i32)
    .bind(onboarding.asked)
    .bind(onboarding.reminders)
    .bind(Json(&onboarding.items))
    .bind(onboarding.version)
    .bind(onboarding.update_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn insert_entry(tx: &mut TenantTx, onboarding: &Onboarding, entry: &JoiningEntry) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO joining_records (tenant_id, onboarding_id, version, joining, corrects, reason, actor, time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(onboarding.id)
    .bind(onboarding.version)
    .bind(entry.joining as i32)
    .bind(entry.corrects as i32)
    .bind(&entry.reason)
    .bind(&entry.actor)
    .bind(entry.time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What was recorded of somebody's joining, oldest first.
pub async fn entries(tx: &mut TenantTx, id: OnboardingId) -> Result<Vec<JoiningEntry>> {
    #[derive(FromRow)]
    struct Said {
        joining: i16,
        corrects: i16,
        reason: String,
        actor: String,
        time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let said: Vec<Said> =
        sqlx::query_as("SELECT * FROM joining_records WHERE tenant_id = $1 AND onboarding_id = $2 ORDER BY version")
            .bind(tenant)
            .bind(id)
            .fetch_all(tx.conn())
            .await?;
    let entry = |said: Said| {
        Ok(JoiningEntry {
            joining: known(said.joining)?,
            corrects: known(said.corrects)?,
            reason: said.reason,
            actor: said.actor,
            time: said.time,
        })
    };
    said.into_iter().map(entry).collect()
}

pub async fn list(
    tx: &mut TenantTx,
    page: &Page,
    application: Option<ApplicationId>,
    only_open: bool,
) -> Result<Vec<Onboarding>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM onboardings
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR application_id = $2) AND (NOT $3 OR joining = 0)
           AND ($4::timestamptz IS NULL OR (create_time, onboarding_id) < ($4, $5))
         ORDER BY create_time DESC, onboarding_id DESC LIMIT $6",
    )
    .bind(tenant)
    .bind(application)
    .bind(only_open)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::onboarding).collect()
}

fn not_found() -> Error {
    Error::not_found("ONBOARDING_NOT_FOUND", "there is no such onboarding")
}
