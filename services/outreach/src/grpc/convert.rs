//! From the domain to protobuf.

use chassis::wire::timestamp;
use usher_proto::outreach::v1 as pb;

use crate::{
    domain::message::{Attempt, Message, Template, Verdict},
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
    }
}

fn verdict(verdict: Verdict) -> pb::Verdict {
    pb::Verdict {
        gate: verdict.gate,
        passed: verdict.passed,
        reason: verdict.reason,
        detail: verdict.detail,
        time: Some(timestamp(verdict.time)),
    }
}

fn attempt(attempt: Attempt) -> pb::Attempt {
    pb::Attempt {
        number: attempt.number,
        start_time: Some(timestamp(attempt.start_time)),
        end_time: attempt.end_time.map(timestamp),
        succeeded: attempt.succeeded,
        error: attempt.error,
    }
}

pub fn template(template: Template) -> pb::Template {
    pb::Template {
        template_id: template.id,
        kind: template.kind.into(),
        language: template.language,
        version: template.version,
        subject: template.subject,
        body: template.body,
        create_time: template.create_time.map(timestamp),
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
