//! People arrive by the file.
//!
//! Pieces are fed in and reports come out; in between the file is read row by row, and every two hundred rows are saved
//! in one transaction of their own. A dry run is the same work in one transaction that is never committed, so it can
//! not say anything else than the real run would.

use std::collections::BTreeSet;

use chassis::{Db, Error, Result, TenantCtx, TenantTx, db::write_token};
use tonic::Code;
use usher_proto::{
    eventlog::v1::ConsistencyToken,
    talent::v1::{CandidateCreated, CandidateUpdated, ImportCandidatesResponse, RowError},
};

use crate::{
    domain::{
        candidate::CandidateId,
        clean::Fault,
        import::{
            Broken,
            csv::{Parser, Record, Step},
            fold::{Book, Fate},
            header::Header,
            row::Row,
        },
    },
    keys::{Keyring, TenantKey},
    store,
};

/// Rows per transaction, and per report.
const BATCH: usize = 200;
/// How often a batch is tried that somebody else's work got in the way of.
const TRIES: usize = 5;

/// One file on its way in.
#[derive(Debug)]
pub struct Import {
    ledger: Ledger,
    parser: Parser,
    header: Option<Header>,
    batch: Vec<Row>,
    rows_since_report: usize,
    /// The last thing that was written.
    written: Option<ConsistencyToken>,
    report: ImportCandidatesResponse,
}

/// Where batches are saved.
#[derive(Debug)]
enum Ledger {
    /// The key is asked for anew with each batch: a file can take longer than a key lasts.
    Real(Db, Keyring, TenantCtx),
    Dry(Box<TenantTx>, TenantKey),
}

/// What became of rows, and what was written last.
type Saved = (Vec<Fate>, Option<ConsistencyToken>);

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
    /// An import for a tenant.
    pub async fn begin(db: Db, keys: Keyring, ctx: TenantCtx, dry_run: bool) -> Result<Self> {
        let ledger = if dry_run {
            let key = keys.key(&ctx).await?;
            Ledger::Dry(Box::new(db.begin(&ctx).await?), key)
        } else {
            Ledger::Real(db, keys, ctx)
        };
        Ok(Self {
            ledger,
            parser: Parser::default(),
            header: None,
            batch: Vec::with_capacity(BATCH),
            rows_since_report: 0,
            written: None,
            report: ImportCandidatesResponse::default(),
        })
    }

    /// The next piece of the file.
    pub fn feed(&mut self, piece: Vec<u8>) {
        self.parser.feed(piece);
    }

    /// The file is whole.
    pub fn finish(&mut self) {
        self.parser.finish();
    }

    /// The stream has ended and nobody said that the file is whole. Rows that have ended are taken; half a row is not.
    pub fn break_off(&mut self) -> Result<()> {
        if self.parser.is_inside_row() {
            let message = "the stream ended within this row; send the whole file again, and `end` after it";
            return Err(Broken { reason: "IMPORT_TRUNCATED", line: self.parser.row_line(), message }.into());
        }
        self.parser.finish();
        Ok(())
    }

    /// Works on until there is something to say.
    pub async fn advance(&mut self) -> Result<Progress> {
        loop {
            match self.parser.step()? {
                Step::Hungry => return Ok(Progress::Hungry),
                Step::End if self.header.is_none() => return Err(no_header()),
                Step::End => {
                    let mut report = self.settle().await?;
                    report.done = true;
                    report.consistency_token = self.written.as_ref().map(write_token).unwrap_or_default();
                    return Ok(Progress::Done(report));
                }
                Step::Record(record) => self.take(&record)?,
            }
            if self.rows_since_report == BATCH {
                return Ok(Progress::Report(self.settle().await?));
            }
        }
    }

    fn take(&mut self, record: &Record) -> Result<()> {
        let Some(header) = &self.header else {
            let header = Header::read(record)?;
            self.report.ignored_columns.clone_from(&header.ignored);
            self.header = Some(header);
            return Ok(());
        };
        self.report.rows_read += 1;
        self.rows_since_report += 1;
        match Row::read(header, record) {
            Ok(row) => self.batch.push(row),
            Err(fault) => self.reject(record.line, fault),
        }
        Ok(())
    }

    fn reject(&mut self, line: u64, fault: Fault) {
        self.report.rejected += 1;
        self.report.errors.push(RowError {
            line: i64::try_from(line).unwrap_or(i64::MAX),
            field: fault.field.to_owned(),
            reason: fault.reason.to_owned(),
            message: format!("{} {}", if fault.field.is_empty() { "the row" } else { fault.field }, fault.message),
        });
    }

    /// Saves the batch; the report of everything so far, with the errors that were not told yet.
    async fn settle(&mut self) -> Result<ImportCandidatesResponse> {
        let rows = std::mem::take(&mut self.batch);
        let (fates, written) = self.ledger.save(&rows).await?;
        self.written = written.or(self.written.take());
        for (row, fate) in rows.iter().zip(fates) {
            match fate {
                Fate::Created => self.report.created += 1,
                Fate::Updated => self.report.updated += 1,
                Fate::Unchanged => self.report.unchanged += 1,
                Fate::Rejected(fault) => self.reject(row.line, fault),
            }
        }
        self.rows_since_report = 0;
        self.report.errors.sort_by_key(|error| error.line);
        let told = self.report.clone();
        self.report.errors.clear();
        self.report.ignored_columns.clear();
        Ok(told)
    }
}

impl Ledger {
    async fn save(&mut self, rows: &[Row]) -> Result<Saved> {
        if rows.is_empty() {
            return Ok((Vec::new(), None));
        }
        match self {
            Self::Dry(tx, key) => Ok((save(tx, key, rows).await?, None)),
            Self::Real(db, keys, ctx) => save_durably(db, keys, ctx, rows).await,
        }
    }
}

/// A batch in a transaction of its own, again when somebody else changed the same people meanwhile.
async fn save_durably(db: &Db, keys: &Keyring, ctx: &TenantCtx, rows: &[Row]) -> Result<Saved> {
    let mut tries = 0;
    loop {
        tries += 1;
        let key = keys.key(ctx).await?;
        let mut tx = db.begin(ctx).await?;
        match save(&mut tx, &key, rows).await {
            Ok(fates) => {
                return Ok((fates, tx.commit().await?));
            }
            Err(error) if error.code() == Code::Aborted && tries < TRIES => {
                tracing::debug!(tries, "a batch of an import is done again");
            }
            Err(error) => return Err(error),
        }
    }
}

async fn save(tx: &mut TenantTx, key: &TenantKey, rows: &[Row]) -> Result<Vec<Fate>> {
    let contacts: BTreeSet<_> = rows.iter().flat_map(Row::contacts).collect();
    let owners = store::contact_points::owners(tx, key, &contacts).await?;
    let mut book = Book::new(store::candidates::lock_all(tx, key, &owners).await?);
    let gone = store::tombstones::among(tx, key, &contacts).await?;
    let now = tx.now();
    let fingerprints = rows.iter().map(|row| key.fingerprint(row)).collect::<Result<Vec<_>>>()?;
    let mut taken = store::imported_rows::known(tx, &fingerprints).await?;
    let mut news = Vec::new();
    let mut fates = Vec::with_capacity(rows.len());
    for (row, fingerprint) in rows.iter().zip(fingerprints) {
        let fate = if row.contacts().any(|contact| gone.contains(&contact)) {
            Fate::Rejected(Fault::new(
                "",
                store::tombstones::PERSON_ERASED,
                "is about somebody who asked to be forgotten",
            ))
        } else if taken.contains(&fingerprint) {
            // A row that came before has had its effect, whatever has happened to the person since.
            Fate::Unchanged
        } else {
            book.fold(row, now)
        };
        if !matches!(fate, Fate::Rejected(_)) && taken.insert(fingerprint.clone()) {
            news.push(fingerprint);
        }
        fates.push(fate);
    }
    store::imported_rows::insert(tx, &news).await?;
    let outcome = book.outcome(now);

    // People who are changed first: they may give up what a new one takes on.
    let saved = store::candidates::update(tx, key, &outcome.updated).await.map_err(overtaken)?
        && store::candidates::insert(tx, key, &outcome.created).await.map_err(overtaken)?;
    if !saved {
        return Err(changed_meanwhile());
    }
    let created: Vec<_> = outcome.created.iter().map(|candidate| (candidate.id, super::created(candidate))).collect();
    let updated: Vec<_> =
        outcome.updated.iter().map(|(before, after)| (after.id, super::updated(before, after))).collect();
    outbox::append_all::<CandidateId, CandidateCreated>(tx, &lent(&created)).await?;
    outbox::append_all::<CandidateId, CandidateUpdated>(tx, &lent(&updated)).await?;
    Ok(fates)
}

/// Somebody of the batch was forgotten while it was being saved: the next try sees it row by row.
fn overtaken(error: Error) -> Error {
    if error.reason() == store::tombstones::PERSON_ERASED { changed_meanwhile() } else { error }
}

fn changed_meanwhile() -> Error {
    Error::aborted("CONCURRENT_CHANGE", "somebody else changed the same people; send the file again")
}

fn lent<E>(events: &[(CandidateId, E)]) -> Vec<(CandidateId, &E)> {
    events.iter().map(|(id, event)| (*id, event)).collect()
}

fn no_header() -> Error {
    let message = "the file is empty; its first line must name the columns";
    Broken { reason: "IMPORT_HEADER_UNKNOWN", line: 1, message }.into()
}
