//! Points, whiskers and brackets.

use super::{
    axis::{Axis, line},
    figure::Interval,
    palette::{INK, PAPER, Shape},
    svg::{Element, Path},
};

/// Half the size of a point in px.
const RADIUS: f64 = 5.0;

/// A point; a hollow one is not to be relied on.
pub(super) fn point(shape: Shape, (x, y): (f64, f64), colour: &'static str, hollow: bool) -> Element {
    let r = RADIUS;
    let element = match shape {
        Shape::Circle => Element::new("circle").set("cx", x).set("cy", y).set("r", r - 0.5),
        Shape::Square => {
            Element::new("rect").set("x", x - r + 1.0).set("y", y - r + 1.0).set("width", 8.0).set("height", 8.0)
        }
        Shape::Triangle => corners(&[(x, y - r), (x + r, y + r - 1.0), (x - r, y + r - 1.0)]),
        Shape::Diamond => corners(&[(x, y - r - 0.5), (x + r + 0.5, y), (x, y + r + 0.5), (x - r - 0.5, y)]),
    };
    element.set("fill", if hollow { PAPER } else { colour }).set("stroke", colour).set("stroke-width", 1.5)
}

/// An interval with its ends, lying. Where it goes on beyond the axis, an arrow points on.
pub(super) fn whisker(axis: &Axis, range: Interval, y: f64, colour: &'static str) -> Vec<Element> {
    let (from, to) = (axis.at(range.lower), axis.at(range.upper));
    let cap = |x: f64| line((x, y - 4.0), (x, y + 4.0), colour);
    if axis.ends_before(range.upper) {
        let arrow = corners(&[(to + 4.0, y), (to - 4.0, y - 4.5), (to - 4.0, y + 4.5)]).set("fill", colour);
        vec![line((from, y), (to - 2.0, y), colour), cap(from), arrow]
    } else {
        vec![line((from, y), (to, y), colour), cap(from), cap(to)]
    }
}

/// The same, standing.
pub(super) fn upright_whisker(axis: &Axis, range: Interval, x: f64, colour: &'static str) -> Vec<Element> {
    let (from, to) = (axis.at(range.lower), axis.at(range.upper));
    let cap = |y: f64| line((x - 4.0, y), (x + 4.0, y), colour);
    if axis.ends_before(range.upper) {
        let arrow = corners(&[(x, to - 4.0), (x - 4.5, to + 4.0), (x + 4.5, to + 4.0)]).set("fill", colour);
        vec![line((x, from), (x, to + 2.0), colour), cap(from), arrow]
    } else {
        vec![line((x, from), (x, to), colour), cap(from), cap(to)]
    }
}

/// How far an axis must reach: over every estimate, and over the interval of each that can be relied on. One month of three
/// cases would else press all the others flat.
pub(super) fn reach(rates: impl IntoIterator<Item = (Interval, bool)>) -> f64 {
    let (mut reliable, mut any, mut least) = (None, 0.0_f64, 0.05_f64);
    for (rate, few) in rates {
        least = least.max(rate.value);
        any = any.max(rate.upper);
        if !few {
            reliable = Some(reliable.unwrap_or(0.0_f64).max(rate.upper));
        }
    }
    reliable.unwrap_or(any).max(least)
}

/// A line of dashes for what things are compared with.
pub(super) fn reference(from: (f64, f64), to: (f64, f64), colour: &'static str) -> Element {
    line(from, to, colour).set("stroke-dasharray", "6 4")
}

fn corners(corners: &[(f64, f64)]) -> Element {
    let mut path = Path::default();
    for (index, (x, y)) in corners.iter().enumerate() {
        if index == 0 { path.start(*x, *y) } else { path.line(*x, *y) }
    }
    path.close();
    path.element()
}

/// A bracket open to the left, over rows from top to bottom.
pub(super) fn bracket(x: f64, top: f64, bottom: f64) -> Element {
    let mut path = Path::default();
    path.start(x - 4.0, top);
    path.line(x, top);
    path.line(x, bottom);
    path.line(x - 4.0, bottom);
    path.element().set("fill", "none").set("stroke", INK).set("stroke-width", 1.5)
}
