//! Talent has made one of two people, or two of one, and ats has given applications to another person: messages follow.
//!
//! A message of an application goes wherever the application goes; any other one with the person to whom it was addressed.
//! What goes to somebody who is forgotten by then goes as they did.

use chassis::{Result, TenantTx, wire};
use outbox::merging;
use usher_proto::{
    ats::v1::{ApplicationCreated, ApplicationReassigned},
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use super::erase_candidate;
use crate::{
    domain::message::{CandidateId, Message},
    store::reassignments,
};

pub async fn merged(tx: &mut TenantTx, said: &CandidatesMerged) -> Result<()> {
    let absorbed: CandidateId = wire::id("absorbed_id", &said.absorbed_id)?;
    let survivor: CandidateId = wire::id("survivor_id", &said.survivor_id)?;
    match merging::join(tx, absorbed.0, survivor.0).await? {
        Some(messages) => reassignments::readdress(tx, messages).await,
        None => Ok(()),
    }
}

pub async fn unmerged(tx: &mut TenantTx, said: &CandidatesUnmerged) -> Result<()> {
    let absorbed: CandidateId = wire::id("absorbed_id", &said.absorbed_id)?;
    let survivor: CandidateId = wire::id("survivor_id", &said.survivor_id)?;
    let messages = merging::part(tx, absorbed.0, survivor.0).await?;
    reassignments::readdress(tx, messages).await?;
    erase_candidate::catch_up(tx, absorbed).await
}

pub async fn reassigned(tx: &mut TenantTx, said: &ApplicationReassigned) -> Result<()> {
    let candidate: CandidateId = wire::id("candidate_id", &said.candidate_id)?;
    let application = wire::id("application_id", &said.application_id)?;
    // An ats of an earlier version does not say it.
    let origin = wire::optional_id("origin_candidate_id", &said.origin_candidate_id)?;
    reassignments::follow_application(tx, application, candidate, origin).await?;
    erase_candidate::catch_up(tx, origin.unwrap_or(candidate)).await
}

/// An application was made for somebody who is part of another person.
pub async fn created(tx: &mut TenantTx, said: &ApplicationCreated) -> Result<()> {
    let Some(origin) = wire::optional_id("origin_candidate_id", &said.origin_candidate_id)? else { return Ok(()) };
    let candidate: CandidateId = wire::id("candidate_id", &said.candidate_id)?;
    let application = wire::id("application_id", &said.application_id)?;
    reassignments::follow_application(tx, application, candidate, Some(origin)).await?;
    erase_candidate::catch_up(tx, origin).await
}

/// A new message goes to whoever stands for the person to whom it is addressed.
pub async fn address(tx: &mut TenantTx, message: &mut Message) -> Result<()> {
    message.candidate_id = CandidateId(merging::settled(tx, message.candidate_id.0).await?);
    Ok(())
}
