//! The link's secret part, as it stands in an address.

use std::fmt;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use serde::Deserialize;

use crate::failure::Failure;

/// A token that may be one of ours; only the service that wrote it knows whether it is. It has no `Debug`: it never goes into a log.
#[derive(Clone)]
pub struct Token(String);

#[derive(Deserialize)]
struct Named {
    token: String,
}

impl Token {
    /// Tokens are made of characters that need no escaping in an address (RFC 3986, "unreserved"), at most 200.
    pub fn read(text: String) -> Option<Self> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        ((1..=200).contains(&text.len()) && text.bytes().all(unreserved)).then_some(Self(text))
    }

    /// As it goes to that service.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Token {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(Named { token }) = Path::from_request_parts(parts, state).await.map_err(|_| Failure::NotFound)?;
        Self::read(token).ok_or(Failure::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_no_escaping_is_a_token() {
        assert!(Token::read("v1.aZ09-_~".to_owned()).is_some());
        for text in ["", "a b", "a/b", "a?b", "<script>", "a\r\nb", "名", &"a".repeat(201)] {
            assert!(Token::read(text.to_owned()).is_none(), "{text}");
        }
    }
}
