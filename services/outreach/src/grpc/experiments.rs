//! `usher.outreach.v1.ExperimentService`.

use std::collections::HashMap;

use chassis::{Db, wire};
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    CreateExperimentRequest, CreateExperimentResponse, GetExperimentRequest, GetExperimentResponse,
    ListExperimentsRequest, ListExperimentsResponse, StartExperimentRequest, StartExperimentResponse,
    StopExperimentRequest, StopExperimentResponse, experiment_service_server::ExperimentService,
};

use super::convert_templates as convert;
use crate::{commands, queries, store};

pub struct Experiments(pub Db);

#[tonic::async_trait]
impl ExperimentService for Experiments {
    async fn create_experiment(
        &self,
        request: Request<CreateExperimentRequest>,
    ) -> Result<Response<CreateExperimentResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let kind = request.kind();
                let experiment = commands::create_experiment::run(tx, kind, request.display_name, request.arms).await?;
                Ok(CreateExperimentResponse { experiment: Some(convert::experiment(experiment, &HashMap::new())) })
            })
        });
        answer.await
    }

    async fn start_experiment(
        &self,
        request: Request<StartExperimentRequest>,
    ) -> Result<Response<StartExperimentResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let id = wire::id("experiment_id", &request.experiment_id)?;
                let experiment = commands::start_experiment::run(tx, id).await?;
                Ok(StartExperimentResponse { experiment: Some(convert::experiment(experiment, &HashMap::new())) })
            })
        });
        answer.await
    }

    async fn stop_experiment(
        &self,
        request: Request<StopExperimentRequest>,
    ) -> Result<Response<StopExperimentResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let id = wire::id("experiment_id", &request.experiment_id)?;
                let experiment = commands::stop_experiment::run(tx, id).await?;
                Ok(StopExperimentResponse { experiment: Some(convert::experiment(experiment, &HashMap::new())) })
            })
        });
        answer.await
    }

    async fn get_experiment(
        &self,
        request: Request<GetExperimentRequest>,
    ) -> Result<Response<GetExperimentResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let id = wire::id("experiment_id", &request.experiment_id)?;
                let experiment = store::experiments::get(tx, id).await?;
                let people = store::experiments::people(tx, id).await?;
                Ok(GetExperimentResponse { experiment: Some(convert::experiment(experiment, &people)) })
            })
        });
        answer.await
    }

    async fn list_experiments(
        &self,
        request: Request<ListExperimentsRequest>,
    ) -> Result<Response<ListExperimentsResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (found, next_page_token) = queries::experiments::list(tx, &request).await?;
                let experiments =
                    found.into_iter().map(|experiment| convert::experiment(experiment, &HashMap::new())).collect();
                Ok(ListExperimentsResponse { experiments, next_page_token })
            })
        });
        answer.await
    }
}
