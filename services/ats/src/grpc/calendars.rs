//! `usher.ats.v1.CalendarService`.

use chassis::{Caller, Db, Error};
use tonic::{Request, Response, Status};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        ExportCalendarRequest, ExportCalendarResponse, GetWorkingHoursRequest, GetWorkingHoursResponse,
        QueryFreeBusyRequest, QueryFreeBusyResponse, ReplaceBusyTimesRequest, ReplaceBusyTimesResponse,
        SetWorkingHoursRequest, SetWorkingHoursResponse, SuggestTimesRequest, SuggestTimesResponse,
        calendar_service_server::CalendarService,
    },
};

use super::convert;
use crate::{commands, domain::ics, queries};

pub struct Calendars(pub Db);

/// Refuses an interviewer who speaks for somebody else.
fn must_be_allowed<M>(request: &Request<M>, user: &str) -> chassis::Result<()> {
    let caller = Caller::of(request)?;
    if caller.role != Role::Interviewer || caller.actor.as_str() == user {
        return Ok(());
    }
    Err(Error::permission_denied("NOT_YOURSELF", "interviewers speak for their own calendar only"))
}

#[tonic::async_trait]
impl CalendarService for Calendars {
    async fn get_working_hours(
        &self,
        request: Request<GetWorkingHoursRequest>,
    ) -> Result<Response<GetWorkingHoursResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (hours, is_default) = queries::calendars::working_hours(tx, &request.user_id).await?;
                Ok(GetWorkingHoursResponse { working_hours: Some(convert::working_hours(hours)), is_default })
            })
        });
        answer.await
    }

    async fn set_working_hours(
        &self,
        request: Request<SetWorkingHoursRequest>,
    ) -> Result<Response<SetWorkingHoursResponse>, Status> {
        must_be_allowed(&request, &request.get_ref().user_id)?;
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let hours = commands::calendar::set_working_hours(tx, request).await?;
                Ok(SetWorkingHoursResponse { working_hours: Some(convert::working_hours(hours)) })
            })
        });
        answer.await
    }

    async fn replace_busy_times(
        &self,
        request: Request<ReplaceBusyTimesRequest>,
    ) -> Result<Response<ReplaceBusyTimesResponse>, Status> {
        must_be_allowed(&request, &request.get_ref().user_id)?;
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                commands::calendar::replace_busy(tx, request).await?;
                Ok(ReplaceBusyTimesResponse {})
            })
        });
        answer.await
    }

    async fn query_free_busy(
        &self,
        request: Request<QueryFreeBusyRequest>,
    ) -> Result<Response<QueryFreeBusyResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let taken = queries::calendars::free_busy(tx, &request).await?;
                Ok(QueryFreeBusyResponse { busy: taken.into_iter().map(convert::taken).collect() })
            })
        });
        answer.await
    }

    async fn suggest_times(
        &self,
        request: Request<SuggestTimesRequest>,
    ) -> Result<Response<SuggestTimesResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let times = queries::calendars::suggest(tx, &request).await?;
                Ok(SuggestTimesResponse { start_times: times.into_iter().map(chassis::wire::timestamp).collect() })
            })
        });
        answer.await
    }

    async fn export_calendar(
        &self,
        request: Request<ExportCalendarRequest>,
    ) -> Result<Response<ExportCalendarResponse>, Status> {
        must_be_allowed(&request, &request.get_ref().user_id)?;
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let interviews = queries::calendars::interviews_of(tx, &request.user_id).await?;
                Ok(ExportCalendarResponse { calendar: ics::published(&interviews, tx.now())? })
            })
        });
        answer.await
    }
}
