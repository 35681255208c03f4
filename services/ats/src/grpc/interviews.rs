//! `usher.ats.v1.InterviewService`.

use chassis::{Caller, Db, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        CancelInterviewRequest, CancelInterviewResponse, GetInterviewRequest, GetInterviewResponse, Interview as Shown,
        ListInterviewsRequest, ListInterviewsResponse, OfferTimesRequest, OfferTimesResponse, RecordAttendanceRequest,
        RecordAttendanceResponse, RecordFeedbackRequest, RecordFeedbackResponse, RescheduleInterviewRequest,
        RescheduleInterviewResponse, RevokeCentreLinksRequest, RevokeCentreLinksResponse, ScheduleInterviewRequest,
        ScheduleInterviewResponse, UpdateInterviewRequest, UpdateInterviewResponse,
        interview_service_server::InterviewService,
    },
};

use super::convert;
use crate::{
    commands,
    domain::{cadence::Cadence, interview::Interview, scorecard},
    queries, store,
};

pub struct Interviews {
    pub db: Db,
    pub cadence: Cadence,
}

#[tonic::async_trait]
impl InterviewService for Interviews {
    async fn schedule_interview(
        &self,
        request: Request<ScheduleInterviewRequest>,
    ) -> Result<Response<ScheduleInterviewResponse>, Status> {
        let cadence = self.cadence;
        let role = Caller::of(&request)?.role;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let interview = commands::schedule_interview::run(tx, &cadence, request).await?;
                whole(tx, interview, role)
                    .await
                    .map(|interview| ScheduleInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn get_interview(
        &self,
        request: Request<GetInterviewRequest>,
    ) -> Result<Response<GetInterviewResponse>, Status> {
        let role = Caller::of(&request)?.role;
        let answer = self.db.read(request, move |tx, request| {
            Box::pin(async move {
                let interview = store::interviews::get(tx, wire::id("interview_id", &request.interview_id)?).await?;
                whole(tx, interview, role).await.map(|interview| GetInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn list_interviews(
        &self,
        request: Request<ListInterviewsRequest>,
    ) -> Result<Response<ListInterviewsResponse>, Status> {
        let answer = self.db.read(request, |tx, request| {
            Box::pin(async move {
                let (interviews, next_page_token) = queries::list_interviews(tx, &request).await?;
                Ok(ListInterviewsResponse {
                    interviews: interviews
                        .into_iter()
                        .map(|interview| convert::interview(interview, Vec::new(), 0, Vec::new()))
                        .collect(),
                    next_page_token,
                })
            })
        });
        answer.await
    }

    async fn update_interview(
        &self,
        request: Request<UpdateInterviewRequest>,
    ) -> Result<Response<UpdateInterviewResponse>, Status> {
        let role = Caller::of(&request)?.role;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let interview = commands::interview_changes::update(tx, request).await?;
                whole(tx, interview, role).await.map(|interview| UpdateInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn offer_times(&self, request: Request<OfferTimesRequest>) -> Result<Response<OfferTimesResponse>, Status> {
        let cadence = self.cadence;
        let role = Caller::of(&request)?.role;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let interview = commands::interview_changes::offer_times(tx, &cadence, request).await?;
                whole(tx, interview, role).await.map(|interview| OfferTimesResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn reschedule_interview(
        &self,
        request: Request<RescheduleInterviewRequest>,
    ) -> Result<Response<RescheduleInterviewResponse>, Status> {
        let cadence = self.cadence;
        let role = Caller::of(&request)?.role;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let interview = commands::interview_changes::reschedule(tx, &cadence, request).await?;
                whole(tx, interview, role)
                    .await
                    .map(|interview| RescheduleInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn cancel_interview(
        &self,
        request: Request<CancelInterviewRequest>,
    ) -> Result<Response<CancelInterviewResponse>, Status> {
        let role = Caller::of(&request)?.role;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let interview = commands::interview_changes::cancel(tx, request).await?;
                whole(tx, interview, role).await.map(|interview| CancelInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn record_attendance(
        &self,
        request: Request<RecordAttendanceRequest>,
    ) -> Result<Response<RecordAttendanceResponse>, Status> {
        let cadence = self.cadence;
        let role = Caller::of(&request)?.role;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let interview = commands::attendance::run(tx, &cadence, request).await?;
                whole(tx, interview, role)
                    .await
                    .map(|interview| RecordAttendanceResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn record_feedback(
        &self,
        request: Request<RecordFeedbackRequest>,
    ) -> Result<Response<RecordFeedbackResponse>, Status> {
        let role = Caller::of(&request)?.role;
        let answer = self.db.write(request, move |tx, request| {
            Box::pin(async move {
                let interview = commands::feedback::run(tx, request).await?;
                whole(tx, interview, role).await.map(|interview| RecordFeedbackResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn revoke_centre_links(
        &self,
        request: Request<RevokeCentreLinksRequest>,
    ) -> Result<Response<RevokeCentreLinksResponse>, Status> {
        let answer = self.db.write(request, |tx, request| {
            Box::pin(async move {
                let revoked = commands::interview_changes::revoke_links(tx, request).await?;
                Ok(RevokeCentreLinksResponse { revoked: i32::try_from(revoked).unwrap_or(i32::MAX) })
            })
        });
        answer.await
    }
}

/// An interview with the feedback that its reader may read and what was said about who came.
async fn whole(tx: &mut TenantTx, interview: Interview, role: Role) -> chassis::Result<Shown> {
    let cards = store::scorecards::of_interview(tx, interview.id).await?;
    let attendance = store::interviews::entries(tx, interview.id).await?;
    let (cards, hidden) = scorecard::visible(&interview, cards, tx.ctx().actor.as_str(), role);
    Ok(convert::interview(interview, cards, hidden, attendance))
}
