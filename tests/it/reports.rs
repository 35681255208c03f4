//! Reports in the browser, in the terminal and as files, over the whole suite.

use reqwest::{StatusCode, header::COOKIE};
use testkit::Site;
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{Attendance, AttendanceRecorded},
};
use usher_tests::{program::usher, suite};

async fn interviews(site: &Site, tenant: &chassis::TenantId) {
    for number in 0..30 {
        let stage = if number % 2 == 0 { "screen" } else { "<b>onsite</b>" };
        happens(site, tenant, number, stage, number % 5 == 0).await;
    }
    site.settle().await;
}

/// A stage whose interviews are all missed.
async fn late_stage(site: &Site, tenant: &chassis::TenantId) {
    for number in 100..140 {
        happens(site, tenant, number, "late_stage", true).await;
    }
    site.settle().await;
}

async fn happens(site: &Site, tenant: &chassis::TenantId, number: u128, stage: &str, is_missed: bool) {
    let event = AttendanceRecorded {
        interview_id: chassis::TenantId(uuid::Uuid::from_u128(number)).to_string().replace("tenant_", "intv_"),
        stage: stage.to_owned(),
        attendance: if is_missed { Attendance::CandidateNoShow } else { Attendance::Attended }.into(),
        start_time: Some(chassis::wire::timestamp(site.clock().now())),
        ..AttendanceRecorded::default()
    };
    site.say("ats", tenant, number, &event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_read_in_the_browser_and_in_the_terminal() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    interviews(&site, &tenant).await;
    let token = site.token(&tenant, Role::Recruiter);
    let browser = reqwest::Client::new();
    let get = async |path: &str| {
        let url = format!("{}{path}", site.http());
        let answer = browser.get(url).header(COOKIE, format!("usher_session={token}")).send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    };
    let text = async |path: &str| {
        let (status, body) = get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        String::from_utf8(body.to_vec()).unwrap()
    };
    let list = text("/reports?lang=en").await;
    assert!(
        list.contains("href=\"/reports/no_show_rate?by=stage&#38;lang=en\"") && list.contains("Load of recruiters"),
        "{list}"
    );
    let page = text("/reports/no_show_rate?lang=en&by=stage&zone=Asia%2FShanghai").await;
    for word in ["<svg", "No-show rate", "no_show_rate/2", "20.0 %", "Nothing is ranked", "&#60;b&#62;onsite"] {
        assert!(page.contains(word), "{word} in {page}");
    }
    assert!(!page.contains("<b>onsite") && !page.contains("<script"));
    assert!(text("/reports/no_show_rate?lang=zh-CN").await.contains("爽约率"));
    let page = text("/reports/no_show_rate?lang=en&by=tag").await;
    assert!(page.contains("role=\"alert\"") && page.contains("DIMENSION_STAGE"), "it says what would do: {page}");
    let page = text("/reports/no_show_rate?lang=en&start=2026-13-01").await;
    assert!(page.contains("query.period.start_date"), "{page}");
    let csv = text("/reports/no_show_rate/csv?by=stage").await;
    assert!(csv.starts_with("stage,numerator,n,rate,lower,upper,too_few,rank,count_expected"), "{csv}");
    let (_, parquet) = get("/reports/no_show_rate/parquet?by=stage").await;
    assert_eq!((&parquet[..4], &parquet[parquet.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]));
    let (status, svg) = get("/reports/no_show_rate/svg?by=stage").await;
    assert!(status == StatusCode::OK && svg.starts_with(b"<svg"));
    for unknown in ["/reports/salaries", "/reports/salaries?by=tag", "/reports/no_show_rate/pdf"] {
        assert_eq!(get(unknown).await.0, StatusCode::NOT_FOUND, "{unknown}");
    }
    let stranger = browser.get(format!("{}/reports", site.http())).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);

    let run = |more: &[&str]| {
        let target = ["--endpoint", site.grpc(), "--token", &token];
        let output = tokio::task::block_in_place(|| usher(&[&["report"], more, &target].concat(), &[]));
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, told, complaint) = run(&["no_show_rate", "--by", "stage"]);
    assert_eq!(code, Some(0), "{complaint}");
    assert!(told.contains("No-show rate") && told.contains("screen") && told.contains("20.0 %"), "{told}");
    assert!(told.contains("Nothing is ranked"), "{told}");
    let (_, told, _) = run(&["no_show_rate", "--by", "stage", "--where", "stage=screen", "--format", "csv"]);
    assert_eq!(told.lines().count(), 2, "{told}");
    let (_, told, _) = run(&[]);
    assert!(told.contains("time_to_hire"), "{told}");
    let (code, _, complaint) = run(&["no_show_rate", "--by", "salary"]);
    assert!(code == Some(1) && complaint.contains("`salary` is no dimension"), "{complaint}");
    let file = mail.path().join("report.svg");
    let (code, ..) = run(&["funnel", "--format", "svg", "--output", file.to_str().unwrap()]);
    assert!(code == Some(0) && file.exists());
    // What the figures say to do stands on top, with the way to the report that shows it.
    let run_insights = |more: &[&str]| {
        let target = ["--endpoint", site.grpc(), "--token", &token];
        let output = tokio::task::block_in_place(|| usher(&[&["insights"], more, &target].concat(), &[]));
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert!(!text("/reports?lang=en").await.contains("What they say to do"));
    let (code, told) = run_insights(&["--refresh"]);
    assert!(code == Some(0) && told.contains("Nothing can be told from luck"), "{told}");
    late_stage(&site, &tenant).await;
    let (code, told) = run_insights(&["--refresh"]);
    assert_eq!(code, Some(0));
    assert!(
        told.contains(" 1. Interviews of the stage") && told.contains("usher report no_show_rate --by stage --start "),
        "{told}"
    );
    let list = text("/reports?lang=en").await;
    assert!(list.contains("What they say to do") && list.contains("Merely observed"), "{list}");
    let href = list.split("<a href=\"").find(|part| part.starts_with("/reports/no_show_rate?start=")).unwrap();
    let href = href.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    assert!(text(&href).await.contains("late_stage"));
    assert!(text("/reports?lang=zh-CN").await.contains("爽约率比其他阶段更高"));
    site.finish().await;
}
