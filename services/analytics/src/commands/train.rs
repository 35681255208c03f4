//! A tenant's model learns anew from who came and who did not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::{Db, Error, Result, TenantCtx, TenantTx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    domain::{
        fact::Fact,
        generation::Generation,
        snapshot::{self, DISTANCE},
        story::Story,
    },
    risk::{
        known::Earlier,
        model::{Past, train},
        prior,
    },
    store,
};

/// What is longer ago than the last so many interviews says little of the next one.
const MOST: i64 = 50_000;
/// Roots that are looked at together.
const PAGE: usize = 500;
/// Into how many parts the later half of the history is cut, each forecast by what came before it.
const BLOCKS: usize = 5;

/// Learns from what has become known, and keeps what was learned. No transaction waits for the reckoning. Says the model's number;
/// `None` while no figures serve.
pub async fn run(db: &Db, ctx: &TenantCtx, lease: DateTime<Utc>) -> Result<Option<i32>> {
    let mut tx = db.begin(ctx).await?;
    let Some(serving) = store::generations::serving(&mut tx).await? else { return Ok(None) };
    let history = history(&mut tx, serving).await?;
    let version = store::risk::next_version(&mut tx).await?;
    drop(tx);
    let (number, time) = (store::risk::version(version)?, db.clock().now().timestamp());
    // Some seconds of reckoning, which keep a core busy.
    let learned = tokio::task::spawn_blocking(move || train(&history, &prior::general(), BLOCKS, number, time)).await;
    let learned = learned.map_err(|error| Error::internal("a model could not be trained", &error))?;
    let model = learned.map_err(|error| Error::internal("a model could not be trained", &error))?;
    let mut tx = db.begin(ctx).await?;
    store::risk::insert(&mut tx, version, &model).await?;
    store::risk::learned(&mut tx, lease).await?;
    tx.commit().await?;
    Ok(Some(version))
}

/// Interviews that are over and depended on the candidate, as they were known a day before.
async fn history(tx: &mut TenantTx, serving: Generation) -> Result<Vec<Past>> {
    let roots = store::risk::attended_roots(tx, serving, MOST).await?;
    let mut history = Vec::new();
    for roots in roots.chunks(PAGE) {
        let facts = store::facts::of_roots(tx, serving, roots).await?;
        let others = Others::of(tx, serving, roots, &facts).await?;
        for (root, facts) in &facts {
            let story = Story::of(facts);
            for (id, interview) in &story.interviews {
                let (Some(missed), Some(attendance)) = (snapshot::missed(interview), interview.attendance) else {
                    continue;
                };
                let start = attendance.other_time.unwrap_or(attendance.time);
                let at = start - DISTANCE;
                // One that was arranged within the day is known as it was when it was arranged.
                let at = interview.scheduled.map_or(at, |scheduled| at.max(scheduled.time));
                let earlier = others.earlier(*root, *id, at);
                history.push(Past {
                    known: snapshot::known(&story, *id, at, earlier),
                    missed,
                    start: start.timestamp(),
                });
            }
        }
    }
    Ok(history)
}

/// When interviews of the same people began, and whether they were missed.
pub struct Others {
    /// By root.
    outcomes: HashMap<Uuid, Vec<(Uuid, DateTime<Utc>, bool)>>,
    siblings: HashMap<Uuid, Vec<Uuid>>,
}

impl Others {
    /// For the people of these roots.
    pub async fn of(
        tx: &mut TenantTx,
        serving: Generation,
        roots: &[Uuid],
        facts: &BTreeMap<Uuid, Vec<Fact>>,
    ) -> Result<Self> {
        let mut siblings: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (one, other) in store::risk::siblings(tx, serving, roots).await? {
            siblings.entry(one).or_default().push(other);
        }
        let away: BTreeSet<Uuid> =
            siblings.values().flatten().filter(|root| !facts.contains_key(root)).copied().collect();
        let more = store::facts::of_roots(tx, serving, &Vec::from_iter(away)).await?;
        let outcomes = facts.iter().chain(&more).map(|(root, facts)| (*root, outcomes(facts))).collect();
        Ok(Self { outcomes, siblings })
    }

    /// How often the person of a root came and did not come before that moment, but for this interview.
    pub fn earlier(&self, root: Uuid, interview: Uuid, at: DateTime<Utc>) -> Earlier {
        let roots = self.siblings.get(&root).into_iter().flatten().chain([&root]);
        let all = roots.filter_map(|root| self.outcomes.get(root)).flatten();
        let before = all.filter(|(id, start, _)| *id != interview && *start < at);
        let mut earlier = Earlier::default();
        for (_, _, missed) in before {
            if *missed {
                earlier.missed += 1;
            } else {
                earlier.attended += 1;
            }
        }
        earlier
    }
}

fn outcomes(facts: &[Fact]) -> Vec<(Uuid, DateTime<Utc>, bool)> {
    let story = Story::of(facts);
    let outcome = |(id, interview): (&Uuid, &crate::domain::story::Interview<'_>)| {
        let said = interview.attendance?;
        Some((*id, said.other_time.unwrap_or(said.time), snapshot::missed(interview)?))
    };
    story.interviews.iter().filter_map(outcome).collect()
}
