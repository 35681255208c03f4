//! PostgreSQL judges the index: random questions about random people, put to both, before and after many have changed.
//!
//! What a word is differs between the two (dictionaries, spellings, synonyms; the tests of `search.rs` are about those), so
//! the words here are made up, and each can be read in one way only. Everything else is what it is for anybody.

use std::{collections::BTreeSet, fmt::Write as _};

use chassis::{TenantId, ids};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::Site;
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        FacetField, SearchCandidatesRequest, SearchFilter, SearchOrder, search_service_client::SearchServiceClient,
    },
};
use uuid::Uuid;

use super::{import, site};

const PEOPLE: usize = 300;
const QUESTIONS: usize = 150;
const SKILLS: [&str; 8] = ["brakix", "dolvix", "fermix", "gratix", "koldix", "lembix", "prodix", "tarvix"];
const CITIES: [&str; 4] = ["bradert", "colvert", "drisort", "palmort"];
const COMPANIES: [&str; 5] = ["baldork", "crimork", "feltork", "gorbork", "vandork"];
const WORDS: [&str; 9] =
    ["brisald", "corvald", "demrald", "folkald", "grenald", "kerbald", "mordald", "pelfald", "tombald"];
/// Not a whole number of pages.
const PAGE: i32 = 29;

/// A question, as both understand it.
enum Asked {
    Skill(&'static str),
    City(&'static str),
    Company(&'static str),
    Word(&'static str),
    Phrase(&'static str, &'static str),
    Years(i16, i16),
    All(Vec<Asked>),
    Any(Vec<Asked>),
    Not(Box<Asked>),
}

impl Asked {
    fn random(random: &mut StdRng, depth: u32) -> Self {
        let several = |random: &mut StdRng| {
            let count = random.random_range(2..=3);
            (0..count).map(|_| Self::random(random, depth - 1)).collect()
        };
        match random.random_range(0..if depth == 0 { 6 } else { 10 }) {
            0 => Self::Skill(one_of(&SKILLS, random)),
            1 => Self::City(one_of(&CITIES, random)),
            2 => Self::Company(one_of(&COMPANIES, random)),
            3 => Self::Word(one_of(&WORDS, random)),
            4 => Self::Phrase(one_of(&WORDS, random), one_of(&WORDS, random)),
            5 => {
                let least = random.random_range(0..12);
                Self::Years(least, least + random.random_range(0..8))
            }
            6 | 7 => Self::All(several(random)),
            8 => Self::Any(several(random)),
            _ => Self::Not(Box::new(Self::random(random, depth - 1))),
        }
    }

    /// In the language of searches.
    fn query(&self) -> String {
        let joined =
            |parts: &[Self], by: &str| format!("({})", parts.iter().map(Self::query).collect::<Vec<_>>().join(by));
        match self {
            Self::Skill(name) => format!("skill:{name}"),
            Self::City(name) => format!("city:{name}"),
            Self::Company(word) => format!("company:{word}"),
            Self::Word(word) => (*word).to_owned(),
            Self::Phrase(one, other) => format!("\"{one} {other}\""),
            Self::Years(least, most) => format!("years:{least}..{most}"),
            Self::All(parts) => joined(parts, " AND "),
            Self::Any(parts) => joined(parts, " OR "),
            Self::Not(part) => format!("(NOT {})", part.query()),
        }
    }

    /// As a condition on `talent.candidates`.
    fn sql(&self) -> String {
        let joined =
            |parts: &[Self], by: &str| format!("({})", parts.iter().map(Self::sql).collect::<Vec<_>>().join(by));
        let stands_in = |column: &str, words: &str| {
            format!("to_tsvector('simple', {column}) @@ phraseto_tsquery('simple', '{words}')")
        };
        match self {
            Self::Skill(name) => format!("'{name}' = ANY (skills)"),
            Self::City(name) => format!("city = '{name}'"),
            Self::Company(word) => stands_in("company", word),
            Self::Word(word) => format!("({} OR {})", stands_in("title", word), stands_in("summary", word)),
            Self::Phrase(one, other) => {
                let words = format!("{one} {other}");
                format!("({} OR {})", stands_in("title", &words), stands_in("summary", &words))
            }
            Self::Years(least, most) => format!("years BETWEEN {least} AND {most}"),
            Self::All(parts) => joined(parts, " AND "),
            Self::Any(parts) => joined(parts, " OR "),
            Self::Not(part) => format!("NOT {}", part.sql()),
        }
    }
}

fn one_of(words: &[&'static str], random: &mut StdRng) -> &'static str {
    words[random.random_range(0..words.len())]
}

fn some_of(words: &[&'static str], most: usize, random: &mut StdRng) -> Vec<&'static str> {
    let count = random.random_range(0..=most);
    (0..count).map(|_| one_of(words, random)).collect()
}

/// A file of people; the same ones each time, but not as they were.
fn file(random: &mut StdRng) -> String {
    let mut file = String::from("name,email,city,title,company,years,skills,summary\n");
    for person in 0..PEOPLE {
        writeln!(
            file,
            "Sample Person {person},sample.{person}@example.com,{},{},{},{},{},{}",
            one_of(&CITIES, random),
            [one_of(&WORDS, random), one_of(&WORDS, random)].join(" "),
            one_of(&COMPANIES, random),
            random.random_range(0..20),
            some_of(&SKILLS, 5, random).join(";"),
            some_of(&WORDS, 6, random).join(" "),
        )
        .unwrap();
    }
    file
}

/// What is chosen beside a query, and the same as a condition.
fn filter(random: &mut StdRng) -> (SearchFilter, String) {
    let (mut filter, mut sql) = (SearchFilter::default(), String::from("true"));
    let quoted = |words: &[&str]| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    if random.random_bool(0.3) {
        let skills = [one_of(&SKILLS, random), one_of(&SKILLS, random)];
        filter.all_skills = owned(&skills);
        write!(sql, " AND skills @> ARRAY[{}]", quoted(&skills)).unwrap();
    }
    if random.random_bool(0.3) {
        let skills = [one_of(&SKILLS, random), one_of(&SKILLS, random)];
        filter.any_skills = owned(&skills);
        write!(sql, " AND skills && ARRAY[{}]", quoted(&skills)).unwrap();
    }
    if random.random_bool(0.3) {
        let cities = [one_of(&CITIES, random), one_of(&CITIES, random)];
        filter.cities = owned(&cities);
        write!(sql, " AND city IN ({})", quoted(&cities)).unwrap();
    }
    if random.random_bool(0.3) {
        filter.min_years_of_experience = random.random_range(1..15);
        write!(sql, " AND years >= {}", filter.min_years_of_experience).unwrap();
    }
    (filter, sql)
}

/// Everybody who is found, page by page, and the counts by skill and city.
#[derive(Debug, PartialEq)]
struct Found {
    people: BTreeSet<Uuid>,
    skills: Vec<(String, i64)>,
    cities: Vec<(String, i64)>,
}

struct Bench {
    site: Site,
    tenant: TenantId,
    seen: String,
    judge: PgConnection,
}

impl Bench {
    async fn index(&self, request: SearchCandidatesRequest) -> Found {
        let (mut people, mut page_token) = (BTreeSet::new(), String::new());
        loop {
            let request = SearchCandidatesRequest { page_token, at_least: self.seen.clone(), ..request.clone() };
            let request = self.site.request(&self.tenant, Role::Recruiter, request);
            let answer = SearchServiceClient::new(self.site.channel()).search_candidates(request).await.unwrap();
            let answer = answer.into_inner();
            for hit in &answer.hits {
                let id = ids::read_type_id("cand", &hit.candidate_id).unwrap();
                assert!(people.insert(id), "{id} is on two pages");
            }
            if answer.next_page_token.is_empty() {
                assert_eq!(usize::try_from(answer.total_size).unwrap(), people.len(), "the total and the pages");
                let mut facets = answer
                    .facets
                    .into_iter()
                    .map(|facet| facet.counts.into_iter().map(|count| (count.value, count.count)).collect());
                let [skills, cities] = [facets.next().unwrap(), facets.next().unwrap()];
                return Found { people, skills, cities };
            }
            page_token = answer.next_page_token;
        }
    }

    async fn judge(&mut self, condition: &str) -> Found {
        let found = format!("talent.candidates WHERE tenant_id = '{}' AND {condition}", self.tenant.0);
        let people: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT candidate_id FROM {found}")))
            .fetch_all(&mut self.judge)
            .await
            .unwrap();
        let counted = |value: &str| {
            format!(
                "SELECT value, count(*) FROM (SELECT {value} AS value FROM {found}) AS values GROUP BY value
                 ORDER BY count(*) DESC, value COLLATE \"C\""
            )
        };
        let [skills, cities] = [counted("unnest(skills)"), counted("city")];
        let skills = sqlx::query_as(AssertSqlSafe(skills)).fetch_all(&mut self.judge).await.unwrap();
        let cities = sqlx::query_as(AssertSqlSafe(cities)).fetch_all(&mut self.judge).await.unwrap();
        Found { people: people.into_iter().collect(), skills, cities }
    }

    async fn compare(&mut self, random: &mut StdRng) {
        let mut answered = 0;
        for number in 0..QUESTIONS {
            let asked = Asked::random(random, 3);
            let (filter, chosen) = filter(random);
            let orders = [SearchOrder::Match, SearchOrder::Recency, SearchOrder::Engagement];
            let request = SearchCandidatesRequest {
                query: asked.query(),
                filter: Some(filter),
                order: orders[number % orders.len()].into(),
                page_size: PAGE,
                facets: vec![FacetField::Skill.into(), FacetField::City.into()],
                facet_size: 50,
                exact: true,
                ..SearchCandidatesRequest::default()
            };
            let expected = self.judge(&format!("{} AND {chosen}", asked.sql())).await;
            assert_eq!(self.index(request.clone()).await, expected, "{request:?}");
            answered += usize::from(!expected.people.is_empty());
        }
        assert!(answered > QUESTIONS / 3, "{answered} questions found anybody, which compares little");
    }
}

#[tokio::test]
async fn the_index_finds_and_counts_what_postgresql_does() {
    let site = site().await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let mut random = StdRng::seed_from_u64(20_261_125);
    // Of the same words, and nobody's business.
    import(&site, &other, file(&mut random).as_bytes()).await.unwrap();
    let judge = PgConnection::connect(site.database().url()).await.unwrap();
    let mut bench = Bench { site, tenant, seen: String::new(), judge };
    for turn in ["as they came", "as they are after every one has changed"] {
        let report = import(&bench.site, &bench.tenant, file(&mut random).as_bytes()).await.unwrap();
        assert_eq!(report.rejected, 0, "{turn}: {report:?}");
        bench.seen = report.consistency_token;
        bench.compare(&mut random).await;
    }
}
