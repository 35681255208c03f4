//! Undoes imports, piece by piece, and forgets what was before those that can not be undone any more. Any number of
//! processes may do it at once; what one has left when it stopped, another goes on with.

use std::{collections::HashSet, time::Duration};

use chassis::{Db, Result, TenantCtx, peers::Peers, wire};
use tokio_util::sync::CancellationToken;
use usher_proto::ats::v1::{FindApplicantsRequest, application_service_client::ApplicationServiceClient};

use crate::{
    commands::undo_import,
    domain::{candidate::CandidateId, imports::ImportId},
    keys::Keyring,
    store::{import_changes, imports},
};

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(1);
/// Imports that are looked at in one round.
const MOST: i64 = 50;

/// How long ats has for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is needed for it.
pub struct Undoer {
    pub db: Db,
    pub keys: Keyring,
    pub peers: Peers,
    pub stop: CancellationToken,
}

impl Undoer {
    /// Until stopped.
    pub async fn run(self) {
        let mut rounds = self.db.clock().rounds(EVERY);
        while !self.stop.is_cancelled() {
            if let Err(error) = self.undo().await {
                tracing::warn!(%error, "imports could not be undone; the next round will");
            }
            if let Err(error) = self.forget().await {
                tracing::warn!(%error, "imports could not be forgotten; the next round will");
            }
            tokio::select! {
                () = rounds.next() => {}
                () = self.stop.cancelled() => {}
            }
        }
    }

    async fn undo(&self) -> Result<()> {
        let mut system = self.db.begin_system().await?;
        let undoing = imports::undoing(&mut system, MOST).await?;
        drop(system);
        for (tenant, import) in undoing {
            // Whatever keeps one from being undone keeps no other.
            if let Err(error) = self.undo_one(&TenantCtx::service(tenant, "talent"), import).await {
                tracing::warn!(%import, %error, "an import could not be undone further; the next round goes on");
            }
        }
        Ok(())
    }

    async fn undo_one(&self, ctx: &TenantCtx, import: ImportId) -> Result<()> {
        while !self.stop.is_cancelled() && self.go_on(ctx, import).await? {}
        Ok(())
    }

    /// A piece of the work. Whether there may be more of it.
    async fn go_on(&self, ctx: &TenantCtx, import: ImportId) -> Result<bool> {
        let mut tx = self.db.begin(ctx).await?;
        let people = undo_import::next(&mut tx, import).await?;
        drop(tx);
        // Nobody waits for an answer from elsewhere while rows are locked.
        let applicants = self.applicants(ctx, &people).await?;
        let key = self.keys.key(ctx).await?;
        let mut tx = self.db.begin(ctx).await?;
        let is_more = undo_import::go_on(&mut tx, &key, import, &people, &applicants).await?;
        tx.commit().await?;
        Ok(is_more)
    }

    /// Which of these people ats knows. It may know of more than was heard of here: what it says is on its way.
    async fn applicants(&self, ctx: &TenantCtx, people: &[CandidateId]) -> Result<HashSet<CandidateId>> {
        if people.is_empty() {
            return Ok(HashSet::new());
        }
        let candidate_ids = people.iter().map(ToString::to_string).collect();
        let mut request = self.peers.request(Some(ctx.tenant), FindApplicantsRequest { candidate_ids })?;
        request.set_timeout(PATIENCE);
        let answer = ApplicationServiceClient::new(self.peers.channel("ats")?).find_applicants(request).await?;
        answer.into_inner().candidate_ids.iter().map(|id| wire::id("candidate_ids", id)).collect()
    }

    async fn forget(&self) -> Result<()> {
        let mut system = self.db.begin_system().await?;
        let old = imports::to_forget(&mut system, MOST).await?;
        drop(system);
        for (tenant, import) in old {
            let mut tx = self.db.begin(&TenantCtx::service(tenant, "talent")).await?;
            import_changes::forget_all(&mut tx, import).await?;
            imports::set_forgotten(&mut tx, import).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
