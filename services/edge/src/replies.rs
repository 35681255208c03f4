//! `/v1/replies/{token}`: where programs post replies, signed as Standard Webhooks has it. The secret is outreach's, which
//! checks the signature over the body as it came; here it is only bounded and passed on. For programs: answers are JSON.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};
use chassis::Error;
use serde_json::json;
use tonic::Code;
use usher_proto::outreach::v1::{ReceiveSignedReplyRequest, reply_service_client::ReplyServiceClient};

use crate::{App, calls::request, token::Token};

/// The longest body that is read; a mail in it grows by a third in base64.
pub const BODY_LIMIT: usize = 3_670_016;

/// `POST /v1/replies/{token}`
pub async fn receive(
    State(app): State<Arc<App>>,
    token: Token,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refusal(rejection.status(), "BODY_UNREADABLE", &rejection.body_text()),
    };
    let named = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let asked = ReceiveSignedReplyRequest {
        token: token.as_str().to_owned(),
        webhook_id: named("webhook-id"),
        webhook_timestamp: named("webhook-timestamp"),
        webhook_signature: named("webhook-signature"),
        body: body.to_vec(),
    };
    match pass_on(&app, asked).await {
        Ok(reply_id) => (StatusCode::ACCEPTED, Json(json!({ "reply_id": reply_id }))).into_response(),
        Err(error) => refused(&error),
    }
}

async fn pass_on(app: &App, asked: ReceiveSignedReplyRequest) -> chassis::Result<String> {
    let mut outreach = ReplyServiceClient::new(app.peers.channel("outreach")?);
    Ok(outreach.receive_signed_reply(request(app, asked)?).await?.into_inner().reply_id)
}

/// Who gets a status from 500 up is to try again; who gets another one is not.
fn refused(error: &Error) -> Response {
    let status = match (error.code(), error.reason()) {
        (Code::Unauthenticated, "LINK_INVALID") => StatusCode::NOT_FOUND,
        (Code::Unauthenticated, "SIGNATURE_INVALID" | "SIGNATURE_EXPIRED") => StatusCode::UNAUTHORIZED,
        (Code::InvalidArgument, _) => StatusCode::BAD_REQUEST,
        (Code::NotFound, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (Code::ResourceExhausted, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (code, reason) => {
            tracing::warn!(?code, reason, "a reply could not be kept; whoever posted it tries again");
            let mut response = refusal(StatusCode::SERVICE_UNAVAILABLE, "TRY_AGAIN", "it can not be kept just now");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
            return response;
        }
    };
    refusal(status, error.reason(), error.message())
}

fn refusal(status: StatusCode, reason: &str, message: &str) -> Response {
    (status, Json(json!({ "reason": reason, "message": message }))).into_response()
}
