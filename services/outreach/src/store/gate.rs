//! What the contact gates go by, for many messages in a few statements, and what they write on messages.
//!
//! People who were merged count as one: what is kept of any of them is kept of whoever stands for them. Nothing is moved for
//! it, so that each has their own again when they are parted.

use std::collections::{BTreeSet, HashMap};

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{known, leases, messages::Note};
use crate::domain::{
    gate::{
        Standing,
        frequency::{self, Contacts},
        nature,
        preference::Wish,
        suppression::Suppression,
    },
    message::{CandidateId, MessageId},
};

/// So many messages of one person are looked at: no cap is larger, so there is nothing more to be known.
const LOOKED_AT: u32 = 1_000;

/// Of whom, and of which address, a standing is wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub candidate: CandidateId,
    pub address_hash: Option<Vec<u8>>,
}

/// How people stand, in the order in which they are asked for.
pub async fn standings(tx: &mut TenantTx, wanted: &[Wanted]) -> Result<Vec<Standing>> {
    let people: Vec<CandidateId> = wanted.iter().map(|one| one.candidate).collect();
    let (asked, parts) = parts(tx, &people).await?;
    let mut by_person: HashMap<CandidateId, Standing> = HashMap::new();
    for (candidate, suppression) in of_people(tx, &asked, &parts).await? {
        by_person.entry(candidate).or_default().suppressions.push(suppression);
    }
    for (candidate, wish) in wishes(tx, &asked, &parts).await? {
        by_person.entry(candidate).or_default().wishes.0.push(wish);
    }
    for (candidate, lease) in held(tx, &asked, &parts).await? {
        by_person.entry(candidate).or_default().lease = Some(lease);
    }
    let hashes: Vec<&[u8]> = wanted.iter().filter_map(|one| one.address_hash.as_deref()).collect();
    let bounced = of_addresses(tx, &hashes).await?;
    Ok(wanted
        .iter()
        .map(|one| {
            let mut standing = by_person.get(&one.candidate).cloned().unwrap_or_default();
            let bounce = one.address_hash.as_ref().and_then(|hash| bounced.get(hash));
            standing.suppressions.extend(bounce.cloned());
            standing
        })
        .collect())
}

/// Each of the people with everybody who is part of them, themselves too: as pairs.
async fn parts(tx: &mut TenantTx, people: &[CandidateId]) -> Result<(Vec<CandidateId>, Vec<CandidateId>)> {
    let tenant = tx.tenant();
    let pairs: Vec<(CandidateId, CandidateId)> = sqlx::query_as(
        "WITH RECURSIVE parts (asked, id) AS (
             SELECT DISTINCT id, id FROM unnest($2::uuid[]) AS id
             UNION SELECT parts.asked, m.candidate_id FROM parts
             JOIN merged_candidates m ON m.tenant_id = $1 AND m.survivor_id = parts.id
         )
         SELECT asked, id FROM parts",
    )
    .bind(tenant)
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    Ok(pairs.into_iter().unzip())
}

#[derive(FromRow)]
struct Suppressed {
    kind: i16,
    channel: String,
    purpose: i16,
    create_time: DateTime<Utc>,
}

impl Suppressed {
    fn suppression(self) -> Result<Suppression> {
        Ok(Suppression {
            kind: known(self.kind)?,
            channel: self.channel,
            purpose: known(self.purpose)?,
            since: self.create_time,
        })
    }
}

async fn of_people(
    tx: &mut TenantTx,
    asked: &[CandidateId],
    parts: &[CandidateId],
) -> Result<Vec<(CandidateId, Suppression)>> {
    #[derive(FromRow)]
    struct Row {
        asked: CandidateId,
        #[sqlx(flatten)]
        rest: Suppressed,
    }
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.asked, s.kind, s.channel, s.purpose, s.create_time
         FROM unnest($2::uuid[], $3::uuid[]) AS p (asked, id)
         JOIN suppressions s ON s.tenant_id = $1 AND s.candidate_id = p.id
         WHERE s.lift_time IS NULL AND s.kind <> 1 ORDER BY s.create_time, s.suppression_id",
    )
    .bind(tenant)
    .bind(asked)
    .bind(parts)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.asked, row.rest.suppression()?))).collect()
}

async fn of_addresses(tx: &mut TenantTx, hashes: &[&[u8]]) -> Result<HashMap<Vec<u8>, Suppression>> {
    #[derive(FromRow)]
    struct Row {
        address_hash: Vec<u8>,
        #[sqlx(flatten)]
        rest: Suppressed,
    }
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT address_hash, kind, channel, purpose, create_time FROM suppressions
         WHERE tenant_id = $1 AND address_hash = ANY ($2) AND lift_time IS NULL AND kind = 1",
    )
    .bind(tenant)
    .bind(hashes)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.address_hash, row.rest.suppression()?))).collect()
}

async fn wishes(tx: &mut TenantTx, asked: &[CandidateId], parts: &[CandidateId]) -> Result<Vec<(CandidateId, Wish)>> {
    #[derive(FromRow)]
    struct Row {
        asked: CandidateId,
        purpose: i16,
        channel: String,
        allowed: bool,
        create_time: DateTime<Utc>,
        actor: String,
    }
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT DISTINCT ON (p.asked, w.purpose, w.channel) p.asked, w.purpose, w.channel, w.allowed, w.create_time, w.actor
         FROM unnest($2::uuid[], $3::uuid[]) AS p (asked, id)
         JOIN contact_preferences w ON w.tenant_id = $1 AND w.candidate_id = p.id
         ORDER BY p.asked, w.purpose, w.channel, w.create_time DESC, w.preference_id DESC",
    )
    .bind(tenant)
    .bind(asked)
    .bind(parts)
    .fetch_all(tx.conn())
    .await?;
    let wish = |row: Row| {
        let purpose = known(row.purpose)?;
        let wish =
            Wish { purpose, channel: row.channel, allowed: row.allowed, time: row.create_time, actor: row.actor };
        Ok((row.asked, wish))
    };
    rows.into_iter().map(wish).collect()
}

/// Whoever has had a person for longest of those who have them now.
async fn held(
    tx: &mut TenantTx,
    asked: &[CandidateId],
    parts: &[CandidateId],
) -> Result<Vec<(CandidateId, crate::domain::gate::lease::Lease)>> {
    #[derive(FromRow)]
    struct Held {
        asked: CandidateId,
        #[sqlx(flatten)]
        lease: leases::Row,
    }
    let (tenant, now) = (tx.tenant(), tx.now());
    let rows: Vec<Held> = sqlx::query_as(
        "SELECT DISTINCT ON (p.asked) p.asked, l.* FROM unnest($2::uuid[], $3::uuid[]) AS p (asked, id)
         JOIN contact_leases l ON l.tenant_id = $1 AND l.candidate_id = p.id
         WHERE l.end_time IS NULL AND l.expire_time > $4
         ORDER BY p.asked, l.start_time, l.lease_id",
    )
    .bind(tenant)
    .bind(asked)
    .bind(parts)
    .bind(now)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.asked, row.lease.lease()?))).collect()
}

/// When people were written to lately, and are to be, as far as it matters for such messages. For those of `alone`, who get
/// what nobody asked for, nobody else is answered before this transaction ends, so that two programs at once do not both find
/// room for one more.
pub async fn contacts(
    tx: &mut TenantTx,
    people: &[CandidateId],
    alone: &BTreeSet<CandidateId>,
    safety_per_day: u32,
) -> Result<HashMap<CandidateId, Contacts>> {
    let (tenant, now) = (tx.tenant(), tx.now());
    if !alone.is_empty() {
        let locks: Vec<String> = alone.iter().map(|candidate| format!("{tenant}/{candidate}")).collect();
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended(name, 9)) FROM unnest($1::text[]) AS name")
            .bind(locks)
            .execute(tx.conn())
            .await?;
    }
    let far = |candidate: &CandidateId| {
        if alone.contains(candidate) {
            (now - frequency::LONGEST, i64::from(LOOKED_AT))
        } else {
            (now - frequency::DAY, i64::from(safety_per_day))
        }
    };
    let kinds: Vec<i32> = nature::MARKETING.iter().map(|kind| i32::from(*kind)).collect();
    let asked: Vec<CandidateId> = people.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let (since, most): (Vec<DateTime<Utc>>, Vec<i64>) = asked.iter().map(far).unzip();
    let times: Vec<(CandidateId, DateTime<Utc>, bool)> = sqlx::query_as(
        "SELECT asked.id, found.contact_time, found.is_marketing
         FROM unnest($2::uuid[], $3::timestamptz[], $4::bigint[]) AS asked (id, since, most)
         CROSS JOIN LATERAL (
             SELECT coalesce(send_time, next_time) AS contact_time, kind = ANY ($5) AS is_marketing FROM messages
             WHERE tenant_id = $1 AND candidate_id = asked.id AND state IN (2, 3, 4)
               AND coalesce(send_time, next_time) > asked.since
             ORDER BY coalesce(send_time, next_time) DESC LIMIT asked.most
         ) found ORDER BY found.contact_time DESC",
    )
    .bind(tenant)
    .bind(asked)
    .bind(since)
    .bind(most)
    .bind(kinds)
    .fetch_all(tx.conn())
    .await?;
    let mut contacts: HashMap<CandidateId, Contacts> = HashMap::new();
    for (candidate, time, is_marketing) in times {
        let known = contacts.entry(candidate).or_default();
        known.all.push(time);
        if is_marketing {
            known.marketing.push(time);
        }
    }
    Ok(contacts)
}

/// What is noted on messages: who wrote them by hand, and where they were to go.
pub async fn notes(tx: &mut TenantTx, messages: &[MessageId]) -> Result<HashMap<MessageId, (String, Option<Vec<u8>>)>> {
    let tenant = tx.tenant();
    let rows: Vec<(MessageId, String, Option<Vec<u8>>)> = sqlx::query_as(
        "SELECT message_id, sender, address_hash FROM messages WHERE tenant_id = $1 AND message_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(messages)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id, sender, hash)| (id, (sender, hash))).collect())
}

/// Notes them on one.
pub async fn note(tx: &mut TenantTx, message: MessageId, sender: &str, address_hash: Option<&[u8]>) -> Result<()> {
    note_all(tx, &[(message, Note { sender: sender.to_owned(), address_hash: address_hash.map(<[u8]>::to_vec) })]).await
}

/// Notes them on many.
pub async fn note_all(tx: &mut TenantTx, notes: &[(MessageId, Note)]) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE messages m SET sender = said.sender, address_hash = said.address_hash
         FROM unnest($2::uuid[], $3::text[], $4::bytea[]) AS said (id, sender, address_hash)
         WHERE m.tenant_id = $1 AND m.message_id = said.id",
    )
    .bind(tenant)
    .bind(notes.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(notes.iter().map(|(_, note)| note.sender.as_str()).collect::<Vec<_>>())
    .bind(notes.iter().map(|(_, note)| note.address_hash.as_deref()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}
