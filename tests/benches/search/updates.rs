//! Searches while people change: an import that changes 2,000 people a second.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use usher_proto::talent::v1::{
    ImportCandidatesRequest, ImportCandidatesResponse, ImportEnd, ImportStart, SearchCandidatesRequest,
    import_candidates_request::Part, import_service_client::ImportServiceClient,
};
use usher_tests::bench::{Goals, milliseconds, percentile};

use crate::{ours::Ours, shapes::Shape};

/// People who are changed again and again.
const PEOPLE: usize = 2_000;
const RATE: usize = 2_000;
const SECONDS: usize = 20;
/// A piece of the file is sent so many times a second.
const PIECES: usize = 10;
const QUIET: Duration = Duration::from_secs(10);
const HEADER: &str = "name,email,title\n";

/// Measures.
pub async fn measure(ours: &Ours, tenant: usize, shapes: &[Shape], goals: &mut Goals) {
    let created = import(ours, tenant, 1, false).await;
    assert_eq!(created.created, i64::try_from(PEOPLE).unwrap(), "{created:?}");
    wait_for(ours, tenant, &created.consistency_token).await;

    let mut quiet = search(ours, shapes, &AtomicBool::new(false), QUIET).await;
    let ends = Arc::new(AtomicBool::new(false));
    let searching = tokio::spawn({
        let (ours, shapes, ends) = (ours.clone(), shapes.to_vec(), Arc::clone(&ends));
        async move { search(&ours, &shapes, &ends, Duration::from_mins(10)).await }
    });
    let begun = Instant::now();
    let report = import(ours, tenant, SECONDS, true).await;
    let took = begun.elapsed().as_secs_f64();
    ends.store(true, Ordering::Relaxed);
    let seen = wait_for(ours, tenant, &report.consistency_token).await;
    let mut busy = searching.await.unwrap();

    let updated = u32::try_from(report.updated).unwrap();
    assert_eq!(usize::try_from(updated).unwrap(), RATE * SECONDS, "{report:?}");
    let (quiet, busy) = (percentile(&mut quiet, 50), percentile(&mut busy, 50));
    println!(
        "{updated} people changed in {took:.1} s; a search beside takes p50 {:.2} ms, a quiet one {:.2} ms",
        milliseconds(busy),
        milliseconds(quiet)
    );
    // The last piece is sent a tenth of a second before the end.
    goals.at_least("updates a second", f64::from(updated) / took, 1_950.0, "/s");
    goals.at_most("searches beside updates, p50 against quiet", busy.as_secs_f64() / quiet.as_secs_f64(), 1.5, "x");
    goals.at_most("the last update is found after the import's end", milliseconds(seen), 1_000.0, " ms");
}

/// Imports so many files' worth of rows for the same people in one stream, paced or as fast as they are taken.
async fn import(ours: &Ours, tenant: usize, times: usize, paced: bool) -> ImportCandidatesResponse {
    let (send, parts) = mpsc::channel(2);
    let sending = tokio::spawn(async move {
        let say = async |part| send.send(ImportCandidatesRequest { part: Some(part) }).await.unwrap();
        say(Part::Start(ImportStart { file_name: "people.csv".to_owned(), ..ImportStart::default() })).await;
        say(Part::Chunk(HEADER.into())).await;
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(PIECES).unwrap());
        for piece in 0..times * PEOPLE * PIECES / RATE {
            if paced {
                ticks.tick().await;
            }
            let rows = (piece * RATE / PIECES..(piece + 1) * RATE / PIECES).map(|row| row_of(row, paced));
            say(Part::Chunk(rows.collect::<String>().into())).await;
        }
        say(Part::End(ImportEnd {})).await;
    });
    let request = ours.by(tenant, ReceiverStream::new(parts));
    let mut imports = ImportServiceClient::new(ours.channel.clone());
    let mut answers = imports.import_candidates(request).await.unwrap().into_inner();
    let mut last = ImportCandidatesResponse::default();
    while let Some(answer) = answers.message().await.unwrap() {
        assert!(answer.errors.is_empty(), "{answer:?}");
        last = answer;
    }
    sending.await.unwrap();
    assert!(last.done, "the import ended without a last report");
    last
}

/// The same person again with another title, each time round.
fn row_of(row: usize, again: bool) -> String {
    let (person, turn) = (row % PEOPLE, row / PEOPLE + usize::from(again));
    format!("Sample Person {person},sample.{person}@example.com,Title {turn}\n")
}

/// Until a search sees the write; how long that took.
async fn wait_for(ours: &Ours, tenant: usize, token: &str) -> Duration {
    let begun = Instant::now();
    loop {
        let request = SearchCandidatesRequest { at_least: token.to_owned(), ..SearchCandidatesRequest::default() };
        match ours.search(tenant, request).await {
            Ok(_) => return begun.elapsed(),
            Err(behind) => assert!(begun.elapsed() < Duration::from_mins(5), "{behind}"),
        }
    }
}

async fn search(ours: &Ours, shapes: &[Shape], ends: &AtomicBool, span: Duration) -> Vec<Duration> {
    let begun = Instant::now();
    let mut spans = Vec::new();
    for shape in shapes.iter().cycle() {
        if ends.load(Ordering::Relaxed) || begun.elapsed() >= span {
            break;
        }
        let asked = Instant::now();
        ours.ask(shape).await;
        spans.push(asked.elapsed());
    }
    spans
}
