//! What is thought of each coefficient before a tenant has any history: the log odds ratio of missing the interview, and how
//! sure that is.
//!
//! Published studies are of appointments at hospitals, not of interviews, and most of them watched instead of drawing lots.
//! So where they speak, the mean is drawn to 0 from what they found and the standard deviation keeps it arguable; where they
//! do not, the mean is 0. A standard deviation of 0.5 says that an odds ratio between 0.4 and 2.7 would be no surprise.
//! "Dantas" is L. F. Dantas et al., "No-shows in appointment scheduling – a systematic literature review", Health Policy
//! 122 (2018) 412–421; "Gurol-Urganci" is I. Gurol-Urganci et al., "Mobile phone messaging reminders for attendance at
//! healthcare appointments", Cochrane Database of Systematic Reviews 2013, CD007458.

use super::features::Feature;
use super::logistic;

/// Of one coefficient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct General {
    /// The log odds ratio thought likeliest.
    pub mean: f64,
    /// Its standard deviation; the precision is one over its square.
    pub deviation: f64,
    /// Why.
    pub reason: &'static str,
}

/// Of the intercept: the log odds of missing the usual interview.
pub const INTERCEPT: General = General {
    mean: -1.4,
    deviation: 1.0,
    reason: "20 % of usual interviews, anything from 3 % to 64 %: near the 23 % of appointments in Dantas, which vary widely",
};

/// How sure an indicator of the unknown is: why something is not known may mean anything, so little is assumed.
const UNKNOWN: General =
    General { mean: 0.0, deviation: 0.5, reason: "why it is unknown may mean anything; weakly informative" };
/// Days of the week and times of the day.
const CALENDAR: General =
    General { mean: 0.0, deviation: 0.3, reason: "studies disagree and effects are small; centred at 0" };
/// Whatever nothing is known about.
const OPEN: General = General { mean: 0.0, deviation: 0.5, reason: "nothing known for interviews; weakly informative" };

impl Feature {
    /// The prior of this column's coefficient.
    pub fn prior(self) -> General {
        let of = |mean, deviation, reason| General { mean, deviation, reason };
        match self {
            Self::LeadTime => of(0.2, 0.3, "a long lead is among the commonest determinants of no-shows in Dantas"),
            Self::EarlierMissed => of(0.6, 0.4, "earlier no-shows are among the commonest determinants in Dantas"),
            Self::EarlierAttended => of(-0.3, 0.4, "the other side of the same finding; less often reported"),
            Self::Reminded => of(-0.3, 0.4, "reminders raised attendance in trials (Gurol-Urganci); drawn in"),
            Self::AnswerConfirmed => of(-0.7, 0.5, "who says yes mostly comes; its size is a guess"),
            Self::AnswerReplied => of(-0.2, 0.5, "who answers has read it; a guess"),
            Self::AnswerOtherTime => of(0.5, 0.5, "the time does not suit, and no other was found yet; a guess"),
            Self::FurtherAttempt => {
                of(0.2, 0.4, "a further try follows a no-show; shares its effect with earlier ones")
            }
            Self::SilenceLength => of(0.1, 0.4, "what is long ago is forgotten; a guess"),
            Self::ForecastUncertain => of(0.5, 0.5, "a word that somebody wrote down on purpose; its worth varies"),
            Self::ForecastNotExpected => of(1.5, 0.8, "the same, and stronger; recruiters who say no mostly know"),
            Self::PlaceNotTold => of(0.3, 0.4, "who does not know where can not come; a guess"),
            Self::LaterRound
            | Self::MessageCount
            | Self::RescheduleCount
            | Self::MovedByCandidate
            | Self::MovedByHost
            | Self::SourceCareerPage
            | Self::SourceReferral
            | Self::SourceAgency
            | Self::SourceApproached
            | Self::SourceOther
            | Self::ChannelTextMessage
            | Self::ChannelChat
            | Self::ChannelTelephone => OPEN,
            Self::Monday
            | Self::Tuesday
            | Self::Thursday
            | Self::Friday
            | Self::Saturday
            | Self::Sunday
            | Self::StartEarly
            | Self::StartMidday
            | Self::StartAfternoon
            | Self::StartEvening => CALENDAR,
            Self::LeadTimeUnknown
            | Self::RoundUnknown
            | Self::AttemptUnknown
            | Self::AnswerUnknown
            | Self::SilenceUnknown
            | Self::ReminderUnknown
            | Self::MessageCountUnknown
            | Self::RescheduleCountUnknown
            | Self::MovedByUnknown
            | Self::WeekdayUnknown
            | Self::StartUnknown
            | Self::EarlierUnknown
            | Self::ForecastAbsent
            | Self::SourceUnknown
            | Self::ChannelUnknown
            | Self::PlaceUnknown => UNKNOWN,
        }
    }
}

/// For the intercept first and then every feature.
pub fn general() -> logistic::Prior {
    let all = || std::iter::once(INTERCEPT).chain(Feature::ALL.iter().map(|feature| feature.prior()));
    logistic::Prior {
        mean: all().map(|prior| prior.mean).collect(),
        precision: all().map(|prior| prior.deviation.powi(-2)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prior_is_usable_modest_and_has_its_reason() {
        for prior in Feature::ALL.iter().map(|feature| feature.prior()).chain([INTERCEPT]) {
            assert!(prior.mean.abs() <= 1.5 && (0.25..=1.0).contains(&prior.deviation) && !prior.reason.is_empty());
        }
        let fit = logistic::fit(&[], &[], &general(), &logistic::Options::default()).unwrap();
        assert_eq!(fit.coefficients, general().mean);
    }

    #[test]
    fn the_unknown_is_never_taken_for_good_or_bad() {
        for feature in Feature::ALL {
            let name = format!("{feature:?}");
            if name.ends_with("Unknown") || name.ends_with("Absent") {
                assert!(feature.prior().mean.abs() < f64::EPSILON, "{name}");
            }
        }
    }
}
