//! Checking the receipt of an erasure without asking anybody: a JWS in flattened JSON (RFC 7515), signed with EdDSA.

use anyhow::{Context as _, bail, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A set of public keys, as RFC 7517 writes it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct KeySet {
    /// Each as RFC 8037 writes it.
    pub keys: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    payload: String,
    protected: String,
    signature: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

/// What a receipt says, when one of the keys has signed it as it is.
pub fn verify(receipt: &str, keys: &KeySet) -> anyhow::Result<Value> {
    let signed: Signed = serde_json::from_str(receipt).context("the file is not a receipt")?;
    let header = URL_SAFE_NO_PAD.decode(&signed.protected).context("the receipt is spoilt")?;
    let header: Header = serde_json::from_slice(&header).context("the receipt is spoilt")?;
    ensure!(header.alg == "EdDSA", "the receipt is signed in another way than receipts are");
    let key = keys.keys.iter().find(|key| key["kid"] == header.kid.as_str());
    let Some(key) = key else { bail!("none of the keys is the one that is said to have signed it: {}", header.kid) };
    let signature = URL_SAFE_NO_PAD.decode(&signed.signature).context("the receipt is spoilt")?;
    let signature = Signature::from_slice(&signature).context("the receipt is spoilt")?;
    let text = format!("{}.{}", signed.protected, signed.payload);
    public(key)?.verify_strict(text.as_bytes(), &signature).context("the receipt is not as it was signed")?;
    let payload = URL_SAFE_NO_PAD.decode(&signed.payload).context("the receipt is spoilt")?;
    serde_json::from_slice(&payload).context("the receipt is spoilt")
}

fn public(jwk: &Value) -> anyhow::Result<VerifyingKey> {
    ensure!(jwk["kty"] == "OKP" && jwk["crv"] == "Ed25519", "the key is not one of Ed25519");
    let bytes = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap_or_default()).context("the key is spoilt")?;
    let bytes: [u8; 32] = bytes.try_into().ok().context("the key is spoilt")?;
    VerifyingKey::from_bytes(&bytes).context("the key is spoilt")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, appendix A: key, header, payload and signature.
    const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}"#;

    #[test]
    fn what_is_no_receipt_is_refused_and_never_panics() {
        let keys = KeySet { keys: vec![serde_json::from_str(KEY).unwrap()] };
        let header = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let eddsa = header(r#"{"alg":"EdDSA","kid":"a"}"#);
        let zeros = URL_SAFE_NO_PAD.encode([0; 64]);
        for (protected, signature) in [
            (header(r#"{"alg":"none","kid":"a"}"#), String::new()),
            (header(r#"{"alg":"EdDSA","kid":"b"}"#), zeros.clone()),
            (eddsa.clone(), zeros),
            (eddsa.clone(), "AAAA".to_owned()),
            ("%".to_owned(), String::new()),
        ] {
            let receipt = serde_json::json!({"payload": "e30", "protected": protected, "signature": signature});
            assert!(verify(&receipt.to_string(), &keys).is_err());
        }
        assert!(verify("", &keys).is_err() && verify("{}", &keys).is_err());
    }
}
