//! What a candidate is given to act by: a link in a message, a word on what they want to hear of.
//!
//! `purpose | tenant | subject | place | MAC`, in base64url. The MAC (HMAC-SHA-256,
//! cut to 128 bits) keeps guesses away from the database. Nobody can read from it who somebody is, and one made for one
//! purpose serves no other.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Error, Result, TenantId, vault::derive};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

const BODY: usize = 1 + 16 + 16 + 1;
const TAG: usize = 16;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Goes to where a link of a message leads. Subject: the message; place: which of its links.
    Link = 1,
    /// Notices that a message was opened. Subject: the message.
    Open = 2,
    /// Shows and sets what somebody wants to hear of. Subject: the message that brought it.
    Preferences = 4,
}

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub tenant: TenantId,
    pub subject: Uuid,
    pub place: u8,
}

/// Writes and reads tokens. Cheap to clone.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

impl TokenKey {
    /// From the key of the installation's links.
    pub fn new(link_key: &[u8; 32]) -> Self {
        Self(derive(link_key, "outreach: tokens"))
    }

    /// The token's text, for an address on the web.
    pub fn write(&self, purpose: Purpose, token: Token) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes(purpose, token))
    }

    /// What a text stands for, if this key wrote it for this purpose. Errors: `UNAUTHENTICATED` (`LINK_INVALID`),
    /// whatever is wrong with it.
    pub fn read(&self, purpose: Purpose, text: &str) -> Result<Token> {
        self.token(purpose, &URL_SAFE_NO_PAD.decode(text).unwrap_or_default())
    }

    fn bytes(&self, purpose: Purpose, token: Token) -> [u8; BODY + TAG] {
        let mut bytes = [0; BODY + TAG];
        bytes[0] = purpose as u8;
        bytes[1..17].copy_from_slice(token.tenant.0.as_bytes());
        bytes[17..33].copy_from_slice(token.subject.as_bytes());
        bytes[33] = token.place;
        let tag = self.tag(&bytes[..BODY]);
        bytes[BODY..].copy_from_slice(&tag);
        bytes
    }

    fn token(&self, purpose: Purpose, bytes: &[u8]) -> Result<Token> {
        let (body, tag) = bytes.split_first_chunk::<BODY>().ok_or_else(invalid)?;
        if !bool::from(self.tag(body).ct_eq(tag)) || body[0] != purpose as u8 {
            return Err(invalid());
        }
        Ok(Token { tenant: TenantId(id(&body[1..17])?), subject: id(&body[17..33])?, place: body[33] })
    }

    fn tag(&self, body: &[u8]) -> [u8; TAG] {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(body);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..TAG]);
        tag
    }
}

fn id(bytes: &[u8]) -> Result<Uuid> {
    Uuid::from_slice(bytes).map_err(|_| invalid())
}

/// The one answer to whatever does not open, so that nothing can be learnt by trying.
pub fn invalid() -> Error {
    Error::unauthenticated("LINK_INVALID", "this link does not work; ask your contact for a fresh one")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> TokenKey {
        TokenKey::new(&[3; 32])
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_and_nothing_else(tenant: u128, subject: u128, place: u8, flip in 0_usize..400) {
            let token = Token { tenant: TenantId(Uuid::from_u128(tenant)), subject: Uuid::from_u128(subject), place };
            let text = key().write(Purpose::Link, token);
            prop_assert_eq!(key().read(Purpose::Link, &text).unwrap(), token);
            prop_assert!(key().read(Purpose::Open, &text).is_err(), "for another purpose");
            prop_assert!(TokenKey::new(&[4; 32]).read(Purpose::Link, &text).is_err(), "by another key");
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
            bytes[flip / 8] ^= 1 << (flip % 8);
            prop_assert!(key().read(Purpose::Link, &URL_SAFE_NO_PAD.encode(bytes)).is_err(), "bit {} changed", flip);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            prop_assert!(key().read(Purpose::Link, &text).is_err());
        }
    }
}
