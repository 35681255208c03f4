//! A person is forgotten: every fact of theirs goes. What it counted stays, in nobody's name, so that the figures of the past
//! stay true.

use chassis::{Result, TenantTx};
use uuid::Uuid;

use super::change;
use crate::{
    domain::{
        cells::Cells,
        count::{count, count_closed},
        generation::Generation,
    },
    store,
};

/// So many roots are forgotten at once.
const PAGE: usize = 500;

/// Forgets a person. Says how many facts there were.
pub async fn run(tx: &mut TenantTx, person: Uuid) -> Result<u64> {
    let serving = store::generations::serving(tx).await?;
    let mut forgotten = 0;
    for generation in Generation::ALL {
        match store::generations::lock(tx, generation).await? {
            true => {}
            // They are another program's, who counts them no more as soon as it is gone; until then nobody is forgotten there.
            false if serving == Some(generation) => return Err(store::generations::not_ours()),
            false => continue,
        }
        let roots = store::roots::of_person(tx, generation, person).await?;
        for roots in roots.chunks(PAGE) {
            forgotten += forget(tx, generation, roots, serving == Some(generation)).await?;
        }
    }
    Ok(forgotten)
}

/// Forgets roots of figures that are held. Says how many facts there were.
pub async fn forget(tx: &mut TenantTx, generation: Generation, roots: &[Uuid], is_serving: bool) -> Result<u64> {
    let known = store::facts::of_roots(tx, generation, roots).await?;
    let (mut gone, mut kept) = (Cells::default(), Cells::default());
    for facts in known.values() {
        gone.take(count(facts), -1);
        kept.take(count_closed(facts, tx.now()), 1);
    }
    change::run(tx, generation, gone).await?;
    // Those that are being built count the same people, who are to be kept once.
    if is_serving {
        change::keep(tx, kept).await?;
    }
    store::facts::forget_fills(tx, generation, roots).await?;
    store::roots::delete(tx, generation, roots).await?;
    store::facts::delete(tx, generation, roots).await
}
