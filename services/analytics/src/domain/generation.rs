//! Figures that are counted from the beginning of the logs, by a consumer of their own.

/// One of two: while one serves, the other may be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    First,
    Second,
}

/// Counts of people who are forgotten, which belong to every generation.
pub const KEPT: i16 = 2;

impl Generation {
    /// Both.
    pub const ALL: [Self; 2] = [Self::First, Self::Second];

    /// As it is kept.
    pub fn number(self) -> i16 {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }

    /// Of a kept number.
    pub fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|generation| generation.number() == number)
    }

    /// The one that is built while this one serves.
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    /// Under which name its cursors are kept.
    pub fn consumer(self) -> &'static str {
        match self {
            Self::First => "analytics",
            Self::Second => "analytics.second",
        }
    }
}
