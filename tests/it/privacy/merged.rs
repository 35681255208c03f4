//! Two entries of the pool that were made one ask together, and are forgotten together.

use std::collections::BTreeSet;

use usher_proto::talent::v1::{
    GetCandidateRequest, ListErasuresRequest, MergeCandidatesRequest, duplicate_service_client::DuplicateServiceClient,
};

use super::*;

const SECOND: &str = "second-quovadis@example.org";

/// Another entry of the same person, with a résumé and an application of its own.
async fn second_entry(site: &Site, tenant: &TenantId) -> String {
    let profile = CandidateProfile {
        display_name: format!("{MARKER} Second"),
        email: SECOND.to_owned(),
        summary: format!("Kept the {MARKER} archive"),
        ..CandidateProfile::default()
    };
    let request = CreateCandidateRequest { profile: Some(profile), request_id: String::new() };
    let created = CandidateServiceClient::new(site.channel())
        .create_candidate(site.request(tenant, Role::Recruiter, request))
        .await
        .unwrap();
    let id = created.into_inner().candidate.unwrap().candidate_id;
    resume(site, tenant, &id).await;
    application(site, tenant, &id).await;
    id
}

async fn etag(site: &Site, tenant: &TenantId, candidate: &str) -> String {
    let request = GetCandidateRequest { candidate_id: candidate.to_owned() };
    let request = site.request(tenant, Role::Recruiter, request);
    let answer = CandidateServiceClient::new(site.channel()).get_candidate(request).await.unwrap();
    answer.into_inner().candidate.unwrap().etag
}

async fn merge(site: &Site, tenant: &TenantId, survivor: &str, absorbed: &str) {
    let request = MergeCandidatesRequest {
        survivor_id: survivor.to_owned(),
        absorbed_id: absorbed.to_owned(),
        survivor_etag: etag(site, tenant, survivor).await,
        absorbed_etag: etag(site, tenant, absorbed).await,
        ..MergeCandidatesRequest::default()
    };
    let request = site.request(tenant, Role::Recruiter, request);
    DuplicateServiceClient::new(site.channel()).merge_candidates(request).await.unwrap();
    site.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_person_is_exported_part_by_part_and_forgotten_whole() {
    let (mail, index) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let site = suite_in(&testkit::new_key(), mail.path(), index.path()).await;
    let tenant = site.tenant();
    let (first, interview) = known_person(&site, &tenant).await;
    let second = second_entry(&site, &tenant).await;
    what_happened(&site, &tenant, &first, &interview).await;
    merge(&site, &tenant, &first, &second).await;

    for asked in [&first, &second] {
        let told = export(&site, &tenant, asked).await;
        let profile = |path: &str| -> serde_json::Value { serde_json::from_slice(&told[path]).unwrap() };
        let whole = profile("talent/profile.json");
        assert_eq!(whole["candidate_id"], first.as_str());
        assert_eq!(whole["contact_points"].as_array().unwrap().len(), 3, "every way to reach them: {whole:#}");
        let part = profile(&format!("others/{second}/talent/profile.json"));
        assert_eq!(
            (&part["candidate_id"], &part["display_name"]),
            (&second.as_str().into(), &format!("{MARKER} Second").into())
        );
        assert!(part["summary"].as_str().unwrap().contains("archive"), "as they were: {part:#}");
        assert!(contains(&told["README.md"], "others/"), "whoever opens it knows what that folder is");
        let is_theirs = |path: &&String| path.starts_with(&format!("others/{second}/talent/resumes/"));
        assert_eq!(told.keys().filter(is_theirs).count(), 2, "their résumé, and its text: {:?}", told.keys());
    }

    let asked = request_erasure(&site, &tenant, &second).await;
    assert_eq!(asked.candidate_id, second);
    let request = site.request(&tenant, Role::Owner, ListErasuresRequest::default());
    let list = PrivacyServiceClient::new(site.channel()).list_erasures(request).await.unwrap().into_inner().erasures;
    let ids: BTreeSet<&str> = list.iter().map(|erasure| erasure.candidate_id.as_str()).collect();
    assert_eq!(ids, BTreeSet::from([first.as_str(), second.as_str()]));

    let keys = receipt_keys(&site, &tenant).await;
    let mut tombstones = 0;
    for erasure in &list {
        let erasure = done(&site, &tenant, &erasure.erasure_id).await;
        let said = verify(&erasure.receipt, &keys).unwrap();
        assert_eq!(said["erasure_id"], erasure.erasure_id.as_str());
        tombstones += said["tombstones"].as_i64().unwrap();
    }
    assert_eq!(tombstones, 3, "none of their ways comes back by itself");
    site.settle().await;
    let after = rows(&site).await;
    let (streams, indexed) = (redis_bytes(&site).await, files(index.path()));
    for word in [MARKER, EMAIL, PHONE, SECOND] {
        assert_eq!(holding(&after, word), [""; 0], "{word}");
        assert!(!contains(&streams, word), "Redis holds {word}");
        assert!(!contains(&indexed, word), "the index holds {word}");
    }
    for id in [&first, &second] {
        let mut left = holding(&after, id);
        left.retain(|table| !matches!(table.as_str(), "talent.outbox" | "talent.outbox_mention"));
        assert_eq!(left, [""; 0], "the id stands in the one event that says that they are forgotten");
    }
    site.finish().await;
}
