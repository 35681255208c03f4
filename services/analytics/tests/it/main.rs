//! Analytics through its front door: others speak, it counts.
#![expect(clippy::unwrap_used, reason = "a helper that can not do its part fails the test")]

mod by_hand;
mod conformance;
mod erasure;
mod insights;
mod lift;
mod no_show;
mod questions;
mod random;
mod rebuild;
mod replies;
mod risk;
mod says;
mod ways_out;

use std::time::Duration;

use chassis::TenantId;
use chrono::{DateTime, Utc};
use testkit::{Site, Voice};
use tonic_types::StatusExt as _;
use usher_analytics::Analytics;
use usher_proto::{
    accounts::v1::Role,
    analytics::v1::{
        self as pb, Dimension, Period, Rate, RateReport, ReportQuery, report_service_client::ReportServiceClient,
    },
};

async fn site() -> Site {
    Site::start(vec![
        Box::new(Analytics::new(outbox::Settings::default())),
        Box::new(Voice::new("ats")),
        Box::new(Voice::new("outreach")),
        Box::new(Voice::new("talent")),
    ])
    .await
}

fn timestamp(time: DateTime<Utc>) -> prost_types::Timestamp {
    chassis::wire::timestamp(time)
}

/// Time passes, so that what happens next happens after what happened so far.
fn later(site: &Site) -> DateTime<Utc> {
    site.clock().advance(Duration::from_secs(60)).unwrap()
}

fn by(dimensions: &[Dimension]) -> ReportQuery {
    ReportQuery { group_by: dimensions.iter().map(|one| (*one).into()).collect(), ..ReportQuery::default() }
}

fn days(start: &str, end: &str, zone: &str) -> Period {
    Period { start_date: start.to_owned(), end_date: end.to_owned(), time_zone: zone.to_owned(), ..Period::default() }
}

/// One RPC as a function of the query.
macro_rules! ask {
    ($($name:ident: $request:ident -> $report:ident;)+) => {$(
        async fn $name(site: &Site, tenant: &TenantId, query: ReportQuery) -> Result<pb::$report, tonic::Status> {
            let request = site.request(tenant, Role::ReadOnly, pb::$request { query: Some(query) });
            Ok(ReportServiceClient::new(site.channel()).$name(request).await?.into_inner().report.unwrap())
        }
    )+};
}

ask! {
    get_template_reply_rates: GetTemplateReplyRatesRequest -> RateReport;
    get_tag_activation_rates: GetTagActivationRatesRequest -> RateReport;
    get_no_show_rates: GetNoShowRatesRequest -> RateReport;
    get_no_show_causes: GetNoShowCausesRequest -> RateReport;
    get_time_to_hire: GetTimeToHireRequest -> DurationReport;
    get_time_to_fill: GetTimeToFillRequest -> DurationReport;
    get_funnel: GetFunnelRequest -> FunnelReport;
    get_source_quality: GetSourceQualityRequest -> SourceReport;
    get_recruiter_load: GetRecruiterLoadRequest -> LoadReport;
    get_employer_silence: GetEmployerSilenceRequest -> RateReport;
    get_offer_acceptance: GetOfferAcceptanceRequest -> RateReport;
    get_campaign_lift: GetCampaignLiftRequest -> LiftReport;
}

fn share(rate: Option<Rate>) -> (i64, i64) {
    rate.map(|rate| (rate.numerator, rate.denominator)).unwrap()
}

/// How many of how many by the values of their groups, in the order in which they are given.
fn shares(report: &RateReport) -> Vec<(String, (i64, i64))> {
    report.rows.iter().map(|row| (row.values.join(" "), share(row.rate))).collect()
}

/// How many of how many, over all time, after everything said has been heard.
async fn replies(site: &Site, tenant: &TenantId) -> (i64, i64) {
    site.settle().await;
    share(get_template_reply_rates(site, tenant, by(&[])).await.unwrap().overall)
}

async fn no_shows(site: &Site, tenant: &TenantId) -> (i64, i64) {
    site.settle().await;
    share(get_no_show_rates(site, tenant, by(&[])).await.unwrap().overall)
}

fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

fn field(status: &tonic::Status) -> String {
    let details = status.get_error_details();
    details.bad_request().and_then(|bad| bad.field_violations.first()).map(|one| one.field.clone()).unwrap_or_default()
}
