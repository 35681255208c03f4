//! `/l/…` and `/o/…`: links of messages, and openings.

use usher_proto::outreach::v1::Visitor;

use super::*;

const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1";

#[tokio::test]
async fn a_look_shows_where_a_link_leads_and_a_press_goes_there() {
    let stage = Stage::up().await;
    let page = stage.get_with("/l/good.link-1", &[("user-agent", PHONE)]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("<h1>jobs.example.com</h1>") && page.body.contains("https://jobs.example.com/a?b=1&#38;c=2")
    );
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("form-action 'self' https: http:"));
    assert_eq!(stage.outreach.seen(), [], "a look counts for nobody");

    let gone = stage.post_with("/l/good.link-1", &[], &[("user-agent", PHONE)]).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    assert_eq!(gone.headers["location"], "https://jobs.example.com/a?b=1&c=2");
    assert_eq!(stage.outreach.seen(), [("followed", Visitor::Human)]);
    let foreign = stage.post_with("/l/good.link-1", &[], &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    for unknown in ["/l/another", "/l/a%20b", "/l/https:%2F%2Fevil.example"] {
        assert_eq!(stage.get(unknown).await.status, StatusCode::NOT_FOUND, "{unknown}");
        assert_eq!(stage.post(unknown, &[]).await.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    stage.site.finish().await;
}

#[tokio::test]
async fn an_opening_is_a_picture_whatever_becomes_of_it() {
    let stage = Stage::up().await;
    for (token, agent) in [("good.link-1", PHONE), ("good.link-1", "Mozilla/5.0"), ("another", PHONE)] {
        let picture = stage.get_with(&format!("/o/{token}.gif"), &[("user-agent", agent)]).await;
        assert_eq!((picture.status, &picture.headers["content-type"]), (StatusCode::OK, &"image/gif".parse().unwrap()));
        assert_eq!(picture.headers["cache-control"], "no-store");
    }
    assert_eq!(stage.outreach.seen(), [("opened", Visitor::Unknown), ("opened", Visitor::Machine)]);
    assert_eq!(stage.get("/o/good.link-1").await.status, StatusCode::NOT_FOUND);
    stage.site.finish().await;
}
