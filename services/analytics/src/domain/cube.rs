//! What is counted, each with what it is told apart by and with the measures that are added up. Nothing here is kept but the
//! numbers of the cubes, the order of their dimensions and the order of their measures: a change of any of them is a new
//! [`super::fact::VERSION`].

use usher_proto::analytics::v1::Dimension;

/// How many measures a cell has.
pub const MEASURES: usize = 8;

/// What is added up, in the order of [`Cube::measures`].
pub type Counts = [i32; MEASURES];

/// What a cell's key is made of: a dimension of the contract, or one that only a report's own reckoning needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    Of(Dimension),
    /// What became of it: `hired`, `ended`, `open`; `filled`, `closed`.
    Outcome,
    /// Whole days that it took; of what is open, the day since 1970 on which it began.
    Days,
    /// Whole hours that it took.
    Hours,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Cube {
    /// Messages that ask for an answer, when they were sent.
    Messages = 1,
    /// Interviews of which it is known who came, when they began.
    Interviews = 2,
    /// No-shows, when the interview should have begun.
    Causes = 3,
    /// Stages that applications entered, when the application was made.
    StagesOfCohort = 4,
    /// The same, when the stage was entered.
    StagesEntered = 5,
    /// How long applications took, when they were made.
    Applications = 6,
    /// How long those who were hired took, when they accepted.
    Hires = 7,
    /// What became of applications, when they were made.
    Sources = 8,
    /// How long openings took to be filled, when their requisition was opened.
    Openings = 9,
    /// The same of those that are filled, when they were.
    Fills = 10,
    /// Offers, when they were sent.
    Offers = 11,
    /// People of campaigns, when they were assigned.
    Members = 12,
    /// The same, once for each of their tags.
    Tags = 13,
    /// Tasks, when they came.
    Tasks = 14,
    /// Tasks that were completed, when they were.
    TasksDone = 15,
}

use Axis::Of;
use Dimension as D;

impl Cube {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Messages,
        Self::Interviews,
        Self::Causes,
        Self::StagesOfCohort,
        Self::StagesEntered,
        Self::Applications,
        Self::Hires,
        Self::Sources,
        Self::Openings,
        Self::Fills,
        Self::Offers,
        Self::Members,
        Self::Tags,
        Self::Tasks,
        Self::TasksDone,
    ];

    /// What its cells are told apart by, in the order of their keys.
    pub fn axes(self) -> &'static [Axis] {
        match self {
            Self::Messages => &[
                Of(D::MessageKind),
                Of(D::Template),
                Of(D::TemplateVersion),
                Of(D::Language),
                Of(D::Channel),
                Of(D::Experiment),
                Of(D::Arm),
                Of(D::Clarity),
                Of(D::Feature),
            ],
            Self::Interviews => {
                &[Of(D::Stage), Of(D::Source), Of(D::Channel), Of(D::LeadTime), Of(D::FollowUp), Of(D::Confirmed)]
            }
            Self::Causes => &[Of(D::Cause), Of(D::Failure), Of(D::Stage)],
            Self::StagesOfCohort | Self::StagesEntered => &[Of(D::Stage), Of(D::Source)],
            Self::Applications => &[Of(D::Source), Axis::Outcome, Axis::Days],
            Self::Hires => &[Of(D::Source), Axis::Days],
            Self::Sources | Self::Offers => &[Of(D::Source)],
            Self::Openings => &[Axis::Outcome, Axis::Days],
            Self::Fills => &[Axis::Days],
            Self::Members => &[Of(D::Campaign), Of(D::Arm)],
            Self::Tags => &[Of(D::TagDimension), Of(D::Tag), Of(D::Arm)],
            Self::Tasks => &[Of(D::Recruiter), Of(D::TaskKind)],
            Self::TasksDone => &[Of(D::Recruiter), Of(D::TaskKind), Axis::Hours],
        }
    }

    /// Names of the measures, in their order.
    pub fn measures(self) -> &'static [&'static str] {
        match self {
            Self::Messages => &["sent", "answered", "answered_within_24h", "opened", "followed", "bounced"],
            Self::Interviews => &["expected", "no_show", "late", "host_no_show"],
            Self::Causes => &["no_show"],
            Self::StagesOfCohort | Self::StagesEntered => {
                &["entered", "advanced", "hired", "rejected", "withdrawn", "silent", "order"]
            }
            Self::Applications | Self::Hires | Self::Openings | Self::Fills => &["number"],
            Self::Sources => &["applied", "interviewed", "interviews", "no_show", "offered", "hired", "in_process"],
            Self::Offers => &["sent", "accepted", "declined", "expired", "rescinded"],
            Self::Members | Self::Tags => &["assigned", "came_back", "declined", "opted_out"],
            Self::Tasks => &["created", "open"],
            Self::TasksDone => &["completed", "due", "on_time"],
        }
    }

    /// The one of that number.
    pub fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|cube| cube.number() == number)
    }

    /// As it is kept.
    pub fn number(self) -> i16 {
        self as i16
    }
}

/// Between the values of a key.
const BETWEEN: char = '\u{1f}';
/// The longest value, in bytes: keys are indexed.
const LONGEST: usize = 200;

/// A key of these values. What a value has of control characters is left out, and so is what is longer than a key can be.
pub fn key(values: &[&str]) -> String {
    let mut key = String::with_capacity(values.iter().map(|value| value.len() + 1).sum());
    for (number, value) in values.iter().enumerate() {
        if number > 0 {
            key.push(BETWEEN);
        }
        let end = value.floor_char_boundary(LONGEST);
        key.extend(value[..end].chars().filter(|character| !character.is_control()));
    }
    key
}

/// The values of a key.
pub fn values(key: &str) -> impl Iterator<Item = &str> {
    key.split(BETWEEN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_key_has_as_many_values_as_it_was_made_of(given in prop::collection::vec("\\PC{0,300}|[\\x00-\\x1f]{0,5}", 1..9)) {
            let parts: Vec<&str> = given.iter().map(String::as_str).collect();
            let key = key(&parts);
            let read: Vec<&str> = values(&key).collect();
            prop_assert_eq!(read.len(), parts.len());
            for (read, given) in read.iter().zip(&parts) {
                prop_assert!(read.len() <= LONGEST);
                if given.len() <= LONGEST && !given.contains(char::is_control) {
                    prop_assert_eq!(read, given);
                }
            }
        }
    }
}
