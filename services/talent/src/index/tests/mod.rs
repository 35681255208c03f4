//! The index against the definition of a query.

#![allow(clippy::cast_precision_loss)]

mod durability;
mod forgetting;
mod model;
mod pages;
mod ranking;
mod words;

use std::path::Path;

use uuid::Uuid;

use super::*;
use crate::domain::document::Document;
use crate::domain::query::{Clause, Condition, Query};

/// A time that everything in the tests is about.
pub const NOW: i64 = 1_764_000_000;
pub const DAY: i64 = 86_400;

pub fn settings() -> Settings {
    Settings { writer_memory: 15 << 20, merge_threads: 1 }
}

pub fn open(path: &Path) -> Index {
    Index::open(path, &settings()).unwrap()
}

pub fn clause(query: Query) -> Clause {
    Clause { query, columns: (1, 2) }
}

pub fn is(condition: Condition) -> Clause {
    clause(Query::Is(condition))
}

pub fn request(tenant: Uuid, query: Clause) -> Request {
    Request {
        tenant,
        query,
        filters: vec![],
        sort: Sort::Match,
        page_size: 10,
        after: None,
        facets: vec![],
        facet_limit: 100,
        highlights: false,
        now: NOW,
    }
}

pub fn put(index: &Index, documents: &[Document]) {
    let mut writer = index.writer();
    for document in documents {
        writer.put(document).unwrap();
    }
    writer.commit("").unwrap();
}
