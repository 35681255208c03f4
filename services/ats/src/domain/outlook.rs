//! How far a candidate is and what happens next, in what they know.
//!
//! Nothing here tells a decision that they have not been told: a rejected application looks as it did before, to the
//! hour. What is said of when they hear from the company follows from what they saw last, and not from how things stand.

use chrono::{DateTime, Utc};
use usher_proto::ats::v1::{ApplicationState, CentreNextStep, CentreProgress, InterviewState, OfferState};

use super::{application::Application, interview::Interview, offer::Offer, settings::Settings};

/// How far, and what next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    pub progress: CentreProgress,
    pub next: CentreNextStep,
    pub when: Option<DateTime<Utc>>,
}

/// Of an application, with the interview that the candidate sees and the last offer that was sent to them.
pub fn outlook(
    application: &Application,
    interview: Option<&Interview>,
    offer: Option<&Offer>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Outlook {
    let told = |progress, next, when| Outlook { progress, next, when };
    match application.state {
        ApplicationState::Hired => return told(CentreProgress::Hired, CentreNextStep::StartWork, None),
        ApplicationState::Withdrawn => return told(CentreProgress::Withdrawn, CentreNextStep::None, None),
        ApplicationState::Active | ApplicationState::Rejected | ApplicationState::Unspecified => {}
    }
    let offer = offer.filter(|offer| offer.state != OfferState::Rescinded);
    if let Some(offer) = offer.filter(|offer| offer.awaits_answer(now)) {
        let by = Some(offer.terms.expire_time);
        return told(CentreProgress::Offer, CentreNextStep::AnswerOffer, by);
    }
    let progress = match (offer, interview) {
        (Some(_), _) => CentreProgress::Offer,
        (None, Some(_)) => CentreProgress::Interview,
        (None, None) => CentreProgress::InReview,
    };
    let ahead = interview.filter(|interview| interview.is_open(now));
    if let Some(interview) = ahead {
        let (next, when) = match (interview.state, interview.offers_end(now)) {
            (InterviewState::OtherTimeRequested, Some(end)) => (CentreNextStep::ChooseTime, Some(end)),
            (InterviewState::OtherTimeRequested, None) => (CentreNextStep::WaitForTimes, None),
            (InterviewState::Confirmed, _) => (CentreNextStep::Come, Some(interview.start_time)),
            _ => (CentreNextStep::AnswerInvitation, Some(interview.answer_by)),
        };
        return told(progress, next, when);
    }
    let seen = [
        Some(application.create_time),
        interview.map(|interview| interview.cancel_time.unwrap_or_else(|| interview.end())),
        offer.map(|offer| offer.answer_time.unwrap_or(offer.terms.expire_time)),
    ];
    let since = seen.into_iter().flatten().filter(|time| *time <= now).max();
    let by = since.map(|since| settings.breach(since, 1)).filter(|by| *by > now);
    told(progress, CentreNextStep::WaitForWord, by)
}

#[cfg(test)]
mod tests {
    use chassis::Actor;
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::{
        CandidateId, application::ApplicationId, interview::tests::sample, job::JobId, offer::tests::sample as offered,
    };

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn application() -> Application {
        Application {
            id: ApplicationId::new(),
            job_id: JobId::new(),
            candidate_id: CandidateId::new(),
            stage: "applied".to_owned(),
            state: ApplicationState::Active,
            source: "referral".to_owned(),
            version: 1,
            create_time: now(),
            update_time: now(),
            stage_time: now(),
            clash_with: None,
        }
    }

    #[test]
    fn each_way_of_standing_has_its_next_step() {
        let settings = Settings::default();
        let app = application();
        let of = |interview: Option<&Interview>, offer: Option<&Offer>| {
            let told = outlook(&app, interview, offer, &settings, now());
            (told.progress, told.next, told.when)
        };
        let by = Some(settings.breach(now(), 1));
        assert_eq!(of(None, None), (CentreProgress::InReview, CentreNextStep::WaitForWord, by));
        let mut met = sample(now());
        let (start, answer_by) = (met.start_time, met.answer_by);
        let expected = (CentreProgress::Interview, CentreNextStep::AnswerInvitation, Some(answer_by));
        assert_eq!(of(Some(&met), None), expected);
        met.state = InterviewState::Confirmed;
        assert_eq!(of(Some(&met), None).1, CentreNextStep::Come);
        assert_eq!(of(Some(&met), None).2, Some(start));
        met.state = InterviewState::OtherTimeRequested;
        assert_eq!(of(Some(&met), None).1, CentreNextStep::ChooseTime);
        met.offered_times.clear();
        assert_eq!(of(Some(&met), None), (CentreProgress::Interview, CentreNextStep::WaitForTimes, None));
        let mut offer = offered(now(), &[]);
        let actor = Actor::service("test");
        offer.submit(actor.clone(), now()).unwrap();
        offer.send(actor, now()).unwrap();
        assert_eq!(of(Some(&met), Some(&offer)).1, CentreNextStep::AnswerOffer);
    }

    #[test]
    fn a_rejection_that_nobody_has_told_changes_nothing_that_is_seen() {
        let settings = Settings::default();
        let concluded = Interview { state: InterviewState::Concluded, ..sample(now()) };
        let concluded = Interview { start_time: now() - TimeDelta::hours(3), ..concluded };
        for interview in [None, Some(&concluded)] {
            let live = application();
            let rejected = Application {
                state: ApplicationState::Rejected,
                stage: "offer".to_owned(),
                version: 9,
                ..live.clone()
            };
            let told = |application: &Application| outlook(application, interview, None, &settings, now());
            assert_eq!(told(&live), told(&rejected));
        }
    }
}
