//! `/u/{token}`: what somebody wants to hear of, and on which channel.
//!
//! `GET` shows and changes nothing. `POST` is the one click of RFC 8058: mail programs send it, with a body of either kind
//! of form that says nothing new, and so does the button of the page. The boxes of the page go to `/u/{token}/set`.

use std::{collections::HashSet, sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use chassis::{Error, Result as Asked};
use tonic::{Code, Request, transport::Channel};
use usher_proto::outreach::v1::{
    ContactPurpose, GetMyPreferencesRequest, OneClickUnsubscribeRequest, Preference, SetMyPreferencesRequest,
    preference_service_client::PreferenceServiceClient,
};

use crate::{
    App,
    failure::Failure,
    frame::{Frame, page},
    lang::{Lang, Wish},
    posted::Posted,
    token::Token,
};

const PATIENCE: Duration = Duration::from_secs(10);
const CHANNELS: [&str; 3] = ["email", "sms", "wechat"];
const PURPOSES: [ContactPurpose; 3] =
    [ContactPurpose::Application, ContactPurpose::Opportunities, ContactPurpose::Care];

#[derive(Template)]
#[template(path = "preferences.html")]
struct PreferencesPage {
    frame: Frame,
    token: Token,
    done: Done,
    purposes: Vec<Row>,
}

/// What was just done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Nothing,
    Unsubscribed,
}

/// One purpose with its boxes.
struct Row {
    purpose: ContactPurpose,
    ticks: Vec<Tick>,
}

struct Tick {
    name: String,
    channel: &'static str,
    checked: bool,
}

impl Row {
    fn title(&self, lang: Lang) -> &'static str {
        match self.purpose {
            ContactPurpose::Opportunities => lang.pick("可能适合您的新职位", "Openings that might suit you"),
            ContactPurpose::Care => lang.pick("不时的问候", "A word now and then"),
            ContactPurpose::Application | ContactPurpose::Unspecified => {
                lang.pick("您正在申请的职位：面试、录用、入职", "Your application: interviews, offers, your first day")
            }
        }
    }
}

impl Tick {
    fn label(&self, lang: Lang) -> &'static str {
        match self.channel {
            "sms" => lang.pick("短信", "Text message"),
            "wechat" => lang.pick("微信", "WeChat"),
            _ => lang.pick("邮件", "E-mail"),
        }
    }
}

/// `GET /u/{token}`
pub async fn show(State(app): State<Arc<App>>, token: Token, wish: Wish) -> Result<Response, Failure> {
    let asked = GetMyPreferencesRequest { token: token.as_str().to_owned() };
    let mine = client(&app)?.get_my_preferences(request(&app, asked)?).await.map_err(failure)?.into_inner();
    let frame = Frame::speaking(wish, &mine.language);
    Ok(page(&PreferencesPage { frame, token, done: Done::Nothing, purposes: rows(&mine.preferences) }))
}

/// `POST /u/{token}`
pub async fn unsubscribe(State(app): State<Arc<App>>, token: Token, wish: Wish) -> Result<Response, Failure> {
    let asked = OneClickUnsubscribeRequest { token: token.as_str().to_owned() };
    let mine = client(&app)?.one_click_unsubscribe(request(&app, asked)?).await.map_err(failure)?.into_inner();
    let frame = Frame::speaking(wish, &mine.language);
    Ok(page(&PreferencesPage { frame, token, done: Done::Unsubscribed, purposes: rows(&mine.preferences) }))
}

/// `POST /u/{token}/set`
pub async fn set(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    Posted(boxes): Posted<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let checked: HashSet<String> = boxes.into_iter().map(|(name, _)| name).collect();
    let asked = SetMyPreferencesRequest { token: token.as_str().to_owned(), preferences: wishes(&checked) };
    client(&app)?.set_my_preferences(request(&app, asked)?).await.map_err(failure)?;
    Ok(back(token, wish).await)
}

/// `GET` of an address that only takes answers: to the page.
pub async fn back(token: Token, wish: Wish) -> Response {
    Redirect::to(&format!("/u/{token}{}", wish.query())).into_response()
}

fn rows(preferences: &[Preference]) -> Vec<Row> {
    let allowed = |purpose: ContactPurpose, channel: &str| {
        let of = |channel: &str| {
            preferences
                .iter()
                .find(|wish| wish.purpose() == purpose && wish.channel == channel)
                .map(|wish| wish.allowed)
        };
        of(channel).or_else(|| of("")).unwrap_or(true)
    };
    let row = |purpose| Row {
        purpose,
        ticks: CHANNELS
            .into_iter()
            .map(|channel| Tick { name: name(purpose, channel), channel, checked: allowed(purpose, channel) })
            .collect(),
    };
    PURPOSES.into_iter().map(row).collect()
}

/// What the boxes say: each channel of each purpose, and as a whole whether any is left.
fn wishes(checked: &HashSet<String>) -> Vec<Preference> {
    let wish = |purpose: ContactPurpose, channel: &str, allowed| Preference {
        purpose: purpose.into(),
        channel: channel.to_owned(),
        allowed,
        ..Preference::default()
    };
    let of = |purpose| {
        let boxes = CHANNELS.map(|channel| (channel, checked.contains(&name(purpose, channel))));
        let any = boxes.iter().any(|(_, checked)| *checked);
        let whole = std::iter::once(wish(purpose, "", any));
        whole.chain(boxes.into_iter().map(move |(channel, checked)| wish(purpose, channel, checked)))
    };
    PURPOSES.into_iter().flat_map(of).collect()
}

fn name(purpose: ContactPurpose, channel: &str) -> String {
    format!("{}-{channel}", purpose as i32)
}

fn failure(status: tonic::Status) -> Failure {
    let error = Error::from(status);
    match error.code() {
        Code::Unauthenticated if error.reason() == "LINK_INVALID" => Failure::NotFound,
        Code::InvalidArgument => Failure::Unreadable,
        _ => error.into(),
    }
}

fn client(app: &App) -> Asked<PreferenceServiceClient<Channel>> {
    Ok(PreferenceServiceClient::new(app.peers.channel("outreach")?))
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
    fn boxes_and_wishes_say_the_same() {
        let checked: HashSet<String> = ["1-email", "1-sms", "2-wechat"].map(str::to_owned).into();
        let shown = rows(&wishes(&checked));
        let seen: HashSet<String> =
            shown.iter().flat_map(|row| &row.ticks).filter(|seen| seen.checked).map(|seen| seen.name.clone()).collect();
        assert_eq!(seen, checked);
        let care: Vec<bool> = wishes(&checked)
            .iter()
            .filter(|wish| wish.purpose() == ContactPurpose::Care)
            .map(|wish| wish.allowed)
            .collect();
        assert_eq!(care, [false; 4], "no box of it is left, so nothing of it goes out");
        assert!(rows(&[]).iter().flat_map(|row| &row.ticks).all(|seen| seen.checked), "who said nothing allows all");
    }
}
