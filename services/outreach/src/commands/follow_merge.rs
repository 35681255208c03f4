//! Talent has made one of two people, or two of one, and ats has given applications to another person: messages follow.
//!
//! A message of an application goes wherever the application goes; any other one with the person to whom it was addressed.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::ApplicationReassigned,
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use crate::{
    domain::message::{CandidateId, Message},
    store::merged,
};

pub async fn merged(tx: &mut TenantTx, said: &CandidatesMerged) -> Result<()> {
    let absorbed: CandidateId = wire::id("absorbed_id", &said.absorbed_id)?;
    merged::hold_alone(tx, absorbed).await?;
    // Whom they had taken on before goes with them.
    let parts = merged::parts(tx, absorbed).await?;
    let survivor = wire::id("survivor_id", &said.survivor_id)?;
    merged::insert(tx, absorbed, survivor).await?;
    let survivor = merged::stands_for(tx, survivor).await?;
    merged::readdress(tx, absorbed, &parts, survivor).await
}

pub async fn unmerged(tx: &mut TenantTx, said: &CandidatesUnmerged) -> Result<()> {
    let absorbed: CandidateId = wire::id("absorbed_id", &said.absorbed_id)?;
    merged::hold_alone(tx, absorbed).await?;
    let survivor = merged::stands_for(tx, wire::id("survivor_id", &said.survivor_id)?).await?;
    merged::delete(tx, absorbed).await?;
    let parts = merged::parts(tx, absorbed).await?;
    merged::readdress(tx, survivor, &parts, absorbed).await
}

pub async fn reassigned(tx: &mut TenantTx, said: &ApplicationReassigned) -> Result<()> {
    let candidate = wire::id("candidate_id", &said.candidate_id)?;
    merged::follow_application(tx, wire::id("application_id", &said.application_id)?, candidate).await
}

/// A new message goes to whoever stands for the person to whom it is addressed.
pub async fn address(tx: &mut TenantTx, message: &mut Message) -> Result<()> {
    let addressed = message.candidate_id;
    message.candidate_id = merged::settled(tx, addressed).await?;
    Ok(())
}
