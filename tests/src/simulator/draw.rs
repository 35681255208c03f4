//! Chance that follows from a seed. A draw is named by whose it is and what it is for and by nothing else, so a person's draws
//! are the same however the world around them goes: policies are compared on the same people (common random numbers).

use sha2::{Digest as _, Sha256};

/// Where a person's or a world's draws come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed(pub u64);

impl Seed {
    /// That of a part, such as one world of many.
    pub fn of(self, what: &str, number: u64) -> Self {
        Self(self.hash(what, number))
    }

    /// A number from 0 up to before 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
    pub fn draw(self, what: &str) -> f64 {
        (self.hash(what, 0) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of so many, from 0.
    pub fn pick(self, what: &str, of: u64) -> u64 {
        self.hash(what, 0) % of
    }

    /// Whether something happens that has this probability.
    pub fn happens(self, what: &str, probability: f64) -> bool {
        self.draw(what) < probability
    }

    fn hash(self, what: &str, number: u64) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        hash.update(number.to_be_bytes());
        hash.update(what.as_bytes());
        hash.finalize().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_the_same_again() {
        let draws: Vec<f64> = (0..10_000).map(|number| Seed(1).of("person", number).draw("willing")).collect();
        let mean = draws.iter().sum::<f64>() / 10_000.0;
        // Five standard deviations of the mean of so many even draws.
        assert!((mean - 0.5).abs() < 5.0 * (1.0_f64 / 12.0 / 10_000.0).sqrt(), "{mean}");
        assert!((Seed(1).of("person", 7).draw("willing") - draws[7]).abs() < f64::EPSILON);
        assert!((Seed(1).of("person", 7).draw("prompt") - draws[7]).abs() > f64::EPSILON);
    }
}
