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
        SavedSearchMatched, SavedSearchSettings, SearchFilter, UpdateCandidateRequest, UpdateSavedSearchRequest,
        WatchState, saved_search_service_client::SavedSearchServiceClient,
    },
};

use super::{candidates, create, import, named, reason, site, skill, talent};

const RITA: &str = "user_01h455vb4pex5vsknk084sn02q";
const OTTO: &str = "user_01h455vb4pex5vsknk084sn02r";

struct Watcher<'s> {
    site: &'s Site,
    tenant: TenantId,
    user: &'static str,
}

impl Watcher<'_> {
    fn request<M>(&self, message: M) -> Request<M> {
        let token = self.site.token_for(&self.tenant, Role::Recruiter, self.user, TimeDelta::days(400));
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
    let rita = Watcher { site: &site, tenant, user: RITA };
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
    let rita = Watcher { site: &site, tenant, user: RITA };
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
    let rita = Watcher { site: &site, tenant, user: RITA };
    let otto = Watcher { site: &site, tenant, user: OTTO };
    let stranger = Watcher { site: &site, tenant: other, user: RITA };
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
    let rita = Watcher { site: &site, tenant, user: RITA };
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
    let rita = Watcher { site: &site, tenant, user: RITA };
    let matches = rita.told(&id, 20).await;
    let people: std::collections::HashSet<_> = matches.into_iter().map(|one| one.candidate_id).collect();
    assert_eq!(people.len(), 20, "nobody twice");
    assert_eq!(site.heard_of::<SavedSearchMatched>("talent", &tenant).await.len(), 20);
    site.finish().await;
}
