//! `usher.outreach.v1.DeliveryService`.

use chassis::{Caller, Error, wire};
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    Delivery, GetDeliveryRequest, GetDeliveryResponse, ListDeadLettersRequest, ListDeadLettersResponse,
    Message as Shown, Redrive, RedriveMessagesRequest, RedriveMessagesResponse, Refusal, SendMessagesRequest,
    SendMessagesResponse, SendResult, delivery_service_server::DeliveryService, send_result::Outcome,
};

use super::{convert, messages};
use crate::{
    commands::{self, send::Accepted},
    jobs::{Shop, crowd},
    queries, store,
};

pub struct Deliveries(pub Shop);

#[tonic::async_trait]
impl DeliveryService for Deliveries {
    async fn send_messages(
        &self,
        request: Request<SendMessagesRequest>,
    ) -> Result<Response<SendMessagesResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let now = self.0.house.clock.now();
        let mut orders = Vec::new();
        for (place, asked) in request.get_ref().orders.iter().enumerate() {
            let at = format!("orders[{place}].");
            let (draft, time) = (asked.draft.as_ref(), asked.schedule_time.as_ref());
            orders.push(messages::order(&at, draft, time, &ctx.actor, now)?);
        }
        let mut results = Vec::new();
        while !orders.is_empty() {
            let rest = orders.split_off(orders.len().min(crowd::AT_ONCE));
            let (accepted, _) = crowd::accept_all(&self.0, &ctx, orders).await?;
            results.extend(accepted.into_iter().map(result));
            orders = rest;
        }
        Ok(Response::new(SendMessagesResponse { results }))
    }

    async fn get_delivery(
        &self,
        request: Request<GetDeliveryRequest>,
    ) -> Result<Response<GetDeliveryResponse>, Status> {
        let answer = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let message = store::messages::get(tx, wire::id("message_id", &request.message_id)?).await?;
                let allowed = store::dead_letters::tries_allowed(tx, message.id).await?;
                let redrives = store::dead_letters::redrives(tx, message.id).await?;
                let redrive = |(time, actor)| Redrive { time: Some(wire::timestamp(time)), actor };
                let delivery = Delivery {
                    message_id: message.id.to_string(),
                    state: message.state.into(),
                    priority: message.priority.number().into(),
                    tries: message.tries,
                    tries_allowed: allowed.unwrap_or(message.tries),
                    next_time: allowed.map(|_| wire::timestamp(message.next_time)),
                    channel: message.channel,
                    redrives: redrives.into_iter().map(redrive).collect(),
                };
                Ok(GetDeliveryResponse { delivery: Some(delivery) })
            })
        });
        answer.await
    }

    async fn list_dead_letters(
        &self,
        request: Request<ListDeadLettersRequest>,
    ) -> Result<Response<ListDeadLettersResponse>, Status> {
        let answer = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (letters, next_page_token) = queries::list_dead_letters(tx, &request).await?;
                let dead_letters = letters.into_iter().map(convert::dead_letter).collect();
                Ok(ListDeadLettersResponse { dead_letters, next_page_token })
            })
        });
        answer.await
    }

    async fn redrive_messages(
        &self,
        request: Request<RedriveMessagesRequest>,
    ) -> Result<Response<RedriveMessagesResponse>, Status> {
        let answer =
            self.0.db.write(request, |tx, request| Box::pin(async move { commands::redrive::run(tx, &request).await }));
        let answer = answer.await?;
        self.0.queued.notify_one();
        Ok(answer)
    }
}

fn result(result: chassis::Result<Accepted>) -> SendResult {
    let outcome = match result {
        Ok(Accepted { message, verdicts, .. }) => {
            let shown = convert::message(message, verdicts, Vec::new());
            Outcome::Message(Shown { text: String::new(), ..shown })
        }
        Err(error) => Outcome::Refusal(refusal(&error)),
    };
    SendResult { outcome: Some(outcome) }
}

fn refusal(error: &Error) -> Refusal {
    Refusal {
        code: error.code().into(),
        reason: error.reason().to_owned(),
        message: error.message().to_owned(),
        fields: error.violations().iter().cloned().collect(),
    }
}
