//! People whom talent merges, and parts: their messages follow.

use std::collections::BTreeSet;

use usher_proto::{
    ats::v1::ApplicationReassigned,
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use super::*;

async fn of(site: &Site, tenant: &TenantId, candidate: &str) -> BTreeSet<String> {
    let request = ListMessagesRequest { candidate_id: candidate.to_owned(), page_size: 1_000, ..Default::default() };
    let request = site.request(tenant, Role::ReadOnly, request);
    let messages =
        MessageServiceClient::new(site.channel()).list_messages(request).await.unwrap().into_inner().messages;
    messages.into_iter().map(|message| message.business_key).collect()
}

async fn reassigned(site: &Site, tenant: &TenantId, application: &str, candidate: &str, origin: &str) {
    let event = ApplicationReassigned {
        application_id: application.to_owned(),
        candidate_id: candidate.to_owned(),
        origin_candidate_id: origin.to_owned(),
        ..ApplicationReassigned::default()
    };
    site.say("ats", tenant, application, &event).await;
}

fn keys(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[tokio::test]
async fn messages_follow_their_person_or_their_application() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let (tenant, neighbour) = (site.tenant(), site.tenant());
    let (ann, bob) = (reader(&talent, Language::En), reader(&talent, Language::En));
    let loose =
        |key: &str, candidate: &str| MessageDraft { application_id: String::new(), ..invitation(key, candidate) };
    let app = id("app");
    let bound = |key: &str, candidate: &str| MessageDraft { application_id: app.clone(), ..invitation(key, candidate) };
    send(&site, &tenant, loose("ann/1", &ann)).await.unwrap();
    send(&site, &tenant, loose("bob/1", &bob)).await.unwrap();
    send(&site, &neighbour, loose("theirs", &bob)).await.unwrap();
    request(&site, &tenant, bound("app/1", &bob)).await;
    site.settle().await;

    let (survivor_id, absorbed_id) = (ann.clone(), bob.clone());
    let event = CandidatesMerged { survivor_id, absorbed_id, merge_id: String::new() };
    site.say("talent", &tenant, &ann, &event).await;
    reassigned(&site, &tenant, &app, &ann, &bob).await;
    site.settle().await;
    for asked in [&ann, &bob] {
        assert_eq!(of(&site, &tenant, asked).await, keys(&["ann/1", "bob/1", "app/1"]));
    }
    assert_eq!(of(&site, &neighbour, &bob).await, keys(&["theirs"]));

    // In the name of the absorbed one, of the survivor, and about the application.
    let sent = send(&site, &tenant, loose("bob/2", &bob)).await.unwrap();
    assert_eq!(sent.candidate_id, ann);
    send(&site, &tenant, loose("ann/2", &ann)).await.unwrap();
    request(&site, &tenant, bound("app/2", &ann)).await;
    site.settle().await;

    let (survivor_id, absorbed_id) = (ann.clone(), bob.clone());
    let event = CandidatesUnmerged { survivor_id, absorbed_id, merge_id: String::new() };
    site.say("talent", &tenant, &ann, &event).await;
    reassigned(&site, &tenant, &app, &bob, &bob).await;
    site.settle().await;
    assert_eq!(of(&site, &tenant, &ann).await, keys(&["ann/1", "ann/2"]));
    assert_eq!(of(&site, &tenant, &bob).await, keys(&["bob/1", "bob/2", "app/1", "app/2"]));
    finish(site).await;
}
