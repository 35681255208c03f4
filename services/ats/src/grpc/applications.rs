//! `usher.ats.v1.ApplicationService`.

use std::collections::BTreeMap;

use chassis::{Caller, Db, TenantTx, wire};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tonic::{Request, Response, Status};
use tracing::{Instrument as _, Span};
use usher_proto::ats::v1::{
    Application as Shown, ApplicationState, BulkFailure, BulkMode, BulkMoveApplicationsRequest,
    BulkMoveApplicationsResponse, CreateApplicationRequest, CreateApplicationResponse, FindApplicantsRequest,
    FindApplicantsResponse, GetApplicationRequest, GetApplicationResponse, ListApplicationsRequest,
    ListApplicationsResponse, MoveApplicationRequest, MoveApplicationResponse, RejectApplicationRequest,
    RejectApplicationResponse, UnrejectApplicationRequest, UnrejectApplicationResponse, WithdrawApplicationRequest,
    WithdrawApplicationResponse, application_service_server::ApplicationService,
    bulk_move_applications_response::Outcome,
};

use super::convert;
use crate::{
    commands::{self, bulk_move::BulkMove},
    domain::application::{Application, ApplicationId},
    queries, store,
};

/// Items of one bulk call at once. Each takes a connection, which other requests need as well.
const AT_ONCE: usize = 4;

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
                let (application, steps) = queries::application(tx, &request).await?;
                let waiting = match request.read_time {
                    None => queries::waiting(tx, &[application.id]).await?,
                    Some(_) => BTreeMap::new(),
                };
                let waiting = waiting.get(&application.id);
                let shown = convert::whose_turn(convert::application(application, steps), waiting);
                Ok(GetApplicationResponse { application: Some(shown) })
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
                let (applications, waiting, next_page_token) = queries::list_applications(tx, &request).await?;
                Ok(ListApplicationsResponse {
                    applications: applications
                        .into_iter()
                        .map(|application| {
                            let waiting = waiting.get(&application.id);
                            convert::whose_turn(convert::application(application, Vec::new()), waiting)
                        })
                        .collect(),
                    next_page_token,
                })
            })
        });
        answer.await
    }

    async fn find_applicants(
        &self,
        request: Request<FindApplicantsRequest>,
    ) -> Result<Response<FindApplicantsResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let read = |id: &String| wire::id("candidate_ids", id);
                let asked = request.candidate_ids.iter().map(read).collect::<chassis::Result<Vec<_>>>()?;
                let known = store::subjects::known(tx, &asked).await?;
                Ok(FindApplicantsResponse { candidate_ids: known.iter().map(ToString::to_string).collect() })
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

    type BulkMoveApplicationsStream = BoxStream<'static, Result<BulkMoveApplicationsResponse, Status>>;

    async fn bulk_move_applications(
        &self,
        request: Request<BulkMoveApplicationsRequest>,
    ) -> Result<Response<Self::BulkMoveApplicationsStream>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let BulkMoveApplicationsRequest { application_ids, to_stage, reason, mode } = request.into_inner();
        let id = |(place, text): (usize, &String)| wire::id(&format!("application_ids[{place}]"), text);
        let ids: Vec<ApplicationId> = application_ids.iter().enumerate().map(id).collect::<chassis::Result<_>>()?;
        let (db, bulk) = (self.0.clone(), BulkMove { to_stage, reason });
        if mode == i32::from(BulkMode::All) {
            let outcomes = bulk.all(&db, &ctx, &ids).await?;
            let answers: Vec<_> = ids.into_iter().zip(outcomes).map(|(id, outcome)| Ok(moved(id, outcome))).collect();
            return Ok(Response::new(stream::iter(answers).boxed()));
        }
        let span = Span::current();
        let one = move |id| {
            let (db, ctx, bulk) = (db.clone(), ctx.clone(), bulk.clone());
            async move { Ok(moved(id, bulk.one(&db, &ctx, id).await)) }.instrument(span.clone())
        };
        Ok(Response::new(stream::iter(ids).map(one).buffered(AT_ONCE).boxed()))
    }

    async fn unreject_application(
        &self,
        request: Request<UnrejectApplicationRequest>,
    ) -> Result<Response<UnrejectApplicationResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let application = commands::unreject_application::run(tx, request).await?;
                whole(tx, application)
                    .await
                    .map(|application| UnrejectApplicationResponse { application: Some(application) })
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

/// What became of one item of a bulk call.
fn moved(id: ApplicationId, outcome: chassis::Result<Application>) -> BulkMoveApplicationsResponse {
    let outcome = match outcome {
        Ok(application) => Outcome::Application(convert::application(application, Vec::new())),
        Err(error) => Outcome::Failure(BulkFailure {
            code: error.code().into(),
            reason: error.reason().to_owned(),
            message: error.message().to_owned(),
        }),
    };
    BulkMoveApplicationsResponse { application_id: id.to_string(), outcome: Some(outcome) }
}

/// An application with its history, and whose turn it is.
async fn whole(tx: &mut TenantTx, application: Application) -> chassis::Result<Shown> {
    let transitions = store::applications::transitions(tx, application.id, None).await?;
    let waiting = queries::waiting(tx, &[application.id]).await?;
    let waiting = waiting.get(&application.id);
    Ok(convert::whose_turn(convert::application(application, transitions), waiting))
}
