//! Placed pieces of text to lines.
//!
//! A piece follows the one before on its line when it lies at the same height, seen in the direction of its own
//! writing. Then the gap between the two says whether there is a blank. Pieces are taken in the order in which they are
//! drawn, which nearly all programs make the order of reading.

/// How far across the line, in heights of the text, a piece may lie and still be on it: a raised letter is.
const SAME_LINE: f64 = 0.5;
/// The narrowest blank, where the widths of characters are known; letters are moved closer or apart by less.
const BLANK: f64 = 0.17;
/// The narrowest blank, where they are only estimated.
const SURE_BLANK: f64 = 0.45;
/// From here on it is a column, unless it is within one operator: then a line was stretched to the margin.
const COLUMN: f64 = 2.0;

/// A piece of text.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    pub text: &'a str,
    pub from: (f64, f64),
    pub to: (f64, f64),
    pub direction: (f64, f64),
    pub height: f64,
    /// Whether `to` rests on widths that the font states.
    pub is_exact: bool,
    /// Whether the gap before it is stated, as between the pieces of one operator.
    pub is_moved: bool,
}

/// Lines as they grow.
#[derive(Debug, Default)]
pub struct Lines {
    text: String,
    end: Option<End>,
}

#[derive(Debug, Clone, Copy)]
struct End {
    at: (f64, f64),
    is_exact: bool,
}

impl Lines {
    /// Puts a piece behind what is there.
    pub fn place(&mut self, piece: Piece) {
        if piece.text.is_empty() {
            return;
        }
        if let Some(end) = self.end {
            self.text.push_str(between(end, piece));
        }
        self.text.push_str(piece.text);
        self.end = Some(End { at: piece.to, is_exact: piece.is_exact });
    }

    /// Ends a page.
    pub fn end_page(&mut self) {
        self.text.push_str("\n\n");
        self.end = None;
    }

    /// How many bytes there are.
    pub fn length(&self) -> usize {
        self.text.len()
    }

    /// The lines.
    pub fn into_text(self) -> String {
        self.text
    }
}

fn between(end: End, piece: Piece) -> &'static str {
    let (x, y) = (piece.from.0 - end.at.0, piece.from.1 - end.at.1);
    let (right, up) = piece.direction;
    let along = (x * right + y * up) / piece.height;
    let across = (y * right - x * up) / piece.height;
    let narrowest = if end.is_exact || piece.is_moved { BLANK } else { SURE_BLANK };
    if across.abs() > SAME_LINE {
        "\n"
    } else if along.abs() > COLUMN && !piece.is_moved {
        "\t"
    } else if along > narrowest {
        " "
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[(&str, (f64, f64), f64)]) -> String {
        let mut lines = Lines::default();
        for (text, from, width) in pieces {
            let to = (from.0 + width, from.1);
            let (direction, height) = ((1.0, 0.0), 10.0);
            lines.place(Piece { text, from: *from, to, direction, height, is_exact: true, is_moved: false });
        }
        lines.into_text()
    }

    #[test]
    fn gaps_are_blanks_and_heights_are_lines() {
        let pieces = [
            ("Ann", (0.0, 0.0), 20.0),
            ("a", (20.5, 0.0), 5.0),
            ("Lee", (29.0, 3.0), 20.0),
            ("London", (100.0, 0.0), 30.0),
            ("next", (0.0, -12.0), 10.0),
        ];
        assert_eq!(lines(&pieces), "Anna Lee\tLondon\nnext");
    }

    #[test]
    fn turned_text_has_lines_too() {
        let mut lines = Lines::default();
        for (text, y) in [("up", 0.0), ("on", 20.0)] {
            let (from, to) = ((5.0, y), (5.0, y + 20.0));
            let (direction, height) = ((0.0, 1.0), 10.0);
            lines.place(Piece { text, from, to, direction, height, is_exact: true, is_moved: false });
        }
        assert_eq!(lines.into_text(), "upon");
    }

    #[test]
    fn no_numbers_are_no_trouble() {
        assert_eq!(lines(&[("a", (f64::NAN, f64::INFINITY), 1.0), ("b", (0.0, f64::NAN), 1.0)]), "ab");
    }
}
