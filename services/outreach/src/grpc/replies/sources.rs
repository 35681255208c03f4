//! `usher.outreach.v1.ReplySourceService`.

use chassis::{Caller, Error, TenantId, wire::timestamp};
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    CreateReplyHookRequest, CreateReplyHookResponse, DeleteReplyHookRequest, DeleteReplyHookResponse,
    GetReplyAddressRequest, GetReplyAddressResponse, ListReplyHooksRequest, ListReplyHooksResponse, ReplyHook,
    reply_source_service_server::ReplySourceService,
};

use crate::{
    commands::reply_hooks,
    domain::{
        reply::hook::Hook,
        token::{Purpose, Token, TokenKey},
    },
    letterbox::Letterbox,
    store,
};

pub struct Sources {
    pub letterbox: Letterbox,
    pub tokens: TokenKey,
    pub public_url: String,
}

/// Makes of a tenant's hooks what the contract has.
#[derive(Clone)]
struct Shown {
    tokens: TokenKey,
    public_url: String,
    tenant: TenantId,
}

impl Sources {
    fn shown<M>(&self, request: &Request<M>) -> Result<Shown, Status> {
        let tenant = Caller::of(request)?.tenant_ctx()?.tenant;
        Ok(Shown { tokens: self.tokens.clone(), public_url: self.public_url.clone(), tenant })
    }
}

impl Shown {
    fn hook(&self, hook: Hook) -> ReplyHook {
        let token = Token { tenant: self.tenant, subject: hook.id.0, place: 0 };
        ReplyHook {
            hook_id: hook.id.to_string(),
            display_name: hook.display_name,
            url: format!("{}/v1/replies/{}", self.public_url, self.tokens.write(Purpose::Hook, token)),
            create_time: Some(timestamp(hook.create_time)),
        }
    }
}

#[tonic::async_trait]
impl ReplySourceService for Sources {
    async fn get_reply_address(
        &self,
        request: Request<GetReplyAddressRequest>,
    ) -> Result<Response<GetReplyAddressResponse>, Status> {
        let tenant = Caller::of(&request)?.tenant_ctx()?.tenant;
        let off = || {
            Error::failed_precondition("INBOUND_OFF", "this installation has no domain for replies")
                .hint("set inbound.domain, or bring replies by a hook")
        };
        let address = self.letterbox.addresses.of_tenant(tenant).ok_or_else(off)?;
        Ok(Response::new(GetReplyAddressResponse { address }))
    }

    async fn create_reply_hook(
        &self,
        request: Request<CreateReplyHookRequest>,
    ) -> Result<Response<CreateReplyHookResponse>, Status> {
        let shown = self.shown(&request)?;
        let answer = self.letterbox.db.write(request, move |tx, request| {
            Box::pin(async move {
                let (hook, secret) = reply_hooks::create(tx, request).await?;
                Ok(CreateReplyHookResponse { hook: Some(shown.hook(hook)), secret })
            })
        });
        answer.await
    }

    async fn list_reply_hooks(
        &self,
        request: Request<ListReplyHooksRequest>,
    ) -> Result<Response<ListReplyHooksResponse>, Status> {
        let shown = self.shown(&request)?;
        let answer = self.letterbox.db.read(request, move |tx, _| {
            Box::pin(async move {
                let hooks = store::reply_hooks::all(tx).await?;
                Ok(ListReplyHooksResponse { hooks: hooks.into_iter().map(|hook| shown.hook(hook)).collect() })
            })
        });
        answer.await
    }

    async fn delete_reply_hook(
        &self,
        request: Request<DeleteReplyHookRequest>,
    ) -> Result<Response<DeleteReplyHookResponse>, Status> {
        let answer = self.letterbox.db.write(request, |tx, request| {
            Box::pin(async move {
                reply_hooks::delete(tx, &request).await?;
                Ok(DeleteReplyHookResponse {})
            })
        });
        answer.await
    }
}
