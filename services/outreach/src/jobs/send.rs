//! The workers: read ids from Redis, claim them in PostgreSQL, hand the mails to the channel, keep what came of it.

use std::time::Duration;

use chassis::{Result, TenantCtx, TenantId, telemetry};
use futures::{StreamExt as _, stream};
use redis::{
    aio::MultiplexedConnection,
    streams::{StreamId, StreamReadReply},
};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Shop, enqueue, hand_over};
use crate::{
    channels::SendError,
    commands::{
        self,
        gate::{
            recheck::{self, Answer, Asked},
            turn_away,
        },
    },
    domain::{
        gate::person::Person,
        message::{Message, MessageId},
    },
    store::{
        self,
        queue::{self, Ticket},
    },
};

const GROUP: &str = "workers";
const BLOCK: Duration = Duration::from_millis(1_000);
/// A worker that has not said anything for so long has died.
const LEASE_SECONDS: u32 = 60;
/// The longest that handing one mail over may take, well within the lease: who lives does not lose it.
const PATIENCE: Duration = Duration::from_secs(40);

/// Sends until stopped; what was claimed is finished.
pub async fn run(shop: Shop, workers: usize) {
    // A name of its own per process: what it read and did not finish is put back by the sweep.
    let name = Uuid::now_v7().to_string();
    while !shop.house.stop.is_cancelled() {
        if let Err(error) = work(&shop, &name, workers).await {
            tracing::debug!(%error, "the queue is out of reach; trying again");
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(250)) => {}
                () = shop.house.stop.cancelled() => {}
            }
        }
    }
}

async fn work(shop: &Shop, name: &str, workers: usize) -> Result<()> {
    // A blocking read takes longer than the client's usual patience with an answer.
    let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    let client = &shop.house.redis.client;
    let mut redis =
        client.get_multiplexed_async_connection_with_config(&config).await.map_err(|error| enqueue::away(&error))?;
    let key = enqueue::stream(shop);
    make_group(&mut redis, &key).await?;
    loop {
        let entries = tokio::select! {
            entries = read(&mut redis, &key, name, workers) => entries?,
            () = shop.house.stop.cancelled() => break,
        };
        if entries.is_empty() {
            continue;
        }
        let tickets: Vec<Ticket> = entries.iter().filter_map(ticket).collect();
        let mut system = shop.db.begin_system().await?;
        let claimed = queue::claim(&mut system, &tickets, LEASE_SECONDS).await?;
        system.commit().await?;
        stream::iter(claimed).for_each_concurrent(workers, |ticket| deliver(shop, ticket)).await;
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        redis::pipe()
            .cmd("XACK")
            .arg(&key)
            .arg(GROUP)
            .arg(&ids)
            .ignore()
            .cmd("XDEL")
            .arg(&key)
            .arg(&ids)
            .ignore()
            .query_async::<()>(&mut redis)
            .await
            .map_err(|error| enqueue::away(&error))?;
    }
    // Gone for good; its name need not stay behind.
    let _ = redis::cmd("XGROUP").arg("DELCONSUMER").arg(&key).arg(GROUP).arg(name).query_async::<i64>(&mut redis).await;
    Ok(())
}

async fn make_group(redis: &mut MultiplexedConnection, key: &str) -> Result<()> {
    let made: redis::RedisResult<()> =
        redis::cmd("XGROUP").arg("CREATE").arg(key).arg(GROUP).arg("0").arg("MKSTREAM").query_async(redis).await;
    match made {
        Err(error) if error.code() != Some("BUSYGROUP") => Err(enqueue::away(&error)),
        _ => Ok(()),
    }
}

/// No more than can be worked on at once, so that no lease runs while its message waits for a turn.
async fn read(redis: &mut MultiplexedConnection, key: &str, name: &str, count: usize) -> Result<Vec<StreamId>> {
    let mut command = redis::cmd("XREADGROUP");
    command.arg("GROUP").arg(GROUP).arg(name).arg("COUNT").arg(count).arg("BLOCK").arg(BLOCK.as_millis().to_string());
    command.arg("STREAMS").arg(key).arg(">");
    let reply: redis::RedisResult<Option<StreamReadReply>> = command.query_async(redis).await;
    match reply {
        Ok(reply) => {
            Ok(reply.map(|reply| reply.keys).unwrap_or_default().into_iter().flat_map(|key| key.ids).collect())
        }
        // A Redis that has forgotten everything has forgotten the group too.
        Err(error) if error.code() == Some("NOGROUP") => {
            make_group(redis, key).await?;
            Ok(Vec::new())
        }
        Err(error) => Err(enqueue::away(&error)),
    }
}

fn ticket(entry: &StreamId) -> Option<Ticket> {
    let id = |field: &str| entry.get::<Vec<u8>>(field).and_then(|bytes| Uuid::from_slice(&bytes).ok());
    Some(Ticket { tenant_id: TenantId(id("t")?), message_id: MessageId(id("m")?) })
}

/// Hands one claimed message over and keeps what came of it. What can not be kept now is taken over when the lease ends.
async fn deliver(shop: &Shop, ticket: Ticket) {
    if let Err(error) = try_deliver(shop, ticket).await {
        tracing::warn!(message = %ticket.message_id, %error, "what came of a message could not be kept; it is tried again");
    }
}

async fn try_deliver(shop: &Shop, ticket: Ticket) -> Result<()> {
    let ctx = TenantCtx::service(ticket.tenant_id, "outreach");
    let mut tx = shop.db.begin(&ctx).await?;
    let message = store::messages::get(&mut tx, ticket.message_id).await?;
    drop(tx);
    let span =
        tracing::info_span!("send message", otel.kind = "producer", message = %message.id, channel = message.channel);
    telemetry::continue_from(&span, &message.traceparent);
    async {
        let handing = tokio::time::timeout(PATIENCE, hand(shop, &ctx, &message)).await;
        let outcome = match handing {
            Ok(Handed::TurnedAway) => return Ok(()),
            Ok(Handed::Tried(outcome)) => outcome,
            Err(_) => Err(SendError::in_doubt("no answer in time")),
        };
        let mut tx = shop.db.begin(&ctx).await?;
        let now = store::messages::lock(&mut tx, ticket.message_id).await?;
        commands::conclude::run(&mut tx, now, message.tries, outcome).await?;
        tx.commit().await?;
        Ok(())
    }
    .instrument(span)
    .await
}

/// What came of a message that was claimed.
enum Handed {
    /// A gate has kept it.
    TurnedAway,
    /// The channel had it.
    Tried(Result<(), SendError>),
}

async fn hand(shop: &Shop, ctx: &TenantCtx, message: &Message) -> Handed {
    let recipient = match hand_over::recipient(shop, ctx.tenant, message).await {
        Ok(recipient) => recipient,
        Err(error) => return Handed::Tried(Err(error)),
    };
    match may_go(shop, ctx, message, &Person::of(&recipient)).await {
        Ok(true) => Handed::Tried(hand_over::run(shop, ctx.tenant, message, &recipient).await),
        Ok(false) => Handed::TurnedAway,
        Err(error) => Handed::Tried(Err(SendError::transient(format!("the gates did not answer: {}", error.reason())))),
    }
}

/// Whether it may still go; where not, that is kept.
async fn may_go(shop: &Shop, ctx: &TenantCtx, message: &Message, person: &Person) -> Result<bool> {
    let mut tx = shop.db.begin(ctx).await?;
    let answers = recheck::run(&mut tx, &[Asked { message, person }]).await?;
    let Some(against) = answers.into_iter().find(|answer| !matches!(answer, Answer::Pass)) else {
        tx.commit().await?;
        return Ok(true);
    };
    let now = store::messages::lock(&mut tx, message.id).await?;
    turn_away::run(&mut tx, now, message.tries, against).await?;
    tx.commit().await?;
    Ok(false)
}
