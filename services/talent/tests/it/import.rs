//! People by the file.

use std::{collections::BTreeSet, fmt::Write as _};

use chassis::TenantId;
use testkit::Site;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        Candidate, CandidateCreated, CandidateUpdated, ImportCandidatesRequest, ImportStart, ListCandidatesRequest,
        import_candidates_request::Part, import_service_client::ImportServiceClient,
    },
};

use super::{Sending, candidates, counts, import, import_as, metadata, reason, site};

/// A file of so many different people.
fn file(people: usize) -> String {
    let mut file = "name,email,phone,city,skills\n".to_owned();
    for number in 0..people {
        writeln!(file, "Person {number},person{number}@example.com,1390000{number:04},上海,Java；Go").unwrap();
    }
    file.replace("Person", "人")
}

pub async fn everybody(site: &Site, tenant: &TenantId) -> Vec<Candidate> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let list = ListCandidatesRequest { page_size: 1_000, page_token };
        let page = candidates(site).list_candidates(site.request(tenant, Role::ReadOnly, list)).await.unwrap();
        let page = page.into_inner();
        all.extend(page.candidates);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

fn assert_broken(refused: &Status, expected: &str, line: &str) {
    assert_eq!((refused.code(), reason(refused).as_str()), (Code::InvalidArgument, expected), "{refused:?}");
    assert_eq!(metadata(refused, "line"), line, "{refused:?}");
}

#[tokio::test]
async fn good_rows_land_bad_rows_are_told_and_again_changes_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let file = "\u{feff}phone,hobby,name,email,years,skills,summary,language,time_zone\r\n\
        １３８００１３８０００,chess,王小明,Wang@Example.com,5年,Java；java；Go,=cmd|'/c calc'!A0,,\r\n\
        ,,,no.name@example.com,,,,,\r\n\
        ,,Ann,,,,,,\r\n\
        12,,Ann,,,,,,\r\n\
        ,,Ann,ann@@example.com,,,,,\r\n\
        ,,Ann,ann@example.com,many,,,,\r\n\
        ,,Ann,ann@example.com,,,,fr,\r\n\
        ,,Ann,ann@example.com,,,,,Mars\r\n\
        ,,Ann,ann@example.com\r\n\
        ,,Ann\0,ann@example.com,,,,,\r\n\
        ,,Ann,ann@example.com,3,,,en,Europe/London\r\n\
        020 7946 0958,,Ann,ann@example.com,,,,,\r\n\
        +86 138-0013-8000,,王小明,,,,,,\r\n\
        +86 138-0013-8000,,王小明,ann@example.com,,,,,\r\n\
        ,,\"multi\r\nline\",multi@example.com,,,,,";
    let report = import(&site, &tenant, file.as_bytes()).await.unwrap();
    assert_eq!((report.rows_read, counts(&report)), (15, (3, 1, 1, 10)));
    assert_eq!(report.ignored_columns, ["hobby"]);
    let told: Vec<_> =
        report.errors.iter().map(|error| (error.line, error.field.as_str(), error.reason.as_str())).collect();
    assert_eq!(
        told,
        [
            (3, "name", "NAME_MISSING"),
            (4, "", "CONTACT_MISSING"),
            (5, "phone", "PHONE_INVALID"),
            (6, "email", "EMAIL_INVALID"),
            (7, "years", "YEARS_INVALID"),
            (8, "language", "LANGUAGE_UNKNOWN"),
            (9, "time_zone", "TIME_ZONE_UNKNOWN"),
            (10, "", "COLUMN_COUNT"),
            (11, "name", "CHARACTER_INVALID"),
            (15, "", "CONTACT_CONFLICT"),
        ]
    );
    assert!(report.errors.iter().all(|error| !error.message.contains("ann") && !error.message.is_empty()));

    let all = everybody(&site, &tenant).await;
    let wang = all.iter().find(|candidate| candidate.email == "wang@example.com").unwrap();
    assert_eq!((wang.phone.as_str(), wang.skills.len(), wang.years_of_experience), ("+8613800138000", 2, 5));
    assert_eq!((wang.summary.as_str(), wang.source.as_str()), ("=cmd|'/c calc'!A0", "import"));
    let ann = all.iter().find(|candidate| candidate.email == "ann@example.com").unwrap();
    assert_eq!((ann.phone.as_str(), ann.years_of_experience), ("+442079460958", 3), "an empty cell erases nothing");
    assert!(all.iter().any(|candidate| candidate.display_name == "multi line"));

    let again = import(&site, &tenant, file.as_bytes()).await.unwrap();
    assert_eq!(counts(&again), (0, 0, 5, 10));
    assert_eq!(everybody(&site, &tenant).await, all);
    assert_eq!(site.heard_of::<CandidateCreated>("talent", &tenant).await.len(), 3);
    assert_eq!(site.heard_of::<CandidateUpdated>("talent", &tenant).await.len(), 0);
    site.finish().await;
}

#[tokio::test]
async fn a_dry_run_says_what_the_real_run_does_and_changes_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    // Rows of the second batch repeat rows of the first.
    let file = format!("{}{}", file(300), "人 0,person0@example.com,,北京,\n");
    let dry = Sending { dry_run: true, ..Sending::default() };
    let said = import_as(&site, &tenant, file.as_bytes(), dry).await.unwrap();
    assert_eq!(counts(&said), (300, 1, 0, 0));
    assert_eq!(everybody(&site, &tenant).await.len(), 0);
    assert!(site.heard("talent").await.is_empty());
    assert_eq!(counts(&import(&site, &tenant, file.as_bytes()).await.unwrap()), counts(&said));
    site.finish().await;
}

#[tokio::test]
async fn pieces_of_any_size_make_the_same_people() {
    let site = site().await;
    let file = file(250);
    let mut seen = BTreeSet::new();
    for piece in [7, 1_000, 1 << 20] {
        let tenant = site.tenant();
        let sending = Sending { piece, ..Sending::default() };
        assert_eq!(counts(&import_as(&site, &tenant, file.as_bytes(), sending).await.unwrap()), (250, 0, 0, 0));
        let people = everybody(&site, &tenant).await;
        seen.insert(people.into_iter().map(|person| (person.email, person.phone)).collect::<BTreeSet<_>>());
    }
    assert_eq!(seen.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn a_file_that_can_not_be_read_changes_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let mut gbk = b"name,email\n".to_vec();
    gbk.extend(b"\xcd\xf5\xd0\xa1\xc3\xf7,wang@example.com\n");
    let utf16: Vec<u8> = "\u{feff}name,email\nAnn,a@example.com\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (file, expected, line) in [
        (b"".as_slice(), "IMPORT_HEADER_UNKNOWN", "1"),
        (b"\xef\xbb\xbf\r\n\r\n", "IMPORT_HEADER_UNKNOWN", "1"),
        (b"hobby,pet\nchess,cat\n", "IMPORT_HEADER_UNKNOWN", "1"),
        (b"name,email,name\n", "IMPORT_HEADER_UNKNOWN", "1"),
        (&gbk, "IMPORT_NOT_UTF8", "2"),
        (&utf16, "IMPORT_NOT_UTF8", "1"),
        (b"name,email\nAnn,a@example.com\n\"Bob,b@example.com\nEve,e@example.com\n", "IMPORT_UNCLOSED_QUOTE", "3"),
        (b"PK\x03\x04\x00\x00\x00 a spreadsheet", "IMPORT_HEADER_UNKNOWN", "1"),
    ] {
        assert_broken(&import(&site, &tenant, file).await.unwrap_err(), expected, line);
    }
    for quote in ["", "\""] {
        let large = format!("name,email\nAnn,{quote}{}{quote}\n", "x".repeat(10 << 20));
        assert_broken(&import(&site, &tenant, large.as_bytes()).await.unwrap_err(), "IMPORT_FIELD_TOO_LARGE", "2");
    }
    assert_eq!(everybody(&site, &tenant).await.len(), 0);
    site.finish().await;
}

#[tokio::test]
async fn parts_come_in_order() {
    let site = site().await;
    let tenant = site.tenant();
    let start = || Part::Start(ImportStart::default());
    let chunk = |bytes: Vec<u8>| Part::Chunk(bytes);
    for (parts, expected) in [
        (vec![], "IMPORT_OUT_OF_ORDER"),
        (vec![Some(chunk(b"name,email\n".to_vec()))], "IMPORT_OUT_OF_ORDER"),
        (vec![Some(start()), Some(start())], "IMPORT_OUT_OF_ORDER"),
        (vec![Some(start()), None], "IMPORT_OUT_OF_ORDER"),
        (vec![Some(start()), Some(chunk(vec![b'x'; (1 << 20) + 1]))], "IMPORT_CHUNK_TOO_LARGE"),
    ] {
        let parts: Vec<_> = parts.into_iter().map(|part| ImportCandidatesRequest { part }).collect();
        let request = site.request(&tenant, Role::Recruiter, tokio_stream::iter(parts));
        let mut answers =
            ImportServiceClient::new(site.channel()).import_candidates(request).await.unwrap().into_inner();
        assert_eq!(reason(&answers.message().await.unwrap_err()), expected);
    }
    site.finish().await;
}

#[tokio::test]
async fn half_a_row_is_not_taken_unless_the_file_is_said_to_be_whole() {
    let site = site().await;
    let tenant = site.tenant();
    let without_end = Sending { end: false, ..Sending::default() };
    let cut = b"name,email\nAnn,ann@example.com\nBob,bob@example.co";
    assert_broken(&import_as(&site, &tenant, cut, without_end).await.unwrap_err(), "IMPORT_TRUNCATED", "3");
    let whole = b"name,email\nAnn,ann@example.com\n";
    assert_eq!(counts(&import_as(&site, &tenant, whole, without_end).await.unwrap()), (1, 0, 0, 0));
    assert_eq!(counts(&import(&site, &tenant, cut).await.unwrap()), (1, 0, 1, 0));
    site.finish().await;
}

#[tokio::test]
async fn a_client_that_is_gone_in_the_middle_sends_again() {
    let site = site().await;
    let tenant = site.tenant();
    let file = file(1_000);
    let cut = file.len() * 6 / 10;
    assert_ne!(file.as_bytes()[cut - 1], b'\n', "the cut is inside a row");

    // The client has a runtime of its own, which ends as a process does that is killed: its connection just breaks.
    let client = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (parts, stream) = mpsc::channel(4);
    let request = site.request(&tenant, Role::Recruiter, ReceiverStream::new(stream));
    for part in [Part::Start(ImportStart::default()), Part::Chunk(file.as_bytes()[..cut].to_vec())] {
        parts.send(ImportCandidatesRequest { part: Some(part) }).await.unwrap();
    }
    let address = site.grpc().to_owned();
    let first = client
        .spawn(async move {
            let mut service = ImportServiceClient::connect(address).await.unwrap();
            let mut answers = service.import_candidates(request).await.unwrap().into_inner();
            answers.message().await.unwrap().unwrap()
        })
        .await
        .unwrap();
    client.shutdown_background();
    assert_eq!((first.rows_read, first.created), (200, 200));

    let again = import(&site, &tenant, file.as_bytes()).await.unwrap();
    assert_eq!((again.created + again.unchanged, again.updated, again.rejected), (1_000, 0, 0), "{again:?}");
    assert!(again.unchanged >= 200, "what was told to be in is in: {again:?}");
    let people = everybody(&site, &tenant).await;
    let addresses: BTreeSet<_> = people.iter().map(|person| person.email.clone()).collect();
    let expected: BTreeSet<_> = (0..1_000).map(|number| format!("person{number}@example.com")).collect();
    assert_eq!((people.len(), addresses), (1_000, expected));
    assert_eq!(site.heard_of::<CandidateCreated>("talent", &tenant).await.len(), 1_000);
    site.finish().await;
}

#[tokio::test]
async fn two_imports_of_the_same_people_at_once_make_them_once() {
    let site = site().await;
    let tenant = site.tenant();
    let forwards = file(600);
    let (header, rows) = forwards.split_once('\n').unwrap();
    let backwards = rows.lines().rev().fold(format!("{header}\n"), |file, row| file + row + "\n");
    let (one, two) =
        tokio::join!(import(&site, &tenant, forwards.as_bytes()), import(&site, &tenant, backwards.as_bytes()));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.created + two.created, one.unchanged + two.unchanged), (600, 600), "{one:?} {two:?}");
    assert_eq!(everybody(&site, &tenant).await.len(), 600);
    site.finish().await;
}

#[tokio::test]
async fn the_sample_people_come_in_as_was_worked_out_apart_from_the_program() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../usher/samples/");
    let file = std::fs::read(format!("{samples}people.csv")).unwrap();
    let expected = std::fs::read_to_string(format!("{samples}people.expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let number = |name: &str| expected[name].as_i64().unwrap();
    let rejected: BTreeSet<_> = expected["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["line"].as_i64().unwrap(), row["field"].to_string(), row["reason"].to_string()))
        .collect();
    let site = site().await;
    let tenant = site.tenant();
    let first = import(&site, &tenant, &file).await.unwrap();
    assert_eq!(first.rows_read, number("rows"));
    let refused = i64::try_from(rejected.len()).unwrap();
    assert_eq!(counts(&first), (number("created"), number("updated"), number("unchanged"), refused));
    let told =
        first.errors.iter().map(|error| (error.line, format!("{:?}", error.field), format!("{:?}", error.reason)));
    assert_eq!(told.collect::<BTreeSet<_>>(), rejected);
    let people = everybody(&site, &tenant).await;
    assert_eq!(people.len(), usize::try_from(number("distinct_people")).unwrap());

    let again = import(&site, &tenant, &file).await.unwrap();
    assert_eq!(counts(&again), (0, 0, first.rows_read - refused, refused));
    assert_eq!(everybody(&site, &tenant).await, people);
    site.finish().await;
}
