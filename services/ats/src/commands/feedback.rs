//! An interviewer gives feedback.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{FeedbackRecorded, RecordFeedbackRequest};

use crate::{
    domain::interview::Interview,
    store::{self, interviews::Feedback},
};

pub async fn run(tx: &mut TenantTx, request: RecordFeedbackRequest) -> Result<Interview> {
    let interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    interview.must_have_happened()?;
    let feedback = Feedback {
        author: tx.ctx().actor.to_string(),
        recommendation: request.recommendation(),
        note: request.note,
        topics_asked: request.topics_asked,
        create_time: tx.now(),
    };
    store::interviews::insert_feedback(tx, interview.id, &feedback).await?;
    let recorded = FeedbackRecorded {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        author: feedback.author,
        recommendation: feedback.recommendation.into(),
        topics_asked: feedback.topics_asked,
    };
    outbox::append(tx, interview.id, &recorded).await?;
    Ok(interview)
}
