//! The layers around every RPC.

use std::time::Duration;

use testkit::Tuning;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use usher_proto::ats::v1::candidate_centre_service_client::CandidateCentreServiceClient;
use usher_proto::ats::v1::{CompleteTaskRequest, RequestOtherTimeRequest};

use super::*;

#[tokio::test]
async fn whoever_shows_nothing_or_may_not_is_refused_before_anything_happens() {
    let (site, _) = site().await;
    let tenant = site.tenant();
    let nobody = client(&site).claim_task(note("")).await.unwrap_err();
    assert_eq!(reason(&nobody), (Code::Unauthenticated, "TOKEN_MISSING".to_owned()));
    for (token, expected) in [
        ("x", "TOKEN_MALFORMED"),
        ("eyJhbGciOiJub25lIn0.e30.", "TOKEN_MALFORMED"),
        (&site.token_for(&tenant, Role::Recruiter, "user_1", chrono::TimeDelta::seconds(-1)), "TOKEN_EXPIRED"),
        (&format!("{}x", site.token(&tenant, Role::Recruiter)), "TOKEN_INVALID"),
    ] {
        let refused = write(&site, token, note("")).await.unwrap_err();
        assert_eq!(reason(&refused), (Code::Unauthenticated, expected.to_owned()), "{token}");
    }
    let reader = write(&site, &site.token(&tenant, Role::ReadOnly), note("")).await.unwrap_err();
    assert_eq!(reason(&reader), (Code::PermissionDenied, "ROLE_INSUFFICIENT".to_owned()));
    let info = reader.get_error_details();
    assert!(info.error_info().unwrap().metadata["allowed"].contains("recruiter"));
    assert!(written(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn what_breaks_the_contract_names_the_field_and_the_rule() {
    let (site, _) = site().await;
    let tenant = site.tenant();
    let token = site.token(&tenant, Role::Recruiter);
    let wrong = ClaimTaskRequest {
        task_id: "task_1".to_owned(),
        request_id: "again".to_owned(),
        ..ClaimTaskRequest::default()
    };
    let refused = write(&site, &token, wrong).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    let details = refused.get_error_details();
    let fields: Vec<_> = details.bad_request().unwrap().field_violations.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["task_id", "request_id"]);
    let told: Vec<_> =
        details.bad_request().unwrap().field_violations.iter().map(|one| one.description.as_str()).collect();
    assert_eq!(
        told,
        [
            "must be an id that begins with task_, such as task_01h455vb4pex5vsknk084sn02q",
            "must be a UUID, such as 01890a5d-ac96-774b-bcce-b302099a8057"
        ]
    );
    assert!(written(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_told_so() {
    let (site, _) = site().await;
    let tenant = site.tenant();
    let large = ListTasksRequest { page_token: "x".repeat(5 << 20), ..ListTasksRequest::default() };
    let refused = client(&site).list_tasks(site.request(&tenant, Role::Recruiter, large)).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned()));
    site.finish().await;
}

#[tokio::test]
async fn a_method_that_nobody_serves_is_told_apart_from_one_that_nobody_knows() {
    let (site, _) = site().await;
    let tenant = site.tenant();
    // Known to the contract, but of a service that does not run here.
    let request =
        RequestOtherTimeRequest { token: "t".to_owned(), revision: "v1".to_owned(), reason: 1, note: String::new() };
    let elsewhere = CandidateCentreServiceClient::new(site.channel())
        .request_other_time(site.request(&tenant, Role::Service, request))
        .await
        .unwrap_err();
    assert_eq!(elsewhere.code(), Code::Unimplemented);
    let path = http::uri::PathAndQuery::from_static("/usher.ats.v1.TaskService/DropEverything");
    let mut grpc = tonic::client::Grpc::new(site.channel());
    grpc.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<CompleteTaskRequest, CompleteTaskRequest>::default();
    let request = site.request(&tenant, Role::Admin, CompleteTaskRequest::default());
    let unknown = grpc.unary(request, path, codec).await.unwrap_err();
    assert_eq!(reason(&unknown), (Code::Unimplemented, "METHOD_UNKNOWN".to_owned()));
    site.finish().await;
}

#[tokio::test]
async fn past_its_deadline_a_call_leaves_nothing() {
    let gate = Arc::new(Gate::shut());
    let site = Site::start_with(Tuning { max_concurrent_requests: 2, ..Tuning::default() }, services(&gate)).await;
    let tenant = site.tenant();
    assert!(written(&site, &tenant).await.is_empty());
    for _ in 0..2 {
        let mut request = site.request(&tenant, Role::Recruiter, note(""));
        request.set_timeout(Duration::from_millis(100));
        let late = client(&site).claim_task(request).await.unwrap_err();
        // The client may give up a moment before it hears that the server did.
        assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
    }
    gate.has_seen(2).await;
    gate.is_left().await;
    gate.let_pass();
    assert!(written(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn more_than_it_can_take_is_told_to_come_back_and_probes_get_through() {
    let gate = Arc::new(Gate::shut());
    let site = Site::start_with(Tuning { max_concurrent_requests: 2, ..Tuning::default() }, services(&gate)).await;
    let site = Arc::new(site);
    let tenant = site.tenant();
    let token = site.token(&tenant, Role::Recruiter);
    // The issuer's keys are asked for once, in this process, which takes a place as well.
    assert!(written(&site, &tenant).await.is_empty());
    let held = [0, 1].map(|_| {
        let (site, token) = (site.clone(), token.clone());
        tokio::spawn(async move { write(&site, &token, note("")).await })
    });
    gate.has_seen(2).await;
    let shed = write(&site, &token, note("")).await.unwrap_err();
    assert_eq!(reason(&shed), (Code::Unavailable, "OVERLOADED".to_owned()));
    assert!(shed.get_error_details().retry_info().is_some());
    let probe = HealthCheckRequest { service: "notes".to_owned() };
    let health = HealthClient::new(site.channel()).check(probe).await.unwrap().into_inner();
    assert_eq!(health.status(), ServingStatus::Serving);
    gate.let_pass();
    for one in held {
        one.await.unwrap().unwrap();
    }
    assert_eq!(written(&site, &tenant).await.len(), 2);
    Arc::into_inner(site).unwrap().finish().await;
}
