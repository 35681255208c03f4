//! A search that somebody keeps, and what it means that somebody begins to match it.

use chassis::id;
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::talent::v1::{SearchFilter, WatchState};

id!(
    /// A saved search.
    SavedSearchId,
    "srch"
);

/// The most that a tenant keeps.
pub const MOST: i64 = 1_000;
/// The most people who may match when a watch begins. Each of them is written down.
pub const BROADEST: usize = 100_000;
/// Who stopped to match and matches again is no news sooner than this after somebody was told.
const NEWS_AGAIN: TimeDelta = TimeDelta::days(30);

/// A search that somebody keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedSearch {
    pub id: SavedSearchId,
    pub owner: String,
    pub settings: Settings,
    pub state: WatchState,
    pub watch_start_time: Option<DateTime<Utc>>,
    pub version: i64,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
}

/// What its owner says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub name: String,
    pub query: String,
    pub filter: Option<SearchFilter>,
    pub watched: bool,
    pub shared: bool,
}

impl Settings {
    /// Whether the two find the same.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.query == other.query && self.filter == other.filter
    }
}

/// What is known of a person and a watched search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub holds: bool,
    /// `None` for those who matched when the watch began.
    pub told_time: Option<DateTime<Utc>>,
}

/// What is known after a look, and whether somebody is to be told. `None` when nothing changes.
pub fn look(known: Option<Known>, matches: bool, now: DateTime<Utc>) -> Option<(Known, bool)> {
    match known {
        None if matches => Some((Known { holds: true, told_time: Some(now) }, true)),
        Some(known) if matches && !known.holds => {
            let is_news = known.told_time.is_none_or(|told| told + NEWS_AGAIN <= now);
            let told_time = if is_news { Some(now) } else { known.told_time };
            Some((Known { holds: true, told_time }, is_news))
        }
        Some(known) if !matches && known.holds => Some((Known { holds: false, ..known }, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    #[test]
    fn who_was_there_from_the_beginning_is_no_news_until_they_were_away() {
        let known = Known { holds: true, told_time: None };
        assert_eq!(look(Some(known), true, day(1)), None);
        let (away, is_news) = look(Some(known), false, day(2)).unwrap();
        assert_eq!((away.holds, is_news), (false, false));
        let (back, is_news) = look(Some(away), true, day(3)).unwrap();
        assert!(back.holds && is_news);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nobody_is_told_of_twice_within_thirty_days(looks in prop::collection::vec((0_i64..20, any::<bool>()), 0..60)) {
            let (mut known, mut today, mut told) = (None, 0, Vec::new());
            for (days, matches) in looks {
                today += days;
                if let Some((after, is_news)) = look(known, matches, day(today)) {
                    known = Some(after);
                    told.extend(is_news.then_some(today));
                }
                prop_assert_eq!(known.is_some_and(|known: Known| known.holds), matches);
            }
            prop_assert!(told.windows(2).all(|pair| pair[1] - pair[0] >= 30));
        }
    }
}
