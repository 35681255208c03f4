//! The delivery engine: what goes first, what is put off, what is given up and comes back, what is planned.

mod asking;
mod endings;
mod order;

use std::collections::BTreeSet;

use contact::{agreeing, opening, restless};
use prost_types::Timestamp;
use sink::{Answer, Sink};
use usher_outreach::Delivery;
use usher_proto::outreach::v1::{
    CancelMessageRequest, ChannelSettings, DeadLetter, DeadLetterFilter, Delivery as Stand, GetDeliveryRequest,
    ListDeadLettersRequest, MessageOrder, MessagePriority, RedriveMessagesRequest, SendMessagesRequest, SendResult,
    delivery_service_client::DeliveryServiceClient, send_result::Outcome,
};

use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn with_delivery(sink: &Sink, workers: u32, delivery: Delivery, talent: &Talent) -> Vec<Box<dyn Service>> {
    let smtp_url = sink.url.clone().into();
    let settings = Settings { smtp_url, workers, ..settings() };
    around(Outreach::new(&settings, &[7; 32], outbox::Settings::default()).unwrap().delivering(delivery), talent)
}

fn clients(site: &Site) -> DeliveryServiceClient<tonic::transport::Channel> {
    DeliveryServiceClient::new(site.channel())
}

pub(crate) async fn stand(site: &Site, tenant: &TenantId, message_id: &str) -> Stand {
    let request = GetDeliveryRequest { message_id: message_id.to_owned() };
    let answer = clients(site).get_delivery(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().delivery.unwrap()
}

/// One message each to so many people, as a campaign sends them.
fn campaign(talent: &Talent, count: usize) -> Vec<MessageDraft> {
    (0..count).map(|number| opening(&number.to_string(), &agreeing(talent))).collect()
}

async fn send_many(site: &Site, tenant: &TenantId, drafts: Vec<MessageDraft>) -> Vec<SendResult> {
    let orders = drafts.into_iter().map(|draft| MessageOrder { draft: Some(draft), schedule_time: None }).collect();
    let request = site.request(tenant, Role::Recruiter, SendMessagesRequest { orders });
    clients(site).send_messages(request).await.unwrap().into_inner().results
}

fn accepted(result: &SendResult) -> Message {
    let message = match result.outcome.as_ref().unwrap() {
        Outcome::Message(message) => Ok(message.clone()),
        Outcome::Refusal(refusal) => Err(refusal),
    };
    message.expect("it is accepted")
}

async fn dead(site: &Site, tenant: &TenantId, filter: DeadLetterFilter) -> Vec<DeadLetter> {
    let request = ListDeadLettersRequest { filter: Some(filter), ..ListDeadLettersRequest::default() };
    let answer = clients(site).list_dead_letters(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().dead_letters
}

async fn redrive(
    site: &Site,
    tenant: &TenantId,
    request: RedriveMessagesRequest,
) -> Result<Vec<String>, tonic::Status> {
    let answer = clients(site).redrive_messages(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().message_ids)
}
