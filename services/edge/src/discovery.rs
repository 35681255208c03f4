//! `/.well-known/…`: where whoever checks the built-in issuer's tokens finds its keys (OpenID Connect Discovery 1.0).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use chassis::Error;
use serde_json::json;
use usher_proto::accounts::v1::{GetJsonWebKeySetRequest, token_service_client::TokenServiceClient};

use crate::{App, failure::Failure};

/// The `iss` of the built-in issuer's tokens.
const ISSUER: &str = "usher";
/// Public keys may be kept for as long as the services themselves keep them at most.
const KEEP: &str = "public, max-age=300";

/// `GET /.well-known/jwks.json`
pub async fn keys(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let json = key_set(&app).await?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, KEEP)], json).into_response())
}

async fn key_set(app: &App) -> Result<String, Error> {
    let request = app.peers.request(None, GetJsonWebKeySetRequest {})?;
    let mut accounts = TokenServiceClient::new(app.peers.channel("accounts")?);
    Ok(accounts.get_json_web_key_set(request).await?.into_inner().json)
}

/// `GET /.well-known/openid-configuration`
pub async fn configuration(State(app): State<Arc<App>>) -> Response {
    let document = json!({
        "issuer": ISSUER,
        "jwks_uri": format!("{}/.well-known/jwks.json", app.public_url),
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "subject_types_supported": ["public"],
        // Tokens come from `TokenService.IssueToken`; nobody is sent through a browser for one.
        "response_types_supported": [],
    });
    ([(CACHE_CONTROL, KEEP)], Json(document)).into_response()
}
