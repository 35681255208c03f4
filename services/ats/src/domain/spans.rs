//! Stretches of time, and what several have in common.

use chrono::{DateTime, Utc};

/// A stretch of time, its end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl Span {
    /// From one instant to another that is not before it.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// What both have.
    pub fn and(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

/// The same time, as stretches in order that neither touch nor overlap.
pub fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

/// What both have, of stretches as [`merged`] makes them.
pub fn common(left: &[Span], right: &[Span]) -> Vec<Span> {
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    let mut common = Vec::new();
    while let (Some(one), Some(other)) = (left.peek().copied(), right.peek().copied()) {
        common.extend(one.and(other));
        if one.end < other.end {
            left.next()
        } else {
            right.next()
        };
    }
    common
}

/// What is left of some stretches without others, both as [`merged`] makes them.
pub fn without(spans: &[Span], taken: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    for span in spans {
        let mut start = span.start;
        let from = taken.partition_point(|busy| busy.end <= span.start);
        for busy in taken[from..].iter().take_while(|busy| busy.start < span.end) {
            left.extend(Span::new(start, busy.start));
            start = start.max(busy.end);
        }
        left.extend(Span::new(start, span.end));
    }
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn spans() -> impl Strategy<Value = Vec<Span>> {
        let span = (0_i64..400, 1_i64..60)
            .prop_map(|(start, length)| Span { start: second(start), end: second(start + length) });
        proptest::collection::vec(span, 0..12)
    }

    fn holds(spans: &[Span], time: i64) -> bool {
        spans.iter().any(|span| span.start <= second(time) && second(time) < span.end)
    }

    fn is_merged(spans: &[Span]) -> bool {
        spans.iter().all(|span| span.start < span.end) && spans.windows(2).all(|pair| pair[0].end < pair[1].start)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]
        #[test]
        fn stretches_are_sets_of_seconds(left in spans(), right in spans()) {
            let (one, other) = (merged(left.clone()), merged(right.clone()));
            prop_assert!(is_merged(&one));
            let (both, rest) = (common(&one, &other), without(&one, &other));
            prop_assert!(is_merged(&rest));
            for time in 0..470 {
                prop_assert_eq!(holds(&one, time), holds(&left, time));
                prop_assert_eq!(holds(&both, time), holds(&left, time) && holds(&right, time), "{}", time);
                prop_assert_eq!(holds(&rest, time), holds(&left, time) && !holds(&right, time), "{}", time);
            }
        }
    }
}
