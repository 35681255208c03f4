//! Two entries of the pool turn out to be one person, and then two after all: every service follows, there and back.

use std::collections::BTreeSet;

use chassis::TenantId;
use testkit::{Site, eventually};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        ListApplicationsRequest, ListInterviewsRequest, application_service_client::ApplicationServiceClient,
        interview_service_client::InterviewServiceClient,
    },
    outreach::v1::{ListMessagesRequest, MessageState, message_service_client::MessageServiceClient},
    talent::v1::{
        GetCandidateRequest, ListTimelineEntriesRequest, MergeCandidatesRequest, UnmergeCandidatesRequest,
        candidate_service_client::CandidateServiceClient, duplicate_service_client::DuplicateServiceClient,
    },
};
use usher_tests::{application, candidate, interview, scheduled, suite};

/// What the services show of a person.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    applications: BTreeSet<String>,
    interviews: BTreeSet<String>,
    /// Of which interviews there are messages.
    messages: BTreeSet<String>,
    /// Of which interviews the timeline speaks.
    timeline: BTreeSet<String>,
}

async fn shown(site: &Site, tenant: &TenantId, candidate: &str) -> Shown {
    site.settle().await;
    let candidate_id = candidate.to_owned();
    let request = ListApplicationsRequest { candidate_id: candidate_id.clone(), ..ListApplicationsRequest::default() };
    let mut client = ApplicationServiceClient::new(site.channel());
    let applications = client.list_applications(site.request(tenant, Role::Service, request)).await.unwrap();
    let request = ListInterviewsRequest { candidate_id: candidate_id.clone(), ..ListInterviewsRequest::default() };
    let mut client = InterviewServiceClient::new(site.channel());
    let interviews = client.list_interviews(site.request(tenant, Role::Service, request)).await.unwrap();
    let request = ListMessagesRequest { candidate_id: candidate_id.clone(), ..ListMessagesRequest::default() };
    let mut client = MessageServiceClient::new(site.channel());
    let messages = client.list_messages(site.request(tenant, Role::Service, request)).await.unwrap();
    let request =
        ListTimelineEntriesRequest { candidate_id, page_size: 1_000, ..ListTimelineEntriesRequest::default() };
    let mut client = CandidateServiceClient::new(site.channel());
    let timeline = client.list_timeline_entries(site.request(tenant, Role::Service, request)).await.unwrap();
    Shown {
        applications: applications.into_inner().applications.into_iter().map(|one| one.application_id).collect(),
        interviews: interviews.into_inner().interviews.into_iter().map(|one| one.interview_id).collect(),
        messages: messages.into_inner().messages.into_iter().map(|one| one.interview_id).collect(),
        timeline: timeline
            .into_inner()
            .entries
            .into_iter()
            .map(|one| one.subject)
            .filter(|subject| subject.starts_with("intv_"))
            .collect(),
    }
}

async fn etag(site: &Site, tenant: &TenantId, candidate: &str) -> String {
    let request = GetCandidateRequest { candidate_id: candidate.to_owned() };
    let answer = CandidateServiceClient::new(site.channel())
        .get_candidate(site.request(tenant, Role::Service, request))
        .await
        .unwrap();
    answer.into_inner().candidate.unwrap().etag
}

/// Waits until so many messages have gone out.
async fn all_sent(site: &Site, tenant: &TenantId, count: usize) {
    eventually("every message has gone out", async || {
        let request = ListMessagesRequest { page_size: 1_000, ..ListMessagesRequest::default() };
        let mut client = MessageServiceClient::new(site.channel());
        let messages = client.list_messages(site.request(tenant, Role::Service, request)).await.unwrap().into_inner();
        messages.messages.iter().filter(|message| message.state() == MessageState::Sent).count() == count
    })
    .await;
}

fn set(ids: &[&String]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_one_everywhere_and_two_again_everywhere() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    let (one, other) =
        (candidate(&site, &tenant, "lin@example.com").await, candidate(&site, &tenant, "lin@example.org").await);
    let (_, ones) = application(&site, &tenant, &one).await;
    let (_, others) = application(&site, &tenant, &other).await;
    let first = scheduled(&site, &tenant, interview(&site, &ones, 3)).await;
    let second = scheduled(&site, &tenant, interview(&site, &others, 4)).await;
    all_sent(&site, &tenant, 2).await;
    let before = (shown(&site, &tenant, &one).await, shown(&site, &tenant, &other).await);
    assert_eq!((&before.0.timeline, &before.1.timeline), (&set(&[&first]), &set(&[&second])));

    let request = MergeCandidatesRequest {
        survivor_id: one.clone(),
        absorbed_id: other.clone(),
        survivor_etag: etag(&site, &tenant, &one).await,
        absorbed_etag: etag(&site, &tenant, &other).await,
        ..MergeCandidatesRequest::default()
    };
    let mut duplicates = DuplicateServiceClient::new(site.channel());
    let merge = duplicates.merge_candidates(site.request(&tenant, Role::Service, request)).await.unwrap().into_inner();
    let of_both = |interviews: &[&String]| Shown {
        applications: set(&[&ones, &others]),
        interviews: set(interviews),
        messages: set(interviews),
        timeline: set(interviews),
    };
    // ats hears of it from talent, and outreach of what follows from ats.
    eventually("every service has followed", async || shown(&site, &tenant, &one).await == of_both(&[&first, &second]))
        .await;
    assert_eq!(shown(&site, &tenant, &other).await, of_both(&[&first, &second]), "whoever is asked for");

    // Meanwhile the absorbed one's application goes on.
    let third = scheduled(&site, &tenant, interview(&site, &others, 5)).await;
    all_sent(&site, &tenant, 3).await;
    assert_eq!(shown(&site, &tenant, &one).await, of_both(&[&first, &second, &third]));

    let merge_id = merge.merge.unwrap().merge_id;
    let request = UnmergeCandidatesRequest { merge_id, request_id: String::new() };
    duplicates.unmerge_candidates(site.request(&tenant, Role::Service, request)).await.unwrap();
    let theirs = Shown {
        applications: set(&[&others]),
        interviews: set(&[&second, &third]),
        messages: set(&[&second, &third]),
        timeline: set(&[&second, &third]),
    };
    eventually("everything is theirs again", async || shown(&site, &tenant, &other).await == theirs).await;
    assert_eq!(shown(&site, &tenant, &one).await, before.0);
    site.finish().await;
}
