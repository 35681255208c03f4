//! How wide text is, where it is cut and where its lines break.
//!
//! A server does not know the reader's font, so widths are reckoned on the wide side of the usual sans-serifs (DejaVu Sans
//! is the widest of them). What still comes out wider is clipped where it is drawn.

use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::{
    palette::{INK, MUTED},
    svg::Element,
};

/// Ends what was cut.
const ELLIPSIS: char = '…';
/// Nothing to see, but what stands before it belongs to a script written from right to left.
const RIGHT_TO_LEFT: char = '\u{200f}';
/// How far letters like J reach beyond their own width, in px.
const OVERHANG: f64 = 1.5;
/// More scalar values in one grapheme are no letter of any script but a heap of accents.
const LONGEST_GRAPHEME: usize = 12;

/// How text looks and to which side of its point it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// The size in px; 11 is the least that is read in print.
    pub(super) size: f64,
    bold: bool,
    fill: &'static str,
    anchor: &'static str,
}

impl Style {
    /// The name of the chart.
    pub(super) const TITLE: Self = Self { size: 16.0, bold: true, fill: INK, anchor: "start" };
    /// Labels and figures.
    pub(super) const LABEL: Self = Self { size: 12.0, bold: false, fill: INK, anchor: "start" };
    /// Ticks and notes.
    pub(super) const TICK: Self = Self { size: 11.0, bold: false, fill: MUTED, anchor: "start" };

    /// In the colour of what is read first.
    pub(super) const fn ink(self) -> Self {
        Self { fill: INK, ..self }
    }

    /// In the colour of what explains.
    pub(super) const fn muted(self) -> Self {
        Self { fill: MUTED, ..self }
    }

    /// In bold.
    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Centred at its point.
    pub(super) const fn middle(self) -> Self {
        Self { anchor: "middle", ..self }
    }

    /// Ending at its point.
    pub(super) const fn end(self) -> Self {
        Self { anchor: "end", ..self }
    }

    /// The width of a text in px, on the wide side.
    pub(super) fn width(self, text: &str) -> f64 {
        width(text, self.reckoned())
    }

    /// The size to reckon widths with: bold letters are wider.
    pub(super) fn reckoned(self) -> f64 {
        self.size * if self.bold { 1.1 } else { 1.0 }
    }
}

/// The width in px that the widest of some texts needs, at least and at most so much.
pub(super) fn widest(texts: impl IntoIterator<Item = String>, style: Style, (least, most): (f64, f64)) -> f64 {
    // A hair more, lest rounding cut what fits.
    texts.into_iter().map(|text| style.width(&tidy(&text)) + 0.5).fold(least, f64::max).min(most)
}

/// A line of text whose length is known to fit.
pub(super) fn line(x: f64, y: f64, text: &str, style: Style) -> Element {
    let element = Element::new("text").set("x", x).set("y", y).set("font-size", style.size).set("fill", style.fill);
    let element = if style.bold { element.set("font-weight", "bold") } else { element };
    let element = if style.anchor == "start" { element } else { element.set("text-anchor", style.anchor) };
    element.text(text)
}

/// A line of somebody's text within a box of its own, which clips what an unusual font makes too wide or too high. If it had
/// to be cut, the whole is in its `<title>`.
pub(super) fn boxed((x, y): (f64, f64), (room, height): (f64, f64), text: &str, style: Style) -> Element {
    let whole = tidy(text);
    let shown = cut(&whole, style.reckoned(), room);
    let at = match style.anchor {
        "end" => room,
        "middle" => room / 2.0,
        _ => 0.0,
    } + OVERHANG;
    let line = line(at, height / 2.0 + style.size * 0.36, &shown, style);
    let line = if shown == whole { line } else { line.with(Element::new("title").text(whole)) };
    let frame = Element::new("svg").set("x", x - OVERHANG).set("y", y);
    frame.set("width", room + 2.0 * OVERHANG).set("height", height).with(line)
}

/// One line, without what would turn or hide the text around it: control characters and overrides of direction.
pub(super) fn tidy(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c });
    let kept: String = visible
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    kept.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The width in px at a font size in px.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.graphemes(true).map(em).sum::<f64>() * size
}

/// At most so many px wide; the whole stays in the `<title>`.
pub(super) fn cut(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room && text.graphemes(true).all(|grapheme| grapheme.chars().count() <= LONGEST_GRAPHEME) {
        return text.to_owned();
    }
    let whole = width(text, size) <= room;
    let room = if whole { room } else { room - width("…", size) };
    let mut kept = String::new();
    let mut used = 0.0;
    for grapheme in text.graphemes(true) {
        used += em(grapheme) * size;
        if used > room {
            break;
        }
        let heap = grapheme.chars().count() > LONGEST_GRAPHEME;
        kept.extend(grapheme.chars().take(if heap { 1 } else { LONGEST_GRAPHEME }));
    }
    if !whole {
        kept.truncate(kept.trim_end().len());
        let leftward =
            kept.ends_with(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'));
        kept.push(ELLIPSIS);
        if leftward {
            // At the end as it is read, which is the left.
            kept.push(RIGHT_TO_LEFT);
        }
    }
    kept
}

/// Whether a line ends where it was cut.
pub(super) fn is_cut(line: &str) -> bool {
    line.trim_end_matches(RIGHT_TO_LEFT).ends_with(ELLIPSIS)
}

/// In lines of at most so many px, broken where the script allows it. What does not fit into the last line is cut.
pub(super) fn wrap(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut from = 0;
    for (to, _) in linebreaks(text) {
        let piece = &text[from..to];
        from = to;
        let last = lines.len() >= most;
        if let Some(line) = lines.last_mut() {
            let full = width(line, size) + width(piece.trim_end(), size) > room;
            if !full || line.is_empty() || last {
                line.push_str(piece);
            } else {
                lines.push(piece.to_owned());
            }
        }
    }
    lines.iter().map(|line| cut(line.trim_end(), size, room)).filter(|line| !line.is_empty()).collect()
}

/// The width of a grapheme in units of the font size.
fn em(grapheme: &str) -> f64 {
    let Some(first) = grapheme.chars().next() else { return 0.0 };
    match first {
        ' ' => 0.32,
        '\u{202f}' => 0.25,
        'i' | 'j' | 'l' | '|' | '\'' | '·' => 0.34,
        '!' | '.' | ',' | ':' | ';' | 'I' | '[' | ']' | '/' | '\\' | '(' | ')' | 't' | 'f' | 'r' | '-' => 0.42,
        'm' | '%' | '@' | 'W' | '…' | '—' => 1.0,
        'M' | 'w' | '+' | '−' | '<' | '>' | '=' | '~' | '≥' | '≤' | '#' | '_' | '^' => 0.88,
        'O' | 'Q' | 'G' | 'D' | 'H' | 'N' | 'U' => 0.8,
        'A'..='Z' => 0.72,
        '–' => 0.56,
        ' '..='~' => 0.64,
        _ => match (grapheme.width(), first) {
            (0, _) => 0.0,
            // A ligature of a whole phrase.
            (_, '\u{fdfa}' | '\u{fdfd}') => 9.0,
            (1, _) => 0.8,
            // Emoji are drawn wider than Chinese characters.
            (_, '\u{1f000}'..) => 1.4,
            _ if grapheme.contains('\u{fe0f}') => 1.4,
            _ => 1.02,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_width_and_never_within_a_character() {
        assert_eq!(cut("short", 12.0, 100.0), "short");
        let chinese = cut("校园招聘与社会招聘合并渠道", 12.0, 80.0);
        assert!(chinese.ends_with('…') && width(&chinese, 12.0) <= 80.0, "{chinese}");
        assert_eq!(chinese.chars().count(), 6);
        let family = "👩‍👩‍👧‍👦".repeat(9);
        let family = cut(&family, 12.0, 60.0);
        assert_eq!(family, "👩‍👩‍👧‍👦👩‍👩‍👧‍👦…");
        let heap = format!("a{}b", "\u{301}".repeat(40));
        assert_eq!(cut(&heap, 12.0, 60.0), "ab");
    }

    #[test]
    fn tidies_what_turns_the_line() {
        assert_eq!(tidy(" a\u{202e}b\r\n\tc  d\u{2066} "), "ab c d");
    }

    #[test]
    fn breaks_lines_where_the_script_allows() {
        let lines = wrap("Applications that were answered within seven days of their arrival", 12.0, 150.0, 9);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line, 12.0) <= 150.0), "{lines:?}");
        assert!(lines.iter().all(|line| !line.starts_with(' ') && !line.ends_with('…')));
        let lines = wrap("七天内得到答复的申请,占全部申请的比例。", 12.0, 130.0, 9);
        assert!(lines.len() == 2 && !lines[1].starts_with(','), "{lines:?}");
        assert_eq!(wrap("", 12.0, 130.0, 3), Vec::<String>::new());
        let cut = wrap("one two three four five six seven", 12.0, 60.0, 2);
        assert!(cut.len() == 2 && cut[1].ends_with('…'), "{cut:?}");
    }
}
