//! `GET /`: what this is.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{
    App,
    frame::{Frame, page},
    lang::Wish,
};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    inbox: bool,
}

/// `GET /`
pub async fn show(State(app): State<Arc<App>>, wish: Wish) -> Response {
    page(&Home { frame: Frame::new(wish), inbox: app.inbox.is_some() })
}
