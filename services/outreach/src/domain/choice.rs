//! Which text of a template a reader gets: theirs by language, else the library's in their language, else the template's in
//! the other one. What is not as one would expect is told.

use super::{experiment::Assignment, library, template::Template};

/// The text that a message is made from.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// `tmpl_…`, or `builtin/interview_invitation/en/1`.
    pub template_id: String,
    /// That of all its versions, such as `default`.
    pub template_name: String,
    pub language: String,
    pub subject: String,
    pub body: String,
    /// For people: why it is another text than one would expect. Empty where it is not.
    pub note: String,
    /// The draw that chose it, where an experiment did.
    pub assignment: Option<Assignment>,
}

/// The text for a reader of a language, from the tenant's own template, the library's of the same name, or both. `None`
/// when there is neither.
pub fn choose(own: Option<&Template>, library: Option<&Template>, language: &str) -> Option<Chosen> {
    let spoken = |template: Option<&Template>| template.and_then(|template| text(template, language));
    if let Some(chosen) = spoken(own) {
        return Some(chosen);
    }
    if let Some(chosen) = spoken(library) {
        let note = own.map(|_| format!("the tenant's template has no text in {language}; this is the library's"));
        return Some(Chosen { note: note.unwrap_or_default(), ..chosen });
    }
    let template = own.or(library)?;
    let other = template.variants.first()?;
    let note = format!("the reader's language is {language}, and the template has a text in {} alone", other.language);
    Some(Chosen { note, ..text(template, &other.language)? })
}

fn text(template: &Template, language: &str) -> Option<Chosen> {
    let variant = template.variant(language)?;
    let template_id = match template.id.strip_prefix("builtin/") {
        Some(_) => format!("{}/{language}/{}", library::base(template), template.version),
        None => template.id.clone(),
    };
    Some(Chosen {
        template_id,
        template_name: template.name.clone(),
        language: language.to_owned(),
        subject: variant.subject.clone(),
        body: variant.body.clone(),
        ..Chosen::default()
    })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::template::{DEFAULT, Written, variants};

    fn own(languages: &[&str]) -> Template {
        let written = |language: &&str| Written {
            language: (*language).to_owned(),
            subject: "s".to_owned(),
            body: "b".to_owned(),
        };
        let texts = variants(MessageKind::Care, languages.iter().map(written).collect()).unwrap();
        Template::draft(MessageKind::Care, "", texts, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn the_readers_language_comes_first_and_what_replaces_it_is_told() {
        let library = library::whole(MessageKind::Care, DEFAULT);
        let (both, english) = (own(&["zh-CN", "en"]), own(&["en"]));
        let pick = |own: Option<&Template>, library: Option<&Template>| choose(own, library, "zh-CN").unwrap();
        let chosen = pick(Some(&both), library.as_ref());
        assert_eq!(
            (chosen.template_id, chosen.language.as_str(), chosen.note.as_str()),
            (both.id.clone(), "zh-CN", "")
        );
        let chosen = pick(None, library.as_ref());
        assert_eq!((chosen.template_id.as_str(), chosen.note.as_str()), ("builtin/care/zh-CN/1", ""));
        let chosen = pick(Some(&english), library.as_ref());
        assert_eq!(chosen.template_id, "builtin/care/zh-CN/1");
        assert!(chosen.note.contains("library"), "{}", chosen.note);
        let chosen = pick(Some(&english), None);
        assert_eq!((chosen.template_id, chosen.language.as_str()), (english.id.clone(), "en"));
        assert!(chosen.note.contains("zh-CN") && chosen.note.contains("en alone"), "{}", chosen.note);
        assert!(choose(None, None, "en").is_none());
    }
}
