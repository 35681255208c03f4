//! What falls silent is followed up: once, in time, and not after an answer.

use usher_proto::ats::v1::{
    AnswerReason, Attendance, OfferTimesRequest, RecordAttendanceRequest, RequestOtherTimeRequest, TaskCompleted,
};

use super::*;

#[tokio::test]
async fn an_unanswered_invitation_is_reminded_of_once_and_somebody_is_told() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 96).await;
    sent(&site, &tenant).await;
    pass(&site, 23).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation]);
    assert!(kinds(&site, &tenant).await.is_empty());

    pass(&site, 1).await;
    stands(&site, &tenant, &[TaskKind::InvitationUnanswered]).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation, MessageKind::InterviewReminder]);
    let reminder = requested(&site, &tenant).await.pop().unwrap();
    assert_eq!(reminder.business_key, format!("{}/invitation_unanswered/1/1", interview.interview_id));
    let task = tasks(&site, &tenant, false).await.pop().unwrap();
    assert!(task.why.contains("unanswered") && !task.suggestion.is_empty(), "{task:?}");

    // Neither the days that follow nor a reminder that was sent, nor another start of the service, bring a second one.
    sent(&site, &tenant).await;
    pass(&site, 24).await;
    let site = site.restart(services()).await;
    pass(&site, 24).await;
    assert_eq!(said(&site, &tenant).await.len(), 2);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::InvitationUnanswered]);
    site.finish().await;
}

#[tokio::test]
async fn a_reminder_that_came_due_while_nobody_was_there_goes_out_when_somebody_is() {
    let site = site().await;
    let tenant = site.tenant();
    interview(&site, &tenant, 96).await;
    sent(&site, &tenant).await;
    let clock = site.clock().clone();
    let site = {
        // Between the end of one process and the start of the next.
        clock.advance(Duration::from_secs(30 * 3_600)).unwrap();
        site.restart(services()).await
    };
    stands(&site, &tenant, &[TaskKind::InvitationUnanswered]).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation, MessageKind::InterviewReminder]);
    site.finish().await;
}

#[tokio::test]
async fn who_answered_is_not_reminded() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 96).await;
    sent(&site, &tenant).await;
    pass(&site, 20).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let revision = look(&site, &token).await.unwrap().revision;
    confirm(&site, &token, &revision).await.unwrap();
    pass(&site, 48).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation]);
    assert!(tasks(&site, &tenant, true).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn an_answer_after_the_reminder_takes_the_task_away() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 96).await;
    sent(&site, &tenant).await;
    pass(&site, 24).await;
    stands(&site, &tenant, &[TaskKind::InvitationUnanswered]).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    let revision = look(&site, &token).await.unwrap().revision;
    confirm(&site, &token, &revision).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    let done = site.heard_of::<TaskCompleted>("ats", &tenant).await;
    assert_eq!(done.iter().map(|done| done.actor.as_str()).collect::<Vec<_>>(), ["service:ats"]);
    site.finish().await;
}

#[tokio::test]
async fn an_invitation_for_soon_is_followed_up_by_a_person() {
    let site = site().await;
    let tenant = site.tenant();
    interview(&site, &tenant, 2).await;
    sent(&site, &tenant).await;
    site.clock().advance(Duration::from_secs(3_700)).unwrap();
    stands(&site, &tenant, &[TaskKind::InvitationUnanswered]).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation], "a mail would come too late");
    site.finish().await;
}

#[tokio::test]
async fn an_invitation_that_was_never_sent_is_not_reminded_of() {
    let site = site().await;
    let tenant = site.tenant();
    interview(&site, &tenant, 96).await;
    pass(&site, 48).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation]);
    site.finish().await;
}

#[tokio::test]
async fn somebody_is_asked_who_came_and_the_answer_takes_the_task_away() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 3).await;
    pass(&site, 5).await;
    stands(&site, &tenant, &[TaskKind::RecordAttendance]).await;
    let request = RecordAttendanceRequest {
        interview_id: interview.interview_id,
        attendance: Attendance::Attended.into(),
        ..RecordAttendanceRequest::default()
    };
    interviews(&site).record_attendance(site.request(&tenant, Role::Interviewer, request)).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn who_took_none_of_the_offered_times_is_offered_others() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 48).await;
    let request = OfferTimesRequest {
        interview_id: interview.interview_id.clone(),
        start_times: vec![wire::timestamp(later(&site, 60))],
        ..OfferTimesRequest::default()
    };
    interviews(&site).offer_times(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let token = link(&site, &tenant, &interview.interview_id).await;
    let request = RequestOtherTimeRequest {
        revision: look(&site, &token).await.unwrap().revision,
        token,
        note: "afternoons".to_owned(),
        reason: AnswerReason::ScheduleClash.into(),
    };
    centres(&site).request_other_time(site.installation_request(request)).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty(), "there is one to take");
    pass(&site, 61).await;
    stands(&site, &tenant, &[TaskKind::OfferTimes]).await;
    site.finish().await;
}
