//! From what is known to the columns.

use super::features::Feature;
use super::known::{Answer, Channel, DayPart, Forecast, Known, MovedBy, Source, Weekday};

/// Days of lead at which its column is 0.
pub const USUAL_LEAD_DAYS: f64 = 3.0;
/// Hours of silence at which its column is 0.
pub const USUAL_SILENCE_HOURS: f64 = 24.0;
/// Messages at which their column is 0.
pub const USUAL_MESSAGES: f64 = 2.0;
/// Rounds, tries and reschedules beyond this many count as this many.
const CAP: u32 = 5;
/// Days, hours and messages beyond this count as this.
const LARGEST: f64 = 10_000.0;

/// The columns of `Feature::ALL`, in their order; all finite.
pub fn encode(known: &Known) -> Vec<f64> {
    Feature::ALL.iter().map(|feature| feature.value(known)).collect()
}

impl Feature {
    /// This column's value for an interview.
    pub fn value(self, known: &Known) -> f64 {
        let answered = |answer| flag(known.answer == Some(answer));
        let came_by = |source| flag(known.source == Some(source));
        let by = |channel| flag(known.channel == Some(channel));
        let on = |day| flag(known.weekday == Some(day));
        let at = |part| flag(known.day_part == Some(part));
        match self {
            // ln((1+days)/(1+3)).
            Self::LeadTime => centred(finite(known.lead_days), USUAL_LEAD_DAYS),
            Self::LeadTimeUnknown => flag(finite(known.lead_days).is_none()),
            // Rounds after the first.
            Self::LaterRound => beyond(known.round, 1),
            Self::RoundUnknown => flag(known.round.is_none()),
            // Tries after the first.
            Self::FurtherAttempt => beyond(known.attempt, 1),
            Self::AttemptUnknown => flag(known.attempt.is_none()),
            Self::AnswerReplied => answered(Answer::Replied),
            Self::AnswerConfirmed => answered(Answer::Confirmed),
            Self::AnswerOtherTime => answered(Answer::OtherTime),
            Self::AnswerUnknown => flag(known.answer.is_none()),
            // ln((24+hours)/(24+24)), so that it counts in days.
            Self::SilenceLength => {
                centred(finite(known.hours_since_message).map(|hours| hours / 24.0), USUAL_SILENCE_HOURS / 24.0)
            }
            Self::SilenceUnknown => flag(finite(known.hours_since_message).is_none()),
            Self::Reminded => flag(known.reminded == Some(true)),
            Self::ReminderUnknown => flag(known.reminded.is_none()),
            // ln((1+messages)/(1+2)).
            Self::MessageCount => centred(known.messages.map(f64::from), USUAL_MESSAGES),
            Self::MessageCountUnknown => flag(known.messages.is_none()),
            Self::RescheduleCount => beyond(known.reschedules, 0),
            Self::RescheduleCountUnknown => flag(known.reschedules.is_none()),
            Self::MovedByCandidate => flag(matches!(known.moved_by, Some(MovedBy::Candidate | MovedBy::Both))),
            Self::MovedByHost => flag(matches!(known.moved_by, Some(MovedBy::Host | MovedBy::Both))),
            Self::MovedByUnknown => flag(known.moved_by.is_none()),
            // Wednesday is the day that the others are compared to.
            Self::Monday => on(Weekday::Monday),
            Self::Tuesday => on(Weekday::Tuesday),
            Self::Thursday => on(Weekday::Thursday),
            Self::Friday => on(Weekday::Friday),
            Self::Saturday => on(Weekday::Saturday),
            Self::Sunday => on(Weekday::Sunday),
            Self::WeekdayUnknown => flag(known.weekday.is_none()),
            // As is the late morning.
            Self::StartEarly => at(DayPart::Early),
            Self::StartMidday => at(DayPart::Midday),
            Self::StartAfternoon => at(DayPart::Afternoon),
            Self::StartEvening => at(DayPart::Evening),
            Self::StartUnknown => flag(known.day_part.is_none()),
            // ln(1+count).
            Self::EarlierAttended => centred(known.earlier.map(|earlier| f64::from(earlier.attended)), 0.0),
            Self::EarlierMissed => centred(known.earlier.map(|earlier| f64::from(earlier.missed)), 0.0),
            Self::EarlierUnknown => flag(known.earlier.is_none()),
            Self::ForecastUncertain => flag(known.forecast == Some(Forecast::Uncertain)),
            Self::ForecastNotExpected => flag(known.forecast == Some(Forecast::NotExpected)),
            Self::ForecastAbsent => flag(known.forecast.is_none()),
            // Compared to job boards.
            Self::SourceCareerPage => came_by(Source::CareerPage),
            Self::SourceReferral => came_by(Source::Referral),
            Self::SourceAgency => came_by(Source::Agency),
            Self::SourceApproached => came_by(Source::Approached),
            Self::SourceOther => came_by(Source::Other),
            Self::SourceUnknown => flag(known.source.is_none()),
            // Compared to mail.
            Self::ChannelTextMessage => by(Channel::TextMessage),
            Self::ChannelChat => by(Channel::Chat),
            Self::ChannelTelephone => by(Channel::Telephone),
            Self::ChannelUnknown => flag(known.channel.is_none()),
            Self::PlaceNotTold => flag(known.place_told == Some(false)),
            Self::PlaceUnknown => flag(known.place_told.is_none()),
        }
    }
}

fn flag(on: bool) -> f64 {
    if on { 1.0 } else { 0.0 }
}

/// What is no number is unknown; before the beginning is the beginning.
pub(super) fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite()).map(|value| value.clamp(0.0, LARGEST))
}

fn centred(value: Option<f64>, usual: f64) -> f64 {
    value.map_or(0.0, |value| (value.clamp(0.0, LARGEST).ln_1p()) - usual.ln_1p())
}

fn beyond(count: Option<u32>, first: u32) -> f64 {
    count.map_or(0.0, |count| f64::from(count.saturating_sub(first).min(CAP)))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::features::Topic;
    use super::super::known::Earlier;
    use super::*;

    /// The interview at which every column is 0.
    pub fn usual() -> Known {
        Known {
            lead_days: Some(USUAL_LEAD_DAYS),
            round: Some(1),
            attempt: Some(1),
            answer: Some(Answer::Nothing),
            hours_since_message: Some(USUAL_SILENCE_HOURS),
            reminded: Some(false),
            messages: Some(2),
            reschedules: Some(0),
            moved_by: Some(MovedBy::Nobody),
            weekday: Some(Weekday::Wednesday),
            day_part: Some(DayPart::Morning),
            earlier: Some(Earlier::default()),
            forecast: Some(Forecast::Expected),
            source: Some(Source::JobBoard),
            channel: Some(Channel::Mail),
            place_told: Some(true),
        }
    }

    #[test]
    fn the_usual_interview_is_zero_everywhere_and_nothing_known_says_so_in_every_topic() {
        assert_eq!(encode(&usual()), vec![0.0; Feature::ALL.len()]);
        let (unknown, mut topics) = (Known::default(), Vec::<Topic>::new());
        for feature in Feature::ALL {
            let value = feature.value(&unknown);
            assert!([0.0_f64, 1.0].map(f64::to_bits).contains(&value.to_bits()));
            if value > 0.5 {
                topics.push(feature.topic());
            }
        }
        let mut all: Vec<Topic> = Feature::ALL.iter().map(|feature| feature.topic()).collect();
        all.dedup();
        assert_eq!(topics, all, "one indicator for each, in the same order");
    }

    #[test]
    fn the_list_holds_every_feature_once_in_its_order() {
        assert!(Feature::ALL.is_sorted_by(|one, other| one < other));
        assert!(Feature::ALL.iter().enumerate().all(|(index, feature)| *feature as usize == index));
        assert_eq!(Feature::ALL.last(), Some(&Feature::PlaceUnknown), "the last variant");
        assert!(Feature::ALL.len() < 60, "the regression is meant for dozens of columns");
    }

    #[test]
    fn hostile_values_stay_finite() {
        for value in [f64::NAN, f64::INFINITY, -1.0, f64::MAX, f64::MIN] {
            let known = Known {
                lead_days: Some(value),
                hours_since_message: Some(value),
                messages: Some(u32::MAX),
                round: Some(u32::MAX),
                attempt: Some(0),
                earlier: Some(Earlier { attended: u32::MAX, missed: u32::MAX }),
                ..usual()
            };
            assert!(encode(&known).iter().all(|value| value.abs() < 30.0), "{value}: {:?}", encode(&known));
        }
        assert!(Feature::LeadTimeUnknown.value(&Known { lead_days: Some(f64::NAN), ..usual() }) > 0.5);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn more_is_more(days in 0.0..500.0_f64, more in 0.1..500.0_f64, missed in 0..50_u32) {
            let of = |days| Feature::LeadTime.value(&Known { lead_days: Some(days), ..usual() });
            prop_assert!(of(days) < of(days + more));
            let of = |missed| {
                Feature::EarlierMissed.value(&Known { earlier: Some(Earlier { attended: 0, missed }), ..usual() })
            };
            prop_assert!(of(missed) < of(missed + 1));
        }
    }
}
