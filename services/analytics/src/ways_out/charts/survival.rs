//! How long things last: the share not yet hired or filled by day, after Kaplan and Meier.

mod names;

use super::{
    axis::{self, Axis},
    figure::{Interval, tick_percent, tick_plain},
    marks::point,
    page::{Head, Page},
    palette::{BLACK, SERIES, Series},
    svg::{Element, Path},
    text,
};

const LEFT: f64 = 52.0;
const RIGHT: f64 = 472.0;
const HEIGHT: f64 = 250.0;
/// Beyond a century something is wrong with the days, not with the process.
const LONGEST: f64 = 36_500.0;

/// Step curves with bands, one for each group. After the fourth they are only counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// Title, period, definition.
    pub head: Head,
    /// What the share is a share of: "Applications not yet hired".
    pub measure: String,
    /// The event that day 0 is the day of: "application".
    pub since: String,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// One group.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Which.
    pub label: String,
    /// How many it began with.
    pub n: u64,
    /// Where the share falls, from day to day. Before the first step it is 1.
    pub steps: Vec<Step>,
    /// The last day on which anybody was observed.
    pub until: f64,
    /// The days on which somebody was not followed any longer.
    pub censored: Vec<f64>,
    /// The day by which half are done, if it is reached.
    pub median: Option<Median>,
    /// How many were at risk on some days; best those of [`Survival::days`].
    pub at_risk: Vec<AtRisk>,
}

/// A fall of the share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// On which day.
    pub day: f64,
    /// The share from that day on.
    pub share: Interval,
}

/// The day by which half are done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Median {
    /// In days.
    pub day: f64,
    /// The lower end of its 95 % interval, if there is one.
    pub lower: Option<f64>,
    /// The upper end, if there is one.
    pub upper: Option<f64>,
}

/// How many are still waiting and still observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtRisk {
    /// On which day.
    pub day: u32,
    /// How many.
    pub n: u64,
}

/// A curve with everything finite and in order.
struct Drawn<'a> {
    curve: &'a Curve,
    series: Series,
    /// Empty where something was not finite.
    steps: Vec<Step>,
    until: f64,
}

impl Survival {
    /// The days that the axis of a chart of so many days marks: those to give the numbers at risk for.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole days within a century")]
    pub fn days(until: f64) -> Vec<u32> {
        Self::axis(until).ticks().into_iter().map(|day| day.round() as u32).collect()
    }

    fn axis(until: f64) -> Axis {
        let until = if until.is_finite() { until.clamp(0.0, LONGEST) } else { 0.0 };
        // No less than five, so that no step is less than a day.
        Axis::round(0.0, until.max(5.0), 6, LEFT, RIGHT)
    }

    /// Draws the chart.
    pub fn svg(&self) -> String {
        let mut page = Page::new(&self.head);
        if self.curves.is_empty() {
            page.nothing();
            return page.finish();
        }
        let curves: Vec<Drawn> =
            self.curves.iter().zip(SERIES).map(|(curve, series)| Drawn::new(curve, series)).collect();
        let top = page.y + 28.0;
        let bottom = top + HEIGHT;
        let across = Self::axis(curves.iter().map(|curve| curve.until).fold(0.0, f64::max));
        let upright = Axis::round(0.0, 1.0, 5, bottom, top);
        let measure = page.lang.share_axis(&text::tidy(&self.measure));
        upright.upright(&mut page, (LEFT, RIGHT), tick_percent, &measure);
        let since = page.lang.day_axis(&text::tidy(&self.since));
        page.y = across.across(&mut page, (top, bottom), tick_plain, &since);
        for (index, curve) in curves.iter().enumerate() {
            curve.band(&mut page, index, &across, &upright);
        }
        let half = upright.at(0.5);
        if let Some(last) = curves.iter().filter_map(|curve| Some(curve.half()?.day)).reduce(f64::max) {
            page.add(dotted((LEFT, half), (across.at(last), half)));
        }
        for curve in &curves {
            curve.median(&mut page, &across, &upright);
            curve.line(&mut page, &across, &upright);
        }
        names::names(&mut page, &curves, &across, &upright);
        names::at_risk(&mut page, &curves, &across);
        page.note(page.lang.survival_signs().to_owned());
        if self.curves.len() > curves.len() {
            let more = page.lang.and_more(self.curves.len() - curves.len());
            page.note(page.lang.sentence(&more));
        }
        page.finish()
    }
}

impl<'a> Drawn<'a> {
    fn new(curve: &'a Curve, series: Series) -> Self {
        let step = |step: &Step| {
            let share = step.share.share()?;
            step.day.is_finite().then(|| Step { day: step.day.clamp(0.0, LONGEST), share })
        };
        let mut steps: Vec<Step> = curve.steps.iter().map(step).collect::<Option<_>>().unwrap_or_default();
        steps.sort_by(|a, b| a.day.total_cmp(&b.day));
        let last = steps.last().map_or(0.0, |step| step.day);
        let until = if curve.until.is_finite() { curve.until.clamp(last, LONGEST) } else { last };
        Self { curve, series, steps, until }
    }

    /// The share on a day.
    fn at(&self, day: f64) -> f64 {
        self.steps.iter().take_while(|step| step.day <= day).last().map_or(1.0, |step| step.share.value)
    }

    /// The corners of a step line through one part of the intervals.
    fn corners(&self, part: impl Fn(Interval) -> f64) -> Vec<(f64, f64)> {
        let mut corners = vec![(0.0, 1.0)];
        let mut level = 1.0;
        for step in &self.steps {
            corners.push((step.day, level));
            level = part(step.share);
            corners.push((step.day, level));
        }
        corners.push((self.until, level));
        corners
    }

    fn band(&self, page: &mut Page, index: usize, across: &Axis, upright: &Axis) {
        if self.steps.is_empty() {
            return;
        }
        let fill = page.hatching(&format!("band-{index}"), self.series, 0.25);
        let mut path = Path::default();
        path.start(across.at(0.0), upright.at(1.0));
        let back = self.corners(|share| share.lower);
        for (day, share) in self.corners(|share| share.upper).into_iter().chain(back.into_iter().rev()) {
            path.line(across.at(day), upright.at(share));
        }
        path.close();
        page.add(path.element().set("fill", fill));
    }

    fn line(&self, page: &mut Page, across: &Axis, upright: &Axis) {
        if self.steps.is_empty() && !self.curve.steps.is_empty() {
            return;
        }
        let mut path = Path::default();
        path.start(across.at(0.0), upright.at(1.0));
        for (day, share) in self.corners(|share| share.value) {
            path.line(across.at(day), upright.at(share));
        }
        let element = path.element().set("fill", "none").set("stroke", self.series.colour).set("stroke-width", 2.0);
        page.add(element.set("stroke-dasharray", self.series.dash));
        let mut places: Vec<(f64, f64)> = Vec::new();
        for day in self.curve.censored.iter().filter(|day| day.is_finite() && **day >= 0.0 && **day <= LONGEST) {
            places.push((across.at(*day).round(), upright.at(self.at(*day)).round()));
        }
        places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        // Ticks that would run together into a bar are one tick.
        places.dedup_by(|next, kept| next.0 - kept.0 < 4.0);
        for (x, y) in places {
            page.add(axis::line((x, y - 5.0), (x, y + 5.0), self.series.colour));
        }
        page.add(point(
            self.series.shape,
            (across.at(self.until), upright.at(self.at(self.until))),
            self.series.colour,
            false,
        ));
    }

    /// The median and its interval, if it is finite.
    fn half(&self) -> Option<Median> {
        self.curve.median.filter(|median| median.day.is_finite() && (0.0..=LONGEST).contains(&median.day))
    }

    fn median(&self, page: &mut Page, across: &Axis, upright: &Axis) {
        let Some(median) = self.half() else { return };
        let (x, y) = (across.at(median.day), upright.at(0.5));
        page.add(dotted((x, y), (x, upright.start())));
        page.add(point(self.series.shape, (x, y), self.series.colour, false));
    }
}

fn dotted(from: (f64, f64), to: (f64, f64)) -> Element {
    axis::line(from, to, BLACK).set("stroke-dasharray", "1.5 4")
}
