//! A file of past interviews arrives, message by message.
//!
//! Each message of rows is saved in one transaction of its own, together with how far the file is in. A dry run is the same
//! work in transactions that are never committed, so it can not say anything else than the real run would. They are as short
//! as those of a real run, and so in nobody's way.

use std::{
    collections::HashSet,
    hash::{BuildHasher as _, RandomState},
};

use chassis::{Db, Error, Result, TenantCtx, TenantTx, db::write_token, wire};
use tonic::Code;
use usher_proto::{
    ats::v1::{ImportInterviewsResponse, ImportRows, ImportStart, ImportState, RowError},
    eventlog::v1::ConsistencyToken,
};

use super::history_batch::{self, Taken};
use crate::{
    domain::history_import::{self, Counts, ImportId, Place, Refused},
    store,
};

/// How often a batch is tried that somebody else's work got in the way of.
const TRIES: usize = 5;
/// Why nothing is saved any more by whoever had an import before.
const TAKEN_OVER: &str = "IMPORT_TAKEN_OVER";

/// One file on its way in.
#[derive(Debug)]
pub struct Import {
    db: Db,
    ctx: TenantCtx,
    ledger: Ledger,
    /// What has become of all rows so far.
    counts: Counts,
    /// The last thing that was written.
    written: Option<ConsistencyToken>,
}

/// What batches add up to.
#[derive(Debug)]
enum Ledger {
    Real(Box<history_import::Import>),
    Dry(Seen),
}

/// The rows that a dry run would have taken in by now; by hashes of their keys, which would need far more room.
#[derive(Debug, Default)]
struct Seen {
    hasher: RandomState,
    keys: HashSet<u64>,
}

impl Seen {
    /// Takes rows for what they are in a real run, where those of earlier batches are known.
    fn tell_repeats(&mut self, taken: &mut Taken) {
        let new = taken.created.len();
        taken.created.retain(|key| self.keys.insert(self.hasher.hash_one(key)));
        taken.unchanged += new - taken.created.len();
    }
}

impl Import {
    /// An import for a tenant: a new one, a dry run, or one that broke and goes on.
    pub async fn begin(db: Db, ctx: TenantCtx, start: ImportStart) -> Result<Self> {
        if start.dry_run {
            let ledger = Ledger::Dry(Seen::default());
            return Ok(Self { db, ctx, ledger, counts: Counts::default(), written: None });
        }
        let mut tx = db.begin(&ctx).await?;
        let import = match &start.resume {
            Some(resume) => {
                let mut import = store::history_imports::lock(&mut tx, wire::id("resume", &resume.import_id)?).await?;
                import.resume(&start.fingerprint, resume.position)?;
                import
            }
            None => {
                let (actor, now) = (ctx.actor.to_string(), tx.now());
                history_import::Import::new(start.fingerprint, start.size, actor, now)
            }
        };
        store::history_imports::save(&mut tx, &import).await?;
        tx.commit().await?;
        let counts = import.counts;
        Ok(Self { db, ctx, ledger: Ledger::Real(Box::new(import)), counts, written: None })
    }

    /// Takes rows in; the report of everything so far, with the rows of these that were refused.
    pub async fn take(&mut self, rows: ImportRows) -> Result<ImportInterviewsResponse> {
        let place = Place { position: rows.position, line: rows.next_line };
        self.settle(&rows, Some(place)).await
    }

    /// The file is whole; the last report.
    pub async fn finish(&mut self) -> Result<ImportInterviewsResponse> {
        let mut report = self.settle(&ImportRows::default(), None).await?;
        report.done = true;
        report.consistency_token = self.written.as_ref().map(write_token).unwrap_or_default();
        Ok(report)
    }

    /// It can not go on now, and says why to whoever looks at it. Whoever has taken it over is not disturbed.
    pub async fn broke(&self, reason: &str) -> Result<()> {
        let Ledger::Real(import) = &self.ledger else { return Ok(()) };
        let mut tx = self.db.begin(&self.ctx).await?;
        let mut stored = store::history_imports::lock(&mut tx, import.id).await?;
        if stored.attempt == import.attempt && stored.kept_state == ImportState::Running {
            stored.break_off(reason);
            store::history_imports::save(&mut tx, &stored).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// With the place behind the rows; without one, the file ends here.
    async fn settle(&mut self, rows: &ImportRows, place: Option<Place>) -> Result<ImportInterviewsResponse> {
        let (refused, import_id, position) = match &mut self.ledger {
            Ledger::Dry(seen) => {
                let mut taken = try_out(&self.db, &self.ctx, rows).await?;
                seen.tell_repeats(&mut taken);
                let (counts, refused) = count(self.counts, rows, taken);
                self.counts = counts;
                (refused, String::new(), 0)
            }
            Ledger::Real(import) => {
                let (refused, written) = save_durably(&self.db, &self.ctx, import, rows, place).await?;
                self.counts = import.counts;
                self.written = written.or(self.written.take());
                (refused, import.id.to_string(), import.place.position)
            }
        };
        let Counts { rows_read, created, unchanged, rejected } = self.counts;
        let errors = refused.into_iter().map(told).collect();
        Ok(ImportInterviewsResponse {
            rows_read,
            created,
            unchanged,
            rejected,
            errors,
            import_id,
            position,
            ..ImportInterviewsResponse::default()
        })
    }
}

/// A refused row for the wire.
pub fn told(Refused { line, field, reason, message }: Refused) -> RowError {
    RowError { line, field, reason, message }
}

/// What has become of all rows, and every row of these that was refused, by the caller or here, by line.
fn count(before: Counts, rows: &ImportRows, taken: Taken) -> (Counts, Vec<Refused>) {
    let mut refused = taken.refused;
    refused.extend(rows.errors.iter().cloned().map(|RowError { line, field, reason, message }| Refused {
        line,
        field,
        reason,
        message,
    }));
    refused.sort_by_key(|one| one.line);
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let counts = Counts {
        rows_read: before.rows_read + number(rows.interviews.len() + rows.errors.len()),
        created: before.created + number(taken.created.len()),
        unchanged: before.unchanged + number(taken.unchanged),
        rejected: before.rejected + number(refused.len()),
    };
    (counts, refused)
}

/// A batch in a transaction that is rolled back, again when somebody else's work got in its way.
async fn try_out(db: &Db, ctx: &TenantCtx, rows: &ImportRows) -> Result<Taken> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut tx = db.begin(ctx).await?;
        match history_batch::save(&mut tx, None, &rows.interviews).await {
            Err(error) if is_worth_another(&error, tries) => {}
            outcome => return outcome,
        }
    }
}

/// A batch in a transaction of its own, again when somebody else's work got in its way.
async fn save_durably(
    db: &Db,
    ctx: &TenantCtx,
    import: &mut history_import::Import,
    rows: &ImportRows,
    place: Option<Place>,
) -> Result<(Vec<Refused>, Option<ConsistencyToken>)> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut tx = db.begin(ctx).await?;
        match save(&mut tx, import.id, import.attempt, rows, place).await {
            Ok((saved, refused)) => {
                let token = tx.commit().await?;
                *import = saved;
                return Ok((refused, token));
            }
            Err(error) if is_worth_another(&error, tries) => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_worth_another(error: &Error, tries: usize) -> bool {
    let is_in_the_way = error.code() == Code::Aborted && error.reason() != TAKEN_OVER && tries < TRIES;
    if is_in_the_way {
        tracing::debug!(tries, "a batch of past interviews is done again");
    }
    is_in_the_way
}

/// The rows, and the import as it stands behind them.
async fn save(
    tx: &mut TenantTx,
    id: ImportId,
    attempt: i32,
    rows: &ImportRows,
    place: Option<Place>,
) -> Result<(history_import::Import, Vec<Refused>)> {
    // Before anything else, as whoever undoes it does, so that the two never wait for each other.
    let mut import = store::history_imports::lock(tx, id).await?;
    if import.attempt != attempt {
        return Err(Error::aborted(TAKEN_OVER, "somebody else goes on with this import, or undoes it"));
    }
    let taken = history_batch::save(tx, Some(id), &rows.interviews).await?;
    let before = import.counts;
    let (counts, refused) = count(before, rows, taken);
    if !refused.is_empty() && before.rejected < store::history_import_errors::MOST {
        store::history_import_errors::insert(tx, id, &refused).await?;
    }
    import.counts = counts;
    match place {
        Some(place) => import.place = place,
        None => import.kept_state = ImportState::Done,
    }
    store::history_imports::save(tx, &import).await?;
    Ok((import, refused))
}
