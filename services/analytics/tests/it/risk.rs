//! How likely people are to miss their interviews: from general priors at first, then from what a tenant has seen itself.

use chrono::TimeDelta;
use testkit::eventually;
use usher_proto::{
    analytics::v1::{
        BatchGetNoShowRisksRequest, GetRiskModelRequest, GetRiskModelResponse, NoShowRisk, RiskBasis, RiskSupport,
        TrainRiskModelRequest, risk_service_client::RiskServiceClient,
    },
    ats::v1::Attendance,
    outreach::v1::MessageKind,
};

use super::{
    says::{Others, id},
    *,
};

fn service(site: &Site) -> RiskServiceClient<tonic::transport::Channel> {
    RiskServiceClient::new(site.channel())
}

async fn risks(site: &Site, tenant: &TenantId, interviews: &[&str]) -> Vec<NoShowRisk> {
    site.settle().await;
    let interview_ids = interviews.iter().map(|interview| id("intv", interview)).collect();
    let request = BatchGetNoShowRisksRequest { interview_ids, at_least: String::new() };
    service(site)
        .batch_get_no_show_risks(site.request(tenant, Role::Recruiter, request))
        .await
        .unwrap()
        .into_inner()
        .risks
}

async fn model(site: &Site, tenant: &TenantId) -> GetRiskModelResponse {
    let request = site.request(tenant, Role::ReadOnly, GetRiskModelRequest::default());
    service(site).get_risk_model(request).await.unwrap().into_inner()
}

/// An interview from its invitation until it is known who came: whoever confirms comes nine times of ten, and of the others
/// every second one.
async fn past(others: &Others<'_>, number: u32) {
    let name = format!("past{number}");
    let start = others.site.clock().now() + TimeDelta::days(3);
    others.applied(&name, "j", "referral", "screen").await;
    others.scheduled(&name, &name, start).await;
    others.sent(&name, MessageKind::InterviewInvitation, &name, &name).await;
    let confirms = number.is_multiple_of(2);
    if confirms {
        others.answered(&name, &name).await;
    }
    let stays_away = if confirms { number.is_multiple_of(20) } else { number % 4 == 1 };
    others.site.clock().advance(Duration::from_secs(4 * 3_600)).unwrap();
    let who = if stays_away { Attendance::CandidateNoShow } else { Attendance::Attended };
    others.attended(&name, &name, who, start).await;
}

#[tokio::test]
async fn a_model_learns_from_the_tenants_own_history_and_says_what_it_rests_on() {
    let site = site().await;
    let (others, young) = (Others::of(&site), Others::of(&site));
    let before = model(&site, &others.tenant).await;
    assert_eq!((before.version, before.basis()), (0, RiskBasis::GeneralPriors));
    assert!(before.card.contains("gender") && before.card.contains("never"), "{}", before.card);
    for number in 0..240 {
        past(&others, number).await;
    }
    site.settle().await;
    // It has learned now and then by itself meanwhile; the last ones are learned of because somebody asks.
    let request = site.request(&others.tenant, Role::Owner, TrainRiskModelRequest {});
    service(&site).train_risk_model(request).await.unwrap();
    eventually("the model has learned", async || model(&site, &others.tenant).await.interviews == 240).await;
    let learned = model(&site, &others.tenant).await;
    assert_eq!(learned.no_shows, 72);
    assert_eq!(learned.basis(), RiskBasis::OwnHistory, "{}", learned.card);
    assert!(learned.brier.unwrap() < learned.base_brier.unwrap());
    assert!(learned.svg.starts_with("<svg"));

    let start = site.clock().now() + TimeDelta::days(3);
    for (interview, confirms) in [("quiet", false), ("sure", true), ("off", false)] {
        for one in [&others, &young] {
            one.applied(interview, "j", "referral", "screen").await;
            one.scheduled(interview, interview, start).await;
            one.sent(interview, MessageKind::InterviewInvitation, interview, interview).await;
            if confirms {
                one.answered(interview, interview).await;
            }
        }
    }
    others.attended("off", "off", Attendance::Attended, start).await;
    let found = risks(&site, &others.tenant, &["quiet", "sure", "off", "nobody's"]).await;
    assert_eq!(
        found.iter().map(|risk| risk.interview_id.clone()).collect::<Vec<_>>(),
        [id("intv", "quiet"), id("intv", "sure")]
    );
    let (quiet, sure) = (&found[0], &found[1]);
    assert!(quiet.probability > 0.3 && sure.probability < 0.2, "{found:?}");
    assert!(quiet.lower < quiet.probability && quiet.probability < quiet.upper);
    // It may have learned once more by itself meanwhile.
    let now = model(&site, &others.tenant).await;
    assert!((learned.version..=now.version).contains(&quiet.model_version), "{learned:?} {now:?} {quiet:?}");
    assert_eq!(quiet.basis(), RiskBasis::OwnHistory);
    assert!(
        quiet.reasons.iter().any(|reason| reason.topic == "answer to the invitation" && reason.contribution > 0.0),
        "{quiet:?}"
    );
    assert!(quiet.supports().any(|support| support == RiskSupport::AskForConfirmation));
    assert!(!sure.supports().any(|support| support == RiskSupport::AskForConfirmation));

    // Who has seen nothing yet is told what general priors say, and that it is that.
    let found = risks(&site, &young.tenant, &["quiet"]).await;
    assert_eq!((found[0].model_version, found[0].basis()), (0, RiskBasis::GeneralPriors));
    site.finish().await;
}

#[tokio::test]
async fn a_model_learns_by_itself_some_hours_after_it_is_known_who_came() {
    let site = site().await;
    let others = Others::of(&site);
    others.attended("i", "a", Attendance::Attended, site.clock().now()).await;
    site.settle().await;
    assert_eq!(model(&site, &others.tenant).await.version, 0);
    site.clock().advance(Duration::from_secs(7 * 3_600)).unwrap();
    eventually("the model has learned", async || model(&site, &others.tenant).await.version == 1).await;
    let learned = model(&site, &others.tenant).await;
    assert_eq!((learned.interviews, learned.basis()), (1, RiskBasis::GeneralPriors));
    site.finish().await;
}
