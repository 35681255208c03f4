//! Imports as things: JSON lines, mappings, going on where one stood, and taking one back.

mod forgotten;

use std::{collections::BTreeSet, time::Duration};

use testkit::eventually;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use usher_proto::{
    ats::v1::ApplicationCreated,
    talent::v1::{
        CandidateRemoved, ConsentPurpose, GetCandidateRequest, GetImportRequest, Import, ImportFormat, ImportMapping,
        ImportResume, ImportRule, ImportState, ListImportErrorsRequest, ListImportsRequest, ListUndoProblemsRequest,
        SearchCandidatesRequest, UndoImportRequest, UndoProblem, UpdateCandidateRequest,
        search_service_client::SearchServiceClient,
    },
};

use super::{duplicates::merge, import::everybody, *};

/// SHA-256 of some file.
const FINGERPRINT: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn service(site: &Site) -> ImportServiceClient<Channel> {
    ImportServiceClient::new(site.channel())
}

fn jsonl() -> ImportStart {
    ImportStart { format: ImportFormat::Jsonl.into(), ..ImportStart::default() }
}

async fn import_with(
    site: &Site,
    tenant: &TenantId,
    file: &[u8],
    start: &ImportStart,
) -> Result<ImportCandidatesResponse, Status> {
    import_as(site, tenant, file, Sending { start: Some(start), ..Sending::default() }).await
}

async fn get(site: &Site, tenant: &TenantId, import: &str) -> Import {
    let request = GetImportRequest { import_id: import.to_owned() };
    let answer = service(site).get_import(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    answer.into_inner().import.unwrap()
}

async fn undo(site: &Site, tenant: &TenantId, import: &str) -> Result<Import, Status> {
    let request = UndoImportRequest { import_id: import.to_owned(), request_id: String::new() };
    service(site).undo_import(site.request(tenant, Role::Recruiter, request)).await?;
    eventually("the import is undone", async || get(site, tenant, import).await.state() == ImportState::Undone).await;
    Ok(get(site, tenant, import).await)
}

async fn problems(site: &Site, tenant: &TenantId, import: &str) -> Vec<UndoProblem> {
    let request = ListUndoProblemsRequest { import_id: import.to_owned(), ..Default::default() };
    let answer = service(site).list_undo_problems(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    answer.into_inner().problems
}

async fn change(site: &Site, tenant: &TenantId, id: &str, field: &str, profile: CandidateProfile) {
    let request = UpdateCandidateRequest {
        candidate_id: id.to_owned(),
        profile: Some(profile),
        update_mask: Some(prost_types::FieldMask { paths: vec![field.to_owned()] }),
        ..UpdateCandidateRequest::default()
    };
    candidates(site).update_candidate(site.request(tenant, Role::Recruiter, request)).await.unwrap();
}

/// Sends a part of a file, reads so many reports and is gone, as a process that is killed. The last report.
async fn cut_off(
    site: &Site,
    tenant: &TenantId,
    start: ImportStart,
    part: &[u8],
    reports: usize,
) -> ImportCandidatesResponse {
    let client = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (parts, stream) = mpsc::channel(4);
    let request = site.request(tenant, Role::Recruiter, ReceiverStream::new(stream));
    for part in [Part::Start(start), Part::Chunk(part.to_vec())] {
        parts.send(ImportCandidatesRequest { part: Some(part) }).await.unwrap();
    }
    let address = site.grpc().to_owned();
    let listening = async move {
        let mut service = ImportServiceClient::connect(address).await.unwrap();
        let mut answers = service.import_candidates(request).await.unwrap().into_inner();
        let mut last = ImportCandidatesResponse::default();
        for _ in 0..reports {
            last = answers.message().await.unwrap().unwrap();
        }
        last
    };
    let last = client.spawn(listening).await.unwrap();
    client.shutdown_background();
    last
}

#[tokio::test]
async fn a_line_of_json_says_a_whole_person_and_bad_lines_are_told() {
    let site = site().await;
    let tenant = site.tenant();
    let file = "\u{feff}{\"name\":\"王小明\",\"email\":\"w@example.com\",\"phone\":\"138-0013-8000\",\"hobby\":\"chess\",\
        \"skills\":[\"golang\",{\"name\":\"K8s\",\"years\":4,\"last_used_year\":2025}],\
        \"education\":[{\"school\":\"复旦大学\",\"degree\":\"本科\",\"end\":\"2012年6月\"}],\
        \"employment\":[{\"company\":\"云梯\",\"title\":\"工程师\",\"start\":\"2015-03\",\"end\":\"至今\"}],\
        \"intent\":{\"level\":\"open\",\"cities\":[\"北京\"]},\"tags\":[\"vip\"],\
        \"other_contact_points\":[{\"channel\":\"email\",\"value\":\"W2@example.com\"}],\
        \"consents\":[{\"purpose\":\"talent_pool\",\"granted\":true,\"time\":\"2025-11-02\",\"evidence\":\"form\"}]}\r\n\
        \r\n{\"name\":\"Ann\"\n[1]\n{\"name\":\"Bob\",\"email\":{\"a\":1}}\n{\"name\":\"Eve\",\"email\":\"eve@example.com\",\
        \"employment\":[{\"company\":\"Acme\",\"start\":\"05/03/2015\"}]}\n{\"name\":\"Zoe\",\"email\":\"zoe@example.com\"}";
    let report = import_with(&site, &tenant, file.as_bytes(), &jsonl()).await.unwrap();
    let told: Vec<_> =
        report.errors.iter().map(|error| (error.line, error.field.as_str(), error.reason.as_str())).collect();
    assert_eq!(
        told,
        [
            (3, "", "JSON_INVALID"),
            (4, "", "JSON_INVALID"),
            (5, "email", "JSON_UNEXPECTED"),
            (6, "employer_start", "DATE_AMBIGUOUS")
        ]
    );
    assert_eq!((counts(&report), report.ignored_columns), ((2, 0, 0, 4), vec!["hobby".to_owned()]));
    let all = everybody(&site, &tenant).await;
    let wang = all.iter().find(|person| person.email == "w@example.com").unwrap();
    let skills: Vec<_> = wang.skills.iter().map(|skill| (skill.name.as_str(), skill.years)).collect();
    assert_eq!(skills, [("golang", 0), ("K8s", 4)]);
    assert_eq!((wang.education[0].end_year, wang.employment[0].start_month.as_str()), (2012, "2015-03"));
    assert_eq!(wang.other_contact_points[0].value, "w2@example.com");
    assert_eq!(wang.intent.as_ref().unwrap().cities, ["北京"]);
    assert_eq!(wang.consents[0].purpose(), ConsentPurpose::TalentPool);
    assert!(wang.tags.iter().any(|tag| tag.name == "vip"));

    let again = import_with(&site, &tenant, file.as_bytes(), &jsonl()).await.unwrap();
    assert_eq!(counts(&again), (0, 0, 2, 4));
    assert_eq!(everybody(&site, &tenant).await, all);
    site.finish().await;
}

#[tokio::test]
async fn a_mapping_says_what_foreign_columns_mean() {
    let site = site().await;
    let tenant = site.tenant();
    let rule = |to: &str, from: &str, default: &str| ImportRule {
        to: to.to_owned(),
        from: from.to_owned(),
        default: default.to_owned(),
        ..ImportRule::default()
    };
    let consent = ImportRule {
        values: [("同意".to_owned(), "yes".to_owned())].into(),
        ..rule("consent_talent_pool", "可否联系", "no")
    };
    let rules = vec![
        rule("name", "姓名", ""),
        rule("email", "邮箱", ""),
        rule("employer", "公司", ""),
        rule("employer_start", "入职", ""),
        rule("skills", "技能", ""),
        rule("source", "", "fair"),
        rule("consent_evidence", "", "招聘会登记表"),
        consent,
    ];
    let mapping =
        ImportMapping { rules, date_order: 1, list_separator: "、".to_owned(), ignore: vec!["phone".to_owned()] };
    let start = ImportStart { mapping: Some(mapping), ..ImportStart::default() };
    let file = "姓名,邮箱,公司,入职,技能,可否联系,phone,婚否\n王小明,w@example.com,云梯,05/03/2015,Go、Java,同意,oops,是\n李雷,l@example.com,,,,,,\n";
    let report = import_with(&site, &tenant, file.as_bytes(), &start).await.unwrap();
    assert_eq!((counts(&report), report.ignored_columns), ((2, 0, 0, 0), vec!["phone".to_owned(), "婚否".to_owned()]));
    let all = everybody(&site, &tenant).await;
    let wang = all.iter().find(|person| person.email == "w@example.com").unwrap();
    assert_eq!(
        (wang.employment[0].start_month.as_str(), wang.skills.len(), wang.source.as_str()),
        ("2015-03", 2, "fair")
    );
    let granted = |email: &str| all.iter().find(|person| person.email == email).unwrap().consents[0].granted;
    assert_eq!((granted("w@example.com"), granted("l@example.com")), (true, false));

    // Without it, the header says what there is to map to.
    let refused = import(&site, &tenant, file.replace("phone", "x").as_bytes()).await.unwrap_err();
    assert!(
        reason(&refused) == "IMPORT_HEADER_UNKNOWN" && refused.message().contains("consent_talent_pool"),
        "{refused:?}"
    );
    let wrong = ImportMapping { rules: vec![rule("hobby", "x", "")], ..ImportMapping::default() };
    let wrong = ImportStart { mapping: Some(wrong), ..ImportStart::default() };
    assert_eq!(reason(&import_with(&site, &tenant, b"", &wrong).await.unwrap_err()), "IMPORT_MAPPING_INVALID");
    site.finish().await;
}

#[tokio::test]
async fn an_import_that_broke_goes_on_where_it_stood() {
    let site = site().await;
    let tenant = site.tenant();
    for format in [ImportFormat::Csv, ImportFormat::Jsonl] {
        let head = if format == ImportFormat::Csv { "\u{feff}name,email\r\n" } else { "" };
        let row = |number: usize| match (format, number % 100) {
            (ImportFormat::Csv, 7) => format!("Nobody {number},\r\n"),
            (ImportFormat::Csv, _) => format!("\"人\r\n{number}\",c{number}@example.com\r\n"),
            (_, 7) => "{\"name\":1\r\n".to_owned(),
            (_, _) => format!("{{\"name\":\"人 {number}\",\"email\":\"j{number}@example.com\"}}\r\n"),
        };
        let file: String = std::iter::once(head.to_owned()).chain((0..1_000).map(row)).collect();
        let start =
            ImportStart { fingerprint: FINGERPRINT.to_owned(), format: format.into(), ..ImportStart::default() };
        let first = cut_off(&site, &tenant, start.clone(), &file.as_bytes()[..file.len() * 6 / 10], 2).await;
        let id = first.import_id.clone();
        assert!(first.rows_read == 400 && id.starts_with("imp_"), "{first:?}");
        eventually("the import has broken", async || get(&site, &tenant, &id).await.state() == ImportState::Broken)
            .await;

        let stands = get(&site, &tenant, &id).await;
        assert!(stands.rows_read >= 400 && stands.position >= first.position, "{stands:?}");
        assert_eq!(stands.created + stands.rejected, stands.rows_read);
        let list = ListImportsRequest { fingerprint: FINGERPRINT.to_owned(), ..ListImportsRequest::default() };
        let found =
            service(&site).list_imports(site.request(&tenant, Role::Recruiter, list)).await.unwrap().into_inner();
        assert_eq!(found.imports[0], stands);

        let resume = |position: i64, fingerprint: String| ImportStart {
            resume: Some(ImportResume { import_id: id.clone(), position }),
            fingerprint,
            ..ImportStart::default()
        };
        let at = usize::try_from(stands.position).unwrap();
        for (start, expected) in [
            (resume(stands.position - 1, String::new()), "IMPORT_POSITION_MOVED"),
            (resume(-1, String::new()), "IMPORT_POSITION_MOVED"),
            (resume(stands.position, FINGERPRINT.replace('b', "c")), "IMPORT_OTHER_FILE"),
            (resume(stands.position, "x".to_owned()), "IMPORT_FINGERPRINT_INVALID"),
        ] {
            assert_eq!(reason(&import_with(&site, &tenant, b"", &start).await.unwrap_err()), expected);
        }
        let rest = resume(stands.position, FINGERPRINT.to_owned());
        let report = import_with(&site, &tenant, &file.as_bytes()[at..], &rest).await.unwrap();
        assert_eq!((report.rows_read, counts(&report)), (1_000, (990, 0, 0, 10)));
        let done = get(&site, &tenant, &id).await;
        assert_eq!(
            (done.state(), done.position, done.created),
            (ImportState::Done, i64::try_from(file.len()).unwrap(), 990)
        );
        assert_eq!(reason(&import_with(&site, &tenant, b"", &rest).await.unwrap_err()), "IMPORT_NOT_RESUMABLE");

        // The rows that were refused, each once, with their lines in the whole file.
        let mut lines = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = ListImportErrorsRequest { import_id: id.clone(), page_size: 3, page_token };
            let page = service(&site)
                .list_import_errors(site.request(&tenant, Role::Recruiter, request))
                .await
                .unwrap()
                .into_inner();
            lines.extend(page.errors.iter().map(|error| error.line));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let expected: Vec<i64> = (0..10)
            .map(|hundred| if format == ImportFormat::Csv { 2 + 199 * hundred + 14 } else { 1 + 100 * hundred + 7 })
            .collect();
        assert_eq!(lines, expected);
    }
    let people = everybody(&site, &tenant).await;
    let addresses: BTreeSet<_> = people.iter().map(|person| person.email.clone()).collect();
    assert_eq!((people.len(), addresses.len()), (1_980, 1_980), "each row is in exactly once");
    site.finish().await;
}

#[tokio::test]
async fn whoever_had_an_import_saves_nothing_once_somebody_else_goes_on() {
    let site = site().await;
    let tenant = site.tenant();
    let rows = |from: usize| {
        (from..from + 200).map(|number| format!("P,p{number}@example.com\n")).collect::<Vec<_>>().concat()
    };
    let (parts, stream) = mpsc::channel(8);
    let send = async |part| parts.send(ImportCandidatesRequest { part: Some(part) }).await.unwrap();
    send(Part::Start(ImportStart::default())).await;
    send(Part::Chunk(format!("name,email\n{}", rows(0)).into_bytes())).await;
    let request = site.request(&tenant, Role::Recruiter, ReceiverStream::new(stream));
    let mut answers = service(&site).import_candidates(request).await.unwrap().into_inner();
    let first = answers.message().await.unwrap().unwrap();

    let resume = ImportResume { import_id: first.import_id.clone(), position: first.position };
    let start = ImportStart { resume: Some(resume), ..ImportStart::default() };
    let other = import_with(&site, &tenant, rows(1_000).as_bytes(), &start).await.unwrap();
    assert_eq!((other.rows_read, other.created), (400, 400));

    send(Part::Chunk(rows(2_000).into_bytes())).await;
    assert_eq!(reason(&answers.message().await.unwrap_err()), "IMPORT_TAKEN_OVER");
    assert_eq!(everybody(&site, &tenant).await.len(), 400);
    assert_eq!(get(&site, &tenant, &first.import_id).await.state(), ImportState::Done, "and it is not broken by that");
    let stranger = GetImportRequest { import_id: first.import_id };
    let refused = service(&site).get_import(site.request(&site.tenant(), Role::Owner, stranger)).await.unwrap_err();
    assert_eq!(reason(&refused), "IMPORT_NOT_FOUND");
    site.finish().await;
}

#[tokio::test]
async fn an_import_is_taken_back_where_nobody_has_changed_or_used_what_it_brought() {
    let site = site().await;
    let tenant = site.tenant();
    let known = |name: &str| CandidateProfile {
        city: "Paris".to_owned(),
        title: "Baker".to_owned(),
        ..named(name, &format!("{name}@example.com"))
    };
    let old = create(&site, &tenant, known("old")).await.unwrap();
    let edited = create(&site, &tenant, known("edited")).await.unwrap();
    let moved = create(&site, &tenant, known("moved")).await.unwrap();
    let file = b"name,email,phone,city,title,tags,consent_talent_pool,consent_evidence\n\
        old,old@example.com,+442079460958,London,Chef,vip,yes,form\n\
        edited,edited@example.com,,London,Chef,,,\n\
        moved,moved@example.com,,,,,,\n\
        new,new@example.com,,,,vip,yes,form\n\
        changed,changed@example.com,,,,,,\n\
        applied,applied@example.com,,,,,,\n\
        new,new@example.com,+442079460959,Rome,,,,\n";
    let report = import(&site, &tenant, file).await.unwrap();
    assert_eq!(counts(&report), (3, 3, 1, 0));
    let all = everybody(&site, &tenant).await;
    let id = |email: &str| all.iter().find(|person| person.email == email).unwrap().candidate_id.clone();
    let (new, changed, applied) = (id("new@example.com"), id("changed@example.com"), id("applied@example.com"));

    change(
        &site,
        &tenant,
        &edited.candidate_id,
        "city",
        CandidateProfile { city: "Berlin".to_owned(), ..Default::default() },
    )
    .await;
    change(&site, &tenant, &changed, "city", CandidateProfile { city: "Oslo".to_owned(), ..Default::default() }).await;
    let application =
        ApplicationCreated { application_id: "app_x".to_owned(), candidate_id: applied.clone(), ..Default::default() };
    site.say("ats", &tenant, "app_x", &application).await;
    site.settle().await;

    let undone = undo(&site, &tenant, &report.import_id).await.unwrap();
    assert_eq!((undone.undone_created, undone.undone_updated, undone.undo_problems), (1, 2, 3));
    site.settle().await;
    let all = everybody(&site, &tenant).await;
    let person = |id: &str| all.iter().find(|person| person.candidate_id == *id);
    assert!(person(&new).is_none() && person(&changed).is_some() && person(&applied).is_some());
    let back = person(&old.candidate_id).unwrap();
    assert_eq!((back.city.as_str(), back.title.as_str(), back.phone.as_str()), ("Paris", "Baker", ""));
    assert!(back.consents.is_empty() && !back.tags.iter().any(|tag| tag.name == "vip"), "{back:?}");
    let kept = person(&edited.candidate_id).unwrap();
    assert_eq!((kept.city.as_str(), kept.title.as_str()), ("Berlin", "Baker"));
    assert_eq!(person(&moved.candidate_id).unwrap(), &moved_with(&moved, person(&moved.candidate_id).unwrap()));
    let mut told: Vec<_> = problems(&site, &tenant, &report.import_id)
        .await
        .into_iter()
        .map(|problem| (problem.candidate_id, problem.reason, problem.fields))
        .collect();
    told.sort();
    let mut expected = vec![
        (edited.candidate_id.clone(), "CHANGED_SINCE".to_owned(), vec!["city".to_owned()]),
        (changed.clone(), "CHANGED_SINCE".to_owned(), Vec::new()),
        (applied.clone(), "HAS_HISTORY".to_owned(), Vec::new()),
    ];
    expected.sort();
    assert_eq!(told, expected);

    // Whoever is gone is gone for searches and for everybody who follows.
    let removed = site.heard_of::<CandidateRemoved>("talent", &tenant).await;
    assert_eq!(removed.iter().map(|event| event.candidate_id.as_str()).collect::<Vec<_>>(), [new.as_str()]);
    let read = GetCandidateRequest { candidate_id: new.clone() };
    let refused = candidates(&site).get_candidate(site.request(&tenant, Role::Recruiter, read)).await.unwrap_err();
    assert_eq!(reason(&refused), "CANDIDATE_NOT_FOUND");
    eventually("searches forget who is gone", async || {
        let look = SearchCandidatesRequest { query: "new".to_owned(), ..Default::default() };
        let found = SearchServiceClient::new(site.channel())
            .search_candidates(site.request(&tenant, Role::Recruiter, look))
            .await;
        found.is_ok_and(|found| found.into_inner().hits.iter().all(|hit| hit.candidate_id != new))
    })
    .await;

    // Doing it twice changes nothing, and the file is a new one.
    assert_eq!(undo(&site, &tenant, &report.import_id).await.unwrap(), undone);
    let again = import(&site, &tenant, file).await.unwrap();
    assert_eq!(again.created, 1, "the contact points are free again: {again:?}");
    assert_eq!(again.rejected, 0);
    site.finish().await;
}

#[tokio::test]
async fn whoever_has_applied_stays_also_where_nobody_has_heard_of_it_yet() {
    let applicants = Applicants::default();
    let site = Site::start(services(&applicants)).await;
    let tenant = site.tenant();
    let rows = (0..250).map(|number| format!("P,p{number}@example.com\n")).collect::<Vec<_>>().concat();
    let report = import(&site, &tenant, format!("name,email\n{rows}").as_bytes()).await.unwrap();
    let all = everybody(&site, &tenant).await;
    let applied = all.iter().find(|person| person.email == "p77@example.com").unwrap().candidate_id.clone();
    applicants.add(&applied);

    // Nobody is removed on a guess.
    applicants.set_away(true);
    let request = UndoImportRequest { import_id: report.import_id.clone(), request_id: String::new() };
    service(&site).undo_import(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    eventually("ats is asked", async || {
        site.clock().advance(Duration::from_secs(1)).unwrap();
        applicants.calls() > 1
    })
    .await;
    assert_eq!(everybody(&site, &tenant).await.len(), 250);
    applicants.set_away(false);
    let before = applicants.calls();

    let undone = undo(&site, &tenant, &report.import_id).await.unwrap();
    assert_eq!((undone.undone_created, undone.undo_problems), (249, 1));
    let told = problems(&site, &tenant, &report.import_id).await;
    assert_eq!((told[0].candidate_id.as_str(), told[0].reason.as_str()), (applied.as_str(), "IN_USE"));
    let left = everybody(&site, &tenant).await;
    assert_eq!(left.iter().map(|person| person.candidate_id.as_str()).collect::<Vec<_>>(), [applied.as_str()]);
    assert!(applicants.calls() - before <= 4, "many people are asked about at once");
    site.finish().await;
}

/// Somebody whom the import told nothing new about.
fn moved_with(before: &Candidate, now: &Candidate) -> Candidate {
    Candidate {
        tags: now.tags.clone(),
        last_activity_time: now.last_activity_time,
        engagement: now.engagement,
        ..before.clone()
    }
}

#[tokio::test]
async fn a_contact_point_that_somebody_else_has_by_now_stays_with_them() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(
        &site,
        &tenant,
        CandidateProfile { wechat_id: "ann_wechat".to_owned(), ..named("Ann", "ann@example.com") },
    )
    .await
    .unwrap();
    let report =
        import(&site, &tenant, b"name,email,wechat,city\nAnn,ann2@example.com,ann_wechat,Rome\n").await.unwrap();
    assert_eq!(counts(&report), (0, 1, 0, 0));
    create(&site, &tenant, named("Bob", "ann@example.com")).await.unwrap();
    undo(&site, &tenant, &report.import_id).await.unwrap();
    let read = GetCandidateRequest { candidate_id: ann.candidate_id.clone() };
    let now = candidates(&site)
        .get_candidate(site.request(&tenant, Role::Recruiter, read))
        .await
        .unwrap()
        .into_inner()
        .candidate
        .unwrap();
    assert_eq!((now.email.as_str(), now.city.as_str()), ("ann2@example.com", ""));
    let told = problems(&site, &tenant, &report.import_id).await;
    assert_eq!(
        (told[0].reason.as_str(), told[0].fields.as_slice()),
        ("CONTACT_TAKEN", ["email".to_owned()].as_slice())
    );
    site.finish().await;
}

#[tokio::test]
async fn a_large_import_is_undone_whole_while_processes_come_and_go_and_not_after_its_time() {
    let site = site().await;
    let tenant = site.tenant();
    let rows = (0..450).map(|number| format!("P,p{number}@example.com\n")).collect::<Vec<_>>().concat();
    let report = import(&site, &tenant, format!("name,email\n{rows}").as_bytes()).await.unwrap();
    let request = UndoImportRequest { import_id: report.import_id.clone(), request_id: String::new() };
    service(&site).undo_import(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    // A crash in the middle of it.
    let site = site.restart(services(&Applicants::default())).await;
    eventually("the import is undone", async || {
        get(&site, &tenant, &report.import_id).await.state() == ImportState::Undone
    })
    .await;
    assert_eq!(get(&site, &tenant, &report.import_id).await.undone_created, 450);
    assert!(everybody(&site, &tenant).await.is_empty());
    assert_eq!(site.heard_of::<CandidateRemoved>("talent", &tenant).await.len(), 450);

    let late = import(&site, &tenant, b"name,email\nAnn,ann@example.com\n").await.unwrap();
    site.clock().advance(Duration::from_secs(30 * 86_400)).unwrap();
    let changes = "SELECT FROM talent.import_changes";
    eventually("what was before is forgotten", async || {
        sqlx::query(changes).fetch_all(site.db("talent").pool()).await.is_ok_and(|rows| rows.is_empty())
    })
    .await;
    let request = UndoImportRequest { import_id: late.import_id, request_id: String::new() };
    let refused = service(&site).undo_import(site.request(&tenant, Role::Recruiter, request)).await.unwrap_err();
    assert_eq!(reason(&refused), "IMPORT_UNDO_EXPIRED");
    assert_eq!(everybody(&site, &tenant).await.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn another_tenant_has_none_of_ours() {
    let site = site().await;
    let (ours, theirs) = (site.tenant(), site.tenant());
    let report = import(&site, &ours, b"name,email\nAnn,ann@example.com\nBob,bob\n").await.unwrap();
    assert_eq!(counts(&report), (1, 0, 0, 1));
    let import_id = report.import_id;
    let read = GetImportRequest { import_id: import_id.clone() };
    let list = ListImportErrorsRequest { import_id: import_id.clone(), ..Default::default() };
    let problems = ListUndoProblemsRequest { import_id: import_id.clone(), ..Default::default() };
    for refused in [
        service(&site).get_import(site.request(&theirs, Role::Owner, read)).await.map(drop),
        service(&site).list_import_errors(site.request(&theirs, Role::Owner, list)).await.map(drop),
        service(&site).list_undo_problems(site.request(&theirs, Role::Owner, problems)).await.map(drop),
        undo(&site, &theirs, &import_id).await.map(drop),
    ] {
        assert_eq!(reason(&refused.unwrap_err()), "IMPORT_NOT_FOUND");
    }
    let list = site.request(&theirs, Role::Owner, ListImportsRequest::default());
    assert!(service(&site).list_imports(list).await.unwrap().into_inner().imports.is_empty());
    assert_eq!(get(&site, &ours, &import_id).await.state(), ImportState::Done);
    site.finish().await;
}

#[tokio::test]
async fn who_was_merged_stays_and_the_report_says_why() {
    let site = site().await;
    let tenant = site.tenant();
    let file = b"name,email\nann,ann@example.com\nbob,bob@example.com\neve,eve@example.com\n";
    let report = import(&site, &tenant, file).await.unwrap();
    let all = everybody(&site, &tenant).await;
    let id = |email: &str| all.iter().find(|person| person.email == email).unwrap().candidate_id.clone();
    let (ann, bob) = (id("ann@example.com"), id("bob@example.com"));
    merge(&site, &tenant, &ann, &bob).await.unwrap();
    let undone = undo(&site, &tenant, &report.import_id).await.unwrap();
    assert_eq!((undone.undone_created, undone.undo_problems), (1, 2));
    let told: BTreeSet<_> = problems(&site, &tenant, &report.import_id)
        .await
        .into_iter()
        .map(|problem| (problem.candidate_id, problem.reason))
        .collect();
    assert_eq!(told, BTreeSet::from([ann, bob].map(|id| (id, "MERGED".to_owned()))));
    site.finish().await;
}
