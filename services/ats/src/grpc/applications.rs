//! `usher.ats.v1.ApplicationService`.

use chassis::{Db, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    Application as Shown, ApplicationState, CreateApplicationRequest, CreateApplicationResponse, GetApplicationRequest,
    GetApplicationResponse, ListApplicationsRequest, ListApplicationsResponse, MoveApplicationRequest,
    MoveApplicationResponse, RejectApplicationRequest, RejectApplicationResponse, WithdrawApplicationRequest,
    WithdrawApplicationResponse, application_service_server::ApplicationService,
};

use super::convert;
use crate::{commands, domain::application::Application, queries, store};

pub struct Applications(pub Db);

#[tonic::async_trait]
impl ApplicationService for Applications {
    async fn create_application(
        &self,
        request: Request<CreateApplicationRequest>,
    ) -> Result<Response<CreateApplicationResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let application = commands::create_application::run(tx, request).await?;
                whole(tx, application)
                    .await
                    .map(|application| CreateApplicationResponse { application: Some(application) })
            })
        });
        answer.await
    }

    async fn get_application(
        &self,
        request: Request<GetApplicationRequest>,
    ) -> Result<Response<GetApplicationResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let application =
                    store::applications::get(tx, wire::id("application_id", &request.application_id)?).await?;
                whole(tx, application)
                    .await
                    .map(|application| GetApplicationResponse { application: Some(application) })
            })
        });
        answer.await
    }

    async fn list_applications(
        &self,
        request: Request<ListApplicationsRequest>,
    ) -> Result<Response<ListApplicationsResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (applications, next_page_token) = queries::list_applications(tx, &request).await?;
                Ok(ListApplicationsResponse {
                    applications: applications
                        .into_iter()
                        .map(|application| convert::application(application, Vec::new()))
                        .collect(),
                    next_page_token,
                })
            })
        });
        answer.await
    }

    async fn move_application(
        &self,
        request: Request<MoveApplicationRequest>,
    ) -> Result<Response<MoveApplicationResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let application = commands::move_application::run(tx, request).await?;
                whole(tx, application)
                    .await
                    .map(|application| MoveApplicationResponse { application: Some(application) })
            })
        });
        answer.await
    }

    async fn reject_application(
        &self,
        request: Request<RejectApplicationRequest>,
    ) -> Result<Response<RejectApplicationResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let application = commands::end_application::run(
                    tx,
                    wire::id("application_id", &request.application_id)?,
                    &request.etag,
                    ApplicationState::Rejected,
                    request.reason,
                    commands::end_application::By::Host,
                )
                .await?;
                whole(tx, application)
                    .await
                    .map(|application| RejectApplicationResponse { application: Some(application) })
            })
        });
        answer.await
    }

    async fn withdraw_application(
        &self,
        request: Request<WithdrawApplicationRequest>,
    ) -> Result<Response<WithdrawApplicationResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let application = commands::end_application::run(
                    tx,
                    wire::id("application_id", &request.application_id)?,
                    &request.etag,
                    ApplicationState::Withdrawn,
                    request.reason,
                    commands::end_application::By::Host,
                )
                .await?;
                whole(tx, application)
                    .await
                    .map(|application| WithdrawApplicationResponse { application: Some(application) })
            })
        });
        answer.await
    }
}

/// An application with its history.
async fn whole(tx: &mut TenantTx, application: Application) -> chassis::Result<Shown> {
    let transitions = store::applications::transitions(tx, application.id).await?;
    Ok(convert::application(application, transitions))
}
