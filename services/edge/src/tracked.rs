//! `/l/{token}`: a link of a message. `/o/{token}.gif`: the picture by which it is noticed that one was opened.
//!
//! `GET` of a link shows where it leads and changes nothing, so that scanners and previews count for nobody; going there is
//! a `POST`. It leads where the message says and nowhere else: the address stands in the message, and not in the link.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{
        HeaderValue,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Redirect, Response},
};
use chassis::{Error, Result as Asked};
use tonic::{Code, Request, transport::Channel};
use usher_proto::outreach::v1::{
    FollowTrackedLinkRequest, GetTrackedLinkRequest, RecordOpeningRequest,
    tracking_service_client::TrackingServiceClient,
};

use crate::{
    App,
    failure::Failure,
    frame::{Frame, page},
    headers::LINK_POLICY,
    lang::Wish,
    token::Token,
    visitor::Visit,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// One transparent pixel.
const PICTURE: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    frame: Frame,
    token: Token,
    url: String,
    host: String,
}

/// `GET /l/{token}`
pub async fn show(State(app): State<Arc<App>>, token: Token, wish: Wish) -> Result<Response, Failure> {
    let asked = GetTrackedLinkRequest { token: token.as_str().to_owned() };
    let link = client(&app)?.get_tracked_link(request(&app, asked)?).await.map_err(failure)?.into_inner();
    let frame = Frame::speaking(wish, &link.language);
    let host = host(&link.url).to_owned();
    let mut response = page(&LinkPage { frame, token, url: link.url, host });
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(LINK_POLICY));
    Ok(response)
}

/// `POST /l/{token}`
pub async fn follow(State(app): State<Arc<App>>, token: Token, visit: Visit) -> Result<Response, Failure> {
    let asked = FollowTrackedLinkRequest {
        token: token.as_str().to_owned(),
        visitor: visit.visitor.into(),
        evidence: visit.evidence(),
    };
    let link = client(&app)?.follow_tracked_link(request(&app, asked)?).await.map_err(failure)?.into_inner();
    Ok(Redirect::to(&link.url).into_response())
}

/// `GET /o/{token}.gif`: always the picture, so that nobody sees a gap where one can not be kept.
pub async fn opened(State(app): State<Arc<App>>, Path(file): Path<String>, visit: Visit) -> Result<Response, Failure> {
    let token = file.strip_suffix(".gif").and_then(|token| Token::read(token.to_owned())).ok_or(Failure::NotFound)?;
    let asked = RecordOpeningRequest {
        token: token.as_str().to_owned(),
        visitor: visit.visitor.into(),
        evidence: visit.evidence(),
    };
    if let Err(status) = client(&app)?.record_opening(request(&app, asked)?).await {
        tracing::debug!(code = ?status.code(), "an opening was not kept");
    }
    Ok(([(CONTENT_TYPE, "image/gif")], PICTURE).into_response())
}

/// The host of an address, as it is shown.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

fn failure(status: tonic::Status) -> Failure {
    let error = Error::from(status);
    match error.code() {
        Code::InvalidArgument => Failure::NotFound,
        Code::Unauthenticated if error.reason() == "LINK_INVALID" => Failure::NotFound,
        _ => error.into(),
    }
}

fn client(app: &App) -> Asked<TrackingServiceClient<Channel>> {
    Ok(TrackingServiceClient::new(app.peers.channel("outreach")?))
}

fn request<M>(app: &App, message: M) -> Asked<Request<M>> {
    let mut request = app.peers.request(None, message)?;
    request.set_timeout(PATIENCE);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_shown_as_it_is_and_not_as_it_pretends_to_be() {
        for (url, told) in [
            ("https://jobs.example.com/a?b#c", "jobs.example.com"),
            ("http://jobs.example.com:8080", "jobs.example.com:8080"),
            ("https://bank.example@evil.example/x", "evil.example"),
            ("https://a.example?x@y", "a.example"),
        ] {
            assert_eq!(host(url), told);
        }
    }
}
