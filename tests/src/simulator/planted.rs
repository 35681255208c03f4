//! The probabilities by which people act: what the suite's reports have to find. All of it is invented.

use usher_proto::outreach::v1::MessageKind;

/// From where applications come, in the order of [`Planted::accepts`]. Those of campaigns come from the pool.
pub const SOURCES: [&str; 3] = ["referral", "job_board", "campus"];
/// Whoever comes back from the pool.
pub const POOL: &str = "talent_pool";

/// What is planted in a world.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    /// Answer an invitation, sooner or later.
    pub answers: f64,
    /// Added to that where the mail introduces the team.
    pub introduction: f64,
    /// Of those who answer, the share that does so within the day, unasked; the others answer when they are asked again.
    pub prompt: f64,
    /// How much of a reminder's effect on them a message without a fact has.
    pub vague: f64,
    /// Of those who answer, the share that asks for another time.
    pub other_time: f64,
    /// Of those who answer, the share that declines.
    pub declines: f64,
    /// Of those who have a choice, the share that answers by mail and not on the page.
    pub by_mail: f64,
    /// Take one of the times that are offered to them.
    pub takes: f64,
    /// Of those who said that they come and are not reminded, the share that stays away.
    pub stays_away: f64,
    /// What is left of that when they are reminded within a day before.
    pub reminded: f64,
    /// Of those who never answered, the share that stays away.
    pub silent_stays_away: f64,
    /// Of those who came, the share that is offered the job.
    pub is_offered: f64,
    /// Of those, the share that accepts, by source.
    pub accepts: [f64; 3],
    /// The same of those who came from the pool.
    pub accepts_from_pool: f64,
    /// The share that declines an offer; the others never answer.
    pub declines_offer: f64,
    /// Of the pool, the share of which something new was seen.
    pub recent: f64,
    /// Of the pool, the share that is dormant for a year.
    pub dormant: f64,
    /// Come back when a campaign writes to them, of whom something new was seen.
    pub recent_returns: f64,
    /// The same of the dormant.
    pub dormant_returns: f64,
    /// The same of all others.
    pub other_returns: f64,
    /// Come back without anybody having written.
    pub returns_alone: f64,
    /// Of those to whom a campaign writes, the share that says no.
    pub refuses: f64,
    /// Of those to whom a campaign writes, the share that wants no more such mails.
    pub unsubscribes: f64,
    /// Of those who apply, the share that waits longer for a first word than the tenant allows.
    pub waits: f64,
    /// After each message beyond three about one interview, the share that asks for no more and withdraws.
    pub has_enough: f64,
}

impl Planted {
    /// What the simulator plants.
    pub fn usual() -> Self {
        Self {
            answers: 0.62,
            introduction: 0.09,
            prompt: 0.7,
            vague: 0.5,
            other_time: 0.12,
            declines: 0.10,
            by_mail: 0.4,
            takes: 0.85,
            stays_away: 0.30,
            reminded: 0.5,
            silent_stays_away: 0.55,
            is_offered: 0.6,
            accepts: [0.80, 0.65, 0.50],
            accepts_from_pool: 0.65,
            declines_offer: 0.15,
            recent: 0.3,
            dormant: 0.3,
            recent_returns: 0.45,
            dormant_returns: 0.04,
            other_returns: 0.15,
            returns_alone: 0.05,
            refuses: 0.08,
            unsubscribes: 0.03,
            waits: 0.25,
            has_enough: 0.12,
        }
    }

    /// Nothing: whatever differs between people says nothing about what they do.
    pub fn nothing() -> Self {
        let usual = Self::usual();
        Self {
            introduction: 0.0,
            reminded: 1.0,
            silent_stays_away: usual.stays_away,
            accepts: [usual.accepts_from_pool; 3],
            recent_returns: usual.other_returns,
            dormant_returns: usual.other_returns,
            returns_alone: usual.other_returns,
            waits: 0.0,
            ..usual
        }
    }

    /// How likely an invitation is answered, sooner or later.
    pub fn answers(&self, is_introduced: bool) -> f64 {
        self.answers + if is_introduced { self.introduction } else { 0.0 }
    }

    /// How likely somebody stays away whose answer, if any, was yes.
    pub fn stays_away(&self, is_confirmed: bool, reminded: Reminded) -> f64 {
        match (is_confirmed, reminded) {
            (false, _) => self.silent_stays_away,
            (true, Reminded::No) => self.stays_away,
            (true, Reminded::Clearly) => self.stays_away * self.reminded,
            (true, Reminded::Vaguely) => self.stays_away * (1.0 - (1.0 - self.reminded) * self.vague),
        }
    }

    /// How likely an offer is accepted.
    pub fn accepts(&self, source: &str) -> f64 {
        SOURCES.iter().position(|one| *one == source).map_or(self.accepts_from_pool, |place| self.accepts[place])
    }

    /// How likely somebody of the pool comes back to whom a campaign writes, whoever they are.
    pub fn returns(&self) -> f64 {
        self.recent * self.recent_returns
            + self.dormant * self.dormant_returns
            + (1.0 - self.recent - self.dormant) * self.other_returns
    }
}

/// Whether somebody was reminded within a day before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminded {
    /// Not at all.
    No,
    /// By a message that says when and where.
    Clearly,
    /// By one that does not.
    Vaguely,
}

impl Reminded {
    /// By a message of that kind.
    pub fn by(kind: MessageKind) -> Self {
        match kind {
            MessageKind::InterviewUpcoming => Self::Clearly,
            MessageKind::Custom => Self::Vaguely,
            _ => Self::No,
        }
    }
}
