//! Searches that are kept and watched.

use chassis::TenantId;
use chrono::TimeDelta;
use prost_types::FieldMask;
use testkit::{Site, eventually};
use tonic::{Code, Request, transport::Channel};
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        AcknowledgeSavedSearchMatchesRequest, CandidateProfile, CreateSavedSearchRequest, DeleteSavedSearchRequest,
        GetSavedSearchRequest, ListSavedSearchMatchesRequest, ListSavedSearchesRequest, SavedSearch, SavedSearchMatch,
        SavedSearchMatched, SavedSearchSettings, SearchFilter, UndoImportRequest, UpdateCandidateRequest,
        UpdateSavedSearchRequest, WatchState, import_service_client::ImportServiceClient,
        saved_search_service_client::SavedSearchServiceClient,
    },
};

use super::{
    candidates, create,
    duplicates::{merge, unmerge},
    import, named, reason, site, skill, talent,
};

const RITA: &str = "user_01h455vb4pex5vsknk084sn02q";
const OTTO: &str = "user_01h455vb4pex5vsknk084sn02r";

struct Watcher<'s> {
    site: &'s Site,
    tenant: TenantId,
    user: &'static str,
    role: Role,
}

impl Watcher<'_> {
    fn request<M>(&self, message: M) -> Request<M> {
        let token = self.site.token_for(&self.tenant, self.role, self.user, TimeDelta::days(400));
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    fn client(&self) -> SavedSearchServiceClient<Channel> {
        SavedSearchServiceClient::new(self.site.channel())
    }

    async fn save(&self, settings: SavedSearchSettings) -> Result<SavedSearch, tonic::Status> {
        let request = CreateSavedSearchRequest { settings: Some(settings), ..Default::default() };
        let answer = self.client().create_saved_search(self.request(request)).await?;
        Ok(answer.into_inner().saved_search.unwrap())
    }

    async fn get(&self, id: &str) -> Result<SavedSearch, tonic::Status> {
        let request = GetSavedSearchRequest { saved_search_id: id.to_owned() };
        Ok(self.client().get_saved_search(self.request(request)).await?.into_inner().saved_search.unwrap())
    }

    /// Saves and waits until changes count.
    async fn watch(&self, query: &str) -> String {
        let saved = self.save(watched(query)).await.unwrap();
        assert_eq!(saved.watch_state(), WatchState::Beginning);
        self.begun(&saved.saved_search_id).await;
        saved.saved_search_id
    }

    async fn begun(&self, id: &str) {
        eventually("the watch begins", async || self.get(id).await.unwrap().watch_state() == WatchState::Watching)
            .await;
    }

    async fn matches(&self, id: &str, only_unseen: bool) -> Vec<SavedSearchMatch> {
        let request =
            ListSavedSearchMatchesRequest { saved_search_id: id.to_owned(), only_unseen, ..Default::default() };
        self.client().list_saved_search_matches(self.request(request)).await.unwrap().into_inner().matches
    }

    /// Waits until so many are known, and none waits to be looked at.
    async fn told(&self, id: &str, expected: usize) -> Vec<SavedSearchMatch> {
        self.site.settle().await;
        eventually("everybody has been looked at", async || work(self.site).await == 0).await;
        let matches = self.matches(id, false).await;
        assert_eq!(matches.len(), expected, "{matches:?}");
        matches
    }
}

async fn work(site: &Site) -> i64 {
    let mut tx = site.db("talent").begin_system().await.unwrap();
    sqlx::query_scalar("SELECT count(*) FROM watch_work").fetch_one(tx.conn()).await.unwrap()
}

fn watched(query: &str) -> SavedSearchSettings {
    SavedSearchSettings { name: "Those".to_owned(), query: query.to_owned(), watched: true, ..Default::default() }
}

fn skilled(name: &str, email: &str, skills: &[&str]) -> CandidateProfile {
    CandidateProfile { skills: skills.iter().map(|name| skill(name)).collect(), ..named(name, email) }
}

async fn change(site: &Site, tenant: &TenantId, id: &str, skills: &[&str]) {
    let request = UpdateCandidateRequest {
        candidate_id: id.to_owned(),
        profile: Some(skilled("", "", skills)),
        update_mask: Some(FieldMask { paths: vec!["skills".to_owned()] }),
        ..UpdateCandidateRequest::default()
    };
    candidates(site).update_candidate(site.request(tenant, Role::Recruiter, request)).await.unwrap();
}

#[tokio::test]
async fn only_those_who_begin_to_match_are_news_and_once() {
    let site = site().await;
    let tenant = site.tenant();
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let ann = create(&site, &tenant, skilled("Ann", "ann@example.com", &["Rust"])).await.unwrap();
    let id = rita.watch("skill:rust").await;
    rita.told(&id, 0).await;

    // Who matched before is no news, whatever changes.
    change(&site, &tenant, &ann.candidate_id, &["Rust", "Go"]).await;
    let bob = create(&site, &tenant, skilled("Bob", "bob@example.com", &["Java"])).await.unwrap();
    rita.told(&id, 0).await;
    // Who is new, or comes to match, is; also those who come by the file.
    change(&site, &tenant, &bob.candidate_id, &["Java", "rust-lang"]).await;
    let eve = create(&site, &tenant, skilled("Eve", "eve@example.com", &["Rust"])).await.unwrap();
    import(&site, &tenant, b"name,email,skills\nIvy,ivy@example.com,Rust\nJo,jo@example.com,C\n").await.unwrap();
    let matches = rita.told(&id, 3).await;
    assert!(matches.iter().any(|one| one.candidate_id == bob.candidate_id));
    // Once.
    change(&site, &tenant, &eve.candidate_id, &["Rust", "C"]).await;
    rita.told(&id, 3).await;

    let told = site.heard_of::<SavedSearchMatched>("talent", &tenant).await;
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|one| one.owner == RITA && one.saved_search_id == id));

    // Who stops to match and matches again is news again, after a month.
    change(&site, &tenant, &eve.candidate_id, &["C"]).await;
    rita.told(&id, 3).await;
    change(&site, &tenant, &eve.candidate_id, &["Rust"]).await;
    rita.told(&id, 3).await;
    change(&site, &tenant, &eve.candidate_id, &["C"]).await;
    rita.told(&id, 3).await;
    site.clock().advance(std::time::Duration::from_hours(31 * 24)).unwrap();
    change(&site, &tenant, &eve.candidate_id, &["Rust"]).await;
    let matches = rita.told(&id, 4).await;
    assert_eq!(matches[0].candidate_id, eve.candidate_id, "newest first");
    site.finish().await;
}

#[tokio::test]
async fn another_search_begins_anew_and_none_is_watched_that_is_switched_off() {
    let site = site().await;
    let tenant = site.tenant();
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    create(&site, &tenant, skilled("Ann", "ann@example.com", &["Go"])).await.unwrap();
    let id = rita.watch("skill:rust").await;
    create(&site, &tenant, skilled("Bob", "bob@example.com", &["Rust"])).await.unwrap();
    rita.told(&id, 1).await;

    let update = |settings: SavedSearchSettings, paths: &[&str]| UpdateSavedSearchRequest {
        saved_search_id: id.clone(),
        settings: Some(settings),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..UpdateSavedSearchRequest::default()
    };
    let asked = update(watched("skill:go"), &["query"]);
    let changed = rita.client().update_saved_search(rita.request(asked)).await.unwrap().into_inner();
    assert_eq!(changed.saved_search.unwrap().watch_state(), WatchState::Beginning);
    rita.begun(&id).await;
    rita.told(&id, 1).await;
    create(&site, &tenant, skilled("Cem", "cem@example.com", &["Go"])).await.unwrap();
    create(&site, &tenant, skilled("Dan", "dan@example.com", &["Rust"])).await.unwrap();
    rita.told(&id, 2).await;

    let off = update(SavedSearchSettings { watched: false, ..watched("x") }, &["watched"]);
    rita.client().update_saved_search(rita.request(off)).await.unwrap();
    create(&site, &tenant, skilled("Eli", "eli@example.com", &["Go"])).await.unwrap();
    rita.told(&id, 2).await;

    let until_time = rita.matches(&id, true).await[1].time;
    let seen = AcknowledgeSavedSearchMatchesRequest { saved_search_id: id.clone(), until_time, ..Default::default() };
    let answer = rita.client().acknowledge_saved_search_matches(rita.request(seen)).await.unwrap().into_inner();
    assert_eq!(answer.acknowledged_count, 1);
    assert_eq!((rita.matches(&id, true).await.len(), rita.get(&id).await.unwrap().unseen_count), (1, 1));
    site.finish().await;
}

#[tokio::test]
async fn a_search_is_its_owners_and_its_tenants() {
    let site = site().await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let otto = Watcher { site: &site, tenant, user: OTTO, role: Role::Recruiter };
    let stranger = Watcher { site: &site, tenant: other, user: RITA, role: Role::Recruiter };
    let id = rita.watch("rust").await;
    let shared = rita.save(SavedSearchSettings { shared: true, watched: false, ..watched("go") }).await.unwrap();
    assert_eq!(shared.watch_state(), WatchState::Off);

    for watcher in [&otto, &stranger] {
        assert_eq!(reason(&watcher.get(&id).await.unwrap_err()), "SAVED_SEARCH_NOT_FOUND");
    }
    let list = |watcher: &Watcher<'_>| {
        let (mut client, request) = (watcher.client(), watcher.request(ListSavedSearchesRequest::default()));
        async move { client.list_saved_searches(request).await.unwrap().into_inner().saved_searches.len() }
    };
    assert_eq!((list(&rita).await, list(&otto).await, list(&stranger).await), (2, 1, 0));
    let delete = DeleteSavedSearchRequest { saved_search_id: shared.saved_search_id.clone(), ..Default::default() };
    let refused = otto.client().delete_saved_search(otto.request(delete.clone())).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "SAVED_SEARCH_NOT_FOUND"));
    rita.client().delete_saved_search(rita.request(delete)).await.unwrap();

    // Another tenant's people are nobody's news here.
    create(&site, &other, skilled("Ann", "ann@example.com", &["Rust"])).await.unwrap();
    rita.told(&id, 0).await;

    let wrong = rita.save(watched("(rust")).await.unwrap_err();
    assert_eq!(reason(&wrong), "QUERY_SYNTAX");
    let filter = SearchFilter { min_years_of_experience: 9, max_years_of_experience: 3, ..Default::default() };
    let wrong = rita.save(SavedSearchSettings { filter: Some(filter), ..watched("") }).await.unwrap_err();
    assert_eq!(reason(&wrong), "RANGE_INVERTED");
    site.finish().await;
}

#[tokio::test]
async fn a_crash_forgets_nobody() {
    let site = site().await;
    let tenant = site.tenant();
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let id = rita.watch("skill:rust city:上海").await;
    for number in 0..20 {
        let profile = CandidateProfile {
            city: "Shanghai".to_owned(),
            ..skilled(&format!("P{number}"), &format!("p{number}@example.com"), &["Rust"])
        };
        create(&site, &tenant, profile).await.unwrap();
    }
    let site = site
        .restart(vec![
            Box::new(talent()),
            Box::new(testkit::Voice::new("ats")),
            Box::new(testkit::Voice::new("outreach")),
        ])
        .await;
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let matches = rita.told(&id, 20).await;
    let people: std::collections::HashSet<_> = matches.into_iter().map(|one| one.candidate_id).collect();
    assert_eq!(people.len(), 20, "nobody twice");
    assert_eq!(site.heard_of::<SavedSearchMatched>("talent", &tenant).await.len(), 20);
    site.finish().await;
}

#[tokio::test]
async fn an_administrator_looks_after_the_searches_of_those_who_have_left() {
    let site = site().await;
    let tenant = site.tenant();
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let otto = Watcher { site: &site, tenant, user: OTTO, role: Role::Admin };
    let id = rita.save(SavedSearchSettings { watched: false, ..watched("rust") }).await.unwrap().saved_search_id;
    let list = async |owner: &str| {
        let request = ListSavedSearchesRequest { owner: owner.to_owned(), ..Default::default() };
        otto.client().list_saved_searches(otto.request(request)).await.unwrap().into_inner().saved_searches
    };
    assert!(list("").await.is_empty(), "it is nobody else's business until they ask for it");
    assert_eq!(list(RITA).await.len(), 1);
    let etag = otto.get(&id).await.unwrap().etag;
    let update = UpdateSavedSearchRequest {
        saved_search_id: id.clone(),
        settings: Some(SavedSearchSettings { shared: true, ..watched("x") }),
        update_mask: Some(FieldMask { paths: vec!["shared".to_owned()] }),
        etag,
        ..UpdateSavedSearchRequest::default()
    };
    let changed = otto.client().update_saved_search(otto.request(update)).await.unwrap().into_inner();
    let changed = changed.saved_search.unwrap();
    assert!(changed.shared && changed.owner == RITA);
    let delete = DeleteSavedSearchRequest { saved_search_id: id.clone(), ..Default::default() };
    otto.client().delete_saved_search(otto.request(delete)).await.unwrap();
    assert_eq!(reason(&rita.get(&id).await.unwrap_err()), "SAVED_SEARCH_NOT_FOUND");
    site.finish().await;
}

#[tokio::test]
async fn what_a_search_has_come_to_find_keeps_nobody_from_naming_it_anew() {
    let site = site().await;
    let tenant = site.tenant();
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let id = rita.watch("skill:rust").await;
    // A later version may read queries otherwise; it is looked at as little as how many people it finds by now.
    let mut tx = site.db("talent").begin(&chassis::TenantCtx::service(tenant, "talent")).await.unwrap();
    sqlx::query("UPDATE saved_searches SET query = '(rust' WHERE tenant_id = $1")
        .bind(tenant)
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let update = |settings: SavedSearchSettings, paths: &[&str]| UpdateSavedSearchRequest {
        saved_search_id: id.clone(),
        settings: Some(settings),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..UpdateSavedSearchRequest::default()
    };
    let named = SavedSearchSettings { name: "Others".to_owned(), shared: true, ..watched("") };
    let asked = rita.request(update(named, &["name", "shared"]));
    let changed = rita.client().update_saved_search(asked).await.unwrap().into_inner().saved_search.unwrap();
    assert_eq!((changed.name.as_str(), changed.watch_state()), ("Others", WatchState::Watching));
    let asked = rita.request(update(watched("(go"), &["query"]));
    assert_eq!(reason(&rita.client().update_saved_search(asked).await.unwrap_err()), "QUERY_SYNTAX");
    site.finish().await;
}

#[tokio::test]
async fn of_somebody_who_is_merged_nobody_is_told_again() {
    let site = site().await;
    let tenant = site.tenant();
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let there = create(&site, &tenant, skilled("Ann", "ann@example.com", &["Rust"])).await.unwrap().candidate_id;
    let id = rita.watch("skill:rust").await;
    let bob = create(&site, &tenant, skilled("Bob", "bob@example.com", &["Rust"])).await.unwrap().candidate_id;
    let (cem, dan) = (
        create(&site, &tenant, skilled("Cem", "cem@example.com", &["Go"])).await.unwrap().candidate_id,
        create(&site, &tenant, skilled("Dan", "dan@example.com", &["Go"])).await.unwrap().candidate_id,
    );
    rita.told(&id, 1).await;
    // By the skills of another name they match: of one who was there from the beginning, and of one who was told of.
    let first = merge(&site, &tenant, &cem, &there).await.unwrap();
    let second = merge(&site, &tenant, &dan, &bob).await.unwrap();
    rita.told(&id, 1).await;
    change(&site, &tenant, &dan, &["Rust", "C"]).await;
    rita.told(&id, 1).await;
    for merge in [first, second] {
        unmerge(&site, &tenant, &merge.merge_id).await.unwrap();
    }
    rita.told(&id, 1).await;
    change(&site, &tenant, &dan, &["Rust"]).await;
    let told = rita.told(&id, 2).await;
    assert!(told.iter().any(|one| one.candidate_id == dan), "who learns it by themselves is somebody new");
    site.finish().await;
}

#[tokio::test]
async fn somebody_who_is_two_again_is_held_against_the_searches() {
    let site = site().await;
    let tenant = site.tenant();
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let ann = create(&site, &tenant, skilled("Ann", "ann@example.com", &["Rust"])).await.unwrap().candidate_id;
    let bob = create(&site, &tenant, skilled("Bob", "bob@example.com", &["Rust"])).await.unwrap().candidate_id;
    let made = merge(&site, &tenant, &ann, &bob).await.unwrap();
    site.settle().await;
    let id = rita.watch("skill:rust").await;
    rita.told(&id, 0).await;
    unmerge(&site, &tenant, &made.merge_id).await.unwrap();
    let told = rita.told(&id, 1).await;
    assert_eq!(told[0].candidate_id, bob);
    site.finish().await;
}

#[tokio::test]
async fn who_is_removed_is_taken_out_of_watched_searches() {
    let site = site().await;
    let tenant = site.tenant();
    let rita = Watcher { site: &site, tenant, user: RITA, role: Role::Recruiter };
    let id = rita.watch("skill:rust").await;
    let report = import(&site, &tenant, b"name,email,skills\nIvy,ivy@example.com,Rust\n").await.unwrap();
    rita.told(&id, 1).await;
    let undo = UndoImportRequest { import_id: report.import_id, ..Default::default() };
    let mut client = ImportServiceClient::new(site.channel());
    client.undo_import(site.request(&tenant, Role::Recruiter, undo)).await.unwrap();
    eventually("nobody is there any more", async || rita.matches(&id, false).await.is_empty()).await;
    site.settle().await;
    site.database().expect_none("talent", "SELECT count(*) FROM watched_people", "people who are gone");
    site.finish().await;
}
