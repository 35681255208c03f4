//! The style sheet, served under a name that changes with its content, so that a browser may keep it for ever.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

const STYLE: &str = include_str!("../assets/usher.css");

static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(STYLE)[..9]);
    format!("/assets/usher-{hash}.css")
});

/// Where the style sheet is.
pub fn style_path() -> &'static str {
    &STYLE_PATH
}

/// `GET /assets/{file}`
pub async fn serve(Path(file): Path<String>) -> Result<Response, Failure> {
    let named = file.strip_prefix("usher-").and_then(|rest| rest.strip_suffix(".css"));
    if named.is_none() {
        return Err(Failure::NotFound);
    }
    // While a new version rolls out, a page of one version may ask another for its sheet: better ours than none, but
    // not to be kept under that name.
    let ours = style_path().ends_with(&file);
    let keep = if ours { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, keep)], STYLE).into_response())
}
