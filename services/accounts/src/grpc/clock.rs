//! `usher.accounts.v1.ClockService`.

use chassis::{Clock, Error, wire};
use tonic::{Request, Response, Status};
use usher_proto::accounts::v1::{
    AdvanceClockRequest, AdvanceClockResponse, GetClockRequest, GetClockResponse, clock_service_server::ClockService,
};

pub struct Hands(pub Clock);

#[tonic::async_trait]
impl ClockService for Hands {
    async fn get_clock(&self, _: Request<GetClockRequest>) -> Result<Response<GetClockResponse>, Status> {
        let now = Some(wire::timestamp(self.0.now()));
        Ok(Response::new(GetClockResponse { now, movable: self.0.is_movable() }))
    }

    async fn advance_clock(
        &self,
        request: Request<AdvanceClockRequest>,
    ) -> Result<Response<AdvanceClockResponse>, Status> {
        let by = wire::span("by", &request.into_inner().by.unwrap_or_default())?;
        if by < chrono::TimeDelta::milliseconds(1) || by > chrono::TimeDelta::days(400) {
            return Err(
                Error::invalid("by", "DURATION_OUT_OF_RANGE", "must be between a millisecond and 400 days").into()
            );
        }
        let by = by.to_std().map_err(|error| Error::internal("a checked duration is negative", &error))?;
        let now = self.0.advance(by)?;
        Ok(Response::new(AdvanceClockResponse { now: Some(wire::timestamp(now)) }))
    }
}
