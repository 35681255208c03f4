//! The same request twice has its effect once and the same answer.

use std::time::Duration;

use sqlx::Connection as _;
use testkit::eventually;
use tonic::Code;

use super::*;

#[tokio::test]
async fn the_same_again_is_the_same_answer_and_other_content_is_refused() {
    let (site, _) = site().await;
    let tenant = site.tenant();
    let token = site.token(&tenant, Role::Recruiter);
    let request = note(&key());
    let first = write(&site, &token, request.clone()).await.unwrap();
    assert_eq!(write(&site, &token, request.clone()).await.unwrap(), first);
    assert_eq!(written(&site, &tenant).await.len(), 1);
    let other = write(&site, &token, note(&request.request_id)).await.unwrap_err();
    assert_eq!(reason(&other), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));

    // Without an id every request is one of its own; another's id says nothing.
    let nameless = ClaimTaskRequest { request_id: String::new(), ..request.clone() };
    assert_ne!(write(&site, &token, nameless).await.unwrap().why, first.why);
    let colleague = site.token(&tenant, Role::Recruiter);
    assert_ne!(write(&site, &colleague, request.clone()).await.unwrap().why, first.why);
    let stranger = site.token(&site.tenant(), Role::Recruiter);
    assert_ne!(write(&site, &stranger, request).await.unwrap().why, first.why);
    assert_eq!(written(&site, &tenant).await.len(), 3);
    site.finish().await;
}

#[tokio::test]
async fn the_same_while_the_first_is_still_running_waits_for_its_answer() {
    let gate = Arc::new(Gate::shut());
    let site = Arc::new(Site::start(services(&gate)).await);
    let tenant = site.tenant();
    let token = site.token(&tenant, Role::Recruiter);
    let request = note(&key());
    let send = || {
        let (site, token, request) = (site.clone(), token.clone(), request.clone());
        tokio::spawn(async move { write(&site, &token, request).await.unwrap() })
    };
    let first = send();
    gate.has_seen(1).await;
    let others = [send(), send(), send()];
    // They wait in the database for the first one's key.
    let mut server = sqlx::PgConnection::connect(site.database().url()).await.unwrap();
    eventually("three wait", async || {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut server)
        .await
        .unwrap();
        waiting == 3
    })
    .await;
    gate.let_pass();
    let first = first.await.unwrap();
    for other in others {
        assert_eq!(other.await.unwrap(), first);
    }
    assert_eq!(written(&site, &tenant).await.len(), 1);
    Arc::into_inner(site).unwrap().finish().await;
}

#[tokio::test]
async fn what_failed_or_crashed_left_nothing_and_can_be_sent_again() {
    let gate = Arc::new(Gate::open());
    let site = Site::start(services(&gate)).await;
    let tenant = site.tenant();
    let token = site.token(&tenant, Role::Recruiter);
    let request = note(&key());
    gate.fail(true);
    let refused = write(&site, &token, request.clone()).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::FailedPrecondition, "NOTE_REFUSED".to_owned()));
    assert!(written(&site, &tenant).await.is_empty());
    gate.fail(false);
    write(&site, &token, request).await.unwrap();
    assert_eq!(written(&site, &tenant).await.len(), 1);

    let gate = Arc::new(Gate::shut());
    let site = site.restart(services(&gate)).await;
    let request = note(&key());
    let running = {
        let (mut client, request) = (client(&site), bearing(&token, request.clone()));
        tokio::spawn(async move { client.claim_task(request).await })
    };
    gate.has_seen(1).await;
    let site = site.restart(services(&Arc::new(Gate::open()))).await;
    assert!(running.await.unwrap().is_err());
    assert_eq!(written(&site, &tenant).await.len(), 1, "what was not answered was not kept");
    let again = write(&site, &token, request.clone()).await.unwrap();
    assert_eq!(write(&site, &token, request).await.unwrap(), again);
    assert_eq!(written(&site, &tenant).await.len(), 2);
    site.finish().await;
}

#[tokio::test]
async fn an_answer_is_kept_sealed_and_for_a_day() {
    let (site, _) = site().await;
    let tenant = site.tenant();
    let token = site.token(&tenant, Role::Recruiter);
    let request = note(&key());
    let first = write(&site, &token, request.clone()).await.unwrap();
    let kept = async || -> Vec<Vec<u8>> {
        let mut tx = site.db("notes").begin_system().await.unwrap();
        sqlx::query_scalar("SELECT answer FROM idempotency").fetch_all(tx.conn()).await.unwrap()
    };
    let answers = kept().await;
    assert_eq!(answers.len(), 1);
    let text = request.task_id.as_bytes();
    assert!(!answers[0].windows(text.len()).any(|window| window == text), "an answer may hold personal data");

    site.clock().advance(Duration::from_secs(23 * 3_600)).unwrap();
    assert_eq!(write(&site, &token, request.clone()).await.unwrap(), first);
    site.clock().advance(Duration::from_secs(2 * 3_600)).unwrap();
    eventually("the answer is forgotten", async || kept().await.is_empty()).await;
    assert_ne!(write(&site, &token, request).await.unwrap().why, first.why);
    site.finish().await;
}
