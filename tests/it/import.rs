//! `usher import` as a person uses it, with server and client killed in the middle.

use std::{
    collections::BTreeSet,
    io::Write as _,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use testkit::eventually;
use usher::client::{Client, Dev};
use usher_proto::{
    analytics::v1::{GetNoShowRatesRequest, report_service_client::ReportServiceClient},
    ats::v1::{self as ats, history_service_client::HistoryServiceClient},
    talent::v1::{
        Import, ImportState, ListCandidatesRequest, ListImportsRequest,
        candidate_service_client::CandidateServiceClient, import_service_client::ImportServiceClient,
    },
};
use usher_tests::program::{Program, binary, usher};

/// Rows of the file; each hundredth is refused.
const ROWS: usize = 6_000;

async fn client(dir: &Path) -> Client {
    let dev = Dev::read(dir).unwrap();
    Client::connect(&dev.grpc, &dev.tokens["recruiter"]).await.unwrap()
}

async fn latest(client: &Client) -> Option<Import> {
    let request = client.request(ListImportsRequest::default());
    ImportServiceClient::new(client.channel()).list_imports(request).await.ok()?.into_inner().imports.into_iter().next()
}

/// Waits until the latest import has come further than so many rows.
async fn has_come(client: &Client, rows: i64) -> Import {
    let mut found = None;
    eventually("the import gets on", async || {
        found = latest(client).await.filter(|import| import.rows_read > rows);
        found.is_some()
    })
    .await;
    found.unwrap()
}

async fn addresses(client: &Client) -> Vec<String> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = client.request(ListCandidatesRequest { page_size: 1_000, page_token });
        let page = CandidateServiceClient::new(client.channel()).list_candidates(request).await.unwrap().into_inner();
        all.extend(page.candidates.into_iter().map(|person| person.email));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

fn importing(what: &str, arguments: &[&str]) -> Child {
    Command::new(binary())
        .args(["import", what])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_either_side_an_import_goes_on_and_each_row_is_in_exactly_once() {
    let home = tempfile::Builder::new().prefix("usher-import").tempdir().unwrap();
    // PostgreSQL runs as another user when we are root.
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut program = Program::start(home.path(), &["--without-samples"], &[]);
    let place = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (file, mapping, errors, rejected) =
        (place("people.csv"), place("map.toml"), place("errors.csv"), place("rejected.csv"));
    let row = |number: usize| {
        if number % 100 == 50 { "Nobody,\n".to_owned() } else { format!("人 {number},p{number}@example.com\n") }
    };
    let rows: String = (0..ROWS).map(row).collect();
    std::fs::write(&file, format!("姓名,邮箱\n{rows}")).unwrap();
    std::fs::write(&mapping, "[fields]\nname = \"姓名\"\nemail = \"邮箱\"\nsource = { constant = \"fair\" }\n")
        .unwrap();
    let dir = home.path().to_str().unwrap().to_owned();
    let arguments = [file.as_str(), "--mapping", &mapping, "--dir", &dir, "--errors", &errors, "--rejected", &rejected];
    let resumed = [arguments.as_slice(), &["--resume"]].concat();

    // The server dies in the middle, and the client says so.
    let mut first = importing("candidates", &arguments);
    let stood = has_come(&client(home.path()).await, 400).await;
    program.kill();
    assert_eq!(first.wait().unwrap().code(), Some(1));
    program.again();
    let client = client(home.path()).await;
    let stands = latest(&client).await.unwrap();
    assert_eq!(stands.import_id, stood.import_id);
    assert!(stands.rows_read >= stood.rows_read && stands.rows_read < i64::try_from(ROWS).unwrap(), "{stands:?}");
    assert_eq!(addresses(&client).await.len(), usize::try_from(stands.created).unwrap(), "what is counted is in");

    // The client dies in the middle of the rest.
    let mut second = importing("candidates", &resumed);
    has_come(&client, stands.rows_read + 400).await;
    second.kill().unwrap();
    second.wait().unwrap();

    let last = usher(&[["import", "candidates"].as_slice(), &resumed].concat(), &[]);
    assert_eq!(last.status.code(), Some(2), "{}", said(&last));
    let refused = ROWS / 100;
    assert!(
        said(&last)
            .contains(&format!("{ROWS} rows: {} new, 0 updated, 0 unchanged, {refused} rejected", ROWS - refused)),
        "{}",
        said(&last)
    );
    let done = latest(&client).await.unwrap();
    assert_eq!((done.import_id.as_str(), done.state()), (stood.import_id.as_str(), ImportState::Done));
    let all = addresses(&client).await;
    let expected: BTreeSet<_> =
        (0..ROWS).filter(|number| number % 100 != 50).map(|number| format!("p{number}@example.com")).collect();
    assert_eq!((all.len(), all.into_iter().collect::<BTreeSet<_>>()), (expected.len(), expected));

    let told = std::fs::read_to_string(&errors).unwrap();
    assert_eq!(told.lines().count(), refused + 1);
    assert!(told.starts_with("line,field,reason,message\n52,,CONTACT_MISSING,"), "{told}");
    assert_eq!(std::fs::read_to_string(&rejected).unwrap(), format!("姓名,邮箱\n{}", "Nobody,\n".repeat(refused)));

    // And all of it is taken back.
    let undone = usher(&["import", "undo", &done.import_id, "--dir", &dir], &[]);
    assert!(
        undone.status.success() && said(&undone).contains(&format!("{} people removed", ROWS - refused)),
        "{}",
        said(&undone)
    );
    assert!(addresses(&client).await.is_empty());
    let list = usher(&["import", "list", "--dir", &dir], &[]);
    assert!(
        said(&list).contains(&format!("{}  ", done.import_id)) && said(&list).contains("undone"),
        "{}",
        said(&list)
    );
}

async fn latest_history(client: &Client) -> Option<ats::Import> {
    let request = client.request(ats::ListImportsRequest::default());
    let imports = HistoryServiceClient::new(client.channel()).list_imports(request).await.ok()?.into_inner().imports;
    imports.into_iter().next()
}

/// Waits until the latest import of past interviews has come further than so many rows.
async fn history_has_come(client: &Client, rows: i64) -> ats::Import {
    let mut found = None;
    eventually("the import gets on", async || {
        found = latest_history(client).await.filter(|import| import.rows_read > rows);
        found.is_some()
    })
    .await;
    found.unwrap()
}

/// Interviews that reports count, as soon as they are so many.
async fn counted(client: &Client, interviews: i64) {
    eventually("reports count what is in", async || {
        let request = client.request(GetNoShowRatesRequest::default());
        let rates = ReportServiceClient::new(client.channel()).get_no_show_rates(request).await.unwrap().into_inner();
        rates.report.unwrap().overall.unwrap().denominator == interviews
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_either_side_a_history_goes_on_and_each_interview_is_in_exactly_once() {
    let home = tempfile::Builder::new().prefix("usher-history").tempdir().unwrap();
    // PostgreSQL runs as another user when we are root.
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut program = Program::start(home.path(), &["--without-samples"], &[]);
    let place = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let (file, mapping, errors, rejected) =
        (place("past.csv"), place("map.toml"), place("errors.csv"), place("rejected.csv"));
    let row = |number: usize| match number % 100 {
        50 => format!("soon,yes,{number}\r\n"),
        51 => format!("2015-03-05,yes,\"person\r\n{number}\"\r\n"),
        _ => format!("2015-03-05,{},{number}\r\n", if number.is_multiple_of(2) { "yes" } else { "no" }),
    };
    let rows: String = (0..ROWS).map(row).collect();
    std::fs::write(&file, format!("\u{feff}When,Came,Who\r\n\r\n{rows}")).unwrap();
    let words = "time_zone = \"Asia/Shanghai\"\nstage = \"onsite\"\n[columns]\nstart = \"When\"\nattendance = \"Came\"\n\
        [attendance]\nyes = \"attended\"\nno = \"candidate_no_show\"\n";
    std::fs::write(&mapping, words).unwrap();
    let dir = home.path().to_str().unwrap().to_owned();
    let arguments = [file.as_str(), "--mapping", &mapping, "--dir", &dir, "--errors", &errors, "--rejected", &rejected];
    let resumed = [arguments.as_slice(), &["--resume"]].concat();

    // The server dies in the middle, and then the client.
    let mut first = importing("interviews", &arguments);
    let stood = history_has_come(&client(home.path()).await, 400).await;
    program.kill();
    assert_eq!(first.wait().unwrap().code(), Some(1));
    program.again();
    let client = client(home.path()).await;
    let stands = latest_history(&client).await.unwrap();
    assert_eq!(stands.import_id, stood.import_id);
    assert!(stands.rows_read >= stood.rows_read && stands.rows_read < i64::try_from(ROWS).unwrap(), "{stands:?}");
    counted(&client, stands.created).await;
    let mut second = importing("interviews", &resumed);
    history_has_come(&client, stands.rows_read + 400).await;
    second.kill().unwrap();
    second.wait().unwrap();

    let last = usher(&[["import", "interviews"].as_slice(), &resumed].concat(), &[]);
    assert_eq!(last.status.code(), Some(2), "{}", said(&last));
    let refused = ROWS / 100;
    let all = ROWS - refused;
    let expected = format!("{ROWS} rows: {all} new, 0 unchanged, {refused} rejected ({})", stood.import_id);
    assert!(said(&last).contains(&expected), "{}", said(&last));
    counted(&client, i64::try_from(all).unwrap()).await;
    let told = std::fs::read_to_string(&errors).unwrap();
    assert_eq!(told.lines().count(), refused + 1);
    // Before the second refused row, one row has gone over two lines.
    assert!(told.starts_with("line,field,reason,message\n53,start,DATE_INVALID,"), "{told}");
    assert!(told.contains("\n154,start,DATE_INVALID,"), "{told}");
    let begun = std::fs::read_to_string(&rejected).unwrap();
    assert!(begun.starts_with("\u{feff}When,Came,Who\r\nsoon,yes,50\r\nsoon,yes,150\r\n"), "{begun}");

    let undone = usher(&["import", "undo", &stood.import_id, "--dir", &dir], &[]);
    assert!(
        undone.status.success() && said(&undone).contains(&format!("{all} interviews removed")),
        "{}",
        said(&undone)
    );
    counted(&client, 0).await;

    // A file is read as far as it is taken in, whether it ends or not.
    let mut endless = importing("interviews", &["-", "--mapping", &mapping, "--dir", &dir]);
    let mut pipe = endless.stdin.take().unwrap();
    pipe.write_all(b"When,Came,Who\n").unwrap();
    for round in 1..=3 {
        let rows: Vec<String> = (0..200).map(|number| format!("2015-03-05,yes,{round}/{number}\n")).collect();
        pipe.write_all(rows.concat().as_bytes()).unwrap();
        history_has_come(&client, round * 200 - 1).await;
    }
    drop(pipe);
    assert!(endless.wait().unwrap().success());
    assert_eq!(latest_history(&client).await.unwrap().created, 600);
}
