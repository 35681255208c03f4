//! Somebody takes a person on for a while, goes on with them, lets them go, or takes them over.

use chassis::{Error, Result, TenantTx, wire};
use chrono::TimeDelta;
use outbox::merging;
use usher_proto::outreach::v1::{
    ClaimContactRequest, ContactLeaseClaimed, ContactLeaseOverridden, ContactLeaseReleased, ContactPurpose, LeaseEnd,
    OverrideContactLeaseRequest, ReleaseContactLeaseRequest, RenewContactLeaseRequest,
};

use crate::{
    domain::{
        gate::{
            lease::{HELD, Lease, LeaseId, check_duration},
            nature,
        },
        message::{CandidateId, Message},
    },
    queries::contact::people,
    store,
};

/// What somebody wants a person for.
struct Wish {
    purpose: ContactPurpose,
    note: String,
    duration: TimeDelta,
    overridden: Option<LeaseId>,
}

pub async fn claim(tx: &mut TenantTx, request: ClaimContactRequest) -> Result<Lease> {
    let wish = Wish {
        purpose: request.purpose(),
        duration: duration(request.duration.as_ref())?,
        note: request.note,
        overridden: None,
    };
    let candidate = settled(tx, wire::id("candidate_id", &request.candidate_id)?).await?;
    take(tx, candidate, wish).await
}

/// For whoever writes to a person by hand. Somebody else may be faster; then they have them.
pub async fn claim_for(tx: &mut TenantTx, message: &Message, duration: TimeDelta) -> Result<()> {
    let candidate = settled(tx, message.candidate_id).await?;
    if holding(tx, candidate).await?.is_some() {
        return Ok(());
    }
    let purpose = nature::of_draft(&message.draft).purpose;
    let wish = Wish { purpose, note: "by writing to them".to_owned(), duration, overridden: None };
    match take(tx, candidate, wish).await {
        Err(error) if error.reason() == HELD => Ok(()),
        taken => taken.map(drop),
    }
}

pub async fn renew(tx: &mut TenantTx, request: RenewContactLeaseRequest) -> Result<Lease> {
    let duration = duration(request.duration.as_ref())?;
    let mut lease = store::leases::lock(tx, wire::id("lease_id", &request.lease_id)?).await?;
    lease.check_holder(tx.ctx().actor.as_str())?;
    lease.check_holds(tx.now())?;
    lease.expire_time = tx.now() + duration;
    store::leases::update(tx, &lease).await?;
    say_claimed(tx, &lease).await?;
    Ok(lease)
}

pub async fn release(tx: &mut TenantTx, request: ReleaseContactLeaseRequest) -> Result<Lease> {
    let mut lease = store::leases::lock(tx, wire::id("lease_id", &request.lease_id)?).await?;
    let actor = tx.ctx().actor.clone();
    lease.check_holder(actor.as_str())?;
    if !lease.holds(tx.now()) {
        return Ok(lease);
    }
    lease.finish(LeaseEnd::Released, actor.as_str(), "", tx.now());
    store::leases::update(tx, &lease).await?;
    let released = ContactLeaseReleased {
        lease_id: lease.id.to_string(),
        candidate_id: lease.candidate_id.to_string(),
        holder: lease.holder.clone(),
        release_time: lease.end_time.map(wire::timestamp),
    };
    outbox::append(tx, lease.candidate_id, &released).await?;
    Ok(lease)
}

/// The one that is ended keeps who did it, when and why.
pub async fn override_(tx: &mut TenantTx, request: OverrideContactLeaseRequest) -> Result<Lease> {
    let duration = duration(request.duration.as_ref())?;
    let mut lease = store::leases::lock(tx, wire::id("lease_id", &request.lease_id)?).await?;
    lease.check_holds(tx.now())?;
    let actor = tx.ctx().actor.clone();
    let purpose = request.purpose();
    let candidate = settled(tx, lease.candidate_id).await?;
    if lease.holder == actor.as_str() {
        let wish = Wish { purpose, note: request.note, duration, overridden: None };
        return take(tx, candidate, wish).await;
    }
    lease.finish(LeaseEnd::Overridden, actor.as_str(), &request.reason, tx.now());
    store::leases::update(tx, &lease).await?;
    let overridden = ContactLeaseOverridden {
        lease_id: lease.id.to_string(),
        candidate_id: lease.candidate_id.to_string(),
        holder: lease.holder.clone(),
        overridden_by: actor.to_string(),
        reason: request.reason,
        override_time: lease.end_time.map(wire::timestamp),
    };
    outbox::append(tx, lease.candidate_id, &overridden).await?;
    take(tx, candidate, Wish { purpose, note: request.note, duration, overridden: Some(lease.id) }).await
}

/// The lease that holds for a person, whoever of those it was taken for who are one with them.
pub async fn holding(tx: &mut TenantTx, candidate: CandidateId) -> Result<Option<Lease>> {
    let people = people(tx, candidate).await?;
    store::leases::holding(tx, &people).await
}

/// Who stands for a person, who is not forgotten meanwhile.
async fn settled(tx: &mut TenantTx, candidate: CandidateId) -> Result<CandidateId> {
    let survivor = merging::settled(tx, candidate.0).await?;
    outbox::erasure::refuse(tx, survivor).await?;
    Ok(CandidateId(survivor))
}

async fn take(tx: &mut TenantTx, candidate: CandidateId, wish: Wish) -> Result<Lease> {
    if let Some(held) = holding(tx, candidate).await? {
        return go_on(tx, held, wish).await;
    }
    store::leases::end_expired(tx, candidate).await?;
    let lease = Lease {
        id: LeaseId::new(),
        candidate_id: candidate,
        holder: tx.ctx().actor.to_string(),
        purpose: wish.purpose,
        note: wish.note.clone(),
        start_time: tx.now(),
        expire_time: tx.now() + wish.duration,
        end: LeaseEnd::Unspecified,
        end_time: None,
        ended_by: String::new(),
        end_reason: String::new(),
        overridden: wish.overridden,
    };
    if store::leases::insert(tx, &lease).await? {
        say_claimed(tx, &lease).await?;
        return Ok(lease);
    }
    // Somebody was faster by a moment, and may be told of by now.
    match holding(tx, candidate).await? {
        Some(held) => go_on(tx, held, wish).await,
        None => Err(Error::aborted("LEASE_CHANGED", "somebody had this person until just now; try again")),
    }
}

/// Whoever has the person already has them as they wish now; anybody else is told who it is.
async fn go_on(tx: &mut TenantTx, held: Lease, wish: Wish) -> Result<Lease> {
    if held.holder != tx.ctx().actor.as_str() {
        let error = Error::already_exists(HELD, held.words());
        return Err(held.tell(error.hint("wait, agree with them, or override the lease and say why")));
    }
    let mut lease = store::leases::lock(tx, held.id).await?;
    lease.check_holds(tx.now())?;
    lease.purpose = wish.purpose;
    lease.note = wish.note;
    lease.expire_time = tx.now() + wish.duration;
    store::leases::update(tx, &lease).await?;
    say_claimed(tx, &lease).await?;
    Ok(lease)
}

fn duration(asked: Option<&prost_types::Duration>) -> Result<TimeDelta> {
    let asked = asked.ok_or_else(|| Error::invalid("duration", "FIELD_REQUIRED", "is required"))?;
    check_duration(wire::span("duration", asked)?)
}

async fn say_claimed(tx: &mut TenantTx, lease: &Lease) -> Result<()> {
    let claimed = ContactLeaseClaimed {
        lease_id: lease.id.to_string(),
        candidate_id: lease.candidate_id.to_string(),
        holder: lease.holder.clone(),
        purpose: lease.purpose.into(),
        start_time: Some(wire::timestamp(lease.start_time)),
        expire_time: Some(wire::timestamp(lease.expire_time)),
    };
    outbox::append(tx, lease.candidate_id, &claimed).await?;
    Ok(())
}
