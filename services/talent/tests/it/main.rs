//! Talent through its front door.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod briefs;
mod campaigns;
mod candidates;
mod conformance;
mod consents;
mod duplicates;
mod external;
mod fake_ats;
mod fake_outreach;
mod import;
mod imports;
mod keys;
mod oracle;
mod privacy;
mod resumes;
mod saved_searches;
mod search;
mod secrecy;
mod tags;
mod tenants;
mod timeline;

use chassis::TenantId;
use testkit::{Site, Voice};
use tonic::{Status, transport::Channel};
use tonic_types::StatusExt as _;
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        Candidate, CandidateProfile, CreateCandidateRequest, ImportCandidatesRequest, ImportCandidatesResponse,
        ImportEnd, ImportStart, Skill, candidate_service_client::CandidateServiceClient,
        import_candidates_request::Part, import_service_client::ImportServiceClient,
    },
};
use usher_talent::{MasterKeys, Talent};

use self::fake_ats::{Applicants, FakeAts};

async fn site() -> Site {
    Site::start(services(&Applicants::default())).await
}

fn services(applicants: &Applicants) -> Vec<Box<dyn chassis::Service>> {
    vec![Box::new(talent()), Box::new(FakeAts(applicants.clone())), Box::new(Voice::new("outreach"))]
}

fn talent() -> Talent {
    Talent::with_master_keys(MasterKeys::from(&[7; 32]), outbox::Settings::default())
        .with_reader(env!("CARGO_BIN_EXE_document-reader").into())
}

fn candidates(site: &Site) -> CandidateServiceClient<Channel> {
    CandidateServiceClient::new(site.channel())
}

/// Somebody of whom only the name and the address are known.
fn named(name: &str, email: &str) -> CandidateProfile {
    CandidateProfile { display_name: name.to_owned(), email: email.to_owned(), ..CandidateProfile::default() }
}

/// A skill of which only the name is known.
fn skill(name: &str) -> Skill {
    Skill { name: name.to_owned(), ..Skill::default() }
}

async fn create(site: &Site, tenant: &TenantId, profile: CandidateProfile) -> Result<Candidate, Status> {
    let request = CreateCandidateRequest { profile: Some(profile), request_id: String::new() };
    let answer = candidates(site).create_candidate(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().candidate.unwrap())
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

fn metadata(status: &Status, key: &str) -> String {
    status.get_error_details().error_info().and_then(|info| info.metadata.get(key).cloned()).unwrap_or_default()
}

/// How a file is sent.
#[derive(Clone, Copy)]
struct Sending<'a> {
    piece: usize,
    dry_run: bool,
    end: bool,
    start: Option<&'a ImportStart>,
}

impl Default for Sending<'_> {
    fn default() -> Self {
        Self { piece: 64 * 1024, dry_run: false, end: true, start: None }
    }
}

/// Sends a file; the last report, with the errors and ignored columns of all of them.
async fn import_as(
    site: &Site,
    tenant: &TenantId,
    file: &[u8],
    sending: Sending<'_>,
) -> Result<ImportCandidatesResponse, Status> {
    let Sending { piece, dry_run, end, start } = sending;
    let start = start.cloned().unwrap_or_default();
    let start = Part::Start(ImportStart { file_name: "people.csv".to_owned(), dry_run, ..start });
    let chunks = file.chunks(piece).map(|chunk| Part::Chunk(chunk.to_vec()));
    let end = end.then_some(Part::End(ImportEnd {}));
    let parts: Vec<_> = std::iter::once(start)
        .chain(chunks)
        .chain(end)
        .map(|part| ImportCandidatesRequest { part: Some(part) })
        .collect();
    let request = site.request(tenant, Role::Recruiter, tokio_stream::iter(parts));
    let mut answers = ImportServiceClient::new(site.channel()).import_candidates(request).await?.into_inner();
    let mut last = ImportCandidatesResponse::default();
    while let Some(answer) = answers.message().await? {
        assert!(!last.done, "something came after the last report");
        let (errors, ignored) = (std::mem::take(&mut last.errors), std::mem::take(&mut last.ignored_columns));
        last = answer;
        last.errors.splice(..0, errors);
        last.ignored_columns.splice(..0, ignored);
    }
    assert!(last.done, "the stream ended without a last report");
    Ok(last)
}

async fn import(site: &Site, tenant: &TenantId, file: &[u8]) -> Result<ImportCandidatesResponse, Status> {
    import_as(site, tenant, file, Sending::default()).await
}

/// (created, updated, unchanged, rejected)
fn counts(report: &ImportCandidatesResponse) -> (i64, i64, i64, i64) {
    (report.created, report.updated, report.unchanged, report.rejected)
}
