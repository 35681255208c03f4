//! What is seen of people elsewhere.

use chassis::{TenantId, wire};
use chrono::TimeDelta;
use prost_types::FieldMask;
use sqlx::{Connection as _, PgConnection};
use testkit::{Site, eventually};
use tonic::{Code, Status, transport::Channel};
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        ApplyExternalActivityRequest, Candidate, CandidateProfile, ContactChannel, ContactPoint,
        DismissExternalActivityRequest, ExternalActivity, ExternalActivityRecorded, ExternalActivityState,
        ExternalApply, ExternalProfile, GetCandidateRequest, ListExternalActivitiesRequest, ListTimelineEntriesRequest,
        RecordExternalActivityRequest, RecordExternalActivityResponse, RotateKeyRequest, TagDimension,
        external_activity_service_client::ExternalActivityServiceClient, key_service_client::KeyServiceClient,
    },
};

use super::{
    candidates, create,
    duplicates::{merge, unmerge},
    named, reason,
    resumes::upload,
    secrecy::everything,
    site, skill,
};

const TEXT: &str = "写了一个 Rust 的调度器。\n联系 ann.secret@example.com 或 13800138000，also k8s";

fn client(site: &Site) -> ExternalActivityServiceClient<Channel> {
    ExternalActivityServiceClient::new(site.channel())
}

async fn record(
    site: &Site,
    tenant: &TenantId,
    request: RecordExternalActivityRequest,
) -> Result<RecordExternalActivityResponse, Status> {
    let request = site.request(tenant, Role::Service, request);
    Ok(client(site).record_external_activity(request).await?.into_inner())
}

/// A page that shows another title and two skills, and a post that names two.
fn sighting(candidate: &str) -> RecordExternalActivityRequest {
    RecordExternalActivityRequest {
        candidate_id: candidate.to_owned(),
        source: "linkedin".to_owned(),
        external_id: "post/1".to_owned(),
        url: "https://www.linkedin.com/in/ann-secret/post/1".to_owned(),
        profile: Some(ExternalProfile {
            title: "Staff engineer".to_owned(),
            city: "上海".to_owned(),
            skills: vec![skill("Go"), skill("Kubernetes")],
            ..ExternalProfile::default()
        }),
        text: TEXT.to_owned(),
        ..RecordExternalActivityRequest::default()
    }
}

async fn ann(site: &Site, tenant: &TenantId) -> Candidate {
    let profile = CandidateProfile {
        title: "Engineer".to_owned(),
        city: "Shanghai".to_owned(),
        skills: vec![skill("Kubernetes")],
        ..named("Ann", "ann@example.com")
    };
    create(site, tenant, profile).await.unwrap()
}

async fn read(site: &Site, tenant: &TenantId, id: &str) -> Candidate {
    let request = GetCandidateRequest { candidate_id: id.to_owned() };
    let answer = candidates(site).get_candidate(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().candidate.unwrap()
}

async fn list(site: &Site, tenant: &TenantId, candidate: &str) -> Vec<ExternalActivity> {
    let request = ListExternalActivitiesRequest {
        candidate_id: candidate.to_owned(),
        ..ListExternalActivitiesRequest::default()
    };
    let answer = client(site).list_external_activities(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().activities
}

fn mask(fields: &[&str]) -> FieldMask {
    FieldMask { paths: fields.iter().map(|field| (*field).to_owned()).collect() }
}

async fn apply(
    site: &Site,
    tenant: &TenantId,
    activity: &str,
    fields: &[&str],
    etag: &str,
) -> Result<(ExternalActivity, Candidate), Status> {
    let request = ApplyExternalActivityRequest {
        activity_id: activity.to_owned(),
        update_mask: Some(mask(fields)),
        etag: etag.to_owned(),
        request_id: String::new(),
    };
    let answer = client(site).apply_external_activity(site.request(tenant, Role::Recruiter, request)).await?;
    let answer = answer.into_inner();
    Ok((answer.activity.unwrap(), answer.candidate.unwrap()))
}

fn skills(candidate: &Candidate) -> Vec<&str> {
    candidate.skills.iter().map(|skill| skill.name.as_str()).collect()
}

#[tokio::test]
async fn what_is_new_is_told_with_the_words_it_rests_on_and_changes_nothing_by_itself() {
    let site = site().await;
    let tenant = site.tenant();
    let before = ann(&site, &tenant).await;
    let answer = record(&site, &tenant, sighting(&before.candidate_id)).await.unwrap();
    let seen = answer.activity.unwrap();
    assert!(!answer.unchanged);
    assert_eq!(seen.state(), ExternalActivityState::Suggested);
    let told: Vec<_> =
        seen.diffs.iter().map(|diff| (diff.field.as_str(), diff.old_value.as_str(), diff.new_value.as_str())).collect();
    let expected = [("title", "Engineer", "Staff engineer"), ("skills", "Kubernetes", "Kubernetes\nGo\nrust")];
    assert_eq!(told, expected, "上海 is no other city, and k8s no other skill");
    let found: Vec<_> = seen.added_skills.iter().map(|one| (one.name.as_str(), one.quote.as_str())).collect();
    assert_eq!(found, [("Go", ""), ("rust", "写了一个 Rust 的调度器。")]);
    let after = read(&site, &tenant, &before.candidate_id).await;
    assert_eq!((after.etag, after.title), (before.etag, before.title));

    let again = record(&site, &tenant, sighting(&before.candidate_id)).await.unwrap();
    assert!(again.unchanged);
    assert_eq!(again.activity.unwrap().activity_id, seen.activity_id);
    let other = RecordExternalActivityRequest { text: "Rust".to_owned(), ..sighting(&before.candidate_id) };
    let refused = record(&site, &tenant, other).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::AlreadyExists, "EXTERNAL_ID_REUSED"));
    assert_eq!(list(&site, &tenant, &before.candidate_id).await.len(), 1);
    let told = site.heard_of::<ExternalActivityRecorded>("talent", &tenant).await;
    assert_eq!(told.len(), 1, "once, however often it is sent");
    assert_eq!(
        (told[0].added_skills.join(","), told[0].changed_fields.join(",")),
        ("Go,rust".to_owned(), "title,skills".to_owned())
    );
    site.finish().await;
}

#[tokio::test]
async fn somebody_takes_over_what_they_choose_or_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let before = ann(&site, &tenant).await;
    let id = before.candidate_id.as_str();
    let seen = record(&site, &tenant, sighting(id)).await.unwrap().activity.unwrap();
    let (applied, after) = apply(&site, &tenant, &seen.activity_id, &["skills"], &seen.etag).await.unwrap();
    assert_eq!((applied.state(), applied.applied_fields), (ExternalActivityState::Applied, vec!["skills".to_owned()]));
    assert_eq!((skills(&after), after.title.as_str()), (vec!["Kubernetes", "Go", "rust"], "Engineer"));
    let stale = apply(&site, &tenant, &seen.activity_id, &["title"], &seen.etag).await.unwrap_err();
    assert_eq!(reason(&stale), "ETAG_MISMATCH");
    let unknown = apply(&site, &tenant, &seen.activity_id, &["email"], "").await.unwrap_err();
    assert_eq!(reason(&unknown), "UPDATE_MASK_UNKNOWN_PATH");
    let (_, after) = apply(&site, &tenant, &seen.activity_id, &["title"], "").await.unwrap();
    assert_eq!(after.title, "Staff engineer");
    let dismiss = |activity: &str| DismissExternalActivityRequest {
        activity_id: activity.to_owned(),
        ..DismissExternalActivityRequest::default()
    };
    let request = site.request(&tenant, Role::Recruiter, dismiss(&seen.activity_id));
    let refused = client(&site).dismiss_external_activity(request).await.unwrap_err();
    assert_eq!(reason(&refused), "EXTERNAL_ACTIVITY_STATE");

    let more = RecordExternalActivityRequest {
        external_id: String::new(),
        profile: Some(ExternalProfile { company: "Acme".to_owned(), ..ExternalProfile::default() }),
        ..sighting(id)
    };
    let seen = record(&site, &tenant, more).await.unwrap().activity.unwrap();
    let request = site.request(&tenant, Role::Recruiter, dismiss(&seen.activity_id));
    let dismissed = client(&site).dismiss_external_activity(request).await.unwrap().into_inner().activity.unwrap();
    assert_eq!(dismissed.state(), ExternalActivityState::Dismissed);
    let refused = apply(&site, &tenant, &seen.activity_id, &["company"], "").await.unwrap_err();
    assert_eq!(reason(&refused), "EXTERNAL_ACTIVITY_STATE");
    assert_eq!(read(&site, &tenant, id).await.company, "");
    site.finish().await;
}

#[tokio::test]
async fn what_is_taken_over_at_once_is_what_was_asked_for() {
    let site = site().await;
    let tenant = site.tenant();
    let id = ann(&site, &tenant).await.candidate_id;
    let shown = ExternalProfile {
        title: "CTO".to_owned(),
        company: "Acme".to_owned(),
        skills: vec![skill("Go")],
        ..ExternalProfile::default()
    };
    let asked = |apply: ExternalApply, fields: &[&str]| RecordExternalActivityRequest {
        candidate_id: id.clone(),
        source: "maimai".to_owned(),
        profile: Some(shown.clone()),
        apply: apply.into(),
        apply_mask: (!fields.is_empty()).then(|| mask(fields)),
        ..RecordExternalActivityRequest::default()
    };
    let filled = record(&site, &tenant, asked(ExternalApply::FillEmpty, &[])).await.unwrap().activity.unwrap();
    assert_eq!(filled.applied_fields, ["company", "skills"]);
    let after = read(&site, &tenant, &id).await;
    assert_eq!((after.title.as_str(), after.company.as_str()), ("Engineer", "Acme"));
    record(&site, &tenant, asked(ExternalApply::Mask, &["title"])).await.unwrap();
    assert_eq!(read(&site, &tenant, &id).await.title, "CTO");
    let known = record(&site, &tenant, asked(ExternalApply::FillEmpty, &[])).await.unwrap().activity.unwrap();
    assert_eq!(known.state(), ExternalActivityState::NothingNew);
    let refused = record(&site, &tenant, asked(ExternalApply::Mask, &[])).await.unwrap_err();
    assert_eq!(reason(&refused), "UPDATE_MASK_EMPTY");
    site.finish().await;
}

#[tokio::test]
async fn a_person_is_known_by_an_address_or_by_a_page_that_was_theirs_before() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = ann(&site, &tenant).await.candidate_id;
    let bob = create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap().candidate_id;
    let by = |address: &str, page: &str| RecordExternalActivityRequest {
        candidate_id: String::new(),
        external_id: String::new(),
        contact_point: (!address.is_empty())
            .then(|| ContactPoint { channel: ContactChannel::Email.into(), value: address.to_owned() }),
        profile_url: page.to_owned(),
        ..sighting("")
    };
    let whose =
        async |request| record(&site, &tenant, request).await.map(|answer| answer.activity.unwrap().candidate_id);
    let page = "https://github.com/ann-secret";
    assert_eq!(reason(&whose(by("", page)).await.unwrap_err()), "CANDIDATE_NOT_FOUND");
    assert_eq!(whose(by("Ann@Example.com", page)).await.unwrap(), ann);
    assert_eq!(whose(by("", "https://www.GitHub.com/ann-secret/?tab=x")).await.unwrap(), ann, "it is known now");
    assert_eq!(reason(&whose(by("bob@example.com", page)).await.unwrap_err()), "PERSON_AMBIGUOUS");
    assert_eq!(whose(by("bob@example.com", "")).await.unwrap(), bob);
    for (request, expected) in [
        (by("", ""), "PERSON_REQUIRED"),
        (by("", "http://github.com/x"), "URL_INVALID"),
        (by("nobody@example.com", ""), "CANDIDATE_NOT_FOUND"),
        (
            RecordExternalActivityRequest { url: "https://user@host.example/".to_owned(), ..sighting(&ann) },
            "URL_INVALID",
        ),
        (
            RecordExternalActivityRequest { profile: None, text: " ".to_owned(), url: String::new(), ..sighting(&ann) },
            "ACTIVITY_EMPTY",
        ),
        (
            RecordExternalActivityRequest {
                time: Some(wire::timestamp(site.clock().now() + TimeDelta::hours(1))),
                ..sighting(&ann)
            },
            "ACTIVITY_TIME_INVALID",
        ),
        (RecordExternalActivityRequest { source: "Linked In".to_owned(), ..sighting(&ann) }, "FIELD_INVALID"),
    ] {
        assert_eq!(reason(&record(&site, &tenant, request).await.unwrap_err()), expected);
    }
    let stranger = site.tenant();
    assert_eq!(reason(&record(&site, &stranger, sighting(&ann)).await.unwrap_err()), "CANDIDATE_NOT_FOUND");
    site.finish().await;
}

#[tokio::test]
async fn a_newer_resume_is_news_and_the_first_is_none() {
    let site = site().await;
    let tenant = site.tenant();
    let id = ann(&site, &tenant).await.candidate_id;
    upload(&site, &tenant, &id, "one.txt", "熟悉 Java 和 k8s".as_bytes()).await.unwrap();
    assert!(list(&site, &tenant, &id).await.is_empty());
    upload(&site, &tenant, &id, "two.txt", "熟悉 Java 和 Rust，8年工作经验".as_bytes()).await.unwrap();
    upload(&site, &tenant, &id, "two.txt", "熟悉 Java 和 Rust，8年工作经验".as_bytes()).await.unwrap();
    let seen = list(&site, &tenant, &id).await;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].source, "resume");
    let found: Vec<_> = seen[0].added_skills.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(found, ["java", "rust"]);
    assert!(seen[0].added_skills[1].quote.contains("Rust"));
    assert!(seen[0].diffs.iter().any(|diff| diff.field == "years_of_experience" && diff.new_value == "8"));
    site.finish().await;
}

#[tokio::test]
async fn news_ends_a_long_sleep_and_is_remembered_for_three_months() {
    let site = site().await;
    let tenant = site.tenant();
    let id = ann(&site, &tenant).await.candidate_id;
    let day = TimeDelta::days(1).to_std().unwrap();
    site.clock().advance(day * 120).unwrap();
    let tags = async || -> Vec<String> {
        let tags = read(&site, &tenant, &id).await.tags;
        tags.into_iter().filter(|tag| tag.dimension() != TagDimension::Skill).map(|tag| tag.name).collect()
    };
    assert_eq!(tags().await, ["dormant_3_months"]);
    record(&site, &tenant, sighting(&id)).await.unwrap();
    site.settle().await;
    assert_eq!(tags().await, ["recently_updated"]);
    assert!(read(&site, &tenant, &id).await.last_activity_time.is_some());
    let request = ListTimelineEntriesRequest { candidate_id: id.clone(), ..ListTimelineEntriesRequest::default() };
    let entries =
        candidates(&site).list_timeline_entries(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    let summaries: Vec<_> = entries.into_inner().entries.into_iter().map(|entry| entry.summary).collect();
    assert!(
        summaries.contains(&"On linkedin something new was seen: title, skills (Go, rust).".to_owned()),
        "{summaries:?}"
    );
    site.clock().advance(day * 95).unwrap();
    assert_eq!(tags().await, ["dormant_3_months"]);
    site.finish().await;
}

#[tokio::test]
async fn neither_pages_nor_words_nor_addresses_stand_in_the_clear() {
    let site = site().await;
    let tenant = site.tenant();
    let id = ann(&site, &tenant).await.candidate_id;
    let request = RecordExternalActivityRequest {
        profile_url: "https://github.com/ann-secret".to_owned(),
        external_id: "ann-secret/7".to_owned(),
        request_id: "018f0000-0000-7000-8000-000000000009".to_owned(),
        ..sighting(&id)
    };
    let seen = record(&site, &tenant, request).await.unwrap().activity.unwrap();
    assert!(seen.added_skills.iter().all(|one| !one.quote.contains("secret") && !one.quote.contains("138")));
    site.settle().await;
    let all = everything(site.database().url()).await;
    assert!(all.contains("linkedin"), "the scan sees the rows");
    for secret in ["ann-secret", "ann.secret", "13800138000", "调度器", "Staff engineer"] {
        let hexadecimal = secret.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert!(!all.contains(secret) && !all.contains(&hexadecimal), "{secret} stands in the database");
    }
    site.finish().await;
}

#[tokio::test]
async fn when_the_key_is_replaced_what_was_seen_is_sealed_anew_and_still_reads() {
    let site = site().await;
    let tenant = site.tenant();
    let id = ann(&site, &tenant).await.candidate_id;
    record(&site, &tenant, sighting(&id)).await.unwrap();
    let request = site.request(&tenant, Role::Owner, RotateKeyRequest::default());
    KeyServiceClient::new(site.channel()).rotate_key(request).await.unwrap();
    let mut connection = PgConnection::connect(site.database().url()).await.unwrap();
    eventually("nothing needs the old key", async || {
        site.clock().advance(TimeDelta::minutes(2).to_std().unwrap()).unwrap();
        let old: i64 = sqlx::query_scalar("SELECT count(*) FROM talent.external_activities WHERE key_version = 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let versions: i64 = sqlx::query_scalar("SELECT count(*) FROM talent.tenant_keys WHERE version = 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        (old, versions) == (0, 0)
    })
    .await;
    assert_eq!(list(&site, &tenant, &id).await[0].diffs.len(), 2);
    assert!(record(&site, &tenant, sighting(&id)).await.unwrap().unchanged, "it is known by the same name");
    site.finish().await;
}

#[tokio::test]
async fn what_was_seen_of_a_part_of_somebody_is_theirs_until_they_are_two_again() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) =
        (ann(&site, &tenant).await, create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap());
    let page = "https://www.linkedin.com/in/bob";
    let of_bob = RecordExternalActivityRequest { profile_url: page.to_owned(), ..sighting(&bob.candidate_id) };
    let before = record(&site, &tenant, of_bob).await.unwrap().activity.unwrap();
    let made = merge(&site, &tenant, &ann.candidate_id, &bob.candidate_id).await.unwrap();

    // Named by the old id, by an address that is the survivor's by now, and by the page: all of one person.
    let point = ContactPoint { channel: ContactChannel::Email.into(), value: "bob@example.com".to_owned() };
    let later = RecordExternalActivityRequest {
        external_id: "post/2".to_owned(),
        contact_point: Some(point),
        profile_url: page.to_owned(),
        ..sighting(&bob.candidate_id)
    };
    let later = record(&site, &tenant, later).await.unwrap().activity.unwrap();
    assert_eq!(later.candidate_id, ann.candidate_id, "whoever asks is answered with the survivor");
    for asked in [&ann, &bob] {
        assert_eq!(list(&site, &tenant, &asked.candidate_id).await.len(), 2);
    }
    let (applied, candidate) = apply(&site, &tenant, &before.activity_id, &["title"], "").await.unwrap();
    assert_eq!((applied.candidate_id.as_str(), candidate.title.as_str()), (&*ann.candidate_id, "Staff engineer"));
    assert_eq!(candidate.candidate_id, ann.candidate_id);

    unmerge(&site, &tenant, &made.merge_id).await.unwrap();
    assert!(list(&site, &tenant, &ann.candidate_id).await.is_empty());
    assert_eq!(list(&site, &tenant, &bob.candidate_id).await.len(), 2);
    site.finish().await;
}

#[tokio::test]
async fn a_resume_that_came_in_the_name_of_a_part_is_seen_of_that_one() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) =
        (ann(&site, &tenant).await, create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap());
    upload(&site, &tenant, &ann.candidate_id, "first.txt", b"Ten years of Java.").await.unwrap();
    let made = merge(&site, &tenant, &ann.candidate_id, &bob.candidate_id).await.unwrap();
    upload(&site, &tenant, &bob.candidate_id, "second.txt", b"Two years of Rust.").await.unwrap();
    assert_eq!(list(&site, &tenant, &ann.candidate_id).await.len(), 1);
    unmerge(&site, &tenant, &made.merge_id).await.unwrap();
    assert!(list(&site, &tenant, &ann.candidate_id).await.is_empty());
    assert_eq!(list(&site, &tenant, &bob.candidate_id).await.len(), 1);
    site.finish().await;
}
