//! Outreach as campaigns see it: it takes messages by their business key, and can be made to fail as a network does.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chassis::{Caller, Error, House, Parts, Schema, Service, TenantId};
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::outreach::v1::{
    CancelMessageRequest, CancelMessageResponse, GetMessageRequest, GetMessageResponse, ListMessagesRequest,
    ListMessagesResponse, Message, MessageDraft, MessageState, SendMessageRequest, SendMessageResponse,
    message_service_server::{MessageService, MessageServiceServer},
};

/// What it remembers; outlives a restart, as its database would.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    messages: BTreeMap<String, (Message, MessageDraft)>,
    calls: usize,
    /// Nobody gets through.
    is_away: bool,
    /// So many answers are lost on their way back.
    lost_answers: usize,
    /// Candidates whom it does not write to.
    refused: Vec<String>,
}

impl Memory {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    pub fn set_away(&self, is_away: bool) {
        self.with(|state| state.is_away = is_away);
    }

    pub fn lose_answers(&self, count: usize) {
        self.with(|state| state.lost_answers = count);
    }

    pub fn refuse(&self, candidate: &str) {
        self.with(|state| state.refused.push(candidate.to_owned()));
    }

    /// How often it was asked to send, answered or not.
    pub fn calls(&self) -> usize {
        self.with(|state| state.calls)
    }

    /// Every message that it has, by business key.
    pub fn messages(&self) -> Vec<(Message, MessageDraft)> {
        self.with(|state| state.messages.values().cloned().collect())
    }

    /// The business keys of the messages that it would send.
    pub fn keys(&self) -> Vec<String> {
        let sends = |(message, draft): &(Message, MessageDraft)| {
            (message.state() != MessageState::Cancelled).then(|| draft.business_key.clone())
        };
        self.messages().iter().filter_map(sends).collect()
    }
}

/// The service.
pub struct FakeOutreach(pub Memory);

#[async_trait]
impl Service for FakeOutreach {
    fn name(&self) -> &'static str {
        "outreach"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Schema {
            name: "outreach",
            sets: vec![("outbox", &outbox::MIGRATIONS)],
            system_tables: outbox::SYSTEM_TABLES.to_vec(),
        })
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let mut parts = Parts { publishes: true, ..Parts::default() };
        parts.routes = Routes::new(MessageServiceServer::new(Desk(self.0.clone())));
        let producer = outbox::Producer::new(house.db()?, house.redis.clone(), outbox::Settings::default());
        parts.task("fake outreach", producer.run(house.stop.clone()));
        Ok(parts)
    }
}

struct Desk(Memory);

fn away() -> Status {
    Error::unavailable("AWAY", "nobody gets through").into()
}

#[tonic::async_trait]
impl MessageService for Desk {
    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let caller = Caller::of(&request)?;
        assert_eq!(caller.actor.as_str().split(':').next(), Some("service"), "a service speaks for itself");
        let draft = request.into_inner().draft.unwrap();
        self.0.with(|state| {
            state.calls += 1;
            if state.is_away {
                return Err(away());
            }
            if state.refused.contains(&draft.candidate_id) {
                return Err(Error::failed_precondition("NO_ADDRESS", "there is none").into());
            }
            let fresh = Message {
                message_id: TenantId::new().to_string().replace("tenant_", "msg_"),
                business_key: draft.business_key.clone(),
                candidate_id: draft.candidate_id.clone(),
                state: MessageState::Queued.into(),
                ..Message::default()
            };
            let known = state.messages.entry(draft.business_key.clone()).or_insert((fresh, draft.clone()));
            if known.1 != draft {
                return Err(Error::already_exists("BUSINESS_KEY_REUSED", "other content").into());
            }
            let message = Some(known.0.clone());
            if state.lost_answers > 0 {
                state.lost_answers -= 1;
                return Err(away());
            }
            Ok(Response::new(SendMessageResponse { message }))
        })
    }

    async fn get_message(&self, _: Request<GetMessageRequest>) -> Result<Response<GetMessageResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let candidate = request.into_inner().candidate_id;
        let of = |(message, _): (Message, MessageDraft)| (message.candidate_id == candidate).then_some(message);
        let messages = self.0.messages().into_iter().filter_map(of).collect();
        Ok(Response::new(ListMessagesResponse { messages, ..ListMessagesResponse::default() }))
    }

    async fn cancel_message(
        &self,
        request: Request<CancelMessageRequest>,
    ) -> Result<Response<CancelMessageResponse>, Status> {
        let id = request.into_inner().message_id;
        self.0.with(|state| {
            let found = state.messages.values_mut().find(|(message, _)| message.message_id == id);
            let Some((message, _)) = found else { return Err(Status::not_found("no such message")) };
            if message.state() != MessageState::Queued {
                return Err(Error::failed_precondition("MESSAGE_STATE", "it is out").into());
            }
            message.set_state(MessageState::Cancelled);
            Ok(Response::new(CancelMessageResponse { message: Some(message.clone()) }))
        })
    }
}
