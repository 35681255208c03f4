//! Calls in the name of the person who is signed in: with their token, not with the edge's.

use std::collections::{BTreeSet, HashMap};

use chassis::{Error, Result};
use futures::{StreamExt as _, stream};
use tonic::Request;
use usher_proto::{
    accounts::v1::{
        GetTenantRequest, GetUserRequest, Tenant, tenant_service_client::TenantServiceClient,
        user_service_client::UserServiceClient,
    },
    ats::v1::{
        ClaimTaskRequest, CompleteTaskRequest, ListTasksRequest, ListTasksResponse,
        task_service_client::TaskServiceClient,
    },
    talent::v1::{GetCandidateRequest, candidate_service_client::CandidateServiceClient},
};
use uuid::Uuid;

use super::{notice::Notice, task_id::TaskId};
use crate::{App, session::Session};

/// So many tasks are shown at once.
const PAGE: i32 = 50;
/// So many names are asked for at the same time: a page of tasks is no reason to flood another service.
const AT_ONCE: usize = 8;

/// What a task's buttons do.
#[derive(Debug)]
pub enum Act {
    /// Takes it.
    Claim {
        /// Which task.
        task: TaskId,
        /// The same for the same press of the button.
        request_id: Uuid,
    },
    /// Marks it as done.
    Complete {
        /// Which task.
        task: TaskId,
        /// The same for the same press of the button.
        request_id: Uuid,
    },
}

impl Act {
    /// What is said when it is done.
    pub fn notice(&self) -> Notice {
        match self {
            Self::Claim { .. } => Notice::Claimed,
            Self::Complete { .. } => Notice::Completed,
        }
    }
}

/// Somebody who is signed in.
pub struct Person<'a> {
    app: &'a App,
    session: &'a Session,
}

impl<'a> Person<'a> {
    /// With their token.
    pub fn new(app: &'a App, session: &'a Session) -> Self {
        Self { app, session }
    }

    /// Who they are, by what their token says.
    pub fn id(&self) -> String {
        self.session.subject().unwrap_or_default()
    }

    /// Whether the workbench opens to them.
    pub async fn knock(&self) -> Result<()> {
        self.list(ListTasksRequest { page_size: 1, ..ListTasksRequest::default() }).await.map(drop)
    }

    /// The open tasks after a place in the list.
    pub async fn tasks(&self, after: String) -> Result<ListTasksResponse> {
        self.list(ListTasksRequest { page_size: PAGE, page_token: after, ..ListTasksRequest::default() }).await
    }

    async fn list(&self, request: ListTasksRequest) -> Result<ListTasksResponse> {
        let mut ats = TaskServiceClient::new(self.app.peers.channel("ats")?);
        Ok(ats.list_tasks(self.request(request)?).await?.into_inner())
    }

    /// Presses a button.
    pub async fn act(&self, act: Act) -> Result<()> {
        let mut ats = TaskServiceClient::new(self.app.peers.channel("ats")?);
        match act {
            Act::Claim { task, request_id } => {
                let (task_id, request_id) = (task.to_string(), request_id.to_string());
                ats.claim_task(self.request(ClaimTaskRequest {
                    task_id,
                    request_id,
                    ..ClaimTaskRequest::default()
                })?)
                .await?;
            }
            Act::Complete { task, request_id } => {
                let (task_id, request_id) = (task.to_string(), request_id.to_string());
                ats.complete_task(self.request(CompleteTaskRequest {
                    task_id,
                    request_id,
                    ..CompleteTaskRequest::default()
                })?)
                .await?;
            }
        }
        Ok(())
    }

    /// Their company; `None` when accounts does not say.
    pub async fn tenant(&self) -> Option<Tenant> {
        let get = async {
            let mut accounts = TenantServiceClient::new(self.app.peers.channel("accounts")?);
            Ok::<_, Error>(accounts.get_tenant(self.request(GetTenantRequest {})?).await?.into_inner().tenant)
        };
        get.await.ok().flatten()
    }

    /// Candidates' names. Whoever is not allowed to read a name, or can not right now, still gets the tasks.
    pub async fn candidate_names(&self, ids: Vec<String>) -> HashMap<String, String> {
        gather(distinct(ids).map(|id| self.candidate_name(id)).collect()).await
    }

    async fn candidate_name(&self, id: String) -> Option<(String, String)> {
        let mut talent = CandidateServiceClient::new(self.app.peers.channel("talent").ok()?);
        let request = self.request(GetCandidateRequest { candidate_id: id.clone() }).ok()?;
        let candidate = talent.get_candidate(request).await.ok()?.into_inner().candidate?;
        Some((id, candidate.display_name))
    }

    /// Colleagues' names.
    pub async fn user_names(&self, ids: Vec<String>) -> HashMap<String, String> {
        gather(distinct(ids).map(|id| self.user_name(id)).collect()).await
    }

    async fn user_name(&self, id: String) -> Option<(String, String)> {
        let mut accounts = UserServiceClient::new(self.app.peers.channel("accounts").ok()?);
        let request = self.request(GetUserRequest { user_id: id.clone() }).ok()?;
        let user = accounts.get_user(request).await.ok()?.into_inner().user?;
        Some((id, user.display_name))
    }

    fn request<M>(&self, message: M) -> Result<Request<M>> {
        self.session.request(message)
    }
}

fn distinct(ids: Vec<String>) -> impl Iterator<Item = String> {
    ids.into_iter().collect::<BTreeSet<_>>().into_iter()
}

/// Awaits names, a few at a time.
async fn gather(asked: Vec<impl Future<Output = Option<(String, String)>>>) -> HashMap<String, String> {
    stream::iter(asked).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await
}
