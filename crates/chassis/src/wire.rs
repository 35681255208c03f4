//! Between protobuf's well-known types and ours, and the small conventions of the API: etags and cursor pages.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use prost_types::{Duration, Timestamp};
use uuid::Uuid;

use crate::error::{Error, Result};

/// An instant for the wire.
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    // Sub-second nanoseconds are below 2e9 even in a leap second, so they fit.
    Timestamp { seconds: time.timestamp(), nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default() }
}

/// A duration for the wire.
pub fn duration(span: TimeDelta) -> Duration {
    Duration { seconds: span.num_seconds(), nanos: span.subsec_nanos() }
}

/// An instant from the wire, to the microsecond; years 1 to 9999 as protobuf defines them.
pub fn instant(field: &str, value: &Timestamp) -> Result<DateTime<Utc>> {
    u32::try_from(value.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000)
        .and_then(|nanos| Utc.timestamp_opt(value.seconds, nanos - nanos % 1_000).single())
        .filter(|time| (1..=9999).contains(&chrono::Datelike::year(time)))
        .ok_or_else(|| Error::invalid(field, "TIMESTAMP_OUT_OF_RANGE", "is not a time between the years 1 and 9999"))
}

/// An instant that has to be there.
pub fn required_instant(field: &str, value: Option<&Timestamp>) -> Result<DateTime<Utc>> {
    let value = value.ok_or_else(|| Error::invalid(field, "FIELD_REQUIRED", "is required"))?;
    instant(field, value)
}

/// A span from the wire, to the microsecond, never negative, at most 10,000 years.
pub fn span(field: &str, value: &Duration) -> Result<TimeDelta> {
    u32::try_from(value.nanos)
        .ok()
        .filter(|_| (0..=315_576_000_000).contains(&value.seconds))
        .and_then(|nanos| TimeDelta::new(value.seconds, nanos - nanos % 1_000))
        .ok_or_else(|| Error::invalid(field, "DURATION_OUT_OF_RANGE", "is not a duration from zero up"))
}

/// An id from the wire.
pub fn id<T: std::str::FromStr<Err = crate::ids::IdError>>(field: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error: crate::ids::IdError| Error::invalid(field, "ID_MALFORMED", error.to_string()))
}

/// An id from the wire that may be left empty.
pub fn optional_id<T: std::str::FromStr<Err = crate::ids::IdError>>(field: &str, text: &str) -> Result<Option<T>> {
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}

/// The etag of a row's version.
pub fn etag(version: i64) -> String {
    format!("v{version}")
}

/// Refuses an update that was made for another version. An empty etag asks for no check.
pub fn check_etag(sent: &str, version: i64) -> Result<()> {
    if sent.is_empty() || sent == etag(version) {
        return Ok(());
    }
    Err(Error::aborted("ETAG_MISMATCH", "it was changed since you read it; read it again and repeat your change")
        .with("etag", etag(version)))
}

/// Refuses a mask with a path that can not be updated; an empty mask too.
pub fn check_mask(mask: Option<&prost_types::FieldMask>, known: &[&str]) -> Result<Vec<String>> {
    let paths = mask.map(|mask| mask.paths.clone()).unwrap_or_default();
    if paths.is_empty() {
        return Err(Error::invalid(
            "update_mask",
            "UPDATE_MASK_EMPTY",
            format!("must name some of: {}", known.join(", ")),
        ));
    }
    match paths.iter().find(|path| !known.contains(&path.as_str())) {
        None => Ok(paths),
        Some(_) => Err(Error::invalid(
            "update_mask",
            "UPDATE_MASK_UNKNOWN_PATH",
            format!("may only name: {}", known.join(", ")),
        )),
    }
}

/// One page of a list in order of (time, id).
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// How many rows the caller gets.
    pub size: usize,
    /// The last row of the page before.
    pub after: Option<Cursor>,
}

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The order's first key.
    pub time: DateTime<Utc>,
    /// The order's second key, which makes it total.
    pub id: Uuid,
}

impl Page {
    /// From a request; a size of 0 means `default`.
    pub fn of(size: i32, default: usize, token: &str) -> Result<Self> {
        let size = usize::try_from(size).ok().filter(|size| *size > 0).unwrap_or(default);
        let after = if token.is_empty() { None } else { Some(Cursor::read(token)?) };
        Ok(Self { size, after })
    }

    /// How many rows to ask the database for: one more than the page, to know whether another follows.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size + 1).unwrap_or(i64::MAX)
    }

    /// Cuts the rows down to the page; with the token of the next page, or "" on the last one.
    pub fn cut<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> Cursor) -> (Vec<T>, String) {
        if rows.len() <= self.size {
            return (rows, String::new());
        }
        rows.truncate(self.size);
        let token = rows.last().map(|row| cursor(row).write()).unwrap_or_default();
        (rows, token)
    }
}

impl Cursor {
    fn write(self) -> String {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.time.timestamp_micros().to_be_bytes());
        bytes[8..].copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read(token: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid(
                "page_token",
                "PAGE_TOKEN_INVALID",
                "is not one that this method gave out; start without one",
            )
        };
        let bytes: [u8; 24] =
            URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
        let (micros, id) = bytes.split_at(8);
        let micros = i64::from_be_bytes(micros.try_into().map_err(|_| wrong())?);
        let time = Utc.timestamp_micros(micros).single().ok_or_else(wrong)?;
        Ok(Self { time, id: Uuid::from_slice(id).map_err(|_| wrong())? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_page_token_survives_the_round_trip(micros in 0_i64..4_000_000_000_000_000, bits: u128) {
            let cursor = Cursor { time: Utc.timestamp_micros(micros).unwrap(), id: Uuid::from_u128(bits) };
            prop_assert_eq!(Cursor::read(&cursor.write()).unwrap(), cursor);
        }

        #[test]
        fn no_token_text_and_no_timestamp_panics(text in "\\PC{0,60}", seconds: i64, nanos: i32) {
            let _ = Cursor::read(&text);
            let _ = instant("x", &Timestamp { seconds, nanos });
            let _ = span("x", &Duration { seconds, nanos });
        }
    }

    #[test]
    fn a_page_says_whether_another_follows() {
        let page = Page::of(2, 50, "").unwrap();
        let cursor = |n: &u32| Cursor { time: Utc.timestamp_opt(i64::from(*n), 0).unwrap(), id: Uuid::nil() };
        assert_eq!(page.cut(vec![1, 2], cursor).1, "");
        let (rows, token) = page.cut(vec![1, 2, 3], cursor);
        assert_eq!(rows, [1, 2]);
        assert_eq!(Page::of(2, 50, &token).unwrap().after, Some(cursor(&2)));
    }
}
