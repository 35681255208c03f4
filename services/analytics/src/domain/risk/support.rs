//! What could help somebody to come: a closed list, of things that those who invite can do for them.

use serde::{Deserialize, Serialize};

use super::encode::{USUAL_LEAD_DAYS, finite};
use super::features::Topic;
use super::known::{Answer, Forecast, Known};

/// Hours of silence after which a word is due.
const LONG_SILENCE_HOURS: f64 = 72.0;
/// Days of lead that are worth shortening.
const LONG_LEAD_DAYS: f64 = 7.0;

/// The topics that those who invite can change. Nothing else ever becomes advice.
pub const MODIFIABLE: [Topic; 5] = [Topic::LeadTime, Topic::Answer, Topic::Silence, Topic::Reminder, Topic::Place];

/// Something to do for a candidate. None of it takes anything away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// A reminder 24 hours before the start.
    SendReminder,
    /// Ask for a yes, answerable with one touch.
    AskForConfirmation,
    /// Offer other times to choose from.
    OfferOtherTimes,
    /// Offer an earlier day.
    ShortenLeadTime,
    /// Tell the place, the way or the link (again).
    TellPlace,
    /// Write a word after a long silence.
    WriteAgain,
}

impl Support {
    /// All there are.
    pub const ALL: [Self; 6] = [
        Self::SendReminder,
        Self::AskForConfirmation,
        Self::OfferOtherTimes,
        Self::ShortenLeadTime,
        Self::TellPlace,
        Self::WriteAgain,
    ];

    /// The interview as it would be if this were done and taken up; nothing where it is not called for.
    ///
    /// What the model says of the difference orders the advice and is not its effect: that people who were reminded came more
    /// often does not prove that the reminder brought them. Only a comparison by lot would.
    pub fn taken_up(self, known: &Known) -> Option<Known> {
        let longer = |value: Option<f64>, than: f64| finite(value).is_some_and(|value| value > than);
        let (due, then) = match self {
            Self::SendReminder => (known.reminded != Some(true), Known { reminded: Some(true), ..*known }),
            Self::AskForConfirmation => {
                let due = matches!(known.answer, None | Some(Answer::Nothing | Answer::Replied));
                (due, Known { answer: Some(Answer::Confirmed), ..*known })
            }
            Self::OfferOtherTimes => {
                let doubtful = matches!(known.forecast, Some(Forecast::Uncertain | Forecast::NotExpected));
                let missed = known.earlier.is_some_and(|earlier| earlier.missed > 0);
                let due = known.answer == Some(Answer::OtherTime) || doubtful || missed;
                (due, Known { answer: Some(Answer::Confirmed), ..*known })
            }
            Self::ShortenLeadTime => {
                (longer(known.lead_days, LONG_LEAD_DAYS), Known { lead_days: Some(USUAL_LEAD_DAYS), ..*known })
            }
            Self::TellPlace => (known.place_told != Some(true), Known { place_told: Some(true), ..*known }),
            Self::WriteAgain => {
                let due = longer(known.hours_since_message, LONG_SILENCE_HOURS);
                (due, Known { hours_since_message: Some(0.0), ..*known })
            }
        };
        due.then_some(then)
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode::tests::usual;
    use super::super::features::Feature;
    use super::super::known::Earlier;
    use super::*;

    #[test]
    fn advice_touches_only_what_those_who_invite_can_change() {
        let (missed, doubtful) = (Some(Earlier { attended: 0, missed: 2 }), Some(Forecast::Uncertain));
        let long =
            Known { lead_days: Some(30.0), hours_since_message: Some(500.0), place_told: Some(false), ..usual() };
        for known in
            [Known::default(), usual(), Known { earlier: missed, ..long }, Known { forecast: doubtful, ..long }]
        {
            for then in Support::ALL.iter().filter_map(|support| support.taken_up(&known)) {
                for feature in Feature::ALL {
                    let same = feature.value(&known).to_bits() == feature.value(&then).to_bits();
                    assert!(same || MODIFIABLE.contains(&feature.topic()), "{feature:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_done_is_not_advised() {
        let done = Known { reminded: Some(true), answer: Some(Answer::Confirmed), ..usual() };
        assert!(Support::ALL.iter().all(|support| support.taken_up(&done).is_none()));
        let asked = Known { answer: Some(Answer::OtherTime), ..done };
        let due: Vec<_> = Support::ALL.into_iter().filter(|support| support.taken_up(&asked).is_some()).collect();
        assert_eq!(due, vec![Support::OfferOtherTimes], "who needs another time is not asked to confirm this one");
    }
}
