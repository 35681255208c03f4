//! A person asks for everything that is kept of them, and then to be forgotten, by every service.
//!
//! Whatever is written about the person in these tests holds one unusual word; after the erasure no table, stream or file of
//! the index holds it.

mod merged;

use std::{collections::BTreeMap, io::Read as _, path::Path};

use chassis::TenantId;
use prost::Message as _;
use redis::streams::StreamRangeReply;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::{Site, eventually};
use tonic::Code;
use tonic_types::StatusExt as _;
use usher::receipt::{KeySet, verify};
use usher_proto::{
    accounts::v1::Role,
    analytics::v1::{
        GetNoShowRatesRequest, GetTemplateReplyRatesRequest, RateReport, report_service_client::ReportServiceClient,
    },
    ats::v1::{
        Attendance, ListTasksRequest, Recommendation, RecordAttendanceRequest, RecordFeedbackRequest,
        RejectApplicationRequest, application_service_client::ApplicationServiceClient,
        interview_service_client::InterviewServiceClient, task_service_client::TaskServiceClient,
    },
    outreach::v1::{
        MessageDraft, MessageFacts, MessageKind, SendMessageRequest, message_service_client::MessageServiceClient,
    },
    talent::v1::{
        AddTagsRequest, CandidateProfile, ConsentPurpose, CreateCandidateRequest, Erasure, ErasureState,
        ExportPersonRequest, GetErasureRequest, GetReceiptKeysRequest, NewTag, RecordConsentRequest,
        RequestErasureRequest, SearchCandidatesRequest, TagDimension, UploadEnd, UploadResumeRequest, UploadStart,
        candidate_service_client::CandidateServiceClient, privacy_service_client::PrivacyServiceClient,
        resume_service_client::ResumeServiceClient, search_service_client::SearchServiceClient,
        tag_service_client::TagServiceClient, upload_resume_request::Part,
    },
};
use usher_tests::{application, candidate, interview, scheduled, services, suite_in};

/// In everything that is written about the person.
const MARKER: &str = "zyxqumber";
const EMAIL: &str = "reach-me-quovadis@example.com";
const PHONE: &str = "+8613877665544";

/// Everything that can be kept about somebody.
async fn known_person(site: &Site, tenant: &TenantId) -> (String, String) {
    let profile = CandidateProfile {
        display_name: format!("{MARKER} Lin"),
        email: EMAIL.to_owned(),
        phone: PHONE.to_owned(),
        summary: format!("Built the {MARKER} ledger"),
        company: format!("{MARKER} Works"),
        time_zone: "Asia/Shanghai".to_owned(),
        ..CandidateProfile::default()
    };
    let request_id = "018f0000-0000-7000-8000-00000000aa01".to_owned();
    let request = CreateCandidateRequest { profile: Some(profile), request_id };
    let created = CandidateServiceClient::new(site.channel())
        .create_candidate(site.request(tenant, Role::Recruiter, request))
        .await
        .unwrap();
    let id = created.into_inner().candidate.unwrap().candidate_id;
    resume(site, tenant, &id).await;
    let tag = NewTag {
        dimension: TagDimension::Status.into(),
        name: format!("{MARKER}_friend"),
        evidence: format!("{MARKER} said so"),
        expire_time: None,
    };
    let request = AddTagsRequest { candidate_id: id.clone(), tags: vec![tag], request_id: String::new() };
    TagServiceClient::new(site.channel()).add_tags(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    let request = RecordConsentRequest {
        candidate_id: id.clone(),
        purpose: ConsentPurpose::Opportunities.into(),
        granted: true,
        evidence: format!("{MARKER} ticked it"),
        ..RecordConsentRequest::default()
    };
    CandidateServiceClient::new(site.channel())
        .record_consent(site.request(tenant, Role::Recruiter, request))
        .await
        .unwrap();
    let (_, application) = application(site, tenant, &id).await;
    let interview = scheduled(site, tenant, interview(site, &application, 2)).await;
    (id, interview)
}

async fn resume(site: &Site, tenant: &TenantId, candidate: &str) {
    let text = format!("{MARKER} Lin\nElixir and Java for 8 years\n{EMAIL}\n");
    let start = UploadStart { candidate_id: candidate.to_owned(), file_name: format!("{MARKER}.txt") };
    let parts = [Part::Start(start), Part::Chunk(text.into_bytes()), Part::End(UploadEnd {})];
    let parts: Vec<_> = parts.into_iter().map(|part| UploadResumeRequest { part: Some(part) }).collect();
    ResumeServiceClient::new(site.channel())
        .upload_resume(site.request(tenant, Role::Recruiter, tokio_stream::iter(parts)))
        .await
        .unwrap();
}

/// An interview that took place, what was written after it, a message, and an end with a reason.
async fn what_happened(site: &Site, tenant: &TenantId, candidate: &str, interview: &str) {
    site.settle().await;
    site.clock().advance(std::time::Duration::from_secs(3 * 86_400)).unwrap();
    let mut interviews = InterviewServiceClient::new(site.channel());
    let request = RecordAttendanceRequest {
        interview_id: interview.to_owned(),
        attendance: Attendance::Attended.into(),
        ..RecordAttendanceRequest::default()
    };
    interviews.record_attendance(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    let request = RecordFeedbackRequest {
        interview_id: interview.to_owned(),
        recommendation: Recommendation::Yes.into(),
        note: format!("{MARKER} knows ledgers"),
        topics_asked: vec![format!("the {MARKER} team")],
        ..RecordFeedbackRequest::default()
    };
    let recorded = interviews.record_feedback(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    let facts = MessageFacts {
        subject: format!("About {MARKER}"),
        body: format!("Dear {MARKER}, it was good to meet you. We write again on Friday about the next step."),
        ..MessageFacts::default()
    };
    let draft = MessageDraft {
        business_key: "privacy/1".to_owned(),
        kind: MessageKind::Custom.into(),
        candidate_id: candidate.to_owned(),
        facts: Some(facts),
        ..MessageDraft::default()
    };
    MessageServiceClient::new(site.channel())
        .send_message(site.request(
            tenant,
            Role::Recruiter,
            SendMessageRequest { draft: Some(draft), ..SendMessageRequest::default() },
        ))
        .await
        .unwrap();
    let request = RejectApplicationRequest {
        application_id: recorded.into_inner().interview.unwrap().application_id,
        reason: format!("{MARKER} wants to stay in Chengdu"),
        ..RejectApplicationRequest::default()
    };
    ApplicationServiceClient::new(site.channel())
        .reject_application(site.request(tenant, Role::Recruiter, request))
        .await
        .unwrap();
    site.settle().await;
}

async fn export(site: &Site, tenant: &TenantId, candidate: &str) -> BTreeMap<String, Vec<u8>> {
    let request = ExportPersonRequest { candidate_id: candidate.to_owned() };
    let answer =
        PrivacyServiceClient::new(site.channel()).export_person(site.request(tenant, Role::Owner, request)).await;
    let mut pieces = answer.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await.unwrap() {
        bytes.extend(piece.chunk);
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|place| {
            let mut file = archive.by_index(place).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().to_owned(), content)
        })
        .collect()
}

async fn request_erasure(site: &Site, tenant: &TenantId, candidate: &str) -> Erasure {
    let request = RequestErasureRequest {
        candidate_id: candidate.to_owned(),
        reason: "their request of 3 March".to_owned(),
        request_id: String::new(),
    };
    PrivacyServiceClient::new(site.channel())
        .request_erasure(site.request(tenant, Role::Owner, request))
        .await
        .unwrap()
        .into_inner()
        .erasure
        .unwrap()
}

async fn read_erasure(site: &Site, tenant: &TenantId, erasure: &str) -> Erasure {
    let request = GetErasureRequest { erasure_id: erasure.to_owned() };
    let request = site.request(tenant, Role::Owner, request);
    let answer = PrivacyServiceClient::new(site.channel()).get_erasure(request).await.unwrap();
    answer.into_inner().erasure.unwrap()
}

/// Waits until it is done, with time going by.
async fn done(site: &Site, tenant: &TenantId, erasure: &str) -> Erasure {
    let mut found = Erasure::default();
    eventually("everybody has forgotten", async || {
        site.clock().advance(std::time::Duration::from_secs(3)).unwrap();
        found = read_erasure(site, tenant, erasure).await;
        found.state() == ErasureState::Done
    })
    .await;
    found
}

/// Every row of every table of every schema as text, by table; bytes are in hexadecimal.
async fn rows(site: &Site) -> BTreeMap<String, String> {
    let mut connection = PgConnection::connect(site.database().url()).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT schemaname || '.' || tablename FROM pg_tables
         WHERE schemaname IN ('accounts', 'ats', 'talent', 'outreach', 'analytics')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() > 50, "{tables:?}");
    let mut all = BTreeMap::new();
    for table in tables {
        let select = AssertSqlSafe(format!("SELECT every::text FROM {table} AS every"));
        let rows: Vec<String> = sqlx::query_scalar(select).fetch_all(&mut connection).await.unwrap();
        all.insert(table, rows.concat().to_lowercase());
    }
    all
}

fn hexadecimal(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// The tables that hold a word, as text or as bytes.
fn holding(rows: &BTreeMap<String, String>, word: &str) -> Vec<String> {
    let word = word.to_lowercase();
    let bytes = hexadecimal(&word);
    let holds = |text: &String| text.contains(&word) || text.contains(&bytes);
    rows.iter().filter(|(_, text)| holds(text)).map(|(table, _)| table.clone()).collect()
}

/// Every entry of every stream that is this installation's, and every other value's bytes.
async fn redis_bytes(site: &Site) -> Vec<u8> {
    let mut connection = site.redis().connection().await;
    let mut all = Vec::new();
    for key in site.redis().keys().await {
        let kind: String = redis::cmd("TYPE").arg(&key).query_async(&mut connection).await.unwrap();
        if kind == "stream" {
            let entries: StreamRangeReply =
                redis::cmd("XRANGE").arg(&key).arg("-").arg("+").query_async(&mut connection).await.unwrap();
            for entry in entries.ids {
                for field in entry.map.keys() {
                    all.extend(entry.get::<Vec<u8>>(field).unwrap_or_default());
                }
            }
        } else {
            let dump: Vec<u8> = redis::cmd("DUMP").arg(&key).query_async(&mut connection).await.unwrap();
            all.extend(dump);
        }
    }
    all
}

fn files(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { files(&path) } else { std::fs::read(&path).unwrap_or_default() });
    }
    all
}

fn contains(bytes: &[u8], word: &str) -> bool {
    // What is no text is not the word either.
    String::from_utf8_lossy(&bytes.to_ascii_lowercase()).contains(&word.to_lowercase())
}

/// What analytics says, as bytes.
async fn figures(site: &Site, tenant: &TenantId) -> Vec<u8> {
    let mut reports = ReportServiceClient::new(site.channel());
    let replies = reports
        .get_template_reply_rates(site.request(tenant, Role::Owner, GetTemplateReplyRatesRequest::default()))
        .await
        .unwrap()
        .into_inner();
    let shows = reports
        .get_no_show_rates(site.request(tenant, Role::Owner, GetNoShowRatesRequest::default()))
        .await
        .unwrap()
        .into_inner();
    let counts = |report: &Option<RateReport>| report.as_ref().unwrap().overall.unwrap().denominator;
    assert!(counts(&replies.report) > 0 && counts(&shows.report) > 0, "there is something to count");
    [replies.encode_to_vec(), shows.encode_to_vec()].concat()
}

async fn receipt_keys(site: &Site, tenant: &TenantId) -> KeySet {
    let answer = PrivacyServiceClient::new(site.channel())
        .get_receipt_keys(site.request(tenant, Role::ReadOnly, GetReceiptKeysRequest {}))
        .await
        .unwrap()
        .into_inner();
    KeySet { keys: answer.keys.iter().map(|key| serde_json::from_str(&key.jwk).unwrap()).collect() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_exported_whole_and_forgotten_everywhere() {
    let (mail, index) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let site = suite_in(&testkit::new_key(), mail.path(), index.path()).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    // Somebody of another tenant, and somebody else of the same one, who stay.
    let stranger = candidate(&site, &other, EMAIL).await;
    let colleague = candidate(&site, &tenant, "colleague@example.com").await;
    let (person, interview) = known_person(&site, &tenant).await;
    what_happened(&site, &tenant, &person, &interview).await;
    eventually("the mail went out", async || std::fs::read_dir(mail.path()).unwrap().count() > 1).await;
    site.settle().await;

    let files_told = export(&site, &tenant, &person).await;
    let names: Vec<&str> = files_told.keys().map(String::as_str).collect();
    for (file, word) in [
        ("talent/profile.json", EMAIL),
        ("talent/profile.json", PHONE),
        ("talent/profile.json", "ledger"),
        ("talent/tags.jsonl", "said so"),
        ("talent/consents.jsonl", "ticked it"),
        ("talent/timeline_entries.jsonl", "interview"),
        ("talent/contact_briefs.jsonl", MARKER),
        ("ats/feedback.jsonl", "knows ledgers"),
        ("ats/transitions.jsonl", "Chengdu"),
        ("ats/interviews.jsonl", "attempt"),
        ("outreach/messages.jsonl", "good to meet you"),
        ("outreach/attempts.jsonl", "succeeded"),
        ("outreach/drafts.txt", MARKER),
        ("analytics/facts.jsonl", "position"),
        ("README.md", "关于您"),
        ("manifest.json", "talent/profile.json"),
    ] {
        let content = files_told.get(file).unwrap_or_else(|| panic!("no {file} in {names:?}"));
        assert!(contains(content, word), "{file} lacks {word}: {}", String::from_utf8_lossy(content));
    }
    let file = names.iter().find(|name| name.ends_with(&format!("/file/{MARKER}.txt"))).expect("the résumé's file");
    assert!(contains(&files_told[*file], "Elixir"));
    assert!(names.iter().any(|name| name.ends_with("/text.txt")));

    let before = rows(&site).await;
    for table in ["talent.candidates", "talent.outbox", "ats.feedback", "ats.outbox", "outreach.messages"] {
        assert!(holding(&before, MARKER).contains(&table.to_owned()), "{table} is looked at");
    }
    assert!(contains(&redis_bytes(&site).await, MARKER), "the streams are looked at");
    assert!(contains(&files(index.path()), MARKER), "the index is looked at");
    let figures_before = figures(&site, &tenant).await;
    let mails = std::fs::read_dir(mail.path()).unwrap().count();

    let erasure = request_erasure(&site, &tenant, &person).await;
    assert_eq!(erasure.state(), ErasureState::Running);
    let erasure = done(&site, &tenant, &erasure.erasure_id).await;
    site.settle().await;

    let after = rows(&site).await;
    let (streams, indexed) = (redis_bytes(&site).await, files(index.path()));
    for word in [MARKER, EMAIL, PHONE, "13877665544"] {
        assert_eq!(holding(&after, word), [""; 0], "{word}");
        assert!(!contains(&streams, word), "Redis holds {word}");
        assert!(!contains(&indexed, word), "the index holds {word}");
    }
    let mut left = holding(&after, &person);
    left.retain(|table| !matches!(table.as_str(), "talent.outbox" | "talent.outbox_mention"));
    assert_eq!(left, [""; 0], "the id stands in the one event that says that they are forgotten");
    assert_eq!(figures(&site, &tenant).await, figures_before, "what was counted stays");
    assert_eq!(std::fs::read_dir(mail.path()).unwrap().count(), mails, "nothing was sent about it");
    for (of, id) in [(&other, &stranger), (&tenant, &colleague)] {
        assert!(export(&site, of, id).await.contains_key("talent/profile.json"), "others are as they were");
    }

    let keys = receipt_keys(&site, &tenant).await;
    let said = verify(&erasure.receipt, &keys).unwrap();
    assert_eq!(said["erasure_id"], erasure.erasure_id.as_str());
    assert_eq!(said["tombstones"], 2);
    assert_eq!(said["services"].as_array().unwrap().len(), 4);
    assert!(!erasure.receipt.contains(&person));
    for place in (0..erasure.receipt.len()).step_by(41) {
        let mut spoilt = erasure.receipt.clone().into_bytes();
        spoilt[place] ^= 1;
        let spoilt = String::from_utf8_lossy(&spoilt).into_owned();
        assert!(verify(&spoilt, &keys).is_err(), "byte {place} was changed: {spoilt}");
    }

    let again = CreateCandidateRequest {
        profile: Some(CandidateProfile {
            display_name: "Lin again".to_owned(),
            email: EMAIL.to_owned(),
            ..CandidateProfile::default()
        }),
        request_id: String::new(),
    };
    let refused = CandidateServiceClient::new(site.channel())
        .create_candidate(site.request(&tenant, Role::Recruiter, again))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.get_error_details().error_info().unwrap().reason, "PERSON_ERASED");
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_goes_on_after_a_crash_and_open_work_goes_with_it() {
    let (mail, index) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let key = testkit::new_key();
    let mut site = suite_in(&key, mail.path(), index.path()).await;
    let tenant = site.tenant();
    let (person, interview) = known_person(&site, &tenant).await;
    site.settle().await;
    // An interview that nobody confirmed has a reminder to come, and somebody is to say who came.
    site.clock().advance(std::time::Duration::from_secs(3 * 86_400)).unwrap();
    let tasks = async |site: &Site| {
        TaskServiceClient::new(site.channel())
            .list_tasks(site.request(&tenant, Role::Recruiter, ListTasksRequest::default()))
            .await
            .unwrap()
            .into_inner()
            .tasks
    };
    eventually("a task", async || !tasks(&site).await.is_empty()).await;

    let erasure = request_erasure(&site, &tenant, &person).await;
    // Whoever has taken it up dies with it, and loses it.
    let lease = std::time::Duration::from_secs(121);
    let mut answers = 0;
    for _ in 0..3 {
        eventually("one more service has forgotten, or all have", async || {
            site.clock().advance(std::time::Duration::from_secs(3)).unwrap();
            let now = read_erasure(&site, &tenant, &erasure.erasure_id).await;
            let answered = now.steps.iter().filter(|step| step.answer_time.is_some()).count();
            let is_on = answered > answers || now.state() == ErasureState::Done || answered == now.steps.len();
            answers = answered;
            is_on
        })
        .await;
        site = site.restart(services(&key, mail.path(), index.path())).await;
        site.clock().advance(lease).unwrap();
    }
    assert_eq!(request_erasure(&site, &tenant, &person).await.erasure_id, erasure.erasure_id, "asking again");
    done(&site, &tenant, &erasure.erasure_id).await;
    site.settle().await;

    let after = rows(&site).await;
    for word in [MARKER, EMAIL, PHONE] {
        assert_eq!(holding(&after, word), [""; 0], "{word}");
        assert!(!contains(&files(index.path()), word), "the index holds {word}");
        assert!(!contains(&redis_bytes(&site).await, word), "Redis holds {word}");
    }
    assert!(tasks(&site).await.is_empty());
    let read = usher_proto::ats::v1::GetInterviewRequest { interview_id: interview };
    let gone = InterviewServiceClient::new(site.channel())
        .get_interview(site.request(&tenant, Role::Recruiter, read))
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    let found = SearchServiceClient::new(site.channel())
        .search_candidates(site.request(
            &tenant,
            Role::Recruiter,
            SearchCandidatesRequest { query: MARKER.to_owned(), ..SearchCandidatesRequest::default() },
        ))
        .await
        .unwrap()
        .into_inner();
    assert!(found.hits.is_empty());
    site.finish().await;
}
