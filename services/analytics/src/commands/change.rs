//! What facts change in the counts: few changes at once, many set aside to be added in the background, where those of several
//! batches that meet in a cell are added up first. Who counts waits for that only where too much waits already. Counts are sums, so
//! the order is all one.

use std::collections::BTreeSet;

use chassis::{Result, TenantTx};

use crate::{
    domain::{
        cells::{Cells, Change},
        generation::{Generation, KEPT},
    },
    store::{self, keys},
};

/// Fewer changes are made at once, where none wait.
const MANY: usize = 250;
/// Where more rows wait than this, whoever comes with more adds some of them first.
const MOST_WAITING: i64 = 150;
/// Rows that are added together.
const TOGETHER: i64 = 60;

/// Changes the counts of a generation.
pub async fn run(tx: &mut TenantTx, generation: Generation, cells: Cells) -> Result<()> {
    let changes = numbered(tx, cells).await?;
    if changes.is_empty() {
        return Ok(());
    }
    // What is being added is among what waits until it is: then nobody else touches cells.
    let waiting = store::changes::waiting(tx, generation).await?;
    if waiting == 0 && changes.len() < MANY {
        return store::cells::change(tx, generation.number(), &changes).await;
    }
    if waiting > MOST_WAITING {
        store::generations::hold_adding(tx, generation).await?;
        add(tx, generation).await?;
    }
    store::changes::append(tx, generation, &changes).await
}

/// What people had counted who are forgotten since.
pub async fn keep(tx: &mut TenantTx, cells: Cells) -> Result<()> {
    let changes = numbered(tx, cells).await?;
    store::cells::change(tx, KEPT, &changes).await
}

/// By the numbers of the keys, cube by cube.
async fn numbered(tx: &mut TenantTx, cells: Cells) -> Result<Vec<Change>> {
    let changes: Vec<_> = cells.into_changes().collect();
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let asked: BTreeSet<(i16, &str)> = changes.iter().map(|(at, _)| (at.cube.number(), at.key.as_str())).collect();
    let numbers = keys::numbers(tx, &Vec::from_iter(asked)).await?;
    let mut numbered: Vec<Change> = changes
        .into_iter()
        .filter_map(|(at, counts)| {
            let key = *numbers.get(&(at.cube.number(), at.key))?;
            Some(Change { cube: at.cube, quarter: at.quarter, key, counts })
        })
        .collect();
    numbered.sort_unstable_by_key(|change| (change.cube, change.quarter, change.key));
    Ok(numbered)
}

/// Adds what waits to the cells, some of it. Says whether there was any, and nobody else at it.
pub async fn add_waiting(tx: &mut TenantTx, generation: Generation) -> Result<bool> {
    if !store::generations::try_adding(tx, generation).await? {
        return Ok(false);
    }
    add(tx, generation).await
}

async fn add(tx: &mut TenantTx, generation: Generation) -> Result<bool> {
    let changes = store::changes::take(tx, generation, TOGETHER).await?;
    store::cells::change(tx, generation.number(), &changes).await?;
    Ok(!changes.is_empty())
}
