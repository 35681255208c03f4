//! The scores of a segment's people, and how each comes about.

use std::sync::{Arc, LazyLock};

use tantivy::{
    DocId, DocSet as _, TERMINATED,
    postings::{Postings as _, SegmentPostings},
    schema::IndexRecordOption,
};

use super::{
    Error,
    columns::Columns,
    plan::Planner,
    ranking::Ranking,
    request::{Bm25, Contribution, Explanation, Reason},
    sets::{self, Set, holds},
    statistics::{self, Statistics, Weight, to_f64},
};
use crate::domain::{document::Intent, matching::intent_at, query::TextField, texts};

/// What an intent and an engagement multiply by at most.
const MOST_INTENT: f64 = 1.5;
const MOST_ENGAGEMENT: f64 = 1.25;
/// From when on recency is at its least.
const OLDEST_DAY: usize = 598;

/// Recency by whole days.
static RECENCY: LazyLock<[f64; OLDEST_DAY + 1]> =
    LazyLock::new(|| std::array::from_fn(|day| 0.5_f64.powf(to_f64(day as u64) / 180.0).max(0.1)));

/// Computes the scores of a segment's documents, asked for in ascending order.
pub struct Scores<'w> {
    columns: Arc<Columns>,
    now: i64,
    texts: Vec<Variants<'w>>,
    /// No text has more.
    most_text: f64,
    skills: Vec<Option<Set>>,
    /// Whoever was active last before this can not reach the least score that was wanted last.
    oldest: i64,
    least: f64,
}

struct Variants<'w> {
    field: usize,
    lists: Vec<(List, &'w Weight, usize)>,
}

enum List {
    Term(Box<SegmentPostings>),
    Phrase(sets::Phrase),
}

impl List {
    /// How often it is in a document.
    fn frequency(&mut self, doc: DocId) -> Option<u32> {
        match self {
            Self::Term(list) => holds(list.as_mut(), doc).then(|| list.term_freq()),
            Self::Phrase(phrase) => holds(phrase, doc).then(|| phrase.frequency()),
        }
    }
}

struct Best {
    variant: usize,
    frequency: u32,
    length_id: u8,
    score: f64,
}

impl<'w> Scores<'w> {
    /// For a segment.
    pub fn new(ranking: &Ranking, weights: &'w [Vec<Weight>], planner: &Planner) -> Result<Self, Error> {
        let mut texts = Vec::with_capacity(ranking.texts.len());
        let mut most_text = 1.0;
        for (text, weights) in ranking.texts.iter().zip(weights) {
            most_text += weights.iter().map(Weight::most).fold(0.0, f64::max);
            let mut lists = Vec::with_capacity(weights.len());
            for (variant, (words, weight)) in text.variants.iter().zip(weights).enumerate() {
                if let Some(list) = list(planner, text.field, words)? {
                    lists.push((list, weight, variant));
                }
            }
            texts.push(Variants { field: texts::number(text.field), lists });
        }
        let mut skills = Vec::with_capacity(ranking.skills.len());
        for skill in &ranking.skills {
            skills.push(if skill.is_certain { None } else { Some(planner.found([skill.clause])?) });
        }
        let columns = Arc::clone(planner.columns);
        Ok(Self { columns, now: planner.now, texts, most_text, skills, oldest: i64::MIN, least: 0.0 })
    }

    /// The score of a document, unless it is certain to be less than the least that is wanted.
    pub fn score(&mut self, doc: DocId, least: f64) -> Option<f64> {
        let [intent, engagement, recency] = self.person(doc);
        // Multiplied in the order of the formula: that is what makes the last bits equal.
        if self.most_text * intent * engagement * recency * ROUNDING < least {
            return None;
        }
        Some(self.text(doc) * self.coverage(doc) * intent * engagement * recency)
    }

    /// Moves those to the front who may reach a score: how many they are. One comparison decides about most people of a
    /// long search.
    pub fn promising(&mut self, docs: &mut [DocId], least: f64) -> usize {
        let oldest = self.oldest(least);
        let columns = &self.columns;
        sets::keep(docs, |doc| columns.person(doc).last_activity >= oldest)
    }

    /// Since when somebody who reaches a score must have been active, whatever else is known of them.
    fn oldest(&mut self, least: f64) -> i64 {
        if least.to_bits() != self.least.to_bits() {
            self.least = least;
            let most = self.most_text * MOST_INTENT * MOST_ENGAGEMENT * ROUNDING;
            let days = RECENCY.partition_point(|recency| most * recency >= least);
            // From the last day on nobody gets older.
            let days = if days > OLDEST_DAY { None } else { i64::try_from(days).ok() };
            self.oldest = days.map_or(i64::MIN, |days| self.now.saturating_sub(days * 86_400 - 1));
        }
        self.oldest
    }

    /// The factors that do not depend on the query.
    fn person(&self, doc: DocId) -> [f64; 3] {
        let person = self.columns.person(doc);
        let intent = match intent_at(person.intent, person.intent_until, self.now) {
            Intent::Unknown => 1.0,
            Intent::NotLooking => 0.5,
            Intent::Open => 1.2,
            Intent::Active => MOST_INTENT,
        };
        let engagement = 0.75 + 0.5 * f64::from(person.engagement) / 100.0;
        let age = self.now.saturating_sub(person.last_activity).max(0) / 86_400;
        let day = usize::try_from(age).unwrap_or(OLDEST_DAY).min(OLDEST_DAY);
        // The day is at most the last.
        [intent, engagement, RECENCY[day]]
    }

    fn text(&mut self, doc: DocId) -> f64 {
        let columns = &self.columns;
        1.0 + self.texts.iter_mut().filter_map(|text| best(text, columns, doc)).map(|best| best.score).sum::<f64>()
    }

    fn coverage(&mut self, doc: DocId) -> f64 {
        let wished = to_f64(self.skills.len() as u64);
        (1.0 + to_f64(self.has(doc).into_iter().filter(|has| *has).count() as u64)) / (1.0 + wished)
    }

    /// Which of the wished skills the person has.
    fn has(&mut self, doc: DocId) -> impl IntoIterator<Item = bool> {
        self.skills.iter_mut().map(move |set| set.as_mut().is_none_or(|set| holds(set.as_mut(), doc)))
    }

    /// How the score of a document comes about.
    pub fn explain(&mut self, ranking: &Ranking, statistics: &Statistics, doc: DocId) -> Explanation {
        let [intent, engagement, recency] = self.person(doc);
        let has: Vec<bool> = self.has(doc).into_iter().collect();
        let coverage = self.coverage(doc);
        let mut texts = 0.0;
        let mut clauses = Vec::new();
        let mut frequencies = statistics.frequencies.iter().copied();
        for (wanted, lists) in ranking.texts.iter().zip(&mut self.texts) {
            let average_length = statistics.average_length(lists.field);
            let terms: Vec<Vec<(String, u64)>> = wanted
                .variants
                .iter()
                .map(|words| words.iter().map(|(word, _)| word.clone()).zip(&mut frequencies).collect())
                .collect();
            let best = best(lists, &self.columns, doc).map(|best| Bm25 {
                terms: terms.get(best.variant).cloned().unwrap_or_default(),
                frequency: best.frequency,
                length: statistics::length(best.length_id),
                documents: statistics.documents,
                average_length,
                score: best.score,
            });
            texts += best.as_ref().map_or(0.0, |best| best.score);
            clauses.push(Reason { columns: wanted.columns, what: Contribution::Text(best) });
        }
        let skills = ranking.skills.iter().zip(has);
        clauses.extend(
            skills.map(|(skill, has)| Reason { columns: skill.clause.columns, what: Contribution::Skill(has) }),
        );
        clauses.sort_by_key(|reason| reason.columns);
        let text = 1.0 + texts;
        let score = text * coverage * intent * engagement * recency;
        Explanation { score, text, coverage, intent, engagement, recency, clauses }
    }
}

/// The bound is computed in another order than the score; this is far more than the rounding can differ.
const ROUNDING: f64 = 1.000_001;

fn list(planner: &Planner, field: TextField, words: &[(String, u32)]) -> Result<Option<List>, Error> {
    let how = if words.len() > 1 { IndexRecordOption::WithFreqsAndPositions } else { IndexRecordOption::WithFreqs };
    let Some(mut lists) = planner.text_lists(field, words, how)? else { return Ok(None) };
    let list = if lists.len() > 1 {
        Some(List::Phrase(sets::Phrase::new(lists)))
    } else {
        lists.pop().map(|(_, list)| List::Term(Box::new(list)))
    };
    // A list at its end has nothing to add.
    Ok(list.filter(|list| match list {
        List::Term(list) => list.doc() != TERMINATED,
        List::Phrase(phrase) => phrase.doc() != TERMINATED,
    }))
}

fn best(text: &mut Variants, columns: &Columns, doc: DocId) -> Option<Best> {
    let length_id = columns.lengths.get(text.field)?.fieldnorm_id(doc);
    let mut best: Option<Best> = None;
    for (list, weight, variant) in &mut text.lists {
        let Some(frequency) = list.frequency(doc) else { continue };
        let score = weight.score(frequency, length_id);
        if best.as_ref().is_none_or(|best| score > best.score) {
            best = Some(Best { variant: *variant, frequency, length_id, score });
        }
    }
    best
}
