//! The signed link to the candidate centre.
//!
//! `version | tenant | link | MAC`, in base64url: who holds it may act for one candidate on one interview. The MAC
//! (HMAC-SHA-256, cut to 128 bits) keeps guesses away from the database; the row behind the link makes it expire and be
//! revoked.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Error, Result, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{day, interview::Interview, offer::Offer};

const VERSION: u8 = 1;
const BODY: usize = 1 + 16 + 16;
const TAG: usize = 16;
const AFTER_END: TimeDelta = TimeDelta::days(7);
/// So long works a link to an application that has no offer.
const WITHOUT_OFFER: TimeDelta = TimeDelta::days(30);

/// Signs and checks links.
#[derive(Clone)]
pub struct LinkKey([u8; 32]);

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

impl LinkKey {
    /// With 256 bits.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The text of a link.
    pub fn write(&self, tenant: TenantId, link: Uuid) -> String {
        let mut bytes = Vec::with_capacity(BODY + TAG);
        bytes.push(VERSION);
        bytes.extend_from_slice(tenant.0.as_bytes());
        bytes.extend_from_slice(link.as_bytes());
        let tag = self.tag(&bytes);
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The tenant and the link that a text names, if this key signed it.
    pub fn read(&self, text: &str) -> Result<(TenantId, Uuid)> {
        let bytes: [u8; BODY + TAG] =
            URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(invalid)?;
        let (body, tag) = bytes.split_at(BODY);
        if !bool::from(self.tag(body).ct_eq(tag)) || body[0] != VERSION {
            return Err(invalid());
        }
        let id = |from: usize| Uuid::from_slice(&body[from..from + 16]).map_err(|_| invalid());
        Ok((TenantId(id(1)?), id(17)?))
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

/// Until when an interview's links work: a week after the last meeting that can come of it, so that it can be looked up
/// again.
pub fn expiry(interview: &Interview) -> DateTime<Utc> {
    interview.last_end() + AFTER_END
}

/// Until when an application's links work: a week after its offer's last answer or first day, whichever is later.
pub fn expiry_of_application(offer: Option<&Offer>, now: DateTime<Utc>) -> DateTime<Utc> {
    let Some(offer) = offer else { return now + WITHOUT_OFFER };
    let start = day::at(offer.terms.start_date, 0, &offer.terms.time_zone);
    start.max(offer.terms.expire_time).max(now) + AFTER_END
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
        fn only_what_was_signed_opens(key: [u8; 32], tenant: u128, link: u128, place in 0_usize..65, bit in 0_u8..6) {
            let key = LinkKey::new(key);
            let (tenant, link) = (TenantId(Uuid::from_u128(tenant)), Uuid::from_u128(link));
            let text = key.write(tenant, link);
            prop_assert_eq!(key.read(&text).unwrap(), (tenant, link));
            let mut forged = text.clone().into_bytes();
            forged[place] ^= 1 << bit;
            if let Ok(forged) = String::from_utf8(forged) && forged != text {
                prop_assert!(key.read(&forged).is_err());
            }
            prop_assert!(LinkKey::new([7; 32]).read(&text).is_err());
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,120}") {
            let _ = LinkKey::new([1; 32]).read(&text);
        }
    }
}
