//! What the gates have said of messages is kept, and told.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{MessageFacts, MessageFeature, MessageQueued, MessageRefused, MessageState};

use crate::{
    domain::{
        compose::Outcome,
        experiment::Assignment,
        gate::Sender,
        message::{Message, MessageId, Verdict},
    },
    store::{self, messages::Note},
};

/// Keeps what came of messages that are written down already and locked.
pub async fn run(tx: &mut TenantTx, messages: &mut [Message], outcomes: Vec<Outcome>) -> Result<()> {
    let now = tx.now();
    let said = settle(messages, outcomes, now);
    store::messages::update_all(tx, messages).await?;
    let sender = Sender::of(tx.ctx().actor.as_str()).kept().to_owned();
    let note = |said: &Said| Note { sender: sender.clone(), address_hash: said.address_hash.clone() };
    let notes: Vec<(MessageId, Note)> =
        messages.iter().zip(&said).map(|(message, said)| (message.id, note(said))).collect();
    store::gate::note_all(tx, &notes).await?;
    tell(tx, messages, &said).await
}

/// Makes of messages what their gates have said. The answer is the verdicts of each, and whether it is refused, in order.
pub fn settle(messages: &mut [Message], outcomes: Vec<Outcome>, now: DateTime<Utc>) -> Vec<Said> {
    messages
        .iter_mut()
        .zip(outcomes)
        .map(|(message, outcome)| {
            let refusal = outcome.refusal().map(|refusal| refusal.reason.clone()).unwrap_or_default();
            let missing = outcome.missing.iter().map(|missing| missing.fact.to_owned()).collect();
            let (mut assignment, mut template_name, mut features) = (None, String::new(), Vec::new());
            match outcome.composed {
                Some(composed) => {
                    features = told(message.draft.facts.as_ref(), &composed.used);
                    message.state = MessageState::Queued;
                    message.language = composed.language;
                    message.template_id = composed.template_id;
                    template_name = composed.template_name;
                    message.subject = composed.subject;
                    message.text = composed.text;
                    if let Some(drawn) = &composed.assignment {
                        (message.experiment_id, message.arm) = (Some(drawn.experiment_id), drawn.arm.clone());
                    }
                    assignment = composed.assignment;
                    message.take(outcome.ways);
                    // What was asked for, and what a gate asks for.
                    message.next_time = message.next_time.max(outcome.not_before.unwrap_or(now)).max(now);
                }
                None => message.state = MessageState::Refused,
            }
            let clarity_score = outcome.clarity_score.unwrap_or_default();
            let Outcome { verdicts, address_hash, .. } = outcome;
            Said { verdicts, address_hash, assignment, template_name, features, clarity_score, refusal, missing }
        })
        .collect()
}

/// What the gates said of one message.
#[derive(Debug)]
pub struct Said {
    pub verdicts: Vec<Verdict>,
    pub address_hash: Option<Vec<u8>>,
    assignment: Option<Assignment>,
    template_name: String,
    features: Vec<MessageFeature>,
    clarity_score: u8,
    refusal: String,
    missing: Vec<String>,
}

/// Notes the verdicts and who was drawn into an experiment, and says what became of messages.
pub async fn tell(tx: &mut TenantTx, messages: &[Message], said: &[Said]) -> Result<()> {
    let verdicts: Vec<(MessageId, &[Verdict])> =
        messages.iter().zip(said).map(|(message, said)| (message.id, said.verdicts.as_slice())).collect();
    store::records::insert_verdicts(tx, &verdicts).await?;
    let mut drawn = Vec::new();
    for (message, said) in messages.iter().zip(said) {
        drawn.extend(said.assignment.as_ref().map(|assignment| (message.candidate_id, assignment)));
    }
    store::experiments::assign_all(tx, &drawn).await?;
    let (mut went, mut stayed) = (Vec::new(), Vec::new());
    for (message, said) in messages.iter().zip(said) {
        match message.state {
            MessageState::Refused => stayed.push((message, refused(message, said))),
            _ => went.push((message, queued(message, said))),
        }
    }
    super::say(tx, &went).await?;
    super::say(tx, &stayed).await
}

fn refused(message: &Message, said: &Said) -> MessageRefused {
    MessageRefused {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.draft.candidate_id.clone(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        reason: said.refusal.clone(),
        missing_facts: said.missing.clone(),
        business_key: message.draft.business_key.clone(),
    }
}

fn queued(message: &Message, said: &Said) -> MessageQueued {
    MessageQueued {
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        candidate_id: message.draft.candidate_id.clone(),
        application_id: message.draft.application_id.clone(),
        interview_id: message.draft.interview_id.clone(),
        template_id: message.template_id.clone(),
        language: message.language.clone(),
        business_key: message.draft.business_key.clone(),
        experiment_id: message.experiment_id.map(|id| id.to_string()).unwrap_or_default(),
        arm: message.arm.clone(),
        template_name: said.template_name.clone(),
        clarity_score: said.clarity_score.into(),
        features: said.features.iter().map(|feature| i32::from(*feature)).collect(),
    }
}

/// What the message tells or carries beyond what it needs. A fact that its text passes over is not told.
fn told(facts: Option<&MessageFacts>, used: &[&str]) -> Vec<MessageFeature> {
    let is_told = |variable: &str| used.contains(&variable);
    let features = [
        (MessageFeature::TeamIntroduction, is_told("team_introduction")),
        (MessageFeature::Interviewers, is_told("interviewers")),
        (MessageFeature::Materials, is_told("materials")),
        (MessageFeature::Calendar, facts.is_some_and(|facts| !facts.calendar_uid.is_empty())),
        (MessageFeature::OfferedTimes, is_told("offered_times")),
        (MessageFeature::Reason, is_told("reason")),
        (MessageFeature::Duration, is_told("duration")),
    ];
    features.into_iter().filter(|(_, is_told)| *is_told).map(|(feature, _)| feature).collect()
}
