//! Who does what at which beat: a queue of events in simulated time.

use std::collections::BTreeMap;

use usher_proto::ats::v1::{CandidateAnswer, OfferAnswer};

use super::calendar::Beat;

/// Something that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A recruiter adds somebody to the pool.
    Pool,
    /// A recruiter notes that something new was seen of somebody.
    Sight,
    /// Somebody applies.
    Apply,
    /// A recruiter invites somebody.
    Invite,
    /// A recruiter offers other times.
    OfferTimes,
    /// A recruiter calls off what somebody has found no time for.
    Tidy,
    /// It is seen who came.
    Attend,
    /// A recruiter decides after an interview, or in place of one.
    Decide,
    /// A recruiter writes to somebody once more, by hand.
    Nudge,
    /// A candidate answers, to the mail at that place.
    Answer(CandidateAnswer, Way, usize),
    /// A candidate takes one of the times of the mail at that place.
    Take(usize),
    /// A candidate answers an offer by the page of the mail at that place.
    AnswerOffer(OfferAnswer, usize),
    /// A candidate answers a campaign's mail with yes, or with no.
    Return(bool, usize),
    /// A candidate ends such mails with one click.
    Unsubscribe(usize),
    /// A candidate has had enough: says so, and withdraws.
    HasEnough(usize),
}

/// How somebody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// On their page.
    Page,
    /// By mail, in words.
    Mail,
}

/// A queue of what is going to happen, by beat, then in the order in which it was put there.
#[derive(Debug, Default)]
pub struct Agenda(BTreeMap<Beat, Vec<(usize, Act)>>);

impl Agenda {
    /// That person does that then.
    pub fn put(&mut self, beat: Beat, person: usize, act: Act) {
        self.0.entry(beat).or_default().push((person, act));
    }

    /// All that is due by then, by person and for each in its order.
    pub fn due(&mut self, beat: Beat) -> BTreeMap<usize, Vec<Act>> {
        let later = self.0.split_off(&beat.later(1));
        let due = std::mem::replace(&mut self.0, later);
        let mut by_person: BTreeMap<usize, Vec<Act>> = BTreeMap::new();
        for (person, act) in due.into_values().flatten() {
            by_person.entry(person).or_default().push(act);
        }
        by_person
    }

    /// When the next thing happens.
    pub fn next(&self) -> Option<Beat> {
        self.0.keys().next().copied()
    }
}
