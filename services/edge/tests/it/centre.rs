//! The candidate centre.

use chassis::wire;
use reqwest::StatusCode;
use usher_proto::ats::v1::{Centre, InterviewState, OtherTimeBlock};

use crate::{
    Seen, Stage,
    fakes::{LINK, at},
};

const PAGE: &str = "/c/good.link-1";

fn offered(times: &[&str]) -> Vec<prost_types::Timestamp> {
    times.iter().map(|time| wire::timestamp(at(time))).collect()
}

/// The value of a form's hidden field.
fn revision(seen: &Seen) -> &str {
    let from = seen.body.find("name=\"revision\" value=\"").unwrap() + 23;
    seen.body[from..].split('"').next().unwrap()
}

#[tokio::test]
async fn a_look_shows_everything_and_changes_nothing() {
    let stage = Stage::up().await;
    let seen = stage.get(PAGE).await;
    assert_eq!(seen.status, StatusCode::OK);
    for text in [
        "lang=\"zh-CN\"",
        "星云智能",
        "Java 后端工程师",
        "等您答复",
        "2027年3月4日 星期四",
        "14:00–15:00",
        "北京时间 · UTC+08:00",
        "上海市徐汇区示例路 88 号 3 楼",
        "href=\"https://meet.example.com/x?a=1&#38;b=2\"",
        "陈静",
        "后端负责人",
        "身份证",
        "王芳",
        "href=\"tel:+8613800138000\"",
        "3月2日 星期二 18:00",
        "action=\"/c/good.link-1/confirm\"",
        "action=\"/c/good.link-1/other-time\"",
        "href=\"/c/good.link-1/withdraw\"",
    ] {
        assert!(seen.has(text), "{text} in {}", seen.body);
    }
    for path in ["", "/withdraw", "/calendar.ics", "?notice=confirmed", "/confirm", "/take", "/other-time"] {
        stage.get(&format!("{PAGE}{path}")).await;
    }
    assert!(stage.ats.book().acts.is_empty(), "looking acts on nothing");
    assert_eq!(stage.ats.book().looks, 5);
    stage.site.finish().await;
}

#[tokio::test]
async fn an_answer_acts_once_and_its_replay_has_no_effect() {
    let stage = Stage::up().await;
    let page = stage.get(PAGE).await;
    let form = [("revision", revision(&page))];
    let answered = stage.post(&format!("{PAGE}/confirm"), &form).await;
    assert_eq!(answered.sent_to(), "/c/good.link-1?notice=confirmed");
    let after = stage.get(answered.sent_to()).await;
    assert!(after.has("您已确认参加") && after.has("到时见"), "{}", after.body);

    let replayed = stage.post(&format!("{PAGE}/confirm"), &form).await;
    assert_eq!(replayed.sent_to(), "/c/good.link-1?notice=changed");
    assert!(stage.get(replayed.sent_to()).await.has("没有生效"));
    let withdrawn = stage.post(&format!("{PAGE}/withdraw"), &form).await;
    assert_eq!(withdrawn.sent_to(), "/c/good.link-1?notice=changed", "an old page can not end it either");
    assert_eq!(stage.ats.book().acts, ["confirm"]);
    stage.site.finish().await;
}

#[tokio::test]
async fn asks_for_another_time_with_a_note() {
    let stage = Stage::up().await;
    let form = [("revision", "r1"), ("note", " 周四下午可以\r\n<b>谢谢</b> ")];
    let answered = stage.post(&format!("{PAGE}/other-time?lang=en"), &form).await;
    assert_eq!(answered.sent_to(), "/c/good.link-1?notice=asked&lang=en");
    assert_eq!(stage.ats.book().acts, ["other time: 周四下午可以\n<b>谢谢</b>"]);
    let after = stage.get(answered.sent_to()).await;
    assert!(after.has("We’re finding you another time") && after.has("lang=\"en\""));
    stage.site.finish().await;
}

#[tokio::test]
async fn who_will_not_come_declines_with_a_reason_and_is_thanked() {
    let stage = Stage::up().await;
    let seen = stage.get(&format!("{PAGE}?lang=en")).await;
    assert!(seen.has("I won’t be there") && seen.has("<option value=\"position\">The position doesn’t fit</option>"));
    let form = [("revision", "r1"), ("reason", "position"), ("note", "too far")];
    let answered = stage.post(&format!("{PAGE}/decline?lang=en"), &form).await;
    assert_eq!(answered.sent_to(), "/c/good.link-1?notice=not-coming&lang=en");
    assert_eq!(stage.ats.book().acts, ["decline: ANSWER_REASON_POSITION_NOT_SUITABLE too far"]);
    let after = stage.get(answered.sent_to()).await;
    assert!(after.has("You’ve declined this interview") && after.has("Thank you for telling us"));
    assert!(!after.has("calendar.ics"), "there is nothing to put into a calendar");
    stage.site.finish().await;
}

#[tokio::test]
async fn who_is_too_late_for_another_time_is_told_whom_to_call() {
    let stage = Stage::up().await;
    stage.ats.book().centre.can_request_other_time = false;
    stage.ats.book().centre.other_time_block = OtherTimeBlock::Cutoff.into();
    let seen = stage.get(PAGE).await;
    assert!(!seen.has("/other-time") && seen.has("如需改时间请直接联系下面的联系人"));
    stage.site.finish().await;
}

#[tokio::test]
async fn picks_an_offered_time_and_no_other() {
    let stage = Stage::up().await;
    stage.ats.book().centre.offered_times = offered(&["2027-03-05T02:00:00Z", "2027-03-08T07:30:00Z"]);
    stage.ats.book().centre.state = InterviewState::OtherTimeRequested.into();
    let seen = stage.get(PAGE).await;
    for text in ["请选一个新时间", "2027年3月5日 星期五", "10:00–11:00", "value=\"2027-03-08T07:30:00Z\"", "原定时间"]
    {
        assert!(seen.has(text), "{text}");
    }
    let take = format!("{PAGE}/take");
    let none = stage.post(&take, &[("revision", "r1")]).await;
    assert_eq!(none.sent_to(), "/c/good.link-1?notice=pick-one");
    let unoffered = stage.post(&take, &[("revision", "r1"), ("start_time", "2027-03-09T07:30:00Z")]).await;
    assert_eq!(unoffered.sent_to(), "/c/good.link-1?notice=time-gone");
    let garbage = stage.post(&take, &[("revision", "r1"), ("start_time", "soon")]).await;
    assert_eq!(garbage.status, StatusCode::BAD_REQUEST);
    assert!(stage.ats.book().acts.is_empty());

    let taken = stage.post(&take, &[("revision", "r1"), ("start_time", "2027-03-08T07:30:00Z")]).await;
    assert_eq!(taken.sent_to(), "/c/good.link-1?notice=taken");
    assert_eq!(stage.ats.book().acts, ["take: 2027-03-08 07:30:00 UTC"]);
    stage.site.finish().await;
}

#[tokio::test]
async fn withdrawing_takes_a_second_look() {
    let stage = Stage::up().await;
    let asked = stage.get(&format!("{PAGE}/withdraw?lang=en")).await;
    assert!(asked.has("Withdraw from this job?") && asked.has("No, go back"));
    assert!(stage.ats.book().acts.is_empty());
    let form = [("revision", revision(&asked)), ("note", "")];
    let answered = stage.post(&format!("{PAGE}/withdraw"), &form).await;
    assert_eq!(answered.sent_to(), "/c/good.link-1?notice=withdrawn");
    assert_eq!(stage.ats.book().acts, ["withdraw: "]);
    stage.ats.book().centre.can_withdraw = false;
    assert_eq!(stage.get(&format!("{PAGE}/withdraw")).await.sent_to(), PAGE, "nothing to ask any more");
    stage.site.finish().await;
}

#[tokio::test]
async fn every_link_that_does_not_work_looks_the_same() {
    let stage = Stage::up().await;
    let long = format!("/c/{}", "a".repeat(300));
    let nowhere = stage.get("/nowhere?lang=en").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    for path in ["/c/forged", "/c/good.link-2", "/c/%3Cscript%3E", "/c/%FF", "/c/a%2Fb", "/c/a%0D%0Ab", long.as_str()] {
        let form = [("revision", "r1"), ("start_time", "2027-03-08T07:30:00Z")];
        let tries = [
            stage.get(&format!("{path}?lang=en")).await,
            stage.get(&format!("{path}/withdraw?lang=en")).await,
            stage.get(&format!("{path}/calendar.ics?lang=en")).await,
            stage.post(&format!("{path}/confirm?lang=en"), &form).await,
            stage.post(&format!("{path}/other-time?lang=en"), &form).await,
            stage.post(&format!("{path}/withdraw?lang=en"), &form).await,
        ];
        for seen in tries {
            assert_eq!((seen.status, &seen.body), (StatusCode::NOT_FOUND, &nowhere.body), "{path}");
        }
    }
    assert_eq!(stage.ats.book().looks, 0);
    assert!(stage.ats.book().acts.is_empty());
    stage.site.finish().await;
}

#[tokio::test]
async fn nothing_that_others_wrote_becomes_markup() {
    let stage = Stage::up().await;
    let hostile = "\"><script>alert(1)</script><img src=x onerror='y'>";
    {
        let mut book = stage.ats.book();
        let centre = &mut book.centre;
        for text in [
            &mut centre.company_name,
            &mut centre.job_title,
            &mut centre.place,
            &mut centre.contact_name,
            &mut centre.contact_channel,
            &mut centre.team_introduction,
            &mut centre.revision,
        ] {
            hostile.clone_into(text);
        }
        centre.link = "javascript:alert(1)//\"><script>".to_owned();
        centre.materials = vec![hostile.to_owned()];
        centre.interviewers[0].display_name = hostile.to_owned();
        centre.interviewers[0].title = hostile.to_owned();
        centre.time_zone = hostile.to_owned();
    }
    for path in ["", "/withdraw"] {
        let seen = stage.get(&format!("{PAGE}{path}")).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(seen.has("&#60;script&#62;alert(1)&#60;/script&#62;"));
        assert!(!seen.has("<script") && !seen.has("<img") && !seen.has("href=\"javascript"), "{}", seen.body);
    }
    let echo = stage.get(&format!("{PAGE}?notice=%3Cb%3Epaid%3C/b%3E&lang=%3Cb%3E")).await;
    assert!(!echo.has("paid") && !echo.has("<b>"));
    stage.site.finish().await;
}

#[tokio::test]
async fn speaks_the_language_that_was_asked_for() {
    let stage = Stage::up().await;
    let lang = async |path: &str, accept: &str| {
        let seen = stage.get_with(path, &[("accept-language", accept)]).await;
        if seen.has("<html lang=\"zh-CN\">") { "zh" } else { "en" }
    };
    assert_eq!(lang(PAGE, "en-GB,en;q=0.9").await, "en");
    assert_eq!(lang(&format!("{PAGE}?lang=zh"), "en").await, "zh");
    assert_eq!(lang(&format!("{PAGE}?lang=en"), "zh-CN").await, "en");
    assert_eq!(lang(&format!("{PAGE}?lang=tlh"), "zh-CN").await, "zh");
    assert_eq!(lang(PAGE, "fr").await, "zh", "what fits the zone");
    stage.ats.book().centre.time_zone = "Europe/Berlin".to_owned();
    assert_eq!(lang(PAGE, "fr").await, "en");
    let seen = stage.get(&format!("{PAGE}?lang=en")).await;
    assert!(seen.has("Thursday, 4 March 2027") && seen.has("07:00–08:00") && seen.has("Europe/Berlin · UTC+01:00"));
    assert!(seen.has("action=\"/c/good.link-1/confirm?lang=en\""), "the next page speaks it too");
    stage.site.finish().await;
}

#[tokio::test]
async fn only_what_can_be_done_is_offered() {
    let stage = Stage::up().await;
    let show = async |change: fn(&mut Centre)| {
        stage.ats.book().centre = crate::fakes::centre();
        change(&mut stage.ats.book().centre);
        stage.get(&format!("{PAGE}?notice=confirmed")).await
    };
    let closed = |centre: &mut Centre| {
        centre.can_confirm = false;
        centre.can_request_other_time = false;
        centre.can_decline = false;
        centre.can_withdraw = false;
    };
    let cancelled = show(|centre| {
        centre.state = InterviewState::Cancelled.into();
        centre.can_confirm = false;
        centre.can_request_other_time = false;
        centre.can_decline = false;
        centre.can_withdraw = false;
    })
    .await;
    assert!(cancelled.has("这次面试已取消") && !cancelled.has("<form") && !cancelled.has("calendar.ics"));
    assert!(!cancelled.has("到时见"), "an old notice is not said over a new state");
    assert!(!cancelled.has("示例路"), "there is nowhere to go");
    let over = show(|centre| centre.state = InterviewState::Concluded.into()).await;
    assert!(over.has("这次面试已结束"));
    stage.ats.book().centre = crate::fakes::centre();
    closed(&mut stage.ats.book().centre);
    let quiet = stage.get(PAGE).await;
    assert!(!quiet.has("<form") && !quiet.has("/withdraw"));

    stage.ats.book().centre.state = InterviewState::Concluded.into();
    let late = stage.post(&format!("{PAGE}/confirm"), &[("revision", "r1")]).await;
    assert_eq!(late.sent_to(), "/c/good.link-1?notice=closed");
    assert!(stage.get(late.sent_to()).await.has("不能在这里更改"));
    stage.site.finish().await;
}

#[tokio::test]
async fn hands_out_a_calendar_entry() {
    let stage = Stage::up().await;
    let seen = stage.get(&format!("{PAGE}/calendar.ics")).await;
    assert_eq!(seen.header("content-type"), "text/calendar; charset=utf-8");
    let text = seen.body.replace("\r\n ", "");
    for line in ["DTSTART:20270304T060000Z", "DTEND:20270304T070000Z", "SUMMARY:面试: 星云智能 · Java 后端工程师"]
    {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} in {text}");
    }
    assert!(!text.contains(LINK), "calendars are shared, the link is not");
    stage.site.finish().await;
}

#[tokio::test]
async fn a_form_is_taken_from_our_own_page_only() {
    let stage = Stage::up().await;
    let form = [("revision", "r1")];
    let confirm = format!("{PAGE}/confirm");
    for headers in [
        [("sec-fetch-site", "cross-site"), ("accept-language", "en")],
        [("sec-fetch-site", "same-site"), ("accept-language", "en")],
        [("origin", "https://evil.example"), ("accept-language", "en")],
    ] {
        let seen = stage.post_with(&confirm, &form, &headers).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert!(seen.has("Nothing has changed"));
    }
    assert!(stage.ats.book().acts.is_empty());
    let own = [("sec-fetch-site", "same-origin"), ("origin", "null")];
    assert_eq!(stage.post_with(&confirm, &form, &own).await.sent_to(), "/c/good.link-1?notice=confirmed");
    stage.site.finish().await;
}

#[tokio::test]
async fn forms_that_are_none_of_ours_have_no_effect() {
    let stage = Stage::up().await;
    let other_time = format!("{PAGE}/other-time?lang=en");
    let long = "长".repeat(1_001);
    let longer = "x".repeat(17 * 1024);
    for (form, status) in [
        (vec![], StatusCode::BAD_REQUEST),
        (vec![("revision", "")], StatusCode::BAD_REQUEST),
        (vec![("revision", longer.as_str())], StatusCode::PAYLOAD_TOO_LARGE),
        (vec![("revision", "r1"), ("note", long.as_str())], StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let seen = stage.post(&other_time, &form).await;
        assert_eq!(seen.status, status);
        assert!(seen.has("Nothing has changed"), "{}", seen.body);
    }
    assert!(stage.ats.book().acts.is_empty());
    let fits = "长".repeat(1_000);
    let seen = stage.post(&other_time, &[("revision", "r1"), ("note", &fits)]).await;
    assert_eq!(seen.sent_to(), "/c/good.link-1?notice=asked&lang=en");
    stage.site.finish().await;
}

#[tokio::test]
async fn says_to_come_back_while_ats_is_away() {
    let stage = Stage::up().await;
    stage.ats.book().away = true;
    let form = [("revision", "r1")];
    for seen in [
        stage.get(&format!("{PAGE}?lang=en")).await,
        stage.get(&format!("{PAGE}/calendar.ics?lang=en")).await,
        stage.post(&format!("{PAGE}/confirm?lang=en"), &form).await,
    ] {
        assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(seen.header("retry-after"), "10");
        assert!(seen.has("Just a moment, please"));
    }
    stage.site.finish().await;

    let stage = Stage::without_ats().await;
    assert_eq!(stage.get(PAGE).await.status, StatusCode::SERVICE_UNAVAILABLE, "not started yet is away as well");
    stage.site.finish().await;
}
