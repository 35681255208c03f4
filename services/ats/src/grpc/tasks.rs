//! `usher.ats.v1.TaskService`.

use chassis::{Caller, Db, TenantTx, peers::Peers, wire};
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        AssignTaskRequest, AssignTaskResponse, ClaimTaskRequest, ClaimTaskResponse, CompleteTaskRequest,
        CompleteTaskResponse, GetTaskRequest, GetTaskResponse, ListTasksRequest, ListTasksResponse, ReleaseTaskRequest,
        ReleaseTaskResponse, SnoozeTaskRequest, SnoozeTaskResponse, Task as Shown, TaskDetail, TaskView,
        WatchTasksRequest, WatchTasksResponse, task_service_server::TaskService,
    },
};

use super::{briefs, convert, watch::Watches};
use crate::{
    commands::{self, task_told},
    domain::task::Task,
    queries, store,
};

pub struct Tasks {
    pub db: Db,
    pub peers: Peers,
    pub watches: Watches,
}

#[tonic::async_trait]
impl TaskService for Tasks {
    async fn list_tasks(&self, request: Request<ListTasksRequest>) -> Result<Response<ListTasksResponse>, Status> {
        let tenant = Caller::of(&request)?.tenant_ctx()?.tenant;
        let full = request.get_ref().view() == TaskView::Full;
        let answer = self.db.read(request, move |tx, request| {
            Box::pin(async move {
                let (tasks, next_page_token) = queries::list_tasks(tx, &request).await?;
                Ok(ListTasksResponse { tasks: shown(tx, &tasks, full).await?, next_page_token })
            })
        });
        let mut answer = answer.await?;
        if full {
            briefs::fill(&self.peers, tenant, &mut answer.get_mut().tasks).await;
        }
        Ok(answer)
    }

    async fn get_task(&self, request: Request<GetTaskRequest>) -> Result<Response<GetTaskResponse>, Status> {
        let tenant = Caller::of(&request)?.tenant_ctx()?.tenant;
        let full = request.get_ref().view() != TaskView::Basic;
        let answer = self.db.read(request, move |tx, request| {
            Box::pin(async move {
                let task = store::tasks::get(tx, wire::id("task_id", &request.task_id)?).await?;
                Ok(GetTaskResponse { task: shown(tx, &[task], full).await?.pop() })
            })
        });
        let mut answer = answer.await?;
        if full {
            briefs::fill(&self.peers, tenant, answer.get_mut().task.as_mut_slice()).await;
        }
        Ok(answer)
    }

    type WatchTasksStream = BoxStream<'static, Result<WatchTasksResponse, Status>>;

    async fn watch_tasks(
        &self,
        request: Request<WatchTasksRequest>,
    ) -> Result<Response<Self::WatchTasksStream>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.watches.open(&caller, request.get_ref()).await?))
    }

    async fn claim_task(&self, request: Request<ClaimTaskRequest>) -> Result<Response<ClaimTaskResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let task = commands::task::claim(tx, request).await?;
                Ok(ClaimTaskResponse { task: Some(convert::task(&task)) })
            })
        });
        answer.await
    }

    async fn release_task(
        &self,
        request: Request<ReleaseTaskRequest>,
    ) -> Result<Response<ReleaseTaskResponse>, Status> {
        let anybodys = matches!(Caller::of(&request)?.role, Role::Owner | Role::Admin);
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let task = commands::task::release(tx, request, anybodys).await?;
                Ok(ReleaseTaskResponse { task: Some(convert::task(&task)) })
            })
        });
        answer.await
    }

    async fn assign_task(&self, request: Request<AssignTaskRequest>) -> Result<Response<AssignTaskResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let task = commands::task::assign(tx, request).await?;
                Ok(AssignTaskResponse { task: Some(convert::task(&task)) })
            })
        });
        answer.await
    }

    async fn snooze_task(&self, request: Request<SnoozeTaskRequest>) -> Result<Response<SnoozeTaskResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let task = commands::task::snooze(tx, request).await?;
                Ok(SnoozeTaskResponse { task: Some(convert::task(&task)) })
            })
        });
        answer.await
    }

    async fn complete_task(
        &self,
        request: Request<CompleteTaskRequest>,
    ) -> Result<Response<CompleteTaskResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let task = commands::task::complete(tx, request).await?;
                Ok(CompleteTaskResponse { task: Some(convert::task(&task)) })
            })
        });
        answer.await
    }
}

/// Tasks, with their histories where all is to be shown.
async fn shown(tx: &mut TenantTx, tasks: &[Task], full: bool) -> chassis::Result<Vec<Shown>> {
    let mut shown: Vec<Shown> = tasks.iter().map(convert::task).collect();
    if full {
        let mut steps = queries::steps(tx, tasks).await?;
        for (task, shown) in tasks.iter().zip(&mut shown) {
            let own = steps.extract_if(.., |(id, _)| *id == task.id).map(|(_, step)| task_told::step(step)).collect();
            shown.detail = Some(TaskDetail { steps: own, ..TaskDetail::default() });
        }
    }
    Ok(shown)
}
