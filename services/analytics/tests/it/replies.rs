//! How often candidates answer.

use super::*;
use chassis::db::write_token;
use tonic::Code;
use usher_proto::eventlog::v1::ConsistencyToken;

#[tokio::test]
async fn an_answer_counts_in_whichever_order_the_news_arrives() {
    let site = site().await;
    let (straight, crossed) = (site.tenant(), site.tenant());
    let before = site.clock().now();
    sent(&site, &straight, "m1", MessageKind::InterviewInvitation, "i1").await;
    assert_eq!(replies(&site, &straight).await, (0, 1));
    later(&site);
    answered(&site, &straight, "i1").await;
    answered(&site, &crossed, "i1").await;
    assert_eq!(replies(&site, &crossed).await, (0, 0), "an answer alone is no rate");
    sent_at(&site, &crossed, "m1", MessageKind::InterviewInvitation, "i1", before).await;
    assert_eq!(replies(&site, &straight).await, (1, 1));
    assert_eq!(replies(&site, &crossed).await, (1, 1));
    site.finish().await;
}

#[tokio::test]
async fn only_an_answer_after_the_message_counts_for_it() {
    let site = site().await;
    let tenant = site.tenant();
    answered(&site, &tenant, "i1").await;
    later(&site);
    sent(&site, &tenant, "m1", MessageKind::InterviewInvitation, "i1").await;
    assert_eq!(replies(&site, &tenant).await, (0, 1), "it came before");
    later(&site);
    answered(&site, &tenant, "another interview").await;
    assert_eq!(replies(&site, &tenant).await, (0, 1), "it answers something else");

    // A reminder that was answered shares the answer with the invitation before it, and not with one after it.
    sent(&site, &tenant, "m2", MessageKind::InterviewReminder, "i1").await;
    later(&site);
    answered(&site, &tenant, "i1").await;
    answered(&site, &tenant, "i1").await;
    later(&site);
    sent(&site, &tenant, "m3", MessageKind::InterviewReminder, "i1").await;
    sent(&site, &tenant, "m4", MessageKind::InterviewCancelled, "i1").await;
    sent(&site, &tenant, "m5", MessageKind::Custom, "").await;
    site.settle().await;
    let rates = reply_rates(&site, &tenant, GetTemplateReplyRatesRequest::default()).await.unwrap();
    let by_kind: Vec<_> = rates
        .iter()
        .map(|one| (one.kind(), one.rate.as_ref().map(|rate| (rate.numerator, rate.denominator)).unwrap()))
        .collect();
    assert_eq!(by_kind, [(MessageKind::InterviewInvitation, (1, 1)), (MessageKind::InterviewReminder, (1, 2))]);
    assert_eq!((rates[0].template_id.as_str(), rates[0].language.as_str()), (TEMPLATE, "en"));
    site.finish().await;
}

#[tokio::test]
async fn a_period_is_half_open_and_must_not_be_reversed() {
    let site = site().await;
    let tenant = site.tenant();
    let start = site.clock().now();
    for message in ["m1", "m2", "m3"] {
        sent(&site, &tenant, message, MessageKind::InterviewInvitation, message).await;
        later(&site);
    }
    site.settle().await;
    let end = site.clock().now();
    for (from, until, expected) in [
        (None, None, 3),
        (Some(start), Some(end), 3),
        (Some(start + chrono::TimeDelta::seconds(30)), None, 2),
        (None, Some(start), 0),
        (Some(end), None, 0),
    ] {
        let ask = GetTemplateReplyRatesRequest { period: Some(period(from, until)), at_least: String::new() };
        let rates = reply_rates(&site, &tenant, ask).await.unwrap();
        assert_eq!(counts(rates.into_iter().map(|one| one.rate)).1, expected, "{from:?} {until:?}");
    }
    for until in [start, start - chrono::TimeDelta::seconds(1)] {
        let ask =
            GetTemplateReplyRatesRequest { period: Some(period(Some(start), Some(until))), at_least: String::new() };
        let refused = reply_rates(&site, &tenant, ask).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "PERIOD_REVERSED"));
    }
    site.finish().await;
}

#[tokio::test]
async fn little_data_says_that_it_is_little_and_tenants_do_not_mix() {
    let site = site().await;
    let (tenant, other) = (site.tenant(), site.tenant());
    for number in 0..9 {
        sent(&site, &tenant, &format!("m{number}"), MessageKind::InterviewInvitation, "i1").await;
    }
    site.settle().await;
    let rate = async || {
        let rates = reply_rates(&site, &tenant, GetTemplateReplyRatesRequest::default()).await.unwrap();
        rates[0].rate.unwrap()
    };
    assert!(rate().await.below_minimum_n);
    sent(&site, &tenant, "m9", MessageKind::InterviewInvitation, "i1").await;
    site.settle().await;
    let ten = rate().await;
    assert!(!ten.below_minimum_n);
    assert_eq!((ten.numerator, ten.denominator), (0, 10));
    assert!((ten.confidence - 0.95).abs() < 1e-9 && ten.lower.abs() < 1e-9 && (ten.upper - 0.2775).abs() < 1e-3);

    // Ids are unique by chance alone; the same ones elsewhere are other messages.
    assert_eq!(replies(&site, &other).await, (0, 0));
    later(&site);
    answered(&site, &other, "i1").await;
    sent(&site, &other, "m1", MessageKind::InterviewInvitation, "i9").await;
    assert_eq!(replies(&site, &tenant).await, (0, 10));
    assert_eq!(replies(&site, &other).await, (0, 1));
    site.finish().await;
}

#[tokio::test]
async fn a_report_waits_for_the_write_that_it_is_to_have_seen() {
    let site = site().await;
    let tenant = site.tenant();
    for number in 1..=20 {
        let id = format!("m{number}");
        let event = MessageSent {
            message_id: id.clone(),
            kind: MessageKind::InterviewInvitation.into(),
            interview_id: "i1".to_owned(),
            template_id: TEMPLATE.to_owned(),
            send_time: Some(timestamp(site.clock().now())),
            ..MessageSent::default()
        };
        let event_id = site.say("outreach", &tenant, &id, &event).await;
        let token = ConsistencyToken { source: "outreach".to_owned(), event_id: event_id.to_string() };
        let ask = GetTemplateReplyRatesRequest { period: None, at_least: write_token(&token) };
        let rates = reply_rates(&site, &tenant, ask).await.unwrap();
        assert_eq!(counts(rates.into_iter().map(|one| one.rate)), (0, number));
    }
    let ask = GetTemplateReplyRatesRequest { period: None, at_least: "not a token".to_owned() };
    assert_eq!(reason(&reply_rates(&site, &tenant, ask).await.unwrap_err()), "CONSISTENCY_TOKEN_INVALID");
    site.finish().await;
}
