//! A message and what is known of it.

use chassis::{Error, Result, id};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{MessageDraft, MessageKind, MessageState};

use super::experiment::ExperimentId;

use super::{
    channel::{ChannelId, Medium},
    priority::Priority,
    route::Way,
    short::Short,
};

id!(
    /// A message.
    MessageId,
    "msg"
);
id!(
    /// A person of the talent pool.
    CandidateId,
    "cand"
);
id!(
    /// An application.
    ApplicationId,
    "app"
);
id!(
    /// An interview.
    InterviewId,
    "intv"
);

/// The channel of a message for which none is chosen yet.
pub const EMAIL: &str = "email";
/// Every channel: each has its streams and its workers.
pub const CHANNELS: [&str; 5] = [EMAIL, "sms", "wecom", "wechat", "webhook"];

/// A message.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: MessageId,
    pub draft: MessageDraft,
    pub state: MessageState,
    pub candidate_id: CandidateId,
    pub application_id: Option<ApplicationId>,
    pub interview_id: Option<InterviewId>,
    /// The way out that it takes.
    pub channel: String,
    pub priority: Priority,
    /// Which of the tenant's channels that is; `None` for the installation's own.
    pub channel_id: Option<ChannelId>,
    /// Those that are left when that one does not reach the reader.
    pub fallbacks: Vec<Way>,
    pub language: String,
    pub template_id: String,
    pub experiment_id: Option<ExperimentId>,
    pub arm: String,
    pub subject: String,
    pub text: String,
    pub traceparent: String,
    pub tries: i32,
    /// How many of them were made on channels before this one.
    pub tries_before: i32,
    /// Some try ended without an answer, so that the reader may have the message.
    pub in_doubt: bool,
    pub next_time: DateTime<Utc>,
    pub create_time: DateTime<Utc>,
    pub send_time: Option<DateTime<Utc>>,
}

impl Message {
    /// What it is for.
    pub fn kind(&self) -> MessageKind {
        self.draft.kind()
    }

    /// The same over all attempts, so that whoever gets a mail twice can tell.
    pub fn rfc_message_id(&self) -> String {
        format!("<{}@usher>", self.id)
    }

    /// Whether a draft asks for the send that this is. The same content is the same in every field: facts, channels and their
    /// order, whom it is for. When it is asked for, by whom, and for which time is no content. A field of a later version of
    /// the contract that this program does not know is not seen.
    pub fn is_the_send_of(&self, draft: &MessageDraft) -> bool {
        self.draft == *draft
    }

    /// Chooses the channels that it may take; the first one is taken.
    pub fn take(&mut self, ways: Vec<Way>) {
        self.fallbacks = ways;
        self.turn();
    }

    /// Turns to the next channel; false when none is left.
    pub fn turn(&mut self) -> bool {
        if self.fallbacks.is_empty() {
            return false;
        }
        let way = self.fallbacks.remove(0);
        way.medium.name().clone_into(&mut self.channel);
        self.channel_id = way.channel.map(ChannelId);
        self.tries_before = self.tries;
        true
    }

    /// Whether the other side would know it again if it has it already.
    pub fn would_be_known(&self) -> bool {
        Medium::named(&self.channel).is_none_or(Medium::knows_again)
    }

    /// In short, for ways that carry no page of text.
    pub fn short(&self, name: &str) -> Result<Short> {
        let facts = self.draft.facts.clone().unwrap_or_default();
        Short::new(self.kind(), &self.language, &self.subject, &self.text, &facts, name)
    }

    /// Refuses to stop what a worker may have in hand.
    pub fn cancel(&mut self) -> Result<()> {
        if !matches!(self.state, MessageState::Accepted | MessageState::Queued) {
            let state = self.state.as_str_name().trim_start_matches("MESSAGE_STATE_").to_lowercase();
            return Err(Error::failed_precondition("MESSAGE_STATE", format!("the message is {state}")));
        }
        self.state = MessageState::Cancelled;
        Ok(())
    }
}

/// The message of that `Message-ID`, without brackets; `None` for one that is none of ours.
pub fn named(rfc_message_id: &str) -> Option<MessageId> {
    rfc_message_id.trim().strip_suffix("@usher")?.parse().ok()
}

/// What one gate said.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub gate: String,
    pub passed: bool,
    pub reason: String,
    pub detail: String,
    pub time: DateTime<Utc>,
    /// It may go, but not before this.
    pub defer_until: Option<DateTime<Utc>>,
}

/// One try.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub number: i32,
    pub start_time: DateTime<Utc>,
    pub end_time: Option<DateTime<Utc>>,
    pub succeeded: bool,
    pub error: String,
    /// The channel that was tried.
    pub channel: String,
}
