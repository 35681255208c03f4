//! Scores against the formula, computed from the documents alone.

use uuid::Uuid;

use super::*;
use crate::{
    domain::analysis::words,
    domain::document::Intent,
    domain::matching::{Subject, intent_at},
    domain::query::{Phrase, TextField},
    domain::texts,
    index::statistics::{length, length_id},
};

/// The score of a person among all people of the tenant.
pub fn expected(people: &[&Document], query: &Clause, id: Uuid) -> f64 {
    let subjects: Vec<Subject> = people.iter().map(|document| Subject::of(document)).collect();
    let at = people.iter().position(|document| document.id == id).unwrap();
    let (mut wished, mut texts) = (Vec::new(), Vec::new());
    collect(query, &mut wished, &mut texts);
    let text = 1.0 + texts.iter().map(|(field, variants)| best(people, &subjects, at, *field, variants)).sum::<f64>();
    let has = wished.iter().filter(|skill| subjects[at].matches(skill, NOW)).count();
    let coverage = (1.0 + has as f64) / (1.0 + wished.len() as f64);
    let person = people[at];
    let intent = match intent_at(person.intent, person.intent_until, NOW) {
        Intent::Unknown => 1.0,
        Intent::NotLooking => 0.5,
        Intent::Open => 1.2,
        Intent::Active => 1.5,
    };
    let engagement = 0.75 + 0.5 * f64::from(person.engagement) / 100.0;
    let days = (NOW.saturating_sub(person.last_activity).max(0) / DAY) as f64;
    text * coverage * intent * engagement * 0.5_f64.powf(days / 180.0).max(0.1)
}

fn collect<'q>(clause: &'q Clause, wished: &mut Vec<&'q Clause>, texts: &mut Vec<(TextField, &'q [Phrase])>) {
    match &clause.query {
        Query::All(clauses) | Query::Any(clauses) => clauses.iter().for_each(|each| collect(each, wished, texts)),
        Query::Is(Condition::Skill { .. }) if !wished.contains(&clause) => wished.push(clause),
        Query::Is(Condition::Text(field, variants)) => texts.push((*field, variants)),
        _ => {}
    }
}

fn best(people: &[&Document], subjects: &[Subject], at: usize, field: TextField, variants: &[Phrase]) -> f64 {
    let lengths = people.iter().map(|person| f64::from(length(length_id(texts::Placed::of(person).length(field)))));
    let lengths: Vec<f64> = lengths.collect();
    let documents = people.len() as f64;
    let average = (lengths.iter().sum::<f64>() / documents).max(1.0);
    let score = |words: &Phrase| {
        let has = |word: &(String, u32)| {
            subjects.iter().filter(|of| of.frequency(field, std::slice::from_ref(word)) > 0).count()
        };
        let idf = |df: f64| (1.0 + (documents - df + 0.5) / (df + 0.5)).ln();
        let idf: f64 = words.iter().map(|word| idf(has(word) as f64)).sum();
        let tf = subjects[at].frequency(field, words) as f64;
        if tf == 0.0 { 0.0 } else { idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * lengths[at] / average)) }
    };
    variants.iter().map(score).fold(0.0, f64::max)
}

#[test]
fn an_explanation_names_what_counts() {
    let directory = tempfile::tempdir().unwrap();
    let index = open(directory.path());
    let person = |number: u128, title: &str, skills: &[&str]| Document {
        id: Uuid::from_u128(number),
        title: title.to_owned(),
        skill_keys: skills.iter().map(|key| ((*key).to_owned(), 2)).collect(),
        last_activity: NOW - 180 * DAY,
        engagement: 50,
        intent: Intent::Active,
        intent_until: NOW + 1,
        ..Document::default()
    };
    put(&index, &[person(1, "java java engineer", &["java"]), person(2, "nurse", &["java", "go"])]);
    let skill = |key: &str, columns| Clause {
        query: Query::Is(Condition::Skill { key: key.to_owned(), min_years: 0 }),
        columns,
    };
    let text = Clause {
        query: Query::Is(Condition::Text(TextField::Title, vec![words("java"), words("nurse")])),
        columns: (1, 5),
    };
    let any = clause(Query::Any(vec![skill("go", (6, 8)), skill("java", (9, 13))]));
    let request = request(Uuid::nil(), clause(Query::All(vec![text, any])));
    let explained = index.explain(&request, Uuid::from_u128(1)).unwrap().unwrap();
    assert!((explained.coverage - 2.0 / 3.0).abs() < 1e-12 && (explained.recency - 0.5).abs() < 1e-12);
    assert!((explained.intent - 1.5).abs() < 1e-12 && (explained.engagement - 1.0).abs() < 1e-12);
    let [text, go, java] = &explained.clauses[..] else { panic!("{explained:?}") };
    let Contribution::Text(Some(bm25)) = &text.what else { panic!("{text:?}") };
    assert_eq!((bm25.frequency, bm25.length, bm25.documents), (2, 3, 2));
    assert_eq!(bm25.terms, [("java".to_owned(), 1)]);
    assert!((explained.text - 1.0 - bm25.score).abs() < 1e-12 && bm25.average_length > 1.9);
    assert_eq!((go.columns, &go.what), ((6, 8), &Contribution::Skill(false)));
    assert_eq!(java.what, Contribution::Skill(true));
    let hits = index.search(&request).unwrap().hits;
    let hit = hits.iter().find(|hit| hit.id == Uuid::from_u128(1)).unwrap();
    assert_eq!(hit.score.to_bits(), explained.score.to_bits());
}
