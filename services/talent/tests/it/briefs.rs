//! What to know before getting in touch.

use chassis::{TenantId, wire};
use testkit::Site;
use tonic::Code;
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        CandidateAnswer, FeedbackRecorded, InterviewAnswered, InterviewScheduled, Recommendation, TaskChanged,
        TaskCompleted, TaskStepKind,
    },
    outreach::v1::MessageSent,
    talent::v1::{
        BatchGetContactBriefsRequest, CommitmentKind, ContactBrief, GetContactBriefRequest,
        contact_brief_service_client::ContactBriefServiceClient,
    },
};

use super::{create, named, reason, site};

const NOBODY: &str = "cand_01h455vb4pex5vsknk084sn02q";

async fn brief(site: &Site, tenant: &TenantId, candidate: &str) -> ContactBrief {
    let request = GetContactBriefRequest { candidate_id: candidate.to_owned() };
    let mut talent = ContactBriefServiceClient::new(site.channel());
    let answer = talent.get_contact_brief(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    answer.into_inner().brief.unwrap()
}

#[tokio::test]
async fn a_brief_says_what_was_said_asked_and_promised_and_by_whom() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let bob = create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap().candidate_id;
    assert_eq!(brief(&site, &tenant, &ann).await, ContactBrief { candidate_id: ann.clone(), ..Default::default() });

    let now = site.clock().now();
    let sent = MessageSent {
        candidate_id: ann.clone(),
        channel: "email".to_owned(),
        send_time: Some(wire::timestamp(now)),
        ..MessageSent::default()
    };
    site.say("outreach", &tenant, "msg_1", &sent).await;
    let start = now + chrono::TimeDelta::days(2);
    let scheduled = InterviewScheduled {
        interview_id: "intv_1".to_owned(),
        application_id: "app_1".to_owned(),
        candidate_id: ann.clone(),
        start_time: Some(wire::timestamp(start)),
        ..InterviewScheduled::default()
    };
    site.say("ats", &tenant, "intv_1", &scheduled).await;
    let answered = InterviewAnswered {
        interview_id: "intv_1".to_owned(),
        application_id: "app_1".to_owned(),
        candidate_id: ann.clone(),
        answer: CandidateAnswer::OtherTimeRequested.into(),
        ..InterviewAnswered::default()
    };
    site.say("ats", &tenant, "intv_1", &answered).await;
    let feedback = FeedbackRecorded {
        interview_id: "intv_0".to_owned(),
        candidate_id: ann.clone(),
        author: "user_lee".to_owned(),
        recommendation: Recommendation::StrongNo.into(),
        topics_asked: vec!["salary".to_owned(), "remote work".to_owned()],
        ..FeedbackRecorded::default()
    };
    site.say("ats", &tenant, "intv_0", &feedback).await;
    let claimed = TaskChanged {
        candidate_id: ann.clone(),
        step: TaskStepKind::Claimed.into(),
        actor: "user_rita".to_owned(),
        ..TaskChanged::default()
    };
    site.say("ats", &tenant, "task_1", &claimed).await;
    let settled =
        TaskCompleted { candidate_id: ann.clone(), actor: "service:ats".to_owned(), ..TaskCompleted::default() };
    site.say("ats", &tenant, "task_2", &settled).await;
    site.settle().await;

    let known = brief(&site, &tenant, &ann).await;
    assert_eq!(known.preferred_channel, "email");
    assert_eq!(known.last_contact.as_ref().unwrap().time, Some(wire::timestamp(now)));
    assert_eq!(known.topics_asked, ["salary", "remote work"]);
    assert!(known.last_feedback_time.is_some());
    assert!(!format!("{known:?}").to_lowercase().contains("strong"), "never what was recommended");
    let mut open: Vec<_> = known.open_commitments.iter().map(|promise| (promise.kind(), promise.due_time)).collect();
    open.sort_by_key(|(kind, _)| *kind as i32);
    assert_eq!(open, [(CommitmentKind::Interview, Some(wire::timestamp(start))), (CommitmentKind::OtherTime, None)]);
    let actors: Vec<_> = known.recent_actors.iter().map(|seen| seen.actor.as_str()).collect();
    assert_eq!(actors, ["user_rita", "user_lee"]);

    let taken = InterviewAnswered { answer: CandidateAnswer::OtherTimeTaken.into(), ..answered };
    site.say("ats", &tenant, "intv_1", &taken).await;
    site.settle().await;
    assert_eq!(brief(&site, &tenant, &ann).await.open_commitments.len(), 1);

    // A page of them, in the order asked for, without those whom nobody knows.
    let ids = [bob.as_str(), NOBODY, ann.as_str()].map(str::to_owned).to_vec();
    let mut talent = ContactBriefServiceClient::new(site.channel());
    let request = BatchGetContactBriefsRequest { candidate_ids: ids.clone() };
    let page = talent.batch_get_contact_briefs(site.request(&tenant, Role::Service, request)).await.unwrap();
    let page: Vec<_> = page.into_inner().briefs.into_iter().map(|brief| brief.candidate_id).collect();
    assert_eq!(page, [bob, ann.clone()]);
    let request = BatchGetContactBriefsRequest { candidate_ids: ids };
    let foreign = talent.batch_get_contact_briefs(site.request(&site.tenant(), Role::Service, request)).await.unwrap();
    assert!(foreign.into_inner().briefs.is_empty());
    let request = GetContactBriefRequest { candidate_id: ann };
    let refused = talent.get_contact_brief(site.request(&site.tenant(), Role::Recruiter, request)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "CANDIDATE_NOT_FOUND"));
    site.finish().await;
}
