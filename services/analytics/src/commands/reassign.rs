//! Applications are another person's from now on: who forgets that person, forgets them.

use chassis::{Result, TenantTx};
use uuid::Uuid;

use crate::{domain::generation::Generation, store};

/// Applications, each with whose it is now.
pub async fn run(tx: &mut TenantTx, generation: Generation, moved: &[(Uuid, Uuid)]) -> Result<()> {
    if moved.is_empty() {
        return Ok(());
    }
    store::generations::hold(tx, generation).await?;
    for (application, person) in moved {
        store::roots::give(tx, generation, *application, *person).await?;
    }
    Ok(())
}
