//! Forms are taken from our own pages only.
//!
//! A browser says where a form comes from in `Sec-Fetch-Site`, an older one in `Origin`; whoever sends neither is no
//! browser and can not be tricked into it. `Origin: null` says nothing: it is what older browsers send from pages with
//! our `Referrer-Policy`. That is enough, because no form works without a secret that another site does not have: the
//! link of the centre, or the workbench's cookie, which is `SameSite=Strict`.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{App, failure::Failure};

/// Refuses what another site sent.
pub async fn refuse(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() && !is_ours(request.headers(), request.uri(), &app.public_url) {
        return Failure::ForeignForm.into_response();
    }
    next.run(request).await
}

fn is_ours(headers: &HeaderMap, uri: &Uri, public_url: &str) -> bool {
    match text(headers, "sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match text(headers, header::ORIGIN.as_str()) {
            None | Some("null") => true,
            Some(origin) => is_our_origin(origin, headers, uri, public_url),
        },
    }
}

/// Behind a proxy that renames the host it is the public address that counts, and without one the host.
fn is_our_origin(origin: &str, headers: &HeaderMap, uri: &Uri, public_url: &str) -> bool {
    let host = text(headers, header::HOST.as_str()).or_else(|| uri.authority().map(Authority::as_str));
    let named = origin.split_once("://").map(|(_, host)| host);
    origin_of(public_url).is_some_and(|ours| origin.eq_ignore_ascii_case(ours))
        || named.zip(host).is_some_and(|(named, host)| named.eq_ignore_ascii_case(host))
}

/// `https://jobs.example/pages` is of the origin `https://jobs.example`.
fn origin_of(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let length = url[start..].find('/').unwrap_or(url.len() - start);
    Some(&url[..start + length])
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // A header that is no text is not one of ours; the empty string matches nothing below.
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_our_forms_from_others() {
        for (given, ours) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://jobs.example")], false),
            (&[("origin", "null")], true),
            (&[("origin", "https://jobs.example")], true),
            (&[("origin", "https://JOBS.example")], true),
            (&[("origin", "http://10.0.0.7:8080"), ("host", "10.0.0.7:8080")], true),
            (&[("origin", "https://evil.example"), ("host", "10.0.0.7:8080")], false),
            (&[("origin", "https://jobs.example.evil.example")], false),
            (&[("origin", "")], false),
        ] {
            let headers: HeaderMap =
                given.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(is_ours(&headers, &Uri::from_static("/x"), "https://jobs.example/pages"), ours, "{given:?}");
        }
    }
}
