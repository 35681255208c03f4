//! Why somebody did not come, from recorded facts alone.
//!
//! The ledger tells what was done and what was not; it reads no minds. Whose failure it was follows from the first line
//! that fits:
//!
//! | the record says | failure |
//! |---|---|
//! | the host did not come | the host's |
//! | no message with the time got to the candidate before the start | the host's: nobody told them |
//! | the candidate asked for another time, and none was offered | the host's: nobody answered them |
//! | the candidate asked for another time, was offered some, and took none | nobody's: both tried |
//! | the candidate confirmed, and nobody reminded them though they confirmed more than two days before | shared |
//! | the candidate confirmed | the candidate's |
//! | they were asked, never answered, and were not reminded | shared |
//! | they were asked, never answered, and were reminded | the candidate's |

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::{
    ats::v1::{Attendance, NoShowCause, NoShowFailure},
    outreach::v1::MessageKind,
};

use super::moment::{How, Moment, What};

/// Who confirms earlier than so long before the start is reminded.
const FRESH: TimeDelta = TimeDelta::days(2);

/// What the record says of an interview that somebody missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Whether no message was refused for want of facts, or the last one had them all.
    pub facts_complete: bool,
    /// When the last message that asked them got to its channel, before the start.
    pub delivered: Option<DateTime<Utc>>,
    /// When they were reminded, by a message.
    pub reminded: Vec<DateTime<Utc>>,
    /// When somebody of the team was asked to reach them.
    pub suggested: Vec<DateTime<Utc>>,
    /// When they opened their page first.
    pub viewed: Option<DateTime<Utc>>,
    /// When they last answered, and whether that was a yes.
    pub answered: Option<(DateTime<Utc>, bool)>,
    /// Whether they asked for another time after they last said yes.
    pub asked_other_time: bool,
    /// Whether other times were offered to them.
    pub reschedule_offered: bool,
    /// Until when those were held.
    offered_until: Option<DateTime<Utc>>,
    pub failure: NoShowFailure,
    pub cause: NoShowCause,
}

/// The ledger of an interview that was missed by whom the attendance says; `None` for one that was not.
pub fn of(attendance: Attendance, start: DateTime<Utc>, moments: &[Moment]) -> Option<Ledger> {
    if !matches!(attendance, Attendance::CandidateNoShow | Attendance::HostNoShow) {
        return None;
    }
    let mut ledger = Ledger {
        facts_complete: true,
        delivered: None,
        reminded: Vec::new(),
        suggested: Vec::new(),
        viewed: None,
        answered: None,
        asked_other_time: false,
        reschedule_offered: false,
        offered_until: None,
        failure: NoShowFailure::Unspecified,
        cause: NoShowCause::Unspecified,
    };
    moments.iter().filter(|moment| moment.time < start).for_each(|moment| ledger.enter(moment, start));
    // Of what happened before anything was written down nothing is known, and nothing is said.
    if !moments.is_empty() {
        (ledger.failure, ledger.cause) = ledger.judge(attendance, start);
    }
    Some(ledger)
}

impl Ledger {
    fn enter(&mut self, moment: &Moment, start: DateTime<Utc>) {
        match &moment.what {
            What::Moved { .. } => {
                (self.delivered, self.answered, self.asked_other_time) = (None, None, false);
                self.forget_time();
            }
            What::Asked { sent } if *sent < start => {
                self.delivered = Some(*sent);
                self.facts_complete = true;
            }
            What::Undelivered { reason } if reason == "FACTS_MISSING" => self.facts_complete = false,
            What::Told { kind, sent } if *sent < start && is_reminder(*kind) => self.reminded.push(*sent),
            What::FollowedUp { how: How::Suggested, .. } => self.suggested.push(moment.time),
            What::Viewed => {
                self.viewed.get_or_insert(moment.time);
            }
            What::Confirmed => {
                self.answered = Some((moment.time, true));
                self.asked_other_time = false;
            }
            What::TimeTaken { .. } => {
                self.answered = Some((moment.time, true));
                self.asked_other_time = false;
                self.forget_time();
            }
            What::OtherTimeRequested => {
                self.answered = Some((moment.time, false));
                self.asked_other_time = true;
                self.reschedule_offered = self.offered_until.is_some_and(|until| until > moment.time);
            }
            What::TimesOffered { until } => {
                self.offered_until = Some(*until);
                self.reschedule_offered = true;
            }
            _ => {}
        }
    }

    /// What was said of an earlier time says nothing about this one.
    fn forget_time(&mut self) {
        self.reminded.clear();
        self.suggested.clear();
        (self.reschedule_offered, self.offered_until) = (false, None);
    }

    fn judge(&self, attendance: Attendance, start: DateTime<Utc>) -> (NoShowFailure, NoShowCause) {
        let confirmed = self.answered.filter(|(_, yes)| *yes).map(|(time, _)| time);
        if attendance == Attendance::HostNoShow {
            (NoShowFailure::Host, NoShowCause::HostAbsent)
        } else if self.delivered.is_none() && confirmed.is_none() {
            (NoShowFailure::Host, NoShowCause::NotTold)
        } else if self.asked_other_time && !self.reschedule_offered {
            (NoShowFailure::Host, NoShowCause::OtherTimeUnanswered)
        } else if self.asked_other_time {
            (NoShowFailure::Nobody, NoShowCause::NoTimeFound)
        } else if let Some(confirmed) = confirmed {
            if self.reminded.is_empty() && start - confirmed > FRESH {
                (NoShowFailure::Shared, NoShowCause::ConfirmedNotReminded)
            } else {
                (NoShowFailure::Candidate, NoShowCause::ConfirmedDidNotCome)
            }
        } else if self.reminded.is_empty() {
            (NoShowFailure::Shared, NoShowCause::SilentNotReminded)
        } else {
            (NoShowFailure::Candidate, NoShowCause::SilentReminded)
        }
    }
}

fn is_reminder(kind: i32) -> bool {
    let kind = MessageKind::try_from(kind).unwrap_or_default();
    matches!(kind, MessageKind::InterviewReminder | MessageKind::InterviewUpcoming)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + hours * 3_600, 0).unwrap()
    }

    fn judged(attendance: Attendance, moments: &[(i64, What)]) -> (NoShowFailure, NoShowCause) {
        let moment = |(hours, what): &(i64, What)| Moment { time: at(*hours), what: what.clone() };
        let moments: Vec<Moment> = moments.iter().map(moment).collect();
        let ledger = of(attendance, at(100), &moments).unwrap();
        (ledger.failure, ledger.cause)
    }

    #[test]
    fn whose_failure_it_was_follows_from_the_first_line_that_fits() {
        let asked = (1, What::Asked { sent: at(1) });
        let reminded = (50, What::told(MessageKind::InterviewReminder, at(50)));
        let wanting = (20, What::OtherTimeRequested);
        let offered = (30, What::TimesOffered { until: at(60) });
        let yes = (40, What::Confirmed);
        let late_yes = (70, What::Confirmed);
        let refused = (1, What::Undelivered { reason: "FACTS_MISSING".to_owned() });
        let came = Attendance::CandidateNoShow;
        let stale = (2, What::TimesOffered { until: at(10) });
        let moved = (60, What::Moved { start: at(100) });
        let anew = (61, What::Asked { sent: at(61) });
        let cases: [(&[(i64, What)], _, _); 12] = [
            (&[], NoShowFailure::Unspecified, NoShowCause::Unspecified),
            (&[(0, What::Scheduled { start: at(100) })], NoShowFailure::Host, NoShowCause::NotTold),
            (&[refused], NoShowFailure::Host, NoShowCause::NotTold),
            (&[(200, What::Asked { sent: at(200) })], NoShowFailure::Host, NoShowCause::NotTold),
            (&[asked.clone(), wanting.clone()], NoShowFailure::Host, NoShowCause::OtherTimeUnanswered),
            (&[stale, asked.clone(), wanting.clone()], NoShowFailure::Host, NoShowCause::OtherTimeUnanswered),
            (&[asked.clone(), reminded.clone(), moved, anew], NoShowFailure::Shared, NoShowCause::SilentNotReminded),
            (&[asked.clone(), wanting, offered], NoShowFailure::Nobody, NoShowCause::NoTimeFound),
            (&[asked.clone(), yes.clone()], NoShowFailure::Shared, NoShowCause::ConfirmedNotReminded),
            (&[asked.clone(), late_yes], NoShowFailure::Candidate, NoShowCause::ConfirmedDidNotCome),
            (std::slice::from_ref(&asked), NoShowFailure::Shared, NoShowCause::SilentNotReminded),
            (&[asked.clone(), reminded.clone()], NoShowFailure::Candidate, NoShowCause::SilentReminded),
        ];
        for (moments, failure, cause) in cases {
            assert_eq!(judged(came, moments), (failure, cause), "{moments:?}");
        }
        let told = judged(came, &[asked.clone(), yes, reminded]);
        assert_eq!(told, (NoShowFailure::Candidate, NoShowCause::ConfirmedDidNotCome));
        assert_eq!(
            judged(Attendance::HostNoShow, std::slice::from_ref(&asked)),
            (NoShowFailure::Host, NoShowCause::HostAbsent)
        );
        assert_eq!(of(Attendance::Late, at(100), &[]), None);
    }
}
