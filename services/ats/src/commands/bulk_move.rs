//! Many applications change their stage.

use chassis::{Db, Error, Result, TenantCtx};

use super::move_application;
use crate::domain::application::{Application, ApplicationId};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct BulkMove {
    pub to_stage: String,
    pub reason: String,
}

impl BulkMove {
    /// One of them, for itself.
    pub async fn one(&self, db: &Db, ctx: &TenantCtx, id: ApplicationId) -> Result<Application> {
        let mut tx = db.begin(ctx).await?;
        let moved = move_application::go(&mut tx, id, "", &self.to_stage, self.reason.clone()).await?;
        tx.commit().await?;
        Ok(moved)
    }

    /// All of them, or none. The answers are in the order of the ids; when one fails, each says why it did not move.
    pub async fn all(&self, db: &Db, ctx: &TenantCtx, ids: &[ApplicationId]) -> Result<Vec<Result<Application>>> {
        let mut tx = db.begin(ctx).await?;
        // Locked in one order by everybody, so that two such calls can not wait for each other.
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_unstable_by_key(|place| ids[*place]);
        let mut outcomes: Vec<Option<Result<Application>>> = vec![None; ids.len()];
        for place in order {
            let moved = move_application::go(&mut tx, ids[place], "", &self.to_stage, self.reason.clone()).await;
            match moved {
                // The transaction is lost with it, whatever the others would say.
                Err(error) if !is_verdict(&error) => return Err(error),
                moved => outcomes[place] = Some(moved),
            }
        }
        let outcomes: Vec<_> = outcomes.into_iter().flatten().collect();
        if outcomes.iter().all(Result::is_ok) {
            tx.commit().await?;
            return Ok(outcomes);
        }
        Ok(outcomes.into_iter().map(|outcome| outcome.and_then(|_| Err(others_failed()))).collect())
    }
}

/// Whether an error is about the application, and not about the database or ourselves.
fn is_verdict(error: &Error) -> bool {
    use tonic::Code::{FailedPrecondition, InvalidArgument, NotFound};
    matches!(error.code(), NotFound | FailedPrecondition | InvalidArgument)
}

fn others_failed() -> Error {
    Error::aborted("OTHERS_FAILED", "others can not move, and all or none was asked for")
}
