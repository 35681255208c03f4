//! Two who write of one pair at one moment.

use chassis::TenantCtx;
use sqlx::Connection as _;
use testkit::eventually;
use usher_proto::talent::v1::{CandidateProfile, DuplicateState};

use super::{
    ListCandidatesRequest, Role, Site, candidates, change, create, found, import, listed, merge, named, site, timeline,
    types, unmerge, upload,
};
use crate::privacy::{erase, uuid};

#[tokio::test]
async fn what_a_reviewer_says_of_a_pair_that_is_just_being_found_stays() {
    let site = site().await;
    let tenant = site.tenant();
    let of = |company: &str| CandidateProfile { company: company.to_owned(), ..named("王小明", "") };
    let email = |email: &str, profile| CandidateProfile { email: email.to_owned(), ..profile };
    let one = create(&site, &tenant, email("one@example.com", of("晨光科技"))).await.unwrap().candidate_id;
    let other = create(&site, &tenant, email("other@example.com", of("Acme"))).await.unwrap().candidate_id;
    assert!(listed(&site, &tenant, DuplicateState::Unspecified).await.is_empty());

    // Somebody tells of the two and parts them, in a transaction that has not ended when the pair is looked for.
    let mut tx = site.db("talent").begin(&TenantCtx::service(tenant, "talent")).await.unwrap();
    sqlx::query(
        "INSERT INTO duplicates (tenant_id, duplicate_id, first_id, second_id, state, score, evidence, told,
            dismissed_score, reason, actor, create_time, update_time)
         VALUES ($1, gen_random_uuid(), least($2::uuid, $3::uuid), greatest($2::uuid, $3::uuid), 2, 60, '[]', '{3}', 100, 'brothers', '', now(), now())",
    )
    .bind(tenant)
    .bind(uuid(&one))
    .bind(uuid(&other))
    .execute(tx.conn())
    .await
    .unwrap();
    change(&site, &tenant, &other, &["company"], of("晨光科技")).await.unwrap();
    let mut server = sqlx::PgConnection::connect(site.database().url()).await.unwrap();
    eventually("whoever finds the pair waits", async || {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
             AND query LIKE '%INTO duplicates%')",
        )
        .fetch_one(&mut server)
        .await
        .unwrap()
    })
    .await;
    tx.commit().await.unwrap();

    assert!(listed(&site, &tenant, DuplicateState::Open).await.is_empty());
    let pairs = listed(&site, &tenant, DuplicateState::Dismissed).await;
    let said: Vec<_> = pairs.iter().map(|pair| (pair.state(), pair.reason.as_str())).collect();
    assert_eq!(said, [(DuplicateState::Dismissed, "brothers")]);
    assert_eq!(pairs[0].evidence.len(), 3, "what was told counts beside what was compared");
    site.finish().await;
}

#[tokio::test]
async fn whoever_was_parted_from_somebody_is_not_found_by_them_once_they_are_forgotten() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let bob = create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap().candidate_id;
    upload(&site, &tenant, &bob, "cv.txt", b"Keeps the quovadis archive.").await.unwrap();
    let merged = merge(&site, &tenant, &ann, &bob).await.unwrap();
    site.settle().await;
    assert_eq!(found(&site, &tenant, "quovadis").await.into_iter().collect::<Vec<_>>(), [ann.as_str()]);

    // Nobody hears that they were parted before that is forgotten.
    let lead = lead(&site).await;
    unmerge(&site, &tenant, &merged.merge_id).await.unwrap();
    erase(&site, &tenant, Role::Owner, &bob).await.unwrap();
    lead.close().await.unwrap();
    site.settle().await;
    assert!(found(&site, &tenant, "quovadis").await.is_empty());
    assert_eq!(found(&site, &tenant, "Ann").await.len(), 1);
}

#[tokio::test]
async fn people_who_come_by_the_thousand_are_held_against_each_other_and_each_has_a_timeline() {
    let site = site().await;
    let tenant = site.tenant();
    let lead = lead(&site).await;
    // Two pairs: side by side, and far from each other.
    let name = |row: usize| match row {
        0 | 1 => "Sample Twin".to_owned(),
        2 | 119 => "Sample Double".to_owned(),
        _ => format!("Sample Person {row}"),
    };
    let rows = (0..120).map(|row| format!("{},sample.{row}@example.com,Acme\n", name(row)));
    let file: String = std::iter::once("name,email,company\n".to_owned()).chain(rows).collect();
    assert_eq!(import(&site, &tenant, file.as_bytes()).await.unwrap().created, 120);
    let of_name = async |name: &str| {
        let request = ListCandidatesRequest { page_size: 200, ..ListCandidatesRequest::default() };
        let listed = candidates(&site).list_candidates(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
        let people = listed.into_inner().candidates;
        people.into_iter().find(|one| one.display_name == name).unwrap().candidate_id
    };
    erase(&site, &tenant, Role::Owner, &of_name("Sample Person 7").await).await.unwrap();
    // All of them are heard of at once.
    lead.close().await.unwrap();

    let pairs = listed(&site, &tenant, DuplicateState::Open).await;
    let mut scores: Vec<_> = pairs.iter().map(|pair| pair.evidence.len()).collect();
    scores.dedup();
    assert_eq!((pairs.len(), scores.len()), (2, 1), "{pairs:?}");
    let timeline = timeline(&site, &tenant, &of_name("Sample Person 118").await).await;
    assert_eq!(types(&timeline), ["CandidateCreated"]);
    let kept: i64 = sqlx::query_scalar("SELECT count(DISTINCT candidate_id) FROM timeline_entries")
        .fetch_one(site.db("talent").begin(&TenantCtx::service(tenant, "talent")).await.unwrap().conn())
        .await
        .unwrap();
    assert_eq!(kept, 119, "whoever is forgotten has none");
    site.finish().await;
}

/// Takes the lead of the log from whoever numbers it; whoever holds it numbers nothing.
async fn lead(site: &Site) -> sqlx::PgConnection {
    let mut lead = sqlx::PgConnection::connect(site.database().url()).await.unwrap();
    let mut server = sqlx::PgConnection::connect(site.database().url()).await.unwrap();
    let take = sqlx::query("SELECT pg_advisory_lock(hashtextextended('usher outbox talent', 7))").execute(&mut lead);
    let end = eventually("somebody leads and is ended", async || {
        let ended: Option<bool> = sqlx::query_scalar(
            "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND (classid::bigint << 32 | objid::bigint) = hashtextextended('usher outbox talent', 7)",
        )
        .fetch_one(&mut server)
        .await
        .unwrap();
        ended == Some(true)
    });
    let (taken, ()) = tokio::join!(take, end);
    taken.unwrap();
    lead
}
