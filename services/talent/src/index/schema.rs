//! The fields of the index.
//!
//! What is looked for is in `exact` and in one field per text; what is counted, sorted by, filtered and shown is in
//! columns; the long texts, needed only for highlights, are in the document store. See [`VERSION`] before changing any.

use tantivy::{
    Index,
    schema::{
        BytesOptions, FAST, Field, IndexRecordOption, STORED, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
    },
    tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer},
};

use crate::domain::texts::{self, TERM_END};

/// Changes with every change of what the index holds or of how texts are analysed: an older directory is rebuilt then.
pub const VERSION: u32 = 2;

/// The tokenizer that reads what [`write_placed`] writes.
const PLACED: &str = "placed";

/// The names of the columns.
pub mod column {
    pub const TENANT: &str = "tenant";
    pub const ID_HIGH: &str = "id_high";
    pub const ID_LOW: &str = "id_low";
    pub const SKILLS: &str = "skills";
    pub const TAGS: &str = "tags";
    pub const TAGS_UNTIL: &str = "tags_until";
    pub const CITY: &str = "city";
    pub const COMPANY: &str = "company";
    pub const KEYWORDS: &str = "keywords";
    pub const YEARS: &str = "years";
    pub const ENGAGEMENT: &str = "engagement";
    pub const INTENT: &str = "intent";
    pub const INTENT_UNTIL: &str = "intent_until";
    pub const LAST_ACTIVITY: &str = "last_activity";
    pub const CREATED: &str = "created";
    pub const UPDATED: &str = "updated";
    pub const CARD: &str = "card";
}

/// The handles of the fields.
#[derive(Debug, Clone)]
pub struct Fields {
    pub exact: Field,
    /// In the order of [`texts::FIELDS`].
    pub texts: [Field; texts::FIELDS.len()],
    pub body: Field,
    pub schema: Schema,
}

impl Fields {
    /// Makes the schema.
    pub fn new() -> Self {
        let mut builder = SchemaBuilder::new();
        let exact = builder.add_bytes_field("exact", BytesOptions::default().set_indexed());
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(PLACED)
            .set_fieldnorms(true)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let texts = texts::FIELDS.map(|field| {
            let name = format!("text_{}", texts::number(field));
            builder.add_text_field(&name, TextOptions::default().set_indexing_options(indexing.clone()))
        });
        for name in [column::TENANT, column::CARD] {
            builder.add_bytes_field(name, FAST);
        }
        for name in [column::SKILLS, column::TAGS, column::CITY, column::COMPANY, column::KEYWORDS] {
            builder.add_text_field(name, TextOptions::default().set_fast("raw"));
        }
        for name in [column::ID_HIGH, column::ID_LOW, column::YEARS, column::ENGAGEMENT, column::INTENT] {
            builder.add_u64_field(name, FAST);
        }
        for name in [column::TAGS_UNTIL, column::INTENT_UNTIL, column::LAST_ACTIVITY, column::CREATED, column::UPDATED]
        {
            builder.add_i64_field(name, FAST);
        }
        let body = builder.add_bytes_field("body", STORED);
        Self { exact, texts, body, schema: builder.build() }
    }
}

/// Lets an index read the texts.
pub fn register(index: &Index) {
    index.tokenizers().register(PLACED, TextAnalyzer::from(Placed::default()));
}

/// Writes analysed terms for the index: the prefix of all of them, then each with its position.
pub fn write_placed<'t>(prefix: &str, placed: impl Iterator<Item = (&'t str, u32)>) -> String {
    let mut text = format!("{prefix}{TERM_END}");
    for (term, position) in placed {
        text.push_str(term);
        text.push(TERM_END);
        push_number(&mut text, position);
        text.push(TERM_END);
    }
    text
}

/// A document has thousands of positions: the formatting of the standard library would be felt.
fn push_number(text: &mut String, number: u32) {
    if number > 9 {
        push_number(text, number / 10);
    }
    text.extend(char::from_digit(number % 10, 10));
}

/// Gives the index terms that are analysed already.
#[derive(Clone, Default)]
struct Placed {
    token: Token,
}

struct Reading<'a> {
    prefix: &'a str,
    rest: &'a str,
    token: &'a mut Token,
}

impl Tokenizer for Placed {
    type TokenStream<'a> = Reading<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Reading<'a> {
        self.token.reset();
        // A tenant's prefix may hold the separator itself, but its length is known.
        let (prefix, rest) = text.split_at_checked(super::terms::TEXT_PREFIX).unwrap_or((text, ""));
        Reading { prefix, rest: rest.strip_prefix(TERM_END).unwrap_or(rest), token: &mut self.token }
    }
}

impl TokenStream for Reading<'_> {
    fn advance(&mut self) -> bool {
        let Some((term, rest)) = self.rest.split_once(TERM_END) else { return false };
        let Some((position, rest)) = rest.split_once(TERM_END) else { return false };
        self.rest = rest;
        self.token.text.clear();
        self.token.text.push_str(self.prefix);
        self.token.text.push_str(term);
        self.token.position = position.parse().unwrap_or(0);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::index::terms::text_prefix;

    #[test]
    fn placed_terms_are_read_as_written() {
        for tenant in [Uuid::nil(), Uuid::max(), Uuid::from_u128(77)] {
            let prefix = text_prefix(tenant);
            let terms = [("微", 0), ("java", 7), ("go", u32::MAX)];
            let mut tokenizer = Placed::default();
            let text = write_placed(&prefix, terms.into_iter());
            let mut stream = tokenizer.token_stream(&text);
            let mut read = Vec::new();
            while let Some(token) = stream.next() {
                read.push((token.text.clone(), token.position));
            }
            assert_eq!(read, terms.map(|(term, at)| (format!("{prefix}{term}"), at as usize)));
        }
    }
}
