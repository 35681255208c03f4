//! Fresh keys, for trying out. In production they come from a Secret.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, KeypairBytes, spki::der::pem::LineEnding};

use crate::servers::write_private;

/// Makes an Ed25519 private key in PKCS#8 PEM, unless the file is there.
pub fn ensure_signing_key(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    // Without the public half, as `openssl genpkey -algorithm ed25519` writes it.
    let key = KeypairBytes { secret_key: rand::random(), public_key: None };
    Ok(write_private(path, &key.to_pkcs8_pem(LineEnding::LF)?)?)
}

/// Makes 32 random bytes in base64, unless the file is there.
pub fn ensure_secret(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let bits: [u8; 32] = rand::random();
    Ok(write_private(path, &STANDARD.encode(bits))?)
}
