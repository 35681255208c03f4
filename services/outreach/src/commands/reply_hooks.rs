//! A tenant opens and closes places to which programs may post replies.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::outreach::v1::{CreateReplyHookRequest, DeleteReplyHookRequest};

use crate::{
    domain::reply::hook::{self, Hook, HookId, MOST},
    store,
};

/// The hook, and its secret, which nobody is told again.
pub async fn create(tx: &mut TenantTx, request: CreateReplyHookRequest) -> Result<(Hook, String)> {
    if store::reply_hooks::all(tx).await?.len() >= MOST {
        return Err(Error::failed_precondition("HOOKS_TOO_MANY", format!("a tenant has at most {MOST} hooks"))
            .hint("delete one that is not used any more"));
    }
    let hook = Hook { id: HookId::new(), display_name: request.display_name, create_time: tx.now() };
    let secret = hook::secret();
    store::reply_hooks::insert(tx, &hook, &secret).await?;
    Ok((hook, secret))
}

pub async fn delete(tx: &mut TenantTx, request: &DeleteReplyHookRequest) -> Result<()> {
    store::reply_hooks::delete(tx, wire::id("hook_id", &request.hook_id)?).await
}
