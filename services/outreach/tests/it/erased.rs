//! People who are forgotten: nothing is written down for them any more, whoever they are known as.

use std::collections::BTreeSet;

use usher_proto::{
    ats::v1::ApplicationReassigned,
    privacy::v1::{EraseSubjectRequest, subject_service_client::SubjectServiceClient},
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use super::*;

/// Talent asks to forget somebody.
pub(crate) async fn erase(site: &Site, tenant: &TenantId, candidate: &str) {
    let request = EraseSubjectRequest {
        service: "outreach".to_owned(),
        candidate_id: candidate.to_owned(),
        erasure_id: id("erase"),
    };
    let request = site.request(tenant, Role::Service, request);
    SubjectServiceClient::new(site.channel()).erase_subject(request).await.unwrap();
}

async fn merged(site: &Site, tenant: &TenantId, survivor: &str, absorbed: &str) {
    let (survivor_id, absorbed_id) = (survivor.to_owned(), absorbed.to_owned());
    let event = CandidatesMerged { survivor_id, absorbed_id, merge_id: String::new() };
    site.say("talent", tenant, survivor, &event).await;
    site.settle().await;
}

/// How many of the tenant's rows name somebody.
async fn rows_of(site: &Site, tenant: &TenantId, candidate: &str) -> i64 {
    let uuid = candidate.replace("cand", "tenant").parse::<TenantId>().unwrap().0;
    let mut tx = site.db("outreach").begin(&chassis::TenantCtx::service(*tenant, "outreach")).await.unwrap();
    sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM messages WHERE candidate_id = $1 OR origin_candidate_id = $1)
              + (SELECT count(*) FROM merged_candidates WHERE candidate_id = $1 OR survivor_id = $1)",
    )
    .bind(uuid)
    .fetch_one(tx.conn())
    .await
    .unwrap()
}

fn loose(key: &str, candidate: &str) -> MessageDraft {
    MessageDraft { application_id: String::new(), ..invitation(key, candidate) }
}

#[tokio::test]
async fn nothing_is_sent_to_somebody_who_is_forgotten_by_another_name() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let (ann, bob) = (reader(&talent, Language::En), reader(&talent, Language::En));
    erase(&site, &tenant, &ann).await;
    // What a merge that was heard of late has left behind before.
    let uuid = |candidate: &str| candidate.replace("cand", "tenant").parse::<TenantId>().unwrap().0;
    let mut tx = site.db("outreach").begin(&chassis::TenantCtx::service(tenant, "outreach")).await.unwrap();
    sqlx::query("INSERT INTO merged_candidates (tenant_id, candidate_id, survivor_id) VALUES ($1, $2, $3)")
        .bind(tenant)
        .bind(uuid(&bob))
        .bind(uuid(&ann))
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for validate_only in [true, false] {
        let draft = Some(loose("bob/1", &bob));
        let request = SendMessageRequest { draft, validate_only, ..SendMessageRequest::default() };
        assert_eq!(refusal(&ask(&site, &tenant, request).await.unwrap_err()).1, "CANDIDATE_ERASED");
    }
    assert!(list(&site, &tenant).await.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn what_is_heard_late_of_somebody_who_is_forgotten_is_not_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let [ann, bob, cat] = [(); 3].map(|()| reader(&talent, Language::En));
    let app = id("app");
    let sent = send(&site, &tenant, loose("bob/1", &bob)).await.unwrap();
    becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    merged(&site, &tenant, &ann, &bob).await;
    let bound = MessageDraft { application_id: app.clone(), ..invitation("app/1", &ann) };
    let sent = send(&site, &tenant, bound).await.unwrap();
    becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    erase(&site, &tenant, &bob).await;

    let event = CandidatesUnmerged { survivor_id: ann.clone(), absorbed_id: bob.clone(), merge_id: String::new() };
    site.say("talent", &tenant, &ann, &event).await;
    reassigned(&site, &tenant, &app, &bob, &bob).await;
    assert!(list(&site, &tenant).await.is_empty(), "what comes back to them goes as they did");
    merged(&site, &tenant, &cat, &bob).await;
    merged(&site, &tenant, &bob, &ann).await;
    request(&site, &tenant, loose("bob/2", &bob)).await;
    site.settle().await;
    assert_eq!(rows_of(&site, &tenant, &bob).await, 0);
    let sent = send(&site, &tenant, loose("ann/1", &ann)).await.unwrap();
    assert_eq!(sent.candidate_id, ann, "a person of their own");
    finish(site).await;
}

/// Ats gives an application to somebody.
async fn reassigned(site: &Site, tenant: &TenantId, application: &str, candidate: &str, origin: &str) {
    let event = ApplicationReassigned {
        application_id: application.to_owned(),
        candidate_id: candidate.to_owned(),
        origin_candidate_id: origin.to_owned(),
        ..ApplicationReassigned::default()
    };
    site.say("ats", tenant, application, &event).await;
    site.settle().await;
}

/// Ann and Bob made one: who stands for both, and the application that was Bob's. A message of each, one of the
/// application from before and one from after.
async fn two(site: &Site, tenant: &TenantId, ann: &str, bob: &str) -> String {
    let app = id("app");
    let bound = |key: &str, candidate: &str| MessageDraft { application_id: app.clone(), ..invitation(key, candidate) };
    for draft in [loose("ann/1", ann), loose("bob/1", bob), bound("app/1", bob)] {
        let sent = send(site, tenant, draft).await.unwrap();
        becomes(site, tenant, &sent.message_id, MessageState::Sent).await;
    }
    merged(site, tenant, ann, bob).await;
    reassigned(site, tenant, &app, ann, bob).await;
    let sent = send(site, tenant, bound("app/2", ann)).await.unwrap();
    becomes(site, tenant, &sent.message_id, MessageState::Sent).await;
    app
}

async fn keys(site: &Site, tenant: &TenantId) -> BTreeSet<(String, String)> {
    list(site, tenant).await.into_iter().map(|message| (message.business_key, message.candidate_id)).collect()
}

#[tokio::test]
async fn what_was_written_for_somebody_goes_with_them_whoever_stands_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let (ann, bob) = (reader(&talent, Language::En), reader(&talent, Language::En));
    let app = two(&site, &tenant, &ann, &bob).await;
    // The merge was undone, which is not heard of yet, and perhaps never: what says it names Bob.
    erase(&site, &tenant, &bob).await;
    assert_eq!(keys(&site, &tenant).await, BTreeSet::from([("ann/1".to_owned(), ann.clone())]));
    assert_eq!(rows_of(&site, &tenant, &bob).await, 0);
    let mut tx = site.db("outreach").begin(&chassis::TenantCtx::service(tenant, "outreach")).await.unwrap();
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM moved_applications)
              + (SELECT count(*) FROM outbox WHERE position(convert_to($1, 'UTF8') IN data) > 0)",
    )
    .bind(&app)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!(left, 0, "nor a word of what was theirs");
    drop(tx);

    // On its way since before: about the application that was Bob's.
    let draft = MessageDraft { application_id: app.clone(), ..invitation("app/3", &ann) };
    request(&site, &tenant, draft.clone()).await;
    site.settle().await;
    assert_eq!(keys(&site, &tenant).await.len(), 1);
    assert_eq!(refusal(&send(&site, &tenant, draft).await.unwrap_err()).1, "CANDIDATE_ERASED");
    finish(site).await;
}

#[tokio::test]
async fn for_whom_an_application_was_made_stays_known_where_ats_does_not_say_it() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let [ann, bob, cat] = [(); 3].map(|()| reader(&talent, Language::En));
    let app = two(&site, &tenant, &ann, &bob).await;
    merged(&site, &tenant, &cat, &ann).await;
    // As an ats of an earlier version.
    reassigned(&site, &tenant, &app, &cat, "").await;
    let bound = MessageDraft { application_id: app.clone(), ..invitation("app/3", &cat) };
    let sent = send(&site, &tenant, bound).await.unwrap();
    becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    erase(&site, &tenant, &bob).await;
    assert_eq!(keys(&site, &tenant).await, BTreeSet::from([("ann/1".to_owned(), cat.clone())]));
    finish(site).await;
}

#[tokio::test]
async fn whoever_was_parted_from_somebody_keeps_what_is_theirs_when_that_one_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let (ann, bob) = (reader(&talent, Language::En), reader(&talent, Language::En));
    let app = two(&site, &tenant, &ann, &bob).await;
    erase(&site, &tenant, &ann).await;
    // As ats says when it forgets her.
    reassigned(&site, &tenant, &app, &bob, &bob).await;
    let of_bob = |key: &str| (key.to_owned(), bob.clone());
    assert_eq!(keys(&site, &tenant).await, BTreeSet::from([of_bob("app/1"), of_bob("app/2"), of_bob("bob/1")]));
    assert_eq!(send(&site, &tenant, loose("bob/2", &bob)).await.unwrap().candidate_id, bob);
    finish(site).await;
}

#[tokio::test]
async fn whoever_was_told_of_somebody_elses_application_takes_nothing_of_theirs_along() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let (ann, bob) = (reader(&talent, Language::En), reader(&talent, Language::En));
    let app = id("app");
    let bound = |key: &str, candidate: &str| MessageDraft { application_id: app.clone(), ..invitation(key, candidate) };
    for draft in [bound("bob/1", &bob), bound("mistaken", &ann)] {
        let sent = send(&site, &tenant, draft).await.unwrap();
        becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    }
    erase(&site, &tenant, &ann).await;
    send(&site, &tenant, bound("bob/2", &bob)).await.unwrap();
    let of_bob = |key: &str| (key.to_owned(), bob.clone());
    assert_eq!(keys(&site, &tenant).await, BTreeSet::from([of_bob("bob/1"), of_bob("bob/2")]));
    finish(site).await;
}
