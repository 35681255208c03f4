//! The cookie that keeps a signed-in person's token in their browser.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Error, Result, telemetry};
use tonic::{Request, metadata::MetadataValue};

/// Somebody is waiting in front of a screen.
const PATIENCE: Duration = Duration::from_secs(10);
const NAME: &str = "usher_session";
/// A browser keeps at most 4,096 bytes of a cookie, name and attributes included.
const LONGEST: usize = 3_900;

/// A token that somebody signed in with. Whether it is good is for the services to say. It has no `Debug`: it never
/// goes into a log.
pub struct Session(String);

impl Session {
    /// From what was pasted: a token, with or without `Bearer` and blanks around it.
    pub fn read(pasted: &str) -> Option<Self> {
        let text = pasted.trim();
        let token = text.strip_prefix("Bearer ").unwrap_or(text).trim();
        // The characters of a bearer (RFC 6750), all of which a cookie holds as they are.
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        ((1..=LONGEST).contains(&token.len()) && token.bytes().all(fits)).then(|| Self(token.to_owned()))
    }

    /// From a request's cookies.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == NAME)
            .and_then(|(_, token)| Self::read(token))
    }

    /// For the browser to keep until it is closed.
    pub fn cookie(&self, public_url: &str) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{NAME}={}; {}", self.0, attributes(public_url))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// A call in the name of whoever is signed in: with their token, not with the edge's.
    pub fn request<M>(&self, message: M) -> Result<Request<M>> {
        let mut request = Request::new(message);
        let mut bearer: MetadataValue<_> = format!("Bearer {}", self.0)
            .parse()
            .map_err(|_| Error::unauthenticated("TOKEN_MALFORMED", "the token does not fit a header"))?;
        bearer.set_sensitive(true);
        request.metadata_mut().insert("authorization", bearer);
        if let Ok(traceparent) = telemetry::traceparent().parse() {
            request.metadata_mut().insert("traceparent", traceparent);
        }
        request.set_timeout(PATIENCE);
        Ok(request)
    }

    /// Whom the token names, to say "yours" on the page. Nothing rests on it, so its signature is not checked here.
    pub fn subject(&self) -> Option<String> {
        let payload = self.0.split('.').nth(1)?;
        let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        claims.get("sub")?.as_str().map(str::to_owned)
    }
}

/// For the browser to forget.
pub fn ended(public_url: &str) -> HeaderValue {
    let text = format!("{NAME}=; Max-Age=0; {}", attributes(public_url));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

fn attributes(public_url: &str) -> &'static str {
    if public_url.starts_with("https://") {
        "Path=/; HttpOnly; SameSite=Strict; Secure"
    } else {
        "Path=/; HttpOnly; SameSite=Strict"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cookie: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookie))]);
        Session::of(&headers).map(|session| session.0)
    }

    #[test]
    fn finds_its_own_cookie() {
        assert_eq!(of("a=b; usher_session=x.y.z; c=d").as_deref(), Some("x.y.z"));
        assert_eq!(of("usher_session=x=="), Some("x==".to_owned()));
        for cookie in ["", "usher_session", "usher_session=", "xusher_session=x", "usher_session=\"x\""] {
            assert_eq!(of(cookie), None, "{cookie}");
        }
    }

    #[test]
    fn takes_only_what_a_header_and_a_cookie_hold() {
        assert_eq!(Session::read(" Bearer abc.def \n").unwrap().0, "abc.def");
        for text in ["", "   ", "a b", "a;b", "a\nb", "名", &"a".repeat(4_000)] {
            assert!(Session::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn is_secure_where_the_pages_are() {
        let session = Session::read("abc").unwrap();
        assert_eq!(
            session.cookie("https://jobs.example").unwrap(),
            "usher_session=abc; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(session.cookie("http://localhost").unwrap(), "usher_session=abc; Path=/; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn names_whom_the_token_names() {
        let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(r#"{"sub":"user_1"}"#));
        assert_eq!(Session::read(&token).unwrap().subject().as_deref(), Some("user_1"));
        for token in ["usk_abc", "a.b.c", "e30.e30.x"] {
            assert_eq!(Session::read(token).unwrap().subject(), None, "{token}");
        }
    }
}
