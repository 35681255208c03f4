//! Reports as tables, charts and files.

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use usher_proto::{
    analytics::v1::{
        ExportFactsRequest, ExportReportRequest, FileFormat, Interval, ListReportsRequest, ShowReportRequest,
        ShowReportResponse, report_output_service_client::ReportOutputServiceClient,
    },
    ats::v1::{Attendance, OfferAnswer},
    outreach::v1::MessageKind,
    talent::v1::{CampaignArm, CampaignOutcome},
};

use super::{
    says::{Others, id},
    *,
};

const REPORTS: [&str; 12] = [
    "template_reply_rate",
    "tag_activation_rate",
    "no_show_rate",
    "no_show_causes",
    "time_to_hire",
    "time_to_fill",
    "funnel",
    "source_quality",
    "recruiter_load",
    "employer_silence",
    "offer_acceptance",
    "campaign_lift",
];

/// Something that every report counts.
async fn something(others: &Others<'_>) {
    others.job_opened("j", 2).await;
    for number in 0..15 {
        let application = format!("a{number}");
        others.applied(&application, "j", if number % 2 == 0 { "=referral" } else { "board" }, "screen").await;
        others.queued(&application, &application, 100, &[]).await;
        others.sent(&application, MessageKind::InterviewInvitation, &application, &application).await;
        let who = if number % 3 == 0 { Attendance::CandidateNoShow } else { Attendance::Attended };
        others.attended(&application, &application, who, others.site.clock().now()).await;
        let arm = if number < 8 { CampaignArm::Treatment } else { CampaignArm::Holdout };
        others.assigned("c", &application, arm, &["new"]).await;
    }
    others.came_back("c", "a0", CampaignOutcome::Answered).await;
    others.silent("a1", "screen").await;
    others.offered("o", "a1").await;
    others.offer_answered("o", "a1", OfferAnswer::Accepted).await;
    others.site.clock().advance(Duration::from_secs(9 * 86_400)).unwrap();
    others.hired("a1", "j").await;
    others.task("t", &id("user", "ann")).await;
    others.site.settle().await;
}

fn output(site: &Site) -> ReportOutputServiceClient<tonic::transport::Channel> {
    ReportOutputServiceClient::new(site.channel())
}

async fn show(site: &Site, tenant: &TenantId, name: &str, query: ReportQuery, language: &str) -> ShowReportResponse {
    let request = ShowReportRequest { name: name.to_owned(), query: Some(query), language: language.to_owned() };
    output(site).show_report(site.request(tenant, Role::ReadOnly, request)).await.unwrap().into_inner()
}

async fn export(
    site: &Site,
    tenant: &TenantId,
    name: &str,
    query: ReportQuery,
    format: FileFormat,
) -> (String, Vec<u8>) {
    let request = ExportReportRequest {
        name: name.to_owned(),
        query: Some(query),
        format: format.into(),
        language: String::new(),
    };
    let answer = output(site).export_report(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    let mut pieces = answer.into_inner();
    let (mut media_type, mut bytes) = (String::new(), Vec::new());
    while let Some(piece) = pieces.message().await.unwrap() {
        media_type.push_str(&piece.media_type);
        bytes.extend(piece.chunk);
    }
    (media_type, bytes)
}

#[tokio::test]
async fn every_report_is_a_table_a_chart_and_a_file_of_the_same_figures() {
    let site = site().await;
    let others = Others::of(&site);
    something(&others).await;
    let tenant = &others.tenant;
    let listed = output(&site).list_reports(site.request(tenant, Role::ReadOnly, ListReportsRequest {})).await;
    let listed = listed.unwrap().into_inner().reports;
    assert_eq!(listed.iter().map(|report| report.name.as_str()).collect::<Vec<_>>(), REPORTS);
    for report in listed {
        let query = ReportQuery { group_by: report.dimensions.iter().take(1).copied().collect(), ..by(&[]) };
        for language in ["en", "zh-CN"] {
            let shown = show(&site, tenant, &report.name, query.clone(), language).await;
            assert!(!shown.rows.is_empty(), "{}", report.name);
            assert!(shown.rows.iter().all(|row| row.cells.len() == shown.columns.len()), "{}", report.name);
            assert_eq!(shown.description.as_ref(), Some(&report));
            let is_drawn = report.name != "recruiter_load";
            assert_eq!(shown.svg.starts_with("<svg"), is_drawn, "{}", report.name);
            assert!(!shown.svg.contains("NaN") && !shown.svg.contains("<script"), "{}", report.name);
        }
        let (media_type, csv) = export(&site, tenant, &report.name, query.clone(), FileFormat::Csv).await;
        assert!(media_type.starts_with("text/csv"));
        let shown = show(&site, tenant, &report.name, query.clone(), "").await;
        let csv = String::from_utf8(csv).unwrap();
        assert_eq!(csv.split("\r\n").next().unwrap().split(',').count(), shown.columns.len());
        assert_eq!(csv.matches("\r\n").count(), shown.rows.len() + 1, "{}", report.name);
        let (_, parquet) = export(&site, tenant, &report.name, query.clone(), FileFormat::Parquet).await;
        let reader = SerializedFileReader::new(bytes::Bytes::from(parquet)).unwrap();
        assert_eq!(reader.get_row_iter(None).unwrap().count(), shown.rows.len(), "{}", report.name);
        // Where nothing was counted, a file has the same columns.
        let nobody = site.tenant();
        let (_, empty) = export(&site, &nobody, &report.name, query.clone(), FileFormat::Csv).await;
        assert_eq!(csv.split_inclusive("\r\n").next().unwrap(), String::from_utf8(empty).unwrap(), "{}", report.name);
        let (media_type, svg) = export(&site, tenant, &report.name, query, FileFormat::Svg).await;
        assert_eq!((media_type.as_str(), String::from_utf8(svg).unwrap()), ("image/svg+xml", shown.svg));
    }
    // What a spreadsheet would take for a formula is text.
    let (_, csv) = export(&site, tenant, "source_quality", by(&[Dimension::Source]), FileFormat::Csv).await;
    assert!(String::from_utf8(csv).unwrap().contains("'=referral,8"));
    site.finish().await;
}

#[tokio::test]
async fn a_report_that_refuses_to_rank_says_so_in_both_languages() {
    let site = site().await;
    let others = Others::of(&site);
    for (source, away) in [("agency", 4), ("board", 7)] {
        for number in 0..20 {
            let application = format!("{source}{number}");
            others.applied(&application, "j", source, "screen").await;
            let who = if number < away { Attendance::CandidateNoShow } else { Attendance::Attended };
            others.attended(&application, &application, who, site.clock().now()).await;
        }
    }
    site.settle().await;
    let query = by(&[Dimension::Source]);
    let english = show(&site, &others.tenant, "no_show_rate", query.clone(), "en").await;
    assert!(
        english.notes[0].starts_with("Nothing is ranked: the intervals of the 2 groups overlap"),
        "{:?}",
        english.notes
    );
    let chinese = show(&site, &others.tenant, "no_show_rate", query, "zh-CN").await;
    assert!(chinese.notes[0].starts_with("不排名：这 2 组的区间互相重叠"), "{:?}", chinese.notes);
    let months = ReportQuery {
        period: Some(days("2020-01-01", "2030-01-01", "Asia/Shanghai")),
        interval: Interval::Year.into(),
        ..by(&[])
    };
    let trend = show(&site, &others.tenant, "no_show_rate", months, "en").await;
    assert!(trend.svg.contains("-01-01"), "parts of the period are points of a line");
    site.finish().await;
}

#[tokio::test]
async fn facts_leave_as_they_were_taken_down_and_name_nobody() {
    let site = site().await;
    let others = Others::of(&site);
    something(&others).await;
    let request = ExportFactsRequest { period: None, format: FileFormat::Csv.into() };
    let mut pieces =
        output(&site).export_facts(site.request(&others.tenant, Role::Admin, request)).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await.unwrap() {
        bytes.extend(piece.chunk);
    }
    let text = String::from_utf8(bytes).unwrap();
    let mut tx = site.db("analytics").begin(&chassis::TenantCtx::service(others.tenant, "test")).await.unwrap();
    let facts: i64 = sqlx::query_scalar("SELECT count(*) FROM facts").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(i64::try_from(text.matches("\r\n").count()).unwrap(), facts + 1);
    assert!(text.starts_with("root,event_id,kind,time,subject,about,position"), "{}", &text[..100]);
    for number in 0..15 {
        assert!(!text.contains(&id("cand", &format!("a{number}"))));
    }
    // Nobody but those who answer for the tenant takes all of it.
    let request = ExportFactsRequest { period: None, format: FileFormat::Csv.into() };
    let refused = output(&site).export_facts(site.request(&others.tenant, Role::Recruiter, request)).await;
    assert_eq!(refused.err().unwrap().code(), tonic::Code::PermissionDenied);
    let unknown = ShowReportRequest { name: "salaries".to_owned(), ..ShowReportRequest::default() };
    let refused = output(&site).show_report(site.request(&others.tenant, Role::ReadOnly, unknown)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (tonic::Code::NotFound, "REPORT_UNKNOWN"));
    site.finish().await;
}
