//! A key ends.

use chassis::{Result, TenantTx, wire};
use usher_proto::accounts::v1::RevokeApiKeyRequest;

use crate::{domain::api_key::ApiKey, store};

pub async fn run(tx: &mut TenantTx, request: RevokeApiKeyRequest) -> Result<ApiKey> {
    store::api_keys::revoke(tx, wire::id("api_key_id", &request.api_key_id)?).await
}
