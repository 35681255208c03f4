//! When a rule is due, by how things stand, and what is right when its time has come.
//!
//! Nothing here knows the time of day: a rule's moment follows from what happened, and is the same however late somebody
//! looks. What is done at that moment depends on when somebody looks, since the moment may come late, after a night
//! without power or a clock that jumped.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::ats::v1::{CadenceMode, CadenceTrigger};

use super::{
    halfway,
    rule::Rule,
    standing::{Phase, Standing},
};
use crate::domain::moment::{How, Moment, What};

/// Later than so long before the start nobody is asked by message: it leaves no time to answer.
pub const LAST_CALL: TimeDelta = TimeDelta::hours(2);
/// Sooner than so long after the last word nobody is asked again: two messages in one hour are noise.
const BREATH: TimeDelta = TimeDelta::hours(2);
/// Sooner than so long after the last word nobody is told what they know.
const MEMORY: TimeDelta = TimeDelta::hours(12);
/// A timer is looked at some moments after it is due, and never before.
pub const LAG: TimeDelta = TimeDelta::minutes(10);

/// When a rule is due next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub rule: String,
    pub at: DateTime<Utc>,
    /// What it is about: each episode has its own count.
    pub episode: i64,
    /// Counted from 1.
    pub nth: i32,
    /// Whether a message could not come in time even if it went out when due.
    call: bool,
    /// What is done in place of a message that would come later than it helps, and from when on.
    late: Option<(DateTime<Utc>, How)>,
    start: Option<DateTime<Utc>>,
}

impl Due {
    /// What is right to do now that it is due, by a rule of that mode.
    pub fn how(&self, mode: CadenceMode, now: DateTime<Utc>) -> How {
        if self.start.is_some_and(|start| start <= now) {
            return How::Skipped;
        }
        match self.late {
            Some((latest, instead)) if latest.max(self.at) + LAG < now => instead,
            _ if mode == CadenceMode::Auto && !self.call => How::Sent,
            _ => How::Suggested,
        }
    }

    /// What is written down once it was followed.
    pub fn followed(&self, how: How) -> What {
        What::FollowedUp { rule: self.rule.clone(), episode: self.episode, nth: self.nth, how }
    }
}

/// When a rule is due, by how things stand; `None` while it is not going to be.
pub fn due(rule: &Rule, standing: &Standing) -> Option<Due> {
    if !rule.enabled {
        return None;
    }
    match rule.trigger() {
        CadenceTrigger::Unanswered => unanswered(rule, standing, Phase::Asking),
        CadenceTrigger::OfferUnanswered => unanswered(rule, standing, Phase::Offered),
        CadenceTrigger::ViewedUnanswered => viewed(rule, standing),
        CadenceTrigger::UnconfirmedBeforeStart => before_start(rule, standing, Phase::Asking),
        CadenceTrigger::Upcoming => before_start(rule, standing, Phase::Settled),
        CadenceTrigger::Undelivered => undelivered(rule, standing),
        CadenceTrigger::NoShow => no_show(rule, standing),
        CadenceTrigger::Unspecified => None,
    }
}

/// The rule that is due first. Of two at one time, the one that stands first.
pub fn next<'r>(rules: &'r [Rule], standing: &Standing) -> Option<(&'r Rule, Due)> {
    rules.iter().filter_map(|rule| Some((rule, due(rule, standing)?))).min_by_key(|(_, due)| due.at)
}

/// Everything that is due by now, in its order; each is written into the history as followed.
pub fn follow<'r>(rules: &'r [Rule], history: &mut Vec<Moment>, now: DateTime<Utc>) -> Vec<(&'r Rule, Due, How)> {
    let mut standing = Standing::after(&*history);
    let mut followed = Vec::new();
    while let Some((rule, due)) = next(rules, &standing).filter(|(_, due)| due.at <= now) {
        let how = due.how(rule.mode(), now);
        let moment = Moment { time: now, what: due.followed(how) };
        standing.apply(&moment);
        history.push(moment);
        followed.push((rule, due, how));
    }
    followed
}

/// What one rule would have done within a period, had it been followed in a history. What was really done by it is left
/// out, with the messages that came of it; how people would have answered is not known, so the rest stays as it was.
pub fn rehearse(rule: &Rule, history: &[Moment], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(Due, How)> {
    let others = without(rule, history);
    let mut moments = others.into_iter().peekable();
    let mut standing = Standing::default();
    let mut touched = Vec::new();
    while let Some(moment) = moments.next() {
        standing.apply(moment);
        let until = moments.peek().map_or(to, |next| next.time.min(to));
        while let Some(due) = due(rule, &standing).filter(|due| due.at < until) {
            // Looked at when it became known that it is due.
            let time = due.at.max(moment.time);
            if time >= until {
                break;
            }
            let how = due.how(rule.mode(), time);
            standing.apply(&Moment { time, what: due.followed(how) });
            if time >= from && how != How::Skipped {
                touched.push((Due { at: time, ..due }, how));
            }
        }
    }
    touched
}

/// A history without what a rule did in it, and without the word that its messages were sent. Moments name no rule there,
/// so that the next message of the rule's kind is taken to be its own.
fn without<'m>(rule: &Rule, history: &'m [Moment]) -> Vec<&'m Moment> {
    let mut under_way = false;
    let is_anothers = |moment: &&Moment| match &moment.what {
        What::FollowedUp { rule: key, how, .. } if *key == rule.key => {
            under_way = *how == How::Sent;
            false
        }
        // A message of its kind that another rule asked for meanwhile is taken to be that one's.
        What::FollowedUp { how: How::Sent, .. } => {
            under_way = false;
            true
        }
        What::Told { kind, .. } if *kind == i32::from(rule.message_kind()) && under_way => {
            under_way = false;
            false
        }
        _ => true,
    };
    history.iter().filter(is_anothers).collect()
}

struct Turn {
    nth: i32,
    last: Option<DateTime<Utc>>,
}

/// Which time it is that a rule is followed in an episode; `None` when it has been as often as it says.
fn turn(rule: &Rule, standing: &Standing, episode: i64) -> Option<Turn> {
    let done = standing.done(&rule.key, episode);
    let times = done.map_or(0, |done| done.times);
    (times < rule.at_most).then_some(Turn { nth: times + 1, last: done.map(|done| done.last) })
}

/// Counted from the sending; a day in a queue is not the candidate's silence. No later than leaves time to answer, and no
/// sooner than lets them breathe: where no moment is both, because it was booked for soon, a person is asked to call,
/// half-way to the start.
fn unanswered(rule: &Rule, standing: &Standing, phase: Phase) -> Option<Due> {
    // An offer that is known not to have arrived is asked about by a person; of an invitation a rule of its own speaks.
    let unheard = standing.undelivered.filter(|_| phase == Phase::Offered && standing.asked.is_none());
    let (asked, start) = (standing.asked.or(unheard)?, standing.start?);
    if standing.phase != phase || asked >= start {
        return None;
    }
    let Turn { nth, last } = turn(rule, standing, standing.ask)?;
    let latest = start - LAST_CALL;
    let mut due = Due {
        rule: rule.key.clone(),
        at: latest,
        episode: standing.ask,
        nth,
        call: unheard.is_some(),
        late: Some((latest, How::Suggested)),
        start: Some(start),
    };
    let after_word = standing.last_word.filter(|word| *word > asked).map(|word| word + BREATH);
    let soonest = (asked + BREATH.min(rule.delay())).max(after_word.unwrap_or(asked));
    match last {
        None => {
            due.at = (asked + rule.delay()).max(soonest).min(latest);
            if due.at < soonest {
                (due.at, due.call) = (halfway(asked, start), true);
            }
            Some(due)
        }
        Some(last) => {
            due.at = (last + rule.every()).max(soonest);
            (due.at <= latest).then_some(due)
        }
    }
}

fn viewed(rule: &Rule, standing: &Standing) -> Option<Due> {
    let (viewed, start) = (standing.viewed?, standing.start?);
    // Who has a link from elsewhere looks without having been asked.
    if standing.phase != Phase::Asking || standing.asked.is_none() {
        return None;
    }
    let Turn { nth, last } = turn(rule, standing, standing.ask)?;
    let latest = start - LAST_CALL;
    let at = last.map_or(viewed + rule.delay(), |last| last + rule.every());
    let at = at.max(standing.last_word.map_or(at, |word| word + BREATH));
    let due = Due {
        rule: rule.key.clone(),
        at,
        episode: standing.ask,
        nth,
        call: false,
        late: Some((latest, How::Suggested)),
        start: Some(start),
    };
    (at <= latest).then_some(due)
}

/// Counted towards the start. Whoever was asked, or has answered, within that window knows it already.
fn before_start(rule: &Rule, standing: &Standing, phase: Phase) -> Option<Due> {
    let start = standing.start?;
    if standing.phase != phase {
        return None;
    }
    let (episode, rest, instead) = match phase {
        Phase::Asking => (standing.ask, BREATH, How::Suggested),
        // Each time that was agreed on is remembered by itself, and it is never too late to come.
        _ => (start.timestamp(), MEMORY, How::Skipped),
    };
    let Turn { nth, .. } = turn(rule, standing, episode)?;
    let latest = start - LAST_CALL;
    let at = start - rule.delay() + rule.every() * (nth - 1);
    let knows = standing.last_word.is_none_or(|word| at < word + rest);
    if knows || at > latest.max(start - rule.delay()) || (phase == Phase::Asking && standing.asked.is_none()) {
        return None;
    }
    Some(Due {
        rule: rule.key.clone(),
        at,
        episode,
        nth,
        call: false,
        late: Some((latest, instead)),
        start: Some(start),
    })
}

fn undelivered(rule: &Rule, standing: &Standing) -> Option<Due> {
    let (since, start) = (standing.undelivered?, standing.start?);
    if standing.phase != Phase::Asking {
        return None;
    }
    let Turn { nth, last } = turn(rule, standing, standing.ask)?;
    let at = last.map_or(since + rule.delay(), |last| last + rule.every());
    let due =
        Due { rule: rule.key.clone(), at, episode: standing.ask, nth, call: false, late: None, start: Some(start) };
    (at < start).then_some(due)
}

fn no_show(rule: &Rule, standing: &Standing) -> Option<Due> {
    let missed = standing.missed?;
    let episode = missed.timestamp();
    let Turn { nth, last } = turn(rule, standing, episode)?;
    let at = last.map_or(missed + rule.delay(), |last| last + rule.every());
    Some(Due { rule: rule.key.clone(), at, episode, nth, call: false, late: None, start: None })
}
