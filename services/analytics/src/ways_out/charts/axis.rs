//! Scales with round ticks, and the axes drawn from them.

use super::{
    figure::place,
    page::Page,
    palette::{GRID, INK},
    svg::Element,
    text::{self, Style},
};

/// A linear scale from values to px.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    /// From one tick to the next.
    pub(super) step: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// From the px `start` to the px `end`, over all of `low` to `high`, with at most about `most` round ticks.
    pub(super) fn round(low: f64, high: f64, most: u8, start: f64, end: f64) -> Self {
        // Nothing to spread out: some room at least.
        let span = (high - low).max(1e-3);
        let raw = span / f64::from(most.max(1));
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|unit| unit * power).into_iter().find(|step| *step >= raw * (1.0 - 1e-9));
        let step = step.unwrap_or(raw);
        let low = (low / step + 1e-9).floor() * step;
        let high = ((low + span).max(high) / step - 1e-9).ceil() * step;
        Self { low, high: high.max(low + step), step, start, end }
    }

    /// Where a value lies; what is beyond the ends lies at them.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.start + share * (self.end - self.start)
    }

    /// The px of the low end.
    pub(super) fn start(&self) -> f64 {
        self.start
    }

    /// The px of the high end.
    pub(super) fn end(&self) -> f64 {
        self.end
    }

    /// Whether a value lies beyond the high end.
    pub(super) fn ends_before(&self, value: f64) -> bool {
        value > self.high + self.step * 1e-6
    }

    /// The round values.
    pub(super) fn ticks(&self) -> Vec<f64> {
        (0..=100)
            .map(|index| self.low + place(index) * self.step)
            .take_while(|v| *v <= self.high + self.step / 2.0)
            .collect()
    }

    /// Across, with lines up to `top`; the title with the unit stands below. Returns where what follows may begin.
    pub(super) fn across(
        &self,
        page: &mut Page,
        (top, bottom): (f64, f64),
        tick: impl Fn(f64, f64) -> String,
        title: &str,
    ) -> f64 {
        for value in self.ticks() {
            let x = self.at(value);
            page.add(line((x, top), (x, bottom), GRID));
            page.add(text::line(x, bottom + 16.0, &tick(value, self.step), Style::TICK.middle()));
        }
        page.add(line((self.start, bottom), (self.end, bottom), INK));
        let title = text::cut(&text::tidy(title), Style::TICK.size, 640.0);
        // Centred below the axis, yet within the page.
        let half = text::width(&title, Style::TICK.size) / 2.0;
        let middle = f64::midpoint(self.start, self.end).min(664.0 - half).max(16.0 + half);
        page.add(text::line(middle, bottom + 34.0, &title, Style::TICK.ink().middle()));
        bottom + 42.0
    }

    /// Upright, with lines to `right`; the title with the unit stands above, level, where it can be read.
    pub(super) fn upright(
        &self,
        page: &mut Page,
        (left, right): (f64, f64),
        tick: impl Fn(f64, f64) -> String,
        title: &str,
    ) {
        for value in self.ticks() {
            let y = self.at(value);
            page.add(line((left, y), (right, y), GRID));
            page.add(text::line(left - 7.0, y + 4.0, &tick(value, self.step), Style::TICK.end()));
        }
        page.add(line((left, self.start), (left, self.end), INK));
        let title = text::cut(&text::tidy(title), Style::TICK.size, right - 16.0);
        page.add(text::line(16.0, self.end.min(self.start) - 14.0, &title, Style::TICK.ink()));
    }
}

/// A straight line of the usual width.
pub(super) fn line(from: (f64, f64), to: (f64, f64), colour: &'static str) -> Element {
    Element::new("line")
        .set("x1", from.0)
        .set("y1", from.1)
        .set("x2", to.0)
        .set("y2", to.1)
        .set("stroke", colour)
        .set("stroke-width", 1.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let ticks = |low, high, most| Axis::round(low, high, most, 0.0, 100.0).ticks();
        let close = |got: Vec<f64>, want: &[f64]| {
            assert_eq!(got.len(), want.len(), "{got:?}");
            assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9), "{got:?}");
        };
        close(ticks(0.0, 0.43, 5), &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5]);
        close(ticks(0.0, 1.0, 5), &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        close(ticks(-0.031, 0.082, 6), &[-0.04, -0.02, 0.0, 0.02, 0.04, 0.06, 0.08, 0.1]);
        close(ticks(0.0, 90.0, 6), &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        close(ticks(0.0, 0.0, 5), &[0.0, 0.000_2, 0.000_4, 0.000_6, 0.000_8, 0.001]);
    }

    #[test]
    fn values_beyond_the_ends_stay_on_paper() {
        let axis = Axis::round(0.0, 1.0, 5, 300.0, 100.0);
        assert!((axis.at(7.0) - 100.0).abs() < 1e-9 && (axis.at(-7.0) - 300.0).abs() < 1e-9);
        assert!((axis.at(0.5) - 200.0).abs() < 1e-9);
    }
}
