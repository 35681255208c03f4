//! Ats as the undoing of imports sees it: it knows people of whom talent has not heard yet, and may be away.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chassis::{Caller, Error, House, Parts, Schema, Service};
use futures::stream::BoxStream;
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::ats::v1::{
    BulkMoveApplicationsRequest, BulkMoveApplicationsResponse, CreateApplicationRequest, CreateApplicationResponse,
    FindApplicantsRequest, FindApplicantsResponse, GetApplicationRequest, GetApplicationResponse,
    ListApplicationsRequest, ListApplicationsResponse, MoveApplicationRequest, MoveApplicationResponse,
    RejectApplicationRequest, RejectApplicationResponse, UnrejectApplicationRequest, UnrejectApplicationResponse,
    WithdrawApplicationRequest, WithdrawApplicationResponse,
    application_service_server::{ApplicationService, ApplicationServiceServer},
};

/// What it remembers; outlives a restart, as its database would.
#[derive(Debug, Clone, Default)]
pub struct Applicants(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    known: BTreeSet<String>,
    is_away: bool,
    calls: usize,
}

impl Applicants {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// Somebody has applied.
    pub fn add(&self, candidate: &str) {
        self.with(|state| state.known.insert(candidate.to_owned()));
    }

    pub fn set_away(&self, is_away: bool) {
        self.with(|state| state.is_away = is_away);
    }

    /// How often it was asked.
    pub fn calls(&self) -> usize {
        self.with(|state| state.calls)
    }
}

/// The service.
pub struct FakeAts(pub Applicants);

#[async_trait]
impl Service for FakeAts {
    fn name(&self) -> &'static str {
        "ats"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Schema {
            name: "ats",
            sets: vec![("outbox", &outbox::MIGRATIONS)],
            system_tables: outbox::SYSTEM_TABLES.to_vec(),
        })
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let mut parts = Parts { publishes: true, ..Parts::default() };
        parts.routes = Routes::new(ApplicationServiceServer::new(Desk(self.0.clone())));
        let producer = outbox::Producer::new(house.db()?, house.redis.clone(), outbox::Settings::default());
        parts.task("fake ats", producer.run(house.stop.clone()));
        Ok(parts)
    }
}

struct Desk(Applicants);

fn nobody_asks() -> Status {
    Status::unimplemented("talent does not ask for this")
}

#[tonic::async_trait]
impl ApplicationService for Desk {
    type BulkMoveApplicationsStream = BoxStream<'static, Result<BulkMoveApplicationsResponse, Status>>;

    async fn find_applicants(
        &self,
        request: Request<FindApplicantsRequest>,
    ) -> Result<Response<FindApplicantsResponse>, Status> {
        let caller = Caller::of(&request)?;
        assert_eq!(caller.actor.as_str().split(':').next(), Some("service"), "a service speaks for itself");
        let asked = request.into_inner().candidate_ids;
        self.0.with(|state| {
            state.calls += 1;
            if state.is_away {
                return Err(Error::unavailable("AWAY", "nobody gets through").into());
            }
            let candidate_ids = asked.into_iter().filter(|id| state.known.contains(id)).collect();
            Ok(Response::new(FindApplicantsResponse { candidate_ids }))
        })
    }

    async fn bulk_move_applications(
        &self,
        _: Request<BulkMoveApplicationsRequest>,
    ) -> Result<Response<Self::BulkMoveApplicationsStream>, Status> {
        Err(nobody_asks())
    }

    async fn create_application(
        &self,
        _: Request<CreateApplicationRequest>,
    ) -> Result<Response<CreateApplicationResponse>, Status> {
        Err(nobody_asks())
    }

    async fn get_application(
        &self,
        _: Request<GetApplicationRequest>,
    ) -> Result<Response<GetApplicationResponse>, Status> {
        Err(nobody_asks())
    }

    async fn list_applications(
        &self,
        _: Request<ListApplicationsRequest>,
    ) -> Result<Response<ListApplicationsResponse>, Status> {
        Err(nobody_asks())
    }

    async fn move_application(
        &self,
        _: Request<MoveApplicationRequest>,
    ) -> Result<Response<MoveApplicationResponse>, Status> {
        Err(nobody_asks())
    }

    async fn reject_application(
        &self,
        _: Request<RejectApplicationRequest>,
    ) -> Result<Response<RejectApplicationResponse>, Status> {
        Err(nobody_asks())
    }

    async fn unreject_application(
        &self,
        _: Request<UnrejectApplicationRequest>,
    ) -> Result<Response<UnrejectApplicationResponse>, Status> {
        Err(nobody_asks())
    }

    async fn withdraw_application(
        &self,
        _: Request<WithdrawApplicationRequest>,
    ) -> Result<Response<WithdrawApplicationResponse>, Status> {
        Err(nobody_asks())
    }
}
