//! What a candidate is given to act by: a link in a message, the address for their reply, a word on what they want to hear of.
//!
//! `purpose | tenant | subject | place | MAC`, in the alphabet that the place where it stands allows. The MAC (HMAC-SHA-256,
//! cut to 128 bits) keeps guesses away from the database. Nobody can read from it who somebody is, and one made for one
//! purpose serves no other.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{
    Error, Result, TenantId,
    vault::{Vault, derive},
};
use data_encoding::{Encoding, Specification};
use uuid::Uuid;

const BODY: usize = 1 + 16 + 16 + 1;
const TAG: usize = 16;
const CONTEXT: &str = "token";
const LOCAL_TAG: usize = 6;
const LOCAL_CONTEXT: &str = "token: mail address";

/// RFC 4648, section 6, in lower case.
static LETTERS: LazyLock<Encoding> = LazyLock::new(|| {
    let mut letters = Specification::new();
    letters.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    #[expect(clippy::expect_used, reason = "the alphabet is constant, and the tests use it")]
    letters.encoding().expect("the alphabet is good")
});

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Goes to where a link of a message leads. Subject: the message; place: which of its links.
    Link = 1,
    /// Notices that a message was opened. Subject: the message.
    Open = 2,
    /// The address that a reply goes to. Subject: the message.
    Reply = 3,
    /// Shows and sets what somebody wants to hear of. Subject: the message that brought it.
    Preferences = 4,
    /// The address of a tenant, for replies of which no message is known yet. No subject.
    Inbox = 5,
    /// Where a program posts replies. Subject: the hook.
    Hook = 6,
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
pub struct TokenKey(Vault);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

impl TokenKey {
    /// From the key of the installation's links.
    pub fn new(link_key: &[u8; 32]) -> Self {
        Self(Vault::new(&derive(link_key, "outreach: tokens")))
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

    /// The token's text, for the part of a mail address before the `@`, where upper and lower case may be mixed up on the
    /// way and 64 characters are allowed (RFC 5321, sections 2.4 and 4.5.3.1.1): the ids, and a MAC of 48 bits. A subject
    /// that is nil is left out.
    pub fn write_local(&self, purpose: Purpose, tenant: TenantId, subject: Uuid) -> String {
        let ids = local_ids(tenant, subject);
        let tag = self.0.tag(&local_body(purpose, &ids), LOCAL_CONTEXT);
        LETTERS.encode(&[&ids, &tag[..LOCAL_TAG]].concat())
    }

    /// What such a text stands for, in place 0. Errors: as [`TokenKey::read`].
    pub fn read_local(&self, purpose: Purpose, text: &str) -> Result<Token> {
        let bytes = LETTERS.decode(text.to_ascii_lowercase().as_bytes()).unwrap_or_default();
        let (ids, tag) = bytes.split_last_chunk::<LOCAL_TAG>().ok_or_else(invalid)?;
        if !self.0.is_tag(tag, &local_body(purpose, ids), LOCAL_CONTEXT) {
            return Err(invalid());
        }
        let (tenant, subject) = ids.split_at_checked(16).ok_or_else(invalid)?;
        let subject = if subject.is_empty() { Uuid::nil() } else { id(subject)? };
        Ok(Token { tenant: TenantId(id(tenant)?), subject, place: 0 })
    }

    fn bytes(&self, purpose: Purpose, token: Token) -> [u8; BODY + TAG] {
        let mut bytes = [0; BODY + TAG];
        bytes[0] = purpose as u8;
        bytes[1..17].copy_from_slice(token.tenant.0.as_bytes());
        bytes[17..33].copy_from_slice(token.subject.as_bytes());
        bytes[33] = token.place;
        let tag = self.0.tag(&bytes[..BODY], CONTEXT);
        bytes[BODY..].copy_from_slice(&tag[..TAG]);
        bytes
    }

    fn token(&self, purpose: Purpose, bytes: &[u8]) -> Result<Token> {
        let (body, tag) = bytes.split_first_chunk::<BODY>().ok_or_else(invalid)?;
        if tag.len() != TAG || !self.0.is_tag(tag, body, CONTEXT) || body[0] != purpose as u8 {
            return Err(invalid());
        }
        Ok(Token { tenant: TenantId(id(&body[1..17])?), subject: id(&body[17..33])?, place: body[33] })
    }
}

fn local_ids(tenant: TenantId, subject: Uuid) -> Vec<u8> {
    let subject = if subject.is_nil() { &[][..] } else { &subject.as_bytes()[..] };
    [&tenant.0.as_bytes()[..], subject].concat()
}

fn local_body(purpose: Purpose, ids: &[u8]) -> Vec<u8> {
    [&[purpose as u8][..], ids].concat()
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
        fn what_stands_in_an_address_survives_a_change_of_case_and_nothing_else(
            tenant: u128, subject: u128, flip in 0_usize..38 * 8,
        ) {
            let (tenant, subject) = (TenantId(Uuid::from_u128(tenant)), Uuid::from_u128(subject));
            let text = key().write_local(Purpose::Reply, tenant, subject);
            prop_assert!(text.len() <= 62);
            let token = key().read_local(Purpose::Reply, &text.to_uppercase()).unwrap();
            prop_assert_eq!((token.tenant, token.subject), (tenant, subject));
            prop_assert!(key().read_local(Purpose::Inbox, &text).is_err(), "for another purpose");
            prop_assert!(TokenKey::new(&[4; 32]).read_local(Purpose::Reply, &text).is_err(), "by another key");
            let mut bytes = LETTERS.decode(text.as_bytes()).unwrap();
            if let Some(byte) = bytes.get_mut(flip / 8) {
                *byte ^= 1 << (flip % 8);
            }
            let changed = LETTERS.encode(&bytes);
            prop_assert!(changed == text || key().read_local(Purpose::Reply, &changed).is_err());
            let own = key().write_local(Purpose::Inbox, tenant, Uuid::nil());
            prop_assert_eq!(key().read_local(Purpose::Inbox, &own).unwrap().tenant, tenant);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            prop_assert!(key().read(Purpose::Link, &text).is_err());
            prop_assert!(key().read_local(Purpose::Reply, &text).is_err());
        }
    }
}
