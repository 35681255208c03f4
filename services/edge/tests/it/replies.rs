//! `/v1/replies/…`: what programs post.

use super::*;

const PATH: &str = "/v1/replies/good.link-1";

fn signed(signature: &str) -> [(&'static str, &str); 4] {
    [
        ("content-type", "application/json"),
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", "1796000000"),
        ("webhook-signature", signature),
    ]
}

#[tokio::test]
async fn what_is_posted_is_passed_on_to_the_byte_and_the_answer_says_what_to_do() {
    let stage = Stage::up().await;
    let body = b"{\"type\": \"x\"}  \r\n\xff".to_vec();
    let taken = stage.hand_in(PATH, &signed("v1,good"), body.clone()).await;
    assert_eq!((taken.status, taken.body.as_str()), (StatusCode::ACCEPTED, r#"{"reply_id":"rpl_1"}"#));
    let posted = stage.outreach.posted();
    assert_eq!(posted[0].body, body);
    assert_eq!((posted[0].webhook_id.as_str(), posted[0].webhook_timestamp.as_str()), ("msg_1", "1796000000"));

    for (path, signature, status, reason) in [
        (PATH, "v1,bad", StatusCode::UNAUTHORIZED, "SIGNATURE_INVALID"),
        (PATH, "v1,old", StatusCode::UNAUTHORIZED, "SIGNATURE_EXPIRED"),
        (PATH, "v1,unknown", StatusCode::UNPROCESSABLE_ENTITY, "ADDRESS_UNKNOWN"),
        (PATH, "v1,away", StatusCode::SERVICE_UNAVAILABLE, "TRY_AGAIN"),
        ("/v1/replies/another", "v1,good", StatusCode::NOT_FOUND, "LINK_INVALID"),
    ] {
        let seen = stage.hand_in(path, &signed(signature), b"{}".to_vec()).await;
        assert_eq!(seen.status, status, "{signature}");
        assert!(seen.has(reason) && seen.header("content-type").starts_with("application/json"), "{}", seen.body);
        assert_eq!(seen.header("retry-after"), if signature == "v1,away" { "10" } else { "" });
    }
    assert_eq!(stage.hand_in(PATH, &[], b"{}".to_vec()).await.status, StatusCode::BAD_REQUEST, "nothing is signed");
    assert_eq!(stage.hand_in(PATH, &signed("v1,good"), Vec::new()).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(stage.get(PATH).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let nowhere = stage.hand_in("/v1/replies/a%20b", &signed("v1,good"), b"{}".to_vec()).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.outreach.posted().len(), 1);
    stage.site.finish().await;
}

#[tokio::test]
async fn a_mail_may_be_long_and_not_longer() {
    let stage = Stage::up().await;
    let limit = 3_670_016;
    let taken = stage.hand_in(PATH, &signed("v1,good"), vec![b'x'; limit]).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.body);
    let refused = stage.hand_in(PATH, &signed("v1,good"), vec![b'x'; limit + 1]).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", refused.body);
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let form = stage.hand_in("/c/good.link-1/confirm", &kind, vec![b'x'; 20_000]).await;
    assert_eq!(form.status, StatusCode::PAYLOAD_TOO_LARGE, "other pages stay as they were");
    assert_eq!(stage.outreach.posted().len(), 1);
    stage.site.finish().await;
}
