//! Tells Redis what is due.
//!
//! PostgreSQL is the truth: a message is in Redis only on trust, for a while. When it has not been claimed by then, it is
//! told again; see [`super::sweep`]. What is scheduled waits in PostgreSQL, and the job sleeps until the first of it is due.

use std::time::Duration;

use chassis::Result;
use redis::aio::MultiplexedConnection;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{Instant, sleep_until},
};

use super::{Shop, lanes, sweep::Sweep};
use crate::store::queue::{self, Ticket, Told};

/// Between two looks when nobody says that there is something new, and nothing is due before.
const EVERY: Duration = Duration::from_secs(1);
/// What is due one after another is told together: no two looks are closer than this.
const SHORTEST: Duration = Duration::from_millis(25);
/// While messages are queued here, the lanes are looked at so often: how full they are says which way new ones go.
const BUSY: Duration = Duration::from_millis(100);
/// Messages of one lane in one look.
const LOOK: usize = 500;

/// Tells until stopped.
pub async fn run(shop: Shop, mut told: UnboundedReceiver<Vec<Told>>) {
    let mut redis = None;
    let mut rounds = shop.house.clock.rounds(EVERY);
    let (mut sweep, mut swept) = (Sweep::default(), None::<Instant>);
    let mut next = Instant::now();
    let mut fresh = Vec::new();
    loop {
        pass_on(&shop, &mut redis, &mut fresh).await;
        if Instant::now() >= next {
            if swept.is_none_or(|swept| swept.elapsed() >= EVERY) {
                swept = Some(Instant::now());
                sweep.run(&shop, &mut redis).await;
            }
            let nap = match look(&shop, &mut redis).await {
                Ok(nap) => nap,
                Err(error) => {
                    tracing::debug!(%error, "due messages could not be told; the next look will");
                    redis = None;
                    Duration::from_millis(250)
                }
            };
            next = Instant::now() + nap;
        }
        tokio::select! {
            count = told.recv_many(&mut fresh, 64) => {
                if count == 0 {
                    return;
                }
                next = next.min(Instant::now() + BUSY);
            }
            () = shop.queued.notified() => next = next.min(Instant::now() + SHORTEST),
            () = rounds.next() => next = Instant::now(),
            () = sleep_until(next) => {}
            () = shop.house.stop.cancelled() => break,
        }
    }
    while let Ok(tickets) = told.try_recv() {
        fresh.push(tickets);
    }
    pass_on(&shop, &mut redis, &mut fresh).await;
}

/// Tells what was queued as told here.
async fn pass_on(shop: &Shop, redis: &mut Option<MultiplexedConnection>, fresh: &mut Vec<Vec<Told>>) {
    let tickets: Vec<Told> = fresh.drain(..).flatten().collect();
    if tickets.is_empty() {
        return;
    }
    if let Err(error) = add(shop, redis, &tickets).await {
        tracing::debug!(%error, "what was queued could not be told; it is told by the next looks");
    }
}

/// Tells, or takes the word back.
async fn add(shop: &Shop, redis: &mut Option<MultiplexedConnection>, tickets: &[Told]) -> Result<()> {
    let told = match connected(shop, redis).await {
        Ok(connection) => lanes::tell(&shop.house.redis, connection, tickets).await,
        Err(error) => Err(error),
    };
    if let Err(error) = told {
        *redis = None;
        let mut tx = shop.db.begin_system().await?;
        queue::trust_no_more(&mut tx, &tickets.iter().map(|told| told.ticket).collect::<Vec<Ticket>>()).await?;
        tx.commit().await?;
        return Err(error);
    }
    Ok(())
}

/// The connection, made anew when there is none.
pub async fn connected<'one>(
    shop: &Shop,
    redis: &'one mut Option<MultiplexedConnection>,
) -> Result<&'one mut MultiplexedConnection> {
    match redis {
        Some(connection) => Ok(connection),
        None => {
            let fresh = shop.house.redis.client.get_multiplexed_async_connection().await;
            Ok(redis.insert(fresh.map_err(|error| lanes::away(&error))?))
        }
    }
}

/// One look. The answer is how long nothing will be due.
async fn look(shop: &Shop, redis: &mut Option<MultiplexedConnection>) -> Result<Duration> {
    let lengths = lanes::lengths(&shop.house.redis, connected(shop, redis).await?).await?;
    let mut rooms = Vec::new();
    for (channel, priority, length) in lengths {
        shop.desk.note(channel, priority.number(), length);
        let room = lanes::ROOM.saturating_sub(length).min(LOOK);
        if room > 0 {
            rooms.push((channel, priority.number(), i64::try_from(room).unwrap_or_default()));
        }
    }
    let mut tx = shop.db.begin_system().await?;
    let tickets = queue::to_tell(&mut tx, &rooms).await?;
    let due = queue::next_due(&mut tx).await?;
    // First the mark and then Redis: a worker that is told of a row that is still locked here would pass it by.
    tx.commit().await?;
    if !tickets.is_empty() {
        add(shop, redis, &tickets).await?;
    }
    // What is due and has no room yet has some soon.
    let wait = due.map(|due| (due - shop.house.clock.now()).to_std().unwrap_or_default());
    Ok(wait.unwrap_or(EVERY).clamp(SHORTEST, EVERY))
}
