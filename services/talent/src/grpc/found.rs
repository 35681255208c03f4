//! From the index to protobuf.

use std::collections::HashMap;

use chassis::wire::timestamp;
use chrono::DateTime;
use usher_proto::talent::v1 as pb;

use crate::{
    domain::{candidate::CandidateId, query::dimension_name},
    index::{Bm25, ClauseCount, Contribution, Explanation, FacetField, Highlight, Hit, Reason, Shown},
    queries::search::Correction,
};

/// The formula of the score; see `docs/search.md`.
const FORMULA: &str = "v1: text x skill_coverage x intent x engagement x recency";

pub fn hit(hit: Hit) -> pb::SearchHit {
    pb::SearchHit {
        candidate_id: CandidateId(hit.id).to_string(),
        display_name: hit.name,
        title: hit.title,
        company: hit.company,
        city: hit.city,
        years_of_experience: hit.years.into(),
        skills: hit.skills,
        summary: hit.summary,
        last_activity_time: DateTime::from_timestamp(hit.last_activity, 0).map(timestamp),
        score: hit.score,
        highlights: hit.highlights.into_iter().map(highlight).collect(),
    }
}

fn highlight(highlight: Highlight) -> pb::Highlight {
    let field = match highlight.of {
        Shown::Name => "display_name",
        Shown::Title => "title",
        Shown::Company => "company",
        Shown::Summary => "summary",
        Shown::Resume => "resume",
    };
    let span = |(start, end): (usize, usize)| pb::Span { start: place(start), end: place(end) };
    pb::Highlight {
        field: field.to_owned(),
        text: highlight.text,
        spans: highlight.spans.into_iter().map(span).collect(),
    }
}

pub fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn place(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

/// A facet from the counts of the fields that it consists of.
pub fn facet(field: pb::FacetField, of: &[FacetField], counts: &HashMap<FacetField, Vec<(String, u64)>>) -> pb::Facet {
    let values = of.iter().flat_map(|one| {
        let prefix = match one {
            FacetField::Tag(dimension) => format!("{}/", dimension_name(*dimension)),
            _ => String::new(),
        };
        let values = counts.get(one).into_iter().flatten();
        values.map(move |(value, of)| pb::FacetCount { value: format!("{prefix}{value}"), count: count(*of) })
    });
    let mut values: Vec<_> = values.collect();
    if of.len() > 1 {
        values.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
    }
    pb::Facet { field: field.into(), counts: values }
}

pub fn correction(correction: Correction) -> pb::Correction {
    let (start, end) = correction.columns;
    pb::Correction { start_column: place(start), end_column: place(end), from: correction.from, to: correction.to }
}

/// What stands between two columns of a query.
fn written(query: &str, (start, end): (usize, usize)) -> String {
    query.chars().skip(start.saturating_sub(1)).take(end.saturating_sub(start)).collect()
}

pub fn clause(clause: &ClauseCount, query: &str, names: &[&'static str]) -> pb::ClauseCount {
    let filter = clause.filter.and_then(|filter| names.get(filter));
    pb::ClauseCount {
        clause: filter.map_or_else(|| written(query, clause.columns), |name| (*name).to_owned()),
        start_column: place(clause.columns.0),
        end_column: place(clause.columns.1),
        alone: count(clause.alone),
        without: count(clause.without),
    }
}

pub fn explanation(explanation: Explanation, query: &str) -> pb::ExplainMatchResponse {
    pb::ExplainMatchResponse {
        score: explanation.score,
        text: explanation.text,
        skill_coverage: explanation.coverage,
        intent: explanation.intent,
        engagement: explanation.engagement,
        recency: explanation.recency,
        clauses: explanation.clauses.into_iter().map(|reason| contribution(reason, query)).collect(),
        formula: FORMULA.to_owned(),
        understood: String::new(),
    }
}

fn contribution(reason: Reason, query: &str) -> pb::ClauseContribution {
    let (matched, text, detail) = match reason.what {
        Contribution::Text(None) => (false, 0.0, "the words do not stand there".to_owned()),
        Contribution::Text(Some(bm25)) => (true, bm25.score, figures(&bm25)),
        Contribution::Skill(true) => (true, 0.0, "has the skill".to_owned()),
        Contribution::Skill(false) => (false, 0.0, "has not the skill".to_owned()),
    };
    pb::ClauseContribution {
        clause: written(query, reason.columns),
        start_column: place(reason.columns.0),
        end_column: place(reason.columns.1),
        matched,
        text,
        detail,
    }
}

fn figures(bm25: &Bm25) -> String {
    let terms: Vec<String> = bm25.terms.iter().map(|(term, of)| format!("{term} (df {of})")).collect();
    format!(
        "BM25 of {}: tf {}, length {}, average length {:.1}, N {}",
        terms.join(" "),
        bm25.frequency,
        bm25.length,
        bm25.average_length,
        bm25.documents
    )
}
