//! Writing an event in the transaction that does the thing, so that there is never one without the other.

use std::fmt::Display;

use chassis::{Error, Result, TenantId, TenantTx, telemetry};
use prost::{Message, Name};
use uuid::Uuid;

/// The largest event. A page of the log holds about 2 MiB and must stay below gRPC's 4 MiB with one more event on top.
const LARGEST: usize = 1 << 20;
/// The finest division of tenants: [`shard_of`] takes the remainder of this by the number of shards that a log has.
const FINEST: u16 = 1 << 15;

/// The shard that a tenant's events go to: FNV-1a over the id's bytes, so that every program and every version agrees.
pub fn shard_of(tenant: TenantId, shards: u16) -> u16 {
    finest_shard(tenant) % shards.max(1)
}

/// A writer need not know how many shards its log has: it notes this, and the sequencer takes the remainder.
fn finest_shard(tenant: TenantId) -> u16 {
    let hash = tenant
        .0
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    // A remainder of a u16 is a u16.
    u16::try_from(hash % u64::from(FINEST)).unwrap_or_default()
}

/// Says that something happened. `subject` is the id of the thing it happened to; events of one subject stay in order
/// when their writers lock it. The answer is the event's id.
pub async fn append<E: Message + Name>(tx: &mut TenantTx, subject: impl Display, event: &E) -> Result<Uuid> {
    let ids = append_all(tx, &[(subject, event)]).await?;
    Ok(ids.into_iter().next().unwrap_or_default())
}

/// Says many things of one kind in one statement.
pub async fn append_all<S: Display, E: Message + Name>(tx: &mut TenantTx, events: &[(S, &E)]) -> Result<Vec<Uuid>> {
    let trace = telemetry::traceparent();
    let traced: Vec<(&S, &str, &E)> = events.iter().map(|(subject, event)| (subject, trace.as_str(), *event)).collect();
    append_traced(tx, &traced).await
}

/// The same, each in a trace of its own: that of the work which it ends, where one statement ends the work of many.
pub async fn append_traced<S: Display, E: Message + Name>(
    tx: &mut TenantTx,
    events: &[(S, &str, &E)],
) -> Result<Vec<Uuid>> {
    let ids: Vec<Uuid> = events.iter().map(|_| Uuid::now_v7()).collect();
    let Some(last) = ids.last().copied() else { return Ok(ids) };
    let subjects: Vec<String> = events.iter().map(|(subject, ..)| subject.to_string()).collect();
    let traces: Vec<&str> = events.iter().map(|(_, trace, _)| *trace).collect();
    let data: Vec<Vec<u8>> = events.iter().map(|(.., event)| event.encode_to_vec()).collect();
    if data.iter().any(|data| data.len() > LARGEST) {
        return Err(Error::new(
            tonic::Code::ResourceExhausted,
            "EVENT_TOO_LARGE",
            "what would be told about this change is larger than 1 MiB",
        ));
    }
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "INSERT INTO outbox (tenant_id, event_id, shard, type, subject, time, traceparent, data)
         SELECT $1, said.id, $2, $3, said.subject, $4, said.trace, said.data
         FROM unnest($5::text[], $6::uuid[], $7::text[], $8::bytea[]) WITH ORDINALITY AS said (trace, id, subject, data, place)
         ORDER BY said.place",
    )
    .bind(tenant)
    // Below 2^15, so it fits.
    .bind(i16::try_from(finest_shard(tenant)).unwrap_or_default())
    .bind(E::full_name())
    .bind(now)
    .bind(&traces)
    .bind(&ids)
    .bind(&subjects)
    .bind(&data)
    .execute(tx.conn())
    .await?;
    tx.note_appended(last);
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_shard_never_changes() {
        let tenant = TenantId(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057));
        // Written down: another value would tear a tenant's log in two.
        assert_eq!([1, 2, 3, 4, 16, 64].map(|shards| shard_of(tenant, shards)), [0, 1, 2, 3, 3, 51]);
    }

    #[test]
    fn tenants_spread() {
        let mut count = [0; 4];
        for _ in 0..4_000 {
            count[usize::from(shard_of(TenantId::new(), 4))] += 1;
        }
        assert!(count.iter().all(|count| *count > 800), "{count:?}");
    }
}
