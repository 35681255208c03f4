//! How many of a cohort came how far, and how many may yet go on.

use super::{
    figure::{Interval, count, float, percent},
    page::{Head, MARGIN, Page, WIDTH},
    palette::{BLUE, INK, PAPER, SERIES},
    svg::Element,
    text::{self, Style, boxed, line},
    words::Lang,
};

const ROW: f64 = 48.0;
/// More do not fit a page.
const MOST_STAGES: usize = 16;
const BAR: f64 = 20.0;
/// The width of the labels, at least and at most.
const LABELS: (f64, f64) = (80.0, 200.0);
const FIGURES: f64 = 160.0;

/// The stages of one cohort, in order. After the sixteenth they are only counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// Title, period, definition.
    pub head: Head,
    /// The stages, the first with the whole cohort.
    pub stages: Vec<Stage>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name.
    pub label: String,
    /// How many of the cohort came so far.
    pub n: u64,
    /// How many of these are there still, neither further nor out.
    pub in_process: u64,
    /// The conversion from the stage before; none for the first.
    pub conversion: Option<Conversion>,
}

/// How many went on from the stage before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion {
    /// How many went on.
    pub k: u64,
    /// Of how many.
    pub n: u64,
    /// The share and its interval.
    pub share: Interval,
}

impl Funnel {
    /// Draws the chart.
    pub fn svg(&self) -> String {
        let mut page = Page::new(&self.head);
        let stages = &self.stages[..self.stages.len().min(MOST_STAGES)];
        let Some(first) = stages.first() else {
            page.nothing();
            return page.finish();
        };
        let (n_header, share_header) = page.lang.stage_header();
        let right = WIDTH - MARGIN;
        page.add(line(right - 78.0, page.y + 13.0, n_header, Style::TICK.end()));
        page.add(line(right, page.y + 13.0, share_header, Style::TICK.end()));
        page.y += 20.0;
        let most = stages.iter().map(|stage| stage.n).max().unwrap_or(0).max(1);
        let fill = page.hatching("in-process", SERIES[0], 0.9);
        let labels = text::widest(stages.iter().map(|stage| stage.label.clone()), Style::LABEL, LABELS);
        let words: Vec<String> =
            stages.iter().enumerate().map(|(index, stage)| stage.words(page.lang, index)).collect();
        // The words begin where the bars do, or as far to the left as the longest of them needs.
        let left = MARGIN + labels + 14.0;
        let longest = text::widest(words.iter().cloned(), Style::TICK, (0.0, right - MARGIN));
        let below = left.min(right - longest);
        for (stage, words) in stages.iter().zip(&words) {
            stage.draw(&mut page, words, (first.n, most), (left, below), &fill);
        }
        if self.stages.len() > stages.len() {
            let more = page.lang.and_more(self.stages.len() - stages.len());
            page.add(line(MARGIN, page.y + 14.0, &more, Style::LABEL.bold()));
            page.say(page.lang.sentence(&more));
            page.y += 20.0;
        }
        if stages.iter().any(|stage| stage.in_process > 0) {
            page.note(page.lang.still_open().to_owned());
        }
        page.finish()
    }
}

impl Stage {
    /// How many are still there; never more than came.
    fn open(&self) -> u64 {
        self.in_process.min(self.n)
    }

    /// The conversion and who is still there, in words.
    fn words(&self, lang: Lang, index: usize) -> String {
        let conversion = self.conversion.map(|step| match step.share.share() {
            Some(share) => lang.conversion(share, step.k, step.n),
            None => lang.no_conversion().to_owned(),
        });
        let conversion = conversion.or_else(|| (index > 0).then(|| lang.no_conversion().to_owned()));
        let open = self.open();
        let open = (open > 0).then(|| lang.in_process(open));
        conversion.into_iter().chain(open).collect::<Vec<_>>().join(" · ")
    }

    fn draw(&self, page: &mut Page, words: &str, (first, most): (u64, u64), (left, below): (f64, f64), fill: &str) {
        let right = WIDTH - MARGIN;
        let length = |n: u64| (right - FIGURES - 12.0 - left) * float(n) / float(most);
        let open = self.open();
        let rect = |x: f64, width: f64, fill: &str| {
            let place = Element::new("rect").set("x", x).set("y", page.y).set("width", width).set("height", BAR);
            place.set("fill", fill)
        };
        let solid = length(self.n - open);
        let mut parts = vec![rect(left, solid, BLUE)];
        if open > 0 {
            parts.push(rect(left + solid, length(open), PAPER));
            parts.push(rect(left + solid, length(open), fill).set("stroke", BLUE).set("stroke-width", 1.5));
        }
        // Where nobody is, a line still shows where the bar would begin.
        parts.push(super::axis::line((left, page.y - 2.0), (left, page.y + BAR + 2.0), INK));
        for part in parts {
            page.add(part);
        }
        let share = (first > 0).then(|| percent((float(self.n) / float(first)).min(1.0)));
        let share = share.unwrap_or_else(|| page.lang.not_known().to_owned());
        page.add(boxed((MARGIN, page.y), (left - MARGIN - 14.0, BAR), &self.label, Style::LABEL));
        let figures = right - FIGURES;
        page.add(boxed((figures, page.y), (FIGURES - 78.0, BAR), &count(self.n), Style::LABEL.bold().end()));
        page.add(boxed((right - 72.0, page.y), (72.0, BAR), &share, Style::LABEL.end()));

        page.add(boxed((below, page.y + BAR + 2.0), (right - below, 17.0), words, Style::TICK));
        let said = if words.is_empty() { page.lang.in_process(0) } else { words.to_owned() };
        page.say(page.lang.said_stage(&text::tidy(&self.label), self.n, &share, &said));
        page.y += ROW;
    }
}
