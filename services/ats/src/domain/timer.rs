//! What timers wait for.

/// What a timer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerKind {
    /// The first rule of the cadence to come due about an interview. Set anew after whatever happens; it waits for ever
    /// while no rule is going to be due. About the tenant itself: that all of these are planned anew.
    FollowUp = 1,
    /// A word on how the interview ended. Set anew whenever its time changes.
    Conclude = 3,
    /// An application's step to another stage, within the stage's service level.
    StageOverdue = 4,
    /// The candidate's answer to an offer, until it expires.
    OfferExpiry = 5,
    /// The next reminder before somebody's first day. Set anew whenever that moves.
    OnboardingReminder = 6,
    /// What the host owes before somebody's first day, and then whether they came. Set anew with everything that changes.
    OnboardingLook = 7,
    /// A word of ours to the candidate, within the working days that the tenant allows; or, while it is not our turn, the
    /// moment at which that ends by itself. About the tenant itself: that the clocks of all who wait are set anew.
    EmployerSilence = 8,
    /// The time until which a task is put aside.
    Wake = 9,
    /// The end of the time for which offered times are held. Set anew with every offer.
    ReleaseOffers = 10,
    /// As [`Self::FollowUp`], about an offer.
    OfferFollowUp = 11,
}

impl TimerKind {
    /// From its number in a row.
    pub fn of(number: i16) -> Option<Self> {
        [
            Self::FollowUp,
            Self::Conclude,
            Self::StageOverdue,
            Self::OfferExpiry,
            Self::OnboardingReminder,
            Self::OnboardingLook,
            Self::EmployerSilence,
            Self::Wake,
            Self::ReleaseOffers,
            Self::OfferFollowUp,
        ]
        .into_iter()
        .find(|kind| *kind as i16 == number)
    }
}
