//! A template: a name within its kind, versions of it, and what a version's text has to be like.
//!
//! A version is a draft, then published, then archived; its text changes while it is a draft and never after.

use std::collections::BTreeSet;

use chassis::{Error, Result, id, wire};
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{MessageKind, TemplateState};

use super::{
    facts, links,
    render::{self, Fault},
    sample, values,
    variables::{self, Values},
};

id!(
    /// A version of a tenant's own template.
    TemplateId,
    "tmpl"
);

/// The name of the template that messages use which name none.
pub const DEFAULT: &str = "default";

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub language: String,
    pub subject: String,
    pub body: String,
    /// Variables that it prints though a message of its kind may lack them.
    pub needs: BTreeSet<String>,
}

/// A version.
#[derive(Debug, Clone)]
pub struct Template {
    /// `tmpl_…`, or `builtin/interview_invitation.online/en/1`.
    pub id: String,
    pub kind: MessageKind,
    pub name: String,
    pub version: i32,
    pub state: TemplateState,
    pub variants: Vec<Variant>,
    /// Counts changes, for etags.
    pub revision: i64,
    pub create_time: Option<DateTime<Utc>>,
    pub update_time: Option<DateTime<Utc>>,
    pub publish_time: Option<DateTime<Utc>>,
    pub archive_time: Option<DateTime<Utc>>,
}

impl Template {
    /// A draft.
    pub fn draft(kind: MessageKind, name: &str, variants: Vec<Variant>, now: DateTime<Utc>) -> Self {
        Self {
            id: TemplateId::new().to_string(),
            kind,
            name: if name.is_empty() { DEFAULT.to_owned() } else { name.to_owned() },
            version: 0,
            state: TemplateState::Draft,
            variants,
            revision: 1,
            create_time: Some(now),
            update_time: Some(now),
            publish_time: None,
            archive_time: None,
        }
    }

    /// Its text in a language.
    pub fn variant(&self, language: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.language == language)
    }

    /// What whoever names it has to bring.
    pub fn needs(&self) -> BTreeSet<&str> {
        self.variants.iter().flat_map(|variant| variant.needs.iter().map(String::as_str)).collect()
    }

    /// Gives a draft other texts.
    pub fn rewrite(&mut self, variants: Vec<Variant>, etag: &str, now: DateTime<Utc>) -> Result<()> {
        wire::check_etag(etag, self.revision)?;
        self.expect(&[TemplateState::Draft])?;
        self.variants = variants;
        self.touch(now);
        Ok(())
    }

    /// Makes a draft the version in use.
    pub fn publish(&mut self, etag: &str, now: DateTime<Utc>) -> Result<()> {
        wire::check_etag(etag, self.revision)?;
        self.expect(&[TemplateState::Draft])?;
        self.state = TemplateState::Published;
        self.publish_time = Some(now);
        self.touch(now);
        Ok(())
    }

    /// Takes it out of use.
    pub fn archive(&mut self, etag: &str, now: DateTime<Utc>) -> Result<()> {
        wire::check_etag(etag, self.revision)?;
        self.expect(&[TemplateState::Draft, TemplateState::Published])?;
        self.state = TemplateState::Archived;
        self.archive_time = Some(now);
        self.touch(now);
        Ok(())
    }

    /// Refuses what is not published.
    pub fn expect_published(&self) -> Result<()> {
        self.expect(&[TemplateState::Published])
    }

    /// Refuses, for a text that reaches messages which nobody wrote for it, what such a message may lack.
    pub fn expect_guarded(&self, field: &str) -> Result<()> {
        match self.needs().first() {
            None => Ok(()),
            Some(name) => Err(Error::invalid(
                field,
                "VARIABLE_UNGUARDED",
                format!(
                    "prints {name}, which such a message may lack; ask for it first: {{% if {name} %}}…{{% endif %}}"
                ),
            )),
        }
    }

    fn expect(&self, states: &[TemplateState]) -> Result<()> {
        if states.contains(&self.state) {
            return Ok(());
        }
        let state = self.state.as_str_name().trim_start_matches("TEMPLATE_STATE_").to_lowercase();
        let hint =
            if self.state == TemplateState::Published { "write the next version with CreateTemplate" } else { "" };
        let error = Error::failed_precondition("TEMPLATE_STATE", format!("the version is {state}"));
        Err(if hint.is_empty() { error } else { error.hint(hint) })
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.update_time = Some(now);
        self.revision += 1;
    }
}

/// A text in its language, as somebody wrote it.
#[derive(Debug, Clone)]
pub struct Written {
    pub language: String,
    pub subject: String,
    pub body: String,
}

/// Holds texts against their kind. Errors: `VARIANT_TWICE`, and as [`variant`].
pub fn variants(kind: MessageKind, written: Vec<Written>) -> Result<Vec<Variant>> {
    let mut seen = BTreeSet::new();
    let mut good = Vec::new();
    for (place, text) in written.into_iter().enumerate() {
        let field = format!("variants[{place}]");
        if !seen.insert(text.language.clone()) {
            return Err(Error::invalid(format!("{field}.language"), "VARIANT_TWICE", "is there twice"));
        }
        good.push(variant(&field, kind, text)?);
    }
    Ok(good)
}

/// Holds one text against its kind, with invented facts. Errors: `TEMPLATE_INVALID` (syntax, with line), `VARIABLE_UNKNOWN`,
/// `VARIABLE_NOT_OF_KIND`, `LINK_INVALID`.
pub fn variant(field: &str, kind: MessageKind, text: Written) -> Result<Variant> {
    let facts = sample::facts(&text.language, DateTime::UNIX_EPOCH);
    let full = values::values(&facts, "Ann", &text.language, "https://usher.example/c/1")?;
    let mut needs = BTreeSet::new();
    for (part, source) in [("subject", &text.subject), ("body", &text.body)] {
        let field = format!("{field}.{part}");
        check_names(&field, kind, source)?;
        if let Some(broken) = links::first_broken_in_template(source) {
            return Err(Error::invalid(field, "LINK_INVALID", format!("holds a link that {broken}")));
        }
        let rendered = render::fill(source, &full).map_err(|fault| invalid(&field, &fault))?;
        if part == "subject" && rendered.text.trim().contains(char::is_control) {
            return Err(Error::invalid(field, "TEMPLATE_INVALID", "must make one line"));
        }
        needs.extend(needed(kind, source, &full));
    }
    Ok(Variant { language: text.language, subject: text.subject, body: text.body, needs })
}

fn check_names(field: &str, kind: MessageKind, source: &str) -> Result<()> {
    let allowed = facts::variables(kind);
    let list = || allowed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    for name in render::names(source).map_err(|fault| invalid(field, &fault))? {
        if allowed.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let (reason, who) = match variables::find(&name) {
            Some(_) => ("VARIABLE_NOT_OF_KIND", "no message of this kind has"),
            None => ("VARIABLE_UNKNOWN", "no message has"),
        };
        return Err(Error::invalid(field, reason, format!("names {name}, which {who}; there are: {}", list())));
    }
    Ok(())
}

/// What it prints though a message of its kind may lack it.
fn needed(kind: MessageKind, source: &str, full: &Values) -> Vec<String> {
    let optional = facts::variables(kind).into_iter().filter(|(_, is_always_there)| !is_always_there);
    let is_needed = |name: &&str| {
        let without = render::fill(source, &full.without(name));
        matches!(without, Err(Fault::Empty { variable, .. }) if variable == *name)
    };
    optional.map(|(name, _)| name).filter(is_needed).map(str::to_owned).collect()
}

fn invalid(field: &str, fault: &Fault) -> Error {
    Error::invalid(field, "TEMPLATE_INVALID", fault.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KIND: MessageKind = MessageKind::InterviewInvitation;

    fn written(body: &str) -> Written {
        Written { language: "en".to_owned(), subject: "Hello".to_owned(), body: body.to_owned() }
    }

    fn reason(body: &str) -> String {
        variant("variants[0]", KIND, written(body)).map_or_else(|error| error.reason().to_owned(), |_| String::new())
    }

    #[test]
    fn a_text_names_only_what_its_kind_has() {
        assert_eq!(reason("Hi {{ name }}"), "");
        assert_eq!(reason("You get {{ salary }}"), "VARIABLE_UNKNOWN");
        assert_eq!(reason("You get {{ pay }}"), "VARIABLE_NOT_OF_KIND");
        assert_eq!(reason("{{ name"), "TEMPLATE_INVALID");
        assert_eq!(reason("{{ name | unheard_of }}"), "TEMPLATE_INVALID");
        assert_eq!(reason("{% include 'x' %}"), "TEMPLATE_INVALID");
        assert_eq!(reason("see javascript:alert(1)"), "LINK_INVALID");
        assert_eq!(reason("see https://a.example/{{ name }}"), "LINK_INVALID");
        let error = variant("variants[0]", KIND, written("line\n{{ salary }}")).unwrap_err();
        assert_eq!(error.violations()[0].0, "variants[0].body");
    }

    #[test]
    fn what_a_text_prints_without_asking_is_needed() {
        let needs = |body: &str| variant("x", KIND, written(body)).unwrap().needs.into_iter().collect::<Vec<_>>();
        assert!(needs("{{ position }}{% if materials %}{{ materials | join(', ') }}{% endif %}").is_empty());
        assert_eq!(needs("{{ materials | join(', ') }}{{ team_introduction }}"), ["materials", "team_introduction"]);
        assert_eq!(needs("{{ place }}"), ["place"], "it may be online");
        assert!(needs("{% if place %}{{ place }}{% else %}{{ link }}{% endif %}").is_empty());
    }

    #[test]
    fn one_text_for_each_language() {
        let twice = variants(KIND, vec![written("a"), written("b")]).unwrap_err();
        assert_eq!((twice.reason(), twice.violations()[0].0.as_str()), ("VARIANT_TWICE", "variants[1].language"));
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Rewrite,
        Publish,
        Archive,
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_published_text_never_changes(
            steps in prop::collection::vec(prop_oneof![Just(Step::Rewrite), Just(Step::Publish), Just(Step::Archive)], 0..12)
        ) {
            let now = DateTime::UNIX_EPOCH;
            let text = |body: String| vec![variant("x", KIND, written(&body)).unwrap()];
            let mut template = Template::draft(KIND, "", text("0".to_owned()), now);
            let mut published: Option<Vec<Variant>> = None;
            for (number, step) in steps.into_iter().enumerate() {
                let before = template.clone();
                let done = match step {
                    Step::Rewrite => template.rewrite(text(number.to_string()), "", now),
                    Step::Publish => template.publish("", now),
                    Step::Archive => template.archive("", now),
                };
                prop_assert_eq!(template.revision, before.revision + i64::from(done.is_ok()));
                prop_assert!(template.state as i32 >= before.state as i32, "it never goes back");
                if let Err(error) = done {
                    prop_assert_eq!(error.reason(), "TEMPLATE_STATE");
                }
                if template.publish_time.is_some() {
                    let text = published.get_or_insert_with(|| template.variants.clone());
                    prop_assert_eq!(&*text, &template.variants);
                }
            }
        }
    }
}
