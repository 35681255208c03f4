//! `SendMessage` and what is asked of a message.

use futures::future::join_all;
use usher_proto::outreach::v1::MessageSent;

use super::*;

#[tokio::test]
async fn what_lacks_a_fact_is_an_error_that_names_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let mut draft = invitation("k", &reader(&talent, Language::En));
    draft.facts.as_mut().unwrap().place.clear();
    let refused = send(&site, &tenant, draft).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "FACTS_MISSING".to_owned()));
    assert_eq!(fields(&refused), ["draft.facts.place"]);
    let stranger = send(&site, &tenant, invitation("k", &id("cand"))).await.unwrap_err();
    assert_eq!(refusal(&stranger), (Code::NotFound, "CANDIDATE_NOT_FOUND".to_owned()));
    assert!(list(&site, &tenant).await.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn one_business_key_is_one_message_however_often_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let draft = invitation("k", &reader(&talent, Language::En));
    let answers = join_all((0..10).map(|_| send(&site, &tenant, draft.clone()))).await;
    let ids: std::collections::BTreeSet<_> = answers.into_iter().map(|answer| answer.unwrap().message_id).collect();
    assert_eq!(ids.len(), 1);
    let message = ids.into_iter().next().unwrap();
    becomes(&site, &tenant, &message, MessageState::Sent).await;
    assert_eq!(send(&site, &tenant, draft.clone()).await.unwrap().message_id, message);
    // An event that asks for the same is the same send too.
    request(&site, &tenant, draft.clone()).await;
    site.settle().await;

    let mut other = draft;
    other.facts.as_mut().unwrap().place = "Elsewhere".to_owned();
    let refused = send(&site, &tenant, other.clone()).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::AlreadyExists, "BUSINESS_KEY_REUSED".to_owned()));
    assert_eq!(list(&site, &tenant).await.len(), 1);
    assert_eq!(mails(folder.path()).len(), 1);
    assert_eq!(site.heard_of::<MessageSent>("outreach", &tenant).await.len(), 1);

    // Another tenant's keys are its own.
    send(&site, &site.tenant(), other).await.unwrap();
    finish(site).await;
}

#[tokio::test]
async fn a_look_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let draft = invitation("k", &reader(&talent, Language::En));
    let look = SendMessageRequest { draft: Some(draft.clone()), validate_only: true, ..SendMessageRequest::default() };
    let seen = ask(&site, &tenant, look.clone()).await.unwrap();
    assert!(seen.text.contains("Example Road 88") && seen.subject.contains("Java Engineer"));
    let mut poor = look;
    poor.draft.as_mut().unwrap().facts.as_mut().unwrap().company.clear();
    assert_eq!(refusal(&ask(&site, &tenant, poor).await.unwrap_err()).1, "FACTS_MISSING");
    assert!(list(&site, &tenant).await.is_empty());
    assert!(site.heard("outreach").await.is_empty());
    assert_eq!(refusal(&get(&site, &tenant, &seen.message_id).await.unwrap_err()).1, "MESSAGE_NOT_FOUND");
    send(&site, &tenant, draft).await.expect("the key is still free");
    finish(site).await;
}

#[tokio::test]
async fn nobody_reads_another_tenants_messages() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let message = send(&site, &tenant, invitation("k", &reader(&talent, Language::En))).await.unwrap();
    let refused = get(&site, &other, &message.message_id).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::NotFound, "MESSAGE_NOT_FOUND".to_owned()));
    assert!(list(&site, &other).await.is_empty());
    assert_eq!(list(&site, &tenant).await.len(), 1);
    finish(site).await;
}
