//! Simulated time. A day has four beats, at which everything happens that is due, and between which the clock is moved.
//!
//! Beats lie so that no two of them, and no beat and the start of an interview, are apart by what a report draws a line at
//! (whole hours of follow-up, whole days of a time to hire), but for beats that are whole days apart; what has to be told apart
//! from those happens at beats of its own. Mornings begin a little later each day of a week, so that what is due a day after a
//! morning is due at the next one.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

/// Where everybody lives: eight hours before UTC, without summer time and without holidays that the suite knows.
pub const ZONE: &str = "Asia/Singapore";
/// The beats of a day, in minutes after midnight UTC: 08:45, 12:35, 15:50 and 20:20 there.
const BEATS: [i64; 4] = [45, 275, 470, 740];
/// By how much mornings begin later from day to day.
const LATER: i64 = 6;
/// When interviews begin: 14:00 there.
const START: i64 = 360;
/// As `BEATS.len()`.
const A_DAY: usize = BEATS.len();

/// A moment at which things happen, counted from the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Beat(pub usize);

impl Beat {
    /// Recruiters' first of a day.
    pub fn morning(day: usize) -> Self {
        Self(day * A_DAY)
    }

    /// At which tasks are worked on.
    pub fn noon(day: usize) -> Self {
        Self(day * A_DAY + 1)
    }

    /// After the interviews of a day.
    pub fn afternoon(day: usize) -> Self {
        Self(day * A_DAY + 2)
    }

    /// The day in which it lies.
    pub fn day(self) -> usize {
        self.0 / A_DAY
    }

    /// So many later. Fewer than four are within a day.
    pub fn later(self, beats: usize) -> Self {
        Self(self.0 + beats)
    }

    /// One within a day after it, by a draw, that is none of the recruiters'.
    pub fn soon(self, draw: f64) -> Self {
        let open: Vec<Self> = (1..A_DAY).map(|beats| self.later(beats)).filter(|beat| beat.0 % A_DAY != 0).collect();
        let wanted = (1..open.len()).filter(|place| draw * share(open.len()) >= share(*place)).count();
        open[wanted]
    }
}

/// From beats to instants and back.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    monday: DateTime<Utc>,
}

impl Calendar {
    /// Begins with the first Monday after that.
    pub fn after(now: DateTime<Utc>) -> Self {
        let days = 7 - i64::from(now.weekday().num_days_from_monday());
        let midnight = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        Self { monday: midnight + TimeDelta::days(days) }
    }

    /// When a beat is.
    pub fn time(&self, beat: Beat) -> DateTime<Utc> {
        let (day, place) = (beat.day(), beat.0 % A_DAY);
        let later = if place == 0 { LATER * i64::try_from(day % 7).expect("a few") } else { 0 };
        self.midnight(day) + TimeDelta::minutes(BEATS[place] + later)
    }

    /// When the interviews of a day begin.
    pub fn start(&self, day: usize) -> DateTime<Utc> {
        self.midnight(day) + TimeDelta::minutes(START)
    }

    /// On which day that is.
    pub fn day(&self, time: DateTime<Utc>) -> usize {
        usize::try_from((time - self.monday).num_days()).expect("not before the beginning")
    }

    fn midnight(&self, day: usize) -> DateTime<Utc> {
        self.monday + TimeDelta::days(i64::try_from(day).expect("some hundred"))
    }
}

/// The day itself or, of a Saturday or Sunday, the Monday after it.
pub fn working_day(day: usize) -> usize {
    match day % 7 {
        5 => day + 2,
        6 => day + 1,
        _ => day,
    }
}

/// So many working days later.
pub fn working_days_after(day: usize, days: u64) -> usize {
    (0..days).fold(day, |day, _| working_day(day + 1))
}

#[expect(clippy::cast_precision_loss, reason = "a few")]
fn share(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_answers_in_the_morning_or_exactly_a_day_later() {
        for beat in (0..8).map(Beat) {
            for draw in [0.0, 0.3, 0.5, 0.7, 0.999] {
                let answer = beat.soon(draw);
                assert!(answer > beat && answer.0 < beat.0 + A_DAY && answer.0 % A_DAY != 0, "{beat:?} {answer:?}");
            }
        }
    }

    #[test]
    fn a_weekend_is_passed_over() {
        assert_eq!([4, 5, 6, 7].map(working_day), [4, 7, 7, 7]);
        assert_eq!(working_days_after(3, 3), 8);
    }
}
