//! The loop over what a search finds.

use std::{collections::HashMap, sync::Arc};

use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, DocSet as _, SegmentReader, TERMINATED, schema::IndexRecordOption};
use uuid::Uuid;

use super::{
    Error, Index,
    columns::Columns,
    counting::Counting,
    facets,
    highlight::Highlighter,
    kept::Everybody,
    place::Place,
    plan::{Planner, text_term},
    ranking::Ranking,
    request::{Answer, Explanation, Facet, Hit, Request, Sort},
    scores::Scores,
    sets::{self, Set},
    statistics::{Statistics, Weight},
    terms::text_prefix,
    top::{Found, Keys, Top},
    view::View,
};
use crate::{
    domain::query::{Clause, Query},
    domain::texts,
};

/// More hits are not given at once.
const LARGEST_PAGE: usize = 1_000;

impl Index {
    /// Finds people.
    pub fn search(&self, request: &Request) -> Result<Answer, Error> {
        let search = Search::begin(self, request)?;
        let (found, total, facets) = search.run()?;
        let hits = search.hits(&found)?;
        let clauses = if total == 0 { search.clause_counts()? } else { Vec::new() };
        let next = search.next(&found);
        Ok(Answer { hits, total, facets, next, clauses })
    }

    /// Everybody whom a search finds, in no order; `None` when they are more than so many.
    pub fn everybody(&self, request: &Request, most: usize) -> Result<Option<Vec<Uuid>>, Error> {
        let search = Search::begin(self, request)?;
        let mut ids = Vec::new();
        for (segment, columns) in search.view.segments() {
            let set = search.planner(segment, columns).found(request.clauses())?;
            each_living(set, segment, |docs| {
                let room = (most + 1).saturating_sub(ids.len());
                ids.extend(docs.iter().take(room).map(|doc| columns.id(*doc)));
            });
        }
        Ok((ids.len() <= most).then_some(ids))
    }

    /// Why a person has a score in a search; `None` when the search does not find the person.
    pub fn explain(&self, request: &Request, id: Uuid) -> Result<Option<Explanation>, Error> {
        let search = Search::begin(self, request)?;
        let Some((number, doc)) = search.view.find(self, request.tenant, id)? else { return Ok(None) };
        let (segment, columns) = search.segment(number)?;
        let planner = search.planner(segment, columns);
        if !sets::holds(planner.found(request.clauses())?.as_mut(), doc) {
            return Ok(None);
        }
        let mut scores = Scores::new(&search.ranking, &search.weights, &planner)?;
        Ok(Some(scores.explain(&search.ranking, &search.statistics, doc)))
    }
}

impl Request {
    fn clauses(&self) -> impl Iterator<Item = &Clause> {
        std::iter::once(&self.query).chain(&self.filters)
    }

    /// Whether it finds everybody.
    fn is_everything(&self) -> bool {
        self.clauses().all(is_everybody)
    }
}

fn is_everybody(clause: &Clause) -> bool {
    match &clause.query {
        Query::Everybody => true,
        Query::All(clauses) => clauses.iter().all(is_everybody),
        _ => false,
    }
}

pub(super) struct Search<'a> {
    index: &'a Index,
    pub(super) request: &'a Request,
    pub(super) view: Arc<View>,
    now: i64,
    page_size: usize,
    ranking: Ranking<'a>,
    statistics: Statistics,
    weights: Vec<Vec<Weight>>,
    /// Made from the kept counts, when everything is asked for.
    kept: Option<(u64, Vec<Facet>)>,
}

impl<'a> Search<'a> {
    fn begin(index: &'a Index, request: &'a Request) -> Result<Self, Error> {
        let now = request.after.as_ref().map_or(request.now, |place| place.now);
        let state = index.read();
        let view = Arc::clone(&state.view);
        let counts = state.counts.get(&request.tenant);
        let (documents, lengths) = counts.map_or((0, [0; texts::FIELDS.len()]), |of| (of.documents, of.lengths));
        let kept = request.is_everything().then(|| {
            let facet = |field: &_| match counts {
                Some(counts) => facets::facet(*field, request.facet_limit, &Everybody { counts, now }, &index.names),
                None => Facet { field: *field, values: Vec::new() },
            };
            (documents, request.facets.iter().map(facet).collect())
        });
        drop(state);
        let mut search = Self {
            index,
            request,
            view,
            now,
            page_size: request.page_size.min(LARGEST_PAGE),
            ranking: Ranking::of(&request.query),
            statistics: Statistics { documents, lengths, frequencies: Vec::new() },
            weights: Vec::new(),
            kept,
        };
        search.weigh()?;
        Ok(search)
    }

    /// Takes the statistics of the first page, or makes them.
    fn weigh(&mut self) -> Result<(), Error> {
        if self.request.sort != Sort::Match {
            self.ranking = Ranking::of(&EVERYBODY);
        }
        match &self.request.after {
            Some(place) if self.request.sort == Sort::Match => {
                self.statistics = place.statistics.clone().ok_or(Error::Place)?;
            }
            _ => self.statistics.frequencies = self.frequencies()?,
        }
        self.weights = self.ranking.weights(&self.statistics).ok_or(Error::Place)?;
        Ok(())
    }

    /// How many living documents have each term of the texts.
    fn frequencies(&self) -> Result<Vec<u64>, Error> {
        let prefix = text_prefix(self.request.tenant);
        let mut known: HashMap<(usize, &str), u64> = HashMap::new();
        let mut frequencies = Vec::new();
        for text in &self.ranking.texts {
            let field = texts::number(text.field);
            for (word, _) in text.variants.iter().flatten() {
                if let Some(frequency) = known.get(&(field, word.as_str())) {
                    frequencies.push(*frequency);
                    continue;
                }
                let term = text_term(self.index.fields.texts[field], &prefix, word);
                let mut frequency = 0;
                for (segment, columns) in self.view.segments() {
                    let list = self.planner(segment, columns).list(&term, IndexRecordOption::Basic)?;
                    frequency += list.map_or(0, |list| match segment.alive_bitset() {
                        Some(alive) => u64::from(list.doc_freq_given_deletes(alive)),
                        None => u64::from(list.doc_freq()),
                    });
                }
                known.insert((field, word), frequency);
                frequencies.push(frequency);
            }
        }
        Ok(frequencies)
    }

    pub(super) fn planner<'p>(&'p self, segment: &'p SegmentReader, columns: &'p Arc<Columns>) -> Planner<'p> {
        Planner { tenant: self.request.tenant, now: self.now, fields: &self.index.fields, segment, columns }
    }

    fn segment(&self, number: usize) -> Result<(&SegmentReader, &Arc<Columns>), Error> {
        self.view.segments().nth(number).ok_or_else(|| Error::Broken("a segment is missing".to_owned()))
    }

    /// The best hits with one more than the page has, how many there are, and the facets.
    fn run(&self) -> Result<(Vec<Found>, u64, Vec<Facet>), Error> {
        let mut top = Top::new(self.page_size, self.request.after.as_ref());
        if let Some((total, facets)) = &self.kept
            && (self.page_size == 0 || *total == 0)
        {
            return Ok((Vec::new(), *total, facets.clone()));
        }
        let counted = if self.kept.is_some() { &[][..] } else { &self.request.facets };
        let mut counting = Counting::new(counted, self.now);
        let mut total = 0;
        for (number, (segment, columns)) in self.view.segments().enumerate() {
            let planner = self.planner(segment, columns);
            let set = planner.found(self.request.clauses())?;
            if set.doc() == TERMINATED {
                continue;
            }
            let mut counters = counting.counters(columns);
            let mut keys = self.keys(&planner)?;
            total += each_living(set, segment, |docs| {
                for counter in &mut counters {
                    counter.count(docs);
                }
                let promising = keys.promising(docs, top.least());
                for doc in &docs[..promising] {
                    if let Some(key) = keys.key(*doc, top.least()) {
                        top.offer(key, number, *doc, columns);
                    }
                }
            });
            for counter in counters {
                counting.add(counter, columns);
            }
        }
        let facets = match &self.kept {
            Some((_, facets)) => facets.clone(),
            None => {
                let facet = |field: &_| facets::facet(*field, self.request.facet_limit, &counting, &self.index.names);
                counted.iter().map(facet).collect()
            }
        };
        Ok((top.finish(), total, facets))
    }

    fn keys<'s>(&'s self, planner: &Planner<'s>) -> Result<Keys<'s>, Error> {
        if self.page_size == 0 {
            return Ok(Keys::None);
        }
        Ok(match self.request.sort {
            Sort::Match => Keys::Score(Box::new(Scores::new(&self.ranking, &self.weights, planner)?)),
            Sort::Recency => Keys::Recency(planner.columns),
            Sort::Engagement => Keys::Engagement(planner.columns),
        })
    }

    fn hits(&self, found: &[Found]) -> Result<Vec<Hit>, Error> {
        let highlighter = self.request.highlights.then(|| Highlighter::of(&self.request.query));
        found.iter().take(self.page_size).map(|found| self.hit(found, highlighter.as_ref())).collect()
    }

    fn hit(&self, found: &Found, highlighter: Option<&Highlighter>) -> Result<Hit, Error> {
        let (segment, columns) = self.segment(found.segment)?;
        let (card, person) = (columns.card(found.doc)?, columns.person(found.doc));
        let highlights = match highlighter {
            Some(highlighter) => highlighter.highlights(&card, segment, self.index.fields.body, found.doc)?,
            None => Vec::new(),
        };
        let score = if self.request.sort == Sort::Match { f64::from_bits(found.key) } else { 0.0 };
        Ok(Hit {
            id: found.id,
            name: card.name,
            title: card.title,
            company: card.company,
            city: card.city,
            years: person.years,
            skills: card.skills,
            summary: card.summary,
            last_activity: person.last_activity,
            score,
            highlights,
        })
    }

    fn next(&self, found: &[Found]) -> Option<Place> {
        let last = found.get(self.page_size.checked_sub(1)?)?;
        let is_more = found.len() > self.page_size;
        let statistics = (self.request.sort == Sort::Match).then(|| self.statistics.clone());
        is_more.then_some(Place { key: last.key, id: last.id, now: self.now, statistics })
    }
}

/// What nothing is ranked by.
static EVERYBODY: Clause = Clause { query: Query::Everybody, columns: (0, 0) };

/// Goes through the documents that are not deleted, many at a time, and counts them.
pub(super) fn each_living(mut set: Set, segment: &SegmentReader, mut visit: impl FnMut(&mut [DocId])) -> u64 {
    let alive = segment.alive_bitset();
    let mut docs = [0; COLLECT_BLOCK_BUFFER_LEN];
    let mut living = 0;
    loop {
        let filled = set.fill_buffer(&mut docs);
        let is_last = filled < docs.len();
        let kept = alive.map_or(filled, |alive| sets::keep(&mut docs[..filled], |doc| alive.is_alive(doc)));
        visit(&mut docs[..kept]);
        living += kept as u64;
        if is_last {
            return living;
        }
    }
}
