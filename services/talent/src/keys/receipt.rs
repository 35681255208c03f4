//! The installation's key that signs receipts: Ed25519, made when it is first needed, wrapped by the installation's
//! [`MasterKeys`] as tenants' keys are. A receipt is a JWS in flattened JSON (RFC 7515, RFC 8037), which whoever has the
//! public key checks without asking anybody.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Db, Error, Result};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{KEY, MasterKeys};
use crate::store::receipt_keys::{self, Stored};

/// The number of the first key.
const FIRST: i16 = 1;

/// What a wrapped key is bound to.
pub fn context(number: i16) -> Vec<u8> {
    format!("receipt key|{number}").into_bytes()
}

/// The keys, oldest first; the first to ask has one made.
pub async fn keys(db: &Db, master: &MasterKeys) -> Result<Vec<Stored>> {
    let mut tx = db.begin_system().await?;
    let stored = receipt_keys::all(&mut tx).await?;
    drop(tx);
    if !stored.is_empty() {
        return Ok(stored);
    }
    let seed = Zeroizing::new(rand::random::<[u8; KEY]>());
    let public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    let wrapped = master.wrap(seed.as_slice(), &context(FIRST)).await?;
    let mut tx = db.begin_system().await?;
    // Whoever else makes it at the same time waits here, and then both read the one that came first.
    receipt_keys::insert(&mut tx, FIRST, &wrapped, &public).await?;
    let stored = receipt_keys::all(&mut tx).await?;
    tx.commit().await?;
    Ok(stored)
}

/// The name of a public key: the beginning of its hash.
pub fn name(public: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(public)[..12])
}

/// A public key as RFC 8037 writes it.
pub fn jwk(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": name(public), "use": "sig", "alg": "EdDSA"}).to_string()
}

/// Signs a receipt with the last key.
pub async fn sign(db: &Db, master: &MasterKeys, receipt: &serde_json::Value) -> Result<String> {
    let keys = keys(db, master).await?;
    let key = keys.last().ok_or_else(|| Error::internal("there is no key for receipts", &"an empty table"))?;
    let seed = master.unwrap(&key.wrapped, &context(key.number)).await?;
    let seed: &[u8; KEY] =
        seed.as_slice().try_into().map_err(|error| Error::internal("a key for receipts is spoilt", &error))?;
    Ok(jws(&SigningKey::from_bytes(seed), receipt))
}

fn jws(key: &SigningKey, receipt: &serde_json::Value) -> String {
    let header = json!({"alg": "EdDSA", "kid": name(key.verifying_key().as_bytes())}).to_string();
    let (protected, payload) = (URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(receipt.to_string()));
    let signature = key.sign(format!("{protected}.{payload}").as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
    json!({"payload": payload, "protected": protected, "signature": signature}).to_string()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Verifier as _};

    use super::*;

    #[test]
    fn a_receipt_is_a_jws_that_the_public_key_checks() {
        let key = SigningKey::from_bytes(&[3; KEY]);
        let receipt = json!({"erasure_id": "erase_1"});
        let signed: serde_json::Value = serde_json::from_str(&jws(&key, &receipt)).unwrap();
        let part = |name: &str| signed[name].as_str().unwrap().to_owned();
        let bytes = URL_SAFE_NO_PAD.decode(part("signature")).unwrap();
        let signature = Signature::from_slice(&bytes).unwrap();
        let text = format!("{}.{}", part("protected"), part("payload"));
        assert!(key.verifying_key().verify(text.as_bytes(), &signature).is_ok());
        assert!(key.verifying_key().verify(format!("{text}x").as_bytes(), &signature).is_err());
        assert_eq!(URL_SAFE_NO_PAD.decode(part("payload")).unwrap(), receipt.to_string().as_bytes());
        let public: serde_json::Value = serde_json::from_str(&jwk(key.verifying_key().as_bytes())).unwrap();
        let header: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part("protected")).unwrap()).unwrap();
        assert_eq!(public["kid"], header["kid"]);
    }
}
