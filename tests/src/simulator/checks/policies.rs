//! Ways to follow people up, compared on the same people: what became of them, by the ledger.

use usher_proto::ats::v1::Attendance;

use crate::simulator::{
    calendar::Calendar,
    drive::town::{Place, everybody},
    ledger::{Case, End},
    reckoning::{applications::applications, interval::Share, survival},
};

/// What became of people under one policy.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// People who applied.
    pub people: i64,
    /// Of the interviews that were arranged, those that took place.
    pub attended: Share,
    /// Of the interviews that somebody waited for, those that their candidate missed.
    pub missed: Share,
    /// Messages that came to those people.
    pub messages: i64,
    /// People who asked for no more.
    pub opted_out: i64,
    /// People who took an offer.
    pub hired: i64,
    /// From their applications on, in days.
    pub days: Vec<i64>,
    /// Messages by hand that the suite refused to take.
    pub turned_away: usize,
}

impl Outcome {
    /// Of all worlds of a policy.
    pub fn of<'town>(places: impl IntoIterator<Item = &'town Place>, calendar: &Calendar) -> Self {
        let mut outcome = Self::default();
        for place in places {
            outcome.turned_away += place.ledger.turned_away.len();
            everybody(place).for_each(|(_, case)| outcome.count(case));
            let hired = applications(place).filter_map(|application| {
                let (_, beat) = application.end.filter(|(end, _)| *end == End::Hired)?;
                Some((calendar.time(beat) - calendar.time(application.beat)).num_days())
            });
            outcome.days.extend(hired);
        }
        outcome.hired = i64::try_from(outcome.days.len()).expect("some");
        outcome
    }

    /// Messages for each person.
    pub fn messages_each(&self) -> f64 {
        Share { k: self.messages, n: self.people }.value()
    }

    /// The median of days to an accepted offer.
    pub fn days_to_hire(&self) -> Option<f64> {
        survival::quantile(self.days.clone(), 0.5)
    }

    fn count(&mut self, case: &Case) {
        if case.application.is_none() {
            return;
        }
        self.people += 1;
        self.messages += i64::try_from(case.mails.len()).expect("some");
        self.opted_out += i64::from(case.opted_out.is_some());
        let Some(meeting) = &case.meeting else { return };
        let came = meeting.attendance.map(|(attendance, _)| attendance);
        self.attended.count(came == Some(Attendance::Attended));
        if let Some(came) = came {
            self.missed.count(came == Attendance::CandidateNoShow);
        }
    }
}
