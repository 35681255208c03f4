//! Facts are taken down, and the counts changed that follow from them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chassis::{Result, TenantTx};
use uuid::Uuid;

use super::{change, look, train};
use crate::{
    domain::{
        cells::Cells,
        count::count,
        fact::{Fact, Kind},
        generation::Generation,
        told::Told,
    },
    store::{self, due::Task},
};

/// Takes in what was said of one tenant. What was taken down before, or is of somebody who is forgotten, changes nothing.
pub async fn run(tx: &mut TenantTx, generation: Generation, mut told: Vec<Told>) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    store::generations::hold(tx, generation).await?;
    let people: BTreeSet<Uuid> = told.iter().filter_map(|told| told.person).collect();
    let erased = outbox::erasure::erased_among(tx, &Vec::from_iter(people)).await?;
    told.retain(|told| told.person.is_none_or(|person| !erased.contains(&person)));
    let roots: BTreeSet<Uuid> = told.iter().map(|told| told.fact.root).collect();
    let known = store::facts::of_roots(tx, generation, &Vec::from_iter(roots)).await?;
    let told = fresh(told, &known);
    store::roots::note(tx, generation, &whose(&told, &known)).await?;
    let facts: Vec<Fact> = told.into_iter().map(|told| told.fact).collect();
    store::facts::insert(tx, generation, &facts).await?;
    if facts.iter().any(|fact| fact.kind == Kind::Attendance) {
        store::due::note(tx, Task::Train, tx.now() + train::DELAY).await?;
    }
    store::due::note(tx, Task::Look, look::next_night(tx.now())).await?;
    change::run(tx, generation, changed(&known, &facts)).await
}

/// Those that are not known, each once.
fn fresh(told: Vec<Told>, known: &BTreeMap<Uuid, Vec<Fact>>) -> Vec<Told> {
    let mut seen: HashSet<(Uuid, Uuid)> = known.values().flatten().map(|fact| (fact.root, fact.event)).collect();
    told.into_iter().filter(|told| seen.insert((told.fact.root, told.fact.event))).collect()
}

/// What is new of whose the roots are.
fn whose(told: &[Told], known: &BTreeMap<Uuid, Vec<Fact>>) -> Vec<store::roots::Root> {
    let mut roots: BTreeMap<Uuid, store::roots::Root> = BTreeMap::new();
    for Told { fact, person, job } in told {
        // Whoever takes the first fact of a root down, or the first one that names a job.
        if known.contains_key(&fact.root) && job.is_none() {
            continue;
        }
        let root = roots.entry(fact.root).or_insert(store::roots::Root { id: fact.root, person: None, job: None });
        root.person = root.person.or(*person);
        root.job = root.job.or(*job);
    }
    roots.into_values().collect()
}

/// What changes when facts come to those that are known.
fn changed(known: &BTreeMap<Uuid, Vec<Fact>>, facts: &[Fact]) -> Cells {
    let mut by_root: BTreeMap<Uuid, Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        by_root.entry(fact.root).or_default().push(fact);
    }
    let mut cells = Cells::default();
    for (root, new) in by_root {
        let old = known.get(&root).map(Vec::as_slice).unwrap_or_default();
        cells.take(count(old), -1);
        cells.take(count(old.iter().chain(new)), 1);
    }
    cells
}
