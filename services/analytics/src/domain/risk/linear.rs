//! The little linear algebra that the regression needs: Cholesky's factor of a symmetric positive definite matrix, what
//! solves with it, and its inverse. Dense, and meant for some dozens of columns.
//! G. H. Golub, C. F. Van Loan, "Matrix Computations", 4th ed. (2013), § 4.2.

/// A square matrix, row by row. Only the lower triangle of a symmetric one is read.
pub type Matrix = Vec<Vec<f64>>;

/// Cholesky's factor L of a matrix A = L Lᵀ.
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    lower: Matrix,
}

impl Cholesky {
    /// Nothing when the matrix is not positive definite, or so nearly not that rounding decides.
    pub fn of(matrix: &[Vec<f64>]) -> Option<Self> {
        let mut lower: Matrix = Vec::with_capacity(matrix.len());
        for (i, row) in matrix.iter().enumerate() {
            let mut new = Vec::with_capacity(i + 1);
            for (j, above) in lower.iter().enumerate() {
                let value = (row.get(j)? - dot(&new, above)) / above.get(j)?;
                new.push(value);
            }
            let diagonal = *row.get(i)?;
            let rest = diagonal - dot(&new, &new);
            // What is left of the diagonal after cancellation is noise below so many of its last digits.
            if !(rest.is_finite() && rest > diagonal.abs() * 1e-14) {
                return None;
            }
            new.push(rest.sqrt());
            lower.push(new);
        }
        Some(Self { lower })
    }

    /// The x of A x = b. `b` has one entry per row; further ones are left out.
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut forward: Vec<f64> = Vec::with_capacity(self.lower.len());
        for (row, &right) in self.lower.iter().zip(b) {
            let diagonal = row.last().copied().unwrap_or(1.0);
            forward.push((right - dot(row, &forward)) / diagonal);
        }
        let mut x = forward;
        for (i, row) in self.lower.iter().enumerate().take(x.len()).rev() {
            let (before, from) = x.split_at_mut(i);
            let Some(own) = from.first_mut() else { continue };
            *own /= row.last().copied().unwrap_or(1.0);
            for (earlier, &entry) in before.iter_mut().zip(row) {
                *earlier -= entry * *own;
            }
        }
        x
    }

    /// The inverse of A.
    pub fn inverse(&self) -> Matrix {
        let size = self.lower.len();
        (0..size)
            .map(|i| {
                let unit: Vec<f64> = (0..size).map(|j| if i == j { 1.0 } else { 0.0 }).collect();
                self.solve(&unit)
            })
            .collect()
    }
}

/// The sum of the products, as far as both go.
pub fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// The quadratic form xᵀ A x.
pub fn quadratic(matrix: &[Vec<f64>], x: &[f64]) -> f64 {
    matrix.iter().zip(x).map(|(row, &value)| value * dot(row, x)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_factor_that_anyone_can_work_out() {
        // [[4, 2], [2, 5]] = L Lᵀ with L = [[2, 0], [1, 2]].
        let factor = Cholesky::of(&[vec![4.0, 2.0], vec![2.0, 5.0]]).unwrap();
        assert_eq!(factor.lower, vec![vec![2.0], vec![1.0, 2.0]]);
        let inverse = factor.inverse();
        for (got, wanted) in inverse.concat().iter().zip([5.0 / 16.0, -2.0 / 16.0, -2.0 / 16.0, 4.0 / 16.0]) {
            assert!((got - wanted).abs() < 1e-15, "{inverse:?}");
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        assert_eq!(Cholesky::of(&[vec![1.0, 1.0], vec![1.0, 1.0]]), None);
        assert_eq!(Cholesky::of(&[vec![-1.0]]), None);
        assert_eq!(Cholesky::of(&[vec![f64::NAN]]), None);
        assert_eq!(Cholesky::of(&[vec![1.0], vec![]]), None, "ragged");
        assert!(Cholesky::of(&[]).is_some_and(|factor| factor.solve(&[]).is_empty()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn solves_what_was_multiplied(
            rows in prop::collection::vec(prop::collection::vec(-2.0..2.0_f64, 5), 1..12),
            x in prop::collection::vec(-3.0..3.0_f64, 5),
        ) {
            let mut matrix = vec![vec![0.0; 5]; 5];
            for i in 0..5 {
                for j in 0..5 {
                    matrix[i][j] = rows.iter().map(|row| row[i] * row[j]).sum::<f64>() + if i == j { 0.5 } else { 0.0 };
                }
            }
            let b: Vec<f64> = matrix.iter().map(|row| dot(row, &x)).collect();
            let solved = Cholesky::of(&matrix).unwrap().solve(&b);
            for (got, wanted) in solved.iter().zip(&x) {
                prop_assert!((got - wanted).abs() < 1e-8);
            }
        }
    }
}
