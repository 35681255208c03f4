//! What outreach says, as facts. A message belongs to its application, or is looked at by itself.

use chassis::Result;
use usher_proto::{
    eventlog::v1::Event,
    outreach::v1::{
        LinkFollowed, MessageBounced, MessageFailed, MessageOpened, MessageQueued, MessageSent, ReplyClassified,
    },
};

use super::reading::{code, id, instant, optional};
use crate::domain::{count, fact::Kind, told::Told};

pub fn facts(event: &Event) -> Result<Option<Told>> {
    if event.source != "outreach" {
        return Ok(None);
    }
    outbox::match_event!(event,
        MessageQueued(said) => queued(event, said).map(Some),
        MessageSent(said) => sent(event, said).map(Some),
        // One that answers no message is nobody's answer.
        ReplyClassified(said) => (!said.message_id.is_empty()).then(|| replied(event, &said)).transpose(),
        MessageBounced(said) => bounced(event, &said).map(Some),
        MessageFailed(said) => failed(event, &said).map(Some),
        LinkFollowed(said) => followed(event, &said).map(Some),
        MessageOpened(said) => opened(event, &said).map(Some),
    )
}

fn message(event: &Event, kind: Kind, [message, application, candidate]: [&str; 3]) -> Result<Told> {
    let message = id("msg", message)?;
    let root = optional("app", application)?.unwrap_or(message);
    Ok(Told::new(event, kind, root)?.of(candidate)?.with(|fact| fact.subject = message))
}

fn queued(event: &Event, said: MessageQueued) -> Result<Told> {
    let about = optional("intv", &said.interview_id)?;
    let features = count::bits(said.features());
    let told = message(event, Kind::Queued, [&said.message_id, &said.application_id, &said.candidate_id])?;
    Ok(told.with(|fact| {
        (fact.about, fact.code, fact.reason, fact.number) = (about, code(said.kind), features, said.clarity_score);
        (fact.template, fact.version, fact.language) = (said.template_name, said.template_id, said.language);
        (fact.experiment, fact.arm) = (said.experiment_id, said.arm);
    }))
}

fn sent(event: &Event, said: MessageSent) -> Result<Told> {
    let about = optional("intv", &said.interview_id)?;
    let time = instant("send_time", said.send_time.as_ref())?;
    let told = message(event, Kind::Sent, [&said.message_id, &said.application_id, &said.candidate_id])?;
    Ok(told.with(|fact| {
        (fact.about, fact.code, fact.time) = (about, code(said.kind), time.unwrap_or(fact.time));
        (fact.version, fact.language, fact.channel) = (said.template_id, said.language, said.channel);
        (fact.experiment, fact.arm) = (said.experiment_id, said.arm);
    }))
}

fn replied(event: &Event, said: &ReplyClassified) -> Result<Told> {
    let time = instant("receive_time", said.receive_time.as_ref())?;
    let told = message(event, Kind::Replied, [&said.message_id, &said.application_id, &said.candidate_id])?;
    Ok(told.with(|fact| (fact.code, fact.time) = (code(said.intent), time.unwrap_or(fact.time))))
}

fn bounced(event: &Event, said: &MessageBounced) -> Result<Told> {
    let told = message(event, Kind::Bounced, [&said.message_id, &said.application_id, &said.candidate_id])?;
    Ok(told.with(|fact| fact.code = code(said.kind)))
}

fn failed(event: &Event, said: &MessageFailed) -> Result<Told> {
    let told = message(event, Kind::Failed, [&said.message_id, &said.application_id, &said.candidate_id])?;
    Ok(told.with(|fact| fact.code = code(said.kind)))
}

fn followed(event: &Event, said: &LinkFollowed) -> Result<Told> {
    let time = instant("time", said.time.as_ref())?;
    let told = message(event, Kind::Followed, [&said.message_id, &said.application_id, &said.candidate_id])?;
    Ok(told.with(|fact| {
        (fact.code, fact.number, fact.time) = (code(said.visitor), said.link, time.unwrap_or(fact.time));
    }))
}

fn opened(event: &Event, said: &MessageOpened) -> Result<Told> {
    let time = instant("time", said.time.as_ref())?;
    let told = message(event, Kind::Opened, [&said.message_id, &said.application_id, &said.candidate_id])?;
    Ok(told.with(|fact| (fact.code, fact.time) = (code(said.visitor), time.unwrap_or(fact.time))))
}
