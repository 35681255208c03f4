//! `usher.ats.v1.InterviewService`.

use chassis::{Db, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    CancelInterviewRequest, CancelInterviewResponse, GetInterviewRequest, GetInterviewResponse, Interview as Shown,
    ListInterviewsRequest, ListInterviewsResponse, OfferTimesRequest, OfferTimesResponse, RecordAttendanceRequest,
    RecordAttendanceResponse, RecordFeedbackRequest, RecordFeedbackResponse, ScheduleInterviewRequest,
    ScheduleInterviewResponse, UpdateInterviewRequest, UpdateInterviewResponse,
    interview_service_server::InterviewService,
};

use super::convert;
use crate::{commands, domain::interview::Interview, queries, store};

pub struct Interviews(pub Db);

#[tonic::async_trait]
impl InterviewService for Interviews {
    async fn schedule_interview(
        &self,
        request: Request<ScheduleInterviewRequest>,
    ) -> Result<Response<ScheduleInterviewResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let interview = commands::schedule_interview::run(tx, request).await?;
                whole(tx, interview).await.map(|interview| ScheduleInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn get_interview(
        &self,
        request: Request<GetInterviewRequest>,
    ) -> Result<Response<GetInterviewResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let interview = store::interviews::get(tx, wire::id("interview_id", &request.interview_id)?).await?;
                whole(tx, interview).await.map(|interview| GetInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn list_interviews(
        &self,
        request: Request<ListInterviewsRequest>,
    ) -> Result<Response<ListInterviewsResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (interviews, next_page_token) = queries::list_interviews(tx, &request).await?;
                Ok(ListInterviewsResponse {
                    interviews: interviews
                        .into_iter()
                        .map(|interview| convert::interview(interview, Vec::new()))
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
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let interview = commands::interview_changes::update(tx, request).await?;
                whole(tx, interview).await.map(|interview| UpdateInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn offer_times(&self, request: Request<OfferTimesRequest>) -> Result<Response<OfferTimesResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let interview = commands::interview_changes::offer_times(tx, request).await?;
                whole(tx, interview).await.map(|interview| OfferTimesResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn cancel_interview(
        &self,
        request: Request<CancelInterviewRequest>,
    ) -> Result<Response<CancelInterviewResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let interview = commands::interview_changes::cancel(tx, request).await?;
                whole(tx, interview).await.map(|interview| CancelInterviewResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn record_attendance(
        &self,
        request: Request<RecordAttendanceRequest>,
    ) -> Result<Response<RecordAttendanceResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let interview = commands::attendance::run(tx, request).await?;
                whole(tx, interview).await.map(|interview| RecordAttendanceResponse { interview: Some(interview) })
            })
        });
        answer.await
    }

    async fn record_feedback(
        &self,
        request: Request<RecordFeedbackRequest>,
    ) -> Result<Response<RecordFeedbackResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let interview = commands::feedback::run(tx, request).await?;
                whole(tx, interview).await.map(|interview| RecordFeedbackResponse { interview: Some(interview) })
            })
        });
        answer.await
    }
}

/// An interview with its feedback.
async fn whole(tx: &mut TenantTx, interview: Interview) -> chassis::Result<Shown> {
    let feedback = store::interviews::feedback(tx, interview.id).await?;
    Ok(convert::interview(interview, feedback))
}
