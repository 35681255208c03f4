//! A program of the tenant's that brings messages to people: JSON by POST, signed as Standard Webhooks has it.
//!
//! It learns who the message is for by the candidate's id, and no address. A message that comes again has the same
//! `webhook-id`, by which the program can tell.

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::{Url, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{Channel, Parcel, SendError, http::Http, sign};

const WHO: &str = "the webhook";

/// Sends to a program.
pub struct Webhook {
    pub key: String,
    pub http: Http,
    pub url: Url,
    /// Each signs for itself, so that one can be replaced while the other still holds.
    pub keys: Vec<Vec<u8>>,
}

impl Webhook {
    async fn post(&self, id: &str, body: &Value, now: DateTime<Utc>) -> Result<(), SendError> {
        let (body, time) = (body.to_string(), now.timestamp().to_string());
        let signatures: Vec<String> = self.keys.iter().map(|key| signature(key, id, &time, &body)).collect();
        let request = self
            .http
            .client()
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", &time)
            .header("webhook-signature", signatures.join(" "))
            .body(body);
        let answer = self.http.knock(request, now).await.map_err(|unanswered| unanswered.known_again(WHO))?;
        if answer.is_success() {
            return Ok(());
        }
        let in_doubt = || SendError::in_doubt(format!("{WHO} answered {}; it may have the message", answer.status));
        Err(answer.refusal(WHO).unwrap_or_else(in_doubt))
    }
}

#[async_trait]
impl Channel for Webhook {
    fn key(&self) -> &str {
        &self.key
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError> {
        let message = parcel.message;
        let short = message.short(parcel.name).map_err(|error| SendError::permanent(error.message()))?;
        let kind = message.kind().as_str_name().trim_start_matches("MESSAGE_KIND_").to_lowercase();
        let body = json!({
            "type": "message.send",
            "timestamp": stamp(parcel.now),
            "data": {
                "message_id": message.id.to_string(),
                "business_key": message.draft.business_key,
                "kind": kind,
                "candidate_id": parcel.address,
                "application_id": message.draft.application_id,
                "interview_id": message.draft.interview_id,
                "language": message.language,
                "subject": message.subject,
                "text": message.text,
                "short_text": short.text(),
                "link": short.link,
            },
        });
        self.post(&message.id.to_string(), &body, parcel.now).await
    }

    async fn check(&self, now: DateTime<Utc>) -> Result<(), SendError> {
        let body = json!({ "type": "channel.tested", "timestamp": stamp(now), "data": {} });
        self.post(&format!("test_{}", now.timestamp_micros()), &body, now).await
    }
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn signature(key: &[u8], id: &str, time: &str, body: &str) -> String {
    format!("v1,{}", STANDARD.encode(sign::hmac_sha256(key, format!("{id}.{time}.{body}").as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::signing_key;

    #[test]
    fn the_example_of_the_standard_is_signed_as_it_says() {
        let key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
