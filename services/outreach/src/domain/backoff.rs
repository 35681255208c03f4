//! When to try again: exponential, with full jitter, so that many messages that failed together do not come back together.

use chrono::TimeDelta;

/// So many tries a message has, and so many more when somebody gives it new ones.
pub const TRIES: i32 = 8;

const FIRST: TimeDelta = TimeDelta::seconds(10);
const LONGEST: TimeDelta = TimeDelta::hours(1);
/// However long the other side asks us to stay away.
const LONGEST_ASKED: TimeDelta = TimeDelta::hours(24);

/// The pause after a failed try. `chance` is a random number from 0 up to 1.
pub fn pause(tries: i32, chance: f64) -> TimeDelta {
    let doublings = u32::try_from(tries.clamp(1, 20) - 1).unwrap_or_default();
    let ceiling = (FIRST * 2_i32.pow(doublings)).min(LONGEST);
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "milliseconds of at most an hour")]
    let millis = (ceiling.num_milliseconds() as f64 * chance.clamp(0.0, 1.0)) as i64;
    TimeDelta::milliseconds(millis.max(1_000))
}

/// The same, and no shorter than the other side asks for, within a day. Those who were told the same come back spread
/// over the pause that they would have had anyway.
pub fn pause_asked(tries: i32, chance: f64, asked: Option<TimeDelta>) -> TimeDelta {
    let own = pause(tries, chance);
    match asked {
        Some(asked) if asked > TimeDelta::zero() => asked.min(LONGEST_ASKED) + own,
        _ => own,
    }
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

    #[test]
    fn what_the_other_side_asks_for_is_kept_within_a_day() {
        let asked = |seconds| pause_asked(1, 0.0, Some(TimeDelta::seconds(seconds)));
        assert_eq!(asked(120), TimeDelta::seconds(121));
        assert_eq!(asked(0), TimeDelta::seconds(1));
        assert_eq!(asked(-5), TimeDelta::seconds(1));
        assert_eq!(asked(10_000_000), LONGEST_ASKED + TimeDelta::seconds(1));
        assert_eq!(pause_asked(1, 1.0, None), TimeDelta::seconds(10));
    }
}
