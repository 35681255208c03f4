//! A channel is tried: by a message to an address of the caller's, or by asking the provider whether it knows us.

use std::time::Instant;

use chassis::{House, Result, TenantId, wire};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::outreach::v1::{
    ChannelTestResult, MessageDraft, MessageKind, MessageState, TestChannelRequest, TestChannelResponse,
};

use crate::{
    channels::{Channel, Fault, Parcel, SendError, rack::Rack},
    domain::{
        channel::ChannelId,
        choice::choose,
        compose::{self, Reader},
        library,
        message::{ApplicationId, CandidateId, Message, MessageId},
        sample,
        template::DEFAULT,
    },
};

/// What a channel's other side says. The transaction that has found the channel is over by then.
pub async fn run(
    house: &House,
    rack: &Rack,
    tenant: TenantId,
    request: &TestChannelRequest,
) -> Result<TestChannelResponse> {
    let id: ChannelId = wire::id("channel_id", &request.channel_id)?;
    let (now, begun) = (house.clock.now(), Instant::now());
    let outcome = match rack.adapter(tenant, Some(id)).await {
        Ok(channel) if request.address.is_empty() => channel.check(now).await,
        Ok(channel) => hand_over(channel.as_ref(), request, &message(request, &house.public_url, now)?, now).await,
        Err(error) => Err(error),
    };
    let elapsed = TimeDelta::from_std(begun.elapsed()).unwrap_or_default();
    Ok(answer(&outcome, elapsed))
}

async fn hand_over(
    channel: &dyn Channel,
    request: &TestChannelRequest,
    message: &Message,
    now: DateTime<Utc>,
) -> Result<(), SendError> {
    let name = sample::name(&message.language);
    channel
        .send(Parcel {
            message,
            address: &request.address,
            name,
            traces: None,
            unsubscribe_url: "",
            reply_to: None,
            return_path: None,
            now,
        })
        .await
}

/// A message to nobody, of invented facts.
fn message(request: &TestChannelRequest, public_url: &str, now: DateTime<Utc>) -> Result<Message> {
    let kind = if request.kind() == MessageKind::Unspecified { MessageKind::Custom } else { request.kind() };
    let language = if request.language.is_empty() { "en" } else { &request.language };
    let id = MessageId::new();
    let facts = sample::facts(language, now);
    let draft = MessageDraft {
        business_key: format!("test/{id}"),
        kind: kind.into(),
        candidate_id: CandidateId::new().to_string(),
        application_id: ApplicationId::new().to_string(),
        facts: Some(facts),
        ..MessageDraft::default()
    };
    let mut message = super::accept::beginning(id, draft, now)?;
    message.state = MessageState::Sending;
    let reader = Reader { name: sample::name(language).to_owned(), language: language.to_owned() };
    let template = library::whole(kind, DEFAULT);
    let written = choose(None, template.as_ref(), language).and_then(|chosen| {
        compose::compose(&message.draft, &reader, &chosen, &format!("{public_url}/c/test"), now).composed
    });
    if let Some(written) = written {
        message.language = written.language;
        message.template_id = written.template_id;
        message.subject = written.subject;
        message.text = written.text;
    }
    Ok(message)
}

fn answer(outcome: &Result<(), SendError>, elapsed: TimeDelta) -> TestChannelResponse {
    let result = match outcome {
        Ok(()) => ChannelTestResult::Passed,
        Err(SendError::Transient { in_doubt: true, .. } | SendError::Lost { .. }) => ChannelTestResult::Unknown,
        Err(SendError::Transient { .. }) => ChannelTestResult::TryLater,
        Err(SendError::Permanent { fault: Fault::Address, .. }) => ChannelTestResult::BadAddress,
        Err(SendError::Permanent { fault: Fault::Message, .. }) => ChannelTestResult::BadMessage,
        Err(SendError::Permanent { fault: Fault::Channel, .. }) => ChannelTestResult::BadChannel,
    };
    let error = outcome.as_ref().err();
    TestChannelResponse {
        result: result.into(),
        detail: error.map(ToString::to_string).unwrap_or_default(),
        retry_after: error.and_then(SendError::retry_after).map(wire::duration),
        elapsed: Some(wire::duration(elapsed)),
    }
}
