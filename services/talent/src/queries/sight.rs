//! What a saved search finds at a moment: the index as it is then, and what means the same to the tenant.

use std::sync::Arc;

use chassis::{Error, Result, TenantId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::search::{self, Asking};
use crate::{
    domain::{
        saved_search::{BROADEST, Settings},
        synonyms::Synonyms,
    },
    index::{Index, Request, Sort},
};

/// An index, and what means the same to a tenant.
#[derive(Clone)]
pub struct Sight {
    pub tenant: TenantId,
    pub index: Arc<Index>,
    pub synonyms: Arc<Synonyms>,
}

impl Sight {
    /// Whether a search can be kept, and watched where that is wanted.
    pub async fn check(&self, settings: &Settings, now: DateTime<Utc>) -> Result<()> {
        if settings.watched {
            self.matching(settings, now).await?.map(drop).ok_or_else(too_broad)
        } else {
            asking(settings, &self.synonyms, now).map(drop)
        }
    }

    /// Who matches; `None` when they are too many to be watched.
    pub async fn matching(&self, settings: &Settings, now: DateTime<Utc>) -> Result<Option<Vec<Uuid>>> {
        let Asking { query, filters, .. } = asking(settings, &self.synonyms, now)?;
        let asked = Request {
            tenant: self.tenant.0,
            query,
            filters,
            sort: Sort::Recency,
            page_size: 0,
            after: None,
            facets: Vec::new(),
            facet_limit: 0,
            highlights: false,
            now: now.timestamp(),
        };
        let index = self.index.clone();
        tokio::task::spawn_blocking(move || index.everybody(&asked, BROADEST).map_err(|error| search::broken(&error)))
            .await
            .map_err(|error| Error::internal("a search broke off", &error))?
    }
}

/// What a saved search asks for; times that it names by their distance are counted from now.
pub fn asking(settings: &Settings, synonyms: &Synonyms, now: DateTime<Utc>) -> Result<Asking> {
    Asking::read(&settings.query, settings.filter.as_ref(), synonyms, now)
}

fn too_broad() -> Error {
    let message = "finds more than 100,000 people; narrow it, or keep it without watching it";
    Error::invalid("settings.query", "SAVED_SEARCH_TOO_BROAD", message)
}
