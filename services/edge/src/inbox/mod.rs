//! `/inbox`: the mail folder of a trial installation, where mails land that have no server to go to.
//!
//! Off unless the settings name a folder. A mail is other people's text through and through: it is shown escaped, and
//! its HTML part in a sandboxed frame that runs nothing and loads nothing.

mod folder;
mod mail;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};

pub use self::folder::Folder;
use self::{folder::Listed, mail::Mail};
use crate::{
    App,
    failure::Failure,
    frame::{Frame, page},
    headers::MAIL_POLICY,
    lang::Wish,
};

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    frame: Frame,
    mails: Vec<Listed>,
    more: usize,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    frame: Frame,
    name: String,
    mail: Option<Mail>,
}

/// `GET /inbox`
pub async fn list(State(app): State<Arc<App>>, wish: Wish) -> Result<Response, Failure> {
    let folder = app.inbox.clone().ok_or(Failure::NotFound)?;
    let (mails, more) = off_thread(move || folder.list()).await?;
    Ok(page(&InboxPage { frame: Frame::new(wish), mails, more }))
}

/// `GET /inbox/{name}`
pub async fn show(State(app): State<Arc<App>>, name: NamedMail, wish: Wish) -> Result<Response, Failure> {
    let raw = read(&app, name.clone()).await?;
    let mail = Mail::read(&raw);
    let mut response = page(&MailPage { frame: Frame::new(wish), name: name.0, mail });
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, axum::http::HeaderValue::from_static(MAIL_POLICY));
    Ok(response)
}

/// `GET /inbox/{name}/source`
pub async fn source(State(app): State<Arc<App>>, name: NamedMail) -> Result<Response, Failure> {
    let raw = read(&app, name).await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], raw).into_response())
}

async fn read(app: &App, name: NamedMail) -> Result<Vec<u8>, Failure> {
    let folder = app.inbox.clone().ok_or(Failure::NotFound)?;
    off_thread(move || folder.read(&name.0)).await?.ok_or(Failure::NotFound)
}

/// Files are read off the threads that serve requests.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "reading the mail folder failed");
        Failure::Broken
    })
}

/// The name of a mail, from the address.
#[derive(Debug, Clone)]
pub struct NamedMail(String);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for NamedMail {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Failure> {
        let Path(name) = Path::from_request_parts(parts, state).await.map_err(|_| Failure::NotFound)?;
        Ok(Self(name))
    }
}
