//! The table `replies`. Who wrote one stands in it sealed; whose it is where it answers a message, only with the message.

use chassis::{Error, Result, SystemTx, TenantTx, error::OnConstraint as _, wire::Page};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::outreach::v1::{ReplyIntent, ReplyKind};

use super::known;
use crate::domain::{
    message::{ApplicationId, CandidateId, InterviewId, MessageId},
    reply::{Reply, ReplyId, Sender, Settled},
};

/// Replies with whose they are.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.*, m.application_id, m.interview_id, coalesce(m.candidate_id, r.candidate_id) AS whose
             FROM replies r LEFT JOIN messages m ON m.tenant_id = r.tenant_id AND m.message_id = r.message_id ",
            $rest
        )
    };
}

#[derive(FromRow)]
struct Row {
    reply_id: ReplyId,
    known_by: Vec<u8>,
    state: i16,
    kind: i16,
    matched: i16,
    channel: String,
    message_id: Option<MessageId>,
    whose: Option<CandidateId>,
    application_id: Option<ApplicationId>,
    interview_id: Option<InterviewId>,
    subject: String,
    text: String,
    intent: i16,
    confidence: f64,
    quote: String,
    also: Vec<i32>,
    evidence: Vec<String>,
    outcome: i16,
    status: String,
    sender: Option<Vec<u8>>,
    sender_hash: Option<Vec<u8>>,
    from_reader: bool,
    rfc_message_id: String,
    receive_time: DateTime<Utc>,
    settled_by: String,
    settle_time: Option<DateTime<Utc>>,
    settle_reason: String,
}

impl Row {
    fn reply(self, tx: &TenantTx) -> Result<Reply> {
        let sender = self.sender.map(|sealed| opened(tx, self.reply_id, &sealed)).transpose()?;
        let (by, reason) = (self.settled_by, self.settle_reason);
        Ok(Reply {
            id: self.reply_id,
            known_by: self.known_by,
            state: known(self.state)?,
            kind: known(self.kind)?,
            matched: known(self.matched)?,
            channel: self.channel,
            message_id: self.message_id,
            candidate_id: self.whose,
            application_id: self.application_id,
            interview_id: self.interview_id,
            subject: self.subject,
            text: self.text,
            intent: known(self.intent)?,
            confidence: self.confidence,
            quote: self.quote,
            also: self.also.into_iter().filter_map(|number| ReplyIntent::try_from(number).ok()).collect(),
            evidence: self.evidence,
            outcome: known(self.outcome)?,
            status: self.status,
            sender,
            address_hash: self.sender_hash,
            from_reader: self.from_reader,
            rfc_message_id: self.rfc_message_id,
            receive_time: self.receive_time,
            settled: self.settle_time.map(|time| Settled { by, time, reason }),
        })
    }
}

/// Name and address with a line end between, which neither has.
fn sealed(tx: &TenantTx, id: ReplyId, sender: &Sender) -> Result<Vec<u8>> {
    let line = |text: &str| text.replace(['\r', '\n'], " ");
    let text = format!("{}\n{}", line(&sender.name), line(&sender.address));
    tx.vault().seal(text.as_bytes(), context(tx, id).as_bytes())
}

fn opened(tx: &TenantTx, id: ReplyId, sealed: &[u8]) -> Result<Sender> {
    let bytes = tx.vault().open(sealed, context(tx, id).as_bytes())?;
    let text =
        String::from_utf8(bytes).map_err(|error| Error::internal("a sealed text is none", &error.utf8_error()))?;
    let (name, address) = text.split_once('\n').unwrap_or((&text, ""));
    Ok(Sender { name: name.to_owned(), address: address.to_owned() })
}

fn context(tx: &TenantTx, id: ReplyId) -> String {
    format!("outreach: the sender of {id} of {}", tx.tenant())
}

/// Writes one down; false when it is known already. Errors: `ABORTED` (`MESSAGE_FORGOTTEN`) when its message goes at the same
/// time.
pub async fn insert(tx: &mut TenantTx, reply: &Reply) -> Result<bool> {
    let tenant = tx.tenant();
    let sender = reply.sender.as_ref().map(|sender| sealed(tx, reply.id, sender)).transpose()?;
    let settled = reply.settled.as_ref();
    let done = sqlx::query(
        "INSERT INTO replies (tenant_id, reply_id, known_by, state, kind, matched, channel, message_id, candidate_id, subject,
                              text, intent, confidence, quote, also, evidence, outcome, status, sender, sender_hash,
                              from_reader, rfc_message_id, receive_time, settled_by, settle_time, settle_reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                 $24, $25, $26)
         ON CONFLICT (tenant_id, known_by) DO NOTHING",
    )
    .bind(tenant)
    .bind(reply.id)
    .bind(&reply.known_by)
    .bind(i32::from(reply.state))
    .bind(i32::from(reply.kind))
    .bind(i32::from(reply.matched))
    .bind(&reply.channel)
    .bind(reply.message_id)
    .bind(reply.candidate_id.filter(|_| reply.message_id.is_none()))
    .bind(&reply.subject)
    .bind(&reply.text)
    .bind(i32::from(reply.intent))
    .bind(reply.confidence)
    .bind(&reply.quote)
    .bind(reply.also.iter().map(|intent| i32::from(*intent)).collect::<Vec<_>>())
    .bind(&reply.evidence)
    .bind(i32::from(reply.outcome))
    .bind(&reply.status)
    .bind(sender)
    .bind(&reply.address_hash)
    .bind(reply.from_reader)
    .bind(&reply.rfc_message_id)
    .bind(reply.receive_time)
    .bind(settled.map(|settled| settled.by.as_str()).unwrap_or_default())
    .bind(settled.map(|settled| settled.time))
    .bind(settled.map(|settled| settled.reason.as_str()).unwrap_or_default())
    .execute(tx.conn())
    .await
    .on_constraint("replies_tenant_id_message_id_fkey", || {
        Error::aborted("MESSAGE_FORGOTTEN", "the message that it answers was forgotten just now")
    })?;
    Ok(done.rows_affected() == 1)
}

/// Keeps what was said of one that waited.
pub async fn settle(tx: &mut TenantTx, reply: &Reply) -> Result<()> {
    let tenant = tx.tenant();
    let sender = reply.sender.as_ref().map(|sender| sealed(tx, reply.id, sender)).transpose()?;
    let settled = reply.settled.as_ref();
    sqlx::query(
        "UPDATE replies SET state = $3, matched = $4, message_id = $5, candidate_id = $6, subject = $7, text = $8,
             confidence = $9, quote = $10, evidence = $11, outcome = $12, sender = $13, sender_hash = $14, from_reader = $15,
             rfc_message_id = $16, settled_by = $17, settle_time = $18, settle_reason = $19
         WHERE tenant_id = $1 AND reply_id = $2",
    )
    .bind(tenant)
    .bind(reply.id)
    .bind(i32::from(reply.state))
    .bind(i32::from(reply.matched))
    .bind(reply.message_id)
    .bind(reply.candidate_id.filter(|_| reply.message_id.is_none()))
    .bind(&reply.subject)
    .bind(&reply.text)
    .bind(reply.confidence)
    .bind(&reply.quote)
    .bind(&reply.evidence)
    .bind(i32::from(reply.outcome))
    .bind(sender)
    .bind(&reply.address_hash)
    .bind(reply.from_reader)
    .bind(&reply.rfc_message_id)
    .bind(settled.map(|settled| settled.by.as_str()).unwrap_or_default())
    .bind(settled.map(|settled| settled.time))
    .bind(settled.map(|settled| settled.reason.as_str()).unwrap_or_default())
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn get(tx: &mut TenantTx, id: ReplyId) -> Result<Reply> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(select!("WHERE r.tenant_id = $1 AND r.reply_id = $2"))
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.reply(tx)
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: ReplyId) -> Result<Reply> {
    let tenant = tx.tenant();
    sqlx::query("SELECT FROM replies WHERE tenant_id = $1 AND reply_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id)
        .execute(tx.conn())
        .await?;
    get(tx, id).await
}

/// The one that is known by that, where there is one.
pub async fn known_by(tx: &mut TenantTx, key: &[u8]) -> Result<Option<Reply>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(select!("WHERE r.tenant_id = $1 AND r.known_by = $2"))
        .bind(tenant)
        .bind(key)
        .fetch_optional(tx.conn())
        .await?;
    row.map(|row| row.reply(tx)).transpose()
}

/// Where a message went, as a keyed hash.
pub async fn went_to(tx: &mut TenantTx, message: MessageId) -> Result<Option<Vec<u8>>> {
    let tenant = tx.tenant();
    let hash: Option<Option<Vec<u8>>> =
        sqlx::query_scalar("SELECT address_hash FROM messages WHERE tenant_id = $1 AND message_id = $2")
            .bind(tenant)
            .bind(message)
            .fetch_optional(tx.conn())
            .await?;
    Ok(hash.flatten())
}

/// Which of them a list shows. What is none restricts nothing; `Unspecified` means any.
#[derive(Debug)]
pub struct Filter {
    pub people: Option<Vec<CandidateId>>,
    pub message: Option<MessageId>,
    pub application: Option<ApplicationId>,
    pub intent: ReplyIntent,
    pub kind: ReplyKind,
}

/// Those of which it is known whose they are, newest first.
pub async fn list(tx: &mut TenantTx, page: &Page, filter: &Filter) -> Result<Vec<Reply>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE r.tenant_id = $1 AND r.state = 1
           AND ($2::uuid[] IS NULL OR coalesce(m.candidate_id, r.candidate_id) = ANY ($2))
           AND ($3::uuid IS NULL OR r.message_id = $3) AND ($4::uuid IS NULL OR m.application_id = $4)
           AND ($5 = 0 OR r.intent = $5) AND ($6 = 0 OR r.kind = $6)
           AND ($7::timestamptz IS NULL OR (r.receive_time, r.reply_id) < ($7, $8))
         ORDER BY r.receive_time DESC, r.reply_id DESC LIMIT $9"
    ))
    .bind(tenant)
    .bind(&filter.people)
    .bind(filter.message)
    .bind(filter.application)
    .bind(i32::from(filter.intent))
    .bind(i32::from(filter.kind))
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| row.reply(tx)).collect()
}

/// Those that wait until somebody says whose they are, oldest first.
pub async fn waiting(tx: &mut TenantTx, page: &Page) -> Result<Vec<Reply>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE r.tenant_id = $1 AND r.state = 2 AND ($2::timestamptz IS NULL OR (r.receive_time, r.reply_id) > ($2, $3))
         ORDER BY r.receive_time, r.reply_id LIMIT $4"
    ))
    .bind(tenant)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| row.reply(tx)).collect()
}

/// Puts aside, and forgets the words of, what has waited since before then; whoever does so says why. Says how many.
pub async fn dismiss_old(tx: &mut SystemTx, before: DateTime<Utc>, by: &str, reason: &str) -> Result<u64> {
    let now = tx.now();
    let done = sqlx::query(
        "UPDATE replies SET state = 3, subject = '', text = '', quote = '', evidence = '{}', sender = NULL,
             sender_hash = NULL, rfc_message_id = '', settled_by = $2, settle_time = $3, settle_reason = $4
         WHERE state = 2 AND receive_time < $1",
    )
    .bind(before)
    .bind(by)
    .bind(now)
    .bind(reason)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

fn not_found() -> Error {
    Error::not_found("REPLY_NOT_FOUND", "there is no such reply")
}
