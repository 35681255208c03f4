//! Kaplan and Meier's curve and the quantiles of what has happened, written down anew from the papers that docs/reports.md names.

/// The normal distribution's 97.5 % point.
const Z: f64 = 1.959_963_984_540_054;

/// How long one thing took, or is known not to have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Whole days.
    pub days: i64,
    /// Whether it happened then; else it is not known beyond it.
    pub has_happened: bool,
}

/// The curve at one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The day.
    pub day: i64,
    /// For which share it has not happened by its end.
    pub share: f64,
    /// The interval of that.
    pub bounds: (f64, f64),
}

/// The curve, at each day at which something is known of anything.
pub fn curve(spans: &[Span]) -> Vec<Point> {
    let mut days: Vec<i64> = spans.iter().map(|span| span.days).collect();
    days.sort_unstable();
    days.dedup();
    let mut points: Vec<Point> = Vec::new();
    for day in &days {
        // Anew from the beginning each time: slow, and nothing to get wrong.
        let so_far = days.iter().filter(|one| *one <= day);
        let at = |day: i64| {
            let at_risk = float(spans.iter().filter(|span| span.days >= day).count());
            let events = float(spans.iter().filter(|span| span.days == day && span.has_happened).count());
            (at_risk, events)
        };
        let (mut share, mut variance) = (1.0, 0.0);
        for (at_risk, events) in so_far.map(|day| at(*day)) {
            share *= (at_risk - events) / at_risk;
            variance += events / (at_risk * (at_risk - events));
        }
        let bounds = match share {
            // Of a share of nothing the variance is not known.
            share if share <= 0.0 => (0.0, points.last().map_or(1.0, |point| point.bounds.1)),
            share if share >= 1.0 => (1.0, 1.0),
            share => {
                let spread = (Z * variance.sqrt() / share.ln()).abs();
                (share.powf(spread.exp()), share.powf((-spread).exp()))
            }
        };
        points.push(Point { day: *day, share, bounds });
    }
    points
}

/// The first day by which the curve, or a bound of it, has come down to that.
pub fn day(points: &[Point], share: f64, of: impl Fn(&Point) -> f64) -> Option<i64> {
    points.iter().find(|point| of(point) <= share + 1e-12).map(|point| point.day)
}

/// Of whole numbers, what so large a share is not above: R's type 7.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
pub fn quantile(mut values: Vec<i64>, share: f64) -> Option<f64> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    let place = float(last) * share;
    let at = |place: usize| whole(values[place.min(last)]);
    let below = place.floor() as usize;
    Some(at(below) + place.fract() * (at(below + 1) - at(below)))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "days stay far below 2^52")]
fn whole(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_remission_times_of_6_mp() {
        // Freireich et al., Blood 21 (1963): S(6) = 0.857, S(23) = 0.448; the median is 23 weeks.
        let events = [6, 6, 6, 7, 10, 13, 16, 22, 23];
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let span = |has_happened| move |days: i64| Span { days, has_happened };
        let spans: Vec<Span> = events.map(span(true)).into_iter().chain(censored.map(span(false))).collect();
        let points = curve(&spans);
        let share = |day| points.iter().find(|point| point.day == day).unwrap().share;
        assert!((share(6) - 0.8571).abs() < 5e-5 && (share(23) - 0.4482).abs() < 5e-5);
        assert_eq!(day(&points, 0.5, |point| point.share), Some(23));
        assert_eq!(quantile(vec![1, 2, 4, 7], 0.5), Some(3.0));
    }
}
