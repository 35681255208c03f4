//! `usher.outreach.v1.ReplyService` and `usher.outreach.v1.ReplySourceService`.

mod convert;
mod sources;

use chassis::{Caller, Error, Result as Done, TenantCtx, TenantId, wire};
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::outreach::v1::{
    AssignReplyRequest, AssignReplyResponse, DismissReplyRequest, DismissReplyResponse, GetReplyRequest,
    GetReplyResponse, ListRepliesRequest, ListRepliesResponse, ListUnmatchedRepliesRequest,
    ListUnmatchedRepliesResponse, ReceiveReplyRequest, ReceiveReplyResponse, ReceiveSignedReplyRequest,
    ReceiveSignedReplyResponse,
    reply_service_server::{ReplyService, ReplyServiceServer},
    reply_source_service_server::ReplySourceServiceServer,
};

use crate::{
    commands,
    domain::{
        reply::{
            Reply,
            hook::{self, Brought, HookId, Posted},
        },
        token::{self, Purpose, TokenKey},
    },
    letterbox::{Letterbox, Mail},
    queries, store,
};

/// Adds both.
pub fn routes(routes: Routes, letterbox: Letterbox, tokens: TokenKey, public_url: &str) -> Routes {
    let sources =
        sources::Sources { letterbox: letterbox.clone(), tokens: tokens.clone(), public_url: public_url.to_owned() };
    routes
        .add_service(ReplyServiceServer::new(Replies { letterbox, tokens }))
        .add_service(ReplySourceServiceServer::new(sources))
}

struct Replies {
    letterbox: Letterbox,
    tokens: TokenKey,
}

impl Replies {
    async fn received(&self, asked: ReceiveReplyRequest, caller: &Caller) -> Done<Reply> {
        match (asked.mail, asked.text) {
            (Some(mail), None) => {
                let read = Mail::read(mail.raw).await?;
                self.letterbox.mail(&read, &mail.recipient, caller.tenant).await
            }
            (None, Some(text)) => {
                let what = "a reply that is no mail needs a caller who speaks for a tenant";
                let tenant = caller.tenant.ok_or_else(|| Error::invalid("text", "TENANT_REQUIRED", what))?;
                self.letterbox.text(caller.actor.as_str(), &text, tenant).await
            }
            _ => Err(Error::invalid("mail", "REPLY_REQUIRED", "or text must be set, and one alone")),
        }
    }

    /// The hook to which something was posted, if its secret signed it.
    async fn admitted(&self, asked: &ReceiveSignedReplyRequest) -> Done<(TenantId, HookId)> {
        let token = self.tokens.read(Purpose::Hook, &asked.token)?;
        let hook = HookId(token.subject);
        let db = &self.letterbox.db;
        let mut tx = db.begin(&TenantCtx::service(token.tenant, "outreach")).await?;
        let secret = store::reply_hooks::secret(&mut tx, hook).await?.ok_or_else(token::invalid)?;
        hook::check(posted(asked), &secret, tx.now())?;
        Ok((token.tenant, hook))
    }
}

fn posted(asked: &ReceiveSignedReplyRequest) -> Posted<'_> {
    Posted {
        id: &asked.webhook_id,
        timestamp: &asked.webhook_timestamp,
        signatures: &asked.webhook_signature,
        body: &asked.body,
    }
}

#[tonic::async_trait]
impl ReplyService for Replies {
    async fn receive_reply(
        &self,
        request: Request<ReceiveReplyRequest>,
    ) -> Result<Response<ReceiveReplyResponse>, Status> {
        let caller = Caller::of(&request)?;
        let reply = self.received(request.into_inner(), &caller).await?;
        Ok(Response::new(ReceiveReplyResponse { reply_id: reply.id.to_string(), state: reply.state.into() }))
    }

    async fn receive_signed_reply(
        &self,
        request: Request<ReceiveSignedReplyRequest>,
    ) -> Result<Response<ReceiveSignedReplyResponse>, Status> {
        let asked = request.into_inner();
        let (tenant, hook) = self.admitted(&asked).await?;
        let reply = match hook::read(posted(&asked))? {
            Brought::Mail(mail) => {
                let read = Mail::read(mail.raw).await?;
                self.letterbox.mail(&read, &mail.recipient, Some(tenant)).await?
            }
            Brought::Text(text) => self.letterbox.text(&hook.to_string(), &text, tenant).await?,
        };
        Ok(Response::new(ReceiveSignedReplyResponse { reply_id: reply.id.to_string() }))
    }

    async fn get_reply(&self, request: Request<GetReplyRequest>) -> Result<Response<GetReplyResponse>, Status> {
        let answer = self.letterbox.db.read(request, |tx, request| {
            Box::pin(async move {
                let reply = store::replies::get(tx, wire::id("reply_id", &request.reply_id)?).await?;
                Ok(GetReplyResponse { reply: Some(convert::reply(reply)) })
            })
        });
        answer.await
    }

    async fn list_replies(
        &self,
        request: Request<ListRepliesRequest>,
    ) -> Result<Response<ListRepliesResponse>, Status> {
        let answer = self.letterbox.db.read(request, |tx, request| {
            Box::pin(async move {
                let (replies, next_page_token) = queries::replies::list(tx, &request).await?;
                Ok(ListRepliesResponse { replies: replies.into_iter().map(convert::reply).collect(), next_page_token })
            })
        });
        answer.await
    }

    async fn list_unmatched_replies(
        &self,
        request: Request<ListUnmatchedRepliesRequest>,
    ) -> Result<Response<ListUnmatchedRepliesResponse>, Status> {
        let answer = self.letterbox.db.read(request, |tx, request| {
            Box::pin(async move {
                let (replies, next_page_token) = queries::replies::waiting(tx, &request).await?;
                let replies = replies.into_iter().map(convert::reply).collect();
                Ok(ListUnmatchedRepliesResponse { replies, next_page_token })
            })
        });
        answer.await
    }

    async fn assign_reply(
        &self,
        request: Request<AssignReplyRequest>,
    ) -> Result<Response<AssignReplyResponse>, Status> {
        let answer = self.letterbox.db.write(request, |tx, request| {
            Box::pin(async move {
                let reply = commands::settle_reply::assign(tx, request).await?;
                Ok(AssignReplyResponse { reply: Some(convert::reply(reply)) })
            })
        });
        answer.await
    }

    async fn dismiss_reply(
        &self,
        request: Request<DismissReplyRequest>,
    ) -> Result<Response<DismissReplyResponse>, Status> {
        let answer = self.letterbox.db.write(request, |tx, request| {
            Box::pin(async move {
                let reply = commands::settle_reply::dismiss(tx, request).await?;
                Ok(DismissReplyResponse { reply: Some(convert::reply(reply)) })
            })
        });
        answer.await
    }
}
