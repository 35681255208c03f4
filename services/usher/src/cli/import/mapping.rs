//! A mapping file: which column holds which field, and how its values are written. TOML, see `docs/import.md`.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use serde::Deserialize;
use usher_proto::talent::v1::{DateOrder, ImportMapping, ImportRule};

/// In which order dates of nothing but numbers are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    #[default]
    Unknown,
    DayFirst,
    MonthFirst,
    YearFirst,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    date_order: Order,
    list_separator: String,
    ignore: Vec<String>,
    fields: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Entry {
    /// Only the column.
    Column(String),
    Rule(Rule),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rule {
    from: String,
    default: String,
    /// As a default without a column.
    constant: String,
    date_order: Order,
    list_separator: String,
    values: BTreeMap<String, String>,
}

/// Reads a mapping for candidates.
pub async fn read(path: &Path) -> anyhow::Result<ImportMapping> {
    let text = tokio::fs::read_to_string(path).await.with_context(|| format!("{} can not be read", path.display()))?;
    parse(&text).with_context(|| format!("{} is no mapping", path.display()))
}

fn parse(text: &str) -> anyhow::Result<ImportMapping> {
    let file: File = toml::from_str(text)?;
    let rules = file.fields.into_iter().map(|(to, entry)| rule(to, entry)).collect::<anyhow::Result<_>>()?;
    Ok(ImportMapping {
        rules,
        date_order: order(file.date_order).into(),
        list_separator: file.list_separator,
        ignore: file.ignore,
    })
}

fn rule(to: String, entry: Entry) -> anyhow::Result<ImportRule> {
    let rule = match entry {
        Entry::Column(from) => Rule { from, ..Rule::default() },
        Entry::Rule(rule) => rule,
    };
    let is_one = rule.constant.is_empty() || (rule.from.is_empty() && rule.default.is_empty());
    anyhow::ensure!(is_one, "{to}: a constant has neither a column nor a default");
    Ok(ImportRule {
        to,
        from: rule.from,
        default: if rule.constant.is_empty() { rule.default } else { rule.constant },
        date_order: order(rule.date_order).into(),
        list_separator: rule.list_separator,
        values: rule.values.into_iter().collect(),
    })
}

fn order(order: Order) -> DateOrder {
    match order {
        Order::Unknown => DateOrder::Unspecified,
        Order::DayFirst => DateOrder::DayFirst,
        Order::MonthFirst => DateOrder::MonthFirst,
        Order::YearFirst => DateOrder::YearFirst,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_read() {
        let mapping = parse(
            r#"
            date_order = "day_first"
            ignore = ["Gender"]
            [fields]
            name = "姓名"
            source = { constant = "fair" }
            consent_talent_pool = { from = "同意", default = "no", values = { "是" = "yes" } }
            "#,
        )
        .unwrap();
        assert_eq!((mapping.date_order(), mapping.ignore.len(), mapping.rules.len()), (DateOrder::DayFirst, 1, 3));
        let rule = |to: &str| mapping.rules.iter().find(|rule| rule.to == to).unwrap();
        assert_eq!(rule("name").from, "姓名");
        assert_eq!((rule("source").from.as_str(), rule("source").default.as_str()), ("", "fair"));
        assert_eq!(rule("consent_talent_pool").values["是"], "yes");
    }

    #[test]
    fn what_is_no_mapping_is_refused() {
        for text in [
            "fields = 1",
            "colour = 1",
            "[fields]\nname = { form = 'x' }",
            "[fields]\nx = { constant = 'a', from = 'b' }",
            "date_order = 'dmy'",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
