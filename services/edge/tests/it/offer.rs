//! The candidate centre's page about an offer.

use reqwest::StatusCode;
use usher_proto::ats::v1::{Centre, OfferState};

use crate::{
    Stage,
    fakes::{LINK, centre, offer},
};

const PAGE: &str = "/c/good.link-1";

/// Somebody who has an offer and no interview.
async fn offered() -> Stage {
    let stage = Stage::up().await;
    let whole = centre();
    stage.ats.book().centre = Centre {
        company_name: whole.company_name,
        job_title: whole.job_title,
        offer: Some(offer()),
        ..Centre::default()
    };
    stage
}

#[tokio::test]
async fn an_offer_is_shown_whole_in_both_languages_and_a_look_answers_nothing() {
    let stage = offered().await;
    for path in [PAGE.to_owned(), format!("{PAGE}/offer")] {
        let seen = stage.get(&format!("{path}?lang=zh-CN")).await;
        assert_eq!(seen.status, StatusCode::OK);
        for text in [
            "录用通知",
            "等您答复",
            "2027年4月1日 星期四",
            "CNY 25,000.00 / 月",
            "全职",
            "上海市徐汇区",
            "年终奖 &#60;两个月&#62;",
            "2027年3月10日 星期三 18:00",
            "北京时间",
            "href=\"tel:+8613800138000\"",
            "action=\"/c/good.link-1/offer/accept?lang=zh-CN\"",
        ] {
            assert!(seen.has(text), "{text} in {}", seen.body);
        }
    }
    let english = stage.get(&format!("{PAGE}?lang=en")).await;
    for text in ["Job offer", "Thursday, 1 April 2027", "CNY 25,000.00 per month", "Full-time", "Accept the offer"] {
        assert!(english.has(text), "{text} in {}", english.body);
    }
    for path in ["/offer/accept", "/offer/decline", "/offer?notice=accepted", "/withdraw", "/calendar.ics"] {
        stage.get(&format!("{PAGE}{path}")).await;
    }
    assert!(stage.ats.book().acts.is_empty(), "looking acts on nothing");
    assert!(!stage.get(&format!("{PAGE}/offer?notice=accepted")).await.has("欢迎加入"), "no notice of what is not so");
    stage.site.finish().await;
}

#[tokio::test]
async fn an_acceptance_acts_once_and_an_old_page_does_nothing() {
    let stage = offered().await;
    let old = stage.post(&format!("{PAGE}/offer/accept"), &[("revision", "offer_x.v3")]).await;
    assert_eq!(old.sent_to(), "/c/good.link-1/offer?notice=offer-changed");
    let form = [("revision", "offer_x.v4")];
    let accepted = stage.post(&format!("{PAGE}/offer/accept?lang=en"), &form).await;
    assert_eq!(accepted.sent_to(), "/c/good.link-1/offer?notice=accepted&lang=en");
    let after = stage.get(accepted.sent_to()).await;
    assert!(after.has("You have accepted") && after.has("Welcome") && !after.has("Accept the offer"), "{}", after.body);
    let declined = stage.post(&format!("{PAGE}/offer/decline"), &form).await;
    assert_eq!(declined.sent_to(), "/c/good.link-1/offer?notice=offer-over");
    assert_eq!(stage.ats.book().acts, ["accept the offer"]);
    stage.site.finish().await;
}

#[tokio::test]
async fn declining_takes_a_second_look_and_may_say_why() {
    let stage = offered().await;
    let asked = stage.get(&format!("{PAGE}/offer/decline?lang=en")).await;
    assert!(asked.has("Decline this offer?") && asked.has("No, go back"), "{}", asked.body);
    let long = "x".repeat(1_001);
    let form = [("revision", "offer_x.v4"), ("note", long.as_str())];
    assert_eq!(stage.post(&format!("{PAGE}/offer/decline"), &form).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let form = [("revision", "offer_x.v4"), ("note", " 离家太远 ")];
    let declined = stage.post(&format!("{PAGE}/offer/decline"), &form).await;
    assert_eq!(declined.sent_to(), "/c/good.link-1/offer?notice=declined");
    assert_eq!(stage.ats.book().acts, ["decline the offer: 离家太远"]);
    let over = stage.get(&format!("{PAGE}/offer/decline")).await;
    assert!(!over.has("Decline this offer?"), "there is nothing to decline any more");
    stage.site.finish().await;
}

#[tokio::test]
async fn what_is_over_says_so_and_shows_no_terms() {
    let stage = offered().await;
    for (state, told) in [(OfferState::Expired, "答复时间已过"), (OfferState::Rescinded, "这份录用通知已收回")]
    {
        let mut over = offer();
        (over.can_accept, over.can_decline) = (false, false);
        over.state = state.into();
        stage.ats.book().centre.offer = Some(over);
        let seen = stage.get(&format!("{PAGE}?lang=zh-CN")).await;
        assert!(seen.has(told) && !seen.has("25,000") && !seen.has("/offer/accept"), "{}", seen.body);
    }
    stage.ats.book().centre.offer = None;
    let nothing = stage.get(&format!("/c/{LINK}?lang=en")).await;
    assert!(nothing.status == StatusCode::OK && nothing.has("nothing for you to do"), "{}", nothing.body);
    stage.site.finish().await;
}

#[tokio::test]
async fn the_page_of_an_interview_leads_to_the_offer() {
    let stage = Stage::up().await;
    stage.ats.book().centre.offer = Some(offer());
    let seen = stage.get(PAGE).await;
    assert!(seen.has("href=\"/c/good.link-1/offer\"") && seen.has("确认参加"), "{}", seen.body);
    stage.site.finish().await;
}
