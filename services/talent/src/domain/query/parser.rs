//! Tokens to a [`Query`].
//!
//! ```text
//! query = all  { OR all }
//! all   = one  { [AND] one }
//! one   = NOT one | "(" query ")" | [field ":"] ( word | phrase )
//! ```

use unicode_normalization::UnicodeNormalization as _;

use super::{
    DEEPEST, MOST_TERMS, Query, Syntax, TextField,
    lexer::{Placed, Token, tokens},
};
use crate::domain::{city, clean, index};

/// Reads a query; an empty one finds everybody.
pub fn parse(text: &str) -> Result<Query, Syntax> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(Query::Everybody);
    }
    let end = text.chars().count() + 1;
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), end, terms: 0 };
    let query = parser.query(0)?;
    match parser.tokens.next() {
        None => Ok(query),
        Some(Placed { column, .. }) => Err(Syntax { column, message: "a parenthesis closes that was not opened" }),
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Placed>>,
    end: usize,
    terms: usize,
}

enum Field {
    Text(TextField),
    Skill,
    City,
}

impl Parser {
    fn query(&mut self, depth: usize) -> Result<Query, Syntax> {
        let mut any = vec![self.all(depth)?];
        while self.tokens.next_if(|next| next.token == Token::Or).is_some() {
            any.push(self.all(depth)?);
        }
        Ok(one_or(any, Query::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Query, Syntax> {
        let mut all = vec![self.one(depth)?];
        loop {
            match self.tokens.peek().map(|next| &next.token) {
                None | Some(Token::Or | Token::Close) => return Ok(one_or(all, Query::All)),
                Some(Token::And) => {
                    self.tokens.next();
                    all.push(self.one(depth)?);
                }
                Some(_) => all.push(self.one(depth)?),
            }
        }
    }

    fn one(&mut self, depth: usize) -> Result<Query, Syntax> {
        let Some(Placed { token, column }) = self.tokens.next() else {
            return Err(Syntax { column: self.end, message: "something to look for is missing at the end" });
        };
        if depth > DEEPEST {
            return Err(Syntax { column, message: "this is nested too deeply" });
        }
        match token {
            Token::Not => Ok(Query::Not(Box::new(self.one(depth + 1)?))),
            Token::Open => {
                let inner = self.query(depth + 1)?;
                match self.tokens.next() {
                    Some(Placed { token: Token::Close, .. }) => Ok(inner),
                    _ => Err(Syntax { column, message: "the parenthesis that opens here is not closed" }),
                }
            }
            Token::Field(name) => self.field(&name, column),
            Token::Word(text) | Token::Phrase(text) => self.term(&Field::Text(TextField::Any), &text, column),
            Token::And | Token::Or => Err(Syntax { column, message: "something to look for is missing before this" }),
            Token::Close => Err(Syntax { column, message: "something to look for is missing before the parenthesis" }),
        }
    }

    fn field(&mut self, name: &str, column: usize) -> Result<Query, Syntax> {
        let field = known_field(name)
            .ok_or(Syntax { column, message: "no such field; there are skill, city, company, title and name" })?;
        match self.tokens.next() {
            Some(Placed { token: Token::Word(text) | Token::Phrase(text), column }) => self.term(&field, &text, column),
            _ => Err(Syntax { column, message: "this field needs a word or a phrase after its colon" }),
        }
    }

    fn term(&mut self, field: &Field, text: &str, column: usize) -> Result<Query, Syntax> {
        self.terms += 1;
        if self.terms > MOST_TERMS {
            return Err(Syntax { column, message: "these are too many words for one query" });
        }
        let nothing = Syntax { column, message: "there is nothing to look for in this" };
        let value = |key: fn(&str) -> String| {
            let text = clean::text::clean("query", text, text.len()).map_err(|_| nothing.clone())?;
            if text.is_empty() { Err(nothing.clone()) } else { Ok(key(&text)) }
        };
        match field {
            Field::Text(field) => index::pattern(text).map(|pattern| Query::Text(*field, pattern)).ok_or(nothing),
            Field::Skill => value(clean::skills::key).map(Query::Skill),
            Field::City => value(city::key).map(Query::City),
        }
    }
}

fn known_field(name: &str) -> Option<Field> {
    match name.nfkc().collect::<String>().to_lowercase().as_str() {
        "skill" | "技能" => Some(Field::Skill),
        "city" | "城市" => Some(Field::City),
        "company" | "公司" => Some(Field::Text(TextField::Company)),
        "title" | "职位" => Some(Field::Text(TextField::Title)),
        "name" | "姓名" => Some(Field::Text(TextField::Name)),
        _ => None,
    }
}

/// A list of one is that one.
fn one_or(mut queries: Vec<Query>, list: fn(Vec<Query>) -> Query) -> Query {
    match queries.pop() {
        Some(only) if queries.is_empty() => only,
        Some(last) => {
            queries.push(last);
            list(queries)
        }
        None => Query::Everybody,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(pattern: &str) -> Query {
        Query::Text(TextField::Any, pattern.to_owned())
    }

    fn fails(query: &str) -> usize {
        parse(query).expect_err(query).column
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let all = |one: &str, other: &str| Query::All(vec![text(one), text(other)]);
        assert_eq!(parse("a b OR c AND d").unwrap(), Query::Any(vec![all(" a ", " b "), all(" c ", " d ")]));
        assert_eq!(parse("a AND (b OR c)").unwrap(), parse("a（b OR c）").unwrap());
        assert_eq!(parse("a AND NOT b").unwrap(), parse("a -b").unwrap());
        assert_eq!(parse("a,b、c").unwrap(), parse("a b c").unwrap());
        assert_eq!(parse("  ").unwrap(), Query::Everybody);
    }

    #[test]
    fn fields() {
        assert_eq!(parse("skill:Golang").unwrap(), Query::Skill("go".to_owned()));
        assert_eq!(parse("技能： \"Spring Boot\"").unwrap(), Query::Skill("spring boot".to_owned()));
        assert_eq!(parse("City:上海市").unwrap(), Query::City("shanghai".to_owned()));
        assert_eq!(parse("name:李").unwrap(), Query::Text(TextField::Name, "李".to_owned()));
        assert_eq!(
            parse("-title:Lead").unwrap(),
            Query::Not(Box::new(Query::Text(TextField::Title, " lead ".to_owned())))
        );
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
            ("skill:(a)", 1),
            (": a", 1),
            ("a ***", 3),
            ("a -", 4),
        ] {
            assert_eq!(fails(query), column, "{query}");
        }
    }

    #[test]
    fn size_and_depth_are_bounded() {
        assert!(parse(&"a ".repeat(MOST_TERMS)).is_ok());
        assert_eq!(fails(&"a ".repeat(MOST_TERMS + 1)), 2 * MOST_TERMS + 1);
        assert!(parse(&format!("{}a{}", "(".repeat(DEEPEST), ")".repeat(DEEPEST))).is_ok());
        assert_eq!(fails(&"(".repeat(100_000)), DEEPEST + 2);
        assert_eq!(fails(&"-".repeat(100_000)), DEEPEST + 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1_000, ..ProptestConfig::default() })]
        #[test]
        fn nothing_panics_and_every_error_has_a_column_of_the_query(
            query in "([a-z微():\"（）：“ -]|AND|OR|NOT| |skill:){0,40}|\\PC{0,80}"
        ) {
            if let Err(error) = parse(&query) {
                prop_assert!((1..=query.chars().count() + 1).contains(&error.column));
            }
        }
    }
}
