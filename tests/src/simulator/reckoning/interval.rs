//! Intervals of shares, written down anew from the papers that docs/reports.md names.

/// The normal distribution's 97.5 % point.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// How many it holds for.
    pub k: i64,
    /// Of how many.
    pub n: i64,
}

impl Share {
    /// One more, for which it holds or not.
    pub fn count(&mut self, holds: bool) {
        self.n += 1;
        self.k += i64::from(holds);
    }

    /// From 0 to 1; 0 of nothing.
    pub fn value(self) -> f64 {
        if self.n == 0 { 0.0 } else { float(self.k) / float(self.n) }
    }

    /// E. B. Wilson (1927), as the roots of (p − q)² = z² q (1 − q) / n.
    pub fn wilson(self) -> (f64, f64) {
        if self.n == 0 {
            return (0.0, 1.0);
        }
        let (p, squared) = (self.value(), Z * Z / float(self.n));
        // (1 + z²/n) q² − (2p + z²/n) q + p² = 0
        let (first, second) = (1.0 + squared, 2.0 * p + squared);
        let root = (second * second - 4.0 * first * p * p).max(0.0).sqrt();
        ((second - root) / (2.0 * first), (second + root) / (2.0 * first))
    }

    /// This share less another, by R. G. Newcombe (1998), method 10.
    pub fn less(self, other: Self) -> (f64, f64, f64) {
        let (one, two) = (self.value(), other.value());
        let ((low, high), (other_low, other_high)) = (self.wilson(), other.wilson());
        let down = (one - low).hypot(other_high - two);
        let up = (high - one).hypot(two - other_low);
        (one - two, one - two - down, one - two + up)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn float(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_newcombe_s_tables() {
        // Statistics in Medicine 17 (1998) 857–872, table I, method 3; and 873–890, table II, row (a), method 10.
        let (low, high) = Share { k: 81, n: 263 }.wilson();
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5, "{low} {high}");
        let (_, low, high) = Share { k: 56, n: 70 }.less(Share { k: 48, n: 80 });
        assert!((low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5, "{low} {high}");
    }
}
