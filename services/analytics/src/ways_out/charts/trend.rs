//! A rate from month to month.

use super::{
    axis::Axis,
    figure::{Interval, count, percent, place, tick_percent},
    marks::{point, reach, upright_whisker},
    page::{Head, Page},
    palette::{BLUE, INK, SERIES, Shape},
    svg::Path,
    text::{self, Style, boxed, line},
};

const LEFT: f64 = 52.0;
const RIGHT: f64 = 600.0;
const HEIGHT: f64 = 220.0;
const LINE: f64 = 16.0;
/// Two years of months; the earlier ones are only counted.
const MOST_POINTS: usize = 24;
/// Figures beside each other that are too wide stand on so many lines by turns.
const MOST_LINES: usize = 4;

/// A rate by month.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// Title, period, definition.
    pub head: Head,
    /// What the rate is a rate of: "No-show rate".
    pub measure: String,
    /// What the points are: "Month of the interview".
    pub months: String,
    /// With a smaller n a month is drawn hollow and left out of the line.
    pub minimum: u64,
    /// From the earliest to the latest, without gaps.
    pub points: Vec<Point>,
}

/// A month.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Which: "2026-03".
    pub label: String,
    /// How many of them did.
    pub k: u64,
    /// How many there were.
    pub n: u64,
    /// The share and its interval.
    pub rate: Interval,
}

impl Trend {
    /// Draws the chart.
    pub fn svg(&self) -> String {
        let mut page = Page::new(&self.head);
        if self.points.is_empty() {
            page.nothing();
            return page.finish();
        }
        let earlier = self.points.len().saturating_sub(MOST_POINTS);
        let points = &self.points[earlier..];
        let slot = (RIGHT - LEFT) / place(points.len());
        let x = |index: usize| LEFT + (place(index) + 0.5) * slot;
        let top = page.y + 28.0;
        let bottom = top + HEIGHT;
        let high = reach(points.iter().filter_map(|point| Some((point.rate.share()?, point.n < self.minimum))));
        let axis = Axis::round(0.0, high, 5, bottom, top);
        let title = page.lang.share_axis(&text::tidy(&self.measure));
        axis.upright(&mut page, (LEFT, RIGHT), tick_percent, &title);
        page.add(super::axis::line((LEFT, bottom), (RIGHT, bottom), INK));
        self.lines(&mut page, points, &axis, &x);
        self.marks(&mut page, points, &axis, &x);

        let months: Vec<String> = points.iter().map(|point| text::tidy(&point.label)).collect();
        let counts: Vec<String> = points.iter().map(|point| count(point.n)).collect();
        page.y = bottom + 4.0;
        by_turns(&mut page, &months, slot, &x, Style::TICK);
        page.add(boxed((LEFT, page.y), (RIGHT - LEFT, LINE), &self.months, Style::TICK.ink().middle()));
        page.y += LINE + 6.0;
        page.add(line(16.0, page.y + 11.5, "n", Style::TICK.ink()));
        by_turns(&mut page, &counts, slot, &x, Style::TICK.ink());
        if earlier > 0 {
            page.note(page.lang.sentence(&page.lang.and_earlier(earlier)));
        }
        if points.iter().any(|point| point.n < self.minimum) {
            page.note(page.lang.hollow(self.minimum));
        }
        if points.iter().filter_map(|point| point.rate.share()).any(|rate| axis.ends_before(rate.upper)) {
            page.note(page.lang.arrow().to_owned());
        }
        page.finish()
    }

    /// The months that can be relied on, in runs without a gap.
    fn runs(&self, points: &[Point]) -> Vec<Vec<(usize, Interval)>> {
        let mut runs = vec![Vec::new()];
        for (index, point) in points.iter().enumerate() {
            match (point.rate.share(), runs.last_mut()) {
                (Some(rate), Some(run)) if point.n >= self.minimum => run.push((index, rate)),
                _ => runs.push(Vec::new()),
            }
        }
        runs
    }

    fn lines(&self, page: &mut Page, points: &[Point], axis: &Axis, x: &impl Fn(usize) -> f64) {
        let fill = page.hatching("band", SERIES[0], 0.3);
        for run in self.runs(points).iter().filter(|run| run.len() > 1) {
            let (mut band, mut line) = (Path::default(), Path::default());
            for (at, (index, rate)) in run.iter().enumerate() {
                let x = x(*index);
                if at == 0 {
                    band.start(x, axis.at(rate.upper));
                    line.start(x, axis.at(rate.value));
                } else {
                    band.line(x, axis.at(rate.upper));
                    line.line(x, axis.at(rate.value));
                }
            }
            for (index, rate) in run.iter().rev() {
                band.line(x(*index), axis.at(rate.lower));
            }
            band.close();
            page.add(band.element().set("fill", fill.as_str()));
            page.add(line.element().set("fill", "none").set("stroke", BLUE).set("stroke-width", 2.0));
        }
    }

    fn marks(&self, page: &mut Page, points: &[Point], axis: &Axis, x: &impl Fn(usize) -> f64) {
        for (index, month) in points.iter().enumerate() {
            let rate = month.rate.share();
            page.say(page.lang.said_rate(&text::tidy(&month.label), month.k, month.n, rate));
            let Some(rate) = rate else {
                page.add(line(x(index), axis.at(0.0) - 6.0, "?", Style::TICK.middle()));
                continue;
            };
            for part in upright_whisker(axis, rate, x(index), BLUE) {
                page.add(part);
            }
            page.add(point(Shape::Circle, (x(index), axis.at(rate.value)), BLUE, month.n < self.minimum));
            if index + 1 == points.len() {
                let y = axis.at(rate.value);
                page.add(boxed((RIGHT + 6.0, y - 9.0), (62.0, 18.0), &percent(rate.value), Style::LABEL.bold()));
            }
        }
    }
}

/// Figures below their points; on several lines by turns where they are wider than the points are apart.
fn by_turns(page: &mut Page, figures: &[String], slot: f64, x: &impl Fn(usize) -> f64, style: Style) {
    let widest = figures.iter().map(|figure| style.width(figure)).fold(0.0, f64::max) + 6.0;
    let lines = (1..MOST_LINES).find(|lines| widest <= slot * place(*lines)).unwrap_or(MOST_LINES);
    // The first has no neighbour to its left, but the edge of the paper.
    let room = (slot * place(lines) - 4.0).min(widest).min(2.0 * (x(0) - 28.0));
    for (index, figure) in figures.iter().enumerate() {
        let y = page.y + place(index % lines) * LINE;
        page.add(boxed((x(index) - room / 2.0, y), (room, LINE), figure, style.middle()));
    }
    page.y += place(lines.min(figures.len())) * LINE;
}
