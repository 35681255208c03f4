//! Sealing small secrets at rest: AES-256-GCM-SIV (RFC 8452), which stays safe when a nonce repeats, bound to a context
//! so that a sealed value can not be moved to another place.

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::error::{Error, Result};

const NONCE: usize = 12;

/// Seals and opens with one key, and tags with another that follows from it.
#[derive(Clone)]
pub struct Vault {
    cipher: Aes256GcmSiv,
    tagging: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// A key for one purpose from a key that has several: HMAC-SHA-256 over the purpose's name.
pub fn derive(key: &[u8], purpose: &str) -> [u8; 32] {
    let mut mac = mac(key);
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().into()
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

impl Vault {
    /// With a key of 256 bits.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { cipher: Aes256GcmSiv::new(key.into()), tagging: derive(key, "vault: tags") }
    }

    /// A keyed hash (HMAC-SHA-256): the same for the same text and context; without the key nobody can make it, nor try
    /// texts until one fits.
    pub fn tag(&self, text: &[u8], context: &str) -> [u8; 32] {
        self.tagged(text, context).finalize().into_bytes().into()
    }

    /// Whether that is the tag of a text, or the beginning of it; told in constant time.
    pub fn is_tag(&self, tag: &[u8], text: &[u8], context: &str) -> bool {
        self.tagged(text, context).verify_truncated_left(tag).is_ok()
    }

    fn tagged(&self, text: &[u8], context: &str) -> Hmac<Sha256> {
        // A key for each context, so that no text of one is a text of another.
        let mut mac = mac(&derive(&self.tagging, context));
        mac.update(text);
        mac
    }

    /// Seals; the same `context` opens it again.
    pub fn seal(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE] = rand::random();
        let sealed = self
            .cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: context })
            .map_err(|error| Error::internal("sealing failed", &error))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed with the same key and context.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        let wrong = || Error::internal("a sealed value does not open", &"wrong key, wrong context or spoilt data");
        let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        self.cipher.decrypt(&Nonce::from(*nonce), Payload { msg: body, aad: context }).map_err(|_| wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_with_key_and_context() {
        let vault = Vault::new(&derive(b"key", "test"));
        let sealed = vault.seal(b"secret", b"row 1").unwrap();
        assert_eq!(vault.open(&sealed, b"row 1").unwrap(), b"secret");
        assert!(vault.open(&sealed, b"row 2").is_err());
        assert!(Vault::new(&derive(b"key", "other")).open(&sealed, b"row 1").is_err());
        assert!(vault.open(&sealed[..5], b"row 1").is_err());
        let mut spoilt = sealed.clone();
        spoilt[20] ^= 1;
        assert!(vault.open(&spoilt, b"row 1").is_err());
        assert_ne!(sealed, vault.seal(b"secret", b"row 1").unwrap(), "every sealing has its own nonce");
    }

    #[test]
    fn a_tag_is_of_one_text_in_one_context_under_one_key() {
        let vault = Vault::new(&derive(b"key", "test"));
        let tag = vault.tag(b"text", "context");
        assert_eq!(tag, vault.clone().tag(b"text", "context"));
        assert!(vault.is_tag(&tag, b"text", "context") && vault.is_tag(&tag[..16], b"text", "context"));
        assert!(!vault.is_tag(&tag, b"other", "context") && !vault.is_tag(&tag, b"text", "other"));
        assert!(!vault.is_tag(&tag[1..17], b"text", "context") && !vault.is_tag(&[], b"text", "context"));
        assert!(!Vault::new(&derive(b"other", "test")).is_tag(&tag, b"text", "context"));
    }
}
