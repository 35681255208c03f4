//! Following the log: who has changed is read anew and put into the index, many at a time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chassis::{Error, Result, TenantCtx, TenantId};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, future::select_all, stream};
use outbox::{Event, Tail};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Replica, Serving, apart, broken, place::Place};
use crate::{
    domain::{candidate::CandidateId, document::Document},
    index::Index,
    store,
};

/// After the first change others are waited for so long: a commit costs the same for one as for many.
const GATHER: Duration = Duration::from_millis(10);
/// Events of one commit.
const MOST: usize = 5_000;
/// Tenants that are read at once. Each takes a connection, which requests need as well.
const AT_ONCE: usize = 4;
/// Commits between two that are certain to be on the disk. After a power cut at most so many are read from the log again.
const SYNC_EVERY: usize = 500;

/// What the events of a round are about.
#[derive(Default)]
struct Changed {
    people: BTreeMap<TenantId, BTreeSet<CandidateId>>,
    synonyms: BTreeSet<TenantId>,
}

/// Until stopped, or until it can not go on.
pub async fn follow(replica: &Replica, serving: &Serving, mut place: Place, stop: &CancellationToken) -> Result<()> {
    let index = &serving.index;
    let mut tails = Vec::new();
    for (shard, _) in replica.0.tap.heads().await? {
        tails.push((shard, replica.0.tap.tail_of_shard(shard, place.mark(shard)).await?));
    }
    let mut commits = 0_usize;
    while !stop.is_cancelled() {
        let mut changed = Changed::default();
        let first = tokio::select! {
            first = next(&mut tails) => first?,
            () = stop.cancelled() => return Ok(()),
        };
        changed.hear(&first)?;
        tokio::time::sleep(GATHER).await;
        drain(&mut tails, &mut changed)?;
        for (shard, tail) in &tails {
            place.move_to(*shard, tail.mark());
        }
        apply(replica, index, changed, place.write()).await?;
        commits += 1;
        if commits.is_multiple_of(SYNC_EVERY) {
            let index = index.clone();
            apart(move || index.writer().sync().map_err(|error| broken(&error))).await?;
        }
        serving.reached.send_replace(place.clone());
    }
    Ok(())
}

async fn next(tails: &mut [(u16, Tail)]) -> Result<Arc<Event>> {
    let nexts = tails.iter_mut().map(|(_, tail)| tail.next().boxed());
    // A log has at least one shard.
    select_all(nexts).await.0
}

/// Takes what is there already.
fn drain(tails: &mut [(u16, Tail)], changed: &mut Changed) -> Result<()> {
    let mut taken = 0;
    for (_, tail) in tails {
        while taken < MOST
            && let Some(event) = tail.next().now_or_never()
        {
            changed.hear(&*event?)?;
            taken += 1;
        }
    }
    Ok(())
}

impl Changed {
    fn hear(&mut self, event: &Event) -> Result<()> {
        let tenant: TenantId =
            event.tenant_id.parse().map_err(|error| Error::internal("an event has no tenant", &error))?;
        if event.subject == store::synonyms::SUBJECT {
            self.synonyms.insert(tenant);
        } else if let Ok(candidate) = event.subject.parse() {
            self.people.entry(tenant).or_default().insert(candidate);
        }
        Ok(())
    }
}

async fn apply(replica: &Replica, index: &Arc<Index>, changed: Changed, payload: String) -> Result<()> {
    for tenant in changed.synonyms {
        replica.read_synonyms(&TenantCtx::service(tenant, "talent")).await?;
    }
    let people: Vec<People> = stream::iter(changed.people)
        .map(|(tenant, ids)| read(replica, tenant, ids.into_iter().collect()))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let index = index.clone();
    apart(move || {
        let mut writer = index.writer();
        for People { tenant, documents, gone } in &people {
            for document in documents {
                writer.put(document).map_err(|error| broken(&error))?;
            }
            for id in gone {
                writer.remove(*tenant, *id).map_err(|error| broken(&error))?;
            }
        }
        writer.commit(&payload).map_err(|error| broken(&error))
    })
    .await
}

/// A tenant's people as they are now.
struct People {
    tenant: Uuid,
    documents: Vec<Document>,
    /// Those whom there are no more.
    gone: Vec<Uuid>,
}

async fn read(replica: &Replica, tenant: TenantId, ids: Vec<CandidateId>) -> Result<People> {
    let ctx = TenantCtx::service(tenant, "talent");
    let key = replica.0.keys.key(&ctx).await?;
    let mut tx = replica.0.db.begin(&ctx).await?;
    let documents = store::people::documents(&mut tx, &key, &ids).await?;
    let found: BTreeSet<Uuid> = documents.iter().map(|document| document.id).collect();
    let gone = ids.into_iter().map(|id| id.0).filter(|id| !found.contains(id)).collect();
    Ok(People { tenant: tenant.0, documents, gone })
}
