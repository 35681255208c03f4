//! Readiness that tells the truth, and an end that drops nothing.

use testkit::{Tuning, eventually};
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::*;

async fn health(site: &Site, service: &str) -> ServingStatus {
    let request = HealthCheckRequest { service: service.to_owned() };
    HealthClient::new(site.channel()).check(request).await.unwrap().into_inner().status()
}

/// What a person or a probe reads.
async fn readyz(site: &Site) -> (u16, String) {
    let answer = reqwest::get(format!("{}/readyz", site.http())).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn becomes(site: &Site, expected: (ServingStatus, u16), words: &str) {
    eventually(&format!("{expected:?}: {words}"), async || {
        let (code, text) = readyz(site).await;
        let services = [health(site, "notes").await, health(site, "").await];
        services == [expected.0; 2] && code == expected.1 && text.contains(words)
    })
    .await;
    assert_eq!(health(site, "live").await, ServingStatus::Serving, "a restart mends none of this");
}

#[tokio::test]
async fn it_says_what_is_away_and_when_it_is_back() {
    let gate = Arc::new(Gate::open());
    let site = Site::start_with(Tuning { wires: true, ..Tuning::default() }, services(&gate)).await;
    let tenant = site.tenant();
    let well = (ServingStatus::Serving, 200);
    let ill = (ServingStatus::NotServing, 503);
    becomes(&site, well, "notes: ready").await;

    site.wires().database.cut();
    becomes(&site, ill, "notes: PostgreSQL does not answer").await;
    let refused = write(&site, &site.token(&tenant, Role::Recruiter), note("")).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::Unavailable, "DATABASE_UNAVAILABLE".to_owned()));
    assert!(refused.get_error_details().retry_info().is_some());
    site.wires().database.mend();
    becomes(&site, well, "notes: ready").await;
    write(&site, &site.token(&tenant, Role::Recruiter), note("")).await.unwrap();

    site.wires().redis.cut();
    becomes(&site, ill, "notes: Redis does not answer").await;
    site.wires().redis.mend();
    becomes(&site, well, "notes: ready").await;

    gate.ail(Some("far behind"));
    becomes(&site, ill, "notes: far behind").await;
    gate.ail(None);
    becomes(&site, well, "notes: ready").await;
    site.finish().await;
}

#[tokio::test]
async fn what_was_begun_is_answered_when_the_process_stops() {
    let gate = Arc::new(Gate::shut());
    let site = Site::start(services(&gate)).await;
    let tenant = site.tenant();
    let running = {
        let (mut client, request) = (client(&site), site.request(&tenant, Role::Recruiter, note("")));
        tokio::spawn(async move { client.claim_task(request).await })
    };
    gate.has_seen(1).await;
    // The gate opens when the process is told to stop, and not before.
    site.finish().await;
    running.await.unwrap().expect("it was answered");
}
