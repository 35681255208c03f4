//! Rates of groups side by side, each with its interval and its n.

use std::collections::BTreeMap;

use super::{
    axis::Axis,
    figure::{Interval, percent, place, tick_percent},
    marks::{bracket, point, reach, reference, whisker},
    page::{Head, MARGIN, MOST_ROWS, Page, WIDTH},
    palette::{BLUE, GRID, PAPER, Shape, VERMILLION},
    svg::Element,
    text::{self, Style, boxed, line},
};

const ROW: f64 = 26.0;
/// The width of the labels, at least and at most.
const LABELS: (f64, f64) = (90.0, 200.0);
/// The width of "k of n", at least and at most.
const OF: (f64, f64) = (56.0, 164.0);
/// The width of the percent.
const PERCENT: f64 = 70.0;
const LANE: f64 = 24.0;
/// More brackets side by side are a maze; then the letters alone stand there.
const MOST_LANES: usize = 3;

/// A dot plot of rates, one row per group, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Title, period, definition.
    pub head: Head,
    /// What the rates are rates of: "Reply rate".
    pub measure: String,
    /// What the rows are: "Template".
    pub groups: String,
    /// The rate of all groups together.
    pub overall: Option<Interval>,
    /// With a smaller n a rate is not to be compared.
    pub minimum: u64,
    /// The groups. After the twentieth they are only counted.
    pub rows: Vec<Rate>,
}

/// The rate of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Rate {
    /// Which group.
    pub label: String,
    /// How many of them did.
    pub k: u64,
    /// How many there were.
    pub n: u64,
    /// The share and its interval.
    pub rate: Interval,
    /// The letters of the sets of rows, each of which the data can not tell apart: "A", "AB"; none if it stands alone.
    pub letters: String,
}

impl Rates {
    /// Draws the chart.
    pub fn svg(&self) -> String {
        let mut page = Page::new(&self.head);
        let overall = self.overall.and_then(Interval::share);
        if self.rows.is_empty() {
            page.nothing();
            return page.finish();
        }
        let rows = &self.rows[..self.rows.len().min(MOST_ROWS)];
        let lanes = lanes(rows);
        let room = if lanes.values().any(|lane| lane.column >= MOST_LANES) {
            LANE * place(MOST_LANES)
        } else {
            LANE * place(lanes.values().map(|lane| lane.column + 1).max().unwrap_or(0))
        };
        let right = WIDTH - MARGIN - room;
        let labels = text::widest(rows.iter().map(|row| row.label.clone()), Style::LABEL, LABELS);
        let of = text::widest(rows.iter().map(|row| page.lang.of(row.k, row.n)), Style::LABEL, OF);
        let rates = rows.iter().filter_map(|row| Some((row.rate.share()?, row.n < self.minimum)));
        let high = reach(rates.chain(overall.map(|rate| (rate, false))));
        let axis = Axis::round(0.0, high, 5, MARGIN + labels + 18.0, right - of - PERCENT - 28.0);

        let header = page.y;
        page.add(boxed((MARGIN, header), (labels, 18.0), &self.groups, Style::TICK));
        page.add(line(right - of - 16.0, header + 13.0, page.lang.rate_header(), Style::TICK.end()));
        page.add(line(right, header + 13.0, page.lang.of_header(), Style::TICK.end()));
        let top = header + 22.0;
        let bottom = top + place(rows.len()) * ROW + 4.0;
        let title = page.lang.with_interval(&text::tidy(&self.measure));
        let below = axis.across(&mut page, (top, bottom), tick_percent, &title);
        if let Some(rate) = overall {
            overall_line(&mut page, &axis, rate, (header, top, bottom));
        }
        for (index, row) in rows.iter().enumerate() {
            self.row(&mut page, &axis, row, (top + 2.0 + place(index) * ROW, right, labels, of));
        }
        brackets(&mut page, rows, &lanes, (right, top + 2.0, room));
        page.y = below;
        if self.rows.len() > rows.len() {
            let more = page.lang.and_more(self.rows.len() - rows.len());
            page.add(line(MARGIN, bottom + 16.0, &more, Style::LABEL.bold()));
            page.say(page.lang.sentence(&more));
        }
        if !lanes.is_empty() {
            page.note(page.lang.letters().to_owned());
        }
        if rows.iter().any(|row| row.n < self.minimum) {
            page.note(page.lang.hollow(self.minimum));
        }
        if rows.iter().filter_map(|row| row.rate.share()).any(|rate| axis.ends_before(rate.upper)) {
            page.note(page.lang.arrow().to_owned());
        }
        page.finish()
    }

    fn row(&self, page: &mut Page, axis: &Axis, row: &Rate, (top, right, labels, of): (f64, f64, f64, f64)) {
        let middle = top + ROW / 2.0;
        let rate = row.rate.share();
        let few = row.n < self.minimum;
        page.add(boxed((MARGIN, top), (labels, ROW), &row.label, Style::LABEL));
        if let Some(rate) = rate {
            page.add(super::axis::line((axis.start(), middle), (axis.at(rate.lower), middle), GRID));
            for part in whisker(axis, rate, middle, BLUE) {
                page.add(part);
            }
            page.add(point(Shape::Circle, (axis.at(rate.value), middle), BLUE, few));
        }
        let figure = rate.map_or_else(|| page.lang.not_known().to_owned(), |rate| percent(rate.value));
        let figures = right - of - 16.0 - PERCENT;
        if few {
            let words = page.lang.too_few(row.n);
            page.add(boxed((figures, top), (right - figures, ROW), &words, Style::LABEL.muted().end()));
        } else {
            let count = page.lang.of(row.k, row.n);
            let style = if rate.is_some() { Style::LABEL.bold() } else { Style::LABEL.muted() };
            page.add(boxed((figures, top), (PERCENT, ROW), &figure, style.end()));
            page.add(boxed((right - of, top), (of, ROW), &count, Style::LABEL.end()));
        }
        let label = text::tidy(&row.label);
        page.say(page.lang.said_rate(&label, row.k, row.n, rate));
        if few {
            page.say(page.lang.sentence(&page.lang.too_few(row.n)));
        }
        if !row.letters.is_empty() {
            page.say(page.lang.said_letters(&text::tidy(&row.letters)));
        }
    }
}

/// The rate of all, across the rows.
fn overall_line(page: &mut Page, axis: &Axis, rate: Interval, (header, top, bottom): (f64, f64, f64)) {
    let words = page.lang.overall(rate.value);
    let half = Style::TICK.width(&words) / 2.0;
    let (low, high) = (axis.at(0.0) + half - 8.0, axis.end() - half + 8.0);
    let x = axis.at(rate.value);
    page.add(line(x.min(high).max(low), header + 13.0, &words, Style::TICK.ink().middle()));
    page.add(reference((x, top - 4.0), (x, bottom), VERMILLION));
    page.say(page.lang.said_overall(rate));
}

/// Where the bracket of a letter stands, and over which rows.
struct Lane {
    column: usize,
    first: usize,
    last: usize,
}

/// Each letter in the first column whose brackets it does not meet.
fn lanes(rows: &[Rate]) -> BTreeMap<char, Lane> {
    let mut lanes: BTreeMap<char, Lane> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        for letter in row.letters.chars().filter(|c| c.is_alphanumeric()) {
            lanes.entry(letter).or_insert(Lane { column: 0, first: index, last: index }).last = index;
        }
    }
    let mut ends: Vec<usize> = Vec::new();
    let mut order: Vec<&mut Lane> = lanes.values_mut().collect();
    order.sort_by_key(|lane| lane.first);
    for lane in order {
        let free = ends.iter().position(|end| *end < lane.first);
        lane.column = free.unwrap_or(ends.len());
        if let Some(end) = ends.get_mut(lane.column) { *end = lane.last } else { ends.push(lane.last) }
    }
    lanes
}

fn brackets(page: &mut Page, rows: &[Rate], lanes: &BTreeMap<char, Lane>, (right, top, room): (f64, f64, f64)) {
    let style = Style::TICK.ink().bold();
    if lanes.values().any(|lane| lane.column >= MOST_LANES) {
        for (index, row) in rows.iter().enumerate() {
            let at = (right + 8.0, top + place(index) * ROW);
            page.add(boxed(at, (room - 8.0, ROW), &row.letters, style));
        }
        return;
    }
    for (letter, lane) in lanes {
        let x = right + LANE * place(lane.column) + 10.0;
        let (from, to) = (top + place(lane.first) * ROW, top + place(lane.last + 1) * ROW);
        let has = |row: &Rate| row.letters.contains(*letter);
        if lane.last > lane.first {
            page.add(bracket(x, from + 6.0, to - 6.0));
            // A row that the bracket passes over but that is not of the set has a gap in it.
            for (index, _) in rows.iter().enumerate().take(lane.last).skip(lane.first).filter(|(_, row)| !has(row)) {
                let y = top + place(index) * ROW;
                page.add(blank((x - 6.0, y), (8.0, ROW)));
            }
        }
        let at = (x + 4.0, f64::midpoint(from, to) - 9.0);
        page.add(boxed(at, (14.0, 18.0), &letter.to_string(), style));
    }
}

fn blank((x, y): (f64, f64), (width, height): (f64, f64)) -> Element {
    Element::new("rect").set("x", x).set("y", y).set("width", width).set("height", height).set("fill", PAPER)
}
