//! Places on a page.

/// `x' = a x + c y + e`, `y' = b x + d y + f`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Matrix(pub [f64; 6]);

impl Matrix {
    /// Everything stays where it is.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// Moves.
    pub fn shift(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This one first, then the other.
    pub fn then(self, other: Self) -> Self {
        let [right, up, moved] = [(0, 1), (2, 3), (4, 5)].map(|(x, y)| {
            let (x, y, by) = (self.0[x], self.0[y], other.0);
            (x * by[0] + y * by[2], x * by[1] + y * by[3])
        });
        Self([right.0, right.1, up.0, up.1, moved.0 + other.0[4], moved.1 + other.0[5]])
    }

    /// Where the origin comes to lie.
    pub fn origin(self) -> (f64, f64) {
        let [.., x, y] = self.0;
        (x, y)
    }

    /// The direction in which text runs, of length one, and how high text of height one is.
    pub fn direction(self) -> ((f64, f64), f64) {
        let [a, b, c, d, ..] = self.0;
        let length = a.hypot(b);
        let direction = if length > 0.0 { (a / length, b / length) } else { (1.0, 0.0) };
        (direction, c.hypot(d))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_comes_first() {
        let double = Matrix([2.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
        assert_eq!(Matrix::shift(1.0, 2.0).then(double).origin(), (2.0, 4.0));
        assert_eq!(double.then(Matrix::shift(1.0, 2.0)).origin(), (1.0, 2.0));
        let turned = Matrix([0.0, 3.0, -2.0, 0.0, 0.0, 0.0]);
        assert_eq!(turned.direction(), ((0.0, 1.0), 2.0));
    }
}
