//! What an event says to campaigns: what a person did, and what became of a message.

use chassis::{Result, wire};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{ApplicationCreated, CandidateAnswer, InterviewAnswered, OfferAnswer, OfferAnswered},
    eventlog::v1::Event,
    outreach::v1::{MessageFailed, MessageRefused, MessageSent, ReplyClassified, ReplyIntent},
    talent::v1::{ConsentPurpose, ConsentRecorded, ExternalActivityRecorded},
};

use crate::{
    commands::campaigns::hear::Heard,
    domain::campaign::{
        BusinessKey,
        member::{Reaction, Word},
    },
};

/// What an event that happened at that time says to campaigns; nothing from most.
pub fn of(event: &Event, time: DateTime<Utc>) -> Result<Option<Heard>> {
    if let Some(heard) = message(event, time)? {
        return Ok(Some(heard));
    }
    Ok(reaction(event, time)?.map(|(reaction, time)| Heard::Reacted(reaction, time)))
}

fn reaction(event: &Event, time: DateTime<Utc>) -> Result<Option<(Reaction, DateTime<Utc>)>> {
    let reaction = if outbox::read::<ApplicationCreated>(event)?.is_some() {
        Some(Reaction::Applied)
    } else if let Some(said) = outbox::read::<ReplyClassified>(event)? {
        replied(&said)
    } else if let Some(said) = outbox::read::<InterviewAnswered>(event)? {
        match said.answer() {
            CandidateAnswer::Confirmed | CandidateAnswer::OtherTimeTaken => Some(Reaction::Confirmed),
            CandidateAnswer::OtherTimeRequested => Some(Reaction::Answered),
            CandidateAnswer::Withdrew | CandidateAnswer::Declined | CandidateAnswer::Unspecified => None,
        }
    } else if let Some(said) = outbox::read::<OfferAnswered>(event)? {
        let accepted = said.by_candidate && said.answer() == OfferAnswer::Accepted;
        accepted.then_some(Reaction::Confirmed)
    } else if let Some(said) = outbox::read::<ConsentRecorded>(event)? {
        let withdrew = !said.granted && said.purpose() == ConsentPurpose::Opportunities;
        withdrew.then_some(Reaction::Withdrew)
    } else if let Some(said) = outbox::read::<ExternalActivityRecorded>(event)? {
        let seen = said.time.as_ref().map(|seen| wire::instant("time", seen)).transpose()?.unwrap_or(time);
        let has_news = !said.changed_fields.is_empty();
        return Ok(has_news.then_some((Reaction::Updated, seen)));
    } else {
        None
    };
    Ok(reaction.map(|reaction| (reaction, time)))
}

/// A machine's answer is none of the person's, and nobody is taken at a word that may not be theirs.
fn replied(said: &ReplyClassified) -> Option<Reaction> {
    match said.intent() {
        ReplyIntent::OutOfOffice => None,
        ReplyIntent::Unsubscribe | ReplyIntent::Decline if !said.is_sure() => Some(Reaction::Answered),
        ReplyIntent::Unsubscribe => Some(Reaction::OptedOut),
        ReplyIntent::Decline => Some(Reaction::Declined),
        ReplyIntent::Confirm
        | ReplyIntent::Reschedule
        | ReplyIntent::Question
        | ReplyIntent::Other
        | ReplyIntent::Unspecified => Some(Reaction::Answered),
    }
}

fn message(event: &Event, time: DateTime<Utc>) -> Result<Option<Heard>> {
    let (key, message_id, word) = if let Some(said) = outbox::read::<MessageSent>(event)? {
        let sent = said.send_time.as_ref().map(|sent| wire::instant("send_time", sent)).transpose()?;
        (said.business_key, said.message_id, Word::Sent(sent.unwrap_or(time)))
    } else if let Some(said) = outbox::read::<MessageRefused>(event)? {
        (said.business_key, said.message_id, Word::Refused(said.reason))
    } else if let Some(said) = outbox::read::<MessageFailed>(event)? {
        (said.business_key, said.message_id, Word::Failed)
    } else {
        return Ok(None);
    };
    Ok(BusinessKey::read(&key).map(|key| Heard::Told { key, message_id, word }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard<E: prost::Message + prost::Name>(said: &E) -> Option<Heard> {
        let event = Event { r#type: E::full_name(), data: said.encode_to_vec(), ..Event::default() };
        of(&event, DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_reply_says_what_it_says_and_a_machines_says_nothing() {
        let read = |intent: ReplyIntent, confidence| {
            heard(&ReplyClassified { intent: intent.into(), confidence, ..Default::default() })
        };
        let reply = |intent| read(intent, 0.8);
        let reacted = |reaction| Some(Heard::Reacted(reaction, DateTime::UNIX_EPOCH));
        assert_eq!(reply(ReplyIntent::OutOfOffice), None);
        assert_eq!(reply(ReplyIntent::Unsubscribe), reacted(Reaction::OptedOut));
        assert_eq!(reply(ReplyIntent::Decline), reacted(Reaction::Declined));
        assert_eq!(reply(ReplyIntent::Other), reacted(Reaction::Answered));
        for intent in [ReplyIntent::Unsubscribe, ReplyIntent::Decline] {
            assert_eq!(read(intent, 0.7), reacted(Reaction::Answered), "nobody is out for what they may not have said");
        }
    }

    #[test]
    fn only_consent_to_be_written_to_about_openings_counts_and_only_its_end() {
        let consent = |purpose: ConsentPurpose, granted| {
            heard(&ConsentRecorded { purpose: purpose.into(), granted, ..Default::default() })
        };
        assert!(consent(ConsentPurpose::Opportunities, false).is_some());
        assert_eq!(consent(ConsentPurpose::Opportunities, true), None);
        assert_eq!(consent(ConsentPurpose::Application, false), None);
    }

    #[test]
    fn a_sighting_without_news_is_no_return() {
        let seen = |fields: &[&str]| ExternalActivityRecorded {
            changed_fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            ..Default::default()
        };
        assert_eq!(heard(&seen(&[])), None);
        assert!(heard(&seen(&["skills"])).is_some());
    }

    #[test]
    fn messages_that_are_none_of_a_campaigns_are_passed_over() {
        assert_eq!(heard(&MessageSent { business_key: "intv_x/invitation/1".to_owned(), ..Default::default() }), None);
    }
}
