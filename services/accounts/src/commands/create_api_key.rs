//! A key for a program.

use chassis::{Result, TenantTx, wire};
use secrecy::SecretString;
use usher_proto::accounts::v1::{CreateApiKeyRequest, Role};

use crate::{
    domain::{
        api_key::{self, ApiKey, ApiKeyId},
        grants,
    },
    store,
};

pub async fn run(tx: &mut TenantTx, giver: Role, request: CreateApiKeyRequest) -> Result<(ApiKey, SecretString)> {
    grants::check(giver, request.role())?;
    let ttl = request.ttl.as_ref().map(|ttl| wire::span("ttl", ttl)).transpose()?;
    let key = ApiKey {
        id: ApiKeyId::new(),
        role: request.role(),
        display_name: request.display_name,
        create_time: tx.now(),
        expire_time: tx.now() + api_key::lifetime(ttl)?,
        revoke_time: None,
    };
    let secret = api_key::secret();
    store::api_keys::insert(tx, &key, &api_key::hash(&secret)).await?;
    Ok((key, secret))
}
