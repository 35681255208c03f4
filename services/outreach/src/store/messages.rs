//! The tables `messages`, `verdicts` and `attempts`, within one tenant.

use chassis::{
    Error, Result, TenantTx,
    wire::{self, Page},
};
use chrono::{DateTime, Utc};
use prost::Message as _;
use sqlx::{FromRow, types::Json};
use usher_proto::outreach::v1::{MessageDraft, MessageState};

use super::known;
use crate::domain::{
    channel::ChannelId,
    message::{ApplicationId, Attempt, CandidateId, InterviewId, Message, MessageId, Verdict},
    route::Way,
};

#[derive(FromRow)]
struct Row {
    message_id: MessageId,
    draft: Vec<u8>,
    state: i16,
    candidate_id: CandidateId,
    application_id: Option<ApplicationId>,
    interview_id: Option<InterviewId>,
    channel: String,
    channel_id: Option<ChannelId>,
    fallbacks: Json<Vec<Way>>,
    language: String,
    template_id: String,
    subject: String,
    text: String,
    traceparent: String,
    tries: i32,
    tries_before: i32,
    in_doubt: bool,
    next_time: DateTime<Utc>,
    create_time: DateTime<Utc>,
    send_time: Option<DateTime<Utc>>,
}

impl Row {
    fn message(self) -> Result<Message> {
        Ok(Message {
            id: self.message_id,
            draft: MessageDraft::decode(self.draft.as_slice())
                .map_err(|error| Error::internal("a kept draft does not decode", &error))?,
            state: known(self.state)?,
            candidate_id: self.candidate_id,
            application_id: self.application_id,
            interview_id: self.interview_id,
            channel: self.channel,
            channel_id: self.channel_id,
            fallbacks: self.fallbacks.0,
            language: self.language,
            template_id: self.template_id,
            subject: self.subject,
            text: self.text,
            traceparent: self.traceparent,
            tries: self.tries,
            tries_before: self.tries_before,
            in_doubt: self.in_doubt,
            next_time: self.next_time,
            create_time: self.create_time,
            send_time: self.send_time,
        })
    }
}

/// Writes a message down; false when its business key is taken.
pub async fn insert(tx: &mut TenantTx, message: &Message) -> Result<bool> {
    let tenant = tx.tenant();
    let addressed: CandidateId = wire::id("draft.candidate_id", &message.draft.candidate_id)?;
    let done = sqlx::query(
        "INSERT INTO messages (tenant_id, message_id, business_key, draft, kind, state, candidate_id, application_id,
                               interview_id, channel, language, template_id, subject, text, traceparent, tries,
                               next_time, enqueue_until, claim_until, create_time, origin_candidate_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, now(), now(), $18,
                 nullif(coalesce((SELECT m.origin_candidate_id FROM moved_applications m
                                  WHERE m.tenant_id = $1 AND m.application_id = $8), $19), $7))
         ON CONFLICT (tenant_id, business_key) DO NOTHING",
    )
    .bind(tenant)
    .bind(message.id)
    .bind(&message.draft.business_key)
    .bind(message.draft.encode_to_vec())
    .bind(message.draft.kind)
    .bind(message.state as i32)
    .bind(message.candidate_id)
    .bind(message.application_id)
    .bind(message.interview_id)
    .bind(&message.channel)
    .bind(&message.language)
    .bind(&message.template_id)
    .bind(&message.subject)
    .bind(&message.text)
    .bind(&message.traceparent)
    .bind(message.tries)
    .bind(message.next_time)
    .bind(message.create_time)
    .bind(addressed)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn by_business_key(tx: &mut TenantTx, key: &str) -> Result<Option<Message>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM messages WHERE tenant_id = $1 AND business_key = $2")
        .bind(tenant)
        .bind(key)
        .fetch_optional(tx.conn())
        .await?;
    row.map(Row::message).transpose()
}

pub async fn get(tx: &mut TenantTx, id: MessageId) -> Result<Message> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM messages WHERE tenant_id = $1 AND message_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.message()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: MessageId) -> Result<Message> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM messages WHERE tenant_id = $1 AND message_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.message()
}

pub async fn update(tx: &mut TenantTx, message: &Message) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE messages SET state = $3, language = $4, template_id = $5, subject = $6, text = $7, tries = $8,
                             next_time = $9, send_time = $10, channel = $11, channel_id = $12, fallbacks = $13,
                             tries_before = $14, in_doubt = $15, enqueue_until = now(), claim_until = now()
         WHERE tenant_id = $1 AND message_id = $2",
    )
    .bind(tenant)
    .bind(message.id)
    .bind(message.state as i32)
    .bind(&message.language)
    .bind(&message.template_id)
    .bind(&message.subject)
    .bind(&message.text)
    .bind(message.tries)
    .bind(message.next_time)
    .bind(message.send_time)
    .bind(&message.channel)
    .bind(message.channel_id)
    .bind(Json(&message.fallbacks))
    .bind(message.tries_before)
    .bind(message.in_doubt)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps verdicts after those that were given before.
pub async fn insert_verdicts(tx: &mut TenantTx, id: MessageId, verdicts: &[Verdict]) -> Result<()> {
    let tenant = tx.tenant();
    let texts = |of: fn(&Verdict) -> &str| verdicts.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO verdicts (tenant_id, message_id, place, gate, passed, reason, detail, time, defer_until)
         SELECT $1, $2, said.place + coalesce((SELECT max(v.place) FROM verdicts v
                                               WHERE v.tenant_id = $1 AND v.message_id = $2), 0),
                said.gate, said.passed, said.reason, said.detail, said.time, said.defer_until
         FROM unnest($3::text[], $4::boolean[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])
              WITH ORDINALITY AS said (gate, passed, reason, detail, time, defer_until, place)",
    )
    .bind(tenant)
    .bind(id)
    .bind(texts(|verdict| &verdict.gate))
    .bind(verdicts.iter().map(|verdict| verdict.passed).collect::<Vec<_>>())
    .bind(texts(|verdict| &verdict.reason))
    .bind(texts(|verdict| &verdict.detail))
    .bind(verdicts.iter().map(|verdict| verdict.time).collect::<Vec<_>>())
    .bind(verdicts.iter().map(|verdict| verdict.defer_until).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn verdicts(tx: &mut TenantTx, id: MessageId) -> Result<Vec<Verdict>> {
    #[derive(FromRow)]
    struct Said {
        gate: String,
        passed: bool,
        reason: String,
        detail: String,
        time: DateTime<Utc>,
        defer_until: Option<DateTime<Utc>>,
    }
    let tenant = tx.tenant();
    let said: Vec<Said> = sqlx::query_as(
        "SELECT gate, passed, reason, detail, time, defer_until FROM verdicts
         WHERE tenant_id = $1 AND message_id = $2 ORDER BY place",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    Ok(said
        .into_iter()
        .map(|said| Verdict {
            gate: said.gate,
            passed: said.passed,
            reason: said.reason,
            detail: said.detail,
            time: said.time,
            defer_until: said.defer_until,
        })
        .collect())
}

/// Ends the try that is under way.
pub async fn end_attempt(tx: &mut TenantTx, id: MessageId, number: i32, error: Option<&str>) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "UPDATE attempts SET end_time = $4, succeeded = $5, error = $6
         WHERE tenant_id = $1 AND message_id = $2 AND number = $3",
    )
    .bind(tenant)
    .bind(id)
    .bind(number)
    .bind(now)
    .bind(error.is_none())
    .bind(error.unwrap_or_default())
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn attempts(tx: &mut TenantTx, id: MessageId) -> Result<Vec<Attempt>> {
    #[derive(FromRow)]
    struct Tried {
        number: i32,
        start_time: DateTime<Utc>,
        end_time: Option<DateTime<Utc>>,
        succeeded: bool,
        error: String,
        channel: String,
    }
    let tenant = tx.tenant();
    let tried: Vec<Tried> = sqlx::query_as(
        "SELECT number, start_time, end_time, succeeded, error, channel FROM attempts
         WHERE tenant_id = $1 AND message_id = $2 ORDER BY number",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    Ok(tried
        .into_iter()
        .map(|tried| Attempt {
            number: tried.number,
            start_time: tried.start_time,
            end_time: tried.end_time,
            succeeded: tried.succeeded,
            error: tried.error,
            channel: tried.channel,
        })
        .collect())
}

pub async fn list(
    tx: &mut TenantTx,
    page: &Page,
    candidate: Option<CandidateId>,
    interview: Option<InterviewId>,
) -> Result<Vec<Message>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM messages
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR candidate_id = $2) AND ($3::uuid IS NULL OR interview_id = $3)
           AND ($4::timestamptz IS NULL OR (create_time, message_id) < ($4, $5))
         ORDER BY create_time DESC, message_id DESC LIMIT $6",
    )
    .bind(tenant)
    .bind(candidate)
    .bind(interview)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::message).collect()
}

/// Whether it still waits to be prepared.
pub fn is_accepted(message: &Message) -> bool {
    message.state == MessageState::Accepted
}

fn not_found() -> Error {
    Error::not_found("MESSAGE_NOT_FOUND", "there is no such message")
}
