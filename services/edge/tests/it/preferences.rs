//! `/u/…`: what somebody wants to hear of.

use usher_proto::outreach::v1::ContactPurpose;

use super::*;

const LINK: &str = "/u/good.link-1";

#[tokio::test]
async fn a_look_changes_nothing_and_the_boxes_say_what_holds() {
    let stage = Stage::up().await;
    let page = stage.get(LINK).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.body.matches(" checked").count(), 9, "who said nothing allows all");
    assert_eq!(stage.outreach.wishes(), []);

    let said = stage.post(&format!("{LINK}/set?lang=en"), &[("1-email", "1"), ("2-wechat", "1")]).await;
    assert_eq!(
        (said.status, &said.headers["location"]),
        (StatusCode::SEE_OTHER, &"/u/good.link-1?lang=en".parse().unwrap())
    );
    let allowed: Vec<_> = stage
        .outreach
        .wishes()
        .iter()
        .filter(|wish| wish.allowed)
        .map(|wish| (wish.purpose(), wish.channel.clone()))
        .collect();
    let (application, openings) = (ContactPurpose::Application, ContactPurpose::Opportunities);
    let expected = [(application, ""), (application, "email"), (openings, ""), (openings, "wechat")];
    assert_eq!(allowed, expected.map(|(purpose, channel)| (purpose, channel.to_owned())));
    let page = stage.get(&format!("{LINK}?lang=en")).await;
    assert_eq!(page.body.matches(" checked").count(), 2);
    assert!(page.body.contains("Openings that might suit you"));
    stage.site.finish().await;
}

#[tokio::test]
async fn one_click_is_taken_in_either_kind_of_form() {
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n",
        ),
    ] {
        let stage = Stage::up().await;
        let page = stage.send(LINK, kind, body).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("已为您退订") && page.body.matches(" checked").count() == 6, "{}", page.body);
        assert_eq!(stage.outreach.wishes().len(), 1);
        stage.site.finish().await;
    }
}

#[tokio::test]
async fn a_link_that_does_not_open_and_a_form_of_another_site_do_nothing() {
    let stage = Stage::up().await;
    assert_eq!(stage.get("/u/another").await.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.post("/u/another", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.post("/u/another/set", &[("1-email", "1")]).await.status, StatusCode::NOT_FOUND);
    let foreign = [("sec-fetch-site", "cross-site")];
    assert_eq!(stage.post_with(&format!("{LINK}/set"), &[], &foreign).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stage.outreach.wishes(), []);
    stage.site.finish().await;
}
