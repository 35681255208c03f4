//! Where in a hit's texts the words stand that were looked for.
//!
//! Only the hits of a page are looked at, and their texts are analysed again with the function that the index was made
//! with: what is marked is what was found. Of the long texts the part with the most words is shown.

use tantivy::{
    DocId, SegmentReader, TantivyDocument,
    schema::{Field, Value as _},
};

use super::{
    Error,
    card::{Body, Card},
    request::{Highlight, Shown},
};
use crate::{
    domain::analysis::Token,
    domain::analysis::{name_tokens, tokens},
    domain::query::{Clause, Condition, Query, TextField},
};

/// So many characters of a long text are shown.
const WINDOW: usize = 160;

/// Marks the words of one query.
pub struct Highlighter<'q> {
    wanted: Vec<(TextField, &'q [(String, u32)])>,
}

impl<'q> Highlighter<'q> {
    /// Of a query's texts that are not negated.
    pub fn of(query: &'q Clause) -> Self {
        let mut wanted = Vec::new();
        collect(query, &mut wanted);
        Self { wanted }
    }

    /// Marks them in what a hit shows and in its long texts.
    pub fn highlights(
        &self,
        card: &Card,
        segment: &SegmentReader,
        body: Field,
        doc: DocId,
    ) -> Result<Vec<Highlight>, Error> {
        if self.wanted.is_empty() {
            return Ok(Vec::new());
        }
        let stored: TantivyDocument = segment.get_store_reader(0)?.get(doc)?;
        let bytes = stored.get_first(body).and_then(|value| value.as_bytes());
        let body: Body = bytes.map_or(Ok(Body::default()), postcard::from_bytes)?;
        let whole = [
            (Shown::Name, TextField::Name, &card.name, name_tokens(&card.name)),
            (Shown::Title, TextField::Title, &card.title, tokens(&card.title)),
            (Shown::Company, TextField::Company, &card.company, tokens(&card.company)),
        ];
        let whole = whole.into_iter().filter_map(|(of, field, text, tokens)| self.whole(of, field, text, &tokens));
        let parts = [(Shown::Summary, TextField::Any, &body.summary), (Shown::Resume, TextField::Resume, &body.resume)];
        let parts = parts.into_iter().filter_map(|(of, field, text)| self.part(of, field, text));
        Ok(whole.chain(parts).collect())
    }

    fn whole(&self, of: Shown, field: TextField, text: &str, tokens: &[Token]) -> Option<Highlight> {
        let spans = characters(text, &self.spans(field, tokens));
        (!spans.is_empty()).then(|| Highlight { of, text: text.to_owned(), spans })
    }

    fn part(&self, of: Shown, field: TextField, text: &str) -> Option<Highlight> {
        let spans = characters(text, &self.spans(field, &tokens(text)));
        let (from, to) = window(&spans, text.chars().count())?;
        let inside = spans.iter().filter(|(start, end)| *start >= from && *end <= to);
        let spans = inside.map(|(start, end)| (start - from, end - from)).collect();
        Some(Highlight { of, text: text.chars().skip(from).take(to - from).collect(), spans })
    }

    /// In bytes, in order, each place once.
    fn spans(&self, field: TextField, tokens: &[Token]) -> Vec<(usize, usize)> {
        let mut spans = Vec::new();
        for (of, words) in &self.wanted {
            if *of == field || *of == TextField::Any {
                spans.extend((0..tokens.len()).filter_map(|first| occurrence(tokens, first, words)));
            }
        }
        merged(spans)
    }
}

fn collect<'q>(clause: &'q Clause, wanted: &mut Vec<(TextField, &'q [(String, u32)])>) {
    match &clause.query {
        Query::All(clauses) | Query::Any(clauses) => clauses.iter().for_each(|clause| collect(clause, wanted)),
        Query::Is(Condition::Text(field, variants)) => {
            wanted.extend(variants.iter().map(|words| (*field, words.as_slice())));
        }
        Query::Everybody | Query::Not(_) | Query::Is(_) => {}
    }
}

/// Where the words stand if they begin with that token.
fn occurrence(tokens: &[Token], first: usize, words: &[(String, u32)]) -> Option<(usize, usize)> {
    let (begin, rest) = (tokens.get(first)?, tokens.get(first..)?);
    if words.first()?.0 != begin.term {
        return None;
    }
    let mut end = begin.end;
    for (word, offset) in words.iter().skip(1) {
        let position = begin.position + offset;
        // Tokens are in the order of their positions.
        let mut near = rest.iter().take_while(|token| token.position <= position);
        end = end.max(near.find(|token| token.position == position && token.term == *word)?.end);
    }
    Some((begin.start, end))
}

/// Spans that touch become one.
fn merged(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match merged.last_mut() {
            Some((_, last)) if start <= *last => *last = (*last).max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// Spans of bytes to spans of characters.
fn characters(text: &str, spans: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut counted = (0, 0);
    let mut count = |byte: usize| {
        counted = (byte, counted.1 + text.get(counted.0..byte).map_or(0, |part| part.chars().count()));
        counted.1
    };
    spans.iter().map(|(start, end)| (count(*start), count(*end))).collect()
}

/// The part of a text with the most spans, and the words around them.
fn window(spans: &[(usize, usize)], length: usize) -> Option<(usize, usize)> {
    let within = |first: usize| spans.iter().skip(first).take_while(|(_, end)| *end <= spans[first].0 + WINDOW).count();
    let best = (0..spans.len()).max_by_key(|first| (within(*first), std::cmp::Reverse(*first)))?;
    let (start, last) = (spans.get(best)?.0, spans.get(best + within(best).max(1) - 1)?.1);
    let before = WINDOW.saturating_sub(last - start) / 2;
    let from = start.saturating_sub(before).min(length.saturating_sub(WINDOW)).min(start);
    Some((from, (from + WINDOW).max(last).min(length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::analysis::words;

    fn text(query: &str) -> Clause {
        Clause { query: Query::Is(Condition::Text(TextField::Any, vec![words(query)])), columns: (0, 0) }
    }

    fn cut(highlight: &Highlight) -> Vec<String> {
        let of = |(start, end): &(usize, usize)| highlight.text.chars().skip(*start).take(end - start).collect();
        highlight.spans.iter().map(of).collect()
    }

    #[test]
    fn words_are_marked_where_they_stand_side_by_side() {
        let query = text("spring boot");
        let highlighter = Highlighter::of(&query);
        let title = "Boot, 弹簧 Spring Boot; spring";
        let highlight = highlighter.whole(Shown::Title, TextField::Title, title, &tokens(title)).unwrap();
        assert_eq!(cut(&highlight), ["Spring Boot"]);
    }

    #[test]
    fn the_part_with_the_most_words_is_shown() {
        let query = text("微服务");
        let long = format!("{}微服务{}微服务，微服务{}", "前".repeat(300), "后".repeat(300), "端".repeat(300));
        let highlight = Highlighter::of(&query).part(Shown::Summary, TextField::Any, &long).unwrap();
        assert_eq!(highlight.text.chars().count(), WINDOW);
        assert_eq!(cut(&highlight), ["微服务", "微服务"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn spans_lie_in_the_text(text_of in "[a-c 微服é,]{0,400}", query in "[a-c微服]{1,3}") {
            let query = text(&query);
            if let Some(highlight) = Highlighter::of(&query).part(Shown::Resume, TextField::Resume, &text_of) {
                let length = highlight.text.chars().count();
                prop_assert!(text_of.contains(&highlight.text));
                prop_assert!(!highlight.spans.is_empty());
                for (start, end) in highlight.spans {
                    prop_assert!(start < end && end <= length);
                }
            }
        }
    }
}
