//! A person agrees to a purpose, or no longer does.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{ConsentRecorded, RecordConsentRequest};
use uuid::Uuid;

use crate::{
    domain::{candidate::CandidateId, clean::text, consent::Consent},
    store,
};

/// Writes the word down. The answer is the one that counts now.
pub async fn run(tx: &mut TenantTx, request: RecordConsentRequest) -> Result<Consent> {
    let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
    let said = read(tx, &request)?;
    store::candidates::hold(tx, candidate).await?;
    store::consents::insert(tx, candidate, &said).await?;
    let event = ConsentRecorded {
        candidate_id: candidate.to_string(),
        purpose: said.purpose.into(),
        granted: said.granted,
        time: Some(wire::timestamp(said.time)),
        expire_time: said.expire_time.map(wire::timestamp),
    };
    outbox::append(tx, candidate, &event).await?;
    let members = store::merges::whole(tx, candidate).await?.members;
    let latest = store::consents::latest(tx, &members).await?;
    let on_purpose = latest.into_iter().map(|(_, consent)| consent).filter(|consent| consent.purpose == said.purpose);
    Ok(on_purpose.max_by_key(Consent::rank).unwrap_or(said))
}

fn read(tx: &TenantTx, request: &RecordConsentRequest) -> Result<Consent> {
    let now = tx.now();
    let time = request.time.as_ref().map(|time| wire::instant("time", time)).transpose()?.unwrap_or(now);
    if time > now {
        return Err(Error::invalid("time", "CONSENT_TIME_INVALID", "must not lie in the future"));
    }
    let expire_time = request.expire_time.as_ref().map(|time| wire::instant("expire_time", time)).transpose()?;
    match expire_time {
        Some(_) if !request.granted => {
            let message = "belongs to consent that is given; a refusal has no end";
            return Err(Error::invalid("expire_time", "CONSENT_TIME_INVALID", message));
        }
        Some(end) if end <= now => {
            return Err(Error::invalid("expire_time", "CONSENT_EXPIRED", "must lie in the future"));
        }
        Some(_) | None => {}
    }
    let evidence = text::required("evidence", &request.evidence, 500)
        .map_err(|fault| Error::invalid(fault.field, fault.reason, fault.message))?;
    Ok(Consent {
        id: Uuid::now_v7(),
        purpose: request.purpose(),
        granted: request.granted,
        time,
        expire_time,
        evidence,
        actor: tx.ctx().actor.to_string(),
    })
}
