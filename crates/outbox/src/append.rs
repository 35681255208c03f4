//! Writing an event in the transaction that does the thing, so that there is never one without the other.

use std::fmt::Display;

use chassis::{Result, TenantId, TenantTx, telemetry};
use prost::{Message, Name};
use uuid::Uuid;

/// The shard that a tenant's events go to: FNV-1a over the id's bytes, so that every program and every version agrees.
pub fn shard_of(tenant: TenantId, shards: u16) -> u16 {
    let hash = tenant
        .0
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    // A remainder of a u16 is a u16.
    u16::try_from(hash % u64::from(shards.max(1))).unwrap_or_default()
}

/// Says that something happened. `subject` is the id of the thing it happened to; events of one subject stay in order
/// when their writers lock it. The answer is the event's id.
pub async fn append<E: Message + Name>(tx: &mut TenantTx, subject: impl Display, event: &E) -> Result<Uuid> {
    let ids = append_all(tx, &[(subject, event)]).await?;
    Ok(ids.into_iter().next().unwrap_or_default())
}

/// Says many things of one kind in one statement.
pub async fn append_all<S: Display, E: Message + Name>(tx: &mut TenantTx, events: &[(S, &E)]) -> Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = events.iter().map(|_| Uuid::now_v7()).collect();
    let Some(last) = ids.last().copied() else { return Ok(ids) };
    let subjects: Vec<String> = events.iter().map(|(subject, _)| subject.to_string()).collect();
    let data: Vec<Vec<u8>> = events.iter().map(|(_, event)| event.encode_to_vec()).collect();
    let (tenant, now) = (tx.tenant(), tx.now());
    // The shard is chosen by the number of heads, which is fixed when the log begins; see `sequencer`. Until then the
    // hash is kept as it is and taken by the first numbering.
    sqlx::query(
        "INSERT INTO outbox (tenant_id, event_id, shard, type, subject, time, traceparent, data)
         SELECT $1, said.id, $2, $3, said.subject, $4, $5, said.data
         FROM unnest($6::uuid[], $7::text[], $8::bytea[]) WITH ORDINALITY AS said (id, subject, data, place)
         ORDER BY said.place",
    )
    .bind(tenant)
    .bind(wide_shard(tenant))
    .bind(E::full_name())
    .bind(now)
    .bind(telemetry::traceparent())
    .bind(&ids)
    .bind(&subjects)
    .bind(&data)
    .execute(tx.conn())
    .await?;
    tx.note_appended(last);
    Ok(ids)
}

/// The tenant's shard among 32,768, of which the sequencer takes the remainder by the number of shards there are. So a
/// writer need not know that number.
fn wide_shard(tenant: TenantId) -> i16 {
    i16::try_from(shard_of(tenant, 1 << 15)).unwrap_or_default()
}
