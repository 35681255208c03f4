//! What is asked: twelve shapes, said once for all contenders, and what is answered.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::people::Pool;

/// Hits of a page.
pub const PAGE: usize = 20;
/// Values of a facet.
pub const FACET: usize = 10;
/// What is counted where facets are asked for.
pub const FACETS: [&str; 2] = ["skill", "city"];

/// One kind of search.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub name: &'static str,
    /// A place among [`Pool::tenants`].
    pub tenant: usize,
    pub all_skills: Vec<String>,
    pub any_skills: Vec<String>,
    pub without_skill: Option<String>,
    pub word: Option<String>,
    pub min_years: Option<i32>,
    pub dormant_since: Option<DateTime<Utc>>,
    /// By last activity in place of the score.
    pub by_recency: bool,
    /// From 0.
    pub page: usize,
    pub facets: bool,
}

/// What a contender found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub total: u64,
    pub hits: Vec<Uuid>,
    /// By what is counted, most frequent first.
    pub facets: BTreeMap<String, Vec<(String, u64)>>,
}

/// All twelve.
pub fn all(pool: &Pool) -> Vec<Shape> {
    let skill = |place: usize| pool.words.skills[place].clone();
    let two = vec![skill(4), skill(11)];
    let dormant_since = Some(pool.now - TimeDelta::days(90));
    let (english, chinese) = (Some(pool.words.english[20].clone()), Some(pool.words.chinese[10].clone()));
    vec![
        Shape { name: "2 skills, big tenant", all_skills: two.clone(), ..Shape::default() },
        Shape { name: "2 skills, small tenant", tenant: 1, all_skills: two.clone(), ..Shape::default() },
        Shape { name: "2 skills, dormant > 90 d", all_skills: two, dormant_since, ..Shape::default() },
        Shape { name: "text, English", word: english.clone(), ..Shape::default() },
        Shape { name: "text, Chinese", word: chinese, ..Shape::default() },
        Shape {
            name: "text and filters",
            word: english,
            all_skills: vec![skill(6)],
            min_years: Some(10),
            ..Shape::default()
        },
        Shape { name: "facets of everything", facets: true, ..Shape::default() },
        Shape { name: "facets after a filter", all_skills: vec![skill(9)], facets: true, ..Shape::default() },
        Shape { name: "one of 5 skills", any_skills: (30..35).map(skill).collect(), ..Shape::default() },
        Shape {
            name: "one but not another",
            all_skills: vec![skill(3)],
            without_skill: Some(skill(0)),
            ..Shape::default()
        },
        Shape { name: "by recency", all_skills: vec![skill(14)], by_recency: true, ..Shape::default() },
        Shape { name: "page 50", all_skills: vec![skill(2)], by_recency: true, page: 49, ..Shape::default() },
    ]
}

impl Shape {
    /// Fails when two contenders did not find the same. Facets' values are compared where both break ties the same way.
    pub fn compare(&self, who: &str, found: &Answer, expected: &Answer, exactly: bool) {
        let name = self.name;
        assert_eq!(found.total, expected.total, "{name}: the total of {who} is not PostgreSQL's");
        assert_eq!(found.hits.len(), expected.hits.len(), "{name}: the page of {who} is not as long as PostgreSQL's");
        if exactly {
            assert_eq!(found.facets, expected.facets, "{name}: the facets of {who} are not PostgreSQL's");
        } else {
            assert_eq!(counts(found), counts(expected), "{name}: the counts of {who} are not PostgreSQL's");
        }
        if exactly && self.by_recency {
            assert_eq!(found.hits, expected.hits, "{name}: the page of {who} is not PostgreSQL's");
        }
    }
}

fn counts(answer: &Answer) -> Vec<Vec<u64>> {
    answer.facets.values().map(|values| values.iter().map(|(_, count)| *count).collect()).collect()
}
