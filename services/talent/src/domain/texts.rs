//! What each text field consists of.
//!
//! The index and the definition of a query ([`crate::domain::matching`]) read a person's texts through the same function,
//! so that they can not disagree about where a term stands. Between two texts of a field positions stay empty: a phrase
//! never runs from one into the next.

use crate::{
    domain::analysis::{GAP, Token, name_tokens, tokens},
    domain::document::Document,
    domain::query::TextField,
};

/// The fields, in the order of their [`number`].
pub const FIELDS: [TextField; 6] =
    [TextField::Any, TextField::Name, TextField::Title, TextField::Company, TextField::School, TextField::Resume];

/// Longer terms are in no text: nobody looks for them, and an index has to bound them.
pub const LONGEST_TERM: usize = 512;

/// Stands in no term, so that a list of terms can be written with it.
pub const TERM_END: char = '\0';

/// Where a field stands in arrays over [`FIELDS`].
pub fn number(field: TextField) -> usize {
    match field {
        TextField::Any => 0,
        TextField::Name => 1,
        TextField::Title => 2,
        TextField::Company => 3,
        TextField::School => 4,
        TextField::Resume => 5,
    }
}

/// The terms of all of a document's texts, and where they stand in each of [`FIELDS`]. A text is analysed once and its
/// terms are kept once, whatever the fields it belongs to.
#[derive(Debug, Default)]
pub struct Placed {
    terms: Vec<String>,
    fields: [Places; FIELDS.len()],
}

/// Of one field: numbers of terms, and their positions.
#[derive(Debug, Default)]
struct Places {
    places: Vec<(usize, u32)>,
    next: u32,
}

impl Placed {
    /// Analyses a document.
    pub fn of(document: &Document) -> Self {
        let Document { name, title, company, city, skills, summary, resume, schools, history, .. } = document;
        let mut placed = Self::default();
        placed.push(name_tokens(name), Some(TextField::Name));
        placed.push(tokens(title), Some(TextField::Title));
        placed.push(tokens(company), Some(TextField::Company));
        placed.push(tokens(city), None);
        placed.push(tokens(summary), None);
        placed.push(tokens(resume), Some(TextField::Resume));
        for text in skills.iter().chain(history) {
            placed.push(tokens(text), None);
        }
        for text in schools {
            placed.push(tokens(text), Some(TextField::School));
        }
        placed
    }

    /// How many terms a field has.
    pub fn length(&self, field: TextField) -> usize {
        self.fields[number(field)].places.len()
    }

    /// The terms of a field and their positions, in the order of its texts.
    pub fn terms(&self, field: TextField) -> impl Iterator<Item = (&str, u32)> {
        let places = self.fields[number(field)].places.iter();
        places.filter_map(|(term, position)| Some((self.terms.get(*term)?.as_str(), *position)))
    }

    /// Adds a text to the field that holds all, and to one of its own.
    fn push(&mut self, tokens: Vec<Token>, own: Option<TextField>) {
        let fields = [Some(TextField::Any), own];
        let from = fields.map(|field| field.map_or(0, |field| self.fields[number(field)].next));
        for token in tokens.into_iter().filter(|token| is_findable(&token.term)) {
            for (field, from) in fields.into_iter().zip(from) {
                let Some(field) = field else { continue };
                let position = from.saturating_add(token.position);
                let places = &mut self.fields[number(field)];
                places.places.push((self.terms.len(), position));
                places.next = places.next.max(position.saturating_add(1 + GAP));
            }
            self.terms.push(token.term);
        }
    }
}

/// Whether a term may be in a text at all.
fn is_findable(term: &str) -> bool {
    term.len() <= LONGEST_TERM && !term.contains(TERM_END)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_stay_empty_between_texts() {
        let document =
            Document { schools: vec!["A B".to_owned(), String::new(), "C".to_owned()], ..Document::default() };
        let placed = Placed::of(&document);
        for field in [TextField::Any, TextField::School] {
            assert_eq!(placed.terms(field).collect::<Vec<_>>(), [("a", 0), ("b", 1), ("c", 2 + GAP)]);
        }
        assert_eq!((placed.length(TextField::School), placed.length(TextField::Name)), (3, 0));
    }
}
