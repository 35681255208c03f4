//! An interviewer gives feedback.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{CompetencyRating, FeedbackRecorded, RecordFeedbackRequest, TaskKind};

use super::say;
use crate::{
    domain::{
        interview::Interview,
        scorecard::{Rating, Scorecard, check_ratings, missing},
    },
    store,
};

pub async fn run(tx: &mut TenantTx, request: RecordFeedbackRequest) -> Result<Interview> {
    let interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    interview.must_have_happened()?;
    let card = Scorecard {
        author: tx.ctx().actor.to_string(),
        recommendation: request.recommendation(),
        ratings: request.ratings.into_iter().map(rating).collect(),
        note: request.note,
        topics_asked: request.topics_asked,
        create_time: tx.now(),
    };
    check_ratings(&card.ratings, &store::jobs::get(tx, interview.job_id).await?)?;
    store::scorecards::insert(tx, interview.id, &card).await?;
    let recorded = FeedbackRecorded {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        author: card.author,
        recommendation: card.recommendation.into(),
        topics_asked: card.topics_asked,
    };
    outbox::append(tx, interview.id, &recorded).await?;
    ask_for_the_rest(tx, &interview).await?;
    Ok(interview)
}

fn rating(rating: CompetencyRating) -> Rating {
    Rating { competency: rating.competency, score: rating.score, evidence: rating.evidence }
}

/// Asks for the scorecards that are missing of an interview that took place, and no longer when there are none.
pub async fn ask_for_the_rest(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    let given = store::scorecards::of_interview(tx, interview.id).await?;
    let due = missing(interview, &given).len();
    if due == 0 || interview.must_have_happened().is_err() {
        return say::settle(tx, interview, &[TaskKind::ScorecardsDue]).await;
    }
    let why = format!("The interview took place and {due} of its interviewers gave no scorecard yet.");
    let suggestion = "Write it while it is fresh; the others' can be read after that.";
    say::task(tx, TaskKind::ScorecardsDue, interview, interview.end(), why, suggestion).await
}
