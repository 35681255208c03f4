//! Following the log: who has changed is read anew and put into the index, many at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chassis::{Error, Result, TenantCtx, TenantId};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use outbox::{Event, Mark, Tail};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use usher_proto::talent::v1::CandidateErased;

use super::{Replica, Serving, apart::apart, broken, pause, people::People};
use crate::{domain::candidate::CandidateId, events::changed, index::Index, store};

/// After the first change others are waited for so long: a commit costs the same for one as for many.
const GATHER: Duration = Duration::from_millis(10);
/// The same while many change, in whichever tenant: fewer commits then leave more time to searches.
const GATHER_MANY: Duration = Duration::from_millis(200);
/// Events of a round from which on many change.
const MANY: usize = 50;
/// Events of one commit.
const MOST: usize = 5_000;
/// Tenants that are read at once. Each takes a connection, which requests need as well.
const AT_ONCE: usize = 4;
/// Commits between two that are certain to be on the disk. After a power cut at most so many are read from the log again.
const SYNC_EVERY: usize = 500;

/// What a shard has said, and behind which event that is.
type Heard = Result<(u16, Mark, Arc<Event>)>;

/// What the events of a round are about.
#[derive(Default)]
struct Changed {
    people: BTreeMap<TenantId, BTreeSet<CandidateId>>,
    synonyms: BTreeSet<TenantId>,
    /// Whether somebody among them is to be forgotten.
    is_anybody_erased: bool,
}

/// Until stopped, or until it can not go on for another reason than one that passes.
pub async fn follow_on(replica: &Replica, serving: &Serving, stop: &CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        match follow(replica, serving, stop).await {
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "the index does not follow for the moment; it is tried again");
                pause(stop).await;
            }
            outcome => return outcome,
        }
    }
    Ok(())
}

/// Until stopped, or until it can not go on.
async fn follow(replica: &Replica, serving: &Serving, stop: &CancellationToken) -> Result<()> {
    let mut place = serving.reached.borrow().clone();
    let (say, mut heard) = mpsc::channel(MOST);
    // A reader for each shard, so that one with much to say keeps no other waiting. They end with this.
    let mut readers = JoinSet::new();
    for (shard, _) in replica.0.tap.heads().await? {
        let tail = replica.0.tap.tail_of_shard(shard, place.mark(shard)).await?;
        readers.spawn(listen(shard, tail, say.clone()));
    }
    drop(say);
    let (mut commits, mut gather) = (0_usize, GATHER);
    loop {
        let first = tokio::select! {
            first = heard.recv() => first,
            () = stop.cancelled() => return Ok(()),
        };
        let Some(first) = first else { return Ok(()) };
        tokio::time::sleep(gather).await;
        let rest = std::iter::from_fn(|| heard.try_recv().ok());
        let (mut changed, mut events) = (Changed::default(), 0);
        for said in std::iter::once(first).chain(rest.take(MOST)) {
            let (shard, mark, event) = said?;
            changed.hear(&event)?;
            place.move_to(shard, mark);
            events += 1;
        }
        gather = if events < MANY { GATHER } else { GATHER_MANY };
        apply(replica, &serving.index, changed, place.write()).await?;
        commits += 1;
        if commits.is_multiple_of(SYNC_EVERY) {
            let index = serving.index.clone();
            apart(move || index.writer().sync().map_err(|error| broken(&error))).await?;
        }
        serving.reached.send_replace(place.clone());
    }
}

/// Hands on what one shard says, until it can not go on or nobody hears it.
async fn listen(shard: u16, mut tail: Tail, say: mpsc::Sender<Heard>) {
    loop {
        let event = tail.next().await;
        let has_ended = event.is_err();
        let heard = event.map(|event| (shard, tail.mark(), event));
        if say.send(heard).await.is_err() || has_ended {
            return;
        }
    }
}

impl Changed {
    fn hear(&mut self, event: &Event) -> Result<()> {
        let tenant: TenantId =
            event.tenant_id.parse().map_err(|error| Error::internal("an event has no tenant", &error))?;
        self.is_anybody_erased |= outbox::is::<CandidateErased>(event);
        if event.subject == store::synonyms::SUBJECT {
            self.synonyms.insert(tenant);
        }
        let people = changed::people(event)?;
        if !people.is_empty() {
            self.people.entry(tenant).or_default().extend(people);
        }
        Ok(())
    }
}

async fn apply(replica: &Replica, index: &Arc<Index>, changed: Changed, payload: String) -> Result<()> {
    let is_anybody_erased = changed.is_anybody_erased;
    for tenant in changed.synonyms {
        replica.read_synonyms(&TenantCtx::service(tenant, "talent")).await?;
    }
    let people: Vec<People> = stream::iter(changed.people)
        .map(async |(tenant, ids)| {
            let ids: Vec<CandidateId> = ids.into_iter().collect();
            replica.read(&TenantCtx::service(tenant, "talent"), &ids).await
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let index = index.clone();
    apart(move || {
        let mut writer = index.writer();
        for People { documents, gone } in &people {
            for document in documents {
                writer.put(document).map_err(|error| broken(&error))?;
            }
            for (tenant, id) in gone {
                writer.remove(*tenant, *id).map_err(|error| broken(&error))?;
            }
        }
        if is_anybody_erased {
            // As far as before, so that after a crash the event is heard again.
            writer.commit(&index.payload()).map_err(|error| broken(&error))?;
            writer.purge().map_err(|error| broken(&error))?;
        }
        writer.commit(&payload).map_err(|error| broken(&error))
    })
    .await
}
