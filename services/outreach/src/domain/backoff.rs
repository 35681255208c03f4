//! When to try again: exponential, with full jitter, so that many messages that failed together do not come back together.

use chrono::TimeDelta;

/// So many tries in all.
pub const TRIES: i32 = 8;

const FIRST: TimeDelta = TimeDelta::seconds(10);
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// The pause after a failed try. `chance` is a random number from 0 up to 1.
pub fn pause(tries: i32, chance: f64) -> TimeDelta {
    let doublings = u32::try_from(tries.clamp(1, 20) - 1).unwrap_or_default();
    let ceiling = (FIRST * 2_i32.pow(doublings)).min(LONGEST);
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "milliseconds of at most an hour")]
    let millis = (ceiling.num_milliseconds() as f64 * chance.clamp(0.0, 1.0)) as i64;
    TimeDelta::milliseconds(millis.max(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_never_vanish() {
        assert_eq!(pause(1, 1.0), TimeDelta::seconds(10));
        assert_eq!(pause(3, 1.0), TimeDelta::seconds(40));
        assert_eq!(pause(20, 1.0), TimeDelta::hours(1));
        assert_eq!(pause(5, 0.0), TimeDelta::seconds(1));
    }
}
