//! The workbench.

use chrono::TimeDelta;
use reqwest::StatusCode;
use usher_proto::accounts::v1::Role;

use crate::{
    Stage,
    fakes::{COLLEAGUE, at, task},
};

const ME: &str = "user_01h455vb4pex5vsknk084sn02z";

fn token(stage: &Stage, role: Role, lifetime: TimeDelta) -> String {
    stage.site.token_for(&stage.site.tenant(), role, ME, lifetime)
}

/// The cookie of somebody who has signed in.
async fn signed_in(stage: &Stage) -> String {
    let token = token(stage, Role::Recruiter, TimeDelta::hours(1));
    let seen = stage.post("/sign-in", &[("token", &format!(" Bearer {token}\n"))]).await;
    assert_eq!(seen.sent_to(), "/workbench");
    let cookie = seen.header("set-cookie");
    assert_eq!(cookie, format!("usher_session={token}; Path=/; HttpOnly; SameSite=Strict"));
    cookie.split(';').next().unwrap().to_owned()
}

fn request_id(body: &str) -> &str {
    let from = body.find("name=\"request_id\" value=\"").unwrap() + 25;
    &body[from..from + 36]
}

#[tokio::test]
async fn shows_what_needs_somebody_in_the_name_of_who_asks() {
    let stage = Stage::up().await;
    let cookie = signed_in(&stage).await;
    let headers = [("cookie", cookie.as_str()), ("accept-language", "en")];
    let seen = stage.get_with("/workbench", &headers).await;
    assert_eq!(seen.status, StatusCode::OK);
    for text in [
        "星云智能",
        "Invitation unanswered",
        "&#60;script&#62;alert(&#39;李雷&#39;)&#60;/script&#62;",
        "No answer for 24 hours",
        "Call the candidate",
        "nobody’s yet",
        "Monday, 2 March, 18:00",
        "Asia/Shanghai",
        "href=\"/workbench?after=page%2F2\"",
    ] {
        assert!(seen.has(text), "{text} in {}", seen.body);
    }
    assert!(!seen.has("<script"));
    assert!(stage.ats.book().callers.iter().all(|caller| caller == ME), "the person asks, not the edge");
    assert!(stage.ats.book().acts.is_empty());
    assert!(!stage.get_with("/workbench?after=page%2F2", &headers).await.has("after="), "the last page");
    stage.site.finish().await;
}

#[tokio::test]
async fn claims_and_completes() {
    let stage = Stage::up().await;
    let cookie = signed_in(&stage).await;
    let headers = [("cookie", cookie.as_str())];
    let id = task().task_id;
    let page = stage.get_with("/workbench?lang=en", &headers).await;
    let pressed = [("request_id", request_id(&page.body))];
    let claimed = stage.post_with(&format!("/workbench/{id}/claim?lang=en"), &pressed, &headers).await;
    assert_eq!(claimed.sent_to(), "/workbench?notice=claimed&lang=en");
    let page = stage.get_with(claimed.sent_to(), &headers).await;
    assert!(page.has("The task is yours.") && page.has("<strong>yours</strong>") && !page.has("/claim"));

    let pressed = [("request_id", request_id(&page.body))];
    let done = stage.post_with(&format!("/workbench/{id}/complete"), &pressed, &headers).await;
    assert_eq!(done.sent_to(), "/workbench?notice=completed");
    assert!(stage.get_with("/workbench?lang=en", &headers).await.has("Nothing to do"));
    let again = stage.post_with(&format!("/workbench/{id}/complete"), &pressed, &headers).await;
    assert_eq!(again.sent_to(), "/workbench?notice=done-before");
    let unknown = stage.post_with(&format!("/workbench/{id}/claim"), &pressed, &headers).await;
    assert_eq!(unknown.sent_to(), "/workbench?notice=gone");
    let nonsense = stage.post_with("/workbench/%3Cb%3E/claim", &pressed, &headers).await;
    assert_eq!(nonsense.status, StatusCode::NOT_FOUND);
    let forged = [("request_id", "again")];
    let forged = stage.post_with(&format!("/workbench/{id}/claim"), &forged, &headers).await;
    assert_eq!(forged.status, StatusCode::BAD_REQUEST);
    assert_eq!(stage.ats.book().acts.len(), 2);
    stage.site.finish().await;
}

#[tokio::test]
async fn a_colleagues_task_is_shown_as_theirs() {
    let stage = Stage::up().await;
    let cookie = signed_in(&stage).await;
    let headers = [("cookie", cookie.as_str())];
    {
        let mut book = stage.ats.book();
        COLLEAGUE.clone_into(&mut book.tasks[0].claimed_by);
        book.tasks[0].claim_time = Some(chassis::wire::timestamp(at("2026-03-02T11:00:00Z")));
    }
    let page = stage.get_with("/workbench?lang=en", &headers).await;
    assert!(page.has("with 赵敏"), "{}", page.body);
    assert!(!page.has("/claim") && !page.has("/complete"));
    let pressed = [("request_id", "01890a5d-ac96-774b-bcce-b302099a8057")];
    let claimed = stage.post_with(&format!("/workbench/{}/claim", task().task_id), &pressed, &headers).await;
    assert_eq!(claimed.sent_to(), "/workbench?notice=theirs");
    assert!(stage.get_with("/workbench?notice=theirs&lang=en", &headers).await.has("A colleague has already taken"));
    assert!(stage.ats.book().acts.is_empty());
    stage.site.finish().await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_gets_the_way_in_and_nothing_else() {
    let stage = Stage::up().await;
    let pressed = [("request_id", "01890a5d-ac96-774b-bcce-b302099a8057")];
    let expired = token(&stage, Role::Recruiter, TimeDelta::hours(-1));
    let reader = token(&stage, Role::ReadOnly, TimeDelta::hours(1));
    for (cookie, text) in [
        (String::new(), "Access token"),
        ("usher_session=forged".to_owned(), "doesn’t work"),
        (format!("usher_session={expired}"), "has expired"),
        (format!("usher_session={reader}"), "may not do this"),
    ] {
        let headers = [("cookie", cookie.as_str()), ("accept-language", "en")];
        let seen = stage.get_with("/workbench", &headers).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
        assert!(seen.has(text) && seen.has("action=\"/sign-in\"") && !seen.has("No answer"), "{text}: {}", seen.body);
        assert!(seen.header("set-cookie").starts_with("usher_session=; Max-Age=0"), "a cookie that fails goes");
        let seen = stage.post_with(&format!("/workbench/{}/claim", task().task_id), &pressed, &headers).await;
        assert_eq!(seen.status, StatusCode::SEE_OTHER);
    }
    for (pasted, notice) in [
        ("forged", "not-signed-in"),
        ("two words", "not-signed-in"),
        (expired.as_str(), "expired"),
        (reader.as_str(), "not-allowed"),
    ] {
        let seen = stage.post("/sign-in", &[("token", pasted)]).await;
        assert_eq!(seen.sent_to(), format!("/workbench?notice={notice}"));
        assert_eq!(seen.header("set-cookie"), "", "no cookie for a token that does not work");
    }
    assert!(stage.ats.book().acts.is_empty());
    stage.site.finish().await;
}

#[tokio::test]
async fn signing_out_forgets() {
    let stage = Stage::up().await;
    let cookie = signed_in(&stage).await;
    let seen = stage.post_with("/sign-out", &[], &[("cookie", cookie.as_str())]).await;
    assert_eq!(seen.sent_to(), "/workbench");
    assert_eq!(seen.header("set-cookie"), "usher_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
    for path in ["/sign-in", "/sign-out", "/workbench/x/claim", "/workbench/x/complete"] {
        assert_eq!(stage.get(path).await.sent_to(), "/workbench", "{path}");
    }
    stage.site.finish().await;
}

#[tokio::test]
async fn another_site_can_not_press_buttons() {
    let stage = Stage::up().await;
    let cookie = signed_in(&stage).await;
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    let pressed = [("request_id", "01890a5d-ac96-774b-bcce-b302099a8057")];
    for path in [format!("/workbench/{}/claim", task().task_id), "/sign-out".to_owned(), "/sign-in".to_owned()] {
        assert_eq!(stage.post_with(&path, &pressed, &headers).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(stage.ats.book().acts.is_empty());
    stage.site.finish().await;
}

#[tokio::test]
async fn says_to_come_back_while_ats_is_away() {
    let stage = Stage::up().await;
    let cookie = signed_in(&stage).await;
    stage.ats.book().away = true;
    let seen = stage.get_with("/workbench", &[("cookie", cookie.as_str())]).await;
    assert_eq!((seen.status, seen.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "10"));
    assert_eq!(seen.header("set-cookie"), "", "and stays signed in");
    stage.site.finish().await;
}
