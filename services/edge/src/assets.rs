//! The style sheet, served under a name that changes with its content, so that a browser may keep it for ever.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

const STYLE: &str = include_str!("../assets/usher.css");

static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let hash: String = Sha256::digest(STYLE).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("/assets/usher-{hash}.css")
});

/// Where the style sheet is.
pub fn style_path() -> &'static str {
    &STYLE_PATH
}

/// `GET /assets/{file}`
pub async fn serve(Path(file): Path<String>) -> Result<Response, Failure> {
    if !(file.starts_with("usher-") && file.ends_with(".css")) {
        return Err(Failure::NotFound);
    }
    // While a new version rolls out, a page of one version may ask another for its sheet: better ours than none, but
    // not to be kept under that name.
    let ours = style_path().ends_with(&file);
    let keep = if ours { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, keep)], STYLE).into_response())
}
