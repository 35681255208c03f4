//! No tenant sees another's data, whichever way it asks.

use usher_proto::ats::v1::{
    BatchCreateCentreLinksRequest, CancelInterviewRequest, GetApplicationRequest, GetJobRequest,
    ListApplicationsRequest, ListInterviewsRequest, ListJobsRequest, MoveApplicationRequest,
};

use super::*;

#[tokio::test]
async fn what_is_anothers_is_not_there() {
    let site = site().await;
    let (tenant, stranger) = (site.tenant(), site.tenant());
    let interview = interview(&site, &tenant, 3).await;
    pass(&site, 5).await;
    stands(&site, &tenant, &[TaskKind::RecordAttendance]).await;
    let mut found = Vec::new();
    let job_id = interview.job_id.clone();
    found.push(jobs(&site).get_job(site.request(&stranger, Role::Admin, GetJobRequest { job_id })).await.unwrap_err());
    let request = GetApplicationRequest { application_id: interview.application_id.clone(), read_time: None };
    found.push(applications(&site).get_application(site.request(&stranger, Role::Admin, request)).await.unwrap_err());
    let request = MoveApplicationRequest {
        application_id: interview.application_id.clone(),
        to_stage: "offer".to_owned(),
        ..MoveApplicationRequest::default()
    };
    found.push(applications(&site).move_application(site.request(&stranger, Role::Admin, request)).await.unwrap_err());
    let request =
        CancelInterviewRequest { interview_id: interview.interview_id.clone(), ..CancelInterviewRequest::default() };
    found.push(interviews(&site).cancel_interview(site.request(&stranger, Role::Admin, request)).await.unwrap_err());
    found.push(schedule(&site, &stranger, meeting(&site, &interview.application_id, 9)).await.unwrap_err());
    found.push(apply(&site, &stranger, &interview.job_id, &interview.candidate_id).await.unwrap_err());
    let request = CreateCentreLinkRequest { interview_id: interview.interview_id.clone(), ..Default::default() };
    found.push(centres(&site).create_centre_link(site.request(&stranger, Role::Service, request)).await.unwrap_err());
    let link = CreateCentreLinkRequest { interview_id: interview.interview_id.clone(), ..Default::default() };
    let ours = BatchCreateCentreLinksRequest { links: vec![link.clone(), CreateCentreLinkRequest::default(), link] };
    let theirs = site.request(&stranger, Role::Service, ours.clone());
    let none = centres(&site).batch_create_centre_links(theirs).await.unwrap().into_inner().results;
    let reasons: Vec<_> = none.iter().map(|result| (result.token.as_str(), result.reason.as_str())).collect();
    let (unknown, unnamed) = (("", "INTERVIEW_NOT_FOUND"), ("", "SUBJECT_REQUIRED"));
    assert_eq!(reasons, [unknown, unnamed, unknown]);
    let made = centres(&site).batch_create_centre_links(site.request(&tenant, Role::Service, ours)).await.unwrap();
    let made = made.into_inner().results;
    assert!(made[1].token.is_empty() && made[0].token != made[2].token && made[0].expire_time.is_some());
    let centre = GetCentreRequest { token: made[2].token.clone(), ..GetCentreRequest::default() };
    assert!(centres(&site).get_centre(site.request(&tenant, Role::Service, centre)).await.is_ok());
    for refused in found {
        assert_eq!(refused.code(), Code::NotFound, "{refused:?}");
    }
    assert!(tasks(&site, &stranger, true).await.is_empty());
    let request = site.request(&stranger, Role::Admin, ListJobsRequest::default());
    assert!(jobs(&site).list_jobs(request).await.unwrap().into_inner().jobs.is_empty());
    let request = site.request(&stranger, Role::Admin, ListApplicationsRequest::default());
    assert!(applications(&site).list_applications(request).await.unwrap().into_inner().applications.is_empty());
    let request = site.request(&stranger, Role::Admin, ListInterviewsRequest::default());
    assert!(interviews(&site).list_interviews(request).await.unwrap().into_inner().interviews.is_empty());
    assert_eq!(get(&site, &tenant, &interview.interview_id).await.etag, interview.etag, "and nothing was changed");
    site.finish().await;
}
