//! The year as the logs of three services hold it: rows of their outboxes that are numbered, as the sequencer leaves them.

use chassis::TenantId;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::{
    progress,
    year::{Said, Source, Year, facts_of},
};

/// Shards of each log, as the program has them.
const SHARDS: u16 = 4;
/// So much is sent on at once.
const PIECE: usize = 1 << 20;
/// From PostgreSQL's day, 2000-01-01, to that of everybody else.
const MICROSECONDS_TO_2000: i64 = 946_684_800_000_000;

const COPY_BEGIN: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// How much there is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written {
    pub events: i64,
    /// Of the large tenant.
    pub facts: usize,
}

/// The end of one shard of a log.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    position: i64,
    event: Option<Uuid>,
}

/// Writes all that was said. Who follows these logs beside analytics has heard of everything.
pub async fn write(url: &str, year: &Year) -> Written {
    let mut connections = Vec::new();
    for _ in Source::ALL {
        connections.push(PgConnection::connect(url).await.unwrap());
    }
    let mut copies = Vec::new();
    for (connection, source) in connections.iter_mut().zip(Source::ALL) {
        let statement = format!(
            "COPY {}.outbox (tenant_id, event_id, shard, position, predecessor_id, type, subject, time, traceparent, data)
             FROM STDIN (FORMAT binary)",
            source.name()
        );
        let mut copy = connection.copy_in_raw(&statement).await.unwrap();
        copy.send(COPY_BEGIN).await.unwrap();
        copies.push(copy);
    }
    let mut heads = [[Head::default(); SHARDS as usize]; 3];
    let mut pieces: [Vec<u8>; 3] = Default::default();
    let mut random = StdRng::seed_from_u64(1);
    let mut written = Written::default();
    for said in year.told() {
        let tenant = year.tenants[said.tenant];
        let (log, shard) = (said.source as usize, outbox::shard_of(tenant, SHARDS));
        row(&mut pieces[log], &mut heads[log][usize::from(shard)], &said, tenant, shard, &mut random);
        written.events += 1;
        written.facts += if said.tenant == 0 { facts_of(&said) } else { 0 };
        if pieces[log].len() > PIECE {
            copies[log].send(pieces[log].as_slice()).await.unwrap();
            pieces[log].clear();
        }
        if written.events % 2_000_000 == 0 {
            progress(&format!("{} events are written", written.events));
        }
    }
    for (mut copy, mut piece) in copies.into_iter().zip(pieces) {
        piece.extend((-1_i16).to_be_bytes());
        copy.send(piece.as_slice()).await.unwrap();
        copy.finish().await.unwrap();
    }
    let mut owner = PgConnection::connect(url).await.unwrap();
    for (source, heads) in Source::ALL.into_iter().zip(&heads) {
        end(&mut owner, source, heads).await;
    }
    owner.execute("CHECKPOINT").await.unwrap();
    written
}

/// A row as `COPY` takes it.
fn row(piece: &mut Vec<u8>, head: &mut Head, said: &Said, tenant: TenantId, shard: u16, random: &mut StdRng) {
    let millisecond = u64::try_from(said.time).unwrap();
    let event = uuid::Builder::from_unix_timestamp_millis(millisecond, &random.random::<[u8; 10]>()).into_uuid();
    let before = head.event.replace(event);
    head.position += 1;
    let traceparent = format!("00-{:032x}-{:016x}-00", random.random::<u128>(), random.random::<u64>());
    // How many fields there are stands before them, without a length of its own.
    let shard = i16::try_from(shard).unwrap();
    let fields: [Option<&[u8]>; 10] = [
        Some(tenant.0.as_bytes()),
        Some(event.as_bytes()),
        Some(&shard.to_be_bytes()),
        Some(&head.position.to_be_bytes()),
        before.as_ref().map(|id| id.as_bytes().as_slice()),
        Some(said.kind.as_bytes()),
        Some(said.subject.as_bytes()),
        Some(&(said.time * 1_000 - MICROSECONDS_TO_2000).to_be_bytes()),
        Some(traceparent.as_bytes()),
        Some(&said.data),
    ];
    piece.extend(10_i16.to_be_bytes());
    let mut field = |bytes: Option<&[u8]>| match bytes {
        Some(bytes) => {
            piece.extend(i32::try_from(bytes.len()).unwrap().to_be_bytes());
            piece.extend(bytes);
        }
        None => piece.extend((-1_i32).to_be_bytes()),
    };
    for bytes in fields {
        field(bytes);
    }
}

/// The log ends here, whom its events name has been noted, and the three services have heard of all of it.
async fn end(owner: &mut PgConnection, source: Source, heads: &[Head]) {
    let name = source.name();
    for (shard, head) in (0_i16..).zip(heads) {
        let mut statements = vec![
            format!("INSERT INTO {name}.outbox_head (shard, position, event_id) VALUES ($1, $2, $3)"),
            format!("INSERT INTO {name}.outbox_noted (shard, position) SELECT $1, $2 WHERE $3::uuid IS NOT NULL"),
        ];
        statements.extend(Source::ALL.map(|follower| {
            format!(
                "INSERT INTO {0}.outbox_cursor (consumer, source, shard, position, event_id)
                 VALUES ('{0}', '{name}', $1, $2, $3)",
                follower.name()
            )
        }));
        for statement in statements {
            let insert = sqlx::query(AssertSqlSafe(statement)).bind(shard).bind(head.position).bind(head.event);
            insert.execute(&mut *owner).await.unwrap();
        }
    }
    owner.execute(AssertSqlSafe(format!("VACUUM ANALYZE {name}.outbox"))).await.unwrap();
}
