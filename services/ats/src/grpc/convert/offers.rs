//! Offers and their history, and what a candidate sees of one.

use chassis::wire::{etag, timestamp};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1 as pb;

use crate::domain::{
    currency,
    offer::{Approval, Offer, Terms, TermsVersion, Transition},
};

pub fn offer(offer: Offer) -> pb::Offer {
    pb::Offer {
        offer_id: offer.id.to_string(),
        application_id: offer.application_id.to_string(),
        job_id: offer.job_id.to_string(),
        candidate_id: offer.candidate_id.to_string(),
        state: offer.state.into(),
        awaits_approver: offer.turn().unwrap_or_default().to_owned(),
        terms: Some(terms(offer.terms)),
        terms_version: offer.terms_version,
        approvers: offer.approvers,
        contact_name: offer.contact_name,
        contact_channel: offer.contact_channel,
        author: offer.author,
        send_time: offer.send_time.map(timestamp),
        message_time: offer.message_time.map(timestamp),
        answer_time: offer.answer_time.map(timestamp),
        candidate_note: offer.candidate_note,
        create_time: Some(timestamp(offer.create_time)),
        update_time: Some(timestamp(offer.update_time)),
        etag: etag(offer.version),
        transitions: Vec::new(),
        approvals: Vec::new(),
        terms_history: Vec::new(),
    }
}

pub fn offer_with_history(
    plain: Offer,
    transitions: Vec<Transition>,
    approvals: Vec<Approval>,
    terms: Vec<TermsVersion>,
) -> pb::Offer {
    pb::Offer {
        transitions: transitions.into_iter().map(transition).collect(),
        approvals: approvals.into_iter().map(approval).collect(),
        terms_history: terms.into_iter().map(terms_version).collect(),
        ..offer(plain)
    }
}

/// What the candidate may know, field by field; whatever is added to an offer stays out until it is added here.
pub fn centre_offer(offer: Offer, now: DateTime<Utc>) -> pb::CentreOffer {
    let open = offer.awaits_answer(now);
    pb::CentreOffer {
        state: offer.state_at(now).into(),
        answer_by: Some(timestamp(offer.terms.expire_time)),
        can_accept: open,
        can_decline: open,
        revision: offer.revision(),
        salary_amount: currency::decimal(offer.terms.salary_minor_units, &offer.terms.salary_currency),
        terms: Some(terms(offer.terms)),
        contact_name: offer.contact_name,
        contact_channel: offer.contact_channel,
    }
}

fn terms(terms: Terms) -> pb::OfferTerms {
    pb::OfferTerms {
        position_title: terms.position_title,
        employment_type: terms.employment_type,
        start_date: terms.start_date.to_string(),
        time_zone: terms.time_zone,
        salary_minor_units: terms.salary_minor_units,
        salary_currency: terms.salary_currency,
        salary_period: terms.salary_period,
        location: terms.location,
        benefits: terms.benefits,
        expire_time: Some(timestamp(terms.expire_time)),
    }
}

fn transition(step: Transition) -> pb::OfferTransition {
    pb::OfferTransition {
        from_state: step.from_state.into(),
        to_state: step.to_state.into(),
        actor: step.actor.to_string(),
        reason: step.reason,
        time: Some(timestamp(step.time)),
    }
}

fn approval(approval: Approval) -> pb::OfferApproval {
    pb::OfferApproval {
        approver: approval.approver,
        approved: approval.approved,
        reason: approval.reason,
        terms_version: approval.terms_version,
        round: approval.round,
        time: Some(timestamp(approval.time)),
    }
}

fn terms_version(had: TermsVersion) -> pb::OfferTermsVersion {
    pb::OfferTermsVersion {
        terms_version: had.number,
        terms: Some(terms(had.terms)),
        actor: had.actor.to_string(),
        time: Some(timestamp(had.time)),
    }
}
