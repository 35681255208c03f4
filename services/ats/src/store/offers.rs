//! The tables `offers`, `offer_transitions`, `offer_terms` and `offer_approvals`.

use std::collections::BTreeMap;

use chassis::{Actor, Error, OnConstraint as _, Result, TenantTx, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use usher_proto::ats::v1::OfferState;

use super::known;
use crate::domain::{
    CandidateId,
    application::ApplicationId,
    job::JobId,
    offer::{Approval, Offer, OfferId, Terms, TermsVersion, Transition},
};

/// One open offer per application.
const ONE_OPEN: &str = "offers_one_open";

#[derive(FromRow)]
struct Row {
    offer_id: OfferId,
    application_id: ApplicationId,
    job_id: JobId,
    candidate_id: CandidateId,
    state: i16,
    terms: Json<Terms>,
    terms_version: i32,
    approvers: Vec<String>,
    round: i32,
    agreed: i32,
    contact_name: String,
    contact_channel: String,
    author: String,
    candidate_note: String,
    send_time: Option<DateTime<Utc>>,
    message_time: Option<DateTime<Utc>>,
    answer_time: Option<DateTime<Utc>>,
    version: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl Row {
    fn offer(self) -> Result<Offer> {
        Ok(Offer {
            id: self.offer_id,
            application_id: self.application_id,
            job_id: self.job_id,
            candidate_id: self.candidate_id,
            state: known(self.state)?,
            terms: self.terms.0,
            terms_version: self.terms_version,
            approvers: self.approvers,
            round: self.round,
            agreed: self.agreed,
            contact_name: self.contact_name,
            contact_channel: self.contact_channel,
            author: self.author,
            candidate_note: self.candidate_note,
            send_time: self.send_time,
            message_time: self.message_time,
            answer_time: self.answer_time,
            version: self.version,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, offer: &Offer) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO offers (tenant_id, offer_id, application_id, job_id, candidate_id, state, terms, terms_version,
                             approvers, round, agreed, contact_name, contact_channel, author, candidate_note, version,
                             create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(tenant)
    .bind(offer.id)
    .bind(offer.application_id)
    .bind(offer.job_id)
    .bind(offer.candidate_id)
    .bind(offer.state as i32)
    .bind(Json(&offer.terms))
    .bind(offer.terms_version)
    .bind(&offer.approvers)
    .bind(offer.round)
    .bind(offer.agreed)
    .bind(&offer.contact_name)
    .bind(&offer.contact_channel)
    .bind(&offer.author)
    .bind(&offer.candidate_note)
    .bind(offer.version)
    .bind(offer.create_time)
    .bind(offer.update_time)
    .execute(tx.conn())
    .await
    .on_constraint(ONE_OPEN, exists)?;
    insert_terms(tx, offer, &Actor::new(&offer.author)).await
}

/// Writes the terms of now down for good.
pub async fn insert_terms(tx: &mut TenantTx, offer: &Offer, actor: &Actor) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO offer_terms (tenant_id, offer_id, terms_version, terms, actor, time) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant)
    .bind(offer.id)
    .bind(offer.terms_version)
    .bind(Json(&offer.terms))
    .bind(actor.as_str())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn get(tx: &mut TenantTx, id: OfferId) -> Result<Offer> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM offers WHERE tenant_id = $1 AND offer_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.offer()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: OfferId) -> Result<Offer> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM offers WHERE tenant_id = $1 AND offer_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.offer()
}

/// As [`lock`], but does not wait for whoever is at it; `None` then, and where there is no such offer.
pub async fn lock_unless_busy(tx: &mut TenantTx, id: OfferId) -> Result<Option<Offer>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM offers WHERE tenant_id = $1 AND offer_id = $2 FOR UPDATE SKIP LOCKED")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::offer).transpose()
}

/// All offers of an application, oldest first, locked.
pub async fn lock_of_application(tx: &mut TenantTx, application: ApplicationId) -> Result<Vec<Offer>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM offers WHERE tenant_id = $1 AND application_id = $2 ORDER BY create_time, offer_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(application)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::offer).collect()
}

/// The last offer of an application that went to the candidate.
pub async fn last_sent(tx: &mut TenantTx, application: ApplicationId) -> Result<Option<Offer>> {
    Ok(all_last_sent(tx, &[application]).await?.remove(&application))
}

/// As [`last_sent`], of each of these applications that has one.
pub async fn all_last_sent(
    tx: &mut TenantTx,
    applications: &[ApplicationId],
) -> Result<BTreeMap<ApplicationId, Offer>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT DISTINCT ON (application_id) * FROM offers
         WHERE tenant_id = $1 AND application_id = ANY ($2) AND send_time IS NOT NULL
         ORDER BY application_id, send_time DESC, offer_id DESC",
    )
    .bind(tenant)
    .bind(applications)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| row.offer().map(|offer| (offer.application_id, offer))).collect()
}

pub async fn update(tx: &mut TenantTx, offer: &Offer) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE offers SET state = $3, terms = $4, terms_version = $5, approvers = $6, round = $7, agreed = $8,
                           contact_name = $9, contact_channel = $10, candidate_note = $11, send_time = $12,
                           message_time = $13, answer_time = $14, version = $15, update_time = $16
         WHERE tenant_id = $1 AND offer_id = $2",
    )
    .bind(tenant)
    .bind(offer.id)
    .bind(offer.state as i32)
    .bind(Json(&offer.terms))
    .bind(offer.terms_version)
    .bind(&offer.approvers)
    .bind(offer.round)
    .bind(offer.agreed)
    .bind(&offer.contact_name)
    .bind(&offer.contact_channel)
    .bind(&offer.candidate_note)
    .bind(offer.send_time)
    .bind(offer.message_time)
    .bind(offer.answer_time)
    .bind(offer.version)
    .bind(offer.update_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes the state after a step, and the step.
pub async fn go(tx: &mut TenantTx, offer: &Offer, step: &Transition) -> Result<()> {
    update(tx, offer).await?;
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO offer_transitions (tenant_id, offer_id, version, from_state, to_state, actor, reason, time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(offer.id)
    .bind(step.version)
    .bind(step.from_state as i32)
    .bind(step.to_state as i32)
    .bind(step.actor.as_str())
    .bind(&step.reason)
    .bind(step.time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn insert_approval(tx: &mut TenantTx, id: OfferId, approval: &Approval) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO offer_approvals (tenant_id, offer_id, round, place, approver, approved, reason, terms_version, time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(id)
    .bind(approval.round)
    .bind(approval.place)
    .bind(&approval.approver)
    .bind(approval.approved)
    .bind(&approval.reason)
    .bind(approval.terms_version)
    .bind(approval.time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An offer's steps, oldest first.
pub async fn transitions(tx: &mut TenantTx, id: OfferId) -> Result<Vec<Transition>> {
    #[derive(FromRow)]
    struct Step {
        version: i64,
        from_state: i16,
        to_state: i16,
        actor: String,
        reason: String,
        time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let steps: Vec<Step> =
        sqlx::query_as("SELECT * FROM offer_transitions WHERE tenant_id = $1 AND offer_id = $2 ORDER BY version")
            .bind(tenant)
            .bind(id)
            .fetch_all(tx.conn())
            .await?;
    let step = |step: Step| {
        Ok(Transition {
            version: step.version,
            from_state: known(step.from_state)?,
            to_state: known(step.to_state)?,
            actor: Actor::new(&step.actor),
            reason: step.reason,
            time: step.time,
        })
    };
    steps.into_iter().map(step).collect()
}

/// What approvers said of an offer, oldest first.
pub async fn approvals(tx: &mut TenantTx, id: OfferId) -> Result<Vec<Approval>> {
    #[derive(FromRow)]
    struct Said {
        round: i32,
        place: i32,
        approver: String,
        approved: bool,
        reason: String,
        terms_version: i32,
        time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let said: Vec<Said> =
        sqlx::query_as("SELECT * FROM offer_approvals WHERE tenant_id = $1 AND offer_id = $2 ORDER BY round, place")
            .bind(tenant)
            .bind(id)
            .fetch_all(tx.conn())
            .await?;
    let approval = |said: Said| Approval {
        round: said.round,
        place: said.place,
        approver: said.approver,
        approved: said.approved,
        reason: said.reason,
        terms_version: said.terms_version,
        time: said.time,
    };
    Ok(said.into_iter().map(approval).collect())
}

/// All terms that an offer has had, oldest first.
pub async fn terms(tx: &mut TenantTx, id: OfferId) -> Result<Vec<TermsVersion>> {
    #[derive(FromRow)]
    struct Had {
        terms_version: i32,
        terms: Json<Terms>,
        actor: String,
        time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let had: Vec<Had> =
        sqlx::query_as("SELECT * FROM offer_terms WHERE tenant_id = $1 AND offer_id = $2 ORDER BY terms_version")
            .bind(tenant)
            .bind(id)
            .fetch_all(tx.conn())
            .await?;
    let version = |had: Had| TermsVersion {
        number: had.terms_version,
        terms: had.terms.0,
        actor: Actor::new(&had.actor),
        time: had.time,
    };
    Ok(had.into_iter().map(version).collect())
}

pub async fn list(
    tx: &mut TenantTx,
    page: &Page,
    application: Option<ApplicationId>,
    state: OfferState,
) -> Result<Vec<Offer>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM offers
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR application_id = $2) AND ($3 = 0 OR state = $3)
           AND ($4::timestamptz IS NULL OR (create_time, offer_id) < ($4, $5))
         ORDER BY create_time DESC, offer_id DESC LIMIT $6",
    )
    .bind(tenant)
    .bind(application)
    .bind(state as i32)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::offer).collect()
}

fn exists() -> Error {
    Error::already_exists("OFFER_EXISTS", "this application has an open offer; change it, or rescind it first")
}

pub fn not_found() -> Error {
    Error::not_found("OFFER_NOT_FOUND", "there is no such offer")
}
