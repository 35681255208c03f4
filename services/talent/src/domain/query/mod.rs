//! The query language: words and "phrases", AND OR NOT (or `-`), parentheses, `field:value`.
//!
//! ```text
//! java (kubernetes OR 微服务) -title:实习生
//! skill:java>=5  city:(上海 OR 杭州)  years:5..10  active:<90d  tag:status/dormant_3_months  intent:active
//! ```
//!
//! Words side by side must all occur; AND binds tighter than OR. The full-width forms of parentheses, quotes, colons and
//! blanks are taken as what they are on a Chinese keyboard. A query that can not be read is refused with the column at
//! which reading stopped; nothing is guessed.
//!
//! A word finds what means the same too (see [`crate::domain::synonyms`]), and so does a phrase of several words. A single word
//! in quotes is looked for as it is written. Names, companies and schools have no synonyms.
//!
//! | module | what it does |
//! |---|---|
//! | `lexer` | characters to tokens |
//! | `parser` | tokens to a clause: what belongs together |
//! | `fields` | the fields and their names |
//! | `values` | what may stand behind a field's colon |
//! | `times` | days, months, years and ages as seconds |
//! | `write` | a clause back to a text |

mod fields;
mod lexer;
mod parser;
mod times;
mod values;
mod write;

pub use self::{
    parser::parse,
    values::{dimension_name, dimension_named, tag_name},
};
use crate::domain::synonyms::Synonyms;

/// A part of a query, and where it stands in what was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// What it asks for.
    pub query: Query,
    /// From the first character to behind the last, in characters from 1; (0, 0) for what stands nowhere: a typed filter,
    /// an empty query.
    pub columns: (usize, usize),
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// Everybody.
    Everybody,
    /// Who matches all of them.
    All(Vec<Clause>),
    /// Who matches one of them.
    Any(Vec<Clause>),
    /// Who does not match.
    Not(Box<Clause>),
    /// Of whom this is true.
    Is(Condition),
}

/// What can be true of a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The terms stand there side by side, each as a whole word; Chinese is found inside of runs. Each phrase is one
    /// variant (what was written comes first, then synonyms), already analysed.
    Text(TextField, Vec<Phrase>),
    /// Has the skill of this key, for as many years at least (0: any).
    Skill {
        /// As [`crate::domain::skills::key`] makes it.
        key: String,
        /// At least so many years.
        min_years: u8,
    },
    /// Is in the city of this key.
    City(String),
    /// Has a tag of this name, in that dimension or in any, that has not expired.
    Tag(Option<Dimension>, String),
    /// Lower-case code of the language, source, consent purpose, channel, contact kind: one of a small set.
    Keyword(Keyword, String),
    /// A number or a time (seconds since the epoch) lies within the bounds, both included. The ends of `i64` are open.
    Range(Number, i64, i64),
}

/// Terms and their offsets from the first one, which stands at 0. They are found where every term stands at its offset
/// from one and the same position; see [`crate::domain::analysis`].
pub type Phrase = Vec<(String, u32)>;

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TextField {
    Any,
    Name,
    Title,
    Company,
    School,
    Resume,
}

/// What a tag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Dimension {
    Skill,
    Intent,
    Interaction,
    Status,
}

/// What has one of a few codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Keyword {
    Language,
    Source,
    Consent,
    Contact,
    Intent,
    Degree,
}

/// What is a number or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Number {
    /// Years of experience.
    Years,
    /// Per cent, 0 to 100.
    Engagement,
    /// When the person last did something.
    LastActivity,
    /// When the person came into the pool.
    Created,
    /// When the profile last changed.
    Updated,
}

/// The longest nesting of parentheses and NOTs.
const DEEPEST: usize = 32;
/// The most words, phrases and fields of one query.
const MOST_TERMS: usize = 64;

/// What a query is read with.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Seconds since the epoch: ages are counted from here.
    pub now: i64,
    /// What means the same for the tenant who asks.
    pub synonyms: &'a Synonyms,
}

/// A query that can not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syntax {
    /// The character at which reading stopped, from 1.
    pub column: usize,
    /// What is wrong there, and how to mend it.
    pub message: &'static str,
}

impl From<Syntax> for chassis::Error {
    fn from(syntax: Syntax) -> Self {
        let Syntax { column, message } = syntax;
        Self::invalid("query", "QUERY_SYNTAX", format!("is wrong at column {column}: {message}")).with("column", column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::analysis::Token,
        domain::analysis::{name_tokens, tests::finds_in, tokens},
        domain::city,
        domain::query::{Clause, Condition, Query, TextField},
        domain::skills,
    };

    /// Name, city, title, company, skills, summary: the people of talent's own tests.
    const PEOPLE: [(&str, [&str; 6]); 5] = [
        ("li.lei", ["李雷", "上海", "资深Java工程师", "云梯科技", "Java；微服务；C++", "熟悉微服务架构"]),
        ("han.mei", ["韩梅梅", "上海市", "前端工程师", "云梯科技", "JavaScript;TypeScript", "React, Vue"]),
        (
            "ann",
            [
                "Ann Smith",
                "Shanghai",
                "Senior Java Engineer",
                "Acme Ltd",
                "Java;Go;C#",
                "Built microservices (微服务) at scale",
            ],
        ),
        (
            "bob",
            ["Bob Java", "London", "Site Reliability Engineer", "Java House", "C;R;.NET", "Front-end and Objective-C"],
        ),
        (
            "zoe",
            ["Zoë O'Neil", "London", "Product Manager", "Acme Ltd", "", "100% remote; _underscore_ and \\backslash"],
        ),
    ];

    fn matches(clause: &Clause, person: &[&str; 6]) -> bool {
        match &clause.query {
            Query::Everybody => true,
            Query::All(all) => all.iter().all(|clause| matches(clause, person)),
            Query::Any(any) => any.iter().any(|clause| matches(clause, person)),
            Query::Not(clause) => !matches(clause, person),
            Query::Is(condition) => is(condition, person),
        }
    }

    fn is(condition: &Condition, [name, city, title, company, skills, summary]: &[&str; 6]) -> bool {
        match condition {
            Condition::Text(field, variants) => {
                let texts: Vec<Vec<Token>> = match field {
                    TextField::Any => {
                        let texts = [*city, title, company, summary].into_iter().chain(skills.split([';', '；']));
                        let texts = texts.chain(city::other_names(city).iter().copied());
                        texts.map(tokens).chain([name_tokens(name)]).collect()
                    }
                    TextField::Name => vec![name_tokens(name)],
                    TextField::Title => vec![tokens(title)],
                    TextField::Company => vec![tokens(company)],
                    TextField::School | TextField::Resume => Vec::new(),
                };
                variants.iter().any(|variant| texts.iter().any(|text| finds_in(text, variant)))
            }
            Condition::Skill { key, .. } => skills.split([';', '；']).any(|skill| skills::key(skill) == *key),
            Condition::City(key) => city::key(city) == *key,
            Condition::Tag(..) | Condition::Keyword(..) | Condition::Range(..) => false,
        }
    }

    #[test]
    fn queries_find_whom_they_mean() {
        for (query, expected) in [
            ("Java AND 微服务", &["li.lei", "ann"][..]),
            ("java 微服务", &["li.lei", "ann"]),
            ("Java", &["li.lei", "ann", "bob"]),
            ("JavaScript", &["han.mei"]),
            ("C", &["bob"]),
            ("C++", &["li.lei"]),
            ("C#", &["ann"]),
            ("go", &["ann"]),
            ("R", &["bob"]),
            (".net", &["bob"]),
            ("objective-c", &["bob"]),
            ("java -london", &["li.lei", "ann"]),
            ("java NOT 上海", &["bob"]),
            ("(Go OR C++) AND java", &["li.lei", "ann"]),
            ("Go OR C++ java", &["li.lei", "ann"]),
            ("（Go OR C++）工程师", &["li.lei"]),
            ("\"senior java\"", &["ann"]),
            ("\"java senior\"", &[]),
            ("“微服务架构”", &["li.lei"]),
            ("skill:java", &["li.lei", "ann"]),
            ("skill:JAVA 技能：golang", &["ann"]),
            ("skill:script", &[]),
            ("city:上海", &["li.lei", "han.mei", "ann"]),
            ("city:shanghai title:java", &["li.lei", "ann"]),
            ("company:java", &["bob"]),
            ("company:云梯", &["li.lei", "han.mei"]),
            ("company:雲梯", &["li.lei", "han.mei"]),
            ("name:韩", &["han.mei"]),
            ("name:韓", &["han.mei"]),
            ("name:hanmeimei", &["han.mei"]),
            ("name:\"meimei han\"", &["han.mei"]),
            ("lilei", &["li.lei"]),
            ("name:java", &["bob"]),
            ("name:zoë", &["zoe"]),
            ("name:zoe", &["zoe"]),
            ("O'Neil", &["zoe"]),
            ("frontend", &["han.mei", "bob"]),
            ("前端", &["han.mei", "bob"]),
            ("产品经理", &["zoe"]),
            ("pm", &["zoe"]),
            ("golang", &[]),
            ("\"'; DROP TABLE candidates; --\"", &[]),
            ("x' OR '1'='1", &[]),
            ("skill:\"' OR true --\"", &[]),
            ("city:\"') OR (1=1\"", &[]),
            ("$1", &[]),
            ("100%", &["zoe"]),
            ("under%", &[]),
            ("_nderscore", &[]),
            ("underscore", &["zoe"]),
            ("", &["li.lei", "han.mei", "ann", "bob", "zoe"]),
        ] {
            let synonyms = Synonyms::default();
            let clause = parse(query, &Context { now: 0, synonyms: &synonyms }).unwrap();
            let found: Vec<_> =
                PEOPLE.iter().filter(|(_, person)| matches(&clause, person)).map(|(who, _)| *who).collect();
            assert_eq!(found, expected, "{query}");
        }
    }
}
