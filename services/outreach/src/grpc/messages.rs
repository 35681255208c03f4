//! `usher.outreach.v1.MessageService`.

use chassis::{Actor, Caller, Error, Result as Outcome, TenantTx, db, telemetry, wire};
use chrono::{DateTime, Utc};
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    CancelMessageRequest, CancelMessageResponse, GetMessageRequest, GetMessageResponse, ListMessagesRequest,
    ListMessagesResponse, Message as Shown, MessageDraft, SendMessageRequest, SendMessageResponse,
    message_service_server::MessageService,
};

use super::convert;
use crate::{
    commands::{
        self,
        prepare::{Gathered, gather},
        send::{self, Accepted, Order},
    },
    domain::{message::Message, schedule},
    jobs::{Shop, crowd::Crowd},
    queries, store,
};

pub struct Messages {
    pub shop: Shop,
    pub crowd: Crowd,
}

/// What is asked for.
pub fn order(
    at: &str,
    draft: Option<&MessageDraft>,
    schedule_time: Option<&prost_types::Timestamp>,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Outcome<Order> {
    let draft = draft.cloned().ok_or_else(|| Error::invalid(format!("{at}draft"), "FIELD_REQUIRED", "is required"))?;
    let not_before = schedule::not_before(&format!("{at}schedule_time"), schedule_time, now)?;
    Ok(Order { draft, actor: actor.clone(), not_before, traceparent: telemetry::traceparent() })
}

impl Messages {
    async fn gathered(&self, tenant: chassis::TenantId, order: &Order, dry: bool) -> Outcome<Gathered> {
        let asked = [(&order.draft, order.traceparent.as_str())];
        let gathered = gather(self.shop.sources(), tenant, &asked, dry).await?;
        gathered.into_iter().next().unwrap_or_else(|| Err(Error::internal("nothing was gathered", &tenant)))
    }

    /// With others who ask at the same moment.
    async fn send_along(&self, request: &Request<SendMessageRequest>) -> Result<Response<SendMessageResponse>, Status> {
        let ctx = Caller::of(request)?.tenant_ctx()?;
        let asked = request.get_ref();
        let order =
            order("", asked.draft.as_ref(), asked.schedule_time.as_ref(), &ctx.actor, self.shop.house.clock.now())?;
        let (Accepted { message, verdicts, .. }, token) = self.crowd.send(ctx.clone(), order).await?;
        let message = if verdicts.is_empty() {
            // It was known, and much may be known of it by now.
            let mut tx = self.shop.db.begin(&ctx).await?;
            whole(&mut tx, message).await?
        } else {
            convert::message(message, verdicts, Vec::new())
        };
        let mut response = Response::new(SendMessageResponse { message: Some(message) });
        if let Some(value) = token.and_then(|token| db::write_token(&token).parse().ok()) {
            response.metadata_mut().insert(db::CONSISTENCY_TOKEN, value);
        }
        Ok(response)
    }
}

/// A message with everything that is known of it.
async fn whole(tx: &mut TenantTx, message: Message) -> Outcome<Shown> {
    let verdicts = store::records::verdicts(tx, message.id).await?;
    let attempts = store::records::attempts(tx, message.id).await?;
    Ok(convert::message(message, verdicts, attempts))
}

#[tonic::async_trait]
impl MessageService for Messages {
    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let dry = request.get_ref().validate_only;
        if !dry && request.get_ref().request_id.is_empty() {
            return self.send_along(&request).await;
        }
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let asked = request.get_ref();
        let order =
            order("", asked.draft.as_ref(), asked.schedule_time.as_ref(), &ctx.actor, self.shop.house.clock.now())?;
        let gathered = self.gathered(ctx.tenant, &order, dry).await;
        let answer = self.shop.db.write(request, move |tx, _| {
            Box::pin(async move {
                let message = if dry {
                    convert::message(send::look(tx, order, gathered).await?, Vec::new(), Vec::new())
                } else {
                    // Whether this commits is known only afterwards, so Redis is told by the next look.
                    let results = send::run(tx, vec![(order, gathered)], &|_| false).await?;
                    let nothing = || Err(Error::internal("a message has no result", &"send"));
                    let accepted = results.into_iter().next().unwrap_or_else(nothing)?;
                    whole(tx, accepted.message).await?
                };
                Ok(SendMessageResponse { message: Some(message) })
            })
        });
        let answer = answer.await?;
        self.shop.queued.notify_one();
        Ok(answer)
    }

    async fn get_message(&self, request: Request<GetMessageRequest>) -> Result<Response<GetMessageResponse>, Status> {
        let answer = self.shop.db.read(request, |tx, request| {
            Box::pin(async move {
                let message = store::messages::get(tx, wire::id("message_id", &request.message_id)?).await?;
                Ok(GetMessageResponse { message: Some(whole(tx, message).await?) })
            })
        });
        answer.await
    }

    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let answer = self.shop.db.read(request, |tx, request| {
            Box::pin(async move {
                let (messages, next_page_token) = queries::list_messages(tx, &request).await?;
                let brief =
                    |message| Shown { text: String::new(), ..convert::message(message, Vec::new(), Vec::new()) };
                Ok(ListMessagesResponse { messages: messages.into_iter().map(brief).collect(), next_page_token })
            })
        });
        answer.await
    }

    async fn cancel_message(
        &self,
        request: Request<CancelMessageRequest>,
    ) -> Result<Response<CancelMessageResponse>, Status> {
        let answer = self.shop.db.write(request, |tx, request| {
            Box::pin(async move {
                let message = commands::cancel::run(tx, &request.message_id).await?;
                Ok(CancelMessageResponse { message: Some(whole(tx, message).await?) })
            })
        });
        answer.await
    }
}
