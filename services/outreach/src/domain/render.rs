//! Filling a template with values: what is not there or empty is an error where it is printed, and never a hole; and a
//! hostile template runs out of fuel before it harms.
//!
//! What is empty is undefined to the engine, whose semi-strict rule allows asking for it (`{% if place %}`) and nothing
//! else: no printing, no joining to a text, no handing to a filter. Lists that are empty can be gone through. Filters are
//! few, so that none of them turns nothing into something.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock, Mutex},
};

use minijinja::{
    Environment, Error as Engine, ErrorKind, UndefinedBehavior, filters,
    value::{Enumerator, Object, Value, ValueKind},
};

use super::variables::{self, Told, Values};

/// Steps of the engine; a good template takes some hundred.
const FUEL: u64 = 50_000;
/// The longest text that a template may make.
const LONGEST: usize = 50_000;
/// How the engine is told that nothing would be printed.
const NOTHING: &str = "prints nothing";

/// Why a text can not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// With the line where it is known.
    #[error("can not be rendered: {what}{}", at(*.line))]
    Broken { what: String, line: Option<usize> },
    /// A variable is printed that this message does not have.
    #[error("prints {variable}, which is empty{}", at(*.line))]
    Empty { variable: &'static str, line: Option<usize> },
    /// Something else is printed that comes to nothing.
    #[error("prints something that is empty{}", at(*.line))]
    Hole { line: Option<usize> },
    #[error("makes a text of over 50,000 bytes")]
    TooLong,
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!(" (line {line})")).unwrap_or_default()
}

/// A text, and what it asked for.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    pub text: String,
    /// Variables that it asked for, there or not.
    pub asked: BTreeSet<&'static str>,
}

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_fuel(Some(FUEL));
    engine.set_formatter(|out, state, value| {
        print_checked(value)?;
        minijinja::escape_formatter(out, state, value)
    });
    engine.add_filter("join", join);
    engine.add_filter("default", filters::default);
    engine.add_filter("upper", filters::upper);
    engine.add_filter("lower", filters::lower);
    engine.add_filter("title", filters::title);
    engine.add_filter("capitalize", filters::capitalize);
    engine.add_filter("trim", filters::trim);
    engine.add_filter("length", filters::length);
    engine.add_test("defined", minijinja::tests::is_defined);
    engine.add_test("undefined", minijinja::tests::is_undefined);
    // Plain text; the HTML part is made from it and escapes there. An empty engine escapes nothing by itself.
    engine
});

/// Names of the filters that templates may use.
pub const FILTERS: &[&str] = &["join", "default", "upper", "lower", "title", "capitalize", "trim", "length"];

fn print_checked(value: &Value) -> Result<(), Engine> {
    let refuse = |what: &'static str| Err(Engine::new(ErrorKind::InvalidOperation, what));
    match value.kind() {
        ValueKind::Number => Ok(()),
        ValueKind::String if value.as_str().is_some_and(|text| !text.trim().is_empty()) => Ok(()),
        ValueKind::String | ValueKind::Undefined | ValueKind::None => refuse(NOTHING),
        ValueKind::Seq | ValueKind::Iterable => refuse("prints a list, which is to be joined or gone through"),
        _ => refuse("prints what is no text"),
    }
}

/// One text of a list's; of an empty one nothing, which can not be printed.
fn join(value: &Value, joiner: Option<&str>) -> Result<Value, Engine> {
    let mut texts = Vec::new();
    for item in value.try_iter()? {
        print_checked(&item)?;
        texts.push(item.to_string());
    }
    Ok(if texts.is_empty() { Value::UNDEFINED } else { Value::from(texts.join(joiner.unwrap_or(", "))) })
}

/// The values as the engine asks for them, with a note of each question.
#[derive(Debug)]
struct Sheet {
    values: Values,
    asked: Mutex<Vec<&'static str>>,
}

impl Object for Sheet {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let variable = variables::find(key.as_str()?)?;
        if let Ok(mut asked) = self.asked.lock() {
            asked.push(variable.name);
        }
        match self.values.get(variable.name) {
            Some(Told::Text(text)) => Some(Value::from(text.as_str())),
            Some(Told::List(items)) => Some(items.iter().map(String::as_str).collect()),
            None if variable.is_list => Some(std::iter::empty::<Value>().collect()),
            None => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// The text of a template with these values.
pub fn fill(source: &str, values: &Values) -> Result<Rendered, Fault> {
    let sheet = Arc::new(Sheet { values: values.clone(), asked: Mutex::default() });
    let template = ENGINE.template_from_str(source).map_err(|error| broken(&error))?;
    let text = template.render(Value::from_dyn_object(sheet.clone()));
    let asked = sheet.asked.lock().map(|asked| asked.clone()).unwrap_or_default();
    let text = text.map_err(|error| fault(&error, source, values, &asked))?;
    if text.len() > LONGEST {
        return Err(Fault::TooLong);
    }
    Ok(Rendered { text, asked: asked.into_iter().collect() })
}

/// What a template names that is not its own, whichever way its conditions go.
pub fn names(source: &str) -> Result<BTreeSet<String>, Fault> {
    let template = ENGINE.template_from_str(source).map_err(|error| broken(&error))?;
    Ok(template.undeclared_variables(false).into_iter().filter(|name| name != "loop").collect())
}

fn fault(error: &Engine, source: &str, values: &Values, asked: &[&'static str]) -> Fault {
    let prints_nothing = error.kind() == ErrorKind::UndefinedError || error.detail() == Some(NOTHING);
    if !prints_nothing {
        return broken(error);
    }
    let is_empty = |name: &str| values.get(name).is_none();
    let place = error.range().and_then(|place| source.get(place)).unwrap_or_default();
    let words = place.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let named = words.filter_map(variables::find).map(|variable| variable.name).find(|name| is_empty(name));
    // A name of the template's own may stand for it.
    match named.or_else(|| asked.iter().rev().copied().find(|name| is_empty(name))) {
        Some(variable) => Fault::Empty { variable, line: error.line() },
        None => Fault::Hole { line: error.line() },
    }
}

/// The kind and not the text, which may quote a value; what is said of it is of the engine's and of ours.
fn broken(error: &Engine) -> Fault {
    let what = match error.kind() {
        ErrorKind::InvalidOperation => error.detail().unwrap_or("an operation that can not be done").to_owned(),
        kind => kind.to_string(),
    };
    Fault::Broken { what, line: error.line() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values() -> Values {
        let mut values = Values::default();
        values.text("name", "Ann");
        values.text("company", "Example Ltd");
        values.text("body", "{{ name }} is text here");
        values.list("interviewers", ["Ines".to_owned(), "Jo".to_owned()]);
        values
    }

    fn empty(source: &str) -> Option<&'static str> {
        match fill(source, &values()) {
            Err(Fault::Empty { variable, .. }) => Some(variable),
            Err(other) => panic!("{source}: {other:?}"),
            Ok(rendered) => {
                assert!(!rendered.text.is_empty(), "{source}");
                None
            }
        }
    }

    #[test]
    fn what_is_empty_can_be_asked_for_and_not_printed() {
        for fine in [
            "{{ name }}",
            "x{% if place %}{{ place }}{% endif %}",
            "x{% if not place and not link %}y{% endif %}",
            "{{ place or company }}",
            "{{ place | default('online') }}",
            "x{% if place is defined %}{{ place }}{% endif %}",
            "{% for who in interviewers %}{{ loop.index }}. {{ who }}{% endfor %}",
            "x{% for thing in materials %}{{ thing }}{% endfor %}",
            "{{ interviewers | join('; ') | upper }} {{ interviewers | length }} {{ interviewers[0] }}",
            "{% set who = name %}{{ who }}",
        ] {
            assert_eq!(empty(fine), None, "{fine}");
        }
        for (hole, variable) in [
            ("{{ place }}", "place"),
            ("{% if place %}x{% endif %}{{ link }}", "link"),
            ("{{ link | trim }}", "link"),
            ("{{ 'at ' ~ place }}", "place"),
            ("{{ place ~ name }}", "place"),
            ("{{ name ~ place ~ company }}", "place"),
            ("{{ materials | join(', ') }}", "materials"),
            ("{{ 'bring ' ~ (materials | join(', ')) }}", "materials"),
            ("{{ [place, company] | join(', ') }}", "place"),
            ("{% set where = place %}{{ where }}", "place"),
            ("{{ place if place }}", "place"),
            ("{{ place if place else '' }}", "place"),
            ("{{ place | default(' ') }}", "place"),
            ("{{ materials[0] }}", "materials"),
            ("{% for part in place %}{{ part }}{% endfor %}", "place"),
            ("{% macro say(what) %}{{ what }}{% endmacro %}{{ say(place) }}", "place"),
        ] {
            assert_eq!(empty(hole), Some(variable), "{hole}");
        }
    }

    #[test]
    fn what_is_no_text_is_not_printed() {
        for source in ["{{ interviewers }}", "{{ name == 'x' }}", "{{ {'a': 1} }}", "{{ none }}", "{{ '' }}"] {
            assert!(fill(source, &values()).is_err(), "{source}");
        }
    }

    #[test]
    fn bad_syntax_is_told_with_its_line_and_without_a_value() {
        let Err(Fault::Broken { line, .. }) = fill("line\n{{ name", &values()) else { panic!("it is broken") };
        assert_eq!(line, Some(2));
        for failing in
            ["{% include 'other' %}", "{{ name | unheard_of }}", "{{ name() }}", "{{ name.secret }}", "{{ name + 1 }}"]
        {
            let told = fill(failing, &values()).unwrap_err().to_string();
            assert!(!told.contains("Ann"), "{told}");
        }
        assert!(matches!(fill("{{ nobody }}", &values()), Err(Fault::Hole { .. })));
    }

    #[test]
    fn a_hostile_template_runs_out_of_fuel_or_room() {
        let mut values = values();
        values.list("checklist", (0..50).map(|number| format!("thing {number}")));
        let loops = "{% for a in checklist %}{% for b in checklist %}{% for c in checklist %}x{% endfor %}{% endfor %}{% endfor %}";
        let recursion = "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}";
        let growth = "{% set x = body %}{% for a in checklist %}{% set x = x ~ x %}{{ x }}{% endfor %}";
        for source in [loops, recursion] {
            assert!(matches!(fill(source, &values), Err(Fault::Broken { .. })), "{source}");
        }
        let _ = fill(growth, &values);
        values.text("body", "x".repeat(10_000));
        assert!(fill("{{ body }}{{ body }}{{ body }}{{ body }}{{ body }}{{ body }}", &values).is_err());
    }

    #[test]
    fn values_are_text_and_no_templates() {
        assert_eq!(fill("{{ body }}", &values()).unwrap().text, "{{ name }} is text here");
    }

    #[test]
    fn what_a_text_asked_for_is_known() {
        let rendered = fill("{{ name }}{% if place %}{{ place }}{% endif %}", &values()).unwrap();
        assert_eq!(rendered.asked.into_iter().collect::<Vec<_>>(), ["name", "place"]);
        assert_eq!(
            names("{% if x %}{{ salary }}{% endif %}").unwrap().into_iter().collect::<Vec<_>>(),
            ["salary", "x"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_source_is_refused_or_rendered(source in "(\\PC|\\{\\{|\\}\\}|\\{%|%\\}| name | if | for a in | endif | endfor |\\||\n){0,30}") {
            let _ = (fill(&source, &values()), names(&source));
        }

        #[test]
        fn any_value_is_printed_as_it_is(text in "\\PC{1,60}") {
            prop_assume!(!text.trim().is_empty());
            let mut values = Values::default();
            values.text("name", text.clone());
            prop_assert_eq!(fill("[{{ name }}]", &values).unwrap().text, format!("[{text}]"));
        }
    }
}
