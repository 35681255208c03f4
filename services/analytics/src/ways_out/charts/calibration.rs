//! Whether what was predicted came true, and how often each prediction was made.

use super::{
    axis::Axis,
    figure::{Interval, count, float, percent, percent_and_range, place, tick_count, tick_percent},
    marks::{point, reference, upright_whisker},
    page::{Head, MARGIN, MOST_ROWS, Page, WIDTH},
    palette::{BLUE, PAPER, SERIES, Shape, VERMILLION},
    svg::Element,
    text::{Style, boxed, line},
};

const LEFT: f64 = 58.0;
const SIDE: f64 = 350.0;
const BARS: f64 = 64.0;
/// Where the table begins.
const TABLE: f64 = 426.0;
const ROW: f64 = 17.0;

/// Predictions in bins against what was observed. After the twentieth bin they are only counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Title, period, definition.
    pub head: Head,
    /// With a smaller n a bin is drawn hollow.
    pub minimum: u64,
    /// The bins, from the lowest prediction to the highest.
    pub bins: Vec<Bin>,
}

/// The predictions between two shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// From this share.
    pub from: f64,
    /// To this share.
    pub to: f64,
    /// The mean of the predictions.
    pub predicted: f64,
    /// The share that came true, and its interval.
    pub observed: Interval,
    /// How many came true.
    pub k: u64,
    /// Of how many predictions.
    pub n: u64,
}

impl Calibration {
    /// Draws the chart.
    pub fn svg(&self) -> String {
        let mut page = Page::new(&self.head);
        if self.bins.is_empty() {
            page.nothing();
            return page.finish();
        }
        let bins = &self.bins[..self.bins.len().min(MOST_ROWS)];
        let top = page.y + 28.0;
        let bottom = top + SIDE;
        let across = Axis::round(0.0, 1.0, 5, LEFT, LEFT + SIDE);
        let upright = Axis::round(0.0, 1.0, 5, bottom, top);
        let (predicted, observed) = (page.lang.predicted(), page.lang.observed());
        upright.upright(&mut page, (LEFT, LEFT + SIDE), tick_percent, observed);
        let below = across.across(&mut page, (top, bottom), tick_percent, predicted);
        page.add(reference((LEFT, bottom), (LEFT + SIDE, top), VERMILLION));
        for bin in bins {
            self.bin(&mut page, bin, &across, &upright);
        }
        table(&mut page, bins, self.bins.len() - bins.len(), top, self.minimum);
        histogram(&mut page, bins, &across, below + 26.0);
        page.note(page.lang.diagonal().to_owned());
        if bins.iter().any(|bin| bin.n < self.minimum) {
            page.note(page.lang.hollow(self.minimum));
        }
        page.finish()
    }

    fn bin(&self, page: &mut Page, bin: &Bin, across: &Axis, upright: &Axis) {
        let observed = bin.observed.share();
        let predicted = share(bin.predicted);
        if let (Some(observed), Some(predicted)) = (observed, predicted) {
            let x = across.at(predicted);
            for part in upright_whisker(upright, observed, x, BLUE) {
                page.add(part);
            }
            page.add(point(Shape::Circle, (x, upright.at(observed.value)), BLUE, bin.n < self.minimum));
        }
        let of = page.lang.of(bin.k, bin.n);
        page.say(match predicted {
            Some(predicted) => page.lang.said_bin(predicted, &of, observed),
            None => page.lang.said(page.lang.not_known(), &of),
        });
    }
}

/// A share within 0 and 1.
fn share(value: f64) -> Option<f64> {
    value.is_finite().then(|| value.clamp(0.0, 1.0))
}

/// The figures beside the picture, since points that lie close leave no room for them within it.
fn table(page: &mut Page, bins: &[Bin], more: usize, top: f64, minimum: u64) {
    let right = WIDTH - MARGIN;
    let columns = [(TABLE, 62.0), (TABLE + 65.0, 112.0), (TABLE + 180.0, right - TABLE - 180.0)];
    let row = |page: &mut Page, cells: [&str; 3], index: usize, style: Style| {
        for ((x, width), cell) in columns.iter().zip(cells) {
            page.add(boxed((*x, top - 8.0 + place(index) * ROW), (*width, ROW), cell, style.end()));
        }
    };
    let header = page.lang.bins_header();
    row(page, header, 0, Style::TICK);
    for (index, bin) in bins.iter().enumerate() {
        let unknown = || page.lang.not_known().to_owned();
        let predicted = share(bin.predicted).map_or_else(unknown, percent);
        let observed = bin.observed.share().map_or_else(unknown, percent_and_range);
        let style = if bin.n < minimum { Style::TICK } else { Style::TICK.ink() };
        row(page, [&predicted, &observed, &count(bin.n)], index + 1, style);
    }
    if more > 0 {
        let more = page.lang.and_more(more);
        page.add(line(right, top + 4.0 + place(bins.len() + 1) * ROW, &more, Style::TICK.ink().bold().end()));
        page.say(page.lang.sentence(&more));
    }
}

/// How many predictions there were, below the axis that both share.
fn histogram(page: &mut Page, bins: &[Bin], across: &Axis, top: f64) {
    let bottom = top + BARS;
    let most = bins.iter().map(|bin| bin.n).max().unwrap_or(0).max(1);
    let fill = page.hatching("cases", SERIES[0], 0.9);
    let upright = Axis::round(0.0, float(most), 2, bottom, top);
    let cases = page.lang.cases();
    upright.upright(page, (LEFT, LEFT + SIDE), tick_count, cases);
    for bin in bins {
        let (Some(from), Some(to)) = (share(bin.from), share(bin.to)) else { continue };
        let (x, end) = (across.at(from.min(to)) + 1.0, across.at(to.max(from)) - 1.0);
        let y = upright.at(float(bin.n));
        let place = |fill: &str| {
            let place = Element::new("rect").set("x", x).set("y", y).set("width", (end - x).max(1.5));
            place.set("height", bottom - y).set("fill", fill)
        };
        page.add(place(PAPER));
        page.add(place(&fill).set("stroke", BLUE).set("stroke-width", 1.5));
    }
    page.add(super::axis::line((LEFT, bottom), (LEFT + SIDE, bottom), super::palette::INK));
    page.y = bottom + 8.0;
}
