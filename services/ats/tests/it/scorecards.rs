//! Interviewers judge by themselves, by what the job asks for, and are asked to.

use usher_proto::ats::v1::{
    Attendance, Competency, CompetencyRating, CreateJobRequest, Feedback, GetInterviewRequest, Recommendation,
    RecordAttendanceRequest, RecordFeedbackRequest,
};

use super::*;

/// A request by a user of that role and id.
fn by<M>(site: &Site, tenant: &TenantId, role: Role, user: &str, message: M) -> tonic::Request<M> {
    let token = site.token_for(tenant, role, user, TimeDelta::hours(24 * 365));
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

async fn judge(
    site: &Site,
    tenant: &TenantId,
    user: &str,
    interview: &str,
    ratings: &[(&str, i32)],
) -> Result<Interview, Status> {
    let rating = |(competency, score): &(&str, i32)| CompetencyRating {
        competency: (*competency).to_owned(),
        score: *score,
        evidence: "a design on the whiteboard".to_owned(),
    };
    let request = RecordFeedbackRequest {
        interview_id: interview.to_owned(),
        recommendation: Recommendation::Yes.into(),
        note: "clear thinker".to_owned(),
        topics_asked: vec!["on-call".to_owned()],
        ratings: ratings.iter().map(rating).collect(),
        request_id: String::new(),
    };
    let answer = interviews(site).record_feedback(by(site, tenant, Role::Interviewer, user, request)).await?;
    Ok(answer.into_inner().interview.unwrap())
}

/// What somebody reads: the authors, and how many they may not.
async fn reads(site: &Site, tenant: &TenantId, role: Role, user: &str, interview: &str) -> (Vec<String>, i32) {
    let request = GetInterviewRequest { interview_id: interview.to_owned() };
    let answer = interviews(site).get_interview(by(site, tenant, role, user, request)).await.unwrap();
    let shown = answer.into_inner().interview.unwrap();
    (shown.feedback.into_iter().map(|card: Feedback| card.author).collect(), shown.hidden_feedback)
}

#[tokio::test]
async fn others_scorecards_are_hidden_until_ones_own_is_submitted() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob, rita) = (id("user"), id("user"), id("user"));
    let competency = |key: &str| Competency {
        key: key.to_owned(),
        display_name: key.to_owned(),
        description: "what good looks like".to_owned(),
    };
    let request = CreateJobRequest {
        competencies: ["system_design", "communication"].map(competency).to_vec(),
        ..requisition("Java 后端工程师")
    };
    let job = jobs(&site).create_job(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let job = open(&site, &tenant, &job.into_inner().job.unwrap().job_id).await.unwrap();
    let application = apply(&site, &tenant, &job.job_id, &id("cand")).await.unwrap();
    let met = |user: &str| Interviewer { user_id: user.to_owned(), display_name: "X".to_owned(), title: String::new() };
    let request = ScheduleInterviewRequest {
        interviewers: vec![met(&ann), met(&bob)],
        ..meeting(&site, &application.application_id, 24)
    };
    let interview = schedule(&site, &tenant, request).await.unwrap().interview_id;
    site.clock().advance(Duration::from_secs(24 * 3_600 + 1)).unwrap();
    let came = RecordAttendanceRequest {
        interview_id: interview.clone(),
        attendance: Attendance::Attended.into(),
        ..RecordAttendanceRequest::default()
    };
    interviews(&site).record_attendance(site.request(&tenant, Role::Recruiter, came)).await.unwrap();
    assert!(kinds(&site, &tenant).await.contains(&TaskKind::ScorecardsDue));

    for (wrong, reasoned) in [
        (&[("charm", 3)][..], "COMPETENCY_UNKNOWN"),
        (&[("communication", 3), ("communication", 4)], "COMPETENCY_REPEATED"),
        (&[("communication", 6)], "VALUE_INVALID"),
    ] {
        let refused = judge(&site, &tenant, &ann, &interview, wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(reason(&refused) == reasoned || reasoned == "VALUE_INVALID", "{}", reason(&refused));
    }

    let shown = judge(&site, &tenant, &ann, &interview, &[("communication", 4)]).await.unwrap();
    assert_eq!(shown.feedback[0].ratings[0].score, 4);
    assert_eq!(reads(&site, &tenant, Role::Interviewer, &bob, &interview).await, (Vec::new(), 1));
    assert_eq!(reads(&site, &tenant, Role::HiringManager, &bob, &interview).await, (Vec::new(), 1));
    assert_eq!(reads(&site, &tenant, Role::Interviewer, &id("user"), &interview).await, (Vec::new(), 1));
    assert_eq!(reads(&site, &tenant, Role::Recruiter, &rita, &interview).await, (vec![ann.clone()], 0));
    assert!(kinds(&site, &tenant).await.contains(&TaskKind::ScorecardsDue), "one is missing");

    judge(&site, &tenant, &bob, &interview, &[]).await.unwrap();
    assert_eq!(reads(&site, &tenant, Role::Interviewer, &bob, &interview).await, (vec![ann, bob], 0));
    assert!(!kinds(&site, &tenant).await.contains(&TaskKind::ScorecardsDue));
    site.finish().await;
}
