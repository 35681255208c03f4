//! What a candidate reads through a link: each field by itself, and nothing that is the company's own.

use prost::Message as _;
use usher_proto::ats::v1::{
    ApplicationState, Attendance, CancelInterviewRequest, CentreNextStep, CentreProgress, MoveApplicationRequest,
    RecordAttendanceRequest, RecordFeedbackRequest, RejectApplicationRequest, WithdrawFromJobRequest,
};

use super::*;

/// Every field that a candidate may read, one by one. Whoever adds one says here that they may.
const READABLE: [&str; 29] = [
    "company_name",
    "job_title",
    "state",
    "start_time",
    "duration",
    "time_zone",
    "place",
    "link",
    "interviewers",
    "materials",
    "contact_name",
    "contact_channel",
    "answer_by",
    "offered_times",
    "team_introduction",
    "revision",
    "can_confirm",
    "can_request_other_time",
    "can_withdraw",
    "candidate_id",
    "tenant_id",
    "calendar_uid",
    "calendar_sequence",
    "can_decline",
    "other_time_block",
    "progress",
    "next_step",
    "next_step_time",
    "offer",
];
const READABLE_OF_OFFER: [&str; 9] = [
    "terms",
    "state",
    "answer_by",
    "can_accept",
    "can_decline",
    "revision",
    "contact_name",
    "contact_channel",
    "salary_amount",
];

fn fields_of(message: &str) -> Vec<String> {
    let contract = prost_types::FileDescriptorSet::decode(usher_proto::DESCRIPTORS).unwrap();
    let file = contract.file.into_iter().find(|file| file.name() == "usher/ats/v1/centre.proto").unwrap();
    let message = file.message_type.into_iter().find(|found| found.name() == message).unwrap();
    message.field.into_iter().map(|field| field.name().to_owned()).collect()
}

#[test]
fn each_field_of_the_page_was_let_through_by_name() {
    let mut readable: Vec<String> = fields_of("Centre");
    readable.sort();
    let mut expected = READABLE.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(readable, expected);
    assert_eq!(fields_of("CentreOffer"), READABLE_OF_OFFER);
}

async fn application_link(site: &Site, tenant: &TenantId, application: &str) -> String {
    let request =
        CreateCentreLinkRequest { application_id: application.to_owned(), ..CreateCentreLinkRequest::default() };
    centres(site).create_centre_link(site.request(tenant, Role::Service, request)).await.unwrap().into_inner().token
}

/// Marks everything that is the company's own, and looks for the marks in every byte that a candidate gets.
#[tokio::test]
async fn nothing_internal_is_in_any_byte_of_the_page() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let of_application = application_link(&site, &tenant, &application.application_id).await;
    let early = look(&site, &of_application).await.unwrap();
    assert_eq!((early.progress(), early.next_step()), (CentreProgress::InReview, CentreNextStep::WaitForWord));
    assert!(early.next_step_time.is_some() && early.can_withdraw);

    let met =
        Interviewer { user_id: id("user"), display_name: "周敏".to_owned(), title: "后端负责人".to_owned() };
    let request =
        ScheduleInterviewRequest { interviewers: vec![met.clone()], ..meeting(&site, &application.application_id, 24) };
    let interview = schedule(&site, &tenant, request).await.unwrap();
    let token = link(&site, &tenant, &interview.interview_id).await;
    let page = look(&site, &token).await.unwrap();
    assert_eq!((page.progress(), page.next_step()), (CentreProgress::Interview, CentreNextStep::AnswerInvitation));
    assert_eq!(page.next_step_time, page.answer_by);
    confirm(&site, &token, &page.revision).await.unwrap();
    let page = look(&site, &token).await.unwrap();
    assert_eq!((page.next_step(), page.next_step_time), (CentreNextStep::Come, interview.start_time));

    site.clock().advance(Duration::from_secs(25 * 3_600)).unwrap();
    let request = RecordAttendanceRequest {
        interview_id: interview.interview_id.clone(),
        attendance: Attendance::Attended.into(),
        ..RecordAttendanceRequest::default()
    };
    interviews(&site).record_attendance(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let request = RecordFeedbackRequest {
        interview_id: interview.interview_id.clone(),
        recommendation: 1,
        note: "INTERNAL-feedback".to_owned(),
        topics_asked: vec!["INTERNAL-topic".to_owned()],
        ..RecordFeedbackRequest::default()
    };
    interviews(&site).record_feedback(site.request(&tenant, Role::Interviewer, request)).await.unwrap();
    let request = MoveApplicationRequest {
        application_id: application.application_id.clone(),
        to_stage: "phone_screen".to_owned(),
        reason: "INTERNAL-move".to_owned(),
        ..MoveApplicationRequest::default()
    };
    applications(&site).move_application(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let request =
        ScheduleInterviewRequest { interviewers: vec![met.clone()], ..meeting(&site, &application.application_id, 48) };
    let second = schedule(&site, &tenant, request).await.unwrap();
    let request = CancelInterviewRequest {
        interview_id: second.interview_id.clone(),
        reason: "INTERNAL-cancel".to_owned(),
        request_id: String::new(),
    };
    interviews(&site).cancel_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let before = [look(&site, &token).await.unwrap(), look(&site, &of_application).await.unwrap()];
    let request = RejectApplicationRequest {
        application_id: application.application_id.clone(),
        reason: "INTERNAL-reject".to_owned(),
        ..RejectApplicationRequest::default()
    };
    applications(&site).reject_application(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    // Nobody has told them yet: they see what they saw.
    let after = [look(&site, &token).await.unwrap(), look(&site, &of_application).await.unwrap()];
    assert_eq!(after, before);

    let of_second = link(&site, &tenant, &second.interview_id).await;
    for token in [&token, &of_application, &of_second] {
        let page = look(&site, token).await.unwrap();
        let bytes = String::from_utf8_lossy(&page.encode_to_vec()).into_owned();
        let internal = [
            "INTERNAL",
            "phone_screen",
            "applied",
            "talent_pool",
            application.application_id.as_str(),
            application.job_id.as_str(),
            met.user_id.as_str(),
        ];
        for mark in internal {
            // The calendar's entry is named by the interview, as in their own calendar; nothing else is.
            assert!(!bytes.contains(mark), "{mark} is in {page:?}");
        }
        assert!(page.interviewers.iter().all(|shown| shown.user_id.is_empty()));
    }
    site.finish().await;
}

#[tokio::test]
async fn a_link_to_an_application_alone_withdraws_it_once() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let token = application_link(&site, &tenant, &application.application_id).await;
    for _ in 0..2 {
        let request = WithdrawFromJobRequest {
            token: token.clone(),
            revision: look(&site, &token).await.unwrap().revision,
            note: String::new(),
        };
        let answer = centres(&site).withdraw_from_job(site.installation_request(request)).await.unwrap();
        let page = answer.into_inner().centre.unwrap();
        assert_eq!((page.progress(), page.next_step()), (CentreProgress::Withdrawn, CentreNextStep::None));
        assert!(!page.can_withdraw);
    }
    let request = usher_proto::ats::v1::GetApplicationRequest {
        application_id: application.application_id,
        ..Default::default()
    };
    let read = applications(&site).get_application(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    assert_eq!(read.into_inner().application.unwrap().state(), ApplicationState::Withdrawn);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::CandidateWithdrew]);
    site.finish().await;
}
