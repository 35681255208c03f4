//! What every answer tells the browser.

use axum::{
    extract::Request,
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS},
    },
    middleware::Next,
    response::Response,
};

/// Our own style sheet and forms to ourselves; nothing else is loaded, run, framed or sent anywhere.
pub const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The same for a page whose form leads on to another site: browsers hold the policy against where a form is sent on to.
pub const LINK_POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self' https: http:; \
                               frame-ancestors 'none'; base-uri 'none'";

/// The same for a page that shows a mail, whose styles stand in its text. The mail itself is in a sandboxed frame,
/// which inherits this policy: nothing from outside, no scripts.
pub const MAIL_POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; \
                               form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Adds the headers that a handler has not set otherwise.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let defaults = [
        (CONTENT_SECURITY_POLICY, POLICY),
        // A candidate's address is a credential: it goes to nobody, and no cache keeps what it shows.
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // For browsers too old for `frame-ancestors`.
        (X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in defaults {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
