//! `usher.outreach.v1.ContactGateService`.

use chassis::{Db, wire};
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    MessageState, WhyNotSentRequest, WhyNotSentResponse, contact_gate_service_server::ContactGateService,
};

use crate::{domain::gate::explain, grpc::convert, store};

pub struct Gates(pub Db);

#[tonic::async_trait]
impl ContactGateService for Gates {
    async fn why_not_sent(&self, request: Request<WhyNotSentRequest>) -> Result<Response<WhyNotSentResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let message = store::messages::get(tx, wire::id("message_id", &request.message_id)?).await?;
                let verdicts = store::records::verdicts(tx, message.id).await?;
                let attempts = store::records::attempts(tx, message.id).await?;
                let zone = store::policies::get(tx).await?.zone;
                let in_vain = attempts.iter().filter(|attempt| attempt.end_time.is_some() && !attempt.succeeded);
                let errors: Vec<&str> = in_vain.map(|attempt| attempt.error.as_str()).collect();
                let stand = explain::Stand {
                    state: message.state,
                    channel: &message.channel,
                    next_time: message.next_time,
                    send_time: message.send_time,
                    verdicts: &verdicts,
                    errors: &errors,
                };
                let (sentence_zh, sentence_en) = explain::sentences(stand, zone, tx.now());
                let waits = matches!(message.state, MessageState::Accepted | MessageState::Queued);
                Ok(WhyNotSentResponse {
                    message_id: message.id.to_string(),
                    state: message.state.into(),
                    verdicts: verdicts.into_iter().map(convert::verdict).collect(),
                    attempts: attempts.into_iter().map(convert::attempt).collect(),
                    next_time: waits.then(|| wire::timestamp(message.next_time)),
                    send_time: message.send_time.map(wire::timestamp),
                    sentence_zh,
                    sentence_en,
                })
            })
        });
        answer.await
    }
}
