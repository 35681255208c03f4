//! The suite's word held against the ledger's, and against what is planted.
//!
//! | module | what is held against what |
//! |---|---|
//! | [`whole`] | messages, answers, interviews, applications, offers: nothing lost, nothing doubled |
//! | [`reports`] | every report against the reckoning |
//! | [`truths`] | what is planted against the reports' intervals |
//! | [`policies`] | ways to follow up against each other |
//! | [`arms`] | a campaign's groups against its seed |

pub mod arms;
pub mod policies;
pub mod reports;
pub mod truths;
pub mod whole;

/// What came of many comparisons.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    /// How many things were compared.
    pub things: usize,
    /// What differed, in words.
    pub differences: Vec<String>,
}

impl Compared {
    /// Compares one thing.
    pub fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, suite: &T, ours: &T) {
        self.things += 1;
        if suite != ours {
            self.differences.push(format!("{what}: the suite says {suite:?}, the ledger {ours:?}"));
        }
    }

    /// Compares one number that is reckoned.
    pub fn close(&mut self, what: &str, suite: f64, ours: f64) {
        self.things += 1;
        if (suite - ours).abs() > 1e-9 {
            self.differences.push(format!("{what}: the suite says {suite}, the reckoning {ours}"));
        }
    }

    /// And what came of others.
    pub fn add(&mut self, other: Self) {
        self.things += other.things;
        self.differences.extend(other.differences);
    }
}
