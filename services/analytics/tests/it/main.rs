//! Analytics through its front door: others speak, it counts.
#![expect(clippy::unwrap_used, reason = "a helper that can not do its part fails the test")]

mod conformance;
mod no_show;
mod random;
mod replies;

use std::time::Duration;

use chassis::TenantId;
use chrono::{DateTime, Utc};
use testkit::{Site, Voice};
use tonic_types::StatusExt as _;
use usher_analytics::Analytics;
use usher_proto::{
    accounts::v1::Role,
    analytics::v1::{
        GetNoShowRatesRequest, GetTemplateReplyRatesRequest, Period, Rate, StageNoShowRate, TemplateReplyRate,
        report_service_client::ReportServiceClient,
    },
    ats::v1::{Attendance, AttendanceRecorded, CandidateAnswer, InterviewAnswered, PastInterviewRemoved},
    outreach::v1::{MessageKind, MessageSent},
};

const TEMPLATE: &str = "builtin/interview_invitation/en/1";

async fn site() -> Site {
    Site::start(vec![
        Box::new(Analytics::new(outbox::Settings::default())),
        Box::new(Voice::new("ats")),
        Box::new(Voice::new("outreach")),
    ])
    .await
}

fn timestamp(time: DateTime<Utc>) -> prost_types::Timestamp {
    chassis::wire::timestamp(time)
}

/// A message went out now.
async fn sent(site: &Site, tenant: &TenantId, message: &str, kind: MessageKind, interview: &str) {
    sent_at(site, tenant, message, kind, interview, site.clock().now()).await;
}

async fn sent_at(site: &Site, tenant: &TenantId, id: &str, kind: MessageKind, interview: &str, time: DateTime<Utc>) {
    let event = MessageSent {
        message_id: id.to_owned(),
        kind: kind.into(),
        interview_id: interview.to_owned(),
        template_id: TEMPLATE.to_owned(),
        language: "en".to_owned(),
        channel: "email".to_owned(),
        send_time: Some(timestamp(time)),
        business_key: id.to_owned(),
        ..MessageSent::default()
    };
    site.say("outreach", tenant, id, &event).await;
}

/// The candidate answered now.
async fn answered(site: &Site, tenant: &TenantId, interview: &str) {
    let event = InterviewAnswered {
        interview_id: interview.to_owned(),
        answer: CandidateAnswer::Confirmed.into(),
        ..InterviewAnswered::default()
    };
    site.say("ats", tenant, interview, &event).await;
}

async fn attended(site: &Site, tenant: &TenantId, interview: &str, attendance: Attendance, start: DateTime<Utc>) {
    let event = AttendanceRecorded {
        interview_id: interview.to_owned(),
        stage: "onsite".to_owned(),
        attendance: attendance.into(),
        start_time: Some(timestamp(start)),
        ..AttendanceRecorded::default()
    };
    site.say("ats", tenant, interview, &event).await;
}

/// Time passes, so that what happens next happens after what happened so far.
fn later(site: &Site) -> DateTime<Utc> {
    site.clock().advance(Duration::from_secs(60)).unwrap()
}

fn period(from: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) -> Period {
    Period { start_time: from.map(timestamp), end_time: until.map(timestamp) }
}

async fn reply_rates(
    site: &Site,
    tenant: &TenantId,
    ask: GetTemplateReplyRatesRequest,
) -> Result<Vec<TemplateReplyRate>, tonic::Status> {
    let answer = ReportServiceClient::new(site.channel())
        .get_template_reply_rates(site.request(tenant, Role::ReadOnly, ask))
        .await?
        .into_inner();
    assert_eq!(answer.formula, "template_reply_rate/1");
    Ok(answer.rates)
}

async fn no_show_rates(
    site: &Site,
    tenant: &TenantId,
    ask: GetNoShowRatesRequest,
) -> Result<Vec<StageNoShowRate>, tonic::Status> {
    let answer = ReportServiceClient::new(site.channel())
        .get_no_show_rates(site.request(tenant, Role::ReadOnly, ask))
        .await?
        .into_inner();
    assert_eq!(answer.formula, "no_show_rate/1");
    Ok(answer.rates)
}

/// How many of how many, over all time, after everything said has been heard.
async fn replies(site: &Site, tenant: &TenantId) -> (i64, i64) {
    site.settle().await;
    counts(
        reply_rates(site, tenant, GetTemplateReplyRatesRequest::default())
            .await
            .unwrap()
            .into_iter()
            .map(|one| one.rate),
    )
}

async fn no_shows(site: &Site, tenant: &TenantId) -> (i64, i64) {
    site.settle().await;
    counts(no_show_rates(site, tenant, GetNoShowRatesRequest::default()).await.unwrap().into_iter().map(|one| one.rate))
}

fn counts(rates: impl Iterator<Item = Option<Rate>>) -> (i64, i64) {
    rates.flatten().fold((0, 0), |sum, rate| (sum.0 + rate.numerator, sum.1 + rate.denominator))
}

fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}
