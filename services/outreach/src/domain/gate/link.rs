//! The signed link by which a person says what they want: `version | tenant | message | tag`, in base64url.
//!
//! It names a message and nobody, works for as long as that message is kept, and is the same over all attempts to send it.
//! The tag (HMAC-SHA-256, cut to 128 bits) keeps guesses away from the database.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Error, Result, TenantId, vault::Vault};
use uuid::Uuid;

use crate::domain::message::MessageId;

const VERSION: u8 = 1;
const BODY: usize = 1 + 16 + 16;
const TAG: usize = 16;
const CONTEXT: &str = "outreach: preferences";

/// The text of a link.
pub fn write(vault: &Vault, tenant: TenantId, message: MessageId) -> String {
    let mut bytes = Vec::with_capacity(BODY + TAG);
    bytes.push(VERSION);
    bytes.extend_from_slice(tenant.0.as_bytes());
    bytes.extend_from_slice(message.0.as_bytes());
    let tag = vault.tag(&bytes, CONTEXT);
    bytes.extend_from_slice(&tag[..TAG]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The tenant and the message that a text names, if it was signed.
pub fn read(vault: &Vault, text: &str) -> Result<(TenantId, MessageId)> {
    let bytes: [u8; BODY + TAG] =
        URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(invalid)?;
    let (body, tag) = bytes.split_at(BODY);
    if !vault.is_tag(tag, body, CONTEXT) || body[0] != VERSION {
        return Err(invalid());
    }
    let id = |from: usize| Uuid::from_slice(&body[from..from + 16]).map_err(|_| invalid());
    Ok((TenantId(id(1)?), MessageId(id(17)?)))
}

/// The one answer to every link that does not open, so that nothing can be learnt by trying.
pub fn invalid() -> Error {
    Error::unauthenticated("LINK_INVALID", "this link does not work; ask your contact for a fresh one")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn only_what_was_signed_opens(key: [u8; 32], tenant: u128, message: u128, place in 0_usize..65, bit in 0_u8..6) {
            let vault = Vault::new(&key);
            let (tenant, message) = (TenantId(Uuid::from_u128(tenant)), MessageId(Uuid::from_u128(message)));
            let text = write(&vault, tenant, message);
            prop_assert_eq!(read(&vault, &text).unwrap(), (tenant, message));
            prop_assert_eq!(&write(&vault, tenant, message), &text, "the same over all attempts");
            let mut forged = text.clone().into_bytes();
            forged[place] ^= 1 << bit;
            if let Ok(forged) = String::from_utf8(forged) && forged != text {
                prop_assert!(read(&vault, &forged).is_err());
            }
            prop_assert!(read(&Vault::new(&[7; 32]), &text).is_err());
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,120}") {
            let _ = read(&Vault::new(&[1; 32]), &text);
        }
    }
}
