//! What messages about offers and first days say, as facts.

use chassis::wire;
use usher_proto::{
    ats::v1::EmploymentType,
    outreach::v1::{MessageDraft, MessageFacts, MessageKind},
    word,
};

use super::{
    currency,
    job::Job,
    offer::Offer,
    onboarding::{Entry, Onboarding},
};

/// As many things to do as a message tells.
const LONGEST: usize = 50;

/// The draft of one send about an offer. `what` names it within the offer, so that it is sent once.
pub fn offer(kind: MessageKind, what: &str, number: i32, offer: &Offer, job: &Job) -> MessageDraft {
    let terms = &offer.terms;
    let facts = MessageFacts {
        position: terms.position_title.clone(),
        company: job.company_name.clone(),
        contact_name: offer.contact_name.clone(),
        contact_channel: offer.contact_channel.clone(),
        ..MessageFacts::default()
    };
    let facts = match kind {
        MessageKind::Offer => MessageFacts {
            time_zone: terms.time_zone.clone(),
            place: terms.location.clone(),
            answer_by: Some(wire::timestamp(terms.expire_time)),
            start_date: terms.start_date.to_string(),
            salary_amount: currency::decimal(terms.salary_minor_units, &terms.salary_currency),
            salary_currency: terms.salary_currency.clone(),
            salary_period: word(terms.salary_period().as_str_name(), "SALARY_PERIOD_"),
            employment_type: match terms.employment_type() {
                EmploymentType::Unspecified => String::new(),
                known => word(known.as_str_name(), "EMPLOYMENT_TYPE_"),
            },
            benefits: terms.benefits.clone(),
            ..facts
        },
        MessageKind::OfferReminder => MessageFacts {
            time_zone: terms.time_zone.clone(),
            answer_by: Some(wire::timestamp(terms.expire_time)),
            ..facts
        },
        _ => facts,
    };
    MessageDraft {
        business_key: format!("{}/{what}/{number}", offer.id),
        kind: kind.into(),
        candidate_id: offer.candidate_id.to_string(),
        application_id: offer.application_id.to_string(),
        interview_id: String::new(),
        facts: Some(facts),
        ..MessageDraft::default()
    }
}

/// The draft of a reminder of the first day.
pub fn reminder(onboarding: &Onboarding, job: &Job) -> MessageDraft {
    let list = |name: fn(&Entry) -> &String| onboarding.to_remind_of().take(LONGEST).map(name).cloned().collect();
    MessageDraft {
        business_key: format!("{}/reminder/{}", onboarding.id, onboarding.reminders),
        kind: MessageKind::OnboardingReminder.into(),
        candidate_id: onboarding.candidate_id.to_string(),
        application_id: onboarding.application_id.to_string(),
        interview_id: String::new(),
        facts: Some(MessageFacts {
            position: onboarding.position_title.clone(),
            company: job.company_name.clone(),
            time_zone: onboarding.time_zone.clone(),
            place: onboarding.place.clone(),
            contact_name: onboarding.contact_name.clone(),
            contact_channel: onboarding.contact_channel.clone(),
            start_date: onboarding.start_date.to_string(),
            checklist: list(|entry| &entry.display_name),
            checklist_zh: list(|entry| match entry.display_name_zh.as_str() {
                "" => &entry.display_name,
                _ => &entry.display_name_zh,
            }),
            ..MessageFacts::default()
        }),
        ..MessageDraft::default()
    }
}

#[cfg(test)]
mod tests {
    use usher_proto::ats::v1::SalaryPeriod;

    use super::*;

    #[test]
    fn names_of_the_contract_become_plain_words() {
        assert_eq!(word(EmploymentType::FullTime.as_str_name(), "EMPLOYMENT_TYPE_"), "full_time");
        assert_eq!(word(SalaryPeriod::Month.as_str_name(), "SALARY_PERIOD_"), "month");
    }
}
