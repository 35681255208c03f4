//! Tokens to a [`Clause`].
//!
//! ```text
//! query = all  { OR all }
//! all   = one  { [AND] one }
//! one   = NOT one | "(" query ")" | [field ":"] value | field ":" "(" query ")"
//! value = word | phrase
//! ```
//!
//! A field before a parenthesis holds for every value inside, and there is no other field inside.

use super::{
    Context, DEEPEST, MOST_TERMS, Syntax, fields,
    fields::Field,
    lexer::{Placed, Token, tokens},
    values::{self, NOTHING, Value},
};
use crate::domain::query::{Clause, Condition, Query, TextField};

/// Reads a query; an empty one finds everybody.
pub fn parse(text: &str, context: &Context) -> Result<Clause, Syntax> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Clause { query: Query::Everybody, columns: (0, 0) });
    }
    let end = text.chars().count() + 1;
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), context, end, terms: 0 };
    let query = parser.query(Place { depth: 0, field: None })?;
    match parser.tokens.next() {
        None => Ok(query),
        Some(Placed { columns, .. }) => wrong(columns.0, "a parenthesis closes that was not opened"),
    }
}

struct Parser<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Placed>>,
    context: &'a Context<'a>,
    end: usize,
    terms: usize,
}

/// Inside of what something stands.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    /// Whose parenthesis this is.
    field: Option<Field>,
}

impl Place {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

impl Parser<'_> {
    fn query(&mut self, place: Place) -> Result<Clause, Syntax> {
        let mut any = vec![self.all(place)?];
        while self.tokens.next_if(|next| next.token == Token::Or).is_some() {
            any.push(self.all(place)?);
        }
        Ok(one_or(any, Query::Any))
    }

    fn all(&mut self, place: Place) -> Result<Clause, Syntax> {
        let mut all = vec![self.one(place)?];
        loop {
            match self.tokens.peek().map(|next| &next.token) {
                None | Some(Token::Or | Token::Close) => return Ok(one_or(all, Query::All)),
                Some(Token::And) => {
                    self.tokens.next();
                    all.push(self.one(place)?);
                }
                Some(_) => all.push(self.one(place)?),
            }
        }
    }

    fn one(&mut self, place: Place) -> Result<Clause, Syntax> {
        let Some(Placed { token, columns }) = self.tokens.next() else {
            return wrong(self.end, "something to look for is missing at the end");
        };
        if place.depth > DEEPEST {
            return wrong(columns.0, "this is nested too deeply");
        }
        match token {
            Token::Not => {
                let inner = self.one(place.deeper())?;
                let columns = (columns.0, inner.columns.1);
                Ok(Clause { query: Query::Not(Box::new(inner)), columns })
            }
            Token::Open => self.parenthesis(place, columns.0),
            Token::Field(name) => self.field(place, &name, columns.0),
            Token::Word(_) | Token::Phrase(_) => self.value(place.field, &token, columns),
            Token::And | Token::Or => wrong(columns.0, "something to look for is missing before this"),
            Token::Close => wrong(columns.0, "something to look for is missing before the parenthesis"),
        }
    }

    /// From behind the opening one.
    fn parenthesis(&mut self, place: Place, opened: usize) -> Result<Clause, Syntax> {
        let inner = self.query(place.deeper())?;
        match self.tokens.next() {
            Some(Placed { token: Token::Close, columns }) => Ok(Clause { columns: (opened, columns.1), ..inner }),
            _ => wrong(opened, "the parenthesis that opens here is not closed"),
        }
    }

    /// From behind the colon.
    fn field(&mut self, place: Place, name: &str, column: usize) -> Result<Clause, Syntax> {
        let Some(field) = fields::named(name) else { return wrong(column, fields::NO_SUCH_FIELD) };
        if place.field.is_some() {
            return wrong(column, "a field's parenthesis holds values, and no other field");
        }
        let clause = match self.tokens.next() {
            Some(Placed { token: Token::Open, columns }) => {
                self.parenthesis(Place { field: Some(field), ..place }, columns.0)
            }
            Some(Placed { token: token @ (Token::Word(_) | Token::Phrase(_)), columns }) => {
                self.value(Some(field), &token, columns)
            }
            _ => wrong(column, "this field needs a word, a phrase or a parenthesis after its colon"),
        }?;
        Ok(Clause { columns: (column, clause.columns.1), ..clause })
    }

    fn value(&mut self, field: Option<Field>, token: &Token, columns: (usize, usize)) -> Result<Clause, Syntax> {
        let at = |message| Syntax { column: columns.0, message };
        self.terms += 1;
        if self.terms > MOST_TERMS {
            return Err(at("these are too many words for one query"));
        }
        let value = Value::of(token).ok_or_else(|| at(NOTHING))?;
        if field.is_none() && !value.is_quoted && values::is_comparison(value.text) {
            return Err(at("a comparison needs a field before it: years:>=5, skill:java>=5"));
        }
        let condition = value.condition(field.unwrap_or(Field::Text(TextField::Any)), self.context).map_err(at)?;
        match condition {
            Condition::Skill { key, .. } if value.is_quoted => self.skill_years(key, columns),
            condition => Ok(Clause { query: Query::Is(condition), columns }),
        }
    }

    /// The years that may stand right behind a quoted skill: `skill:"spring boot">=5`.
    fn skill_years(&mut self, key: String, (first, end): (usize, usize)) -> Result<Clause, Syntax> {
        let is_years = |next: &Placed| match &next.token {
            Token::Word(text) => next.columns.0 == end && text.starts_with(['<', '>', '≥', '≤', '＜', '＞']),
            _ => false,
        };
        let (min_years, end) = match self.tokens.next_if(is_years) {
            Some(Placed { token: Token::Word(text), columns }) => {
                let years = values::min_years(&text).map_err(|message| Syntax { column: columns.0, message })?;
                (years, columns.1)
            }
            _ => (0, end),
        };
        Ok(Clause { query: Query::Is(Condition::Skill { key, min_years }), columns: (first, end) })
    }
}

fn wrong<T>(column: usize, message: &'static str) -> Result<T, Syntax> {
    Err(Syntax { column, message })
}

/// A list of one is that one.
fn one_or(mut clauses: Vec<Clause>, list: fn(Vec<Clause>) -> Query) -> Clause {
    let ends = clauses.first().zip(clauses.last()).map(|(first, last)| (first.columns.0, last.columns.1));
    match clauses.pop() {
        Some(only) if clauses.is_empty() => only,
        last => {
            clauses.extend(last);
            Clause { query: list(clauses), columns: ends.unwrap_or_default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        domain::analysis::words,
        domain::query::{Dimension, Keyword, Number},
        domain::synonyms::Synonyms,
    };

    /// 2025-11-25T00:00:00Z
    const NOW: i64 = 1_764_028_800;
    const DAY: i64 = 86_400;

    fn read(query: &str) -> Result<Clause, Syntax> {
        parse(query, &Context { now: NOW, synonyms: &Synonyms::default() })
    }

    fn query(text: &str) -> Query {
        read(text).unwrap_or_else(|error| panic!("{text}: {error:?}")).query
    }

    /// Without columns.
    fn bare(text: &str) -> Query {
        crate::domain::query::write::tests::bare(&read(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))).query
    }

    fn condition(text: &str) -> Condition {
        match query(text) {
            Query::Is(condition) => condition,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn texts(field: TextField, variants: &[&str]) -> Condition {
        Condition::Text(field, variants.iter().map(|variant| words(variant)).collect())
    }

    fn skill(key: &str, min_years: u8) -> Condition {
        Condition::Skill { key: key.to_owned(), min_years }
    }

    fn fails(query: &str) -> usize {
        read(query).expect_err(query).column
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let Query::Any(any) = query("a b OR c AND d") else { panic!() };
        assert_eq!(any.iter().map(|all| all.columns).collect::<Vec<_>>(), [(1, 4), (8, 15)]);
        assert!(any.iter().all(|all| matches!(&all.query, Query::All(all) if all.len() == 2)));
        assert_eq!(bare("a AND (b OR c)"), bare("a（b OR c）"));
        assert_eq!(bare("a AND NOT b"), bare("a -b"));
        assert_eq!(bare("a,b、c"), bare("a b c"));
        assert_eq!(query("  "), Query::Everybody);
    }

    #[test]
    fn a_clause_knows_where_it_stands() {
        let Query::All(all) = query("java -(title:lead OR 微服务) skill:\"spring boot\">=5") else { panic!() };
        assert_eq!(all.iter().map(|clause| clause.columns).collect::<Vec<_>>(), [(1, 5), (6, 26), (27, 49)]);
        assert_eq!(read("").unwrap().columns, (0, 0));
        assert_eq!(read(" (java) ").unwrap().columns, (2, 8));
        assert_eq!(read("title:(a OR b)").unwrap().columns, (1, 15));
    }

    #[test]
    fn words_and_phrases() {
        assert_eq!(condition("zanzibar"), texts(TextField::Any, &["zanzibar"]));
        let Condition::Text(TextField::Any, variants) = condition("k8s") else { panic!() };
        assert_eq!(variants[0], words("k8s"));
        assert!(variants.contains(&words("kubernetes")));
        assert_eq!(condition("\"k8s\""), texts(TextField::Any, &["k8s"]), "a single word in quotes is taken as it is");
        let Condition::Text(_, variants) = condition("\"front end\"") else { panic!() };
        assert!(variants.contains(&words("前端")));
        assert_eq!(condition("name:pm"), texts(TextField::Name, &["pm"]), "names have no synonyms");
        let Condition::Text(_, variants) = condition("产品经理") else { panic!() };
        assert!(variants.contains(&words("product manager")) && !variants.contains(&words("pm")));
    }

    #[test]
    fn fields() {
        assert_eq!(condition("skill:Golang"), skill("go", 0));
        assert_eq!(condition("技能： \"Spring Boot\""), skill("spring boot", 0));
        assert_eq!(condition("City:上海市"), Condition::City("shanghai".to_owned()));
        assert_eq!(condition("name:李"), texts(TextField::Name, &["李"]));
        assert_eq!(condition("学校:\"清华大学\""), texts(TextField::School, &["清华大学"]));
        assert_eq!(condition("company:\"Acme Ltd\""), texts(TextField::Company, &["acme ltd"]));
        assert!(matches!(condition("resume:kafka"), Condition::Text(TextField::Resume, _)));
        assert!(matches!(query("-title:Lead"), Query::Not(inner) if matches!(inner.query, Query::Is(_))));
        assert_eq!(
            bare("title:(lead OR \"vice president\" -实习)"),
            bare("(title:lead OR title:\"vice president\" -title:实习)")
        );
        assert_eq!(bare("skill:(java c++>=3)"), bare("(skill:java skill:c++>=3)"));
        assert_eq!(bare("years:(5 OR 7)"), bare("years:5 OR years:7"));
    }

    #[test]
    fn skills_with_years() {
        for (text, key, years) in [
            ("skill:java>=5", "java", 5),
            ("skill:java>5", "java", 6),
            ("skill:java≥5", "java", 5),
            ("skill:C++>=5", "c++", 5),
            ("技能：Ｇo＞＝３", "go", 3),
            ("skill:\"spring boot\">=5", "spring boot", 5),
            ("skill:\"spring boot\"", "spring boot", 0),
            ("skill:java", "java", 0),
        ] {
            assert_eq!(condition(text), skill(key, years), "{text}");
        }
        for (text, column) in [
            ("skill:java<5", 7),
            ("skill:java>=", 7),
            ("skill:java>=999", 7),
            ("skill:>=5", 7),
            ("skill:\"a b\">=x", 12),
            ("java>=5", 1),
            ("skill:java >=5", 12),
        ] {
            assert_eq!(fails(text), column, "{text}");
        }
    }

    #[test]
    fn tags_and_codes() {
        let tag = |dimension, name: &str| Condition::Tag(dimension, name.to_owned());
        assert_eq!(condition("tag:status/Dormant_3_months"), tag(Some(Dimension::Status), "dormant_3_months"));
        assert_eq!(condition("标签：状态/沉默"), tag(Some(Dimension::Status), "沉默"));
        assert_eq!(condition("tag:\"remote only\""), tag(None, "remote_only"));
        let code = |keyword, code: &str| Condition::Keyword(keyword, code.to_owned());
        for (text, expected) in [
            ("intent:not_looking", code(Keyword::Intent, "not_looking")),
            ("intent:\"Not looking\"", code(Keyword::Intent, "not_looking")),
            ("has:微信", code(Keyword::Contact, "wechat")),
            ("has:resume", code(Keyword::Contact, "resume")),
            ("lang:zh-CN", code(Keyword::Language, "zh")),
            ("语言:英文", code(Keyword::Language, "en")),
            ("consent:talent_pool", code(Keyword::Consent, "talent_pool")),
            ("source:referral", code(Keyword::Source, "referral")),
            ("学历:硕士", code(Keyword::Degree, "master")),
        ] {
            assert_eq!(condition(text), expected, "{text}");
        }
        for (text, column) in
            [("intent:maybe", 8), ("has:fax", 5), ("source:内推", 8), ("tag:colour/red", 5), ("tag:status/", 5)]
        {
            assert_eq!(fails(text), column, "{text}");
        }
    }

    #[test]
    fn numbers() {
        for (text, first, last) in [
            ("years:5..10", 5, 10),
            ("years:\"5 .. 10\"", 5, 10),
            ("years:５..１０", 5, 10),
            ("years:>=5", 5, i64::MAX),
            ("years:≥5", 5, i64::MAX),
            ("years:>5", 6, i64::MAX),
            ("years:<5", i64::MIN, 4),
            ("years:<=5", i64::MIN, 5),
            ("years:5", 5, 5),
            ("years:5年", 5, 5),
            ("years:5..", 5, i64::MAX),
            ("years:..10", i64::MIN, 10),
        ] {
            assert_eq!(condition(text), Condition::Range(Number::Years, first, last), "{text}");
        }
        assert_eq!(condition("engagement:>=70%"), Condition::Range(Number::Engagement, 70, i64::MAX));
        for text in [
            "years:",
            "years:x",
            "years:10..5",
            "years:..",
            "years:<0",
            "years:99999",
            "years:5-10",
            "years:>=",
            "years:-5",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times() {
        let active = |first, last| Condition::Range(Number::LastActivity, first, last);
        let first_of_2025 = 1_735_689_600;
        for (text, expected) in [
            ("active:2025", active(first_of_2025, first_of_2025 + 365 * DAY - 1)),
            ("active:2025-03", active(first_of_2025 + 59 * DAY, first_of_2025 + 90 * DAY - 1)),
            ("active:2025-01-02", active(first_of_2025 + DAY, first_of_2025 + 2 * DAY - 1)),
            ("active:2025-01..2025-06", active(first_of_2025, first_of_2025 + 181 * DAY - 1)),
            ("active:>=2025", active(first_of_2025, i64::MAX)),
            ("active:>2025-01", active(first_of_2025 + 31 * DAY, i64::MAX)),
            ("active:<2025", active(i64::MIN, first_of_2025 - 1)),
            ("active:<90d", active(NOW - 90 * DAY + 1, i64::MAX)),
            ("active:<=90d", active(NOW - 90 * DAY, i64::MAX)),
            ("active:>90天", active(i64::MIN, NOW - 90 * DAY - 1)),
            ("active:>1m", active(i64::MIN, NOW - 31 * DAY - 1)),
            ("active:30d..90d", active(NOW - 90 * DAY, NOW - 30 * DAY)),
            ("active:..2w", active(NOW - 14 * DAY, i64::MAX)),
            ("created:2025-01-01", Condition::Range(Number::Created, first_of_2025, first_of_2025 + DAY - 1)),
            ("更新:>1y", Condition::Range(Number::Updated, i64::MIN, NOW - 365 * DAY - 1)),
        ] {
            assert_eq!(condition(text), expected, "{text}");
        }
        for text in
            ["active:90d", "active:2025-13", "active:90d..30d", "active:2025..30d", "active:yesterday", "active:.."]
        {
            assert_eq!(fails(text), 8, "{text}");
        }
    }

    #[test]
    fn an_error_says_where() {
        for (query, column) in [
            ("a AND", 6),
            ("AND a", 1),
            ("a OR OR b", 6),
            ("(a", 1),
            ("a)", 2),
            ("a ()", 4),
            ("java \"open", 6),
            ("微服务 salary:5", 5),
            ("skill:", 1),
            ("skill:()", 8),
            ("skill:(a", 7),
            ("title:(a city:b)", 10),
            (": a", 1),
            ("a ***", 3),
            ("a -", 4),
        ] {
            assert_eq!(fails(query), column, "{query}");
        }
    }

    #[test]
    fn size_and_depth_are_bounded() {
        assert!(read(&"a ".repeat(MOST_TERMS)).is_ok());
        assert_eq!(fails(&"a ".repeat(MOST_TERMS + 1)), 2 * MOST_TERMS + 1);
        assert!(read(&format!("{}a{}", "(".repeat(DEEPEST), ")".repeat(DEEPEST))).is_ok());
        assert_eq!(fails(&"(".repeat(100_000)), DEEPEST + 2);
        assert_eq!(fails(&"-".repeat(100_000)), DEEPEST + 2);
        assert!(read(&"a-".repeat(100_000)).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]
        #[test]
        fn nothing_panics_and_every_error_has_a_column_of_the_query(
            query in "([a-z微():\"（）：“ <>=.@0-9-]|AND|OR|NOT| |skill:|years:|active:|tag:|2025-0|\\.\\.|>=){0,40}|\\PC{0,80}",
            now: i64,
        ) {
            let end = query.chars().count() + 1;
            match parse(&query, &Context { now, synonyms: &Synonyms::default() }) {
                Err(error) => prop_assert!((1..=end).contains(&error.column)),
                Ok(clause) => within(&clause, (1, end)),
            }
        }
    }

    fn within(clause: &Clause, (first, end): (usize, usize)) {
        let columns = clause.columns;
        let is_nowhere = clause.query == Query::Everybody && columns == (0, 0);
        assert!(is_nowhere || (first <= columns.0 && columns.0 < columns.1 && columns.1 <= end), "{clause:?}");
        match &clause.query {
            Query::All(clauses) | Query::Any(clauses) => clauses.iter().for_each(|clause| within(clause, columns)),
            Query::Not(clause) => within(clause, columns),
            _ => {}
        }
    }
}
