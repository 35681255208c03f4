//! What timers wait for.

/// What a timer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// An answer to the invitation. Goes off once in an interview's life.
    FollowUp = 1,
    /// A word on how the interview ended. Set anew whenever its time changes.
    Conclude = 3,
    /// An application's step to another stage, within the stage's service level.
    StageOverdue = 4,
    /// The time until which a task is put aside.
    Wake = 9,
}

impl TimerKind {
    /// From its number in a row.
    pub fn of(number: i16) -> Option<Self> {
        [Self::FollowUp, Self::Conclude, Self::StageOverdue, Self::Wake].into_iter().find(|kind| *kind as i16 == number)
    }

    /// Whether one that went off, or lost its cause, stays so.
    pub fn is_once(self) -> bool {
        self == Self::FollowUp
    }
}
