//! Pages while others write.

use proptest::prelude::*;

use super::*;
use crate::{domain::analysis::words, domain::query::TextField};

fn person(number: u128) -> Document {
    Document {
        id: Uuid::from_u128(number),
        title: format!("java {}", "engineer ".repeat(usize::try_from(number % 5).unwrap())),
        resume: "Writes Java every day.".to_owned(),
        engagement: u8::try_from(number % 7).unwrap(),
        last_activity: NOW - DAY * i64::try_from(number % 11).unwrap(),
        ..Document::default()
    }
}

fn java() -> Clause {
    is(Condition::Text(TextField::Any, vec![words("java")]))
}

#[test]
fn who_did_not_change_is_shown_once_with_one_score() {
    let directory = tempfile::tempdir().unwrap();
    let index = open(directory.path());
    put(&index, &(0..60).map(person).collect::<Vec<_>>());
    for sort in [Sort::Match, Sort::Recency, Sort::Engagement] {
        let mut request = Request { sort, page_size: 7, ..request(Uuid::nil(), java()) };
        let whole = index.search(&Request { page_size: 100, ..request.clone() }).unwrap().hits;
        assert!(whole.len() >= 60);
        let mut seen = Vec::new();
        for round in 0u128.. {
            let answer = index.search(&request).unwrap();
            seen.extend(answer.hits);
            let Some(next) = answer.next else { break };
            request.after = Some(next);
            // Others come and go, which moves every statistic, and time goes on.
            let more: Vec<_> = (0..20).map(|number| person(1_000 + round * 20 + number)).collect();
            put(&index, &more);
            request.now += 40 * DAY;
        }
        let old = |hits: &[Hit]| -> Vec<(Uuid, u64)> {
            let old = hits.iter().filter(|hit| hit.id.as_u128() < 60);
            old.map(|hit| (hit.id, hit.score.to_bits())).collect()
        };
        assert_eq!(old(&seen), old(&whole), "{sort:?}");
        let mut writer = index.writer();
        (1_000..3_000).for_each(|number| writer.remove(Uuid::nil(), Uuid::from_u128(number)).unwrap());
        writer.commit("").unwrap();
    }
}

#[test]
fn a_place_of_another_search_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let index = open(directory.path());
    put(&index, &(0..9).map(person).collect::<Vec<_>>());
    let first = Request { page_size: 2, ..request(Uuid::nil(), java()) };
    let next = index.search(&first).unwrap().next;
    let other = is(Condition::Text(TextField::Any, vec![words("java engineer")]));
    let other = Request { after: next.clone(), ..request(Uuid::nil(), other) };
    assert!(matches!(index.search(&other), Err(Error::Place)));
    let recent = index.search(&Request { sort: Sort::Recency, ..first.clone() }).unwrap().next;
    assert!(matches!(index.search(&Request { after: recent, ..first.clone() }), Err(Error::Place)));
    assert!(index.search(&Request { after: next, sort: Sort::Recency, ..first }).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn hostile_places_never_panic(key: u64, id: u128, now: i64, documents: u64, lengths: [u64; 6], df: u64) {
        thread_local!(static INDEX: (tempfile::TempDir, Index) = {
            let directory = tempfile::tempdir().unwrap();
            let index = open(directory.path());
            put(&index, &(0..9).map(person).collect::<Vec<_>>());
            (directory, index)
        });
        let statistics = Some(statistics::Statistics { documents, lengths, frequencies: vec![df] });
        let after = Some(Place { key, id: Uuid::from_u128(id), now, statistics });
        INDEX.with(|(_, index)| {
            let request = Request { after, highlights: true, ..request(Uuid::nil(), java()) };
            let answer = index.search(&request).unwrap();
            prop_assert_eq!(answer.total, 9);
            prop_assert!(answer.hits.iter().all(|hit| hit.score.is_finite() && hit.score >= 0.0));
            Ok(())
        })?;
    }
}

#[test]
fn finding_nobody_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let index = open(directory.path());
    put(&index, &(0..9).map(person).collect::<Vec<_>>());
    let cobol = Clause { columns: (6, 11), ..is(Condition::Text(TextField::Any, vec![words("cobol")])) };
    let query = clause(Query::All(vec![java(), clause(Query::All(vec![cobol]))]));
    let filter = is(Condition::Range(crate::domain::query::Number::Engagement, 0, 1));
    let answer = index.search(&Request { filters: vec![filter], ..request(Uuid::nil(), query) }).unwrap();
    let count = |columns, filter, alone, without| ClauseCount { columns, filter, alone, without };
    let expected = [count((1, 2), None, 9, 0), count((6, 11), None, 0, 4), count((0, 0), Some(0), 4, 0)];
    assert_eq!(answer.clauses, expected);
}

#[test]
fn hits_show_where_words_stand() {
    let directory = tempfile::tempdir().unwrap();
    let index = open(directory.path());
    put(&index, &[person(1)]);
    let hits = index.search(&Request { highlights: true, ..request(Uuid::nil(), java()) }).unwrap().hits;
    let highlights: Vec<_> = hits[0].highlights.iter().map(|of| (of.of, of.spans.clone())).collect();
    assert_eq!(highlights, [(Shown::Title, vec![(0, 4)]), (Shown::Resume, vec![(7, 11)])]);
}
