//! Cadences by themselves, and under random histories.

use std::collections::BTreeSet;

use proptest::prelude::*;
use usher_proto::ats::v1::{Attendance, CadenceMode, CadenceTrigger};

use super::{
    engine::{LAG, LAST_CALL, due},
    rule::usual,
    standing::Phase,
    *,
};
use crate::domain::{
    interview::tests::sample,
    moment::{How, Moment, What},
};

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + hours * 3_600, 0).unwrap()
}

fn house() -> Vec<Rule> {
    usual(TimeDelta::hours(24))
}

fn moment(hours: i64, what: What) -> Moment {
    Moment { time: at(hours), what }
}

/// Asked at hour 0 about a start then.
fn asked(start: i64) -> Vec<Moment> {
    vec![moment(0, What::Scheduled { start: at(start) }), moment(0, What::Asked { sent: at(0) })]
}

fn first(moments: &[Moment]) -> Option<(String, i64)> {
    let (_, due) = next(&house(), &Standing::after(moments))?;
    Some((due.rule, (due.at - at(0)).num_hours()))
}

#[test]
fn a_day_later_or_in_good_time_or_by_a_person() {
    for (start, hour, how) in [(96, 24, How::Sent), (20, 18, How::Sent), (4, 2, How::Sent), (2, 1, How::Suggested)] {
        let standing = Standing::after(&asked(start));
        let rules = house();
        let unanswered = rules.iter().find(|rule| rule.trigger() == CadenceTrigger::Unanswered).unwrap();
        let due = due(unanswered, &standing).unwrap();
        // A timer is never looked at to the second.
        for lag in [0, 1, 300] {
            let looked = due.at + TimeDelta::seconds(lag);
            assert_eq!((due.at, due.how(unanswered.mode(), looked)), (at(hour), how), "start {start}, {lag} s later");
        }
    }
    let late = [moment(0, What::Scheduled { start: at(3) }), moment(5, What::Asked { sent: at(5) })];
    assert_eq!(first(&late), None);
}

#[test]
fn a_rule_that_is_looked_at_late_does_what_is_right_by_then() {
    let standing = Standing::after(&asked(96));
    let rules = house();
    let (rule, due) = next(&rules, &standing).unwrap();
    let hows = [94, 95, 96].map(|hour| due.how(rule.mode(), at(hour)));
    assert_eq!(hows, [How::Sent, How::Suggested, How::Skipped]);
}

#[test]
fn what_is_coming_up_is_told_to_who_will_come_and_does_not_know_it_freshly() {
    let confirmed = |start, hour| [asked(start), vec![moment(hour, What::Confirmed)]].concat();
    assert_eq!(first(&confirmed(200, 1)), Some(("upcoming_in_three_days".to_owned(), 128)));
    // Booked, or answered, within the rule's own window.
    assert_eq!(first(&confirmed(60, 1)), Some(("upcoming_tomorrow".to_owned(), 36)));
    assert_eq!(first(&confirmed(200, 120)), Some(("upcoming_tomorrow".to_owned(), 176)));
    assert_eq!(first(&confirmed(20, 1)), None);
    // Another time is another reminder.
    let taken = [confirmed(100, 1), vec![moment(20, What::TimeTaken { start: at(300) })]].concat();
    assert_eq!(first(&taken), Some(("upcoming_in_three_days".to_owned(), 228)));
}

#[test]
fn a_reminder_of_the_hour_goes_out_though_nobody_could_answer_it_in_time() {
    let hour = Rule::new(rule::Draft {
        key: "in_an_hour".to_owned(),
        enabled: true,
        trigger: CadenceTrigger::Upcoming,
        delay: TimeDelta::hours(1),
        every: TimeDelta::zero(),
        at_most: 1,
        mode: CadenceMode::Auto,
        message_kind: usher_proto::outreach::v1::MessageKind::Unspecified,
        channels: Vec::new(),
    });
    let standing = Standing::after(&[asked(96), vec![moment(1, What::Confirmed)]].concat());
    let due = due(&hour, &standing).unwrap();
    assert_eq!(due.at, at(95));
    assert_eq!(due.how(hour.mode(), at(95) + TimeDelta::seconds(1)), How::Sent);
    assert_eq!(due.how(hour.mode(), at(95) + TimeDelta::minutes(30)), How::Skipped);
}

#[test]
fn a_rehearsal_tells_what_a_rule_would_have_done() {
    let history = [asked(96), vec![moment(30, What::Confirmed)]].concat();
    let rehearsed = |hours: i64, from: i64| {
        let rules = usual(TimeDelta::hours(hours));
        let rule = rules.iter().find(|rule| rule.trigger() == CadenceTrigger::Unanswered).unwrap();
        let touched = rehearse(rule, &history, at(from), at(1_000));
        touched.iter().map(|(due, how)| ((due.at - at(0)).num_hours(), *how)).collect::<Vec<_>>()
    };
    assert_eq!(rehearsed(24, 0), [(24, How::Sent)]);
    assert_eq!(rehearsed(48, 0), [], "they had answered by then");
    assert_eq!(rehearsed(24, 25), [], "not within the period");
}

#[test]
fn who_asked_for_another_time_is_not_asked_after_at_the_old_one() {
    let interview = Interview { state: InterviewState::OtherTimeRequested, ..sample(at(0)) };
    let last = *interview.offered_times.iter().max().unwrap();
    assert_eq!(conclude(&interview), last);
    assert_eq!(on_end(&interview), Act::OfferTimes);
}

/// What happens next in a random history.
#[derive(Debug, Clone)]
enum Happens {
    Wait(i64),
    /// Somebody sets the clock back.
    Back(i64),
    Sent,
    Lost,
    View,
    Confirm,
    OtherTime,
    Take(i64),
    Decline,
    Move(i64),
    Cancel,
    Attend(Attendance),
    Restart,
}

fn acts() -> impl Strategy<Value = Vec<Happens>> {
    let wait = prop_oneof![5 => 1_i64..240, 3 => 240_i64..6_000, 1 => 6_000_i64..60_000];
    let who = proptest::sample::select(vec![Attendance::Attended, Attendance::CandidateNoShow]);
    let act = prop_oneof![
        8 => wait.prop_map(Happens::Wait),
        1 => (1_i64..3_000).prop_map(Happens::Back),
        3 => Just(Happens::Sent),
        1 => Just(Happens::Lost),
        2 => Just(Happens::View),
        1 => Just(Happens::Confirm),
        1 => Just(Happens::OtherTime),
        1 => (30_i64..20_000).prop_map(Happens::Take),
        1 => Just(Happens::Decline),
        1 => (30_i64..20_000).prop_map(Happens::Move),
        1 => Just(Happens::Cancel),
        1 => who.prop_map(Happens::Attend),
        1 => Just(Happens::Restart),
    ];
    proptest::collection::vec(act, 1..60)
}

/// Rules as tenants may set them.
fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = (0_usize..6, 0_i64..5_000, 120_i64..3_000, 1_i32..4, any::<bool>());
    proptest::collection::vec(rule, 1..6).prop_map(|drafts| {
        let triggers = [
            CadenceTrigger::Undelivered,
            CadenceTrigger::Unanswered,
            CadenceTrigger::ViewedUnanswered,
            CadenceTrigger::UnconfirmedBeforeStart,
            CadenceTrigger::Upcoming,
            CadenceTrigger::NoShow,
        ];
        let rule = |(place, (trigger, delay, every, at_most, auto)): (usize, (usize, i64, i64, i32, bool))| {
            let trigger = triggers[trigger];
            let auto = auto && trigger != CadenceTrigger::Undelivered;
            Rule::new(rule::Draft {
                key: format!("rule_{place}"),
                enabled: true,
                trigger,
                delay: TimeDelta::minutes(delay),
                every: TimeDelta::minutes(every),
                at_most,
                mode: if auto { CadenceMode::Auto } else { CadenceMode::Suggest },
                message_kind: usher_proto::outreach::v1::MessageKind::Unspecified,
                channels: Vec::new(),
            })
        };
        drafts.into_iter().enumerate().map(rule).collect()
    })
}

/// What the service does around the engine: one timer, spent and set anew.
struct World {
    rules: Vec<Rule>,
    now: DateTime<Utc>,
    moments: Vec<Moment>,
    timer: Option<DateTime<Utc>>,
}

impl World {
    fn happen(&mut self, what: What) {
        self.moments.push(Moment { time: self.now, what });
        self.set();
    }

    fn set(&mut self) {
        self.timer = next(&self.rules, &Standing::after(&self.moments)).map(|(_, due)| due.at);
    }

    /// The timer goes off, if it is due.
    fn look(&mut self) {
        if self.timer.is_none_or(|at| at > self.now) {
            return;
        }
        follow(&self.rules, &mut self.moments, self.now);
        self.set();
    }

    fn standing(&self) -> Standing {
        Standing::after(&self.moments)
    }
}

/// What must hold of whatever was followed up last.
fn check(world: &World, before: &Standing, fresh: &[Moment]) -> Result<(), TestCaseError> {
    let asks = |rule: &Rule| {
        matches!(
            rule.trigger(),
            CadenceTrigger::Unanswered | CadenceTrigger::ViewedUnanswered | CadenceTrigger::UnconfirmedBeforeStart
        )
    };
    for moment in fresh {
        let What::FollowedUp { rule, how, .. } = &moment.what else { continue };
        let rule = world.rules.iter().find(|known| known.key == *rule).unwrap();
        if *how != How::Sent {
            continue;
        }
        prop_assert_eq!(rule.mode(), CadenceMode::Auto);
        if asks(rule) {
            prop_assert_eq!(before.phase, Phase::Asking, "a reminder after an answer");
            prop_assert!(moment.time <= before.start.unwrap() - LAST_CALL + LAG, "too late to answer");
            prop_assert!(before.asked.is_some(), "they were never asked");
        }
        if rule.trigger() == CadenceTrigger::Upcoming {
            prop_assert_eq!(before.phase, Phase::Settled);
            prop_assert!(moment.time < before.start.unwrap());
        }
    }
    let sent = fresh.iter().filter(|moment| matches!(&moment.what, What::FollowedUp { how: How::Sent, .. })).count();
    prop_assert!(sent <= 1 || before.missed.is_some(), "{} messages in one moment", sent);
    Ok(())
}

/// What happens next with an offer.
#[derive(Debug, Clone)]
enum Turns {
    Wait(i64),
    Sent,
    Lost,
    Answer,
    Rescind,
    Again(i64),
}

fn turns() -> impl Strategy<Value = Vec<Turns>> {
    let turn = prop_oneof![
        6 => (1_i64..4_000).prop_map(Turns::Wait),
        2 => Just(Turns::Sent),
        1 => Just(Turns::Lost),
        1 => Just(Turns::Answer),
        1 => Just(Turns::Rescind),
        1 => (1_i64..20_000).prop_map(Turns::Again),
    ];
    proptest::collection::vec(turn, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4_096, ..ProptestConfig::default() })]
    #[test]
    fn an_offer_is_followed_up_while_it_can_be_answered_and_never_after(
        acts in turns(), expire in 1_i64..20_000, delay in 0_i64..5_000, at_most in 1_i32..4,
    ) {
        let minutes = TimeDelta::minutes;
        let rule = Rule::new(rule::Draft {
            key: "offer".to_owned(),
            enabled: true,
            trigger: CadenceTrigger::OfferUnanswered,
            delay: minutes(delay),
            every: minutes(180),
            at_most,
            mode: CadenceMode::Auto,
            message_kind: usher_proto::outreach::v1::MessageKind::Unspecified,
            channels: Vec::new(),
        });
        let rules = [house(), vec![rule]].concat();
        let mut world = World { rules, now: at(0), moments: Vec::new(), timer: None };
        world.happen(What::OfferSent { expire: at(0) + minutes(expire) });
        for act in acts {
            let standing = world.standing();
            match act {
                Turns::Wait(by) => {
                    world.now += minutes(by);
                    let length = world.moments.len();
                    world.look();
                    for moment in &world.moments[length..] {
                        let What::FollowedUp { rule, how, .. } = &moment.what else { continue };
                        prop_assert!(rule.starts_with("offer"), "rules about interviews say nothing of offers");
                        prop_assert_eq!(standing.phase, Phase::Offered, "after an answer");
                        prop_assert!(*how != How::Sent || standing.asked.is_some(), "they do not have it");
                        if *how != How::Skipped {
                            prop_assert!(moment.time < standing.start.unwrap(), "it has expired");
                        }
                    }
                }
                Turns::Sent if standing.phase == Phase::Offered => world.happen(What::Asked { sent: world.now }),
                Turns::Lost if standing.phase == Phase::Offered => {
                    world.happen(What::Undelivered { reason: "ADDRESS_UNKNOWN".to_owned() });
                }
                Turns::Answer if standing.phase == Phase::Offered => world.happen(What::OfferAnswered),
                Turns::Rescind if standing.phase == Phase::Offered => world.happen(What::OfferRescinded),
                Turns::Again(by) if standing.phase == Phase::Over => {
                    world.happen(What::OfferSent { expire: world.now + minutes(by) });
                }
                _ => {}
            }
            prop_assert!(world.standing().phase == Phase::Offered || world.timer.is_none(), "nothing comes after the end");
        }
        let standing = world.standing();
        while let Some(timer) = world.timer {
            world.now = world.now.max(timer);
            world.look();
        }
        let known = standing.asked.or(standing.undelivered);
        if let (Phase::Offered, Some(asked), Some(expire)) = (standing.phase, known, standing.start)
            && asked < expire
        {
            for rule in ["offer", "offer_unanswered"] {
                prop_assert!(world.standing().done(rule, standing.ask).is_some(), "a forgotten person");
            }
        }
        let done: Vec<_> = world.moments.iter().filter_map(|moment| match &moment.what {
            What::FollowedUp { rule, episode, nth, .. } => Some((rule.clone(), *episode, *nth)),
            _ => None,
        }).collect();
        prop_assert_eq!(done.iter().collect::<BTreeSet<_>>().len(), done.len(), "a duplicate");
    }

    #[test]
    fn no_history_brings_a_reminder_after_an_answer_a_duplicate_or_a_forgotten_person(
        rules in rules(), acts in acts(), start in 30_i64..20_000,
    ) {
        let minutes = TimeDelta::minutes;
        let mut world = World { rules, now: at(0), moments: Vec::new(), timer: None };
        world.happen(What::Scheduled { start: at(0) + minutes(start) });
        for act in acts {
            let standing = world.standing();
            let is_open = matches!(standing.phase, Phase::Asking | Phase::Settled | Phase::Wanting);
            let is_ahead = standing.start.is_some_and(|start| world.now < start);
            match act {
                Happens::Wait(by) => {
                    // Everybody sleeps, wakes up late, and looks twice.
                    world.now += minutes(by);
                    for _ in 0..2 {
                        let (before, length) = (world.standing(), world.moments.len());
                        world.look();
                        check(&world, &before, &world.moments[length..])?;
                    }
                }
                Happens::Back(by) => world.now -= minutes(by),
                // Another process: nothing but what is kept is known.
                Happens::Restart => {
                    let (kept, timer) = (world.moments.clone(), world.timer);
                    world = World { moments: kept, timer, ..world };
                }
                Happens::Sent if standing.phase == Phase::Asking => world.happen(What::Asked { sent: world.now }),
                Happens::Lost => world.happen(What::Undelivered { reason: "ADDRESS_UNKNOWN".to_owned() }),
                Happens::View if is_open => world.happen(What::Viewed),
                Happens::Confirm if is_open && is_ahead => world.happen(What::Confirmed),
                Happens::OtherTime if is_open => world.happen(What::OtherTimeRequested),
                Happens::Take(by) if is_open => world.happen(What::TimeTaken { start: world.now + minutes(by) }),
                Happens::Decline if is_open => world.happen(What::Declined),
                Happens::Move(by) if is_open => world.happen(What::Moved { start: world.now + minutes(by) }),
                Happens::Cancel if is_open => world.happen(What::Cancelled),
                Happens::Attend(who) if !is_ahead && standing.phase != Phase::Nothing => {
                    world.happen(What::attendance(who));
                }
                _ => {}
            }
            // What is due is waited for, and what is over is not.
            let standing = world.standing();
            if matches!(standing.phase, Phase::Over) && standing.missed.is_none() {
                prop_assert_eq!(world.timer, None, "nothing is followed up after the end");
            }
            if standing.phase == Phase::Wanting {
                prop_assert_eq!(world.timer, None, "it is not the candidate's turn");
            }
        }
        // Nothing is done twice.
        let done: Vec<_> = world.moments.iter().filter_map(|moment| match &moment.what {
            What::FollowedUp { rule, episode, nth, .. } => Some((rule.clone(), *episode, *nth)),
            _ => None,
        }).collect();
        prop_assert_eq!(done.iter().collect::<BTreeSet<_>>().len(), done.len(), "a duplicate");
        for rule in &world.rules {
            for episode in done.iter().filter(|(key, ..)| *key == rule.key).map(|(_, episode, _)| episode) {
                let times = done.iter().filter(|(key, other, _)| *key == rule.key && other == episode).count();
                prop_assert!(times <= usize::try_from(rule.at_most).unwrap(), "more often than the rule says");
            }
        }
        // Nobody is forgotten: who was asked in time and stays silent to the start was followed up before it.
        let standing = world.standing();
        let rule = world.rules.iter().find(|rule| rule.trigger() == CadenceTrigger::Unanswered).cloned();
        if let (Some(rule), Phase::Asking, Some(asked), Some(start)) = (rule, standing.phase, standing.asked, standing.start)
            && asked < start
        {
            while world.timer.is_some() {
                world.now = world.now.max(world.timer.unwrap());
                world.look();
            }
            let followed = world.standing().done(&rule.key, standing.ask);
            prop_assert!(followed.is_some(), "a forgotten person");
        }
    }

    #[test]
    fn nobody_is_forgotten_and_nobody_hurried(sent in 0_i64..10_000, ahead in 1_i64..100_000, after in 1_i64..2_000) {
        let (sent, start) = (at(0) + TimeDelta::minutes(sent), at(0) + TimeDelta::minutes(sent + ahead));
        let rules = usual(TimeDelta::minutes(after));
        let rule = rules.iter().find(|rule| rule.trigger() == CadenceTrigger::Unanswered).unwrap();
        let moments = [
            Moment { time: at(0), what: What::Scheduled { start } },
            Moment { time: sent, what: What::Asked { sent } },
        ];
        let due = due(rule, &Standing::after(&moments)).unwrap();
        prop_assert!(due.at >= sent && due.at < start);
        match due.how(rule.mode(), due.at) {
            How::Sent => {
                prop_assert!(due.at <= start - LAST_CALL);
                prop_assert!(due.at <= sent + TimeDelta::minutes(after));
                prop_assert!(due.at >= sent + TimeDelta::hours(2).min(TimeDelta::minutes(after)));
            }
            how => prop_assert_eq!(how, How::Suggested),
        }
    }
}
