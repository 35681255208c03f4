//! From a file's columns, or an object's members, to fields: the caller's mapping, checked and ready.

use std::collections::{BTreeMap, BTreeSet};

use chassis::Error;
use datetext::Order;
use usher_proto::talent::v1 as pb;

use super::{
    field::{Field, Slot},
    raw::Said,
};
use crate::domain::clean::text;

/// The most rules, columns to pass over, and meanings of values of one rule.
const MOST: usize = 200;
/// The longest name of a column, and the longest value that a mapping knows, in characters.
const LONGEST: usize = 200;
/// What stands between the values of a list unless something else is said, too.
const SEPARATORS: [char; 2] = [';', '；'];

/// A mapping that makes sense.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    rules: BTreeMap<Slot, Rule>,
    ignore: BTreeSet<String>,
    order: Option<Order>,
    separators: Vec<char>,
}

/// Where one field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    /// As written; empty for a constant.
    from: String,
    default: String,
    order: Option<Order>,
    separators: Vec<char>,
    /// By the value in lower case.
    values: BTreeMap<String, String>,
}

impl Mapping {
    /// Checks a mapping. Errors: `INVALID_ARGUMENT` (`IMPORT_MAPPING_INVALID`).
    pub fn read(said: &pb::ImportMapping) -> Result<Self, Error> {
        let wrong = |field: &str, message: String| {
            Error::invalid(format!("start.mapping.{field}"), "IMPORT_MAPPING_INVALID", message)
        };
        if said.rules.len() > MOST || said.ignore.len() > MOST {
            return Err(wrong("rules", "must be at most 200, and as many columns to ignore".to_owned()));
        }
        let mut mapping = Self {
            rules: BTreeMap::new(),
            ignore: said.ignore.iter().map(|name| key(name)).collect(),
            order: order(said.date_order()),
            separators: said.list_separator.chars().take(10).collect(),
        };
        for (place, rule) in said.rules.iter().enumerate() {
            let at = |field: &str| format!("rules[{place}].{field}");
            let slot =
                Slot::named(&rule.to).ok_or_else(|| wrong(&at("to"), format!("must be one of: {}", fields())))?;
            if rule.from.is_empty() && rule.default.is_empty() {
                return Err(wrong(&at("from"), "is missing; name a column, or a default for a constant".to_owned()));
            }
            let texts = rule.values.iter().flat_map(|(said, meant)| [said, meant]).chain([&rule.from, &rule.default]);
            if rule.values.len() > MOST || texts.clone().any(|text| text.chars().count() > LONGEST) {
                return Err(wrong(
                    &at("values"),
                    "must be at most 200, and no text longer than 200 characters".to_owned(),
                ));
            }
            let read = Rule {
                from: rule.from.clone(),
                default: rule.default.clone(),
                order: order(rule.date_order()),
                separators: rule.list_separator.chars().take(10).collect(),
                values: rule.values.iter().map(|(said, meant)| (value_key(said), meant.clone())).collect(),
            };
            if mapping.rules.insert(slot, read).is_some() {
                return Err(wrong(&at("to"), "is named by another rule already".to_owned()));
            }
        }
        Ok(mapping)
    }

    /// The slots that a column of that name fills; none when it means nothing. One column may fill several.
    pub fn slots(&self, column: &str) -> Vec<Slot> {
        let key = key(column);
        if self.ignore.contains(&key) {
            return Vec::new();
        }
        let ruled: Vec<Slot> =
            self.sources().filter(|(_, from)| super::mapping::key(from) == key).map(|(slot, _)| slot).collect();
        if !ruled.is_empty() {
            return ruled;
        }
        // What a rule fills is filled by nothing else.
        Slot::named(&key).filter(|slot| !self.rules.contains_key(slot)).into_iter().collect()
    }

    /// Slots with the columns or paths that they are read from.
    pub fn sources(&self) -> impl Iterator<Item = (Slot, &str)> {
        self.rules.iter().filter(|(_, rule)| !rule.from.is_empty()).map(|(slot, rule)| (*slot, rule.from.as_str()))
    }

    /// Whether members of that name are passed over.
    pub fn ignores(&self, name: &str) -> bool {
        self.ignore.contains(&key(name))
    }

    /// Whether a rule fills a slot.
    pub fn rules(&self, slot: Slot) -> bool {
        self.rules.contains_key(&slot)
    }

    /// A value as it is meant.
    pub fn meant(&self, slot: Slot, said: Said) -> Said {
        let Some(rule) = self.rules.get(&slot) else { return said };
        let meant = |text: String| rule.values.get(&value_key(&text)).cloned().unwrap_or(text);
        match said {
            said if said.is_empty() => Said::Text(rule.default.clone()),
            Said::Text(text) => Said::Text(meant(text)),
            Said::List(list) => Said::List(list.into_iter().map(meant).collect()),
        }
    }

    /// What is said of fields of which a row says nothing: constants and defaults.
    pub fn defaults(&self) -> impl Iterator<Item = (Slot, &str)> {
        self.rules
            .iter()
            .filter(|(_, rule)| !rule.default.is_empty())
            .map(|(slot, rule)| (*slot, rule.default.as_str()))
    }

    /// The order of a field's dates, when it is known.
    pub fn order(&self, slot: Slot) -> Option<Order> {
        self.rules.get(&slot).and_then(|rule| rule.order).or(self.order)
    }

    /// What stands between the values of a field's lists.
    pub fn separators(&self, field: Field) -> Vec<char> {
        let own = self.rules.get(&Slot::of(field)).map(|rule| rule.separators.as_slice()).unwrap_or_default();
        SEPARATORS.iter().chain(&self.separators).chain(own).copied().collect()
    }
}

/// Everything that can be mapped to, for whoever has named something else.
pub fn fields() -> String {
    let names: Vec<&str> = Field::ALL.into_iter().map(Field::name).collect();
    format!("{}; of schools and employers also with a number, such as school_2", names.join(", "))
}

/// What names of columns are compared by.
pub fn key(name: &str) -> String {
    text::clean("header", name, LONGEST).unwrap_or_default().to_lowercase().replace([' ', '-'], "_")
}

fn value_key(value: &str) -> String {
    text::clean("value", value, LONGEST).unwrap_or_default().to_lowercase()
}

fn order(said: pb::DateOrder) -> Option<Order> {
    match said {
        pb::DateOrder::Unspecified => None,
        pb::DateOrder::DayFirst => Some(Order::DayFirst),
        pb::DateOrder::MonthFirst => Some(Order::MonthFirst),
        pb::DateOrder::YearFirst => Some(Order::YearFirst),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(to: &str, from: &str, default: &str) -> pb::ImportRule {
        let text = str::to_owned;
        pb::ImportRule { to: text(to), from: text(from), default: text(default), ..pb::ImportRule::default() }
    }

    fn mapping(rules: Vec<pb::ImportRule>) -> Result<Mapping, Error> {
        Mapping::read(&pb::ImportMapping { rules, ignore: vec!["Phone".to_owned()], ..Default::default() })
    }

    #[test]
    fn rules_come_before_names() {
        let mapping = mapping(vec![rule("email", "Work Mail", ""), rule("source", "", "fair")]).unwrap();
        let slots = |name: &str| mapping.slots(name).into_iter().map(Slot::name).collect::<Vec<_>>();
        assert_eq!(slots(" WORK-mail"), ["email"]);
        assert_eq!(slots("City"), ["city"]);
        for nothing in ["email", "phone", "source", "hobby", ""] {
            assert_eq!(slots(nothing), Vec::<String>::new(), "{nothing}");
        }
        assert_eq!(mapping.defaults().collect::<Vec<_>>(), [(Slot::of(Field::Source), "fair")]);
    }

    #[test]
    fn values_are_meant_as_the_mapping_says() {
        let mut talent_pool = rule("consent_talent_pool", "ok?", "no");
        talent_pool.values = [("是".to_owned(), "yes".to_owned())].into();
        let mapping = mapping(vec![talent_pool]).unwrap();
        let meant = |text: &str| mapping.meant(Slot::of(Field::ConsentTalentPool), Said::Text(text.to_owned()));
        assert!(meant(" 是 ") == Said::Text("yes".to_owned()));
        assert!(meant("maybe") == Said::Text("maybe".to_owned()));
        assert!(meant(" ") == Said::Text("no".to_owned()));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let long = "x".repeat(201);
        for rules in [
            vec![rule("hobby", "x", "")],
            vec![rule("email", "", "")],
            vec![rule("email", "a", ""), rule("email", "b", "")],
            vec![rule("email", &long, "")],
            vec![rule("email", "a", ""); 201],
        ] {
            assert_eq!(mapping(rules).unwrap_err().reason(), "IMPORT_MAPPING_INVALID");
        }
    }
}
