//! `/workbench`: what needs a recruiter now.
//!
//! The edge decides nothing here. It passes the signed-in person's own token on, and shows what the services allow them
//! to see and do; a refusal is told in plain words.

mod calls;
pub mod notice;
mod task_id;
mod view;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{SET_COOKIE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse as _, Redirect, Response},
};
use chassis::Error;
use serde::Deserialize;
use tonic::Code;
use uuid::Uuid;

use self::{
    calls::{Act, Person},
    notice::{Notice, Noticed},
    task_id::TaskId,
    view::{Owner, View},
};
use crate::{
    App,
    failure::Failure,
    frame::{Frame, page},
    lang::Wish,
    posted::Posted,
    session::{self, Session},
};

#[derive(Template)]
#[template(path = "workbench.html")]
struct WorkbenchPage {
    frame: Frame,
    notice: Option<Notice>,
    view: View,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    notice: Option<Notice>,
}

/// Which part of the list, and what is said above it.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    after: String,
}

/// `GET /workbench`
pub async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    wish: Wish,
    Query(asked): Query<Asked>,
    Query(noticed): Query<Noticed>,
) -> Result<Response, Failure> {
    let Some(session) = Session::of(&headers) else { return Ok(sign_in_page(&app, wish, noticed.notice())) };
    let person = Person::new(&app, &session);
    match View::load(&person, wish, asked.after, app.clock.now()).await {
        Ok(view) => Ok(page(&WorkbenchPage { frame: Frame::new(wish), notice: noticed.notice(), view })),
        Err(error) => match Notice::of_sign_in(&error) {
            Some(notice) => Ok(sign_in_page(&app, wish, Some(notice))),
            None => Err(error.into()),
        },
    }
}

/// The way in. Whatever cookie there was has not helped, so it goes.
pub fn sign_in_page(app: &App, wish: Wish, notice: Option<Notice>) -> Response {
    let mut response = page(&SignInPage { frame: Frame::new(wish), notice });
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"usher\""));
    headers.insert(SET_COOKIE, session::ended(&app.public_url));
    response
}

/// What the way in asks for.
#[derive(Deserialize)]
pub struct SignIn {
    token: String,
}

/// `POST /sign-in`
pub async fn sign_in(
    State(app): State<Arc<App>>,
    wish: Wish,
    Posted(form): Posted<SignIn>,
) -> Result<Response, Failure> {
    let Some(session) = Session::read(&form.token) else { return Ok(noticed(wish, Some(Notice::NotSignedIn))) };
    let known = Person::new(&app, &session).knock().await;
    if let Err(error) = known {
        let notice = Notice::of_sign_in(&error).ok_or_else(|| Failure::from(error))?;
        return Ok(noticed(wish, Some(notice)));
    }
    let cookie = session.cookie(&app.public_url).ok_or(Failure::Unreadable)?;
    Ok(([(SET_COOKIE, cookie)], noticed(wish, None)).into_response())
}

/// `POST /sign-out`
pub async fn sign_out(State(app): State<Arc<App>>, wish: Wish) -> Response {
    ([(SET_COOKIE, session::ended(&app.public_url))], noticed(wish, None)).into_response()
}

/// `GET` of an address that only takes forms: to the workbench.
pub async fn back(wish: Wish) -> Response {
    noticed(wish, None)
}

/// What a task's buttons send. The id is made with the page, so that a button pressed twice acts once.
#[derive(Debug, Deserialize)]
pub struct Pressed {
    request_id: Uuid,
}

/// `POST /workbench/{task}/claim`
pub async fn claim(
    State(app): State<Arc<App>>,
    task: TaskId,
    headers: HeaderMap,
    wish: Wish,
    Posted(pressed): Posted<Pressed>,
) -> Result<Response, Failure> {
    act(&app, &headers, wish, Act::Claim { task, request_id: pressed.request_id }).await
}

/// `POST /workbench/{task}/complete`
pub async fn complete(
    State(app): State<Arc<App>>,
    task: TaskId,
    headers: HeaderMap,
    wish: Wish,
    Posted(pressed): Posted<Pressed>,
) -> Result<Response, Failure> {
    act(&app, &headers, wish, Act::Complete { task, request_id: pressed.request_id }).await
}

async fn act(app: &App, headers: &HeaderMap, wish: Wish, act: Act) -> Result<Response, Failure> {
    let Some(session) = Session::of(headers) else { return Ok(noticed(wish, None)) };
    let done = act.notice();
    let notice = match Person::new(app, &session).act(act).await {
        Ok(()) => done,
        Err(error) => Notice::of_refusal(&error).ok_or_else(|| failure(error))?,
    };
    Ok(noticed(wish, Some(notice)))
}

/// What a refusal means where no notice fits.
fn failure(error: Error) -> Failure {
    if error.code() == Code::InvalidArgument { Failure::Unreadable } else { error.into() }
}

fn noticed(wish: Wish, notice: Option<Notice>) -> Response {
    let query =
        notice.map_or_else(|| wish.query().to_owned(), |notice| format!("?notice={}{}", notice.code(), wish.and()));
    Redirect::to(&format!("/workbench{query}")).into_response()
}
