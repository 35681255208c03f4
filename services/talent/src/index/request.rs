//! What is asked of the index, and what it answers.

use uuid::Uuid;

use super::place::Place;
use crate::domain::query::{Clause, Dimension};

/// A search.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Whose people.
    pub tenant: Uuid,
    /// What was written.
    pub query: Clause,
    /// What was chosen beside it: all must be true too, but they add nothing to the score.
    pub filters: Vec<Clause>,
    /// The order of the hits.
    pub sort: Sort,
    /// At most so many hits; with 0 only the total and the facets are made.
    pub page_size: usize,
    /// Where the page before ended.
    pub after: Option<Place>,
    /// What to count among all who are found.
    pub facets: Vec<FacetField>,
    /// At most so many values of each facet.
    pub facet_limit: usize,
    /// Whether hits say where in their texts the words stand.
    pub highlights: bool,
    /// Seconds since the epoch. Later pages use the time of the first.
    pub now: i64,
}

/// The order of hits. Equals are in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The best match first.
    Match,
    /// Who was active last first.
    Recency,
    /// The most engaged first.
    Engagement,
}

/// What can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FacetField {
    /// Keys of skills.
    Skill,
    /// Tags of a dimension that have not expired.
    Tag(Dimension),
    /// Keys of cities.
    City,
    /// Companies as written.
    Company,
    /// Codes of languages.
    Language,
    /// Codes of sources.
    Source,
    /// Codes of intents, as they hold now.
    Intent,
    /// Years of experience: 0-2, 3-5, 6-9, 10-14, 15+.
    Years,
    /// Time since the last activity, each person in the first that fits: 30d, 90d, 180d, 1y, older.
    LastActivity,
}

/// Answers a [`Request`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// The page.
    pub hits: Vec<Hit>,
    /// How many there are on all pages.
    pub total: u64,
    /// In the order they were asked for.
    pub facets: Vec<Facet>,
    /// Where the next page begins, if there may be one.
    pub next: Option<Place>,
    /// When nobody was found: what each part of the query and each filter has to do with it.
    pub clauses: Vec<ClauseCount>,
}

/// Counts of one field's values: the most frequent first, equals by value; ranges in their own order. Values that nobody
/// has are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// Of what.
    pub field: FacetField,
    /// The values and how many people have each.
    pub values: Vec<(String, u64)>,
}

/// A person who was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hit {
    /// The person.
    pub id: Uuid,
    /// As written.
    pub name: String,
    /// As written.
    pub title: String,
    /// As written.
    pub company: String,
    /// As written.
    pub city: String,
    /// Of experience.
    pub years: u8,
    /// As written.
    pub skills: Vec<String>,
    /// The beginning of the summary.
    pub summary: String,
    /// Seconds since the epoch.
    pub last_activity: i64,
    /// How well the person matches; 0 when sorted otherwise.
    pub score: f64,
    /// Where the words stand, when asked for.
    pub highlights: Vec<Highlight>,
}

/// A shown text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The hit's name.
    Name,
    /// The hit's title.
    Title,
    /// The hit's company.
    Company,
    /// A part of the summary.
    Summary,
    /// A part of the résumé.
    Resume,
}

/// Where words stand in a shown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// Which text.
    pub of: Shown,
    /// The text, or the part of it with most of the words.
    pub text: String,
    /// From the first character to behind the last, in characters of [`Self::text`].
    pub spans: Vec<(usize, usize)>,
}

/// What a part of a query does in a search that found nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseCount {
    /// Where it stands in the query; (0, 0) for a filter.
    pub columns: (usize, usize),
    /// Which of the filters it is, if it is one.
    pub filter: Option<usize>,
    /// How many it finds alone.
    pub alone: u64,
    /// How many were found without it.
    pub without: u64,
}

/// Why a person has a score: the product of the factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// [`Self::text`] x [`Self::coverage`] x [`Self::intent`] x [`Self::engagement`] x [`Self::recency`].
    pub score: f64,
    /// 1 and the sum of the texts.
    pub text: f64,
    /// The part of the wished skills that the person has.
    pub coverage: f64,
    /// Of the intent as it holds now.
    pub intent: f64,
    /// Of the engagement.
    pub engagement: f64,
    /// Of the last activity.
    pub recency: f64,
    /// Each text and skill that is looked for, in the order of the query.
    pub clauses: Vec<Reason>,
}

/// What a part of the query adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Where it stands in the query.
    pub columns: (usize, usize),
    /// What it is.
    pub what: Contribution,
}

/// A part of a score.
#[derive(Debug, Clone, PartialEq)]
pub enum Contribution {
    /// A text: BM25 of the variant that fits best, or nothing of any.
    Text(Option<Bm25>),
    /// A skill, and whether the person has it.
    Skill(bool),
}

/// How a text's part of a score comes about.
#[derive(Debug, Clone, PartialEq)]
pub struct Bm25 {
    /// The terms that stand side by side, and how many people have each somewhere in the field.
    pub terms: Vec<(String, u64)>,
    /// How often they stand in the person's field.
    pub frequency: u32,
    /// How many terms the person's field has, as coarsely as the index keeps it.
    pub length: u32,
    /// How many people the tenant has.
    pub documents: u64,
    /// How many terms the field has on average.
    pub average_length: f64,
    /// The result.
    pub score: f64,
}
