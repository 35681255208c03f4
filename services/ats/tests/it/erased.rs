//! People who are forgotten: what comes late about them is not written down, and a store that is away costs no count.

use std::collections::BTreeMap;

use testkit::Tuning;
use usher_proto::{
    ats::v1::{ApplicationReassigned, ListApplicationsRequest},
    privacy::v1::{EraseSubjectRequest, subject_service_client::SubjectServiceClient},
    talent::v1::{CandidatesMerged, CandidatesUnmerged, ExternalActivityRecorded},
};

use super::*;

/// Talent asks to forget somebody; how much each store held.
pub(super) async fn erase(site: &Site, tenant: &TenantId, candidate: &str) -> Result<BTreeMap<String, i64>, Status> {
    let request =
        EraseSubjectRequest { service: "ats".to_owned(), candidate_id: candidate.to_owned(), erasure_id: id("erase") };
    let answer =
        SubjectServiceClient::new(site.channel()).erase_subject(site.request(tenant, Role::Service, request)).await?;
    Ok(answer.into_inner().stores.into_iter().map(|store| (store.store, store.count)).collect())
}

async fn listed(site: &Site, tenant: &TenantId, candidate: &str) -> usize {
    let request = ListApplicationsRequest { candidate_id: candidate.to_owned(), ..ListApplicationsRequest::default() };
    let answer = applications(site).list_applications(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().applications.len()
}

async fn merged(site: &Site, tenant: &TenantId, survivor: &str, absorbed: &str) {
    let (survivor_id, absorbed_id) = (survivor.to_owned(), absorbed.to_owned());
    let event = CandidatesMerged { survivor_id, absorbed_id, merge_id: String::new() };
    site.say("talent", tenant, survivor, &event).await;
    site.settle().await;
}

#[tokio::test]
async fn what_is_heard_late_of_somebody_who_is_forgotten_is_not_written_down() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let (ann, bob, cat) = (id("cand"), id("cand"), id("cand"));
    erase(&site, &tenant, &bob).await.unwrap();

    let seen = ExternalActivityRecorded {
        candidate_id: bob.clone(),
        activity_id: id("xact"),
        source: "linkedin".to_owned(),
        changed_fields: vec!["title".to_owned()],
        ..ExternalActivityRecorded::default()
    };
    site.say("talent", &tenant, &bob, &seen).await;
    // The merges were undone before, and that is heard of never.
    merged(&site, &tenant, &ann, &bob).await;
    merged(&site, &tenant, &bob, &cat).await;
    assert!(tasks(&site, &tenant, false).await.is_empty(), "nobody is asked to look");
    let job = open_job(&site, &tenant).await;
    assert_eq!(reason(&apply(&site, &tenant, &job, &bob).await.unwrap_err()), "CANDIDATE_ERASED");
    assert_eq!(apply(&site, &tenant, &job, &cat).await.unwrap().candidate_id, cat, "a person of their own");
    site.finish().await;
}

#[tokio::test]
async fn what_comes_back_to_somebody_who_is_forgotten_goes_as_they_did() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let (ann, bob) = (id("cand"), id("cand"));
    let anns = apply(&site, &tenant, &open_job(&site, &tenant).await, &ann).await.unwrap();
    let bobs = apply(&site, &tenant, &open_job(&site, &tenant).await, &bob).await.unwrap();
    schedule(&site, &tenant, meeting(&site, &bobs.application_id, 300)).await.unwrap();
    merged(&site, &tenant, &ann, &bob).await;
    // In Ann's name, and about what is Bob's.
    let interview = schedule(&site, &tenant, meeting(&site, &bobs.application_id, 400)).await.unwrap();
    assert_eq!(interview.candidate_id, ann);
    site.settle().await;
    // The merge was undone, which is not heard of yet, and perhaps never: what says it names Bob.
    let counts = erase(&site, &tenant, &bob).await.unwrap();
    assert_eq!((counts["applications"], counts["interviews"]), (1, 2), "{counts:?}");
    assert_eq!((listed(&site, &tenant, &ann).await, listed(&site, &tenant, &bob).await), (1, 0));

    let event = CandidatesUnmerged { survivor_id: ann.clone(), absorbed_id: bob.clone(), merge_id: String::new() };
    site.say("talent", &tenant, &ann, &event).await;
    site.settle().await;
    assert_eq!((listed(&site, &tenant, &ann).await, listed(&site, &tenant, &bob).await), (1, 0));
    assert_eq!(anns.candidate_id, ann);
    let mut tx = site.db("ats").begin(&chassis::TenantCtx::service(tenant, "ats")).await.unwrap();
    for word in [&bob, &bobs.application_id] {
        let left: i64 = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM interviews) + (SELECT count(*) FROM outbox
             WHERE position(convert_to($1, 'UTF8') IN data) > 0)",
        )
        .bind(word)
        .fetch_one(tx.conn())
        .await
        .unwrap();
        assert_eq!(left, 0, "neither an interview nor a word of them");
    }
    drop(tx);
    site.finish().await;
}

#[tokio::test]
async fn whoever_was_parted_from_somebody_keeps_what_is_theirs_when_that_one_is_forgotten() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let (ann, bob) = (id("cand"), id("cand"));
    let job = open_job(&site, &tenant).await;
    let bobs = apply(&site, &tenant, &job, &bob).await.unwrap();
    site.clock().advance(Duration::from_mins(1)).unwrap();
    apply(&site, &tenant, &job, &ann).await.unwrap();
    let interview = schedule(&site, &tenant, meeting(&site, &bobs.application_id, 300)).await.unwrap();
    merged(&site, &tenant, &ann, &bob).await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::AppliedTwice]);

    // The merge was undone, which is not heard of yet, and Ann alone asks to be forgotten.
    let counts = erase(&site, &tenant, &ann).await.unwrap();
    assert_eq!((counts["applications"], counts["interviews"]), (1, 0), "{counts:?}");
    assert_eq!((listed(&site, &tenant, &ann).await, listed(&site, &tenant, &bob).await), (0, 1));
    assert_eq!(get(&site, &tenant, &interview.interview_id).await.candidate_id, bob);
    assert!(kinds(&site, &tenant).await.is_empty(), "nobody has applied twice");
    let told = site.heard_of::<ApplicationReassigned>("ats", &tenant).await.pop().unwrap();
    let ApplicationReassigned { application_id, candidate_id, from_candidate_id, .. } = told;
    assert_eq!((application_id, candidate_id, from_candidate_id), (bobs.application_id, bob, String::new()));
    site.finish().await;
}

#[tokio::test]
async fn whoever_stood_for_somebody_who_is_forgotten_has_no_longer_applied_twice() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let (ann, bob) = (id("cand"), id("cand"));
    let job = open_job(&site, &tenant).await;
    apply(&site, &tenant, &job, &bob).await.unwrap();
    site.clock().advance(Duration::from_mins(1)).unwrap();
    let anns = apply(&site, &tenant, &job, &ann).await.unwrap();
    merged(&site, &tenant, &ann, &bob).await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::AppliedTwice]);
    erase(&site, &tenant, &bob).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    let request = ListApplicationsRequest { candidate_id: ann.clone(), ..ListApplicationsRequest::default() };
    let answer = applications(&site).list_applications(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    let left: Vec<_> = answer.into_inner().applications;
    assert_eq!((left.len(), left[0].clash_application_id.as_str()), (1, ""));
    assert_eq!(left[0].application_id, anns.application_id);
    site.finish().await;
}

#[tokio::test]
async fn a_redis_that_is_away_costs_no_count() {
    let tuning = Tuning { wires: true, ..Tuning::default() };
    let site = Site::start_with(tuning, services()).await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let job = open_job(&site, &tenant).await;
    let ann = apply(&site, &tenant, &job, &id("cand")).await.unwrap().candidate_id;
    site.settle().await;
    site.wires().redis.cut();
    let failed = erase(&site, &tenant, &ann).await.unwrap_err();
    assert_eq!(refusal(&failed), (Code::Unavailable, "REDIS_UNAVAILABLE".to_owned()));
    site.wires().redis.mend();
    let mut counts = BTreeMap::new();
    eventually("Redis answers again", async || match erase(&site, &tenant, &ann).await {
        Ok(stores) => {
            counts = stores;
            true
        }
        Err(_) => false,
    })
    .await;
    assert_eq!((counts["applications"], counts["transitions"]), (1, 1), "{counts:?}");
    assert!(counts["event_log"] > 0, "{counts:?}");
    site.finish().await;
}
