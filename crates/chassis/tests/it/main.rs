//! The chassis under a service that writes notes, through its front door.
#![expect(clippy::unwrap_used, reason = "a helper that can not do its part fails the test")]

mod idempotency;
mod notes;
mod readiness;
mod stack;
mod tenancy;
mod upgrade;

use std::sync::Arc;

use chassis::{Service, TenantId};
use notes::{Gate, Notes};
use testkit::Site;
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{ClaimTaskRequest, ListTasksRequest, Task, task_service_client::TaskServiceClient},
};
use uuid::Uuid;

fn services(gate: &Arc<Gate>) -> Vec<Box<dyn Service>> {
    vec![Box::new(Notes(gate.clone()))]
}

/// A site whose notes are written at once.
async fn site() -> (Site, Arc<Gate>) {
    let gate = Arc::new(Gate::open());
    (Site::start(services(&gate)).await, gate)
}

fn client(site: &Site) -> TaskServiceClient<Channel> {
    TaskServiceClient::new(site.channel())
}

/// Asks for a note with that text, which is a task's id, so that the contract lets it pass.
fn note(request_id: &str) -> ClaimTaskRequest {
    ClaimTaskRequest { task_id: text(), request_id: request_id.to_owned(), ..ClaimTaskRequest::default() }
}

fn text() -> String {
    TenantId::new().to_string().replace("tenant_", "task_")
}

fn key() -> String {
    Uuid::now_v7().to_string()
}

fn bearing<M>(token: &str, message: M) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

async fn write(site: &Site, token: &str, note: ClaimTaskRequest) -> Result<Task, Status> {
    Ok(client(site).claim_task(bearing(token, note)).await?.into_inner().task.unwrap())
}

/// The notes that a tenant sees.
async fn written(site: &Site, tenant: &TenantId) -> Vec<Task> {
    let request = site.request(tenant, Role::Recruiter, ListTasksRequest::default());
    client(site).list_tasks(request).await.unwrap().into_inner().tasks
}

fn reason(status: &Status) -> (Code, String) {
    let reason = status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default();
    (status.code(), reason)
}
