//! The table `messages`, within one tenant.
//!
//! What is to be done about a message stands in `open_messages`, see [`super::queue`]. Whoever locks a message locks its row
//! there after it.

use std::collections::HashSet;

use chassis::{
    Error, Result, TenantTx,
    wire::{self, Page},
};
use chrono::{DateTime, Utc};
use prost::Message as _;
use sqlx::{FromRow, types::Json};
use usher_proto::outreach::v1::{MessageDraft, MessageState};

use super::{known, queue};
use crate::domain::{
    channel::ChannelId,
    experiment::ExperimentId,
    message::{ApplicationId, CandidateId, InterviewId, Message, MessageId},
    priority::Priority,
    route::Way,
};

/// Messages with where they stand in the queue.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.*, o.priority, o.tries AS open_tries, o.next_time AS open_time, coalesce(o.claimed, false) AS claimed
             FROM messages m LEFT JOIN open_messages o ON o.tenant_id = m.tenant_id AND o.message_id = m.message_id ",
            $rest
        )
    };
}

#[derive(FromRow)]
pub(super) struct Row {
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
    experiment_id: Option<ExperimentId>,
    arm: String,
    subject: String,
    text: String,
    traceparent: String,
    tries: i32,
    tries_before: i32,
    in_doubt: bool,
    next_time: DateTime<Utc>,
    create_time: DateTime<Utc>,
    send_time: Option<DateTime<Utc>>,
    priority: Option<i16>,
    open_tries: Option<i32>,
    open_time: Option<DateTime<Utc>>,
    claimed: bool,
}

impl Row {
    pub(super) fn message(self) -> Result<Message> {
        let state = known(self.state)?;
        Ok(Message {
            id: self.message_id,
            draft: MessageDraft::decode(self.draft.as_slice())
                .map_err(|error| Error::internal("a kept draft does not decode", &error))?,
            state: if state == MessageState::Queued && self.claimed { MessageState::Sending } else { state },
            candidate_id: self.candidate_id,
            application_id: self.application_id,
            interview_id: self.interview_id,
            channel: self.channel,
            channel_id: self.channel_id,
            fallbacks: self.fallbacks.0,
            priority: self.priority.map_or(Priority::Normal, Priority::known),
            language: self.language,
            template_id: self.template_id,
            experiment_id: self.experiment_id,
            arm: self.arm,
            subject: self.subject,
            text: self.text,
            traceparent: self.traceparent,
            tries: self.open_tries.unwrap_or(self.tries),
            tries_before: self.tries_before,
            in_doubt: self.in_doubt,
            next_time: self.open_time.unwrap_or(self.next_time),
            create_time: self.create_time,
            send_time: self.send_time,
        })
    }
}

/// What is noted on a message beside itself: who wrote it by hand, and where it is to go, as a keyed hash.
#[derive(Debug, Clone, Default)]
pub struct Note {
    pub sender: String,
    pub address_hash: Option<Vec<u8>>,
}

/// Writes a message down; false when its business key is taken.
pub async fn insert(tx: &mut TenantTx, message: &Message) -> Result<bool> {
    let notes = [Note::default()];
    Ok(!insert_all(tx, std::slice::from_ref(message), &notes, &HashSet::new()).await?.is_empty())
}

/// The channels that are left to messages, as they are kept.
fn fallbacks(messages: &[Message]) -> Result<Vec<String>> {
    let text = |message: &Message| serde_json::to_string(&message.fallbacks);
    let texts: Result<Vec<String>, serde_json::Error> = messages.iter().map(text).collect();
    texts.map_err(|error| Error::internal("ways out can not be written", &error))
}

/// Writes messages down in one statement, in the order of their keys, so that two who write the same do not wait for each
/// other. The answer is those whose business key was free. Of `told` ones Redis is told by whoever writes them.
pub async fn insert_all(
    tx: &mut TenantTx,
    messages: &[Message],
    notes: &[Note],
    told: &HashSet<MessageId>,
) -> Result<HashSet<MessageId>> {
    let fallbacks = fallbacks(messages)?;
    let (tenant, now) = (tx.tenant(), tx.now());
    let addressed: Vec<CandidateId> = messages
        .iter()
        .map(|message| wire::id("draft.candidate_id", &message.draft.candidate_id))
        .collect::<Result<_>>()?;
    let column = queue::Columns::of(messages, told);
    let fresh: Vec<MessageId> = sqlx::query_scalar(
        "WITH said AS (
             SELECT * FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::int[], $7::int[], $8::uuid[], $9::uuid[], $10::uuid[],
                                  $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                                  $17::timestamptz[], $18::uuid[], $19::smallint[], $20::smallint[], $21::timestamptz[],
                                  $22::uuid[], $23::text[], $24::text[], $25::bytea[], $26::uuid[], $27::text[])
                 AS said (id, key, draft, kind, state, candidate, application, interview, channel, language, template,
                          subject, text, traceparent, next_time, addressed, step, priority, create_time, channel_id,
                          fallbacks, sender, address_hash, experiment_id, arm)
         ),
         fresh AS (
             INSERT INTO messages (tenant_id, message_id, business_key, draft, kind, state, candidate_id, application_id,
                                   interview_id, channel, language, template_id, subject, text, traceparent, tries,
                                   next_time, create_time, channel_id, fallbacks, sender, address_hash, experiment_id,
                                   arm, origin_candidate_id)
             SELECT $1, id, key, draft, kind, state, candidate, application, interview, channel, language, template, subject,
                    text, traceparent, 0, next_time, create_time, channel_id, fallbacks::jsonb, sender, address_hash,
                    experiment_id, arm,
                    nullif(coalesce((SELECT a.origin_candidate_id FROM moved_applications a
                                     WHERE a.tenant_id = $1 AND a.application_id = application), addressed), candidate)
             FROM said ORDER BY key
             ON CONFLICT (tenant_id, business_key) DO NOTHING
             RETURNING message_id
         ),
         placed AS (
             INSERT INTO open_messages (tenant_id, message_id, step, channel, priority, next_time, lease_until)
             SELECT $1, id, step, channel, priority, next_time,
                    now() + CASE step WHEN 3 THEN make_interval(secs => $2) ELSE interval '0' END
             FROM said JOIN fresh ON fresh.message_id = said.id
         )
         SELECT message_id FROM fresh",
    )
    .bind(tenant)
    .bind(queue::TRUST_SECONDS)
    .bind(&column.ids)
    .bind(messages.iter().map(|message| message.draft.business_key.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.draft.encode_to_vec()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.draft.kind).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.state as i32).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.candidate_id).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.application_id).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.interview_id).collect::<Vec<_>>())
    .bind(&column.channels)
    .bind(messages.iter().map(|message| message.language.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.template_id.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.subject.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.traceparent.as_str()).collect::<Vec<_>>())
    .bind(&column.times)
    .bind(&addressed)
    .bind(&column.steps)
    .bind(&column.priorities)
    .bind(vec![now; messages.len()])
    .bind(messages.iter().map(|message| message.channel_id).collect::<Vec<_>>())
    .bind(&fallbacks)
    .bind(notes.iter().map(|note| note.sender.as_str()).collect::<Vec<_>>())
    .bind(notes.iter().map(|note| note.address_hash.as_deref()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.experiment_id).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.arm.as_str()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(fresh.into_iter().collect())
}

pub async fn by_business_key(tx: &mut TenantTx, key: &str) -> Result<Option<Message>> {
    Ok(by_business_keys(tx, &[key]).await?.into_iter().next())
}

/// The messages that these keys stand for.
pub async fn by_business_keys(tx: &mut TenantTx, keys: &[&str]) -> Result<Vec<Message>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(select!("WHERE m.tenant_id = $1 AND m.business_key = ANY ($2)"))
        .bind(tenant)
        .bind(keys)
        .fetch_all(tx.conn())
        .await?;
    rows.into_iter().map(Row::message).collect()
}

pub async fn get(tx: &mut TenantTx, id: MessageId) -> Result<Message> {
    of(tx, &[id]).await?.into_iter().next().ok_or_else(not_found)
}

/// The messages of these ids, those that there are.
pub async fn of(tx: &mut TenantTx, ids: &[MessageId]) -> Result<Vec<Message>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(select!("WHERE m.tenant_id = $1 AND m.message_id = ANY ($2)"))
        .bind(tenant)
        .bind(ids)
        .fetch_all(tx.conn())
        .await?;
    rows.into_iter().map(Row::message).collect()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: MessageId) -> Result<Message> {
    lock_all(tx, &[id]).await?.into_iter().next().ok_or_else(not_found)
}

/// As [`of`], and nobody else changes them, or claims one, before this transaction ends.
pub async fn lock_all(tx: &mut TenantTx, ids: &[MessageId]) -> Result<Vec<Message>> {
    hold(tx, ids).await?;
    of(tx, ids).await
}

/// Nobody else changes these, or claims one, before this transaction ends. What is read after it is what holds: a statement
/// that waits for a lock and reads another table sees that one as it was before.
pub(super) async fn hold(tx: &mut TenantTx, ids: &[MessageId]) -> Result<()> {
    let tenant = tx.tenant();
    for sql in [
        "SELECT FROM messages WHERE tenant_id = $1 AND message_id = ANY ($2) ORDER BY message_id FOR UPDATE",
        "SELECT FROM open_messages WHERE tenant_id = $1 AND message_id = ANY ($2) ORDER BY message_id FOR UPDATE",
    ] {
        sqlx::query(sql).bind(tenant).bind(ids).execute(tx.conn()).await?;
    }
    Ok(())
}

pub async fn update(tx: &mut TenantTx, message: &Message) -> Result<()> {
    update_all(tx, std::slice::from_ref(message)).await
}

/// Keeps what messages are now, and with it whether somebody still has to work on them. They are locked.
pub async fn update_all(tx: &mut TenantTx, messages: &[Message]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE messages m SET state = said.state, language = said.language, template_id = said.template,
             subject = said.subject, text = said.text, tries = said.tries, next_time = said.next_time,
             send_time = said.send_time, channel = said.channel, channel_id = said.channel_id,
             fallbacks = said.fallbacks::jsonb, tries_before = said.tries_before, in_doubt = said.in_doubt,
             experiment_id = said.experiment_id, arm = said.arm
         FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::timestamptz[],
                     $10::timestamptz[], $11::text[], $12::uuid[], $13::text[], $14::int[], $15::bool[], $16::uuid[],
                     $17::text[])
             AS said (id, state, language, template, subject, text, tries, next_time, send_time, channel, channel_id,
                      fallbacks, tries_before, in_doubt, experiment_id, arm)
         WHERE m.tenant_id = $1 AND m.message_id = said.id",
    )
    .bind(tenant)
    .bind(messages.iter().map(|message| message.id).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| kept(message.state) as i32).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.language.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.template_id.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.subject.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.tries).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.next_time).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.send_time).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.channel.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.channel_id).collect::<Vec<_>>())
    .bind(fallbacks(messages)?)
    .bind(messages.iter().map(|message| message.tries_before).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.in_doubt).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.experiment_id).collect::<Vec<_>>())
    .bind(messages.iter().map(|message| message.arm.as_str()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    queue::place(tx, messages).await
}

/// That a worker has a message stands in `open_messages` alone.
fn kept(state: MessageState) -> MessageState {
    if state == MessageState::Sending { MessageState::Queued } else { state }
}

pub async fn list(
    tx: &mut TenantTx,
    page: &Page,
    candidate: Option<CandidateId>,
    interview: Option<InterviewId>,
) -> Result<Vec<Message>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE m.tenant_id = $1 AND ($2::uuid IS NULL OR m.candidate_id = $2) AND ($3::uuid IS NULL OR m.interview_id = $3)
           AND ($4::timestamptz IS NULL OR (m.create_time, m.message_id) < ($4, $5))
         ORDER BY m.create_time DESC, m.message_id DESC LIMIT $6"
    ))
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
