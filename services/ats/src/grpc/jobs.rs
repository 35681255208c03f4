//! `usher.ats.v1.JobService`.

use chassis::{Db, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    CloseJobRequest, CloseJobResponse, CreateJobRequest, CreateJobResponse, GetJobRequest, GetJobResponse,
    HoldJobRequest, HoldJobResponse, Job as Shown, ListJobsRequest, ListJobsResponse, OpenJobRequest, OpenJobResponse,
    UpdateJobRequest, UpdateJobResponse, job_service_server::JobService,
};

use super::convert;
use crate::{commands, domain::job::Job, queries, store};

pub struct Jobs(pub Db);

#[tonic::async_trait]
impl JobService for Jobs {
    async fn create_job(&self, request: Request<CreateJobRequest>) -> Result<Response<CreateJobResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let job = commands::create_job::run(tx, request).await?;
                Ok(CreateJobResponse { job: Some(whole(tx, job).await?) })
            })
        });
        answer.await
    }

    async fn get_job(&self, request: Request<GetJobRequest>) -> Result<Response<GetJobResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let job = store::jobs::get(tx, wire::id("job_id", &request.job_id)?).await?;
                Ok(GetJobResponse { job: Some(whole(tx, job).await?) })
            })
        });
        answer.await
    }

    async fn list_jobs(&self, request: Request<ListJobsRequest>) -> Result<Response<ListJobsResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (jobs, next_page_token) = queries::list_jobs(tx, &request).await?;
                Ok(ListJobsResponse {
                    jobs: jobs.into_iter().map(|job| convert::job(job, Vec::new())).collect(),
                    next_page_token,
                })
            })
        });
        answer.await
    }

    async fn update_job(&self, request: Request<UpdateJobRequest>) -> Result<Response<UpdateJobResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let job = commands::update_job::run(tx, request).await?;
                Ok(UpdateJobResponse { job: Some(whole(tx, job).await?) })
            })
        });
        answer.await
    }

    async fn open_job(&self, request: Request<OpenJobRequest>) -> Result<Response<OpenJobResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let job = commands::open_job::run(tx, request).await?;
                Ok(OpenJobResponse { job: Some(whole(tx, job).await?) })
            })
        });
        answer.await
    }

    async fn hold_job(&self, request: Request<HoldJobRequest>) -> Result<Response<HoldJobResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let job = commands::hold_job::run(tx, request).await?;
                Ok(HoldJobResponse { job: Some(whole(tx, job).await?) })
            })
        });
        answer.await
    }

    async fn close_job(&self, request: Request<CloseJobRequest>) -> Result<Response<CloseJobResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let job = commands::close_job::run(tx, request).await?;
                Ok(CloseJobResponse { job: Some(whole(tx, job).await?) })
            })
        });
        answer.await
    }
}

/// A job with its history.
async fn whole(tx: &mut TenantTx, job: Job) -> chassis::Result<Shown> {
    let transitions = store::jobs::transitions(tx, job.id).await?;
    Ok(convert::job(job, transitions))
}
