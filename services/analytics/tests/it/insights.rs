//! What is found in all comparisons together, and withdrawn again.

use chrono::TimeDelta;
use testkit::eventually;
use usher_proto::{
    analytics::v1::{
        Insight, InsightAction, InsightDesign, InsightKind, InsightState, InsightWithdrawal, ListInsightsRequest,
        ListInsightsResponse, RefreshInsightsRequest, insight_service_client::InsightServiceClient,
    },
    ats::v1::Attendance,
    outreach::v1::{MessageFeature, MessageKind},
    talent::v1::{CampaignArm, CampaignOutcome},
};

use super::{
    says::{Others, id},
    *,
};

fn service(site: &Site) -> InsightServiceClient<tonic::transport::Channel> {
    InsightServiceClient::new(site.channel())
}

/// What a pass finds now, and how much it compared.
async fn look(others: &Others<'_>) -> (Vec<Insight>, i32) {
    others.site.settle().await;
    let request = others.site.request(&others.tenant, Role::Recruiter, RefreshInsightsRequest::default());
    let found = service(others.site).refresh_insights(request).await.unwrap().into_inner();
    (found.insights, found.comparisons)
}

async fn list(others: &Others<'_>) -> ListInsightsResponse {
    let request = others.site.request(&others.tenant, Role::ReadOnly, ListInsightsRequest { show_withdrawn: true });
    service(others.site).list_insights(request).await.unwrap().into_inner()
}

fn pass(site: &Site, days: u64) {
    site.clock().advance(Duration::from_secs(days * 24 * 3_600)).unwrap();
}

/// Invitations from one number to the other; of each ten with the team introduction so many are answered, and of each ten without.
async fn invitations(others: &Others<'_>, numbers: std::ops::Range<usize>, with: usize, without: usize) {
    for number in numbers.clone() {
        let name = format!("m{number}");
        let features: &[MessageFeature] = if number % 2 == 0 { &[MessageFeature::TeamIntroduction] } else { &[] };
        others.queued(&name, &name, 100, features).await;
        others.sent(&name, MessageKind::InterviewInvitation, &name, &name).await;
    }
    later(others.site);
    for number in numbers {
        let name = format!("m{number}");
        if number / 2 % 10 < if number % 2 == 0 { with } else { without } {
            others.answered(&name, &name).await;
        }
    }
}

#[tokio::test]
async fn what_shows_is_proposed_with_its_evidence_and_withdrawn_when_it_shows_no_more() {
    let site = site().await;
    let (others, elsewhere) = (Others::of(&site), Others::of(&site));
    invitations(&others, 0..120, 7, 3).await;
    assert_eq!(look(&others).await.0, [], "who was written to this week has not had time to answer");
    pass(&site, 8);
    let (found, comparisons) = look(&others).await;
    assert_eq!(comparisons, 1);
    let [insight] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((insight.kind(), insight.state()), (InsightKind::MessageFeature, InsightState::Holding));
    assert_eq!((insight.value.as_str(), insight.within.as_str()), ("team_introduction=yes", "interview_invitation"));
    assert_eq!((share(insight.rate), share(insight.other_rate), insight.n), ((42, 60), (18, 60), 120));
    let difference = insight.difference.unwrap();
    assert!((difference.value - 0.4).abs() < 1e-9 && difference.lower > 0.2 && difference.upper < 0.6, "{insight:?}");
    assert!(insight.p_value < 1e-4 && (insight.p_value - insight.q_value).abs() < 1e-12);
    assert!((insight.confidence - 0.95).abs() < 1e-9 && insight.other_value == "team_introduction=no");
    assert_eq!(
        (insight.design(), insight.action()),
        (InsightDesign::Observed, InsightAction::TryInExperiment),
        "it may be the team's interviews and not the words"
    );
    assert!(insight.sentence.contains("+40.0 points") && insight.sentence.contains("observed"), "{insight:?}");
    assert!(insight.sentence_zh.contains("团队介绍") && !insight.advice_zh.is_empty());

    // The question behind it shows the same figures.
    assert_eq!(insight.report, "template_reply_rate");
    let report = get_template_reply_rates(&site, &others.tenant, insight.query.clone().unwrap()).await.unwrap();
    let row = |feature: &str| {
        let row = report.rows.iter().find(|row| row.values == ["interview_invitation", feature]).unwrap();
        share(row.rate)
    };
    assert_eq!((row("team_introduction=yes"), row("team_introduction=no")), ((42, 60), (18, 60)));
    assert_eq!(list(&elsewhere).await.insights, [], "tenants do not mix");

    // What goes on to show stays the same finding.
    pass(&site, 1);
    let (found, _) = look(&others).await;
    assert_eq!((found.len(), &found[0].insight_id), (1, &insight.insight_id));
    assert!(found[0].confirm_time.unwrap().seconds > found[0].create_time.unwrap().seconds);
    // More messages, of which it is the other way round: nothing is left of it.
    invitations(&others, 120..240, 3, 7).await;
    pass(&site, 8);
    assert_eq!(look(&others).await.0, []);
    let listed = list(&others).await;
    let [withdrawn] = listed.insights.as_slice() else { panic!("{listed:?}") };
    assert_eq!(withdrawn.insight_id, insight.insight_id);
    assert_eq!((withdrawn.state(), withdrawn.withdrawal()), (InsightState::Withdrawn, InsightWithdrawal::NotShown));
    assert!(withdrawn.withdraw_time.is_some() && listed.look_time == withdrawn.withdraw_time);
    site.finish().await;
}

#[tokio::test]
async fn groups_that_were_drawn_are_told_from_what_was_merely_seen_and_go_first() {
    let site = site().await;
    let others = Others::of(&site);
    for number in 0..160 {
        let person = format!("p{number}");
        let is_treated = number < 120;
        let arm = if is_treated { CampaignArm::Treatment } else { CampaignArm::Holdout };
        let is_fresh = number % 2 == 0;
        others.assigned("c", &person, arm, if is_fresh { &["recently_updated"] } else { &[] }).await;
        if is_treated && (is_fresh || number % 10 == 1) {
            others.came_back("c", &person, CampaignOutcome::Answered).await;
        }
        if number % 12 == 0 && !is_treated {
            others.came_back("c", &person, CampaignOutcome::Applied).await;
        }
    }
    pass(&site, 31);
    let (found, comparisons) = look(&others).await;
    let [lift, tag] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(comparisons, 2);
    assert_eq!((lift.kind(), lift.design()), (InsightKind::CampaignLift, InsightDesign::Randomized));
    assert_eq!((lift.within.clone(), lift.action()), (id("camp", "c"), InsightAction::RepeatCampaign));
    assert_eq!((share(lift.rate), share(lift.other_rate)), ((72, 120), (4, 40)));
    assert!(lift.sentence.contains("drawn at random"), "{lift:?}");
    let report = get_campaign_lift(&site, &others.tenant, lift.query.clone().unwrap()).await.unwrap();
    assert_eq!((report.rows.len(), share(report.rows[0].treatment)), (1, (72, 120)));
    assert_eq!((tag.kind(), tag.value.as_str()), (InsightKind::TagActivation, "status/recently_updated"));
    assert_eq!((share(tag.rate), share(tag.other_rate)), ((60, 60), (12, 60)), "of those who were written to");
    assert_eq!((tag.design(), tag.action()), (InsightDesign::Observed, InsightAction::FavorTag));
    let ratio = tag.ratio.unwrap();
    assert!((ratio.value - 5.0).abs() < 1e-9 && ratio.lower > 2.5 && tag.sentence.contains("5.0 times"), "{tag:?}");
    site.finish().await;
}

#[tokio::test]
async fn every_night_a_pass_looks_by_itself_and_what_is_long_past_is_withdrawn() {
    let site = site().await;
    let others = Others::of(&site);
    let start = site.clock().now();
    for number in 0..120 {
        let name = format!("i{number}");
        let is_known = number % 2 == 0;
        others.applied(&name, "j", if is_known { "referral" } else { "job_board" }, "screen").await;
        others.scheduled(&name, &name, start).await;
        let is_missed = if is_known { number % 20 == 0 } else { number % 3 == 0 };
        let who = if is_missed { Attendance::CandidateNoShow } else { Attendance::Attended };
        others.attended(&name, &name, who, start).await;
    }
    site.settle().await;
    assert_eq!(list(&others).await, ListInsightsResponse::default(), "nobody has looked");
    pass(&site, 1);
    eventually("a pass has looked", async || list(&others).await.look_time.is_some()).await;
    let listed = list(&others).await;
    let [insight] = listed.insights.as_slice() else { panic!("{listed:?}") };
    assert_eq!((insight.kind(), insight.value.as_str()), (InsightKind::NoShowSource, "job_board"));
    assert_eq!((share(insight.rate), share(insight.other_rate)), ((20, 60), (6, 60)));
    assert_eq!(insight.action(), InsightAction::ReviewSource);
    // Nothing more is heard of the tenant, and half a year later there is nothing to compare.
    site.clock().advance(TimeDelta::days(200).to_std().unwrap()).unwrap();
    eventually("it is withdrawn", async || list(&others).await.insights[0].withdraw_time.is_some()).await;
    assert_eq!(list(&others).await.insights[0].withdrawal(), InsightWithdrawal::NotEnough);
    site.finish().await;
}

#[tokio::test]
async fn where_nothing_differs_nothing_is_found() {
    let site = site().await;
    let others = Others::of(&site);
    invitations(&others, 0..80, 5, 5).await;
    pass(&site, 8);
    assert_eq!(look(&others).await, (Vec::new(), 1));
    let refused = site.request(&others.tenant, Role::ReadOnly, RefreshInsightsRequest::default());
    let refused = service(&site).refresh_insights(refused).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    site.finish().await;
}
