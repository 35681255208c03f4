//! `usher.outreach.v1.MessageService`.

use std::sync::Arc;

use chassis::{Caller, Db, Error, House, TenantTx, wire};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    CancelMessageRequest, CancelMessageResponse, GetMessageRequest, GetMessageResponse, ListMessagesRequest,
    ListMessagesResponse, Message as Shown, SendMessageRequest, SendMessageResponse,
    message_service_server::MessageService,
};

use super::convert;
use crate::{channels::rack::Rack, commands, domain::message::Message, queries, store};

pub struct Messages {
    pub db: Db,
    pub house: House,
    pub rack: Arc<Rack>,
    pub queued: Arc<Notify>,
}

/// A message with everything that is known of it.
async fn whole(tx: &mut TenantTx, message: Message) -> chassis::Result<Shown> {
    let verdicts = store::messages::verdicts(tx, message.id).await?;
    let attempts = store::messages::attempts(tx, message.id).await?;
    Ok(convert::message(message, verdicts, attempts))
}

#[tonic::async_trait]
impl MessageService for Messages {
    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let tenant = Caller::of(&request)?.tenant_ctx()?.tenant;
        let draft = request.get_ref().draft.clone();
        let draft = draft.ok_or_else(|| Error::invalid("draft", "FIELD_REQUIRED", "is required"))?;
        let dry = request.get_ref().validate_only;
        let gathered = commands::prepare::gather(&self.house, &self.rack, tenant, &draft, dry).await?;
        let answer = self.db.write(request, move |tx, _| {
            Box::pin(async move {
                let message = commands::prepare::send(tx, draft, &gathered, dry).await?;
                Ok(SendMessageResponse { message: Some(whole(tx, message).await?) })
            })
        });
        let answer = answer.await?;
        self.queued.notify_waiters();
        Ok(answer)
    }

    async fn get_message(&self, request: Request<GetMessageRequest>) -> Result<Response<GetMessageResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
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
        let answer = self.db.read(request, |tx, request| {
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
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let message = commands::cancel::run(tx, &request.message_id).await?;
                Ok(CancelMessageResponse { message: Some(whole(tx, message).await?) })
            })
        });
        answer.await
    }
}
