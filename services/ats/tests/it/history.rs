//! Files of past interviews: rows that can not be taken, going on where one stood, and taking one back.

use std::collections::BTreeSet;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use usher_proto::ats::v1::{
    Attendance, AttendanceRecorded, GetImportRequest, Import, ImportEnd, ImportInterviewsRequest,
    ImportInterviewsResponse, ImportResume, ImportRows, ImportStart, ImportState, ListImportErrorsRequest,
    ListImportsRequest, PastInterview, PastInterviewRemoved, RowError, UndoImportRequest,
    history_service_client::HistoryServiceClient,
};

use super::{erased::erase, *};

/// SHA-256 of some file.
const FINGERPRINT: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn service(site: &Site) -> HistoryServiceClient<Channel> {
    HistoryServiceClient::new(site.channel())
}

/// Of the row on that line of a file.
pub(super) fn past(site: &Site, line: i64, candidate: &str) -> PastInterview {
    PastInterview {
        row_key: format!("{line:064x}"),
        candidate_id: candidate.to_owned(),
        stage: "interview".to_owned(),
        start_time: stamp(later(site, -1_000)),
        time_zone: "Asia/Shanghai".to_owned(),
        attendance: Attendance::Attended.into(),
        line,
        ..PastInterview::default()
    }
}

/// Rows that end their file after so many bytes for each line.
pub(super) fn rows(interviews: Vec<PastInterview>) -> ImportRows {
    let next_line = interviews.last().unwrap().line + 1;
    ImportRows { interviews, errors: Vec::new(), position: next_line * 10, next_line }
}

/// Rows of a file that nobody is named in.
fn lines(site: &Site, lines: std::ops::Range<i64>) -> ImportRows {
    rows(lines.map(|line| past(site, line, "")).collect())
}

fn message(rows: ImportRows) -> ImportInterviewsRequest {
    ImportInterviewsRequest { rows: Some(rows), ..ImportInterviewsRequest::default() }
}

fn begin(start: ImportStart) -> ImportInterviewsRequest {
    ImportInterviewsRequest { start: Some(start), ..ImportInterviewsRequest::default() }
}

/// Sends a file that is whole, or else breaks off; the last report, with every row that was refused.
async fn send(
    site: &Site,
    tenant: &TenantId,
    start: ImportStart,
    parts: Vec<ImportRows>,
    is_whole: bool,
) -> Result<ImportInterviewsResponse, Status> {
    let end = ImportInterviewsRequest { end: Some(ImportEnd {}), ..ImportInterviewsRequest::default() };
    let messages: Vec<_> =
        [begin(start)].into_iter().chain(parts.into_iter().map(message)).chain(is_whole.then_some(end)).collect();
    let request = site.request(tenant, Role::Recruiter, futures::stream::iter(messages));
    let mut answers = service(site).import_interviews(request).await?.into_inner();
    let (mut last, mut errors) = (ImportInterviewsResponse::default(), Vec::new());
    while let Some(answer) = answers.message().await? {
        errors.extend(answer.errors.clone());
        last = answer;
    }
    Ok(ImportInterviewsResponse { errors, ..last })
}

pub(super) async fn import(site: &Site, tenant: &TenantId, parts: Vec<ImportRows>) -> ImportInterviewsResponse {
    send(site, tenant, ImportStart::default(), parts, true).await.unwrap()
}

fn counts(report: &ImportInterviewsResponse) -> (i64, i64, i64, i64) {
    (report.rows_read, report.created, report.unchanged, report.rejected)
}

async fn read(site: &Site, tenant: &TenantId, import: &str) -> Import {
    let request = GetImportRequest { import_id: import.to_owned() };
    let answer = service(site).get_import(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    answer.into_inner().import.unwrap()
}

async fn ask_undo(site: &Site, tenant: &TenantId, import: &str) -> Result<(), Status> {
    let request = UndoImportRequest { import_id: import.to_owned(), request_id: String::new() };
    service(site).undo_import(site.request(tenant, Role::Recruiter, request)).await.map(drop)
}

async fn undone(site: &Site, tenant: &TenantId, import: &str) -> Import {
    eventually("the import is undone", async || read(site, tenant, import).await.state() == ImportState::Undone).await;
    read(site, tenant, import).await
}

#[tokio::test]
async fn a_row_that_can_not_be_taken_is_told_and_the_others_go_in() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) = (id("cand"), id("cand"));
    erase(&site, &tenant, &bob).await.unwrap();
    let future = PastInterview { start_time: stamp(later(&site, 1)), ..past(&site, 4, "") };
    let nowhere = PastInterview { time_zone: "Asia/Atlantis".to_owned(), ..past(&site, 5, "") };
    let interviews =
        vec![past(&site, 2, &ann), past(&site, 3, &bob), future, nowhere, past(&site, 6, "Ann"), past(&site, 8, "")];
    let unread =
        RowError { line: 7, reason: "DATE_INVALID".to_owned(), field: "start".to_owned(), ..RowError::default() };
    let file = ImportRows { errors: vec![unread], ..rows(interviews) };
    let expected = [
        (3, "candidate_id", "CANDIDATE_ERASED"),
        (4, "start_time", "HISTORY_IN_FUTURE"),
        (5, "time_zone", "TIME_ZONE_UNKNOWN"),
        (6, "candidate_id", "CANDIDATE_ID_INVALID"),
        (7, "start", "DATE_INVALID"),
    ];
    let told = |errors: &[RowError]| {
        let one = |error: &RowError| (error.line, error.field.clone(), error.reason.clone());
        errors.iter().map(one).collect::<Vec<_>>()
    };
    let expected = expected.map(|(line, field, reason)| (line, field.to_owned(), reason.to_owned()));

    let dry = ImportStart { dry_run: true, ..ImportStart::default() };
    let report = send(&site, &tenant, dry, vec![file.clone(), file.clone()], true).await.unwrap();
    assert_eq!((counts(&report), report.import_id.as_str()), ((14, 2, 2, 10), ""));
    assert!(site.heard_of::<AttendanceRecorded>("ats", &tenant).await.is_empty(), "nothing has changed");
    let report = import(&site, &tenant, vec![file.clone()]).await;
    assert_eq!((counts(&report), told(&report.errors)), ((7, 2, 0, 5), expected.to_vec()));
    assert!(!format!("{report:?}").contains(&bob));
    let heard = site.heard_of::<AttendanceRecorded>("ats", &tenant).await;
    assert!(heard.len() == 2 && heard.iter().all(|said| said.historical && [&ann, ""].contains(&&*said.candidate_id)));

    let (mut kept, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListImportErrorsRequest { import_id: report.import_id.clone(), page_size: 2, page_token };
        let request = site.request(&tenant, Role::ReadOnly, request);
        let page = service(&site).list_import_errors(request).await.unwrap().into_inner();
        kept.extend(page.errors);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(kept, report.errors);
    assert_eq!(counts(&import(&site, &tenant, vec![file]).await), (7, 0, 2, 5));
    site.finish().await;
}

#[tokio::test]
async fn a_dry_run_is_in_nobodys_way_and_knows_what_it_would_have_taken() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("cand");
    let (parts, stream) = mpsc::channel(8);
    parts.send(begin(ImportStart { dry_run: true, ..ImportStart::default() })).await.unwrap();
    parts.send(message(rows(vec![past(&site, 2, &ann), past(&site, 3, "")]))).await.unwrap();
    let request = site.request(&tenant, Role::Recruiter, ReceiverStream::new(stream));
    let mut answers = service(&site).import_interviews(request).await.unwrap().into_inner();
    assert_eq!(counts(&answers.message().await.unwrap().unwrap()), (2, 2, 0, 0));

    // While it waits for more, others bring its rows and forget whom it names.
    assert_eq!(counts(&import(&site, &tenant, vec![lines(&site, 3..5)]).await), (2, 2, 0, 0));
    erase(&site, &tenant, &ann).await.unwrap();

    parts.send(message(rows(vec![past(&site, 2, &ann), past(&site, 4, ""), past(&site, 5, "")]))).await.unwrap();
    assert_eq!(counts(&answers.message().await.unwrap().unwrap()), (5, 3, 1, 1));
    parts.send(message(lines(&site, 5..7))).await.unwrap();
    assert_eq!(counts(&answers.message().await.unwrap().unwrap()), (7, 4, 2, 1));
    parts.send(ImportInterviewsRequest { end: Some(ImportEnd {}), ..Default::default() }).await.unwrap();
    assert!(answers.message().await.unwrap().unwrap().done);
    assert_eq!(site.heard_of::<AttendanceRecorded>("ats", &tenant).await.len(), 2, "those of the real one");
    site.finish().await;
}

#[tokio::test]
async fn an_import_that_broke_goes_on_where_it_stood() {
    let site = site().await;
    let tenant = site.tenant();
    let start = ImportStart { fingerprint: FINGERPRINT.to_owned(), size: 9_990, ..ImportStart::default() };
    let begun = vec![lines(&site, 2..202), lines(&site, 202..402)];
    let refused = send(&site, &tenant, start, begun, false).await.unwrap_err();
    assert_eq!(reason(&refused), "IMPORT_TRUNCATED");
    let list = ListImportsRequest { fingerprint: FINGERPRINT.to_owned(), ..ListImportsRequest::default() };
    let list = service(&site).list_imports(site.request(&tenant, Role::Recruiter, list)).await.unwrap().into_inner();
    let stands = list.imports[0].clone();
    assert_eq!((stands.state(), stands.broken_reason.as_str()), (ImportState::Broken, "IMPORT_TRUNCATED"));
    assert_eq!((stands.rows_read, stands.position, stands.next_line, stands.size), (400, 4_020, 402, 9_990));

    let resume = |position: i64, fingerprint: &str| ImportStart {
        resume: Some(ImportResume { import_id: stands.import_id.clone(), position }),
        fingerprint: fingerprint.to_owned(),
        ..ImportStart::default()
    };
    for (start, expected) in [
        (resume(stands.position - 1, FINGERPRINT), "IMPORT_POSITION_MOVED"),
        (resume(stands.position, &FINGERPRINT.replace('b', "c")), "IMPORT_OTHER_FILE"),
    ] {
        assert_eq!(reason(&send(&site, &tenant, start, Vec::new(), true).await.unwrap_err()), expected);
    }
    let rest = resume(stands.position, FINGERPRINT);
    let report = send(&site, &tenant, rest.clone(), vec![lines(&site, 402..502)], true).await.unwrap();
    assert_eq!((counts(&report), report.import_id), ((500, 500, 0, 0), stands.import_id.clone()));
    assert!(report.done && !report.consistency_token.is_empty());
    assert_eq!(read(&site, &tenant, &stands.import_id).await.state(), ImportState::Done);
    assert_eq!(reason(&send(&site, &tenant, rest, Vec::new(), true).await.unwrap_err()), "IMPORT_NOT_RESUMABLE");
    assert_eq!(site.heard_of::<AttendanceRecorded>("ats", &tenant).await.len(), 500, "each row is in exactly once");
    site.finish().await;
}

#[tokio::test]
async fn whoever_had_an_import_saves_nothing_once_somebody_else_goes_on_or_undoes_it() {
    let site = site().await;
    let tenant = site.tenant();
    for undoes in [false, true] {
        let first = if undoes { 1_002 } else { 2 };
        let (parts, stream) = mpsc::channel(8);
        parts.send(begin(ImportStart::default())).await.unwrap();
        parts.send(message(lines(&site, first..first + 200))).await.unwrap();
        let request = site.request(&tenant, Role::Recruiter, ReceiverStream::new(stream));
        let mut answers = service(&site).import_interviews(request).await.unwrap().into_inner();
        let before = answers.message().await.unwrap().unwrap();
        assert_eq!(read(&site, &tenant, &before.import_id).await.state(), ImportState::Running);
        if undoes {
            ask_undo(&site, &tenant, &before.import_id).await.unwrap();
        } else {
            let resume = ImportResume { import_id: before.import_id.clone(), position: before.position };
            let start = ImportStart { resume: Some(resume), ..ImportStart::default() };
            let other = send(&site, &tenant, start, vec![lines(&site, 202..302)], true).await.unwrap();
            assert_eq!(other.rows_read, 300);
        }
        parts.send(message(lines(&site, first + 500..first + 600))).await.unwrap();
        assert_eq!(reason(&answers.message().await.unwrap_err()), "IMPORT_TAKEN_OVER");
        if undoes {
            assert_eq!(undone(&site, &tenant, &before.import_id).await.undone_created, 200);
        } else {
            assert_eq!(read(&site, &tenant, &before.import_id).await.state(), ImportState::Done, "not broken by that");
        }
    }
    site.finish().await;
}

#[tokio::test]
async fn an_import_is_taken_back_whole_while_processes_come_and_go_also_of_whoever_is_forgotten() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) = (id("cand"), id("cand"));
    let kept = import(&site, &tenant, vec![rows(vec![past(&site, 2, &ann)])]).await;
    // Its first row is the other one's.
    let named = rows(vec![past(&site, 2, &ann), past(&site, 3, &ann), past(&site, 4, &bob)]);
    let began = named.interviews[1].start_time;
    let report = import(&site, &tenant, vec![named, lines(&site, 5..405), lines(&site, 405..805)]).await;
    assert_eq!(counts(&report), (803, 802, 1, 0));
    let told = site.heard_of::<AttendanceRecorded>("ats", &tenant).await;
    erase(&site, &tenant, &bob).await.unwrap();

    ask_undo(&site, &tenant, &report.import_id).await.unwrap();
    let site = site.restart(services()).await;
    let import_of_all = undone(&site, &tenant, &report.import_id).await;
    assert_eq!(import_of_all.undone_created, 802);
    ask_undo(&site, &tenant, &report.import_id).await.unwrap();
    assert_eq!(read(&site, &tenant, &report.import_id).await, import_of_all, "twice is as once");
    let removed = site.heard_of::<PastInterviewRemoved>("ats", &tenant).await;
    let gone: BTreeSet<_> = removed.iter().map(|said| &said.interview_id).collect();
    let came: BTreeSet<_> = told.iter().skip(1).map(|said| &said.interview_id).collect();
    assert!(removed.len() == 802 && gone == came, "each once, and none of another import");
    let anns: Vec<_> = removed.iter().filter(|said| !said.candidate_id.is_empty()).collect();
    assert_eq!((anns.len(), anns[0].candidate_id.as_str(), anns[0].attendance()), (1, &*ann, Attendance::Attended));
    assert_eq!(anns[0].start_time, began);

    let again = import(&site, &tenant, vec![rows(vec![past(&site, 2, &ann), past(&site, 3, &ann)])]).await;
    assert_eq!(counts(&again), (2, 1, 1, 0), "its rows are new again, and the other import's is still there");
    assert_eq!(read(&site, &tenant, &kept.import_id).await.state(), ImportState::Done);
    site.finish().await;
}

#[tokio::test]
async fn another_tenant_has_none_of_ours() {
    let site = site().await;
    let (ours, theirs) = (site.tenant(), site.tenant());
    let import_id = import(&site, &ours, vec![lines(&site, 2..4)]).await.import_id;
    let read = GetImportRequest { import_id: import_id.clone() };
    let list = ListImportErrorsRequest { import_id: import_id.clone(), ..Default::default() };
    for refused in [
        service(&site).get_import(site.request(&theirs, Role::Owner, read)).await.map(drop),
        service(&site).list_import_errors(site.request(&theirs, Role::Owner, list)).await.map(drop),
        ask_undo(&site, &theirs, &import_id).await,
    ] {
        assert_eq!(reason(&refused.unwrap_err()), "IMPORT_NOT_FOUND");
    }
    let list = site.request(&theirs, Role::Owner, ListImportsRequest::default());
    assert!(service(&site).list_imports(list).await.unwrap().into_inner().imports.is_empty());
    assert_eq!(counts(&import(&site, &theirs, vec![lines(&site, 2..4)]).await), (2, 2, 0, 0));
    site.finish().await;
}
