//! tantivy in this process, as its documentation has it: terms that begin with the tenant, columns to order, filter and
//! count by, `Count` and `TopDocs` in one pass, facets by its aggregations. It answers with ids and draws no network.

use std::{collections::BTreeMap, ops::Bound, path::Path};

use serde_json::json;
use tantivy::{
    Index, IndexReader, IndexWriter, Order, Searcher, TantivyDocument, Term,
    aggregation::{AggregationCollector, agg_req::Aggregations, agg_result::AggregationResults},
    collector::{Collector, Count, TopDocs},
    query::{BooleanQuery, Occur, Query, RangeQuery, TermQuery},
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};
use uuid::Uuid;

use crate::{
    people::{Person, Pool},
    shapes::{Answer, FACET, FACETS, PAGE, Shape},
};

/// Bytes that the writer may hold.
const MEMORY: usize = 200 << 20;

#[derive(Clone, Copy)]
struct Fields {
    tags: Field,
    words: Field,
    skill: Field,
    city: Field,
    years: Field,
    last_activity: Field,
    standing: Field,
    id_high: Field,
    id_low: Field,
}

/// An index that is being filled.
pub struct Filling {
    fields: Fields,
    writer: IndexWriter,
    index: Index,
}

/// A filled one.
#[derive(Clone)]
pub struct Library {
    fields: Fields,
    reader: IndexReader,
}

impl Filling {
    /// An empty one in an empty folder.
    pub fn new(folder: &Path) -> Self {
        let mut schema = Schema::builder();
        let indexed = |tokenizer: &str, option| {
            let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option);
            TextOptions::default().set_indexing_options(indexing)
        };
        let counted = || TextOptions::default().set_fast("raw");
        let fields = Fields {
            tags: schema.add_text_field("tags", indexed("raw", IndexRecordOption::Basic)),
            words: schema.add_text_field("words", indexed("whitespace", IndexRecordOption::WithFreqs)),
            skill: schema.add_text_field(FACETS[0], counted()),
            city: schema.add_text_field(FACETS[1], counted()),
            years: schema.add_i64_field("years", FAST | INDEXED),
            last_activity: schema.add_i64_field("last_activity", FAST | INDEXED),
            standing: schema.add_f64_field("standing", FAST),
            id_high: schema.add_u64_field("id_high", FAST),
            id_low: schema.add_u64_field("id_low", FAST),
        };
        let index = Index::create_in_dir(folder, schema.build()).unwrap();
        let writer = index.writer(MEMORY).unwrap();
        Self { fields, writer, index }
    }

    /// One more person.
    pub fn add(&mut self, pool: &Pool, person: &Person) {
        let fields = self.fields;
        let mut document = TantivyDocument::new();
        document.add_text(fields.tags, everybody(person.tenant));
        for skill in &person.skills {
            document.add_text(fields.tags, tag(person.tenant, skill));
            document.add_text(fields.skill, skill);
        }
        let words: Vec<String> = person.words().map(|word| word_of(person.tenant, word)).collect();
        document.add_text(fields.words, words.join(" "));
        document.add_text(fields.city, &person.city);
        document.add_i64(fields.years, person.years.into());
        document.add_i64(fields.last_activity, person.last_activity().timestamp());
        document.add_f64(fields.standing, person.standing(pool.now));
        let (high, low) = person.id.as_u64_pair();
        document.add_u64(fields.id_high, high);
        document.add_u64(fields.id_low, low);
        self.writer.add_document(document).unwrap();
    }

    /// Commits, and waits until merging has come to its end.
    pub fn finish(mut self) -> Library {
        self.writer.commit().unwrap();
        self.writer.wait_merging_threads().unwrap();
        Library { fields: self.fields, reader: self.index.reader().unwrap() }
    }
}

impl Library {
    /// One search.
    pub fn ask(&self, shape: &Shape) -> Answer {
        let searcher = self.reader.searcher();
        let query = self.query(shape);
        let top = TopDocs::with_limit(PAGE).and_offset(shape.page * PAGE);
        if shape.by_recency {
            return answer(&searcher, &*query, shape, top.order_by_fast_field::<i64>("last_activity", Order::Desc));
        }
        if shape.word.is_some() {
            return answer(&searcher, &*query, shape, top.order_by_score());
        }
        answer(&searcher, &*query, shape, top.order_by_fast_field::<f64>("standing", Order::Desc))
    }

    fn query(&self, shape: &Shape) -> Box<dyn Query> {
        let fields = self.fields;
        let term = |field, text: &str, option| -> Box<dyn Query> {
            Box::new(TermQuery::new(Term::from_field_text(field, text), option))
        };
        let has = |skill: &String| term(fields.tags, &tag(shape.tenant, skill), IndexRecordOption::Basic);
        let mut clauses: Vec<(Occur, Box<dyn Query>)> =
            shape.all_skills.iter().map(|skill| (Occur::Must, has(skill))).collect();
        if !shape.any_skills.is_empty() {
            clauses.push((Occur::Must, Box::new(BooleanQuery::union(shape.any_skills.iter().map(has).collect()))));
        }
        if let Some(word) = &shape.word {
            let word = word_of(shape.tenant, word);
            clauses.push((Occur::Must, term(fields.words, &word, IndexRecordOption::WithFreqs)));
        }
        if clauses.is_empty() {
            clauses.push((Occur::Must, term(fields.tags, &everybody(shape.tenant), IndexRecordOption::Basic)));
        }
        clauses.extend(shape.without_skill.iter().map(|skill| (Occur::MustNot, has(skill))));
        if let Some(years) = shape.min_years {
            let least = Bound::Included(Term::from_field_i64(fields.years, years.into()));
            clauses.push((Occur::Must, Box::new(RangeQuery::new(least, Bound::Unbounded))));
        }
        if let Some(time) = shape.dormant_since {
            let end = Bound::Excluded(Term::from_field_i64(fields.last_activity, time.timestamp()));
            clauses.push((Occur::Must, Box::new(RangeQuery::new(Bound::Unbounded, end))));
        }
        Box::new(BooleanQuery::new(clauses))
    }
}

fn answer<K: Send + Sync + 'static>(
    searcher: &Searcher,
    query: &dyn Query,
    shape: &Shape,
    top: impl Collector<Fruit = Vec<(K, tantivy::DocAddress)>>,
) -> Answer {
    let (total, hits, facets) = if shape.facets {
        let counting = AggregationCollector::from_aggs(facets(), tantivy::aggregation::AggContextParams::default());
        let (total, hits, counted) = searcher.search(query, &(Count, top, counting)).unwrap();
        (total, hits, values(&counted))
    } else {
        let (total, hits) = searcher.search(query, &(Count, top)).unwrap();
        (total, hits, BTreeMap::new())
    };
    let hits = hits.into_iter().map(|(_, place)| id(searcher, place)).collect();
    Answer { total: u64::try_from(total).unwrap(), hits, facets }
}

fn facets() -> Aggregations {
    let one = |name: &str| {
        // Counted whole in every segment: otherwise the sums are estimates.
        (name.to_owned(), json!({ "terms": { "field": name, "size": FACET, "segment_size": 10_000 } }))
    };
    serde_json::from_value(FACETS.into_iter().map(one).collect()).unwrap()
}

fn values(counted: &AggregationResults) -> BTreeMap<String, Vec<(String, u64)>> {
    let counted = serde_json::to_value(counted).unwrap();
    let buckets = |name: &str| {
        let buckets = counted[name]["buckets"].as_array().unwrap().iter();
        buckets.map(|one| (one["key"].as_str().unwrap().to_owned(), one["doc_count"].as_u64().unwrap())).collect()
    };
    FACETS.into_iter().map(|name| (name.to_owned(), buckets(name))).collect()
}

fn id(searcher: &Searcher, place: tantivy::DocAddress) -> Uuid {
    let columns = searcher.segment_reader(place.segment_ord).fast_fields();
    let half = |name| columns.u64(name).unwrap().first(place.doc_id).unwrap();
    Uuid::from_u64_pair(half("id_high"), half("id_low"))
}

fn everybody(tenant: usize) -> String {
    format!("t{tenant}/")
}

fn tag(tenant: usize, skill: &str) -> String {
    format!("t{tenant}/skill:{skill}")
}

fn word_of(tenant: usize, word: &str) -> String {
    format!("t{tenant}/{word}")
}
