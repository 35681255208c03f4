//! A batch of rows becomes past interviews, in the transaction handed in: facts that reports count, and nothing that anybody
//! has to do.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::ats::v1::{AttendanceRecorded, PastInterview as Said};
use uuid::Uuid;

use crate::{
    domain::{
        history::PastInterview,
        history_import::{ImportId, Refused},
        interview::InterviewId,
        wall,
    },
    store,
};

/// What became of a batch.
#[derive(Debug)]
pub struct Taken {
    /// The keys of rows that are new.
    pub created: Vec<String>,
    pub unchanged: usize,
    pub refused: Vec<Refused>,
}

/// Takes rows in, with an import or, in a dry run, with none.
pub async fn save(tx: &mut TenantTx, import: Option<ImportId>, rows: &[Said]) -> Result<Taken> {
    let (mut taken, mut refused) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match read(tx, row) {
            Ok(interview) => taken.push(interview),
            Err(error) => refused.push(fault(row.line, error)?),
        }
    }
    refused.extend(refuse_forgotten(tx, &mut taken).await?);
    let written = store::history::insert(tx, &taken).await?;
    let (new, known): (Vec<_>, Vec<_>) = taken.into_iter().partition(|one| written.contains(&one.id));
    let events: Vec<_> = new.iter().map(|one| (one.id, recorded(one))).collect();
    let lent: Vec<(InterviewId, &AttendanceRecorded)> = events.iter().map(|(id, event)| (*id, event)).collect();
    outbox::append_all(tx, &lent).await?;
    if let Some(import) = import {
        let ids: Vec<InterviewId> = new.iter().map(|one| one.id).collect();
        store::history::insert_rows(tx, import, &ids).await?;
    }
    let created = new.into_iter().map(|one| one.row_key).collect();
    Ok(Taken { created, unchanged: known.len(), refused })
}

/// Takes out those who name somebody who is forgotten. Nobody else whom they name is forgotten before the transaction ends.
async fn refuse_forgotten(tx: &mut TenantTx, taken: &mut Vec<PastInterview>) -> Result<Vec<Refused>> {
    let people: Vec<Uuid> = taken.iter().filter_map(|one| one.candidate_id).map(|id| id.0).collect();
    let forgotten = outbox::erasure::hold(tx, &people).await?;
    let names_one = |one: &mut PastInterview| one.candidate_id.is_some_and(|id| forgotten.contains(&id.0));
    let refused = |one: PastInterview| Refused {
        line: one.line,
        field: "candidate_id".to_owned(),
        reason: "CANDIDATE_ERASED".to_owned(),
        message: "candidate_id names somebody who asked to be forgotten; leave it empty".to_owned(),
    };
    Ok(taken.extract_if(.., names_one).map(refused).collect())
}

fn read(tx: &TenantTx, said: &Said) -> Result<PastInterview> {
    let start_time = wire::required_instant("start_time", said.start_time.as_ref())?;
    if start_time > tx.now() {
        return Err(Error::invalid("start_time", "HISTORY_IN_FUTURE", "must have begun already"));
    }
    wall::zone("time_zone", &said.time_zone)?;
    let candidate_id = wire::optional_id("candidate_id", &said.candidate_id).map_err(|_| {
        Error::invalid("candidate_id", "CANDIDATE_ID_INVALID", "must be the id of a candidate, cand_…, or empty")
    })?;
    Ok(PastInterview {
        id: InterviewId::new(),
        line: said.line,
        row_key: said.row_key.clone(),
        candidate_id,
        position: said.position.clone(),
        stage: said.stage.clone(),
        start_time,
        time_zone: said.time_zone.clone(),
        attendance: said.attendance(),
        expected: said.expected(),
        reminder_channel: said.reminder_channel.clone(),
    })
}

/// Why a row can not be read, of an error that names the field.
fn fault(line: i64, error: Error) -> Result<Refused> {
    let Some((field, description)) = error.violations().first() else { return Err(error) };
    let message = format!("{field} {description}");
    Ok(Refused { line, field: field.clone(), reason: error.reason().to_owned(), message })
}

fn recorded(one: &PastInterview) -> AttendanceRecorded {
    AttendanceRecorded {
        interview_id: one.id.to_string(),
        candidate_id: one.candidate_id.map(|id| id.to_string()).unwrap_or_default(),
        stage: one.stage.clone(),
        attempt: 1,
        attendance: one.attendance.into(),
        start_time: Some(wire::timestamp(one.start_time)),
        historical: true,
        expected: one.expected.into(),
        ..AttendanceRecorded::default()
    }
}
