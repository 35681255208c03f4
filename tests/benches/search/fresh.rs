//! From the answer to a write until a search finds what it wrote.

use std::time::{Duration, Instant};

use prost_types::FieldMask;
use usher_proto::talent::v1::{
    CandidateProfile, SearchCandidatesRequest, UpdateCandidateRequest, candidate_service_client::CandidateServiceClient,
};
use usher_tests::bench::{Goals, milliseconds, percentile};
use uuid::Uuid;

use crate::ours::{CandidateId, Ours};

/// Between two looks at whether somebody is found.
const PAUSE: Duration = Duration::from_millis(1);
/// Of the two kinds of search each.
pub const WRITES: i64 = 600;

/// Changes one person after another, and looks for each: with the write's token, or again and again without.
pub async fn measure(ours: &Ours, tenant: usize, people: &[Uuid], goals: &mut Goals) {
    let (mut with_token, mut without) = (Vec::new(), Vec::new());
    for (number, person) in people.iter().enumerate() {
        let title = word(number);
        let token = write(ours, tenant, *person, &title).await;
        let written = Instant::now();
        if number.is_multiple_of(2) {
            assert_eq!(found(ours, tenant, &title, token).await, 1, "a search did not see the write that it named");
            with_token.push(written.elapsed());
        } else {
            while found(ours, tenant, &title, String::new()).await == 0 {
                assert!(written.elapsed() < Duration::from_mins(1), "a write was never seen");
                tokio::time::sleep(PAUSE).await;
            }
            without.push(written.elapsed());
        }
    }
    for (what, mut spans) in [("for others", without), ("with at_least", with_token)] {
        let (half, most) = (percentile(&mut spans, 50), percentile(&mut spans, 99));
        goals.at_most(&format!("commit to searchable {what}, p50"), milliseconds(half), 100.0, " ms");
        goals.at_most(&format!("commit to searchable {what}, p99"), milliseconds(most), 300.0, " ms");
    }
}

/// Writes one; the token of the write.
async fn write(ours: &Ours, tenant: usize, person: Uuid, title: &str) -> String {
    let request = UpdateCandidateRequest {
        candidate_id: CandidateId(person).to_string(),
        profile: Some(CandidateProfile { title: title.to_owned(), ..CandidateProfile::default() }),
        update_mask: Some(FieldMask { paths: vec!["title".to_owned()] }),
        ..UpdateCandidateRequest::default()
    };
    let mut candidates = CandidateServiceClient::new(ours.channel.clone());
    let answer = candidates.update_candidate(ours.by(tenant, request)).await.unwrap();
    answer.metadata().get(chassis::db::CONSISTENCY_TOKEN).unwrap().to_str().unwrap().to_owned()
}

async fn found(ours: &Ours, tenant: usize, title: &str, at_least: String) -> i64 {
    let request = SearchCandidatesRequest {
        query: format!("title:\"{title}\""),
        at_least,
        exact: true,
        ..SearchCandidatesRequest::default()
    };
    ours.search(tenant, request).await.unwrap().total_size
}

/// A word that nobody else has: none of the other words ends so.
fn word(number: usize) -> String {
    const LETTERS: [char; 10] = ['b', 'c', 'd', 'f', 'g', 'k', 'l', 'm', 'p', 's'];
    let letters = format!("{number:05}");
    let letters = letters.bytes().map(|digit| LETTERS[usize::from(digit - b'0')]);
    letters.chain("ovt".chars()).collect()
}
