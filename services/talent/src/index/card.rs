//! What a hit shows, in one column, so that a page needs neither the document store nor many columns.

use serde::{Deserialize, Serialize};

use crate::domain::document::Document;

/// So many characters of the summary are shown.
const SUMMARY: usize = 200;

/// What a hit shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Card {
    pub name: String,
    pub title: String,
    pub company: String,
    pub city: String,
    pub skills: Vec<String>,
    pub summary: String,
}

/// The long texts, for highlights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Body {
    pub summary: String,
    pub resume: String,
}

impl Card {
    /// Of a document.
    pub fn of(document: &Document) -> Self {
        Self {
            name: document.name.clone(),
            title: document.title.clone(),
            company: document.company.clone(),
            city: document.city.clone(),
            skills: document.skills.clone(),
            summary: document.summary.chars().take(SUMMARY).collect(),
        }
    }
}

impl Body {
    /// Of a document.
    pub fn of(document: &Document) -> Self {
        Self { summary: document.summary.clone(), resume: document.resume.clone() }
    }
}
