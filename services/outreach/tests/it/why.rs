//! Why a message went out, waits, or never went.

use chrono_tz::Tz;
use contact::{against, agreeing, claim, go_to_hour, opening, send_auto, set_policy, why};
use sink::{Answer, Sink};
use usher_proto::outreach::v1::{
    ContactPolicy, QuietHours, WhyNotSentRequest, WhyNotSentResponse,
    contact_gate_service_client::ContactGateServiceClient,
};

use super::*;

fn told(why: &WhyNotSentResponse) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{} is {}\n", why.message_id, why.state().as_str_name());
    for verdict in &why.verdicts {
        let said = match (verdict.passed, verdict.defer_until.as_ref()) {
            (true, None) => "passed",
            (true, Some(_)) => "waits",
            (false, _) => "refused",
        };
        writeln!(text, "  {:<12} {said:<8} {:<14} {}", verdict.gate, verdict.reason, verdict.detail).unwrap();
    }
    for attempt in &why.attempts {
        writeln!(text, "  attempt {}: {}", attempt.number, if attempt.succeeded { "taken" } else { &attempt.error })
            .unwrap();
    }
    write!(text, "  {}\n  {}", why.sentence_zh, why.sentence_en).unwrap();
    text
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "a trace to be looked at")]
async fn every_state_is_explained_in_both_languages() {
    let sink = Sink::new().await;
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = site.tenant();
    // Without holidays, which may be near at whatever time this runs.
    let night = QuietHours { start: "21:00".to_owned(), end: "08:00".to_owned(), ..QuietHours::default() };
    let policy = ContactPolicy { marketing: Some(night), ..ContactPolicy::default() };
    set_policy(&site, &tenant, policy, &["marketing"]).await.unwrap();
    let candidate = agreeing(&talent);
    go_to_hour(&site, Tz::Asia__Shanghai, 22);
    let rita = id("user");
    claim(&site, &tenant, &rita, &candidate, 20).await.unwrap();
    let waiting = send_auto(&site, &tenant, opening("opening", &candidate)).await.unwrap();
    let why_waiting = why(&site, &tenant, &waiting.message_id).await;
    assert_eq!(against(&why_waiting), [("lease", "LEASE_HELD")]);
    assert!(why_waiting.next_time.is_some() && why_waiting.send_time.is_none());
    assert!(why_waiting.sentence_zh.contains("其他同事跟进") && why_waiting.sentence_en.contains(&rita));
    println!("{}", told(&why_waiting));

    sink.plan(&[Answer::Say("451 4.3.0 later"), Answer::Take, Answer::Say("550 5.1.1 no such mailbox")]);
    request(&site, &tenant, invitation("tried", &candidate)).await;
    site.settle().await;
    let by_key = async |key: &str| {
        list(&site, &tenant).await.into_iter().find(|message| message.business_key == key).unwrap().message_id
    };
    let tried = by_key("tried").await;
    eventually("the first try ends", async || {
        let message = get(&site, &tenant, &tried).await.unwrap();
        message.attempts.first().is_some_and(|attempt| attempt.end_time.is_some())
    })
    .await;
    let why_tried = why(&site, &tenant, &tried).await;
    assert!(why_tried.sentence_en.contains("Try 1 did not succeed"), "{}", why_tried.sentence_en);
    site.clock().advance(Duration::from_secs(11)).unwrap();
    becomes(&site, &tenant, &tried, MessageState::Sent).await;
    let why_sent = why(&site, &tenant, &tried).await;
    assert!(why_sent.sentence_zh.contains("通过 email 发出") && why_sent.send_time.is_some());
    assert_eq!(why_sent.attempts.len(), 2);

    request(&site, &tenant, invitation("bounced", &candidate)).await;
    site.settle().await;
    let bounced = by_key("bounced").await;
    becomes(&site, &tenant, &bounced, MessageState::Failed).await;
    let why_failed = why(&site, &tenant, &bounced).await;
    assert!(
        why_failed.sentence_en.contains("tried once and is not tried again: the mail server refused: 550"),
        "{}",
        why_failed.sentence_en
    );

    let mut poor = invitation("poor", &candidate);
    poor.facts.as_mut().unwrap().place.clear();
    request(&site, &tenant, poor).await;
    site.settle().await;
    let poor = by_key("poor").await;
    becomes(&site, &tenant, &poor, MessageState::Refused).await;
    let why_refused = why(&site, &tenant, &poor).await;
    assert_eq!(
        against(&why_refused),
        [("facts", "FACTS_MISSING"), ("suppression", "HARD_BOUNCE")],
        "all that is wrong"
    );
    assert!(why_refused.sentence_zh.starts_with("未发送：缺少必要信息"), "{}", why_refused.sentence_zh);
    println!("{}\n{}\n{}", told(&why_sent), told(&why_failed), told(&why_refused));

    let neighbour = site.request(&site.tenant(), Role::Owner, WhyNotSentRequest { message_id: poor });
    let refused = ContactGateServiceClient::new(site.channel()).why_not_sent(neighbour).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::NotFound, "MESSAGE_NOT_FOUND".to_owned()));
    go_to_hour(&site, Tz::Asia__Shanghai, 20);
    becomes(&site, &tenant, &waiting.message_id, MessageState::Refused).await;
    finish(site).await;
}
