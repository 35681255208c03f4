//! The index of a process: how it keeps up, and how it is built anew.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::{Site, Tuning, eventually};
use tonic::Code;
use tonic_types::StatusExt as _;
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        AddTagsRequest, CandidateProfile, ListCandidatesRequest, SearchCandidatesRequest, Skill, TagDimension,
        tag_service_client::TagServiceClient,
    },
};
use usher_talent::Talent;

use super::{
    super::{candidates, import, named, reason, tags::new_tag, talent},
    PEOPLE, Pool, asked, token,
};

fn with(folder: &Path) -> Box<Talent> {
    Box::new(talent().with_index_folder(folder.to_owned()))
}

async fn pool_with(folder: &Path) -> Pool {
    Pool::at(Site::start(vec![with(folder)]).await).await
}

/// The indexes in a folder.
fn indexes(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Nobody reads this table until the connection is closed.
async fn hold(pool: &Pool, table: &str) -> PgConnection {
    let mut connection = PgConnection::connect(pool.site.database().url()).await.unwrap();
    let lock = format!("BEGIN; LOCK TABLE talent.{table} IN ACCESS EXCLUSIVE MODE");
    sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut connection).await.unwrap();
    connection
}

/// Whoever builds an index asks first which tenants there are; whoever keeps one up knows their keys.
async fn hold_building(pool: &Pool) -> PgConnection {
    hold(pool, "tenant_keys").await
}

/// Changes somebody by what needs no key, and lets searches see it.
async fn tag(pool: &mut Pool, tag: &str) {
    let request = AddTagsRequest {
        candidate_id: pool.id("Zoë").await,
        tags: vec![new_tag(TagDimension::Status, tag)],
        request_id: String::new(),
    };
    let request = pool.site.request(&pool.tenant, Role::Recruiter, request);
    let answer = TagServiceClient::new(pool.site.channel()).add_tags(request).await.unwrap();
    pool.seen = token(answer.metadata());
}

/// As [`Pool::found`], whether or not the last change is seen.
async fn found_since(pool: &Pool, seen: &str, query: &str) -> Vec<String> {
    pool.found(SearchCandidatesRequest { at_least: seen.to_owned(), ..asked(query) }).await
}

/// Asks for new indexes, and has everybody look whether somebody has.
async fn ask_for_new_ones(pool: &Pool) -> i64 {
    let request = Talent::rebuild_index(&pool.site.db("talent")).await.unwrap();
    pool.site.clock().advance(Duration::from_secs(1)).unwrap();
    request
}

#[tokio::test]
async fn a_write_that_is_not_seen_in_time_is_told_so() {
    let mut pool = Pool::new().await;
    // From here on the index has seen those who came in.
    pool.finds("company:acme", &["ann", "zoë"]).await;
    let before = pool.seen.clone();
    // Whom the index reads, it reads with their résumés.
    let held = hold(&pool, "resumes").await;
    tag(&mut pool, "harbour").await;
    let refused = pool.search(asked("tag:harbour")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "INDEX_BEHIND"), "{refused:?}");
    let details = refused.get_error_details();
    assert!(details.retry_info().unwrap().retry_delay.unwrap() > Duration::ZERO, "{refused:?}");
    assert!(refused.message().contains("try again"), "{refused:?}");
    assert!(found_since(&pool, &before, "tag:harbour").await.is_empty(), "who asks for less is answered");
    assert_eq!(found_since(&pool, &before, "company:acme").await, ["ann", "zoë"]);
    held.close().await.unwrap();
    pool.finds("tag:harbour", &["zoë"]).await;
    pool.site.finish().await;
}

#[tokio::test]
async fn a_new_index_is_built_when_it_is_asked_for_and_the_old_one_serves_and_keeps_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut pool = pool_with(folder.path()).await;
    pool.finds("java", &["ann", "bob", "李雷"]).await;
    let first = indexes(folder.path());
    let held = hold_building(&pool).await;
    assert_eq!(ask_for_new_ones(&pool).await, 1);
    eventually("a new one is begun", async || indexes(folder.path()).len() == 2).await;
    tag(&mut pool, "harbour").await;
    pool.finds("tag:harbour", &["zoë"]).await;
    pool.finds("java", &["ann", "bob", "李雷"]).await;
    let meanwhile = indexes(folder.path());
    assert!(meanwhile.len() == 2 && meanwhile.contains(&first[0]), "the old one has served");

    let before = pool.seen.clone();
    held.close().await.unwrap();
    let is_alone = |old: &[PathBuf]| indexes(folder.path()).len() == 1 && indexes(folder.path()) != old;
    // Somebody is changed until the new one serves; what the old one has shown is there for who asks for less as well.
    let mut round = 0;
    eventually("the new one serves", async || {
        round += 1;
        let company = format!("Round{round}");
        let query = format!("company:{company}");
        pool.change("Zoë", &["company"], CandidateProfile { company, ..CandidateProfile::default() }).await;
        pool.finds(&query, &["zoë"]).await;
        assert_eq!(found_since(&pool, &before, &query).await, ["zoë"], "{query}");
        is_alone(&first)
    })
    .await;
    pool.finds("tag:harbour", &["zoë"]).await;
    tag(&mut pool, "quiet").await;
    pool.finds("tag:quiet tag:harbour", &["zoë"]).await;

    let second = indexes(folder.path());
    pool.site = pool.site.restart(vec![with(folder.path())]).await;
    pool.finds("tag:quiet", &["zoë"]).await;
    assert_eq!(indexes(folder.path()), second, "each request is answered once");
    assert_eq!(ask_for_new_ones(&pool).await, 2);
    eventually("the next one serves", async || is_alone(&second)).await;
    pool.finds("tag:quiet", &["zoë"]).await;
    pool.site.finish().await;
}

#[tokio::test]
async fn an_index_that_is_damaged_while_it_serves_goes_on_until_there_is_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut pool = pool_with(folder.path()).await;
    pool.finds("java", &["ann", "bob", "李雷"]).await;
    let (before, held) = (pool.seen.clone(), hold_building(&pool).await);
    let first = indexes(folder.path());
    std::fs::remove_dir_all(&first[0]).unwrap();
    // It notices when it is to write.
    tag(&mut pool, "harbour").await;
    eventually("a new one is begun", async || !indexes(folder.path()).is_empty()).await;
    assert_eq!(found_since(&pool, &before, "java").await, ["ann", "bob", "李雷"]);
    assert!(found_since(&pool, &before, "tag:harbour").await.is_empty(), "the old one answers");
    held.close().await.unwrap();
    pool.finds("tag:harbour", &["zoë"]).await;
    pool.finds("java", &["ann", "bob", "李雷"]).await;
    pool.site.finish().await;
}

#[tokio::test]
async fn a_restart_goes_on_where_the_index_was_and_a_broken_one_is_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    let with = || with(folder.path());
    let site = Site::start(vec![with()]).await;
    let tenant = site.tenant();
    let seen = import(&site, &tenant, PEOPLE.as_bytes()).await.unwrap().consistency_token;
    let mut pool = Pool { site, tenant, seen };
    pool.finds("java", &["ann", "bob", "李雷"]).await;
    let index = || indexes(folder.path());
    let first = index();
    assert_eq!(first.len(), 1);

    pool.site = pool.site.restart(vec![with()]).await;
    pool.finds("java", &["ann", "bob", "李雷"]).await;
    assert_eq!(index(), first, "it was opened and not built");
    let skill = Skill { name: "Java".to_owned(), ..Skill::default() };
    pool.change("Zoë", &["skills"], CandidateProfile { skills: vec![skill], ..named("", "") }).await;
    pool.finds("java", &["ann", "bob", "zoë", "李雷"]).await;

    // Whatever stands in the folder: nothing is served that is not right.
    std::fs::write(first[0].join("meta.json"), b"{}").unwrap();
    pool.site = pool.site.restart(vec![with()]).await;
    pool.finds("java", &["ann", "bob", "zoë", "李雷"]).await;
    assert!(index().len() == 1 && index() != first, "it was built anew");
    pool.site = pool.site.restart(vec![with()]).await;
    pool.finds("skill:java", &["ann", "zoë", "李雷"]).await;
}

#[tokio::test]
async fn what_breaks_for_a_while_is_caught_up_with() {
    let tuning = Tuning { wires: true, ..Tuning::default() };
    let mut pool = Pool::at(Site::start_with(tuning, vec![Box::new(talent())]).await).await;
    pool.finds("java", &["ann", "bob", "李雷"]).await;
    for round in 0..2 {
        pool.site.wires().database.cut();
        pool.site.wires().redis.cut();
        // What is there is served meanwhile.
        let found = pool.search(SearchCandidatesRequest { at_least: String::new(), ..asked("C++") });
        drop(tokio::time::timeout(Duration::from_millis(300), found).await);
        pool.site.wires().database.mend();
        pool.site.wires().redis.mend();
        eventually("the database answers again", async || {
            let list = ListCandidatesRequest::default();
            let list = pool.site.request(&pool.tenant, Role::ReadOnly, list);
            candidates(&pool.site).list_candidates(list).await.is_ok()
        })
        .await;
        let company = format!("Co {round}");
        pool.change("Zoë", &["company"], CandidateProfile { company, ..CandidateProfile::default() }).await;
        eventually("the index follows again", async || pool.search(asked("company:co")).await.is_ok()).await;
        pool.finds("company:co", &["zoë"]).await;
    }
    pool.site.finish().await;
}
