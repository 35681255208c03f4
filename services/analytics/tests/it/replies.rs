//! How often candidates answer.

use chassis::db::write_token;
use usher_proto::{
    ats::v1::CandidateAnswer,
    eventlog::v1::ConsistencyToken,
    outreach::v1::{MessageFeature, MessageKind, ReplyIntent},
};

use super::{
    says::{Others, VERSION, sent_event},
    *,
};

#[tokio::test]
async fn an_answer_counts_in_whichever_order_the_news_arrives() {
    let site = site().await;
    let (straight, crossed) = (Others::of(&site), Others::of(&site));
    let before = site.clock().now();
    straight.sent("m1", MessageKind::InterviewInvitation, "i1", "a1").await;
    assert_eq!(replies(&site, &straight.tenant).await, (0, 1));
    later(&site);
    straight.answered("i1", "a1").await;
    crossed.answered("i1", "a1").await;
    assert_eq!(replies(&site, &crossed.tenant).await, (0, 0), "an answer alone is no rate");
    crossed.sent_at("m1", MessageKind::InterviewInvitation, "i1", "a1", before).await;
    assert_eq!(replies(&site, &straight.tenant).await, (1, 1));
    assert_eq!(replies(&site, &crossed.tenant).await, (1, 1));
    site.finish().await;
}

#[tokio::test]
async fn only_an_answer_after_the_message_counts_for_it() {
    let site = site().await;
    let others = Others::of(&site);
    let tenant = others.tenant;
    others.answered("i1", "a1").await;
    later(&site);
    others.sent("m1", MessageKind::InterviewInvitation, "i1", "a1").await;
    assert_eq!(replies(&site, &tenant).await, (0, 1), "it came before");
    later(&site);
    others.answered("another interview", "a1").await;
    assert_eq!(replies(&site, &tenant).await, (0, 1), "it answers something else");

    // A reminder that was answered shares the answer with the invitation before it, and not with one after it.
    others.sent("m2", MessageKind::InterviewReminder, "i1", "a1").await;
    later(&site);
    others.answered("i1", "a1").await;
    others.answered("i1", "a1").await;
    later(&site);
    others.sent("m3", MessageKind::InterviewReminder, "i1", "a1").await;
    others.sent("m4", MessageKind::InterviewCancelled, "i1", "a1").await;
    others.sent("m5", MessageKind::Custom, "", "a1").await;
    site.settle().await;
    let report = get_template_reply_rates(&site, &tenant, by(&[Dimension::MessageKind, Dimension::TemplateVersion]));
    assert_eq!(
        shares(&report.await.unwrap()),
        [(format!("interview_invitation {VERSION}"), (1, 1)), (format!("interview_reminder {VERSION}"), (1, 2)),]
    );
    site.finish().await;
}

#[tokio::test]
async fn a_new_time_is_asked_about_unless_the_candidate_took_it() {
    let site = site().await;
    let others = Others::of(&site);
    // Ats tells of the change before its message goes out.
    others.answers("i1", "a1", CandidateAnswer::OtherTimeTaken).await;
    later(&site);
    others.sent("m1", MessageKind::InterviewRescheduled, "i1", "a1").await;
    assert_eq!(replies(&site, &others.tenant).await, (0, 0));
    others.rescheduled("i1", "a1").await;
    later(&site);
    others.sent("m2", MessageKind::InterviewRescheduled, "i1", "a1").await;
    assert_eq!(replies(&site, &others.tenant).await, (0, 1), "the host has moved it since");
    others.sent("m3", MessageKind::InterviewRescheduled, "i2", "a2").await;
    assert_eq!(replies(&site, &others.tenant).await, (0, 2), "of which nothing else is known");
    site.finish().await;
}

#[tokio::test]
async fn a_mail_is_an_answer_and_a_program_that_writes_one_is_none() {
    let site = site().await;
    let others = Others::of(&site);
    for (message, intent) in [
        ("m1", Some(ReplyIntent::Question)),
        ("m2", Some(ReplyIntent::OutOfOffice)),
        ("m3", Some(ReplyIntent::Unsubscribe)),
        ("m4", None),
    ] {
        // A message about no application stands by itself.
        others.sent(message, MessageKind::Reactivation, "", "").await;
        later(&site);
        if let Some(intent) = intent {
            others.replied(message, "", intent).await;
        }
    }
    assert_eq!(replies(&site, &others.tenant).await, (1, 4));
    site.finish().await;
}

#[tokio::test]
async fn what_a_message_tells_is_told_apart_and_compared_with_messages_that_do_not() {
    let site = site().await;
    let others = Others::of(&site);
    for (message, score, features, answers) in [
        ("m1", 100, vec![MessageFeature::TeamIntroduction, MessageFeature::Materials], true),
        ("m2", 85, vec![MessageFeature::TeamIntroduction], true),
        ("m3", 100, vec![], false),
    ] {
        // Sent is heard of before queued, for two of three.
        if score == 100 {
            others.sent(message, MessageKind::InterviewInvitation, message, message).await;
            others.queued(message, message, score, &features).await;
        } else {
            others.queued(message, message, score, &features).await;
            others.sent(message, MessageKind::InterviewInvitation, message, message).await;
        }
        later(&site);
        if answers {
            others.answered(message, message).await;
        }
    }
    site.settle().await;
    let of =
        async |dimension| shares(&get_template_reply_rates(&site, &others.tenant, by(&[dimension])).await.unwrap());
    let features = of(Dimension::Feature).await;
    let rate = |name: &str| features.iter().find(|(row, _)| row == name).unwrap().1;
    assert_eq!((rate("team_introduction=yes"), rate("team_introduction=no")), ((2, 2), (0, 1)));
    let report = get_template_reply_rates(&site, &others.tenant, by(&[Dimension::Feature])).await.unwrap();
    assert_eq!(share(report.overall), (2, 3), "each message once");
    assert_eq!((rate("materials=yes"), rate("materials=no"), rate("calendar=no")), ((1, 1), (1, 2), (2, 3)));
    assert_eq!(of(Dimension::Clarity).await, [("100".to_owned(), (1, 2)), ("80-89".to_owned(), (1, 1))]);
    assert_eq!(of(Dimension::Template).await, [("default".to_owned(), (2, 3))]);
    let filter = pb::Filter { dimension: Dimension::Feature.into(), values: vec!["team_introduction=yes".to_owned()] };
    let query = ReportQuery { filters: vec![filter], ..by(&[Dimension::Clarity]) };
    let report = get_template_reply_rates(&site, &others.tenant, query).await.unwrap();
    assert_eq!(shares(&report), [("100".to_owned(), (1, 1)), ("80-89".to_owned(), (1, 1))]);
    site.finish().await;
}

#[tokio::test]
async fn little_data_says_that_it_is_little_and_tenants_do_not_mix() {
    let site = site().await;
    let (others, elsewhere) = (Others::of(&site), Others::of(&site));
    for number in 0..9 {
        others.sent(&format!("m{number}"), MessageKind::InterviewInvitation, "i1", "a1").await;
    }
    let rate = async || {
        site.settle().await;
        get_template_reply_rates(&site, &others.tenant, by(&[])).await.unwrap().rows[0].rate.unwrap()
    };
    assert!(rate().await.below_minimum_n);
    others.sent("m9", MessageKind::InterviewInvitation, "i1", "a1").await;
    let ten = rate().await;
    assert!(!ten.below_minimum_n);
    assert_eq!((ten.numerator, ten.denominator), (0, 10));
    assert!((ten.confidence - 0.95).abs() < 1e-9 && ten.lower.abs() < 1e-9 && (ten.upper - 0.2775).abs() < 1e-3);

    // Ids are unique by chance alone; the same ones elsewhere are other messages.
    assert_eq!(replies(&site, &elsewhere.tenant).await, (0, 0));
    later(&site);
    elsewhere.answered("i1", "a1").await;
    elsewhere.sent("m1", MessageKind::InterviewInvitation, "i9", "a9").await;
    assert_eq!(replies(&site, &others.tenant).await, (0, 10));
    assert_eq!(replies(&site, &elsewhere.tenant).await, (0, 1));
    site.finish().await;
}

#[tokio::test]
async fn a_report_waits_for_the_write_that_it_is_to_have_seen() {
    let site = site().await;
    let tenant = site.tenant();
    for number in 1..=20 {
        let message = format!("m{number}");
        let event = sent_event(&message, MessageKind::InterviewInvitation, "i1", "a1", site.clock().now());
        let event_id = site.say("outreach", &tenant, &message, &event).await;
        let token = ConsistencyToken { source: "outreach".to_owned(), event_id: event_id.to_string() };
        let query = ReportQuery { at_least: write_token(&token), ..by(&[]) };
        assert_eq!(share(get_template_reply_rates(&site, &tenant, query).await.unwrap().overall), (0, number));
    }
    let query = ReportQuery { at_least: "not a token".to_owned(), ..by(&[]) };
    let refused = get_template_reply_rates(&site, &tenant, query).await.unwrap_err();
    assert_eq!(reason(&refused), "CONSISTENCY_TOKEN_INVALID");
    site.finish().await;
}
