//! A history of real interviews comes in by the command line, and reports count it. The table is not part of the project;
//! where it is absent, the test says so.

use std::path::Path;

use chassis::TenantId;
use testkit::{Site, eventually};
use usher_proto::{
    accounts::v1::Role,
    analytics::v1::{Dimension, GetNoShowRatesRequest, Rate, ReportQuery, report_service_client::ReportServiceClient},
    ats::v1::{
        Attendance, AttendanceRecorded, ImportEnd, ImportInterviewsRequest, ImportInterviewsResponse, ImportRows,
        ImportStart, ListTasksRequest, PastInterview, UndoImportRequest, history_service_client::HistoryServiceClient,
        task_service_client::TaskServiceClient,
    },
    talent::v1::{GetCandidateRequest, ListTimelineEntriesRequest, candidate_service_client::CandidateServiceClient},
};
use usher_tests::{candidate, program::usher, suite};

/// Of the 822 interviews, four bear years that were dragged down; of the others so many came and so many did not.
const ATTENDED: i64 = 528;
const NO_SHOWS: i64 = 290;

async fn rate(site: &Site, tenant: &TenantId) -> Option<Rate> {
    site.settle().await;
    let query = ReportQuery { group_by: vec![Dimension::Stage.into()], ..ReportQuery::default() };
    let request = site.request(tenant, Role::ReadOnly, GetNoShowRatesRequest { query: Some(query) });
    let answer = ReportServiceClient::new(site.channel()).get_no_show_rates(request).await.unwrap().into_inner();
    let row = answer.report.unwrap().rows.into_iter().find(|row| row.values == ["interview"]);
    row.and_then(|row| row.rate)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_history_is_counted_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = root.join("../shared/data/interview-attendance.csv");
    if !table.exists() {
        println!("skipped: {} is not there, see its README for where it comes from", table.display());
        return;
    }
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    let mapping = root.join("tests/samples/interview-attendance.toml");
    let token = site.token(&tenant, Role::Recruiter);
    let (table, mapping) = (table.display().to_string(), mapping.display().to_string());
    let arguments =
        ["import", "interviews", &table, "--mapping", &mapping, "--endpoint", site.grpc(), "--token", &token];
    let import = |more: &[&str]| {
        let output = usher(&[arguments.as_slice(), more].concat(), &[]);
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let all = ATTENDED + NO_SHOWS;
    let told = tokio::task::block_in_place(|| import(&["--dry-run"]));
    assert!(told.contains(&format!("822 rows: {all} new, 0 unchanged, 4 rejected")), "{told}");
    assert!(rate(&site, &tenant).await.is_none(), "a dry run changes nothing");

    let told = tokio::task::block_in_place(|| import(&[]));
    assert!(told.contains(&format!("822 rows: {all} new, 0 unchanged, 4 rejected")), "{told}");
    assert!(told.contains("DATE_OUT_OF_RANGE"), "{told}");
    let told = tokio::task::block_in_place(|| import(&[]));
    assert!(told.contains(&format!("822 rows: 0 new, {all} unchanged, 4 rejected")), "{told}");
    let counted = rate(&site, &tenant).await.unwrap();
    assert_eq!((counted.numerator, counted.denominator), (NO_SHOWS, all));

    // What an import has brought goes with it; the second one has brought nothing.
    let list =
        tokio::task::block_in_place(|| usher(&["import", "list", "--endpoint", site.grpc(), "--token", &token], &[]));
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    let ids: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(ids.len() == 2 && ids.iter().all(|id| id.starts_with("hist_")), "{list}");
    let undo = |id: &str| {
        let output = usher(&["import", "undo", id, "--endpoint", site.grpc(), "--token", &token], &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let told = tokio::task::block_in_place(|| undo(ids[0]));
    assert!(told.contains("0 interviews removed"), "{told}");
    assert_eq!(rate(&site, &tenant).await.unwrap().denominator, all);
    let told = tokio::task::block_in_place(|| undo(ids[1]));
    assert!(told.contains(&format!("{all} interviews removed")), "{told}");
    assert!(rate(&site, &tenant).await.is_none(), "reports count them no more");
    let told = tokio::task::block_in_place(|| import(&[]));
    assert!(told.contains(&format!("822 rows: {all} new, 0 unchanged, 4 rejected")), "{told}");

    let heard = site.heard_of::<AttendanceRecorded>("ats", &tenant).await;
    assert!(heard.len() == 2 * usize::try_from(all).unwrap() && heard.iter().all(|one| one.historical));
    let request = site.request(&tenant, Role::Recruiter, ListTasksRequest::default());
    let tasks = TaskServiceClient::new(site.channel()).list_tasks(request).await.unwrap().into_inner().tasks;
    assert!(tasks.is_empty(), "nobody has anything to do: {tasks:?}");
    assert!(std::fs::read_dir(mail.path()).unwrap().next().is_none(), "and nobody is written to");
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_long_ago_is_told_of_a_known_person_as_of_then() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    let id = candidate(&site, &tenant, "lin.xiao@example.com").await;
    let then = site.clock().now() - chrono::TimeDelta::days(800);
    let past = |key: char, attendance: Attendance, start: chrono::DateTime<chrono::Utc>| PastInterview {
        row_key: key.to_string().repeat(64),
        candidate_id: id.clone(),
        stage: "interview".to_owned(),
        start_time: Some(chassis::wire::timestamp(start)),
        time_zone: "Asia/Shanghai".to_owned(),
        attendance: attendance.into(),
        line: i64::from(u32::from(key)),
        ..PastInterview::default()
    };
    let send = async |interviews: Vec<PastInterview>| {
        let rows = ImportRows { interviews, next_line: 1, ..ImportRows::default() };
        let parts = tokio_stream::iter([
            ImportInterviewsRequest { start: Some(ImportStart::default()), ..Default::default() },
            ImportInterviewsRequest { rows: Some(rows), ..Default::default() },
            ImportInterviewsRequest { end: Some(ImportEnd {}), ..Default::default() },
        ]);
        let request = site.request(&tenant, Role::Recruiter, parts);
        let mut answers =
            HistoryServiceClient::new(site.channel()).import_interviews(request).await.unwrap().into_inner();
        let mut last = ImportInterviewsResponse::default();
        while let Some(answer) = answers.message().await.unwrap() {
            last = answer;
        }
        last
    };
    let both = vec![past('a', Attendance::CandidateNoShow, then), past('b', Attendance::Attended, then)];
    let report = send(both.clone()).await;
    assert_eq!(report.created, 2);
    assert_eq!(send(both).await.unchanged, 2);
    let future = past('c', Attendance::Attended, site.clock().now() + chrono::TimeDelta::days(1));
    assert_eq!(send(vec![future]).await.rejected, 1);
    site.settle().await;

    let read = async || {
        let request = site.request(&tenant, Role::Recruiter, GetCandidateRequest { candidate_id: id.clone() });
        let person = CandidateServiceClient::new(site.channel()).get_candidate(request).await.unwrap().into_inner();
        person.candidate.unwrap()
    };
    let person = read().await;
    assert!(!person.tags.iter().any(|tag| tag.name == "no_show"), "it was too long ago: {:?}", person.tags);
    assert_eq!(person.last_activity_time.unwrap().seconds, then.timestamp());
    let told = async || {
        let request = ListTimelineEntriesRequest { candidate_id: id.clone(), ..Default::default() };
        let request = site.request(&tenant, Role::Recruiter, request);
        let entries = CandidateServiceClient::new(site.channel()).list_timeline_entries(request).await.unwrap();
        let entries = entries.into_inner().entries.into_iter().filter(|entry| entry.source == "ats");
        entries.map(|entry| (entry.r#type, entry.time.unwrap().seconds)).collect::<Vec<_>>()
    };
    let then = ("usher.ats.v1.AttendanceRecorded".to_owned(), then.timestamp());
    assert_eq!(told().await, [then.clone(), then]);

    // Taken back, it was never told.
    let request = UndoImportRequest { import_id: report.import_id.clone(), request_id: String::new() };
    let request = site.request(&tenant, Role::Recruiter, request);
    HistoryServiceClient::new(site.channel()).undo_import(request).await.unwrap();
    eventually("nothing is told of them any more", async || told().await.is_empty()).await;
    assert_eq!(read().await.last_activity_time, None);
    assert!(rate(&site, &tenant).await.is_none());
    site.finish().await;
}
