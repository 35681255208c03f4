//! Searching a million people of a hundred tenants: Usher over gRPC, PostgreSQL's own search and tantivy in this process,
//! in one run, on the same people, with the same searches, after it was seen that all find the same. How it is done and
//! what came out is in `docs/benchmarks.md`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that can not be made fails"
)]

#[path = "search/fill.rs"]
mod fill;
#[path = "search/fresh.rs"]
mod fresh;
#[path = "search/library.rs"]
mod library;
#[path = "search/mixed.rs"]
mod mixed;
#[path = "search/ours.rs"]
mod ours;
#[path = "search/peer.rs"]
mod peer;
#[path = "search/people.rs"]
mod people;
#[path = "search/report.rs"]
mod report;
#[path = "search/rounds.rs"]
mod rounds;
#[path = "search/serve.rs"]
mod serve;
#[path = "search/shapes.rs"]
mod shapes;
#[path = "search/updates.rs"]
mod updates;
#[path = "search/words.rs"]
mod words;

use std::{collections::HashMap, process::ExitCode, sync::LazyLock, time::Instant};

use sqlx::{Connection as _, PgConnection};
use usher_proto::talent::v1::{ListCandidatesRequest, candidate_service_client::CandidateServiceClient};
// For its allocator: the service is measured with the program's own.
use usher as _;
use usher_tests::{
    bench::{self, Goals},
    processor,
};

use crate::{
    library::{Filling, Library},
    ours::Ours,
    peer::Peer,
    people::Pool,
    rounds::Contenders,
    serve::Server,
};

/// How many people; fewer for trying out, when the figures mean nothing.
const PEOPLE: &str = "USHER_BENCH_PEOPLE";
/// Whose people are changed: the largest tenant's.
const BIG: usize = 0;

fn main() -> ExitCode {
    if serve::is_it() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        return runtime.expect("a runtime").block_on(serve::serve());
    }
    // Who asks does nothing else: on one thread no time goes by between those of its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run())
}

async fn run() -> ExitCode {
    let people = std::env::var(PEOPLE).map_or(1_000_000, |count| count.parse().expect("a number of people"));
    let now = chrono::DateTime::from_timestamp(chassis::Clock::system().now().timestamp(), 0).unwrap();
    let pool = Pool::new(people, now);
    let folder = tempfile::tempdir_in(bench::folder()).unwrap();
    progress("the service starts");
    let mut server = Server::start();
    let mut goals = Goals::of("search");

    let library = fill(&mut server, &pool, folder.path()).await;
    progress("the service builds its index");
    let index = folder.path().join("ours");
    let (_, seconds) = server.restart(&index);
    goals.at_most("full rebuild", seconds, 300.0, " s");
    let (address, seconds) = server.restart(&index);
    goals.at_most("restart to serving from its own files", seconds, 3.0, " s");

    let shapes = shapes::all(&pool);
    let mut ours = connect(&mut server, &address, &pool).await;
    ours.walk(&shapes).await;
    // Knows the same pages over a connection of its own.
    let mut second = ours.clone();
    second.channel = connect(&mut server, &address, &pool).await.channel;
    let peer = Peer::connect(&server.database).await;
    let mut contenders = Contenders { ours, server: server.process(), peer, library };
    let totals = contenders.compare(&shapes).await;
    progress("all contenders find the same");
    let rows = contenders.rounds(&shapes, &totals).await;
    report::write(&rows);
    rounds::judge(&rows, &mut goals);
    memory(&server, &mut goals);

    let Contenders { ours, mut peer, .. } = contenders;
    progress("two clients at once");
    mixed::measure(&[ours.clone(), second], &server.database, &shapes, &mut goals).await;
    progress("how soon a change is found");
    let changed = peer.some(BIG, fresh::WRITES).await;
    fresh::measure(&ours, BIG, &changed, &mut goals).await;
    progress("searches while people change");
    updates::measure(&ours, BIG, &shapes, &mut goals).await;
    drop((ours, peer));
    let seconds = server.finish();
    println!("every event was heard {seconds:.1} s after that");
    goals.report()
}

/// Fills all three. Each tenant asks for its list first, which has its key made: a tenant with a key is one that is indexed.
async fn fill(server: &mut Server, pool: &Pool, folder: &std::path::Path) -> Library {
    let durable: String = {
        let mut owner = PgConnection::connect(&server.database).await.unwrap();
        sqlx::query_scalar("SELECT current_setting('fsync')").fetch_one(&mut owner).await.unwrap()
    };
    assert_eq!(durable, "on", "a commit that does not reach the disk measures nothing");
    let (address, _) = server.restart(&folder.join("empty"));
    let ours = connect(server, &address, pool).await;
    for tenant in 0..pool.tenants.len() {
        let request = ours.by(tenant, ListCandidatesRequest::default());
        CandidateServiceClient::new(ours.channel.clone()).list_candidates(request).await.unwrap();
    }
    let folder = folder.join("tantivy");
    std::fs::create_dir(&folder).unwrap();
    let mut filling = Filling::new(&folder);
    fill::fill(&server.database, pool, &mut filling).await;
    progress("tantivy merges");
    filling.finish()
}

async fn connect(server: &mut Server, address: &str, pool: &Pool) -> Ours {
    let tokens: HashMap<usize, String> =
        pool.tenants.iter().enumerate().map(|(place, tenant)| (place, server.token(tenant))).collect();
    Ours::connect(address, tokens).await
}

/// The process has built its index before; what it has kept of that counts too.
fn memory(server: &Server, goals: &mut Goals) {
    let of = |what| processor::resident(server.process(), what);
    println!("resident: {:.0} MB of its own, {:.0} MB of files that it has mapped", of("RssAnon"), of("RssFile"));
    goals.at_most("resident", of("VmRSS"), 500.0, " MB");
}

/// Says how far it is.
fn progress(what: &str) {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    eprintln!("{:6.0} s  {what}", BEGUN.elapsed().as_secs_f64());
}
