//! Interviews on the host's side: what they need, who came, what was said of it.

use prost_types::{Duration as Span, Timestamp};
use usher_proto::ats::v1::{
    Attendance, AttendanceRecorded, CancelInterviewRequest, FeedbackRecorded, InterviewState, ListInterviewsRequest,
    Recommendation, RecordAttendanceRequest, RecordFeedbackRequest,
};

use super::*;

async fn attend(
    site: &Site,
    tenant: &TenantId,
    interview: &str,
    attendance: Attendance,
    correction: &str,
) -> Result<Interview, Status> {
    let request = RecordAttendanceRequest {
        interview_id: interview.to_owned(),
        attendance: attendance.into(),
        correction_reason: correction.to_owned(),
        request_id: String::new(),
    };
    let answer = interviews(site).record_attendance(site.request(tenant, Role::Interviewer, request)).await?;
    Ok(answer.into_inner().interview.unwrap())
}

#[tokio::test]
async fn what_can_not_be_is_refused_with_its_field_and_leaves_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await.application_id;
    let sound = || meeting(&site, &application, 72);
    let time = |seconds, nanos| Some(Timestamp { seconds, nanos });
    let cases = [
        ("start_time", ScheduleInterviewRequest { start_time: None, ..sound() }),
        ("start_time", ScheduleInterviewRequest { start_time: stamp(later(&site, -1)), ..sound() }),
        ("start_time", ScheduleInterviewRequest { start_time: time(i64::MAX, 0), ..sound() }),
        ("start_time", ScheduleInterviewRequest { start_time: time(4_000_000_000, -5), ..sound() }),
        ("start_time", ScheduleInterviewRequest { start_time: time(253_402_300_800, 0), ..sound() }),
        ("time_zone", ScheduleInterviewRequest { time_zone: "Mars/Base".to_owned(), ..sound() }),
        ("time_zone", ScheduleInterviewRequest { time_zone: String::new(), ..sound() }),
        ("duration", ScheduleInterviewRequest { duration: Some(Span { seconds: 60, nanos: 0 }), ..sound() }),
        ("duration", ScheduleInterviewRequest { duration: Some(Span { seconds: i64::MIN, nanos: 0 }), ..sound() }),
        ("answer_by", ScheduleInterviewRequest { answer_by: stamp(later(&site, 73)), ..sound() }),
        ("offered_times[0]", ScheduleInterviewRequest { offered_times: vec![Timestamp::default()], ..sound() }),
        ("interviewers", ScheduleInterviewRequest { interviewers: Vec::new(), ..sound() }),
        ("link", ScheduleInterviewRequest { link: "not a link".to_owned(), ..sound() }),
        ("application_id", ScheduleInterviewRequest { application_id: "app_1".to_owned(), ..sound() }),
    ];
    for (field, request) in cases {
        let refused = schedule(&site, &tenant, request).await.unwrap_err();
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec![field.to_owned()]));
    }
    let nobody = schedule(&site, &tenant, meeting(&site, &id("app"), 72)).await.unwrap_err();
    assert_eq!(refusal(&nobody), (Code::NotFound, "APPLICATION_NOT_FOUND".to_owned()));
    let listed = ListInterviewsRequest::default();
    let listed = interviews(&site).list_interviews(site.request(&tenant, Role::ReadOnly, listed)).await.unwrap();
    assert!(listed.into_inner().interviews.is_empty());
    assert!(said(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn an_invitation_holds_every_fact_and_has_a_name_of_its_own() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 120).await;
    let drafts = requested(&site, &tenant).await;
    let [invitation] = drafts.as_slice() else { panic!("{drafts:?}") };
    assert_eq!(invitation.business_key, format!("{}/invitation/1", interview.interview_id));
    let facts = invitation.facts.clone().unwrap();
    assert_eq!((facts.start_time, facts.time_zone.as_str()), (interview.start_time, "Asia/Shanghai"));
    assert_eq!((facts.answer_by, facts.duration.unwrap().seconds), (interview.answer_by, 3_600));
    assert_eq!(facts.interviewers, ["周敏, 后端负责人"]);
    assert_eq!(interview.answer_by, stamp(created(&interview) + TimeDelta::hours(48)), "two days, as none was named");
    site.finish().await;
}

fn created(interview: &Interview) -> DateTime<Utc> {
    wire::instant("create_time", interview.create_time.as_ref().unwrap()).unwrap()
}

#[tokio::test]
async fn who_came_is_recorded_after_the_start_and_corrected_only_with_a_reason() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 24).await.interview_id;
    let early = attend(&site, &tenant, &interview, Attendance::Attended, "").await.unwrap_err();
    assert_eq!(refusal(&early), (Code::FailedPrecondition, "NOT_STARTED_YET".to_owned()));
    site.clock().advance(Duration::from_secs(24 * 3_600 + 1)).unwrap();
    let missed = attend(&site, &tenant, &interview, Attendance::CandidateNoShow, "").await.unwrap();
    assert_eq!((missed.state(), missed.attendance()), (InterviewState::Concluded, Attendance::CandidateNoShow));
    assert_eq!(attend(&site, &tenant, &interview, Attendance::CandidateNoShow, "").await.unwrap().etag, missed.etag);
    let silent = attend(&site, &tenant, &interview, Attendance::Late, "").await.unwrap_err();
    assert_eq!((silent.code(), fields(&silent)), (Code::InvalidArgument, vec!["correction_reason".to_owned()]));
    attend(&site, &tenant, &interview, Attendance::Late, "came at ten past").await.unwrap();

    let history = get(&site, &tenant, &interview).await.attendance_history;
    let history: Vec<_> =
        history.iter().map(|entry| (entry.attendance(), entry.corrects(), entry.reason.as_str())).collect();
    let expected = [
        (Attendance::CandidateNoShow, Attendance::Unspecified, ""),
        (Attendance::Late, Attendance::CandidateNoShow, "came at ten past"),
    ];
    assert_eq!(history, expected);
    let heard = site.heard_of::<AttendanceRecorded>("ats", &tenant).await;
    let heard: Vec<_> = heard.iter().map(|said| (said.attendance(), said.corrects())).collect();
    assert_eq!(heard, expected.map(|(attendance, corrects, _)| (attendance, corrects)));
    site.finish().await;
}

#[tokio::test]
async fn the_interview_after_a_missed_one_is_another_attempt() {
    let site = site().await;
    let tenant = site.tenant();
    let first = interview(&site, &tenant, 24).await;
    site.clock().advance(Duration::from_secs(24 * 3_600 + 1)).unwrap();
    attend(&site, &tenant, &first.interview_id, Attendance::CandidateNoShow, "").await.unwrap();
    let second = schedule(&site, &tenant, meeting(&site, &first.application_id, 48)).await.unwrap();
    assert_eq!((first.attempt, second.attempt), (1, 2));
    site.finish().await;
}

#[tokio::test]
async fn feedback_comes_once_from_each_and_only_of_what_took_place() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 24).await.interview_id;
    let give = async |token: &str| {
        let mut request = tonic::Request::new(RecordFeedbackRequest {
            interview_id: interview.clone(),
            recommendation: Recommendation::Yes.into(),
            note: "clear thinker".to_owned(),
            topics_asked: vec!["on-call".to_owned()],
            ..RecordFeedbackRequest::default()
        });
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        interviews(&site).record_feedback(request).await
    };
    let (one, other) = (site.token(&tenant, Role::Interviewer), site.token(&tenant, Role::HiringManager));
    assert_eq!(refusal(&give(&one).await.unwrap_err()), (Code::FailedPrecondition, "INTERVIEW_STATE".to_owned()));
    site.clock().advance(Duration::from_secs(24 * 3_600 + 1)).unwrap();
    attend(&site, &tenant, &interview, Attendance::Attended, "").await.unwrap();
    give(&one).await.unwrap();
    assert_eq!(refusal(&give(&one).await.unwrap_err()), (Code::AlreadyExists, "FEEDBACK_EXISTS".to_owned()));
    give(&other).await.unwrap();
    assert_eq!(get(&site, &tenant, &interview).await.feedback.len(), 2);
    assert_eq!(site.heard_of::<FeedbackRecorded>("ats", &tenant).await.len(), 2);
    site.finish().await;
}

#[tokio::test]
async fn a_cancelled_interview_is_told_once_and_stays_so() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 24).await.interview_id;
    for _ in 0..2 {
        let request = CancelInterviewRequest { interview_id: interview.clone(), ..CancelInterviewRequest::default() };
        let answer = interviews(&site).cancel_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
        assert_eq!(answer.into_inner().interview.unwrap().state(), InterviewState::Cancelled);
    }
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation, MessageKind::InterviewCancelled]);
    pass(&site, 48).await;
    assert!(tasks(&site, &tenant, true).await.is_empty());
    site.finish().await;
}
