//! From the domain to protobuf.

use chassis::wire::{etag, timestamp};
use usher_proto::outreach::v1 as pb;

use crate::{
    domain::{
        channel::{self, Channel},
        message::{Attempt, Message, Verdict},
    },
    store::dead_letters::DeadLetter,
};

/// Whole, with its text.
pub fn message(message: Message, verdicts: Vec<Verdict>, attempts: Vec<Attempt>) -> pb::Message {
    pb::Message {
        rfc_message_id: message.rfc_message_id(),
        message_id: message.id.to_string(),
        kind: message.draft.kind,
        business_key: message.draft.business_key,
        state: message.state.into(),
        candidate_id: message.candidate_id.to_string(),
        application_id: message.draft.application_id,
        interview_id: message.draft.interview_id,
        channel: message.channel,
        language: message.language,
        template_id: message.template_id,
        subject: message.subject,
        text: message.text,
        verdicts: verdicts.into_iter().map(verdict).collect(),
        attempts: attempts.into_iter().map(attempt).collect(),
        create_time: Some(timestamp(message.create_time)),
        send_time: message.send_time.map(timestamp),
        channel_id: message.channel_id.map(|id| id.to_string()).unwrap_or_default(),
        fallback_channels: message.fallbacks.iter().map(|way| way.medium.name().to_owned()).collect(),
        experiment_id: message.experiment_id.map(|id| id.to_string()).unwrap_or_default(),
        arm: message.arm,
    }
}

pub fn verdict(verdict: Verdict) -> pb::Verdict {
    pb::Verdict {
        gate: verdict.gate,
        passed: verdict.passed,
        reason: verdict.reason,
        detail: verdict.detail,
        time: Some(timestamp(verdict.time)),
        defer_until: verdict.defer_until.map(timestamp),
    }
}

pub fn attempt(attempt: Attempt) -> pb::Attempt {
    pb::Attempt {
        number: attempt.number,
        start_time: Some(timestamp(attempt.start_time)),
        end_time: attempt.end_time.map(timestamp),
        succeeded: attempt.succeeded,
        error: attempt.error,
        channel: attempt.channel,
    }
}

/// Without its secret, of which only is told whether there is one.
pub fn channel(channel: Channel) -> pb::Channel {
    pb::Channel {
        channel_id: channel.id.to_string(),
        medium: channel::medium(&channel.settings).map(|medium| medium.name().to_owned()).unwrap_or_default(),
        settings: Some(channel.settings),
        has_secret: channel.has_secret,
        etag: etag(channel.revision),
        create_time: Some(timestamp(channel.create_time)),
        update_time: Some(timestamp(channel.update_time)),
        delete_time: channel.delete_time.map(timestamp),
    }
}

pub fn dead_letter(letter: DeadLetter) -> pb::DeadLetter {
    pb::DeadLetter {
        message_id: letter.message_id.to_string(),
        kind: letter.kind.into(),
        candidate_id: letter.candidate_id.to_string(),
        channel: letter.channel,
        reason: letter.reason,
        error: letter.error,
        tries: letter.tries,
        fail_time: Some(timestamp(letter.fail_time)),
        business_key: letter.business_key,
    }
}
