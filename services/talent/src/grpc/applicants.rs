//! What ats knows of a job and of those who applied for it.

use std::time::Duration;

use chassis::{Error, Result, TenantId, peers::Peers};
use tonic::{Code, Status, transport::Channel};
use usher_proto::ats::v1::{
    Application, ApplicationState, GetJobRequest, Job, ListApplicationsRequest,
    application_service_client::ApplicationServiceClient, job_service_client::JobServiceClient,
};

/// How long ats has for each answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Applications of one answer.
const PAGE: i32 = 1_000;

/// A job. Errors: `NOT_FOUND` (`JOB_NOT_FOUND`), `UNAVAILABLE` (`ATS_AWAY`).
pub async fn job(peers: &Peers, tenant: TenantId, job_id: &str) -> Result<Job> {
    let mut request = peers.request(Some(tenant), GetJobRequest { job_id: job_id.to_owned() })?;
    request.set_timeout(PATIENCE);
    let answer = JobServiceClient::new(channel(peers)?).get_job(request).await.map_err(away)?;
    answer.into_inner().job.ok_or_else(|| Error::internal("ats gave no job", &"an answer without one"))
}

/// Everybody who applied for a job, in that state where one is named; who applied first comes first.
pub async fn applications(
    peers: &Peers,
    tenant: TenantId,
    job_id: &str,
    state: ApplicationState,
) -> Result<Vec<Application>> {
    let mut ats = ApplicationServiceClient::new(channel(peers)?);
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let asked = ListApplicationsRequest {
            page_size: PAGE,
            page_token,
            job_id: job_id.to_owned(),
            state: state.into(),
            ..ListApplicationsRequest::default()
        };
        let mut request = peers.request(Some(tenant), asked)?;
        request.set_timeout(PATIENCE);
        let page = ats.list_applications(request).await.map_err(away)?.into_inner();
        all.extend(page.applications);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            all.reverse();
            return Ok(all);
        }
    }
}

fn channel(peers: &Peers) -> Result<Channel> {
    peers.channel("ats")
}

/// What ats refuses is its own word; where it is away, that is said.
fn away(status: Status) -> Error {
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown => {
            Error::unavailable("ATS_AWAY", "ats does not answer; try again in a moment")
        }
        _ => status.into(),
    }
}
