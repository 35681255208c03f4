//! Whatever the service keeps about a person, table by table. A new table that holds something about people gets its line
//! here, before those that its rows refer to: it is exported and forgotten by it.

use chassis::{
    Result, TenantTx, subject_table,
    subjects::{Export, Table},
};
use usher_proto::privacy::v1::ErasedStore;

use crate::domain::{
    channel::ChannelId,
    message::{ApplicationId, CandidateId, MessageId},
    reply::{ReplyId, Sender},
};

/// `$2` is the person. What was written for them is theirs, whoever stands for them by now.
const TABLES: &[Table] = &[
    // `replies.txt` tells who wrote them. Those that wait are theirs which came from where they were written to.
    subject_table!(
        "replies",
        without "known_by, sender, sender_hash, settled_by",
        "(candidate_id = $2
          OR message_id IN (SELECT message_id FROM messages
                            WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)
          OR state = 2 AND sender_hash IN (SELECT address_hash FROM messages
                                           WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2))"
    ),
    subject_table!(
        "visits",
        "message_id IN (SELECT message_id FROM messages
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)"
    ),
    subject_table!(
        "attempts",
        "message_id IN (SELECT message_id FROM messages
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)"
    ),
    subject_table!(
        "verdicts",
        "message_id IN (SELECT message_id FROM messages
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)"
    ),
    subject_table!(
        "dead_letters",
        without "priority",
        "message_id IN (SELECT message_id FROM messages
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)"
    ),
    subject_table!(
        "redrives",
        without "actor",
        "message_id IN (SELECT message_id FROM messages
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)"
    ),
    // What is still to be done about a message, which tells itself that it waits.
    subject_table!(
        "open_messages",
        unsaid,
        "message_id IN (SELECT message_id FROM messages
             WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)"
    ),
    subject_table!("suppressions", without "address_hash", "candidate_id = $2"),
    subject_table!("contact_preferences", "candidate_id = $2"),
    subject_table!("contact_leases", "candidate_id = $2"),
    // `drafts.txt` tells what they were made from.
    subject_table!("messages", without "draft, address_hash", "coalesce(origin_candidate_id, candidate_id) = $2"),
    // `channel_addresses.txt` tells them.
    subject_table!("channel_addresses", without "address", "candidate_id = $2"),
    // Whoever stands for a person is in the arm.
    subject_table!("experiment_members", "candidate_id = $2"),
    subject_table!("moved_applications", unsaid, "origin_candidate_id = $2"),
    subject_table!("merged_candidates", unsaid, "(candidate_id = $2 OR survivor_id = $2)"),
];

/// The person's messages, locked, each with whether a worker has it in hand just now.
pub async fn hold(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<(MessageId, bool)>> {
    let tenant = tx.tenant();
    let ids: Vec<MessageId> = sqlx::query_scalar(
        "SELECT message_id FROM messages WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2
         ORDER BY message_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?;
    // Whoever claims passes by what is locked.
    let in_hand: Vec<MessageId> = sqlx::query_scalar(
        "SELECT message_id FROM (
             SELECT message_id, claimed AND lease_until > now() AS in_hand FROM open_messages
             WHERE tenant_id = $1 AND message_id = ANY ($2) ORDER BY message_id FOR UPDATE
         ) open WHERE in_hand",
    )
    .bind(tenant)
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(|id| (id, in_hand.contains(&id))).collect())
}

/// The applications of which they are: those that ats has given to another person, and those of which nobody else got a
/// message. Whoever asks for a message may name any.
pub async fn applications(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ApplicationId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT m.application_id FROM messages m
         WHERE m.tenant_id = $1 AND coalesce(m.origin_candidate_id, m.candidate_id) = $2 AND m.application_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM messages o WHERE o.tenant_id = $1 AND o.application_id = m.application_id
                           AND coalesce(o.origin_candidate_id, o.candidate_id) <> $2)
         UNION SELECT application_id FROM moved_applications WHERE tenant_id = $1 AND origin_candidate_id = $2
         ORDER BY application_id",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?)
}

/// The applications that were made for the person and are another one's.
pub async fn moved_applications(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ApplicationId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT application_id FROM moved_applications WHERE tenant_id = $1 AND origin_candidate_id = $2
         ORDER BY application_id",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?)
}

/// The person's messages.
pub async fn messages(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<MessageId>> {
    let tenant = tx.tenant();
    Ok(sqlx::query_scalar(
        "SELECT message_id FROM messages
         WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2 ORDER BY message_id",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?)
}

/// Where channels reach the person, as far as it was told: the channel, and the address there.
pub async fn addresses(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<(ChannelId, String)>> {
    let mut told = Vec::new();
    for channel in super::channels::known_to(tx, candidate).await? {
        if let Some(address) = super::channels::address(tx, channel, candidate).await? {
            told.push((channel, address));
        }
    }
    Ok(told)
}

/// Tells the rows.
pub async fn export(tx: &mut TenantTx, candidate: CandidateId, out: &mut Export) -> Result<()> {
    chassis::subjects::export(tx, TABLES, candidate.0, out).await
}

/// Forgets the rows.
pub async fn erase(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<ErasedStore>> {
    chassis::subjects::erase(tx, TABLES, candidate.0).await
}

/// Who wrote the replies that are the person's: the reply, and its sender.
pub async fn senders(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<(ReplyId, Sender)>> {
    let tenant = tx.tenant();
    let ids: Vec<ReplyId> = sqlx::query_scalar(
        "SELECT reply_id FROM replies
         WHERE tenant_id = $1 AND sender IS NOT NULL
           AND (candidate_id = $2
                OR message_id IN (SELECT message_id FROM messages
                                  WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2)
                OR state = 2 AND sender_hash IN (SELECT address_hash FROM messages
                                                 WHERE tenant_id = $1 AND coalesce(origin_candidate_id, candidate_id) = $2))
         ORDER BY reply_id",
    )
    .bind(tenant)
    .bind(candidate)
    .fetch_all(tx.conn())
    .await?;
    let mut told = Vec::new();
    for id in ids {
        if let Some(sender) = super::replies::get(tx, id).await?.sender {
            told.push((id, sender));
        }
    }
    Ok(told)
}
