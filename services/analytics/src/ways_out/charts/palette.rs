//! Colours, and what says the same without colour: dash, shape and hatching.
//!
//! The colours are those of Okabe and Ito ("Color Universal Design", 2008) that stand out from white paper; their yellow,
//! orange and light blue do not.

/// Text, axes and all that is one series alone.
pub(super) const INK: &str = "#1a1a1a";
/// Text that explains.
pub(super) const MUTED: &str = "#555555";
/// The paper.
pub(super) const PAPER: &str = "#ffffff";
/// Lines that guide the eye; nothing is read from them alone.
pub(super) const GRID: &str = "#e3e3e3";
/// An estimate.
pub(super) const BLUE: &str = "#0072b2";
/// A reference, or a second series.
pub(super) const VERMILLION: &str = "#d55e00";
/// A third series.
pub(super) const GREEN: &str = "#009e73";
/// A fourth series.
pub(super) const BLACK: &str = "#000000";

/// The form of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// ●
    Circle,
    /// ■
    Square,
    /// ▲
    Triangle,
    /// ◆
    Diamond,
}

/// How one of several series is told from the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series {
    /// The colour of line, point and hatching.
    pub(super) colour: &'static str,
    /// The `stroke-dasharray`.
    pub(super) dash: &'static str,
    /// The form of its points.
    pub(super) shape: Shape,
    /// The angle of its hatching in degrees.
    pub(super) angle: f64,
}

/// In the order in which they are given out.
pub(super) const SERIES: [Series; 4] = [
    Series { colour: BLUE, dash: "none", shape: Shape::Circle, angle: 45.0 },
    Series { colour: VERMILLION, dash: "9 4", shape: Shape::Square, angle: -45.0 },
    Series { colour: GREEN, dash: "2.5 3", shape: Shape::Triangle, angle: 0.0 },
    Series { colour: BLACK, dash: "10 3 2.5 3", shape: Shape::Diamond, angle: 90.0 },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Linear light of red, green and blue.
    fn linear(colour: &str) -> [f64; 3] {
        [1, 3, 5].map(|at| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// The contrast ratio of WCAG 2.
    fn contrast(one: &str, other: &str) -> f64 {
        let light = |colour| {
            let [r, g, b] = linear(colour);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (one, other) = (light(one), light(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// Machado, Oliveira and Fernandes (2009), full deuteranopia and protanopia.
    const DEUTERANOPIA: [[f64; 3]; 3] =
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];
    const PROTANOPIA: [[f64; 3]; 3] =
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
    const NONE: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    /// CIE L*a*b* of what such an eye sees.
    fn seen(colour: &str, eye: &[[f64; 3]; 3]) -> [f64; 3] {
        let times =
            |rows: &[[f64; 3]; 3], of: [f64; 3]| rows.map(|row| row.iter().zip(of).map(|(a, b)| a * b).sum::<f64>());
        let light = times(eye, linear(colour)).map(|part| part.clamp(0.0, 1.0));
        // Each row over the white of D65.
        let to_xyz = [
            [0.412_4 / 0.950_47, 0.357_6 / 0.950_47, 0.180_5 / 0.950_47],
            [0.212_6, 0.715_2, 0.072_2],
            [0.019_3 / 1.088_83, 0.119_2 / 1.088_83, 0.950_5 / 1.088_83],
        ];
        let [x, y, z] = times(&to_xyz, light).map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn text_and_marks_stand_out_from_paper() {
        for text in [INK, MUTED] {
            assert!(contrast(text, PAPER) >= 4.5, "{text}");
        }
        for mark in SERIES {
            assert!(contrast(mark.colour, PAPER) >= 3.0, "{}", mark.colour);
        }
    }

    #[test]
    fn series_differ_for_every_eye() {
        for (index, one) in SERIES.iter().enumerate() {
            for other in &SERIES[index + 1..] {
                for eye in [&NONE, &DEUTERANOPIA, &PROTANOPIA] {
                    let (a, b) = (seen(one.colour, eye), seen(other.colour, eye));
                    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > 15.0, "{} and {}: {distance:.1}", one.colour, other.colour);
                }
                // And to whom colour says nothing at all.
                assert!(one.dash != other.dash && one.shape != other.shape);
                assert!((one.angle - other.angle).abs() > 1.0);
            }
        }
    }
}
