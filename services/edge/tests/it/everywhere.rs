//! What holds for every page.

use reqwest::StatusCode;

use crate::{Stage, fakes::LINK};

#[tokio::test]
async fn every_answer_tells_the_browser_what_to_allow_and_forget() {
    let stage = Stage::up().await;
    let home = stage.get("/?lang=en").await;
    let answers = [
        home,
        stage.get("/c/good.link-1").await,
        stage.get("/c/good.link-1/withdraw").await,
        stage.get("/c/good.link-1/calendar.ics").await,
        stage.post("/c/good.link-1/confirm", &[("revision", "r1")]).await,
        stage.get("/c/forged").await,
        stage.post_with("/c/good.link-1/confirm", &[], &[("sec-fetch-site", "cross-site")]).await,
        stage.post("/c/good.link-1/confirm", &[("revision", &"x".repeat(20_000))]).await,
        stage.get("/workbench").await,
        stage.post("/sign-in", &[("token", "x")]).await,
        stage.post("/sign-out", &[]).await,
        stage.get("/inbox").await,
        stage.get("/nowhere").await,
        stage.put("/c/good.link-1").await,
    ];
    for seen in &answers {
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex, nofollow"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(seen.header(name), value, "{name} of {}", seen.status);
        }
        let policy = seen.header("content-security-policy");
        for part in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!seen.body.contains("<script") && !seen.body.contains(" style="), "{}", seen.body);
    }
    assert_eq!(answers.last().unwrap().status, StatusCode::METHOD_NOT_ALLOWED);
    stage.site.finish().await;
}

#[tokio::test]
async fn the_style_sheet_may_be_kept_for_ever_under_its_own_name_only() {
    let stage = Stage::up().await;
    let home = stage.get("/").await;
    let from = home.body.find("/assets/usher-").unwrap();
    let path = home.body[from..].split('"').next().unwrap().to_owned();
    let sheet = stage.get(&path).await;
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert!(sheet.header("cache-control").contains("immutable"));
    let other = stage.get("/assets/usher-0123456789abcdef.css").await;
    assert_eq!((other.body, other.headers["cache-control"].to_str().unwrap()), (sheet.body, "no-store"));
    for path in ["/assets/x.css", "/assets/..%2Fsrc%2Flib.rs", "/assets/"] {
        assert_eq!(stage.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    stage.site.finish().await;
}

#[tokio::test]
async fn tells_whoever_checks_tokens_where_the_keys_are() {
    let stage = Stage::up().await;
    let document: serde_json::Value =
        serde_json::from_str(&stage.get("/.well-known/openid-configuration").await.body).unwrap();
    assert_eq!(document["issuer"], "usher");
    let address = document["jwks_uri"].as_str().unwrap().strip_prefix(stage.site.http()).unwrap();
    let keys = stage.get(address).await;
    assert_eq!(keys.header("content-type"), "application/json");
    let keys: serde_json::Value = serde_json::from_str(&keys.body).unwrap();
    assert_eq!(keys["keys"][0]["kty"], "OKP");
    stage.site.finish().await;
}

/// One test, because a process has one telemetry.
#[tokio::test]
async fn spans_carry_the_route_and_the_trace_but_never_the_link() {
    let spans = testkit::recorded_telemetry();
    let stage = Stage::up().await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    stage.get_with("/c/good.link-1", &[("traceparent", parent)]).await;
    assert!(stage.ats.book().traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    stage.get("/c/good.link-1/secret-tail").await;
    stage.post("/c/good.link-1/confirm", &[("revision", "r1")]).await;
    stage.site.finish().await;

    let spans = spans.get_finished_spans().unwrap();
    let names: Vec<_> = spans.iter().map(|span| span.name.as_ref()).collect();
    for name in ["GET /c/{token}", "POST /c/{token}/confirm", "GET unknown"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let everything = format!("{spans:?}");
    assert!(!everything.contains(LINK) && !everything.contains("secret-tail"), "{everything}");
}
