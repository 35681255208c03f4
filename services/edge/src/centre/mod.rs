//! `/c/{token}`: what a candidate sees of an interview, and their answer.
//!
//! `GET` shows and changes nothing, so a mail scanner that follows the link or a preview in a chat does no harm. An
//! answer is a `POST` that carries the revision its page was made from; ats refuses it when things have changed since.
//! Afterwards the browser is sent back to the page, with a notice from a fixed set.

mod ats;
mod calendar;
mod notice;
pub mod offer;
mod reason;
mod view;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use usher_proto::ats::v1::AnswerReason;

use self::{
    ats::Act,
    notice::{Notice, Noticed},
    offer::OfferView,
    reason::Reason,
    view::View,
};
use crate::{
    App,
    failure::Failure,
    frame::{Frame, page},
    lang::Wish,
    posted::Posted,
    token::Token,
    visitor::Visit,
};

/// The longest note, in characters; the contract's limit.
const LONGEST_NOTE: usize = 1_000;

#[derive(Template)]
#[template(path = "centre.html")]
struct CentrePage {
    frame: Frame,
    token: Token,
    notice: Option<Notice>,
    view: View,
    offer: Option<OfferView>,
}

#[derive(Template)]
#[template(path = "withdraw.html")]
struct WithdrawPage {
    frame: Frame,
    token: Token,
    view: View,
}

/// `GET /c/{token}`
pub async fn show(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    visit: Visit,
    Query(noticed): Query<Noticed>,
) -> Result<Response, Failure> {
    let centre = ats::look(&app, &token, &visit).await?;
    if centre.start_time.is_none() {
        return offer::shown(token, wish, &noticed, &centre);
    }
    let frame = Frame::within(wish, &centre.time_zone);
    let view = View::new(frame.lang, &centre, app.clock.now())?;
    let offer = centre.offer.as_ref().map(|offer| OfferView::new(frame.lang, offer)).transpose()?;
    let notice = noticed.notice().filter(|notice| notice.holds(view.state));
    Ok(page(&CentrePage { frame, token, notice, view, offer }))
}

/// `GET /c/{token}/withdraw`: the second look before it is over.
pub async fn ask_withdraw(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    visit: Visit,
) -> Result<Response, Failure> {
    let centre = ats::look(&app, &token, &visit).await?;
    if !centre.can_withdraw {
        return Ok(back(token, wish).await);
    }
    let frame = Frame::within(wish, &centre.time_zone);
    let view = View::new(frame.lang, &centre, app.clock.now())?;
    Ok(page(&WithdrawPage { frame, token, view }))
}

/// `GET /c/{token}/calendar.ics`
pub async fn calendar(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    visit: Visit,
) -> Result<Response, Failure> {
    let centre = ats::look(&app, &token, &visit).await?;
    let lang = wish.lang(&centre.time_zone);
    let entry = calendar::entry(lang, &centre, app.clock.now())?;
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        // Inline, so that a phone offers to add it rather than to keep a file.
        (CONTENT_DISPOSITION, "inline; filename=\"interview.ics\""),
    ];
    Ok((headers, entry).into_response())
}

/// `GET` of an address that only takes answers: to the page.
pub async fn back(token: Token, wish: Wish) -> Response {
    Redirect::to(&format!("/c/{token}{}", wish.query())).into_response()
}

/// What the forms say.
#[derive(Debug, Deserialize)]
pub struct Answer {
    revision: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    start_time: String,
}

impl Answer {
    /// What was chosen as the reason; whatever else stands there is another one.
    fn reason(&self) -> AnswerReason {
        Reason::of(&self.reason).map_or(AnswerReason::Other, |reason| reason.means)
    }

    /// What was written, with the line ends that a form turns into two characters as one.
    fn note(&self) -> String {
        self.note.replace("\r\n", "\n").trim().to_owned()
    }
}

/// `POST /c/{token}/confirm`
pub async fn confirm(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    Posted(answer): Posted<Answer>,
) -> Result<Response, Failure> {
    act(&app, &token, wish, answer.revision, Act::Confirm).await
}

/// `POST /c/{token}/other-time`
pub async fn other_time(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    Posted(answer): Posted<Answer>,
) -> Result<Response, Failure> {
    let (reason, note) = (answer.reason(), answer.note());
    act(&app, &token, wish, answer.revision, Act::AskOtherTime { reason, note }).await
}

/// `POST /c/{token}/decline`
pub async fn decline(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    Posted(answer): Posted<Answer>,
) -> Result<Response, Failure> {
    let (reason, note) = (answer.reason(), answer.note());
    act(&app, &token, wish, answer.revision, Act::Decline { reason, note }).await
}

/// `POST /c/{token}/take`
pub async fn take(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    Posted(answer): Posted<Answer>,
) -> Result<Response, Failure> {
    if answer.start_time.is_empty() {
        return Ok(noticed(&token, wish, Notice::PickOne));
    }
    let start = answer.start_time.parse().map_err(|_| Failure::Unreadable)?;
    act(&app, &token, wish, answer.revision, Act::Take { start }).await
}

/// `POST /c/{token}/withdraw`
pub async fn withdraw(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    Posted(answer): Posted<Answer>,
) -> Result<Response, Failure> {
    let note = answer.note();
    act(&app, &token, wish, answer.revision, Act::Withdraw { note }).await
}

/// Passes an answer on and says what became of it.
async fn act(app: &App, token: &Token, wish: Wish, revision: String, act: Act) -> Result<Response, Failure> {
    if revision.is_empty() {
        return Err(Failure::Unreadable);
    }
    if act.note().chars().count() > LONGEST_NOTE {
        return Err(Failure::TooLarge);
    }
    let done = act.notice();
    let notice = match ats::act(app, token, revision, act).await {
        Ok(()) => done,
        Err(error) => Notice::of_refusal(&error).ok_or_else(|| ats::failure(error))?,
    };
    Ok(noticed(token, wish, notice))
}

fn noticed(token: &Token, wish: Wish, notice: Notice) -> Response {
    Redirect::to(&format!("/c/{token}?notice={}{}", notice.code(), wish.and())).into_response()
}
