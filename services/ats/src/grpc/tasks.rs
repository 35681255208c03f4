//! `usher.ats.v1.TaskService`.

use chassis::Db;
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    ClaimTaskRequest, ClaimTaskResponse, CompleteTaskRequest, CompleteTaskResponse, ListTasksRequest,
    ListTasksResponse, task_service_server::TaskService,
};

use super::convert;
use crate::{commands, queries};

pub struct Tasks(pub Db);

#[tonic::async_trait]
impl TaskService for Tasks {
    async fn list_tasks(&self, request: Request<ListTasksRequest>) -> Result<Response<ListTasksResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (tasks, next_page_token) = queries::list_tasks(tx, &request).await?;
                Ok(ListTasksResponse { tasks: tasks.into_iter().map(convert::task).collect(), next_page_token })
            })
        });
        answer.await
    }

    async fn claim_task(&self, request: Request<ClaimTaskRequest>) -> Result<Response<ClaimTaskResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let task = commands::task::claim(tx, &request.task_id).await?;
                Ok(ClaimTaskResponse { task: Some(convert::task(task)) })
            })
        });
        answer.await
    }

    async fn complete_task(
        &self,
        request: Request<CompleteTaskRequest>,
    ) -> Result<Response<CompleteTaskResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let task = commands::task::complete(tx, &request.task_id).await?;
                Ok(CompleteTaskResponse { task: Some(convert::task(task)) })
            })
        });
        answer.await
    }
}
