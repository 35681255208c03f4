//! BM25 and the numbers it needs.
//!
//! After Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with k1 = 1.2 and
//! b = 0.75, and the logarithm of Lucene, which never is negative:
//!
//! ```text
//! idf  = sum over the terms of ln(1 + (N - df + 0.5) / (df + 0.5))
//! bm25 = idf x tf x (k1 + 1) / (tf + k1 x (1 - b + b x length / average length))
//! ```
//!
//! N, df and the average are of the tenant's living documents alone: no other tenant's writes, deletions or merges move
//! them. Words that stand side by side count as one term that is as rare as all of its words together; tf is at how many
//! places they do. Lengths are in terms, as coarsely as the index keeps them in one byte (exact up to 40).

use serde::{Deserialize, Serialize};
use tantivy::fieldnorm::FieldNormReader;

use crate::domain::texts;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// The numbers of a tenant that a search's scores are made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Statistics {
    /// N.
    pub documents: u64,
    /// Per field, the terms of all documents.
    pub lengths: [u64; texts::FIELDS.len()],
    /// df of each term of the un-negated texts, in the order of the query.
    pub frequencies: Vec<u64>,
}

impl Statistics {
    /// The average length of a field; at least 1, whatever the numbers are.
    pub fn average_length(&self, field: usize) -> f64 {
        let length = self.lengths.get(field).copied().unwrap_or(0);
        (to_f64(length) / to_f64(self.documents.max(1))).max(1.0)
    }

    /// How rare a term is.
    pub fn idf(&self, frequency: u64) -> f64 {
        let (documents, frequency) = (to_f64(self.documents), to_f64(frequency.min(self.documents)));
        (1.0 + (documents - frequency + 0.5) / (frequency + 0.5)).ln()
    }
}

/// Counts of documents and terms stay far below where this rounds.
#[allow(clippy::cast_precision_loss)]
pub fn to_f64(count: u64) -> f64 {
    count as f64
}

/// BM25 of one variant, with what depends on the length alone worked out for all 256 lengths.
#[derive(Debug, Clone)]
pub struct Weight {
    idf: f64,
    by_length: [f64; 256],
}

impl Weight {
    /// Of words of that rarity in a field of that average length.
    pub fn new(idf: f64, average_length: f64) -> Self {
        let by_length = std::array::from_fn(|id| {
            let length = f64::from(length(u8::try_from(id).unwrap_or(u8::MAX)));
            K1 * (1.0 - B + B * length / average_length)
        });
        Self { idf, by_length }
    }

    /// The score of a document.
    pub fn score(&self, frequency: u32, length_id: u8) -> f64 {
        let frequency = f64::from(frequency);
        self.idf * frequency * (K1 + 1.0) / (frequency + self.by_length[usize::from(length_id)])
    }

    /// No document has more.
    pub fn most(&self) -> f64 {
        self.idf * (K1 + 1.0)
    }
}

/// The length that the index keeps as this byte.
pub fn length(id: u8) -> u32 {
    FieldNormReader::id_to_fieldnorm(id)
}

/// The byte that the index keeps for a length.
pub fn length_id(length: usize) -> u8 {
    FieldNormReader::fieldnorm_to_id(u32::try_from(length).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_numbers_give_numbers() {
        for (documents, length, frequency) in [(0, 0, 0), (0, u64::MAX, u64::MAX), (u64::MAX, 0, u64::MAX), (5, 9, 7)] {
            let statistics = Statistics { documents, lengths: [length; 6], frequencies: vec![] };
            let weight = Weight::new(statistics.idf(frequency), statistics.average_length(0));
            for length_id in [0, 1, 255] {
                let score = weight.score(3, length_id);
                assert!(
                    score.is_finite() && score >= 0.0 && score <= weight.most(),
                    "{documents} {length} {frequency}"
                );
            }
        }
    }

    #[test]
    fn rare_and_short_count_more() {
        let statistics = Statistics { documents: 1000, lengths: [20_000; 6], frequencies: vec![] };
        let [rare, common] = [3, 400].map(|frequency| Weight::new(statistics.idf(frequency), 20.0));
        assert!(rare.score(1, length_id(20)) > common.score(1, length_id(20)));
        assert!(rare.score(1, length_id(10)) > rare.score(1, length_id(30)));
        assert!(rare.score(2, length_id(20)) > rare.score(1, length_id(20)));
    }
}
