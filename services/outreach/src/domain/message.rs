//! A message and what is known of it.

use chassis::{Error, Result, id};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{MessageDraft, MessageKind, MessageState};
use uuid::Uuid;

use super::priority::Priority;

id!(
    /// A message.
    MessageId,
    "msg"
);
id!(
    /// A version of a tenant's own template.
    TemplateId,
    "tmpl"
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

/// The one channel there is for now.
pub const EMAIL: &str = "email";
/// Every channel: each has its streams and its workers.
pub const CHANNELS: [&str; 1] = [EMAIL];

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
    pub language: String,
    pub template_id: String,
    pub subject: String,
    pub text: String,
    pub traceparent: String,
    pub tries: i32,
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

/// What one gate said.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub gate: String,
    pub passed: bool,
    pub reason: String,
    pub detail: String,
    pub time: DateTime<Utc>,
}

/// One try.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub number: i32,
    pub start_time: DateTime<Utc>,
    pub end_time: Option<DateTime<Utc>>,
    pub succeeded: bool,
    pub error: String,
}

/// A version of a template.
#[derive(Debug, Clone)]
pub struct Template {
    pub id: String,
    pub kind: MessageKind,
    pub language: String,
    pub version: i32,
    pub subject: String,
    pub body: String,
    pub create_time: Option<DateTime<Utc>>,
}

/// A fresh id for a tenant's own template.
pub fn new_template_id() -> (Uuid, String) {
    let id = TemplateId::new();
    (id.0, id.to_string())
}
