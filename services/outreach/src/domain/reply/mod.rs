//! What comes back to messages.

pub mod address;
pub mod arrival;
pub mod hook;
mod reading;

use chassis::{Error, Result, id};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{DeliveryOutcome, ReplyClassified, ReplyIntent, ReplyKind, ReplyMatch, ReplyState};

use self::arrival::{About, Arrival};
use super::message::{ApplicationId, CandidateId, InterviewId, MessageId};

id!(
    /// Something that came back.
    ReplyId,
    "rpl"
);

/// The most that is believed of what was written from another address than the message went to: it may be a colleague's, or
/// somebody's to whom it was passed on.
const FROM_ELSEWHERE: f64 = 0.7;

/// Who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub name: String,
    pub address: String,
}

/// Who said whose it is, or put it aside.
#[derive(Debug, Clone)]
pub struct Settled {
    pub by: String,
    pub time: DateTime<Utc>,
    pub reason: String,
}

/// Something that came back.
#[derive(Debug, Clone)]
pub struct Reply {
    pub id: ReplyId,
    /// What makes two the same.
    pub known_by: Vec<u8>,
    pub state: ReplyState,
    pub kind: ReplyKind,
    pub matched: ReplyMatch,
    pub channel: String,
    /// What it answers.
    pub message_id: Option<MessageId>,
    /// Whose it is, as far as that is known.
    pub candidate_id: Option<CandidateId>,
    pub application_id: Option<ApplicationId>,
    pub interview_id: Option<InterviewId>,
    pub subject: String,
    pub text: String,
    pub intent: ReplyIntent,
    pub confidence: f64,
    pub quote: String,
    pub also: Vec<ReplyIntent>,
    pub evidence: Vec<String>,
    pub outcome: DeliveryOutcome,
    pub status: String,
    pub sender: Option<Sender>,
    /// The address that it is about, as a keyed hash: the sender's, or the one that a report names.
    pub address_hash: Option<Vec<u8>>,
    pub from_reader: bool,
    pub rfc_message_id: String,
    pub receive_time: DateTime<Utc>,
    pub settled: Option<Settled>,
}

impl Reply {
    /// One of which it is not known yet whose it is. `hash` makes the keyed hash of an address.
    pub fn waiting(arrival: Arrival, hash: impl Fn(&str) -> Option<Vec<u8>>, now: DateTime<Utc>) -> Self {
        let about = arrival.about.into_iter().next().unwrap_or_default();
        Self {
            id: ReplyId::new(),
            known_by: arrival.known_by,
            state: ReplyState::Unmatched,
            kind: arrival.kind,
            matched: ReplyMatch::Unspecified,
            channel: arrival.channel,
            message_id: None,
            candidate_id: None,
            application_id: None,
            interview_id: None,
            subject: arrival.subject,
            text: arrival.text,
            intent: arrival.reading.intent,
            confidence: arrival.reading.confidence,
            quote: arrival.reading.quote,
            also: arrival.reading.also,
            evidence: arrival.evidence,
            outcome: about.outcome,
            status: about.status,
            sender: arrival.sender,
            address_hash: hash(&about.address),
            from_reader: false,
            rfc_message_id: arrival.rfc_message_id,
            receive_time: now,
            settled: None,
        }
    }

    /// It answers a message, which went to the address of that hash. What is said of another address is not believed to the
    /// full: nobody is taken to be unreachable, or to have said yes, by it.
    pub fn answers(&mut self, message: MessageId, matched: ReplyMatch, went_to: Option<&[u8]>) {
        self.state = ReplyState::Matched;
        self.matched = matched;
        self.message_id = Some(message);
        // A text's program says itself whose it is.
        self.from_reader = match self.channel.as_str() {
            super::message::EMAIL => went_to.is_some() && self.address_hash.as_deref() == went_to,
            _ => true,
        };
        if !self.from_reader {
            if self.kind == ReplyKind::Person {
                self.confidence = self.confidence.min(FROM_ELSEWHERE);
            }
            if self.outcome == DeliveryOutcome::Hard {
                self.outcome = DeliveryOutcome::Unknown;
            }
        }
    }

    /// Somebody says that it is a person's, and answers no message.
    pub fn is_of(&mut self, candidate: CandidateId) {
        self.state = ReplyState::Matched;
        self.matched = ReplyMatch::Assigned;
        self.candidate_id = Some(candidate);
        self.confidence = self.confidence.min(FROM_ELSEWHERE);
    }

    /// It is nobody's: what could tell whose it might be goes.
    pub fn dismiss(&mut self, settled: Settled) {
        self.state = ReplyState::Dismissed;
        self.settled = Some(settled);
        self.sender = None;
        self.address_hash = None;
        self.subject.clear();
        self.text.clear();
        self.quote.clear();
        self.evidence.clear();
        self.rfc_message_id.clear();
    }

    /// Refuses to say again whose it is.
    pub fn check_waits(&self) -> Result<()> {
        if self.state == ReplyState::Unmatched {
            return Ok(());
        }
        let how = if self.state == ReplyState::Dismissed { "was put aside" } else { "is known to be somebody's" };
        Err(Error::failed_precondition("REPLY_SETTLED", format!("the reply {how}")))
    }

    /// Whether it says something for whoever it is of: a bounce, a receipt, a newsletter says nothing for anybody.
    pub fn is_word(&self) -> bool {
        match self.kind {
            ReplyKind::Person => true,
            ReplyKind::Automatic => self.intent == ReplyIntent::OutOfOffice,
            ReplyKind::Delivery | ReplyKind::Complaint | ReplyKind::Unspecified => false,
        }
    }

    /// Whether its writer wants no more messages, for certain enough to do so.
    pub fn unsubscribes(&self) -> bool {
        self.kind == ReplyKind::Person
            && self.intent == ReplyIntent::Unsubscribe
            && self.confidence >= ReplyClassified::SURE
    }
}

impl Arrival {
    /// Turns first to what is said of the address that a message went to.
    pub fn turn_to(&mut self, is_readers: impl Fn(&str) -> bool) {
        let names = |about: &About| {
            let mut addresses = std::iter::once(&about.address).chain(&about.original);
            addresses.find(|address| is_readers(address)).cloned()
        };
        let found = self.about.iter().enumerate().find_map(|(place, about)| Some((place, names(about)?)));
        if let Some((place, address)) = found {
            self.about.swap(0, place);
            if let Some(about) = self.about.first_mut() {
                about.address = address;
            }
        }
    }
}

#[cfg(test)]
mod tests;
