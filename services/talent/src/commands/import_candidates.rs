//! People arrive by the file.
//!
//! Pieces are fed in and reports come out; in between the file is read row by row, and every two hundred rows are saved
//! in one transaction of their own, together with how far the file is in. A dry run is the same work in one transaction
//! that is never committed, so it can not say anything else than the real run would.

use chassis::{Clock, Db, Error, Result, TenantCtx, TenantTx, db::write_token, wire};
use prost::Message as _;
use tonic::Code;
use usher_proto::{
    eventlog::v1::ConsistencyToken,
    talent::v1::{ImportCandidatesResponse, ImportMapping, ImportStart, ImportState, RowError},
};

use super::import_batch;
use crate::{
    domain::{
        clean::Fault,
        import::{
            Broken, Place,
            file::{File, Next},
            fold::Fate,
            mapping::Mapping,
            raw::Raw,
            reading,
            row::Row,
        },
        imports::{self, Counts, ImportId, UNDO_FOR},
    },
    keys::{Keyring, TenantKey},
    store::{self, import_errors::Refused},
};

/// Rows per transaction, and per report.
const BATCH: usize = 200;
/// How often a batch is tried that somebody else's work got in the way of.
const TRIES: usize = 5;
/// Why nothing is saved any more by whoever had an import before.
const TAKEN_OVER: &str = "IMPORT_TAKEN_OVER";

/// One file on its way in.
#[derive(Debug)]
pub struct Import {
    ledger: Ledger,
    clock: Clock,
    file: File,
    batch: Vec<Row>,
    refused: Vec<Refused>,
    rows_since_report: usize,
    /// What has become of all rows that were reported.
    counts: Counts,
    /// The last thing that was written.
    written: Option<ConsistencyToken>,
}

/// Where batches are saved.
#[derive(Debug)]
enum Ledger {
    /// The key is asked for anew with each batch: a file can take longer than a key lasts.
    Real {
        db: Db,
        keys: Keyring,
        ctx: TenantCtx,
        import: Box<imports::Import>,
    },
    Dry(Box<TenantTx>, TenantKey),
}

/// What comes next.
#[derive(Debug)]
pub enum Progress {
    /// More of the file is needed.
    Hungry,
    /// So far it has come.
    Report(ImportCandidatesResponse),
    /// It is all in.
    Done(ImportCandidatesResponse),
}

impl Import {
    /// An import for a tenant: a new one, a dry run, or one that broke and goes on.
    pub async fn begin(db: Db, keys: Keyring, ctx: TenantCtx, start: ImportStart) -> Result<Self> {
        let (clock, key) = (db.clock().clone(), keys.key(&ctx).await?);
        let fingerprint = imports::fingerprint(&start.fingerprint)?.map(|text| key.blind_import(text)).transpose()?;
        if let Some(resume) = &start.resume {
            let id = wire::id("start.resume.import_id", &resume.import_id)?;
            // Negative is nowhere.
            let position = u64::try_from(resume.position).unwrap_or(u64::MAX);
            let import = go_on(&db, &ctx, id, fingerprint.as_deref(), position).await?;
            let mapping = ImportMapping::decode(import.mapping.as_slice())
                .map_err(|error| Error::internal("a mapping can not be read", &error))?;
            let file = File::at(import.format, Mapping::read(&mapping)?, import.place, import.layout.clone());
            let counts = import.counts;
            return Ok(Self::new(Ledger::Real { db, keys, ctx, import: Box::new(import) }, clock, file, counts));
        }
        let sent = start.mapping.clone().unwrap_or_default();
        let file = File::begin(start.format(), Mapping::read(&sent)?);
        let ledger = if start.dry_run {
            Ledger::Dry(Box::new(db.begin(&ctx).await?), key)
        } else {
            let import = begin_anew(&db, &ctx, &start, fingerprint, sent.encode_to_vec()).await?;
            Ledger::Real { db, keys, ctx, import: Box::new(import) }
        };
        Ok(Self::new(ledger, clock, file, Counts::default()))
    }

    fn new(ledger: Ledger, clock: Clock, file: File, counts: Counts) -> Self {
        let (batch, refused) = (Vec::with_capacity(BATCH), Vec::new());
        Self { ledger, clock, file, batch, refused, rows_since_report: 0, counts, written: None }
    }

    /// The next piece of the file.
    pub fn feed(&mut self, piece: Vec<u8>) {
        self.file.feed(piece);
    }

    /// The file is whole.
    pub fn finish(&mut self) {
        self.file.finish();
    }

    /// The stream has ended and nobody said that the file is whole. Rows that have ended are taken; half a row is not.
    pub fn break_off(&mut self) -> Result<()> {
        if let Some(line) = self.file.begun_row() {
            let message = "the stream ended within this row; send the whole file again, and `end` after it".into();
            return Err(Broken { reason: "IMPORT_TRUNCATED", line, message }.into());
        }
        self.file.finish();
        Ok(())
    }

    /// It can not go on now, and says why to whoever looks at it. Whoever has taken it over is not disturbed.
    pub async fn broke(&self, reason: &str) -> Result<()> {
        let Ledger::Real { db, ctx, import, .. } = &self.ledger else { return Ok(()) };
        let mut tx = db.begin(ctx).await?;
        let mut stored = store::imports::lock(&mut tx, import.id).await?;
        if stored.attempt == import.attempt && stored.kept_state == ImportState::Running {
            stored.kept_state = ImportState::Broken;
            reason.clone_into(&mut stored.broken_reason);
            store::imports::update(&mut tx, &stored, import.attempt).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Works on until there is something to say.
    pub async fn advance(&mut self) -> Result<Progress> {
        loop {
            match self.file.next()? {
                Next::Hungry => return Ok(Progress::Hungry),
                Next::End => {
                    let mut report = self.settle(ImportState::Done).await?;
                    report.done = true;
                    report.consistency_token = self.written.as_ref().map(write_token).unwrap_or_default();
                    return Ok(Progress::Done(report));
                }
                Next::Row(row) => self.take(row),
            }
            if self.rows_since_report == BATCH {
                return Ok(Progress::Report(self.settle(ImportState::Running).await?));
            }
        }
    }

    fn take(&mut self, row: Result<Raw, (u64, Fault)>) {
        self.rows_since_report += 1;
        let now = self.clock.now();
        let read = row.and_then(|raw| reading::read(&raw, self.file.mapping(), now).map_err(|fault| (raw.line, fault)));
        match read {
            Ok(row) => self.batch.push(row),
            Err((line, fault)) => self.refused.push(refused(line, fault)),
        }
    }

    /// Saves the batch; the report of everything so far, with the errors that were not told yet.
    async fn settle(&mut self, state: ImportState) -> Result<ImportCandidatesResponse> {
        let batch = Batch {
            rows: std::mem::take(&mut self.batch),
            refused: std::mem::take(&mut self.refused),
            counts: self.counts,
            place: self.file.place(),
            state,
        };
        let ignored_columns = self.file.take_ignored();
        self.rows_since_report = 0;
        let (settled, import_id, position) = match &mut self.ledger {
            Ledger::Dry(tx, key) => {
                let fates = import_batch::save(tx, key, None, &batch.rows).await?;
                (batch.settle(&fates), String::new(), 0)
            }
            Ledger::Real { db, keys, ctx, import } => {
                import.layout = self.file.layout().cloned();
                let (settled, written) = save_durably(db, keys, ctx, import, &batch).await?;
                self.written = written.or(self.written.take());
                (settled, import.id.to_string(), import.place.position)
            }
        };
        let Settled { counts, refused } = settled;
        self.counts = counts;
        let Counts { rows_read, created, updated, unchanged, rejected } = counts;
        let errors = refused.into_iter().map(told).collect();
        Ok(ImportCandidatesResponse {
            rows_read,
            created,
            updated,
            unchanged,
            rejected,
            errors,
            ignored_columns,
            import_id,
            position: i64::try_from(position).unwrap_or(i64::MAX),
            ..ImportCandidatesResponse::default()
        })
    }
}

/// Rows that are saved together.
struct Batch {
    rows: Vec<Row>,
    /// Those that were refused before anybody was asked about them.
    refused: Vec<Refused>,
    /// Of all rows before these.
    counts: Counts,
    /// Behind them.
    place: Place,
    state: ImportState,
}

/// What became of a batch.
struct Settled {
    counts: Counts,
    /// By line.
    refused: Vec<Refused>,
}

impl Batch {
    fn settle(&self, fates: &[Fate]) -> Settled {
        let mut counts = self.counts;
        let again = |one: &Refused| Refused {
            line: one.line,
            field: one.field.clone(),
            reason: one.reason.clone(),
            message: one.message.clone(),
        };
        let mut all: Vec<Refused> = self.refused.iter().map(again).collect();
        for (row, fate) in self.rows.iter().zip(fates) {
            match fate {
                Fate::Created => counts.created += 1,
                Fate::Updated => counts.updated += 1,
                Fate::Unchanged => counts.unchanged += 1,
                Fate::Rejected(fault) => all.push(refused(row.line, *fault)),
            }
        }
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        counts.rows_read += number(self.rows.len() + self.refused.len());
        counts.rejected += number(all.len());
        all.sort_by_key(|one| one.line);
        Settled { counts, refused: all }
    }
}

fn refused(line: u64, fault: Fault) -> Refused {
    Refused {
        line: i64::try_from(line).unwrap_or(i64::MAX),
        field: fault.field.to_owned(),
        reason: fault.reason.to_owned(),
        message: format!("{} {}", if fault.field.is_empty() { "the row" } else { fault.field }, fault.message),
    }
}

/// A refused row for the wire.
pub fn told(Refused { line, field, reason, message }: Refused) -> RowError {
    RowError { line, field, reason, message }
}

/// A new import, which can be resumed and undone from now on.
async fn begin_anew(
    db: &Db,
    ctx: &TenantCtx,
    start: &ImportStart,
    fingerprint: Option<Vec<u8>>,
    mapping: Vec<u8>,
) -> Result<imports::Import> {
    let mut tx = db.begin(ctx).await?;
    let now = tx.now();
    let import = imports::Import {
        id: ImportId::new(),
        format: start.format(),
        fingerprint,
        size: start.size.max(0),
        mapping,
        layout: None,
        kept_state: ImportState::Running,
        broken_reason: String::new(),
        attempt: 1,
        counts: Counts::default(),
        place: Place::default(),
        undone: imports::Undone::default(),
        actor: ctx.actor.to_string(),
        create_time: now,
        update_time: now,
        undo_expire_time: now + UNDO_FOR,
    };
    store::imports::insert(&mut tx, &import).await?;
    tx.commit().await?;
    Ok(import)
}

/// An import that broke, taken over from whoever had it.
async fn go_on(
    db: &Db,
    ctx: &TenantCtx,
    id: ImportId,
    fingerprint: Option<&[u8]>,
    position: u64,
) -> Result<imports::Import> {
    let mut tx = db.begin(ctx).await?;
    let mut import = store::imports::lock(&mut tx, id).await?;
    let attempt = import.attempt;
    import.resume(fingerprint, position)?;
    store::imports::update(&mut tx, &import, attempt).await?;
    tx.commit().await?;
    Ok(import)
}

/// A batch in a transaction of its own, again when somebody else changed the same people meanwhile.
async fn save_durably(
    db: &Db,
    keys: &Keyring,
    ctx: &TenantCtx,
    import: &mut imports::Import,
    batch: &Batch,
) -> Result<(Settled, Option<ConsistencyToken>)> {
    let mut tries = 0;
    loop {
        tries += 1;
        let key = keys.key(ctx).await?;
        let mut tx = db.begin(ctx).await?;
        match save(&mut tx, &key, import, batch).await {
            Ok((settled, saved)) => {
                let token = tx.commit().await?;
                *import = saved;
                return Ok((settled, token));
            }
            Err(error) if error.code() == Code::Aborted && error.reason() != TAKEN_OVER && tries < TRIES => {
                tracing::debug!(tries, "a batch of an import is done again");
            }
            Err(error) => return Err(error),
        }
    }
}

/// The rows, and the import as it stands behind them.
async fn save(
    tx: &mut TenantTx,
    key: &TenantKey,
    import: &imports::Import,
    batch: &Batch,
) -> Result<(Settled, imports::Import)> {
    // Before anybody else, as whoever undoes it does, so that the two never wait for each other.
    let stored = store::imports::lock(tx, import.id).await?;
    if stored.attempt != import.attempt {
        return Err(Error::aborted(TAKEN_OVER, "somebody else goes on with this import, or undoes it"));
    }
    let fates = import_batch::save(tx, key, Some(import.id), &batch.rows).await?;
    let settled = batch.settle(&fates);
    if !settled.refused.is_empty() && batch.counts.rejected < store::import_errors::MOST {
        store::import_errors::insert(tx, import.id, &settled.refused).await?;
    }
    let mut saved = imports::Import { layout: import.layout.clone(), ..stored };
    (saved.counts, saved.place, saved.kept_state) = (settled.counts, batch.place, batch.state);
    store::imports::update(tx, &saved, import.attempt).await?;
    Ok((settled, saved))
}
