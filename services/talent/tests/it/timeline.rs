//! A person's timeline, from all services.

use chassis::TenantId;
use testkit::Site;
use tonic::Code;
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{ApplicationCreated, InterviewCancelled, JobOpened, MessageRequested},
    outreach::v1::{MessageDraft, MessageKind, MessageSent},
    talent::v1::{ListTimelineEntriesRequest, TimelineEntry},
};

use super::{candidates, create, named, reason, site};

async fn timeline(site: &Site, tenant: &TenantId, candidate_id: &str, page_size: i32) -> Vec<TimelineEntry> {
    let (mut entries, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListTimelineEntriesRequest { candidate_id: candidate_id.to_owned(), page_size, page_token };
        let page = candidates(site).list_timeline_entries(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
        let page = page.into_inner();
        entries.extend(page.entries);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return entries;
        }
    }
}

#[tokio::test]
async fn everything_that_happens_with_a_person_is_told_newest_first() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap();
    let bob = create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap();
    let candidate_id = ann.candidate_id.clone();
    let minute = std::time::Duration::from_mins(1);

    site.clock().advance(minute).unwrap();
    let applied = ApplicationCreated {
        candidate_id: candidate_id.clone(),
        job_title: "Engineer".to_owned(),
        stage: "screen".to_owned(),
        ..ApplicationCreated::default()
    };
    site.say("ats", &tenant, "app_1", &applied).await;
    site.clock().advance(minute).unwrap();
    let draft = MessageDraft {
        candidate_id: candidate_id.clone(),
        kind: MessageKind::InterviewInvitation.into(),
        ..MessageDraft::default()
    };
    site.say("ats", &tenant, "intv_1", &MessageRequested { draft: Some(draft) }).await;
    site.clock().advance(minute).unwrap();
    let sent = MessageSent {
        candidate_id: candidate_id.clone(),
        kind: MessageKind::InterviewInvitation.into(),
        channel: "email".to_owned(),
        ..MessageSent::default()
    };
    site.say("outreach", &tenant, "msg_1", &sent).await;
    site.clock().advance(minute).unwrap();
    let cancelled = InterviewCancelled {
        candidate_id: candidate_id.clone(),
        stage: "screen".to_owned(),
        reason: "Ann is ill, call +44 20 7946 0958".to_owned(),
        ..InterviewCancelled::default()
    };
    site.say("ats", &tenant, "intv_1", &cancelled).await;
    site.say("ats", &tenant, "job_1", &JobOpened::default()).await;
    site.settle().await;

    let entries = timeline(&site, &tenant, &candidate_id, 2).await;
    let told: Vec<_> = entries.iter().map(|entry| (entry.source.as_str(), entry.summary.as_str())).collect();
    assert_eq!(
        told,
        [
            ("ats", "The interview at stage screen was called off."),
            ("outreach", "The interview invitation was sent by email."),
            ("ats", "The interview invitation was asked for."),
            ("ats", "Became an application for “Engineer”, at stage screen."),
            ("talent", "Joined the talent pool (manual)."),
        ]
    );
    assert_eq!((entries[1].r#type.as_str(), entries[1].subject.as_str()), ("usher.outreach.v1.MessageSent", "msg_1"));
    assert_eq!(timeline(&site, &tenant, &bob.candidate_id, 0).await.len(), 1);

    let nobody = "cand_01h455vb4pex5vsknk084sn02q".to_owned();
    let request = ListTimelineEntriesRequest { candidate_id: nobody, ..ListTimelineEntriesRequest::default() };
    let refused =
        candidates(&site).list_timeline_entries(site.request(&tenant, Role::ReadOnly, request)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "CANDIDATE_NOT_FOUND"));
    site.finish().await;
}
