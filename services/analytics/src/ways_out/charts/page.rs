//! What surrounds every chart: title, subtitle, notes, source, and the words for those who do not see the picture.

use super::{
    figure::count,
    palette::{PAPER, Series},
    svg::Element,
    text::{self, Style},
    words::Lang,
};

/// The width of every chart in px.
pub(super) const WIDTH: f64 = 680.0;
/// What stays free at the left and at the right.
pub(super) const MARGIN: f64 = 16.0;
/// More rows make no chart that anybody reads, nor one that fits a page.
pub(super) const MOST_ROWS: usize = 20;
/// Fonts that are there already; the Chinese ones come after the Latin ones, which have no Chinese characters.
const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, \
                     'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";

/// What every chart says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Tells the ids of this chart from those of the others in the same document; any text, but a different one for each.
    pub id: String,
    /// The language of the fixed words.
    pub lang: Lang,
    /// What is shown.
    pub title: String,
    /// Which period, in words: "1 Jan – 31 Mar 2026".
    pub period: String,
    /// The zone in which its days begin, by its IANA name.
    pub zone: String,
    /// How many cases were counted in all.
    pub n: u64,
    /// How the figures are defined.
    pub definition: String,
    /// The version of the formula.
    pub formula: String,
}

/// A chart being drawn, from top to bottom.
#[derive(Debug)]
pub(super) struct Page<'a> {
    head: &'a Head,
    /// The language of the fixed words.
    pub(super) lang: Lang,
    /// Where the next thing may begin.
    pub(super) y: f64,
    definitions: Vec<Element>,
    body: Vec<Element>,
    sentences: Vec<String>,
    notes: Vec<String>,
}

impl<'a> Page<'a> {
    /// With title and subtitle.
    pub(super) fn new(head: &'a Head) -> Self {
        let mut page = Self {
            head,
            lang: head.lang,
            y: 12.0,
            definitions: Vec::new(),
            body: Vec::new(),
            sentences: Vec::new(),
            notes: Vec::new(),
        };
        page.paragraph(&head.title, Style::TITLE, 2);
        page.y += 3.0;
        let subtitle = page.lang.subtitle(&head.period, &head.zone, &count(head.n));
        page.paragraph(&subtitle, Style::LABEL.muted(), 2);
        page.sentences.push(page.lang.sentence(&text::tidy(&subtitle)));
        page.y += 14.0;
        page
    }

    /// Draws something.
    pub(super) fn add(&mut self, element: Element) {
        self.body.push(element);
    }

    /// Says in words what is drawn.
    pub(super) fn say(&mut self, sentence: String) {
        self.sentences.push(sentence);
    }

    /// Explains a sign below the chart, and in the words.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// That there is nothing to draw.
    pub(super) fn nothing(&mut self) {
        let nothing = self.lang.no_data();
        self.say(nothing.to_owned());
        self.add(text::line(WIDTH / 2.0, self.y + 40.0, nothing, Style::LABEL.muted().middle()));
        self.y += 80.0;
    }

    /// A `fill` that hatches in the manner of a series.
    pub(super) fn hatching(&mut self, name: &str, series: Series, strength: f64) -> String {
        let id = self.id(name);
        let tint =
            Element::new("rect").set("width", 7.0).set("height", 7.0).set("fill", series.colour).set("opacity", 0.1);
        let stroke = Element::new("line")
            .set("x1", 0.0)
            .set("y1", 3.5)
            .set("x2", 7.0)
            .set("y2", 3.5)
            .set("stroke", series.colour)
            .set("stroke-width", 1.5)
            .set("opacity", strength);
        let pattern = Element::new("pattern")
            .set("id", id.as_str())
            .set("width", 7.0)
            .set("height", 7.0)
            .set("patternUnits", "userSpaceOnUse")
            .set("patternTransform", format!("rotate({})", super::svg::number(series.angle)));
        self.definitions.push(pattern.with(tint).with(stroke));
        format!("url(#{id})")
    }

    /// The whole, with notes and source.
    pub(super) fn finish(mut self) -> String {
        self.y += 8.0;
        for note in std::mem::take(&mut self.notes) {
            self.paragraph(&note, Style::TICK.ink(), 3);
            self.y += 2.0;
            self.sentences.push(note);
        }
        let source = self.lang.source(&text::tidy(&self.head.definition), &text::tidy(&self.head.formula));
        self.y += 4.0;
        self.paragraph(&source, Style::TICK, 4);
        self.sentences.push(source);
        let height = (self.y + 12.0).ceil();
        let (title, description) = (self.id("title"), self.id("description"));
        let definitions = Element::new("defs").with_all(std::mem::take(&mut self.definitions));
        let size = super::svg::number;
        Element::new("svg")
            .set("xmlns", "http://www.w3.org/2000/svg")
            .set("width", WIDTH)
            .set("height", height)
            .set("viewBox", format!("0 0 {} {}", size(WIDTH), size(height)))
            .set("role", "img")
            .set("aria-labelledby", format!("{title} {description}"))
            .set("lang", self.lang.tag())
            .set("font-family", FONTS)
            .with(Element::new("title").set("id", title).text(text::tidy(&self.head.title)))
            .with(Element::new("desc").set("id", description).text(self.sentences.join(self.lang.pick(" ", ""))))
            .with(definitions)
            .with(Element::new("rect").set("width", WIDTH).set("height", height).set("fill", PAPER))
            .with_all(self.body)
            .to_string()
    }

    /// Lines of text over the whole width; the whole is in a `<title>` if it had to be cut.
    fn paragraph(&mut self, words: &str, style: Style, most: usize) {
        let whole = text::tidy(words);
        let lines = text::wrap(&whole, style.reckoned(), WIDTH - 2.0 * MARGIN, most);
        let is_cut = lines.last().is_some_and(|line| text::is_cut(line)) && !text::is_cut(&whole);
        for line in &lines {
            self.y += (style.size * 1.35).round();
            let line = text::line(MARGIN, self.y - 3.0, line, style);
            self.body.push(if is_cut { line.with(Element::new("title").text(whole.as_str())) } else { line });
        }
    }

    /// An id that no other chart of the document has: what an id may not hold is spelled out, so two prefixes stay two.
    fn id(&self, name: &str) -> String {
        let mut id = String::from("chart-");
        for c in self.head.id.chars() {
            if c.is_ascii_alphanumeric() || c == '-' {
                id.push(c);
            } else {
                id.push_str(&format!("_{:x}_", u32::from(c)));
            }
        }
        format!("{id}-{name}")
    }
}
