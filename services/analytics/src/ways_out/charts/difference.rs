//! Differences between two shares, and whether chance decided who was in which group.

use super::{
    axis::Axis,
    figure::{Interval, place, tick_points},
    marks::{point, reference, whisker},
    page::{Head, MARGIN, MOST_ROWS, Page, WIDTH},
    palette::{BLUE, Shape, VERMILLION},
    text::{self, Style, boxed, line},
    words::Lang,
};

const ROW: f64 = 38.0;
/// The width of the labels, at least and at most.
const LABELS: (f64, f64) = (120.0, 220.0);
/// The width of the figures, at least and at most.
const FIGURES: (f64, f64) = (120.0, 200.0);

/// A forest plot, one row per comparison, in the order given. After the twentieth they are only counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Title, period, definition.
    pub head: Head,
    /// What differs: "Reply rate".
    pub measure: String,
    /// What the rows are: "Campaign".
    pub comparisons: String,
    /// The comparisons.
    pub rows: Vec<Comparison>,
}

/// A comparison of two groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Which.
    pub label: String,
    /// The difference of the shares: 0.03 is 3 points.
    pub difference: Interval,
    /// How the groups came about.
    pub design: Design,
    /// How many cases in both groups.
    pub n: u64,
}

/// How the groups of a comparison came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// By chance, so that a difference is an effect.
    Randomised,
    /// By themselves, so that a difference may have other reasons.
    Observed,
}

impl Difference {
    /// Draws the chart.
    pub fn svg(&self) -> String {
        let mut page = Page::new(&self.head);
        if self.rows.is_empty() {
            page.nothing();
            return page.finish();
        }
        let rows = &self.rows[..self.rows.len().min(MOST_ROWS)];
        let right = WIDTH - MARGIN;
        let known = || rows.iter().filter_map(|row| row.difference.within(-1.0, 1.0));
        let low = known().map(|d| d.lower).fold(-0.01, f64::min);
        let high = known().map(|d| d.upper).fold(0.01, f64::max);
        let below = text::widest(rows.iter().map(|row| row.origin(page.lang)), Style::TICK, LABELS);
        let labels = text::widest(rows.iter().map(|row| row.label.clone()), Style::LABEL, (below, LABELS.1));
        let words = known().map(|d| page.lang.difference(d)).chain([page.lang.difference_header().to_owned()]);
        let figures = text::widest(words, Style::LABEL, FIGURES);
        let axis = Axis::round(low, high, 6, MARGIN + labels + 18.0, right - figures - 18.0);

        let header = page.y;
        page.add(boxed((MARGIN, header), (labels, 18.0), &self.comparisons, Style::TICK));
        page.add(line(right, header + 13.0, page.lang.difference_header(), Style::TICK.end()));
        let top = header + 22.0;
        let bottom = top + place(rows.len()) * ROW + 2.0;
        let title = page.lang.difference_axis(&text::tidy(&self.measure));
        let below = axis.across(&mut page, (top, bottom), tick_points, &title);
        let words = page.lang.no_difference();
        let half = Style::TICK.width(words) / 2.0;
        let zero = axis.at(0.0);
        let at = zero.min(axis.end() - half + 8.0).max(axis.start() + half - 8.0);
        page.add(line(at, header + 13.0, words, Style::TICK.ink().middle()));
        page.add(reference((zero, top - 4.0), (zero, bottom), VERMILLION));
        for (index, row) in rows.iter().enumerate() {
            row.draw(&mut page, &axis, (top + place(index) * ROW, labels, figures));
        }
        page.y = below;
        if self.rows.len() > rows.len() {
            let more = page.lang.and_more(self.rows.len() - rows.len());
            page.add(line(MARGIN, bottom + 16.0, &more, Style::LABEL.bold()));
            page.say(page.lang.sentence(&more));
        }
        let [randomised, observed] = page.lang.designs();
        for (design, note) in [(Design::Randomised, randomised), (Design::Observed, observed)] {
            if rows.iter().any(|row| row.design == design) {
                page.note(note.to_owned());
            }
        }
        page.finish()
    }
}

impl Comparison {
    /// How the groups came about, and how large they are.
    fn origin(&self, lang: Lang) -> String {
        lang.origin(self.design == Design::Randomised, self.n)
    }

    fn draw(&self, page: &mut Page, axis: &Axis, (top, labels, figures): (f64, f64, f64)) {
        let right = WIDTH - MARGIN;
        let middle = top + ROW / 2.0;
        let (shape, hollow) = match self.design {
            Design::Randomised => (Shape::Square, false),
            Design::Observed => (Shape::Diamond, true),
        };
        page.add(boxed((MARGIN, top + 2.0), (labels, 18.0), &self.label, Style::LABEL));
        page.add(boxed((MARGIN, top + 19.0), (labels, 16.0), &self.origin(page.lang), Style::TICK));
        let difference = self.difference.within(-1.0, 1.0);
        if let Some(d) = difference {
            for part in whisker(axis, d, middle, BLUE) {
                page.add(part);
            }
            page.add(point(shape, (axis.at(d.value), middle), BLUE, hollow));
        }
        let words = difference.map_or_else(|| page.lang.not_known().to_owned(), |d| page.lang.difference(d));
        page.add(boxed((right - figures, top), (figures, ROW), &words, Style::LABEL.end()));
        page.say(page.lang.said_difference(&text::tidy(&self.label), &self.origin(page.lang), difference));
    }
}
