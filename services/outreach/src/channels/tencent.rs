//! What WeCom and WeChat have in common: an access token for some hours, and answers with an `errcode`.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{
    SendError,
    http::{Answer, Http},
};

/// A token with less than this left is fetched anew.
const MARGIN: TimeDelta = TimeDelta::minutes(5);
/// The token is wrong, is none, or has ended.
const TOKEN_REFUSED: [i64; 4] = [40001, 40014, 41001, 42001];

/// A door to one account.
pub struct Door {
    who: &'static str,
    http: Http,
    base: Url,
    token: Mutex<Option<(String, DateTime<Utc>)>>,
}

#[derive(Deserialize)]
struct Fetched {
    #[serde(default)]
    errcode: i64,
    access_token: Option<String>,
    expires_in: Option<u32>,
}

/// What was answered to a message.
#[derive(Debug, Deserialize)]
pub struct Said {
    pub errcode: i64,
    #[serde(default)]
    pub invaliduser: String,
}

impl Door {
    pub fn new(who: &'static str, http: Http, base: Url) -> Self {
        Self { who, http, base, token: Mutex::default() }
    }

    pub fn http(&self) -> &Http {
        &self.http
    }

    /// An address of the provider's.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url.query_pairs_mut().extend_pairs(query);
        url
    }

    /// The token: the one that is kept until shortly before its end, else a fresh one. Whoever asks meanwhile waits for the
    /// same. `refused` is one that the provider did not accept; `fetch` is told whether there is such a one.
    pub async fn token(
        &self,
        now: DateTime<Utc>,
        refused: Option<&str>,
        fetch: impl Fn(bool) -> RequestBuilder,
    ) -> Result<String, SendError> {
        let mut kept = self.token.lock().await;
        if let Some((token, until)) = kept.as_ref()
            && now < *until
            && refused != Some(token.as_str())
        {
            return Ok(token.clone());
        }
        let answer = self.http.ask(fetch(refused.is_some()), now).await;
        let answer = answer.map_err(|unanswered| unanswered.harmless(self.who))?;
        match answer.json::<Fetched>() {
            Some(Fetched { access_token: Some(token), expires_in, .. }) if is_token(&token) => {
                let life = TimeDelta::seconds(expires_in.unwrap_or_default().min(86_400).into());
                *kept = Some((token.clone(), now + (life - MARGIN).max(TimeDelta::seconds(1))));
                Ok(token)
            }
            Some(fetched) if fetched.errcode != 0 => Err(self.no_token(fetched.errcode)),
            _ => Err(answer.refusal(self.who).unwrap_or_else(|| self.unclear(&answer))),
        }
    }

    /// Asks with the token; once more with a fresh one when it was refused, which takes nothing.
    pub async fn ask(
        &self,
        now: DateTime<Utc>,
        fetch: impl Fn(bool) -> RequestBuilder,
        request: impl Fn(&str) -> RequestBuilder,
    ) -> Result<Said, SendError> {
        let token = self.token(now, None, &fetch).await?;
        let said = self.say(now, request(&token)).await?;
        if !TOKEN_REFUSED.contains(&said.errcode) {
            return Ok(said);
        }
        let token = self.token(now, Some(&token), &fetch).await?;
        self.say(now, request(&token)).await
    }

    async fn say(&self, now: DateTime<Utc>, request: RequestBuilder) -> Result<Said, SendError> {
        let answer = self.http.ask(request, now).await.map_err(|unanswered| unanswered.known_again(self.who))?;
        let unclear = || {
            let what = format!("{} answered {} and says what it never says", self.who, answer.status);
            answer.refusal(self.who).unwrap_or_else(|| SendError::in_doubt(what))
        };
        answer.json().ok_or_else(unclear)
    }

    /// What a code means that both have.
    pub fn refusal(&self, errcode: i64) -> SendError {
        let what = format!("{} refused: {errcode}", self.who);
        match errcode {
            // Busy, or two at once on the same thing.
            -1 | 6000 => SendError::transient(what),
            // Too many a minute (45009 also a day), or at once.
            45009 | 45011 | 45033 => SendError::busy(what, Some(TimeDelta::minutes(1))),
            // No such user.
            40003 | 40031 => SendError::bad_address(what),
            // The account, its rights, the addresses from which it may be used, the template.
            40001 | 40013 | 40014 | 40037 | 40056 | 40125 | 40164 | 41001 | 42001 | 48001 | 48002 | 48004 | 60011
            | 60020 | 301_002 => SendError::broken(what),
            // Empty, too long, no JSON, what is not allowed to be said (44004, 45001 …), and whatever else there is.
            _ => SendError::permanent(what),
        }
    }

    fn no_token(&self, errcode: i64) -> SendError {
        match errcode {
            -1 | 45009 | 45011 => SendError::busy(format!("{} gives no token: {errcode}", self.who), None),
            _ => SendError::broken(format!("{} gives no token: {errcode}", self.who)),
        }
    }

    fn unclear(&self, answer: &Answer) -> SendError {
        SendError::transient(format!("{} answered {} and says what it never says", self.who, answer.status))
    }
}

/// It goes into an address.
fn is_token(text: &str) -> bool {
    (1..=1_024).contains(&text.len()) && text.chars().all(|one| one.is_ascii_graphic())
}
