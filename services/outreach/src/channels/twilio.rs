//! Text messages over Twilio's `Messages` resource (2010-04-01).
//!
//! It takes any text. A message that may have been taken would not be known again, so that it is not repeated.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{
    Channel, Parcel, SendError,
    http::{Answer, Http},
};

const WHO: &str = "Twilio";

/// Sends by Twilio.
pub struct Twilio {
    pub key: String,
    pub http: Http,
    pub base: Url,
    pub account_sid: String,
    /// The account, or one of its API keys.
    pub user: String,
    pub secret: SecretString,
    pub from: String,
}

/// The message that was made, or why none was.
#[derive(Deserialize)]
struct Said {
    sid: Option<String>,
    error_code: Option<u32>,
    code: Option<u32>,
}

impl Twilio {
    fn messages(&self) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/2010-04-01/Accounts/{}/Messages.json", self.account_sid));
        url
    }

    fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.user, Some(self.secret.expose_secret()))
    }
}

#[async_trait]
impl Channel for Twilio {
    fn key(&self) -> &str {
        &self.key
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError> {
        let text = parcel.message.short(parcel.name).map_err(|error| SendError::permanent(error.message()))?.sms();
        let sender = if self.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let form = [("To", parcel.address), (sender, &self.from), ("Body", &text)];
        let request = self.signed(self.http.client().post(self.messages())).form(&form);
        let answer = self.http.ask(request, parcel.now).await.map_err(|unanswered| unanswered.lost(WHO))?;
        match (answer.is_success(), answer.json::<Said>()) {
            (true, Some(Said { error_code: Some(code), .. })) | (false, Some(Said { code: Some(code), .. })) => {
                Err(refusal(code, &answer))
            }
            (true, Some(Said { sid: Some(_), .. })) => Ok(()),
            _ => Err(unclear(&answer)),
        }
    }

    async fn check(&self, now: DateTime<Utc>) -> Result<(), SendError> {
        // What every key of the account may read.
        let mut url = self.messages();
        url.set_query(Some("PageSize=1"));
        let request = self.signed(self.http.client().get(url));
        let answer = self.http.knock(request, now).await.map_err(|unanswered| unanswered.harmless(WHO))?;
        if answer.is_success() {
            return Ok(());
        }
        Err(answer.refusal(WHO).unwrap_or_else(|| SendError::transient(format!("Twilio answered {}", answer.status))))
    }
}

fn unclear(answer: &Answer) -> SendError {
    let lost = || SendError::Lost { what: format!("Twilio answered {} and says what it never says", answer.status) };
    answer.refusal(WHO).unwrap_or_else(lost)
}

/// What a code means; those that nobody knows by the status that came with them.
fn refusal(code: u32, answer: &Answer) -> SendError {
    let what = format!("Twilio refused: {code}");
    match code {
        // No number, none that takes texts, one that has said STOP, out of reach.
        21211 | 21214 | 21217 | 21219 | 21610 | 21612 | 21614 | 30003 | 30004 | 30005 | 30006 => {
            SendError::bad_address(what)
        }
        // Credentials, money, the sender, countries that are not allowed.
        20003 | 20005 | 20006 | 21212 | 21408 | 21603 | 21606 | 21659 | 21660 | 21701 | 21703 | 30002 | 63038 => {
            SendError::broken(what)
        }
        // Too many at once, or a full queue.
        14107 | 20429 | 21611 | 30001 | 30022 => SendError::busy(what, answer.retry_after),
        // Empty, too long, or what the carrier takes for spam.
        21602 | 21617 | 30007 => SendError::permanent(what),
        _ if answer.status == 429 || answer.status >= 500 => SendError::busy(what, answer.retry_after),
        _ if matches!(answer.status, 401 | 403 | 404) => SendError::broken(what),
        _ => SendError::permanent(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::step::Failure;

    #[test]
    fn codes_say_whose_fault_it_is() {
        let failure = |code, status| refusal(code, &Answer::of(status)).failure();
        assert_eq!(failure(21211, 400), Failure::Address);
        assert_eq!(failure(21610, 400), Failure::Address);
        assert_eq!(failure(20003, 401), Failure::Channel);
        assert_eq!(failure(21617, 400), Failure::Message);
        assert_eq!(failure(20429, 429), Failure::Passing { in_doubt: false });
        assert_eq!(failure(99999, 400), Failure::Message);
        assert_eq!(failure(99999, 404), Failure::Channel);
        assert_eq!(failure(99999, 503), Failure::Passing { in_doubt: false });
    }
}
