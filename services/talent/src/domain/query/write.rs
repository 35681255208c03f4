//! A clause back to a text, always the same text for the same clause.
//!
//! It is what the parser would read as that clause, at whatever time: ages have become times. A search that somebody
//! keeps should therefore keep what they wrote as well, and be read anew each time.

use super::{
    fields::{self, Field, has_synonyms},
    times,
    values::dimension_name,
};
use crate::{
    domain::analysis::written,
    domain::query::{Clause, Condition, Number, Phrase, Query, TextField},
};

impl Clause {
    /// In the query language, as [`super::parse`] reads it. Of a clause that was made otherwise only what can be written
    /// is: a quote in a value becomes a blank, and whoever finds everybody within other clauses is left out.
    pub fn write(&self) -> String {
        match &self.query {
            Query::Everybody => String::new(),
            Query::All(clauses) => joined(clauses, " ", |inner| matches!(inner, Query::All(_) | Query::Any(_))),
            Query::Any(clauses) => joined(clauses, " OR ", |inner| matches!(inner, Query::Any(_))),
            Query::Not(clause) => {
                format!("-{}", enclosed(clause, matches!(clause.query, Query::All(_) | Query::Any(_))))
            }
            Query::Is(condition) => write(condition),
        }
    }
}

fn joined(clauses: &[Clause], between: &str, is_enclosed: fn(&Query) -> bool) -> String {
    let written = clauses.iter().map(|clause| enclosed(clause, is_enclosed(&clause.query)));
    written.filter(|written| !written.is_empty()).collect::<Vec<_>>().join(between)
}

fn enclosed(clause: &Clause, is_enclosed: bool) -> String {
    if is_enclosed { format!("({})", clause.write()) } else { clause.write() }
}

fn write(condition: &Condition) -> String {
    match condition {
        Condition::Text(field, variants) => text(*field, variants),
        Condition::Skill { key, min_years: 0 } => with(Field::Skill, &value(key)),
        Condition::Skill { key, min_years } => with(Field::Skill, &format!("{}>={min_years}", value(key))),
        Condition::City(key) => with(Field::City, &value(key)),
        Condition::Tag(None, name) => with(Field::Tag, &value(name)),
        Condition::Tag(Some(dimension), name) => {
            with(Field::Tag, &value(&format!("{}/{name}", dimension_name(*dimension))))
        }
        Condition::Keyword(keyword, code) => with(Field::Keyword(*keyword), &value(code)),
        Condition::Range(number, first, last) => with(Field::Number(*number), &range(*number, *first, *last)),
    }
}

fn with(field: Field, value: &str) -> String {
    fields::name(field).map_or_else(|| value.to_owned(), |name| format!("{name}:{value}"))
}

/// A single word in quotes has no synonyms, so it stands in quotes exactly when it has none.
fn text(field: TextField, variants: &[Phrase]) -> String {
    let pieces = variants.first().map(written).unwrap_or_default();
    let value = match pieces.as_slice() {
        [one] if variants.len() > 1 || !has_synonyms(field) => one.clone(),
        pieces => format!("\"{}\"", pieces.join(" ")),
    };
    with(Field::Text(field), &value)
}

/// In quotes where it must be.
fn value(text: &str) -> String {
    let is_plain =
        |one: char| (one.is_alphanumeric() && !one.is_uppercase()) || matches!(one, '_' | '+' | '#' | '.' | '/');
    if text.chars().all(is_plain) { text.to_owned() } else { format!("\"{}\"", text.replace('"', " ")) }
}

fn range(number: Number, first: i64, last: i64) -> String {
    let end = |end: i64, is_last: bool| match number {
        _ if end == if is_last { i64::MAX } else { i64::MIN } => String::new(),
        Number::Years | Number::Engagement => end.to_string(),
        Number::LastActivity | Number::Created | Number::Updated => times::write(end, is_last),
    };
    let (from, to) = (end(first, false), end(last, true));
    if from == to { from } else { format!("{from}..{to}") }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        domain::query::{Context, parse},
        domain::synonyms::Synonyms,
    };

    /// Without columns.
    pub(in crate::domain::query) fn bare(clause: &Clause) -> Clause {
        let query = match &clause.query {
            Query::All(clauses) => Query::All(clauses.iter().map(bare).collect()),
            Query::Any(clauses) => Query::Any(clauses.iter().map(bare).collect()),
            Query::Not(clause) => Query::Not(Box::new(bare(clause))),
            other => other.clone(),
        };
        Clause { query, columns: (0, 0) }
    }

    fn read(query: &str, now: i64) -> Option<Clause> {
        parse(query, &Context { now, synonyms: &Synonyms::with(&[vec!["ab".to_owned(), "微服".to_owned()]]) }).ok()
    }

    #[test]
    fn one_text_for_one_meaning() {
        for (query, text) in [
            ("", ""),
            ("K8S", "k8s"),
            ("“Ｋ8s”", "\"k8s\""),
            ("node.js", "\"node js\""),
            ("\"微服务 架构\"", "\"微服务 架构\""),
            ("zulu AND (go OR 微服务) NOT title:(a b)", "\"zulu\" (go OR 微服务) -(title:\"a\" title:\"b\")"),
            ("技能：“Spring Boot”≥5", "skill:\"spring boot\">=5"),
            ("skill:Ｃ++>2", "skill:c++>=3"),
            ("姓名:李", "name:李"),
            ("city:上海市 tag:状态/x 有:邮箱", "city:shanghai tag:status/x has:email"),
            ("years:>5 years:<3 years:5", "years:6.. years:..2 years:5"),
            ("active:2025-02", "active:2025-02-01..2025-02-28"),
            ("active:2025-02-01 created:@7", "active:2025-02-01 created:@7"),
            ("active:>1d", "active:..@-86394"),
        ] {
            assert_eq!(read(query, 7).unwrap_or_else(|| panic!("{query}")).write(), text, "{query}");
        }
    }

    const PART: &str = "(\
        (skill|技能):(\"[a-zA-Z +.:/()-]{1,8}\"|[a-zA-Z+#.]{1,5}|机器学习)((>|>=)[0-9]{1,2})?|\
        (tag):(status/|interaction/|状态/)?([a-z_0-9]{1,6}|\"[a-zA-Z :-]{1,6}\")|\
        (city|城市):(上海市|\"New York\"|[a-zA-Z']{1,5})|\
        (title|name|school|company|resume):([a-zA-Z微服务]{1,6}|\"[a-zA-Z 微服、务+#.&-]{1,9}\")|\
        (intent:active|lang:zh|has:phone|consent:tracking|source:[a-z]{1,3})|\
        (years|engagement):(>|>=|<|<=)?[0-9]{1,3}|years:([0-9]\\.\\.|\\.\\.[0-9]{1,3}|[0-9]\\.\\.9)|\
        (active|created|updated):(>|>=|<|<=)?20[0-9]{2}(-0[1-9](-[12][0-9])?)?|\
        active:(<|>|<=|>=|\\.\\.)[0-9]{1,3}[dwmy]|active:[0-9]{1,2}d\\.\\.[1-9][0-9]{2,3}d|\
        (title|skill|years):\\([0-9]( OR | | -)[0-9]\\)|\
        \"[a-zA-Z 微服、务+#.&-]{1,9}\"|[a-zA-Z微服务+#.&]{1,6}|k8s|go|前端|ab|c\\+\\+|\\.net|node\\.js)";

    fn queries() -> impl Strategy<Value = String> {
        let part = proptest::string::string_regex(PART).unwrap();
        part.prop_recursive(5, 40, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..4).prop_map(|all| all.join(" ")),
                proptest::collection::vec(inner.clone(), 1..4).prop_map(|any| any.join(" OR ")),
                inner.clone().prop_map(|one| format!("({one})")),
                inner.prop_map(|one| format!("-({one})")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_is_read_as_the_same(
            query in prop_oneof![
                4 => queries(),
                1 => "([a-z微():\"（）： <>=.0-9-]|AND|OR|NOT|skill:|title:|tag:|city:){0,12}",
                1 => "(skill|city|tag|title):\"?\\PC{1,12}",
            ],
            now in -100_000_000_000_i64..200_000_000_000,
        ) {
            if let Some(clause) = read(&query, now) {
                let written = clause.write();
                let again = read(&written, now.wrapping_mul(3) % 1_000_000_000);
                prop_assert_eq!(again.as_ref().map(bare), Some(bare(&clause)), "{}", written);
                prop_assert_eq!(again.map(|again| again.write()), Some(written));
            }
        }

        #[test]
        fn most_of_these_queries_can_be_read(queries in proptest::collection::vec(queries(), 20)) {
            prop_assert!(queries.iter().filter(|query| read(query, 0).is_some()).count() > 4);
        }
    }
}
