//! Figures and how they are written: 1,234 and 12.3 % in every language.

pub use crate::domain::wilson::Interval;

/// Between a number and its unit: narrow, and no line breaks there.
const THIN: char = '\u{202f}';

impl Interval {
    /// Within bounds and in order, so that a picture can be drawn from it. `None` if any part is not finite.
    pub(super) fn within(self, low: f64, high: f64) -> Option<Self> {
        let finite = self.value.is_finite() && self.lower.is_finite() && self.upper.is_finite();
        finite.then(|| {
            let value = self.value.clamp(low, high);
            Self { value, lower: self.lower.clamp(low, value), upper: self.upper.clamp(value, high) }
        })
    }

    /// Of a share.
    pub(super) fn share(self) -> Option<Self> {
        self.within(0.0, 1.0)
    }
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "positions on paper need no more than 52 bits")]
pub(super) fn float(n: u64) -> f64 {
    n as f64
}

/// The same of a length or an index.
#[expect(clippy::cast_precision_loss, reason = "no list is that long")]
pub(super) fn place(n: usize) -> f64 {
    n as f64
}

/// A count: 1,234. From ten million on it is rounded, 12.3 M, so that its place can be reckoned with and it is never cut.
pub(super) fn count(n: u64) -> String {
    if n >= 10_000_000 {
        return rounded(float(n));
    }
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count at a tick of an axis; half a case has no label.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 0 to a million")]
pub(super) fn tick_count(value: f64, step: f64) -> String {
    if value >= 1e6 {
        rounded(value)
    } else if (value - value.round()).abs() < step * 1e-6 {
        count(value.round() as u64)
    } else {
        String::new()
    }
}

fn rounded(n: f64) -> String {
    let units = [(1e18, 'E'), (1e15, 'P'), (1e12, 'T'), (1e9, 'G')];
    let (size, unit) = units.into_iter().find(|(size, _)| n >= *size).unwrap_or((1e6, 'M'));
    format!("{:.1}{THIN}{unit}", n / size)
}

/// A share in percent with one decimal. Rounding never makes none of little nor all of nearly all.
pub(super) fn percent(share: f64) -> String {
    format!("{}{THIN}%", tenths(share))
}

/// From one share to another: 10.2–15.0 %.
pub(super) fn percent_range(lower: f64, upper: f64) -> String {
    format!("{}–{}{THIN}%", tenths(lower), tenths(upper))
}

/// An estimate and its interval where there is little room: 3.3 % (1.7–6.4).
pub(super) fn percent_and_range(rate: Interval) -> String {
    format!("{} ({}–{})", percent(rate.value), tenths(rate.lower), tenths(rate.upper))
}

fn tenths(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.05 {
        "<0.1".to_owned()
    } else if (99.95..100.0).contains(&percent) {
        ">99.9".to_owned()
    } else {
        format!("{percent:.1}")
    }
}

/// A share at a tick of an axis; only as many decimals as the step between two ticks needs.
pub(super) fn tick_percent(share: f64, step: f64) -> String {
    let decimals = decimals(step * 100.0);
    let percent = share * 100.0;
    // A tick that rounding left beside zero is zero.
    let percent = if percent.abs() < step { (percent * 1e6).round() / 1e6 } else { percent };
    signed(percent, decimals, false)
}

/// The same with a sign: +5, −5.
pub(super) fn tick_points(share: f64, step: f64) -> String {
    let percent = (share * 1e8).round() / 1e6;
    signed(percent, decimals(step * 100.0), true)
}

/// A plain number at a tick.
pub(super) fn tick_plain(value: f64, step: f64) -> String {
    signed(value, decimals(step), false)
}

fn decimals(step: f64) -> usize {
    [1.0, 0.1, 0.01].iter().position(|unit| step > unit * 0.999).unwrap_or(3)
}

/// A difference of shares in points, with a true minus sign: +3.2, −0.4, 0.0.
pub(super) fn points(difference: f64) -> String {
    signed(difference * 100.0, 1, true)
}

/// Days, without a decimal where there is none.
pub(super) fn days(days: f64) -> String {
    if (days - days.round()).abs() < 0.05 { signed(days, 0, false) } else { signed(days, 1, false) }
}

fn signed(value: f64, decimals: usize, plus: bool) -> String {
    let text = format!("{:.decimals$}", value.abs());
    if text.chars().all(|c| matches!(c, '0' | '.')) {
        text
    } else if value < 0.0 {
        format!("−{text}")
    } else if plus {
        format!("+{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_figures() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234), "1,234");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12_345_678), "12.3\u{202f}M");
        assert_eq!(count(u64::MAX), "18.4\u{202f}E");
        assert_eq!(percent(0.123_4), "12.3\u{202f}%");
        assert_eq!(percent(0.000_1), "<0.1\u{202f}%");
        assert_eq!(percent(0.999_9), ">99.9\u{202f}%");
        assert_eq!(percent(1.0), "100.0\u{202f}%");
        assert_eq!(percent_range(0.0, 0.055), "0.0–5.5\u{202f}%");
        assert_eq!(points(0.032), "+3.2");
        assert_eq!(points(-0.004), "−0.4");
        assert_eq!(points(-0.000_1), "0.0");
        assert_eq!(tick_percent(0.05, 0.05), "5");
        assert_eq!(tick_percent(0.005, 0.005), "0.5");
        assert_eq!(tick_points(-0.1, 0.1), "−10");
        assert_eq!(days(23.0), "23");
        assert_eq!(days(23.5), "23.5");
    }

    #[test]
    fn puts_an_interval_in_order() {
        let crooked = Interval { value: 1.4, lower: 2.0, upper: -1.0 };
        assert_eq!(crooked.share(), Some(Interval { value: 1.0, lower: 1.0, upper: 1.0 }));
        assert_eq!(Interval { value: 0.5, lower: f64::NAN, upper: 0.6 }.share(), None);
        assert_eq!(Interval { value: 0.5, lower: 0.4, upper: f64::INFINITY }.share(), None);
    }
}
