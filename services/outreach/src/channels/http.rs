//! Asking a provider over HTTP: one client for all channels, bounded in time and in what is read, and nothing followed.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{
    Client, RequestBuilder, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use serde::de::DeserializeOwned;

use super::{
    SendError,
    guard::{Guard, Refused},
};

const CONNECTING: Duration = Duration::from_secs(5);
/// No provider says more.
const LONGEST_ANSWER: usize = 64 << 10;
/// The longest pause that is believed.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(24);

/// The client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client,
    guard: Guard,
}

/// What a provider answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<TimeDelta>,
    body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// The request did not leave.
    NotSent(SendError),
    /// It may have been heard.
    InDoubt(&'static str),
}

impl Http {
    /// A client that connects only where the guard permits. `patience` is for a whole answer.
    pub fn new(guard: Guard, patience: Duration) -> anyhow::Result<Self> {
        let client = Client::builder()
            .timeout(patience)
            .connect_timeout(CONNECTING)
            .redirect(Policy::none())
            // A proxy of the environment's would resolve names by itself.
            .no_proxy()
            .dns_resolver(Arc::new(Guarded(guard)))
            .user_agent("usher")
            .build()
            .context("the HTTP client can not be made")?;
        Ok(Self { client, guard })
    }

    /// To begin a request with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The whole answer, which must not be long.
    pub async fn ask(&self, request: RequestBuilder, now: DateTime<Utc>) -> Result<Answer, Unanswered> {
        let mut response = self.begin(request).await?;
        let (status, retry_after) = (response.status().as_u16(), pause(response.headers().get(RETRY_AFTER), now));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(&error))? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Unanswered::InDoubt("its answer is too long to be one"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, retry_after, body })
    }

    /// The status alone, for those who say nothing else; what follows it is not read.
    pub async fn knock(&self, request: RequestBuilder, now: DateTime<Utc>) -> Result<Answer, Unanswered> {
        let response = self.begin(request).await?;
        let retry_after = pause(response.headers().get(RETRY_AFTER), now);
        Ok(Answer { retry_after, ..Answer::of(response.status().as_u16()) })
    }

    async fn begin(&self, request: RequestBuilder) -> Result<Response, Unanswered> {
        let request = request.build().map_err(|_| Unanswered::NotSent(SendError::broken("its address is none")))?;
        // The resolver is not asked for an address in figures.
        if !request.url().host_str().is_some_and(|host| self.guard.permits_host(host)) {
            return Err(Unanswered::NotSent(Refused.into()));
        }
        self.client.execute(request).await.map_err(|error| unanswered(&error))
    }
}

impl Answer {
    /// One that says nothing but its status.
    pub fn of(status: u16) -> Self {
        Self { status, retry_after: None, body: Vec::new() }
    }

    /// What it says, where that is JSON of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What a status other than success means where the body does not say more. `None` when it leaves open whether the
    /// message was taken.
    pub fn refusal(&self, who: &str) -> Option<SendError> {
        let what = format!("{who} answered {}", self.status);
        match self.status {
            408 | 425 | 429 | 503 => Some(SendError::busy(what, self.retry_after)),
            // Redirects are not followed; not known there, or not as ours.
            300..400 | 401 | 403..=405 | 407 | 410 => Some(SendError::broken(what)),
            400..500 => Some(SendError::permanent(what)),
            _ => None,
        }
    }
}

impl Unanswered {
    /// Where the other side knows a message again when it comes a second time.
    pub fn known_again(self, who: &str) -> SendError {
        match self {
            Self::NotSent(error) => error,
            Self::InDoubt(what) => SendError::in_doubt(format!("{who}: {what}; it may have the message")),
        }
    }

    /// Where it does not.
    pub fn lost(self, who: &str) -> SendError {
        match self {
            Self::NotSent(error) => error,
            Self::InDoubt(what) => SendError::Lost { what: format!("{who}: {what}; it may have the message") },
        }
    }

    /// Where it does not matter.
    pub fn harmless(self, who: &str) -> SendError {
        match self {
            Self::NotSent(error) => error,
            Self::InDoubt(what) => SendError::transient(format!("{who}: {what}")),
        }
    }
}

fn unanswered(error: &reqwest::Error) -> Unanswered {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<Refused>() {
            return Unanswered::NotSent(Refused.into());
        }
        cause = inner.source();
    }
    // Not the error itself: it names the address, which holds numbers and tokens.
    if error.is_connect() {
        Unanswered::NotSent(SendError::transient("the connection failed"))
    } else if error.is_builder() {
        Unanswered::NotSent(SendError::broken("its address is none"))
    } else if error.is_timeout() {
        Unanswered::InDoubt("no answer in time")
    } else {
        Unanswered::InDoubt("the connection was lost")
    }
}

/// `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
fn pause(header: Option<&HeaderValue>, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = header?.to_str().ok()?.trim();
    let pause = match text.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(seconds.into()),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc) - now,
    };
    (pause > TimeDelta::zero()).then(|| pause.min(LONGEST_PAUSE))
}

/// Resolves names to addresses that the guard permits.
struct Guarded(Guard);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> = found.filter(|address| guard.permits(address.ip())).collect();
            if permitted.is_empty() {
                return Err(Refused.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::Fault;

    #[test]
    fn a_pause_is_a_number_or_a_date_and_never_endless() {
        let now = DateTime::from_timestamp(784_111_777, 0).unwrap();
        let pause = |text: &str| super::pause(Some(&HeaderValue::from_str(text).unwrap()), now);
        assert_eq!(pause("120"), Some(TimeDelta::seconds(120)));
        assert_eq!(pause("Sun, 06 Nov 1994 08:50:37 GMT"), Some(TimeDelta::seconds(60)));
        assert_eq!(pause("4294967295"), Some(LONGEST_PAUSE));
        for text in ["0", "Sun, 06 Nov 1994 08:48:37 GMT", "soon", "-1", "99999999999999999999"] {
            assert_eq!(pause(text), None, "{text}");
        }
    }

    #[test]
    fn a_status_says_who_has_to_do_something() {
        let fault = |status| match Answer::of(status).refusal("it") {
            Some(SendError::Permanent { fault, .. }) => Some(Some(fault)),
            Some(_) => Some(None),
            None => None,
        };
        for status in [301, 302, 307, 401, 403, 404, 410] {
            assert_eq!(fault(status), Some(Some(Fault::Channel)), "{status}");
        }
        for status in [400, 413, 422] {
            assert_eq!(fault(status), Some(Some(Fault::Message)), "{status}");
        }
        for status in [408, 429, 503] {
            assert_eq!(fault(status), Some(None), "{status}");
        }
        for status in [500, 502, 504] {
            assert_eq!(fault(status), None, "{status}: it may have been taken");
        }
    }
}
