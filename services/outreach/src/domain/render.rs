//! Filling a template with facts: an undefined variable is an error and never a hole, and a hostile template runs out of
//! fuel before it harms.

use chassis::{Error, Result};
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

/// What a template may name.
pub const VARIABLES: &[&str] = &[
    "name",
    "position",
    "company",
    "when",
    "when_short",
    "duration",
    "place",
    "link",
    "offered_times",
    "interviewers",
    "materials",
    "contact_name",
    "contact_channel",
    "answer_by",
    "answer_link",
    "team_introduction",
    "subject",
    "body",
    "start_date",
    "pay",
    "employment_type",
    "benefits",
    "checklist",
];

/// Steps of the engine; a good template takes some hundred.
const FUEL: u64 = 50_000;
/// The longest text that a template may make.
const LONGEST: usize = 50_000;

/// The values of [`VARIABLES`].
#[derive(Debug, Serialize)]
pub struct Values {
    pub name: String,
    pub position: String,
    pub company: String,
    pub when: String,
    pub when_short: String,
    pub duration: String,
    pub place: String,
    pub link: String,
    pub offered_times: Vec<String>,
    pub interviewers: Vec<String>,
    pub materials: Vec<String>,
    pub contact_name: String,
    pub contact_channel: String,
    pub answer_by: String,
    pub answer_link: String,
    pub team_introduction: String,
    pub subject: String,
    pub body: String,
    pub start_date: String,
    pub pay: String,
    pub employment_type: String,
    pub benefits: String,
    pub checklist: Vec<String>,
}

fn engine<'source>() -> Environment<'source> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(FUEL));
    // Plain text; the HTML part is made from it and escapes there.
    engine.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    engine
}

/// Refuses a template that does not parse, names what nobody knows, or fails even when every fact is there.
pub fn check(field: &str, source: &str) -> Result<()> {
    let engine = engine();
    let template = engine.template_from_str(source).map_err(|error| invalid(field, &error))?;
    let mut unknown: Vec<String> = template
        .undeclared_variables(false)
        .into_iter()
        .filter(|name| !VARIABLES.contains(&name.as_str()) && name != "loop")
        .collect();
    unknown.sort();
    match unknown.first() {
        None => fill(field, source, &sample()).map(drop),
        Some(name) => Err(Error::invalid(
            field,
            "TEMPLATE_INVALID",
            format!("names {name}, which no message has; there are: {}", VARIABLES.join(", ")),
        )),
    }
}

/// Something for every variable.
fn sample() -> Values {
    let text = || "text".to_owned();
    Values {
        name: text(),
        position: text(),
        company: text(),
        when: text(),
        when_short: text(),
        duration: text(),
        place: text(),
        link: text(),
        offered_times: vec![text()],
        interviewers: vec![text()],
        materials: vec![text()],
        contact_name: text(),
        contact_channel: text(),
        answer_by: text(),
        answer_link: text(),
        team_introduction: text(),
        subject: text(),
        body: text(),
        start_date: text(),
        pay: text(),
        employment_type: text(),
        benefits: text(),
        checklist: vec![text()],
    }
}

/// The text of a template with these values.
pub fn fill(field: &str, source: &str, values: &Values) -> Result<String> {
    let text = engine().render_str(source, minijinja::value::Serde(values)).map_err(|error| invalid(field, &error))?;
    if text.len() > LONGEST {
        return Err(Error::invalid(field, "TEMPLATE_INVALID", "makes a text of over 50,000 bytes"));
    }
    Ok(text)
}

fn invalid(field: &str, error: &minijinja::Error) -> Error {
    let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    // The kind and not the text, which may quote a value.
    Error::invalid(field, "TEMPLATE_INVALID", format!("can not be rendered: {}{line}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values { interviewers: vec!["a".to_owned(); 3], body: "{{ name }} is text here".to_owned(), ..sample() }
    }

    #[test]
    fn unknown_names_and_bad_syntax_are_refused_with_the_line() {
        assert!(check("body", "Hi {{ name }}").is_ok());
        let error = check("body", "line\n{{ salary }}").unwrap_err();
        assert!(error.message().contains("salary"), "{error}");
        let error = check("body", "line\n{{ name").unwrap_err();
        assert!(error.message().contains("line 2"), "{error}");
        for failing in ["{% include 'other' %}", "{{ name | unheard_of }}", "{{ name() }}"] {
            assert_eq!(check("body", failing).unwrap_err().reason(), "TEMPLATE_INVALID", "{failing}");
        }
        assert!(fill("body", "{{ nobody }}", &values()).is_err());
    }

    #[test]
    fn a_hostile_template_runs_out_of_fuel() {
        let endless = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
        assert_eq!(fill("body", endless, &values()).unwrap_err().reason(), "TEMPLATE_INVALID");
    }

    #[test]
    fn values_are_text_and_no_templates() {
        assert_eq!(fill("body", "{{ body }}", &values()).unwrap(), "{{ name }} is text here");
    }
}
