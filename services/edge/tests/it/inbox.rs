//! The mail folder of a trial installation.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use reqwest::StatusCode;
use usher_edge::Settings;

use crate::Stage;

const MAIL: &str = "From: jobs@example.com\r\nTo: li@example.com\r\nSubject: <b>Interview</b>\r\n\
    Date: Mon, 23 Nov 2026 10:00:00 +0800\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=m\r\n\r\n\
    --m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
    --a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain </pre><script>1</script>\r\n\
    --a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p title=\"x\">rich</p><script>alert(1)</script>\r\n--a--\r\n\
    --m\r\nContent-Type: text/calendar\r\nContent-Disposition: attachment; filename=\"interview.ics\"\r\n\r\n\
    BEGIN:VCALENDAR\r\n--m--\r\n";

async fn stage(folder: &str) -> Stage {
    Stage::with(Settings { dev_inbox: folder.to_owned() }).await
}

#[tokio::test]
async fn is_not_there_unless_a_folder_is_named() {
    let stage = stage("").await;
    for path in ["/inbox", "/inbox/a.eml", "/inbox/a.eml/source"] {
        assert_eq!(stage.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!stage.get("/").await.has("/inbox"));
    stage.site.finish().await;
}

#[tokio::test]
async fn lists_the_newest_first_and_shows_one() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content, age) in
        [("old one.eml", MAIL, 60), ("new.eml", MAIL, 0), ("broken.eml", "\u{0}\u{1}", 30), ("notes.txt", "private", 0)]
    {
        let file = dir.path().join(name);
        fs::write(&file, content).unwrap();
        let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age);
        fs::File::options().append(true).open(file).unwrap().set_modified(written).unwrap();
    }
    let stage = stage(dir.path().to_str().unwrap()).await;
    assert!(stage.get("/").await.has("href=\"/inbox\""));

    let list = stage.get("/inbox?lang=en").await;
    let places: Vec<_> = ["new.eml", "broken.eml", "old%20one.eml"].map(|name| list.body.find(name).unwrap()).into();
    assert!(places.is_sorted(), "newest first: {places:?}");
    assert!(
        list.has("&#60;b&#62;Interview&#60;/b&#62;")
            && list.has("li@example.com")
            && list.has("2026-11-23 10:00 +08:00")
    );
    assert!(list.has("not a readable mail") && !list.has("notes.txt") && !list.has("<b>"));

    let mail = stage.get("/inbox/old%20one.eml?lang=en").await;
    assert_eq!(mail.status, StatusCode::OK);
    assert!(mail.has("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""), "runs nothing");
    assert!(mail.has("&#60;p title=&#34;x&#34;&#62;rich&#60;/p&#62;"), "the HTML part is an attribute's text");
    assert!(mail.has("plain &#60;/pre&#62;") && mail.has("interview.ics") && mail.has("MIME-Version"));
    assert!(!mail.has("<script"));
    assert!(mail.header("content-security-policy").contains("default-src 'none'"));
    assert!(!mail.header("content-security-policy").contains("script"));

    let source = stage.get("/inbox/new.eml/source").await;
    assert_eq!((source.body.as_str(), source.header("content-type")), (MAIL, "text/plain; charset=utf-8"));
    assert!(stage.get("/inbox/broken.eml?lang=en").await.has("not a readable mail"));
    stage.site.finish().await;
}

#[tokio::test]
async fn never_leaves_its_folder() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("mails");
    fs::create_dir(&inner).unwrap();
    fs::write(outer.path().join("secret.eml"), MAIL).unwrap();
    let stage = stage(inner.to_str().unwrap()).await;
    for name in ["..%2Fsecret.eml", "%2E%2E%2Fsecret.eml", "..%5Csecret.eml", "%2Fetc%2Fpasswd", ".eml", "a%00.eml"] {
        for path in [format!("/inbox/{name}"), format!("/inbox/{name}/source")] {
            assert_eq!(stage.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    stage.site.finish().await;
}

#[tokio::test]
async fn a_folder_that_does_not_exist_yet_is_empty() {
    let stage = stage("/nonexistent/usher/mails").await;
    assert!(stage.get("/inbox?lang=en").await.has("No mails yet."));
    stage.site.finish().await;
}
