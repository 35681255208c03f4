//! What the model may look at: a closed list.
//!
//! A feature is a variant of an enum and nothing else, so no text that a tenant, an import or a form brings can become one.
//! Each is one column. Whatever may be unknown has a column that says so, and its other columns are then 0: nothing is
//! imputed. Counts and times are taken in logarithms, for the tenth message says less than the second, and are centred at a
//! usual value, so that 0 everywhere is the usual interview: nobody has answered yet, three days ahead, not moved.

use serde::{Deserialize, Serialize};

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`Topic` says what each group means, `encode` its unit")]
pub enum Feature {
    LeadTime,
    LeadTimeUnknown,
    LaterRound,
    RoundUnknown,
    FurtherAttempt,
    AttemptUnknown,
    AnswerReplied,
    AnswerConfirmed,
    AnswerOtherTime,
    AnswerUnknown,
    SilenceLength,
    SilenceUnknown,
    Reminded,
    ReminderUnknown,
    MessageCount,
    MessageCountUnknown,
    RescheduleCount,
    RescheduleCountUnknown,
    MovedByCandidate,
    MovedByHost,
    MovedByUnknown,
    Monday,
    Tuesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
    WeekdayUnknown,
    StartEarly,
    StartMidday,
    StartAfternoon,
    StartEvening,
    StartUnknown,
    EarlierAttended,
    EarlierMissed,
    EarlierUnknown,
    ForecastUncertain,
    ForecastNotExpected,
    ForecastAbsent,
    SourceCareerPage,
    SourceReferral,
    SourceAgency,
    SourceApproached,
    SourceOther,
    SourceUnknown,
    ChannelTextMessage,
    ChannelChat,
    ChannelTelephone,
    ChannelUnknown,
    PlaceNotTold,
    PlaceUnknown,
}

/// What one question to the interview is; the columns that answer it belong together, also as a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// From scheduling to start.
    LeadTime,
    /// Which interview of the pipeline it is.
    Round,
    /// Which try it is.
    Attempt,
    /// What was answered so far.
    Answer,
    /// How long nobody has written.
    Silence,
    /// Whether a reminder goes out shortly before.
    Reminder,
    /// How much was written.
    Messages,
    /// How often it was moved.
    Reschedules,
    /// Who asked for another time.
    MovedBy,
    /// The day of the week.
    Weekday,
    /// The time of the day.
    DayPart,
    /// Earlier interviews of the same person.
    Earlier,
    /// An imported word on whether they will come.
    Forecast,
    /// How the application came in.
    Source,
    /// By what they are written to.
    Channel,
    /// Whether the place or the link was told.
    Place,
}

impl Topic {
    /// As a reader sees it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeadTime => "time from scheduling to the interview",
            Self::Round => "interview round",
            Self::Attempt => "attempt",
            Self::Answer => "answer to the invitation",
            Self::Silence => "time since the last message",
            Self::Reminder => "reminder within 48 hours before",
            Self::Messages => "messages so far",
            Self::Reschedules => "times moved",
            Self::MovedBy => "who asked for another time",
            Self::Weekday => "day of the week",
            Self::DayPart => "time of the day",
            Self::Earlier => "earlier interviews",
            Self::Forecast => "imported expectation",
            Self::Source => "source of the application",
            Self::Channel => "channel",
            Self::Place => "place or link",
        }
    }
}

impl Feature {
    /// All there are, in the order of the columns.
    pub const ALL: [Self; 51] = [
        Self::LeadTime,
        Self::LeadTimeUnknown,
        Self::LaterRound,
        Self::RoundUnknown,
        Self::FurtherAttempt,
        Self::AttemptUnknown,
        Self::AnswerReplied,
        Self::AnswerConfirmed,
        Self::AnswerOtherTime,
        Self::AnswerUnknown,
        Self::SilenceLength,
        Self::SilenceUnknown,
        Self::Reminded,
        Self::ReminderUnknown,
        Self::MessageCount,
        Self::MessageCountUnknown,
        Self::RescheduleCount,
        Self::RescheduleCountUnknown,
        Self::MovedByCandidate,
        Self::MovedByHost,
        Self::MovedByUnknown,
        Self::Monday,
        Self::Tuesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
        Self::WeekdayUnknown,
        Self::StartEarly,
        Self::StartMidday,
        Self::StartAfternoon,
        Self::StartEvening,
        Self::StartUnknown,
        Self::EarlierAttended,
        Self::EarlierMissed,
        Self::EarlierUnknown,
        Self::ForecastUncertain,
        Self::ForecastNotExpected,
        Self::ForecastAbsent,
        Self::SourceCareerPage,
        Self::SourceReferral,
        Self::SourceAgency,
        Self::SourceApproached,
        Self::SourceOther,
        Self::SourceUnknown,
        Self::ChannelTextMessage,
        Self::ChannelChat,
        Self::ChannelTelephone,
        Self::ChannelUnknown,
        Self::PlaceNotTold,
        Self::PlaceUnknown,
    ];

    /// The question that it answers.
    pub fn topic(self) -> Topic {
        match self {
            Self::LeadTime | Self::LeadTimeUnknown => Topic::LeadTime,
            Self::LaterRound | Self::RoundUnknown => Topic::Round,
            Self::FurtherAttempt | Self::AttemptUnknown => Topic::Attempt,
            Self::AnswerReplied | Self::AnswerConfirmed | Self::AnswerOtherTime | Self::AnswerUnknown => Topic::Answer,
            Self::SilenceLength | Self::SilenceUnknown => Topic::Silence,
            Self::Reminded | Self::ReminderUnknown => Topic::Reminder,
            Self::MessageCount | Self::MessageCountUnknown => Topic::Messages,
            Self::RescheduleCount | Self::RescheduleCountUnknown => Topic::Reschedules,
            Self::MovedByCandidate | Self::MovedByHost | Self::MovedByUnknown => Topic::MovedBy,
            Self::Monday
            | Self::Tuesday
            | Self::Thursday
            | Self::Friday
            | Self::Saturday
            | Self::Sunday
            | Self::WeekdayUnknown => Topic::Weekday,
            Self::StartEarly | Self::StartMidday | Self::StartAfternoon | Self::StartEvening | Self::StartUnknown => {
                Topic::DayPart
            }
            Self::EarlierAttended | Self::EarlierMissed | Self::EarlierUnknown => Topic::Earlier,
            Self::ForecastUncertain | Self::ForecastNotExpected | Self::ForecastAbsent => Topic::Forecast,
            Self::SourceCareerPage
            | Self::SourceReferral
            | Self::SourceAgency
            | Self::SourceApproached
            | Self::SourceOther
            | Self::SourceUnknown => Topic::Source,
            Self::ChannelTextMessage | Self::ChannelChat | Self::ChannelTelephone | Self::ChannelUnknown => {
                Topic::Channel
            }
            Self::PlaceNotTold | Self::PlaceUnknown => Topic::Place,
        }
    }
}
