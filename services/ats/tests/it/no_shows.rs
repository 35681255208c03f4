//! The cause ledger: whose failure a no-show was, from recorded facts alone.

use usher_proto::ats::v1::{
    Attendance, ListNoShowsRequest, NoShow, NoShowCause, NoShowExplained, NoShowFailure, RecordAttendanceRequest,
    cadence_service_client::CadenceServiceClient,
};

use super::*;

async fn came(site: &Site, tenant: &TenantId, interview: &str, attendance: Attendance) {
    let request = RecordAttendanceRequest {
        interview_id: interview.to_owned(),
        attendance: attendance.into(),
        correction_reason: "looked again".to_owned(),
        request_id: String::new(),
    };
    interviews(site).record_attendance(site.request(tenant, Role::Recruiter, request)).await.unwrap();
}

async fn ledger(site: &Site, tenant: &TenantId) -> Vec<NoShow> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListNoShowsRequest { page_size: 2, page_token, ..ListNoShowsRequest::default() };
        let mut client = CadenceServiceClient::new(site.channel());
        let page = client.list_no_shows(site.request(tenant, Role::ReadOnly, request)).await.unwrap().into_inner();
        found.extend(page.no_shows);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

#[tokio::test]
async fn each_no_show_says_what_was_done_and_whose_failure_it_was() {
    let site = site().await;
    let tenant = site.tenant();
    // Nobody told the first one; the second confirmed early and was reminded; the third stayed silent though reminded.
    let untold = interview(&site, &tenant, 100).await.interview_id;
    let confirmed = interview(&site, &tenant, 101).await.interview_id;
    sent(&site, &tenant).await;
    let token = link(&site, &tenant, &confirmed).await;
    confirm(&site, &token, &look(&site, &token).await.unwrap().revision).await.unwrap();
    let silent = interview(&site, &tenant, 102).await.interview_id;
    sent(&site, &tenant).await;
    for _ in 0..4 {
        let before = requested(&site, &tenant).await.len();
        pass(&site, 20).await;
        for fresh in requested(&site, &tenant).await.split_off(before) {
            deliver(&site, &tenant, fresh).await;
        }
    }
    pass(&site, 24).await;
    came(&site, &tenant, &untold, Attendance::CandidateNoShow).await;
    came(&site, &tenant, &confirmed, Attendance::HostNoShow).await;
    came(&site, &tenant, &confirmed, Attendance::CandidateNoShow).await;
    came(&site, &tenant, &silent, Attendance::CandidateNoShow).await;

    let found = ledger(&site, &tenant).await;
    let told: Vec<_> = found.iter().map(|entry| (entry.interview_id.clone(), entry.failure(), entry.cause())).collect();
    let expected = [
        (untold.clone(), NoShowFailure::Host, NoShowCause::NotTold),
        (confirmed.clone(), NoShowFailure::Candidate, NoShowCause::ConfirmedDidNotCome),
        (silent.clone(), NoShowFailure::Candidate, NoShowCause::SilentReminded),
    ];
    assert_eq!(told, expected);
    assert!(found[0].deliver_time.is_none() && found[1].confirmed && found[1].view_time.is_some());
    assert!(found[1].remind_times.len() <= 2 && !found[2].remind_times.is_empty() && found[2].answer_time.is_none());

    let heard = site.heard_of::<NoShowExplained>("ats", &tenant).await;
    let causes: Vec<_> = heard.iter().map(NoShowExplained::cause).collect();
    let expected =
        [NoShowCause::NotTold, NoShowCause::HostAbsent, NoShowCause::ConfirmedDidNotCome, NoShowCause::SilentReminded];
    assert_eq!(causes, expected);
    // An hour later somebody is asked to try again, and another attempt takes that away.
    pass(&site, 2).await;
    assert_eq!(kinds(&site, &tenant).await.iter().filter(|kind| **kind == TaskKind::FollowUpNoShow).count(), 3);
    let application = get(&site, &tenant, &silent).await.application_id;
    let second = schedule(&site, &tenant, meeting(&site, &application, 72)).await.unwrap();
    assert_eq!(second.attempt, 2);
    assert_eq!(kinds(&site, &tenant).await.iter().filter(|kind| **kind == TaskKind::FollowUpNoShow).count(), 2);

    // Who came after all is in no ledger, and nobody else's is.
    came(&site, &tenant, &silent, Attendance::Late).await;
    assert_eq!(ledger(&site, &tenant).await.len(), 2);
    assert!(ledger(&site, &site.tenant()).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn who_is_out_of_the_job_is_not_followed_up_for_a_no_show() {
    let site = site().await;
    let tenant = site.tenant();
    let missed = interview(&site, &tenant, 24).await;
    sent(&site, &tenant).await;
    pass(&site, 26).await;
    came(&site, &tenant, &missed.interview_id, Attendance::CandidateNoShow).await;
    let request = usher_proto::ats::v1::RejectApplicationRequest {
        application_id: missed.application_id,
        reason: "the position was filled".to_owned(),
        ..Default::default()
    };
    applications(&site).reject_application(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    pass(&site, 5).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    site.finish().await;
}
