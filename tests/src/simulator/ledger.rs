//! What the simulator itself knows to have happened, because it did it or a mail said so. Reports are reckoned from this alone.

use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{Attendance, CandidateAnswer, OfferAnswer},
    outreach::v1::{MessageKind, ReplyIntent},
};

use super::{calendar::Beat, planted::Reminded};

/// All that happened in one world.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// By person.
    pub cases: Vec<Case>,
    /// When the world's jobs were opened: id and beat.
    pub jobs: Vec<(String, Beat)>,
    /// How many are wanted for each.
    pub openings: i64,
    /// The comparison of two invitations.
    pub experiment: String,
    /// The campaign, once it is begun.
    pub campaign: Option<Campaign>,
    /// Tasks that recruiters have done: the task and the beat.
    pub done: Vec<(String, Beat)>,
    /// Messages that the suite refused to take from the naive: by reason.
    pub turned_away: Vec<String>,
}

/// A campaign.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// As the suite calls it.
    pub id: String,
    /// In hexadecimal; who is in which group follows from it.
    pub seed: String,
    /// When it began.
    pub beat: Beat,
}

/// One person's story.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// As the suite calls them; empty until they are known to it.
    pub candidate: String,
    /// When their profile was made.
    pub known: Option<Beat>,
    /// When something new was seen of them.
    pub sighted: Option<Beat>,
    /// Their application.
    pub application: Option<Application>,
    /// Its interview.
    pub meeting: Option<Meeting>,
    /// What they were offered.
    pub offer: Option<Offer>,
    /// All mails that came to them, in order.
    pub mails: Vec<Mail>,
    /// All mails that they wrote.
    pub replies: Vec<Reply>,
    /// When they asked for no more.
    pub opted_out: Option<Beat>,
    /// Messages about the interview that were sent by hand.
    pub nudges: u64,
}

/// An application.
#[derive(Debug, Clone)]
pub struct Application {
    /// As the suite calls it.
    pub id: String,
    /// For which of the world's jobs.
    pub job: usize,
    /// From where.
    pub source: &'static str,
    /// When it was made.
    pub beat: Beat,
    /// Stages in the order in which they were entered.
    pub stages: Vec<(&'static str, Beat)>,
    /// How it ended.
    pub end: Option<(End, Beat)>,
}

/// How an application ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// They took the offer.
    Hired,
    /// Somebody said no to them.
    Rejected,
    /// They said no.
    Withdrawn,
}

/// An interview.
#[derive(Debug, Clone)]
pub struct Meeting {
    /// As the suite calls it.
    pub id: String,
    /// When it was arranged.
    pub arranged: Beat,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// What the candidate did about it, in order.
    pub answers: Vec<(CandidateAnswer, Beat)>,
    /// When other times were offered, and which.
    pub offered: Option<(Beat, Vec<DateTime<Utc>>)>,
    /// When the recruiter called it off.
    pub cancelled: Option<Beat>,
    /// Who came, and how likely it was that the candidate would not.
    pub attendance: Option<(Attendance, f64)>,
}

/// An offer.
#[derive(Debug, Clone)]
pub struct Offer {
    /// As the suite calls it.
    pub id: String,
    /// When it was sent.
    pub sent: Beat,
    /// What they said.
    pub answer: Option<(OfferAnswer, Beat)>,
    /// Until when they could.
    pub expires: DateTime<Utc>,
}

/// A mail that came to somebody.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its `Message-ID`.
    pub id: String,
    /// What it is for, by its subject.
    pub kind: MessageKind,
    /// When it came.
    pub beat: Beat,
    /// Whether it introduces the team.
    pub is_introduced: bool,
    /// Where an answer by mail goes.
    pub reply_to: String,
    /// The reader's own page; empty where it names none.
    pub page: String,
    /// Where one click ends such mails; empty where there is no such place.
    pub unsubscribe: String,
    /// Its subject.
    pub subject: String,
}

/// A mail that somebody wrote.
#[derive(Debug, Clone)]
pub struct Reply {
    /// To which mail of theirs, by place.
    pub to: usize,
    /// When.
    pub beat: Beat,
    /// What they meant.
    pub intent: ReplyIntent,
}

impl Case {
    /// Whether the interview is still going to be.
    pub fn is_expected(&self) -> bool {
        let Some(meeting) = &self.meeting else { return false };
        let is_live = self.application.as_ref().is_some_and(|application| application.end.is_none());
        is_live && meeting.cancelled.is_none() && meeting.attendance.is_none() && !meeting.is_declined()
    }

    /// The mails of a kind, by place.
    pub fn of_kind(&self, kind: MessageKind) -> impl Iterator<Item = (usize, &Mail)> {
        self.mails.iter().enumerate().filter(move |(_, mail)| mail.kind == kind)
    }

    /// How the candidate was reminded within 30 hours before that.
    pub fn reminded(&self, start: DateTime<Utc>, time: impl Fn(Beat) -> DateTime<Utc>) -> Reminded {
        let soon = |mail: &&Mail| {
            let before = start - time(mail.beat);
            before > chrono::TimeDelta::zero() && before < chrono::TimeDelta::hours(30)
        };
        let how: Vec<Reminded> = self.mails.iter().filter(soon).map(|mail| Reminded::by(mail.kind)).collect();
        let best = [Reminded::Clearly, Reminded::Vaguely].into_iter().find(|best| how.contains(best));
        best.unwrap_or(Reminded::No)
    }
}

impl Meeting {
    /// What the candidate said last.
    pub fn last(&self) -> Option<CandidateAnswer> {
        self.answers.last().map(|(answer, _)| *answer)
    }

    /// Whether they said last that they come.
    pub fn is_confirmed(&self) -> bool {
        matches!(self.last(), Some(CandidateAnswer::Confirmed | CandidateAnswer::OtherTimeTaken))
    }

    /// Whether they said last that they do not.
    pub fn is_declined(&self) -> bool {
        matches!(self.last(), Some(CandidateAnswer::Declined | CandidateAnswer::Withdrew))
    }

    /// Whether they want another time and have taken none.
    pub fn wants_other_time(&self) -> bool {
        self.last() == Some(CandidateAnswer::OtherTimeRequested)
    }
}
