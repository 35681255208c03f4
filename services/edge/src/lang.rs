//! Which language a page speaks: what the address asks for, else what the browser accepts, else what fits the zone.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, Uri, header::ACCEPT_LANGUAGE, request::Parts},
};
use serde::Deserialize;

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language of a tag; every Chinese is Chinese, every English is English.
    fn read(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        self.pick("zh-CN", "en")
    }

    /// One of two texts.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// The language that this one is not.
    pub fn other(self) -> Self {
        self.pick(Self::En, Self::Zh)
    }

    /// Its name in itself.
    pub fn own_name(self) -> &'static str {
        self.pick("中文", "English")
    }
}

/// What a request says about its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    asked: Option<Lang>,
    accepted: Option<Lang>,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    lang: String,
}

impl Wish {
    /// From a request's address and headers.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let asked = Query::<Asked>::try_from_uri(uri).ok().and_then(|query| Lang::read(&query.lang));
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).and_then(accepted);
        Self { asked, accepted }
    }

    /// The language of a page about something in the given IANA zone.
    pub fn lang(self, zone: &str) -> Lang {
        let local = if zone == "Asia/Shanghai" { Lang::Zh } else { Lang::En };
        self.asked.or(self.accepted).unwrap_or(local)
    }

    /// What was asked for by address, so that the next page speaks it too: `?lang=en`, or nothing.
    pub fn query(self) -> &'static str {
        self.asked.map_or("", |lang| lang.pick("?lang=zh-CN", "?lang=en"))
    }

    /// The same, behind another parameter: `&lang=en`, or nothing.
    pub fn and(self) -> &'static str {
        self.asked.map_or("", |lang| lang.pick("&lang=zh-CN", "&lang=en"))
    }
}

impl<S: Sync> FromRequestParts<S> for Wish {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri, &parts.headers))
    }
}

/// The language of ours that an `Accept-Language` header likes best; of two that it likes alike, the first.
fn accepted(header: &str) -> Option<Lang> {
    let liked = header.split(',').filter_map(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let lang = Lang::read(parts.next()?)?;
        let weight: f32 = match parts.find_map(|part| part.strip_prefix("q=")) {
            Some(weight) => weight.parse().ok()?,
            None => 1.0,
        };
        (weight > 0.0).then_some((lang, weight))
    });
    liked.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(lang, _)| lang)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn weighs_what_the_browser_accepts() {
        for (header, expected) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Lang::Zh)),
            ("de-DE, en;q=0.7, zh;q=0.9", Some(Lang::Zh)),
            ("fr, en-GB;q=0.2", Some(Lang::En)),
            ("en, zh", Some(Lang::En)),
            ("ZH_hant", Some(Lang::Zh)),
            ("zh;q=0, en;q=0.1", Some(Lang::En)),
            ("fr;q=1, *;q=0.5", None),
            ("zh;q=NaN, zh;q=much", None),
            ("", None),
        ] {
            assert_eq!(accepted(header), expected, "{header}");
        }
    }

    #[test]
    fn the_address_goes_before_the_browser_and_the_browser_before_the_zone() {
        let wish = |asked, accepted| Wish { asked, accepted };
        assert_eq!(wish(Some(Lang::En), Some(Lang::Zh)).lang("Asia/Shanghai"), Lang::En);
        assert_eq!(wish(None, Some(Lang::En)).lang("Asia/Shanghai"), Lang::En);
        assert_eq!(wish(None, None).lang("Asia/Shanghai"), Lang::Zh);
        assert_eq!(wish(None, None).lang("Europe/Berlin"), Lang::En);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn no_header_panics(header in "\\PC{0,80}") {
            let _ = accepted(&header);
        }
    }
}
