//! `usher index rebuild` as an operator uses it.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use testkit::eventually;
use usher::client::{Client, Dev};
use usher_proto::talent::v1::{SearchCandidatesRequest, search_service_client::SearchServiceClient};
use usher_tests::program::{Program, usher};

/// As `services/usher/samples/people.expected.json` says.
const SAMPLES: i64 = 310;

async fn people(dev: &Dev) -> i64 {
    let client = Client::connect(&dev.grpc, &dev.tokens["recruiter"]).await.unwrap();
    let request = client.request(SearchCandidatesRequest::default());
    SearchServiceClient::new(client.channel()).search_candidates(request).await.unwrap().into_inner().total_size
}

fn indexes(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_suite_gets_a_new_index_and_finds_whom_it_found() {
    let home = tempfile::Builder::new().prefix("usher-index").tempdir().unwrap();
    // PostgreSQL runs as another user when we are root.
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let folder = home.path().join("searches");
    let environment = [("USHER_TALENT_INDEX_FOLDER", folder.to_str().unwrap().to_owned())];
    let _program = Program::start(home.path(), &[], &environment);
    let dev = Dev::read(home.path()).unwrap();
    eventually("the sample people are found", async || people(&dev).await == SAMPLES).await;
    let first = indexes(&folder);

    let settings = [("USHER_DATABASE_URL", dev.database_url.clone())];
    let told = usher(&["index", "rebuild"], &settings);
    let text = String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success() && text.contains("request 1"), "{text}{}", String::from_utf8_lossy(&told.stderr));
    eventually("there is a new index", async || indexes(&folder).len() == 1 && indexes(&folder) != first).await;
    assert_eq!(people(&dev).await, SAMPLES);
    // The first one was none that somebody had asked for.
    let log = || std::fs::read_to_string(home.path().join("usher.log")).unwrap();
    eventually("the log names the request", async || log().contains("an index serves rebuild=1")).await;
}
