//! `/c/{token}/offer`: what a candidate sees of an offer, and their answer to it.
//!
//! A page of its own, since an offer may come to somebody who has no interview, and an interview to somebody who has an
//! offer. The same rules hold as for the interview's: `GET` changes nothing, and an answer carries the revision of the
//! offer that its page was made from.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse as _, Redirect, Response},
};
use chassis::{Error, wire};
use chrono::NaiveDate;
use usher_proto::ats::v1::{Centre, CentreOffer, EmploymentType, OfferState, OfferTerms, SalaryPeriod};

use super::{
    Answer, LONGEST_NOTE,
    ats::{self, Act},
    notice::{Notice, Noticed},
    view::Way,
};
use crate::{
    App,
    failure::Failure,
    frame::{Frame, page},
    lang::{Lang, Wish},
    posted::Posted,
    token::Token,
    visitor::Visit,
    when::{self, When},
};

#[derive(Template)]
#[template(path = "offer.html")]
struct OfferPage {
    frame: Frame,
    token: Token,
    notice: Option<Notice>,
    company: String,
    position: String,
    offer: Option<OfferView>,
}

#[derive(Template)]
#[template(path = "decline.html")]
struct DeclinePage {
    frame: Frame,
    token: Token,
    company: String,
    offer: OfferView,
}

/// What the page shows of an offer.
#[derive(Debug, Clone)]
pub struct OfferView {
    state: OfferState,
    /// The position that is offered.
    position: String,
    start: String,
    pay: String,
    employment: &'static str,
    location: String,
    benefits: String,
    /// By when an answer is asked for, while one is.
    answer_by: Option<When>,
    /// Whether "I accept" is an answer now.
    pub can_accept: bool,
    can_decline: bool,
    revision: String,
    contact_name: String,
    contact: Option<Way>,
}

impl OfferView {
    /// In the candidate's words.
    pub fn new(lang: Lang, offer: &CentreOffer) -> Result<Self, Error> {
        let terms = offer.terms.clone().unwrap_or_default();
        let zone = when::zone(&terms.time_zone);
        let answer_by = offer.answer_by.as_ref().map(|time| wire::instant("answer_by", time)).transpose()?;
        let answer_by = answer_by.filter(|_| offer.state() == OfferState::Sent);
        Ok(Self {
            state: offer.state(),
            start: day(lang, &terms.start_date),
            pay: pay(lang, &offer.salary_amount, &terms),
            employment: employment(lang, terms.employment_type()),
            position: terms.position_title,
            location: terms.location,
            benefits: terms.benefits,
            answer_by: answer_by.map(|time| When::new(lang, time, None, zone)),
            can_accept: offer.can_accept,
            can_decline: offer.can_decline,
            revision: offer.revision.clone(),
            contact_name: offer.contact_name.clone(),
            contact: Some(offer.contact_channel.as_str()).filter(|text| !text.is_empty()).map(Way::contact),
        })
    }

    /// The page's first words.
    pub fn title(&self, lang: Lang) -> &'static str {
        let (zh, en) = match self.state {
            OfferState::Accepted => ("您已接受录用", "You have accepted"),
            OfferState::Declined => ("您已婉拒录用", "You have declined"),
            OfferState::Expired => ("答复时间已过", "The time to answer has passed"),
            OfferState::Sent => ("等您答复", "Waiting for your answer"),
            _ => ("这份录用通知已收回", "This offer was taken back"),
        };
        lang.pick(zh, en)
    }

    /// What follows from it for the candidate.
    pub fn meaning(&self, lang: Lang) -> &'static str {
        let (zh, en) = match self.state {
            OfferState::Accepted => {
                ("欢迎加入！入职前我们会再提醒您。", "Welcome! We’ll write again before your first day.")
            }
            OfferState::Declined => ("谢谢您告诉我们。", "Thank you for telling us."),
            OfferState::Expired => {
                ("如果您仍感兴趣，请直接联系我们。", "If you are still interested, please contact us.")
            }
            OfferState::Sent => {
                ("请看一看录用条件，然后告诉我们您的决定。", "Please read the terms, then tell us what you decide.")
            }
            _ => ("非常抱歉。如有疑问，请联系我们。", "We are sorry. Please contact us with any questions."),
        };
        lang.pick(zh, en)
    }

    /// The class of its colour and sign.
    pub fn class(&self) -> &'static str {
        match self.state {
            OfferState::Accepted => "good",
            OfferState::Sent => "open",
            _ => "done",
        }
    }

    /// Whether its terms still say anything.
    pub fn has_terms(&self) -> bool {
        matches!(self.state, OfferState::Sent | OfferState::Accepted)
    }
}

/// The page about the offer of a centre, which has no interview to show or is asked for it.
pub fn shown(token: Token, wish: Wish, noticed: &Noticed, centre: &Centre) -> Result<Response, Failure> {
    let zone = centre.offer.as_ref().and_then(|offer| offer.terms.as_ref()).map_or("", |terms| &terms.time_zone);
    let frame = Frame::within(wish, zone);
    let offer = centre.offer.as_ref().map(|offer| OfferView::new(frame.lang, offer)).transpose()?;
    let state = centre.offer.as_ref().map(CentreOffer::state).unwrap_or_default();
    let notice = noticed.notice().filter(|notice| notice.holds_for_offer(state));
    let (company, position) = (centre.company_name.clone(), centre.job_title.clone());
    Ok(page(&OfferPage { frame, token, notice, company, position, offer }))
}

/// `GET /c/{token}/offer`
pub async fn show(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    visit: Visit,
    Query(noticed): Query<Noticed>,
) -> Result<Response, Failure> {
    let centre = ats::look(&app, &token, &visit).await?;
    shown(token, wish, &noticed, &centre)
}

/// `GET` of an address that only takes answers: to the page.
pub async fn back(token: Token, wish: Wish) -> Response {
    Redirect::to(&format!("/c/{token}/offer{}", wish.query())).into_response()
}

/// `POST /c/{token}/offer/accept`
pub async fn accept(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    Posted(answer): Posted<Answer>,
) -> Result<Response, Failure> {
    act(&app, &token, wish, answer.revision, Act::AcceptOffer).await
}

/// `GET /c/{token}/offer/decline`: the second look before it is over.
pub async fn ask_decline(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    visit: Visit,
) -> Result<Response, Failure> {
    let centre = ats::look(&app, &token, &visit).await?;
    let Some(offer) = centre.offer.as_ref().filter(|offer| offer.can_decline) else {
        return Ok(back(token, wish).await);
    };
    let zone = offer.terms.as_ref().map_or("", |terms| &terms.time_zone);
    let frame = Frame::within(wish, zone);
    let offer = OfferView::new(frame.lang, offer)?;
    Ok(page(&DeclinePage { frame, token, company: centre.company_name, offer }))
}

/// `POST /c/{token}/offer/decline`
pub async fn decline(
    State(app): State<Arc<App>>,
    token: Token,
    wish: Wish,
    Posted(answer): Posted<Answer>,
) -> Result<Response, Failure> {
    let note = answer.note();
    act(&app, &token, wish, answer.revision, Act::DeclineOffer { note }).await
}

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
        Err(error) => Notice::of_offer_refusal(&error).ok_or_else(|| ats::failure(error))?,
    };
    Ok(Redirect::to(&format!("/c/{token}/offer?notice={}{}", notice.code(), wish.and())).into_response())
}

/// A day in words; what is no day is shown as it came.
fn day(lang: Lang, text: &str) -> String {
    text.parse::<NaiveDate>().map_or_else(|_| text.to_owned(), |day| when::day(lang, day))
}

/// `CNY 25,000.00 / 月`, `CNY 25,000.00 per month`
fn pay(lang: Lang, amount: &str, terms: &OfferTerms) -> String {
    let (whole, fraction) = amount.split_at(amount.find('.').unwrap_or(amount.len()));
    let mut grouped = String::new();
    let digits = whole.chars().count();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (digits - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let amount = format!("{} {grouped}{fraction}", terms.salary_currency);
    let (zh, en) = match terms.salary_period() {
        SalaryPeriod::Hour => ("小时", "hour"),
        SalaryPeriod::Day => ("天", "day"),
        SalaryPeriod::Week => ("周", "week"),
        SalaryPeriod::Month => ("月", "month"),
        SalaryPeriod::Year => ("年", "year"),
        SalaryPeriod::Unspecified => return amount,
    };
    lang.pick(format!("{amount} / {zh}"), format!("{amount} per {en}"))
}

fn employment(lang: Lang, kind: EmploymentType) -> &'static str {
    let (zh, en) = match kind {
        EmploymentType::FullTime => ("全职", "Full-time"),
        EmploymentType::PartTime => ("兼职", "Part-time"),
        EmploymentType::Contract => ("合同制", "Contract"),
        EmploymentType::Temporary => ("临时", "Temporary"),
        EmploymentType::Internship => ("实习", "Internship"),
        EmploymentType::Unspecified => ("", ""),
    };
    lang.pick(zh, en)
}
