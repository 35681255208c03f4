//! Random histories, counted by the service and by hand.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

use super::*;

const CASES: usize = 8;

#[derive(Debug, Clone)]
enum Step {
    Sent(usize, MessageKind, u8),
    Answered(u8),
    Attended(u8, Attendance),
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        Just(MessageKind::InterviewInvitation),
        Just(MessageKind::InterviewReminder),
        Just(MessageKind::InterviewRescheduled)
    ];
    let attendance = prop_oneof![
        Just(Attendance::Attended),
        Just(Attendance::Late),
        Just(Attendance::CandidateNoShow),
        Just(Attendance::HostNoShow)
    ];
    prop_oneof![
        (0..20_usize, kind, 0..4_u8).prop_map(|(message, kind, interview)| Step::Sent(message, kind, interview)),
        (0..4_u8).prop_map(Step::Answered),
        (0..4_u8, attendance).prop_map(|(interview, attendance)| Step::Attended(interview, attendance)),
    ]
}

/// The reports as their definitions say, by hand.
fn by_hand(history: &[Step]) -> ((i64, i64), (i64, i64)) {
    let mut first = BTreeMap::new();
    let mut attendance = BTreeMap::new();
    let mut answers = BTreeSet::new();
    for (time, step) in history.iter().enumerate() {
        match step {
            Step::Sent(message, kind, interview) => {
                first.entry(*message).or_insert((time, *kind, *interview));
            }
            Step::Answered(interview) => {
                answers.insert((*interview, time));
            }
            Step::Attended(interview, how) => {
                attendance.insert(*interview, *how);
            }
        }
    }
    let asking = first.values().filter(|(_, kind, _)| *kind != MessageKind::InterviewRescheduled);
    let answered = |(sent, _, interview): &&(usize, MessageKind, u8)| {
        answers.iter().any(|(about, time)| about == interview && time >= sent)
    };
    let theirs = attendance.values().filter(|how| **how != Attendance::HostNoShow);
    let away = |how: &&Attendance| **how == Attendance::CandidateNoShow;
    let count = |number: usize| i64::try_from(number).unwrap();
    (
        (count(asking.clone().filter(answered).count()), count(asking.count())),
        (count(theirs.clone().filter(away).count()), count(theirs.count())),
    )
}

#[tokio::test]
async fn random_histories_are_counted_as_their_definitions_say() {
    let site = site().await;
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let tenant = site.tenant();
        let history = prop::collection::vec(step(), 0..40).new_tree(&mut runner).unwrap().current();
        for step in &history {
            match step {
                Step::Sent(message, kind, interview) => {
                    sent(&site, &tenant, &format!("m{message}"), *kind, &format!("i{interview}")).await;
                }
                Step::Answered(interview) => answered(&site, &tenant, &format!("i{interview}")).await,
                Step::Attended(interview, how) => {
                    attended(&site, &tenant, &format!("i{interview}"), *how, site.clock().now()).await;
                }
            }
            later(&site);
        }
        let counted = (replies(&site, &tenant).await, no_shows(&site, &tenant).await);
        assert_eq!(counted, by_hand(&history), "{history:?}");
    }
    site.finish().await;
}
