//! What somebody asks of the index: the query, read and put in plain terms, and the filter as clauses beside it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{Error, Result, wire};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use usher_proto::talent::v1::{FacetField as Asked, IntentLevel, Language, SearchFilter, SearchOrder};

use crate::{
    domain::{
        city,
        clean::text,
        meaning,
        query::{self, Clause, Condition, Context, Dimension, Keyword, Number, Query},
        skills,
        synonyms::Synonyms,
        tag,
    },
    index::{FacetField, Index, Place, Sort},
};

/// A query and a filter as they were asked, read.
#[derive(Debug)]
pub struct Asking {
    pub query: Clause,
    pub filters: Vec<Clause>,
    /// The filter's fields, one for each of the filters.
    pub names: Vec<&'static str>,
}

/// A word that was looked for instead of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    pub columns: (usize, usize),
    pub from: String,
    pub to: String,
}

impl Asking {
    /// Reads what was asked.
    pub fn read(written: &str, filter: Option<&SearchFilter>, synonyms: &Synonyms, now: DateTime<Utc>) -> Result<Self> {
        let context = Context { now: now.timestamp(), synonyms };
        let query = meaning::plain(query::parse(written, &context)?, now);
        let mut asking = Self { query, filters: Vec::new(), names: Vec::new() };
        if let Some(filter) = filter {
            asking.filter(filter, now)?;
        }
        Ok(asking)
    }

    fn filter(&mut self, filter: &SearchFilter, now: DateTime<Utc>) -> Result<()> {
        let skill =
            |name: &String| Ok(Condition::Skill { key: skills::key(&value("filter.skills", name)?), min_years: 0 });
        for name in &filter.all_skills {
            self.any("all_skills", vec![skill(name)?], now);
        }
        self.any("any_skills", filter.any_skills.iter().map(skill).collect::<Result<_>>()?, now);
        let city = |name: &String| Ok(Condition::City(city::key(&value("filter.cities", name)?)));
        self.any("cities", filter.cities.iter().map(city).collect::<Result<_>>()?, now);
        let tag = |name: &String| Ok(tagged(&value("filter.tags", name)?));
        self.any("tags", filter.tags.iter().map(tag).collect::<Result<_>>()?, now);
        let source = |name: &String| Ok(Condition::Keyword(Keyword::Source, value("filter.sources", name)?));
        self.any("sources", filter.sources.iter().map(source).collect::<Result<_>>()?, now);
        let language = |language| Condition::Keyword(Keyword::Language, language_code(language).to_owned());
        self.any("languages", filter.languages().map(language).collect(), now);
        let intent = |level| Condition::Keyword(Keyword::Intent, intent_code(level).to_owned());
        self.any("intents", filter.intents().map(intent).collect(), now);
        self.years(filter, now)?;
        self.times(filter, now)
    }

    fn years(&mut self, filter: &SearchFilter, now: DateTime<Utc>) -> Result<()> {
        let (least, most) = (filter.min_years_of_experience, filter.max_years_of_experience);
        if most > 0 && most < least {
            let message = "must not be less than min_years_of_experience";
            return Err(Error::invalid("filter.max_years_of_experience", "RANGE_INVERTED", message));
        }
        if least > 0 || most > 0 {
            let most = if most > 0 { most.into() } else { i64::MAX };
            self.any("years_of_experience", vec![Condition::Range(Number::Years, least.into(), most)], now);
        }
        Ok(())
    }

    fn times(&mut self, filter: &SearchFilter, now: DateTime<Utc>) -> Result<()> {
        let bounds = [
            ("active_since", Number::LastActivity, &filter.active_since, true),
            ("dormant_since", Number::LastActivity, &filter.dormant_since, false),
            ("created_since", Number::Created, &filter.created_since, true),
            ("created_before", Number::Created, &filter.created_before, false),
        ];
        for (name, number, time, is_since) in bounds {
            let Some(time) = time else { continue };
            let time = wire::instant(&format!("filter.{name}"), time)?.timestamp();
            let (from, to) = if is_since { (time, i64::MAX) } else { (i64::MIN, time - 1) };
            self.any(name, vec![Condition::Range(number, from, to)], now);
        }
        Ok(())
    }

    /// One of these must be true; none asks for nothing.
    fn any(&mut self, name: &'static str, conditions: Vec<Condition>, now: DateTime<Utc>) {
        if conditions.is_empty() {
            return;
        }
        let clause = |query| Clause { query, columns: (0, 0) };
        let ways = conditions.into_iter().map(|condition| clause(Query::Is(condition))).collect();
        self.filters.push(meaning::plain(clause(Query::Any(ways)), now));
        self.names.push(name);
    }

    /// Looks for the nearest word that somebody has where nobody has the one that was written.
    pub fn correct(&mut self, tenant: uuid::Uuid, index: &Index) -> Result<Vec<Correction>> {
        let mut corrections = Vec::new();
        correct(&mut self.query, &mut |word, columns| {
            let nearest = index.correct(tenant, word).map_err(|error| broken(&error))?;
            corrections.extend(nearest.iter().map(|to| Correction { columns, from: word.to_owned(), to: to.clone() }));
            Ok(nearest)
        })?;
        Ok(corrections)
    }

    /// Looks for the words that the first page looked for, whoever has come or gone since.
    pub fn correct_as(&mut self, corrections: &[Correction]) -> Result<()> {
        correct(&mut self.query, &mut |word, columns| {
            let same = |one: &&Correction| one.columns == columns && one.from == word;
            Ok(corrections.iter().find(same).map(|one| one.to.clone()))
        })
    }
}

/// Every text of one word that has no synonyms and is not negated.
fn correct(
    clause: &mut Clause,
    nearest: &mut impl FnMut(&str, (usize, usize)) -> Result<Option<String>>,
) -> Result<()> {
    match &mut clause.query {
        Query::All(clauses) | Query::Any(clauses) => clauses.iter_mut().try_for_each(|clause| correct(clause, nearest)),
        Query::Is(Condition::Text(_, variants)) => {
            if let [phrase] = variants.as_mut_slice()
                && let [(word, _)] = phrase.as_mut_slice()
                && let Some(better) = nearest(word, clause.columns)?
            {
                *word = better;
            }
            Ok(())
        }
        Query::Everybody | Query::Not(_) | Query::Is(_) => Ok(()),
    }
}

fn value(field: &str, written: &str) -> Result<String> {
    text::required("filter", written, 100).map_err(|fault| Error::invalid(field, fault.reason, fault.message))
}

fn tagged(written: &str) -> Condition {
    let name = query::tag_name(written);
    match name.split_once('/') {
        Some((of, rest)) if query::dimension_named(of).is_some() => {
            Condition::Tag(query::dimension_named(of), rest.to_owned())
        }
        _ => Condition::Tag(None, name),
    }
}

fn language_code(language: Language) -> &'static str {
    match language {
        Language::ZhCn => "zh",
        Language::En => "en",
        Language::Unspecified => "",
    }
}

fn intent_code(level: IntentLevel) -> &'static str {
    match tag::intent_name(level) {
        "" => "unknown",
        name => name,
    }
}

/// The order of what is found.
pub fn sort(order: SearchOrder) -> Sort {
    match order {
        SearchOrder::Unspecified | SearchOrder::Match => Sort::Match,
        SearchOrder::Recency => Sort::Recency,
        SearchOrder::Engagement => Sort::Engagement,
    }
}

/// What is counted for a facet; tags are counted by dimension.
pub fn facets(asked: Asked) -> Vec<FacetField> {
    match asked {
        Asked::Unspecified => Vec::new(),
        Asked::Skill => vec![FacetField::Skill],
        Asked::City => vec![FacetField::City],
        Asked::Company => vec![FacetField::Company],
        Asked::Language => vec![FacetField::Language],
        Asked::Source => vec![FacetField::Source],
        Asked::Intent => vec![FacetField::Intent],
        Asked::Years => vec![FacetField::Years],
        Asked::LastActivity => vec![FacetField::LastActivity],
        Asked::Tag => [Dimension::Skill, Dimension::Intent, Dimension::Interaction, Dimension::Status]
            .map(FacetField::Tag)
            .to_vec(),
    }
}

/// What a page token belongs to: another search has another one.
pub fn fingerprint(query: &str, filter: Option<&SearchFilter>, order: i32, is_exact: bool) -> [u8; 8] {
    let filter = filter.map(prost::Message::encode_to_vec).unwrap_or_default();
    let length = u64::try_from(query.len()).unwrap_or(u64::MAX).to_be_bytes();
    let parts = [&length[..], query.as_bytes(), &order.to_be_bytes(), &[u8::from(is_exact)], &filter];
    let digest = Sha256::digest(parts.concat());
    std::array::from_fn(|place| digest[place])
}

/// Where the next page begins, and what the pages before looked for.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Next {
    pub place: Place,
    pub corrections: Vec<Correction>,
}

/// The text of a page token.
pub fn write_next(next: &Next, fingerprint: [u8; 8]) -> String {
    // Writing to memory does not fail; were it to, the token would be refused when it comes back.
    let bytes = postcard::to_allocvec(next).unwrap_or_default();
    URL_SAFE_NO_PAD.encode([&fingerprint[..], &bytes].concat())
}

/// Reads a page token, which comes from outside and is short, by the contract.
pub fn read_next(token: &str, fingerprint: [u8; 8]) -> Result<Option<Next>> {
    if token.is_empty() {
        return Ok(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let next = bytes.and_then(|bytes| {
        let (of, next) = bytes.split_first_chunk::<8>()?;
        let (next, rest) = postcard::take_from_bytes::<Next>(next).ok()?;
        (*of == fingerprint && rest.is_empty()).then_some(next)
    });
    next.map(Some).ok_or_else(foreign_token)
}

/// The refusal of a page token.
pub fn foreign_token() -> Error {
    let message = "is not one that this search gave out; start without one";
    Error::invalid("page_token", "PAGE_TOKEN_INVALID", message)
}

/// An error of the index.
pub fn broken(error: &crate::index::Error) -> Error {
    match error {
        crate::index::Error::Place => foreign_token(),
        error => Error::internal("the index failed", error),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_filter_is_read_by_its_fields() {
        let filter = SearchFilter {
            all_skills: vec!["K8s".to_owned(), "Go".to_owned()],
            cities: vec!["上海市".to_owned()],
            tags: vec!["status/VIP".to_owned()],
            max_years_of_experience: 5,
            ..SearchFilter::default()
        };
        let now = DateTime::UNIX_EPOCH;
        let asking = Asking::read("java", Some(&filter), &Synonyms::default(), now).unwrap();
        assert_eq!(asking.names, ["all_skills", "all_skills", "cities", "tags", "years_of_experience"]);
        let ways = |place: usize| match &asking.filters[place].query {
            Query::Any(ways) => ways[0].query.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(ways(0), Query::Is(Condition::Skill { key: "kubernetes".to_owned(), min_years: 0 }));
        assert_eq!(ways(2), Query::Is(Condition::City("shanghai".to_owned())));
        assert_eq!(ways(3), Query::Is(Condition::Tag(Some(Dimension::Status), "vip".to_owned())));
        assert_eq!(ways(4), Query::Is(Condition::Range(Number::Years, 0, 5)));
        let inverted = SearchFilter { min_years_of_experience: 9, ..filter };
        assert!(Asking::read("", Some(&inverted), &Synonyms::default(), now).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_token_from_outside_never_panics(token in "[a-zA-Z0-9_-]{0,80}|\\PC{0,20}") {
            let _ = read_next(&token, [0; 8]);
        }

        #[test]
        fn bytes_from_outside_never_panic(bytes: Vec<u8>) {
            let token = URL_SAFE_NO_PAD.encode([&[0; 8][..], &bytes].concat());
            let _ = read_next(&token, [0; 8]);
        }
    }
}
