//! A person's résumé arrives.

use chassis::{Error, Result, TenantTx};
use doctext::{Extracted, Kind};
use usher_proto::talent::v1::{DocumentKind, ResumeAdded};

use super::note_duplicates;
use crate::{
    domain::{
        candidate::CandidateId,
        resume::{self, Resume, ResumeId},
    },
    keys::TenantKey,
    store,
};

/// A file that was read.
#[derive(Debug)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
    pub read: Extracted,
}

/// Keeps it. The answer is the résumé, and whether it is a new one.
pub async fn run(tx: &mut TenantTx, key: &TenantKey, candidate: CandidateId, file: &File) -> Result<(Resume, bool)> {
    store::candidates::hold(tx, candidate).await?;
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let resume = Resume {
        id: ResumeId::new(),
        candidate,
        file_name: file.name.clone(),
        kind: kind(file.read.kind),
        size: count(file.bytes.len()),
        characters: count(file.read.text.chars().count()),
        pages: file.read.pages.and_then(|pages| i32::try_from(pages).ok()).unwrap_or_default(),
        truncated: file.read.truncated,
        actor: tx.ctx().actor.to_string(),
        create_time: tx.now(),
    };
    let whole = store::merges::whole(tx, candidate).await?;
    if let Some(known) = store::resumes::of_file(tx, key, &whole.members, &file.bytes).await? {
        return Ok((known, false));
    }
    if !store::resumes::insert(tx, key, &resume, &file.read.text, &file.bytes).await? {
        let known = store::resumes::of_file(tx, key, &[candidate], &file.bytes).await?;
        return Ok((known.unwrap_or(resume), false));
    }
    let count = store::resumes::list(tx, key, &whole.members).await?.len();
    if count > resume::MOST {
        let message = "a person has at most 20 résumés; delete one first";
        return Err(Error::failed_precondition("RESUMES_TOO_MANY", message));
    }
    let event =
        ResumeAdded { candidate_id: candidate.to_string(), resume_id: resume.id.to_string(), kind: resume.kind.into() };
    outbox::append(tx, candidate, &event).await?;
    if count > 1 {
        super::external::record_resume(tx, key, candidate, resume.id, &file.read.text).await?;
    }
    note_duplicates::of_text(tx, key, whole.root, &file.read.text).await?;
    Ok((Resume { candidate: whole.root, ..resume }, true))
}

fn kind(kind: Kind) -> DocumentKind {
    match kind {
        Kind::Pdf => DocumentKind::Pdf,
        Kind::Docx => DocumentKind::Docx,
        Kind::Html => DocumentKind::Html,
        Kind::Text => DocumentKind::Text,
    }
}
