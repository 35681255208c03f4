//! What every page has in common.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};

use crate::{
    assets,
    lang::{Lang, Wish},
};

/// Language, style sheet, and the way to the same page in the other language.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// The page's language.
    pub lang: Lang,
    /// What of the address the next page needs.
    pub wish: Wish,
    /// Where the style sheet is.
    pub style: &'static str,
}

impl Frame {
    /// For a page about nothing in particular.
    pub fn new(wish: Wish) -> Self {
        Self::within(wish, "")
    }

    /// For a page about something in the given IANA zone.
    pub fn within(wish: Wish, zone: &str) -> Self {
        Self { lang: wish.lang(zone), wish, style: assets::style_path() }
    }

    /// For a page about something that was written in the given language.
    pub fn speaking(wish: Wish, language: &str) -> Self {
        Self::within(wish, if language == "zh-CN" { "Asia/Shanghai" } else { "" })
    }

    /// One of two texts.
    pub fn say<T>(self, zh: T, en: T) -> T {
        self.lang.pick(zh, en)
    }
}

/// A page.
pub fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            // Rendering writes to memory and can not fail but by a fault in a template.
            tracing::error!(%error, "a page can not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
