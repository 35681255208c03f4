//! The rules that the .proto files state are enforced, and every RPC has its line in the authorization table.

use usher_proto::{
    METHODS,
    accounts::v1::{CreateTenantRequest, Role},
    ats::v1::{CreateJobRequest, GetJobRequest, ListJobsRequest, Stage},
    codec::Checked,
    outreach::v1::{MessageDraft, MessageFacts, SendMessageRequest},
};

fn fields(message: &impl Checked) -> Vec<String> {
    message
        .check()
        .err()
        .map(|error| error.violations().iter().map(prost_protovalidate::Violation::field_path).collect())
        .unwrap_or_default()
}

#[test]
fn a_broken_rule_names_its_field() {
    assert_eq!(fields(&GetJobRequest { job_id: "cand_01h455vb4pex5vsknk084sn02q".to_owned() }), ["job_id"]);
    assert!(fields(&GetJobRequest { job_id: "job_01h455vb4pex5vsknk084sn02q".to_owned() }).is_empty());
    assert_eq!(fields(&ListJobsRequest { page_size: -1, ..ListJobsRequest::default() }), ["page_size"]);
    assert!(fields(&CreateTenantRequest::default()).len() >= 5);
}

#[test]
fn rules_reach_into_what_is_nested_and_repeated() {
    let stages = vec![Stage { key: "Not Snake".to_owned(), display_name: "x".to_owned(), service_level_hours: 0 }];
    let job =
        CreateJobRequest { title: "t".to_owned(), company_name: "c".to_owned(), stages, ..CreateJobRequest::default() };
    assert_eq!(fields(&job), ["stages[0].key"]);
    let draft = MessageDraft {
        business_key: "k".to_owned(),
        kind: 1,
        candidate_id: "cand_01h455vb4pex5vsknk084sn02q".to_owned(),
        facts: Some(MessageFacts { position: "x".repeat(201), ..MessageFacts::default() }),
        ..MessageDraft::default()
    };
    let send = SendMessageRequest { draft: Some(draft), ..SendMessageRequest::default() };
    assert_eq!(fields(&send), ["draft.facts.position"]);
}

#[test]
fn every_method_says_who_may_call_it() {
    assert!(METHODS.len() > 50, "{} methods", METHODS.len());
    for method in METHODS {
        assert!(method.public == method.roles.is_empty(), "{} must be public or name roles, not both", method.path);
        let known = |role: &i32| Role::try_from(*role).is_ok_and(|role| role != Role::Unspecified);
        assert!(method.roles.iter().all(known), "{}", method.path);
    }
}
