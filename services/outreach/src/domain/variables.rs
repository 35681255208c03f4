//! What templates may print, and the values of one message.

use std::collections::BTreeMap;

/// A name that templates know.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    /// A list is gone through or joined.
    pub is_list: bool,
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($name:literal $is_list:literal $meaning:literal,)*) => {
        /// All of them.
        pub const VARIABLES: &[Variable] = &[$(Variable { name: $name, is_list: $is_list, meaning: $meaning }),*];
    };
}

variables! {
    "name" false "The reader's name.",
    "position" false "The opening.",
    "company" false "Who writes.",
    "when" false "Day, clock time and zone of the beginning, in the reader's language.",
    "when_short" false "Day and clock time, for subjects.",
    "duration" false "How long it takes, such as `45 minutes`.",
    "place" false "A place to come to.",
    "link" false "A link to open.",
    "offered_times" true "Times to choose from, each with its zone.",
    "interviewers" true "Who will be there, with their titles.",
    "materials" true "What to bring or to prepare.",
    "contact_name" false "Whom to ask.",
    "contact_channel" false "A number or an address to ask at.",
    "answer_by" false "By when to answer, with the zone.",
    "answer_link" false "The reader's own page: read, confirm, choose another time, accept or decline.",
    "team_introduction" false "A few words about the team.",
    "subject" false "The subject of a free text.",
    "body" false "A free text, or a paragraph of one's own.",
    "start_date" false "The first day, in the reader's language.",
    "pay" false "Amount, currency and period of the salary.",
    "employment_type" false "Full-time, part-time and the like, in the reader's language.",
    "benefits" false "Bonus and benefits, in words.",
    "checklist" true "What is still to be done or brought.",
    "topic" false "What it is about.",
    "strengths" false "What was good, in words.",
    "advice" false "What to work on, and how.",
    "reason" false "Why, in one sentence.",
    "skill" false "A skill of the reader's.",
    "referrer" false "Who recommended the reader.",
}

/// The one of that name.
pub fn find(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

/// One variable's value. What is empty is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    Text(String),
    List(Vec<String>),
}

/// The values of one message.
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<&'static str, Told>);

impl Values {
    /// Tells a text; an empty one tells nothing.
    pub fn text(&mut self, name: &'static str, text: impl Into<String>) {
        let text = text.into();
        if !text.trim().is_empty() {
            self.0.insert(name, Told::Text(text));
        }
    }

    /// Tells a list, without its empty items.
    pub fn list(&mut self, name: &'static str, items: impl IntoIterator<Item = String>) {
        let items: Vec<String> = items.into_iter().filter(|item| !item.trim().is_empty()).collect();
        if !items.is_empty() {
            self.0.insert(name, Told::List(items));
        }
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<&Told> {
        self.0.get(name)
    }

    /// The same without one of them.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(known, _)| **known != name).map(|(known, told)| (*known, told.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact;

    #[test]
    fn what_facts_fill_is_known_and_what_is_known_is_filled() {
        for name in fact::ALL.iter().flat_map(|fact| fact.variables) {
            assert!(find(name).is_some(), "{name} is unknown");
        }
        for variable in VARIABLES {
            let is_filled = fact::ALL.iter().any(|fact| fact.variables.contains(&variable.name));
            assert!(is_filled || ["name", "answer_link"].contains(&variable.name), "{} is never filled", variable.name);
        }
    }

    #[test]
    fn what_is_empty_is_not_there() {
        let mut values = Values::default();
        values.text("place", " \n ");
        values.list("materials", [String::new(), " ".to_owned()]);
        assert!(values.get("place").is_none() && values.get("materials").is_none());
    }
}
