//! Random people, random queries, random changes: the index finds and counts what [`crate::domain::matching`] says.

use std::{collections::BTreeMap, sync::LazyLock};

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::{
    domain::analysis::words,
    domain::document::Intent,
    domain::matching::{Subject, intent_at, intent_code},
    domain::meaning::{plain, statuses},
    domain::query::{Dimension, Keyword, Number, TextField},
    domain::tag,
    index::facets,
};

const WORDS: [&str; 8] = ["java", "go", "spring boot", "微服务", "架构", "senior engineer", "Acme", "上海"];
const KEYS: [&str; 5] = ["java", "go", "rust", "spring boot", "basket weaving"];
const TAGS: [&str; 5] = ["dormant", "star", "重点", "java", "basket_weaving"];
const DIMENSIONS: [Dimension; 4] = [Dimension::Skill, Dimension::Intent, Dimension::Interaction, Dimension::Status];
const FACETS: [FacetField; 12] = [
    FacetField::Skill,
    FacetField::Tag(Dimension::Skill),
    FacetField::Tag(Dimension::Intent),
    FacetField::Tag(Dimension::Interaction),
    FacetField::Tag(Dimension::Status),
    FacetField::City,
    FacetField::Company,
    FacetField::Language,
    FacetField::Source,
    FacetField::Intent,
    FacetField::Years,
    FacetField::LastActivity,
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&WORDS[..]), 0..4).prop_map(|words| words.join(" "))
}

fn texts(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..most)
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(&KEYS[..]).prop_map(str::to_owned)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn time() -> impl Strategy<Value = i64> {
    let bounds = statuses(now()).flat_map(|status| [*status.range.start(), *status.range.end()]);
    prop_oneof![
        2 => (prop::sample::select(bounds.collect::<Vec<_>>()), -2i64..=2).prop_map(|(bound, by)| bound.saturating_add(by)),
        4 => (-800i64..10).prop_map(|days| NOW + days * DAY),
        2 => (-2i64..=2).prop_map(|seconds| NOW + seconds),
        1 => any::<i64>(),
    ]
}

fn until() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MAX), Just(NOW), time()]
}

fn tag() -> impl Strategy<Value = (Dimension, String, i64)> {
    (prop::sample::select(&DIMENSIONS[..]), prop::sample::select(&TAGS[..]).prop_map(str::to_owned), until())
}

fn keyword() -> impl Strategy<Value = (Keyword, String)> {
    let kinds =
        [Keyword::Language, Keyword::Source, Keyword::Consent, Keyword::Contact, Keyword::Degree, Keyword::Intent];
    (prop::sample::select(kinds.to_vec()), prop::sample::select(vec!["en", "zh", "active", "referral"]))
        .prop_map(|(kind, code)| (kind, code.to_owned()))
}

fn intent() -> impl Strategy<Value = Intent> {
    prop::sample::select(vec![Intent::Unknown, Intent::NotLooking, Intent::Open, Intent::Active])
}

fn tenant() -> impl Strategy<Value = Uuid> {
    // They differ in the last bits, and in one that a character's seven bits end with.
    prop::sample::select(vec![Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(1 << 127 | 1)])
}

fn id() -> impl Strategy<Value = Uuid> {
    (0u128..14).prop_map(|number| Uuid::from_u128(number * 0x1_0000_0000_0000_0001))
}

prop_compose! {
    pub fn document()(
        (tenant, id) in (tenant(), id()),
        (name, title, company, city, summary, resume) in (text(), text(), text(), text(), text(), text()),
        (skills, schools, history) in (texts(3), texts(3), texts(3)),
        skill_keys in prop::collection::vec((key(), prop_oneof![0u8..12, any::<u8>()]), 0..5),
        city_key in prop::sample::select(vec!["", "shanghai", "london"]),
        tags in prop::collection::vec(tag(), 0..5),
        keywords in prop::collection::vec(keyword(), 0..5),
        (years, engagement, intent, intent_until) in (0u8..30, 0u8..=100, intent(), until()),
        (last_activity, created, updated) in (time(), time(), time()),
    ) -> Document {
        let is_own = |name: &str| skill_keys.iter().any(|(key, _)| tag::of_skill(key) == name);
        let mut tags = tags;
        tags.retain(|(dimension, name, _)| *dimension != Dimension::Skill || !is_own(name));
        Document {
            tenant, id, name, title, company, city, city_key: city_key.to_owned(), skills, skill_keys, summary, resume,
            schools, history, tags, keywords, years, engagement, intent, intent_until, last_activity, created, updated,
        }
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    let field = prop::sample::select(crate::domain::texts::FIELDS.to_vec());
    let phrase =
        prop::sample::select(vec!["java", "boot java", "微服务", "务架", "spring boot", "cobol", "java java", ""]);
    let variants = prop::collection::vec(phrase.prop_map(words), 0..3);
    let numbers = [Number::Years, Number::Engagement, Number::LastActivity, Number::Created, Number::Updated];
    let bound = || prop_oneof![0i64..30, time(), Just(i64::MIN), Just(i64::MAX)];
    prop_oneof![
        3 => (field, variants).prop_map(|(field, variants)| Condition::Text(field, variants)),
        2 => (key(), prop_oneof![Just(0u8), 0u8..14, Just(255u8)])
            .prop_map(|(key, min_years)| Condition::Skill { key, min_years }),
        1 => prop::sample::select(vec!["", "shanghai", "nowhere"]).prop_map(|key| Condition::City(key.to_owned())),
        2 => (prop::option::of(prop::sample::select(&DIMENSIONS[..])), prop::sample::select(&TAGS[..]))
            .prop_map(|(dimension, name)| Condition::Tag(dimension, name.to_owned())),
        1 => keyword().prop_map(|(kind, code)| Condition::Keyword(kind, code)),
        1 => prop::sample::select(vec!["active", "open", "not_looking", "unknown", "other"])
            .prop_map(|code| Condition::Keyword(Keyword::Intent, code.to_owned())),
        2 => (prop::sample::select(numbers.to_vec()), bound(), bound())
            .prop_map(|(number, from, to)| Condition::Range(number, from, to)),
    ]
}

pub fn query() -> impl Strategy<Value = Clause> {
    let leaf = prop_oneof![1 => Just(Query::Everybody), 8 => condition().prop_map(Query::Is)];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let many = || prop::collection::vec(inner.clone().prop_map(clause), 0..4);
        prop_oneof![
            many().prop_map(Query::All),
            many().prop_map(Query::Any),
            inner.clone().prop_map(|query| Query::Not(Box::new(clause(query)))),
        ]
    })
    .prop_map(clause)
}

#[derive(Debug, Clone)]
enum Change {
    Put(Box<Document>),
    Remove(Uuid, Uuid),
    Forget(Uuid),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        12 => document().prop_map(|document| Change::Put(Box::new(document))),
        4 => (tenant(), id()).prop_map(|(tenant, id)| Change::Remove(tenant, id)),
        1 => tenant().prop_map(Change::Forget),
    ]
}

/// What the index should hold.
type Model = BTreeMap<(Uuid, Uuid), Document>;

fn apply(model: &mut Model, writer: &mut Writer, change: &Change) {
    match change {
        Change::Put(document) => {
            writer.put(document).unwrap();
            model.insert((document.tenant, document.id), document.as_ref().clone());
        }
        Change::Remove(tenant, id) => {
            writer.remove(*tenant, *id).unwrap();
            model.remove(&(*tenant, *id));
        }
        Change::Forget(tenant) => {
            writer.forget_tenant(*tenant).unwrap();
            model.retain(|(of, _), _| of != tenant);
        }
    }
}

/// Every tag that somebody may have, and whom a search for it finds.
static TAGGED: LazyLock<Vec<(Dimension, String, Clause)>> = LazyLock::new(|| {
    let given = TAGS.map(str::to_owned).into_iter().chain(KEYS.map(tag::of_skill));
    let known = ["not_looking", "open", "active"].into_iter().chain(statuses(now()).map(|status| status.name));
    let mut names: Vec<String> = given.chain(known.map(str::to_owned)).collect();
    names.sort();
    names.dedup();
    let all = DIMENSIONS.into_iter().flat_map(|dimension| names.iter().map(move |name| (dimension, name.clone())));
    all.map(|(dimension, name)| {
        let clause = plain(is(Condition::Tag(Some(dimension), name.clone())), now());
        (dimension, name, clause)
    })
    .collect()
});

fn countable(document: &Document, field: FacetField) -> Vec<String> {
    let keywords = |wanted| {
        let of = document.keywords.iter().filter(move |(kind, _)| *kind == wanted);
        of.map(|(_, code)| code.clone()).collect()
    };
    let mut values = match field {
        FacetField::Skill => document.skill_keys.iter().map(|(key, _)| key.clone()).collect(),
        FacetField::Tag(dimension) => {
            let subject = Subject::of(document);
            let has = |clause: &Clause| subject.matches(clause, NOW);
            let tags = TAGGED.iter().filter(|(of, _, clause)| *of == dimension && has(clause));
            tags.map(|(_, name, _)| name.clone()).collect()
        }
        FacetField::City => vec![document.city_key.clone()],
        FacetField::Company => vec![document.company.clone()],
        FacetField::Language => keywords(Keyword::Language),
        FacetField::Source => keywords(Keyword::Source),
        FacetField::Intent => {
            vec![intent_code(intent_at(document.intent, document.intent_until, NOW)).to_owned()]
        }
        FacetField::Years => vec![facets::YEARS[facets::years_range(document.years)].to_owned()],
        FacetField::LastActivity => {
            vec![facets::ACTIVITY[facets::activity_range(document.last_activity, NOW)].to_owned()]
        }
    };
    values.sort();
    values.dedup();
    values.retain(|value| !value.is_empty());
    values
}

fn counted(people: &[&Document], field: FacetField) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for document in people {
        for value in countable(document, field) {
            *counts.entry(value).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    let range = |value: &String| match field {
        FacetField::Years => facets::YEARS.iter().position(|range| range == value),
        _ => facets::ACTIVITY.iter().position(|range| range == value),
    };
    match field {
        FacetField::Years | FacetField::LastActivity => counts.sort_by_key(|(value, _)| range(value)),
        _ => counts.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), value.clone())),
    }
    counts
}

/// All hits, page by page.
fn all_hits(index: &Index, request: &Request) -> Vec<Hit> {
    let mut request = request.clone();
    let mut hits = Vec::new();
    loop {
        let answer = index.search(&request).unwrap();
        hits.extend(answer.hits);
        let Some(next) = answer.next else { return hits };
        request.after = Some(Place::from_bytes(&next.to_bytes()).unwrap());
        request.now = 0;
    }
}

fn check(index: &Index, model: &Model, query: &Clause, filters: &[Clause]) {
    for tenant in [1, 2, 1 << 127 | 1].map(Uuid::from_u128) {
        let people: Vec<&Document> = model.values().filter(|document| document.tenant == tenant).collect();
        let subjects: Vec<Subject> = people.iter().map(|document| Subject::of(document)).collect();
        let wanted = |clauses: &[&Clause]| -> Vec<&Document> {
            let matches = |subject: &Subject| clauses.iter().all(|clause| subject.matches(clause, NOW));
            people.iter().zip(&subjects).filter(|(_, subject)| matches(subject)).map(|(person, _)| *person).collect()
        };
        let clauses: Vec<&Clause> = std::iter::once(query).chain(filters).collect();
        let expected = wanted(&clauses);
        let mut request = Request {
            filters: filters.to_vec(),
            facets: FACETS.to_vec(),
            page_size: 3,
            ..super::request(tenant, query.clone())
        };
        let answer = index.search(&request).unwrap();
        assert_eq!(answer.total, expected.len() as u64, "{query:?}");
        for (facet, field) in answer.facets.iter().zip(FACETS) {
            assert_eq!(facet.values, counted(&expected, field), "{field:?}");
        }
        let mut ids: Vec<Uuid> = expected.iter().map(|document| document.id).collect();
        ids.sort();
        let hits = all_hits(index, &request);
        let mut by_score: Vec<(f64, Uuid)> = hits.iter().map(|hit| (hit.score, hit.id)).collect();
        by_score.sort_by(|(one, id), (other, next)| other.total_cmp(one).then(id.cmp(next)));
        assert_eq!(by_score, hits.iter().map(|hit| (hit.score, hit.id)).collect::<Vec<_>>());
        for hit in &hits {
            let explained = index.explain(&request, hit.id).unwrap().unwrap();
            assert_eq!(explained.score.to_bits(), hit.score.to_bits());
            let expected = super::ranking::expected(&people, query, hit.id);
            assert!((hit.score - expected).abs() < 1e-9 * expected, "{} is not {expected}: {query:?}", hit.score);
        }
        let mut found: Vec<Uuid> = hits.iter().map(|hit| hit.id).collect();
        found.sort();
        assert_eq!(found, ids, "{query:?}");
        for (sort, key) in [
            (Sort::Recency, (|document: &Document| document.last_activity) as fn(&Document) -> i64),
            (Sort::Engagement, |document| i64::from(document.engagement)),
        ] {
            request.sort = sort;
            let mut sorted = expected.clone();
            sorted.sort_by_key(|document| (std::cmp::Reverse(key(document)), document.id));
            let found: Vec<Uuid> = all_hits(index, &request).iter().map(|hit| hit.id).collect();
            assert_eq!(found, sorted.iter().map(|document| document.id).collect::<Vec<_>>());
        }
        for part in &answer.clauses {
            if let Some(number) = part.filter {
                assert_eq!(part.alone, wanted(&[&filters[number]]).len() as u64);
                let others = clauses.iter().enumerate().filter(|(at, _)| *at != number + 1).map(|(_, clause)| *clause);
                assert_eq!(part.without, wanted(&others.collect::<Vec<_>>()).len() as u64);
            }
        }
        request.page_size = 0;
        let everything = Request { query: clause(Query::All(vec![])), filters: vec![], ..request };
        let answer = index.search(&everything).unwrap();
        assert_eq!(answer.total, people.len() as u64);
        for (facet, field) in answer.facets.iter().zip(FACETS) {
            assert_eq!(facet.values, counted(&people, field), "kept {field:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, max_shrink_iters: 300, ..ProptestConfig::default() })]
    #[test]
    fn the_index_finds_what_the_definition_says(
        commits in prop::collection::vec((prop::collection::vec(change(), 0..14), prop::bool::weighted(0.2)), 1..9),
        queries in prop::collection::vec((query(), prop::collection::vec(query(), 0..3)), 4..10),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let mut model = Model::new();
        let mut index = open(directory.path());
        for (number, (changes, is_reopened)) in commits.iter().enumerate() {
            let mut writer = index.writer();
            for change in changes {
                apply(&mut model, &mut writer, change);
            }
            writer.commit(&number.to_string()).unwrap();
            drop(writer);
            let (query, filters) = &queries[number % queries.len()];
            check(&index, &model, query, filters);
            if *is_reopened {
                index.close().unwrap();
                index = open(directory.path());
                prop_assert_eq!(index.payload(), number.to_string());
                check(&index, &model, query, filters);
            }
        }
        for (query, filters) in &queries {
            check(&index, &model, query, filters);
        }
        index.close().unwrap();
        let index = open(directory.path());
        for (query, filters) in &queries {
            check(&index, &model, query, filters);
        }
    }
}

/// Other tenants' documents change nothing.
#[test]
fn a_tenant_sees_only_itself() {
    let [alone, shared] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [alone, shared] = [&alone, &shared].map(|directory| open(directory.path()));
    let person = |tenant: u128, number: u128| Document {
        tenant: Uuid::from_u128(tenant),
        id: Uuid::from_u128(number),
        name: format!("Wang Xiaoming {number}"),
        title: "java engineer".to_owned(),
        skill_keys: vec![("java".to_owned(), 3)],
        last_activity: NOW,
        intent_until: i64::MAX,
        ..Document::default()
    };
    let own: Vec<Document> = (0..20).map(|number| person(1, number)).collect();
    put(&alone, &own);
    put(&shared, &own);
    for batch in 0..12 {
        put(&shared, &(0..30).map(|number| person(2, batch * 7 + number)).collect::<Vec<_>>());
    }
    let tenant = own[0].tenant;
    let query = is(Condition::Text(TextField::Any, vec![words("java engineer")]));
    let request = Request { facets: FACETS.to_vec(), ..super::request(tenant, query) };
    assert_eq!(alone.search(&request).unwrap(), shared.search(&request).unwrap());
    assert_eq!(alone.suggest(tenant, "j", 9).unwrap(), shared.suggest(tenant, "j", 9).unwrap());
    assert_eq!(shared.suggest(tenant, "40", 9).unwrap(), []);
    assert_eq!(shared.explain(&request, Uuid::from_u128(90)).unwrap(), None);
}
