//! What goes wrong, and the page that says so.
//!
//! A handler returns a [`Failure`]; the layer [`dress`] turns it into a page in the reader's language. The page never
//! says more than its kind: a forged link and an expired one, a page that is switched off and one that never was, look
//! the same.

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tonic::Code;

use crate::{
    frame::{Frame, page},
    lang::Wish,
};

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// There is nothing here, or nothing for whoever asks.
    NotFound,
    /// The method is not one for this address.
    WrongMethod,
    /// The form is not one of ours.
    Unreadable,
    /// The form is too long.
    TooLarge,
    /// Another site sent the form.
    ForeignForm,
    /// A service is away for the moment.
    Away,
    /// A fault of ours.
    Broken,
}

impl Failure {
    fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::Away => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What a handler or axum itself answered with, when it is no page.
    fn of(response: &Response) -> Option<Self> {
        let method = (response.status() == StatusCode::METHOD_NOT_ALLOWED).then_some(Self::WrongMethod);
        response.extensions().get().copied().or(method)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        if self == Self::Away {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("10"));
        }
        response
    }
}

/// What another service's refusal means for a page that expected none.
impl From<chassis::Error> for Failure {
    fn from(error: chassis::Error) -> Self {
        match error.code() {
            // A service that does not know the method yet is one that is being replaced.
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Unimplemented => {
                tracing::warn!(code = ?error.code(), reason = error.reason(), "a service is away");
                Self::Away
            }
            Code::NotFound => Self::NotFound,
            code => {
                // The text may quote what somebody typed, so it stays out of the log.
                tracing::error!(?code, reason = error.reason(), "a service refused what a page needs");
                Self::Broken
            }
        }
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    failure: Failure,
}

impl FailurePage {
    fn title(&self) -> &'static str {
        let (zh, en) = match self.failure {
            Failure::NotFound | Failure::WrongMethod => ("这个页面打不开", "This page can’t be opened"),
            Failure::Unreadable | Failure::ForeignForm => ("没有收到您的选择", "We couldn’t read that"),
            Failure::TooLarge => ("内容太长了", "That was too long"),
            Failure::Away => ("请稍等片刻", "Just a moment, please"),
            Failure::Broken => ("我们这边出了点问题", "Something went wrong on our side"),
        };
        self.frame.say(zh, en)
    }

    fn text(&self) -> &'static str {
        let (zh, en) = match self.failure {
            Failure::NotFound | Failure::WrongMethod => (
                "链接可能不完整、已过期，或已被新的链接取代。请打开最近一封邮件里的链接，或直接回复那封邮件联系我们。",
                "The link may be incomplete, have expired, or have been replaced by a newer one. Please use the link in \
                 the latest message you received, or simply reply to that message.",
            ),
            Failure::Unreadable | Failure::ForeignForm => (
                "什么都没有改变。请回到原来的页面，再试一次。",
                "Nothing has changed. Please go back to the page and try again.",
            ),
            Failure::TooLarge => (
                "什么都没有改变。请回到原来的页面，把留言写短一些（1000 字以内）。",
                "Nothing has changed. Please go back and keep your note under 1,000 characters.",
            ),
            Failure::Away => (
                "系统暂时连接不上，请过一会儿再打开。如果您刚刚提交过，重新打开后请看一下页面上的状态：那就是我们收到的。",
                "We can’t reach our system right now. Please try again shortly. If you have just answered, look at the \
                 page once it opens: what it shows is what we received.",
            ),
            Failure::Broken => (
                "问题已经记录下来。请过一会儿再试；如果着急，请直接回复收到的邮件。",
                "It has been recorded. Please try again later, or reply to the message you received if it is urgent.",
            ),
        };
        self.frame.say(zh, en)
    }

    fn retry(&self) -> bool {
        matches!(self.failure, Failure::Away | Failure::Broken)
    }
}

/// Gives a failure its page.
pub async fn dress(wish: Wish, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let Some(failure) = Failure::of(&response) else { return response };
    let mut dressed = page(&FailurePage { frame: Frame::new(wish), failure });
    *dressed.status_mut() = failure.status();
    for (name, value) in response.headers() {
        dressed.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    dressed.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    dressed
}
