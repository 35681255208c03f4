//! Interviews by themselves.

use chassis::wire;
use proptest::prelude::*;

use super::*;

pub fn sample(now: DateTime<Utc>) -> Interview {
    Interview {
        id: InterviewId::new(),
        application_id: ApplicationId::new(),
        job_id: JobId::new(),
        candidate_id: CandidateId::new(),
        stage: "interview".to_owned(),
        attempt: 1,
        state: InterviewState::Scheduled,
        attendance: Attendance::Unspecified,
        start_time: now + TimeDelta::days(3),
        duration: TimeDelta::hours(1),
        time_zone: "Asia/Shanghai".to_owned(),
        place: "3F".to_owned(),
        link: String::new(),
        interviewers: Vec::new(),
        materials: Vec::new(),
        contact_name: "Rita".to_owned(),
        contact_channel: "+86".to_owned(),
        answer_by: now + TimeDelta::days(1),
        offered_times: vec![now + TimeDelta::days(4), now + TimeDelta::days(5)],
        hold_until: None,
        candidate_reschedules: 0,
        candidate_note: String::new(),
        answer_reason: AnswerReason::Unspecified,
        cancel_time: None,
        cancel_reason: String::new(),
        cancelled_in_time: false,
        team_introduction: String::new(),
        calendar_sequence: 0,
        invitations: 1,
        invitation_version: 1,
        invitation: Invitation::Pending,
        update_owed: false,
        version: 1,
        create_time: now,
    }
}

#[derive(Debug, Clone)]
enum Act {
    Confirm,
    OtherTime,
    Take(usize),
    Offer(Vec<i64>),
    Decline,
    Reschedule(i64),
    Cancel,
    Attend(Attendance, &'static str),
    Wait(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let attendance = proptest::sample::select(vec![
        Attendance::Attended,
        Attendance::Late,
        Attendance::CandidateNoShow,
        Attendance::HostNoShow,
    ]);
    prop_oneof![
        Just(Act::Confirm),
        Just(Act::OtherTime),
        (0_usize..3).prop_map(Act::Take),
        proptest::collection::vec(-50_i64..200, 1..4).prop_map(Act::Offer),
        Just(Act::Decline),
        (-50_i64..200).prop_map(Act::Reschedule),
        Just(Act::Cancel),
        (attendance, proptest::sample::select(vec!["", "mistaken"])).prop_map(|(who, why)| Act::Attend(who, why)),
        (0_i64..100).prop_map(Act::Wait),
    ]
}

/// One act, by somebody whose page is as given.
fn perform(interview: &mut Interview, act: &Act, revision: &str, now: DateTime<Utc>) -> Result<Change> {
    let policy = ReschedulePolicy::default();
    match act {
        Act::Confirm => interview.confirm(revision, now),
        Act::OtherTime => interview.request_other_time(revision, &policy, AnswerReason::Other, String::new(), now),
        Act::Decline => interview.decline(revision, &policy, AnswerReason::Other, String::new(), now),
        Act::Reschedule(hours) => {
            let start = now + TimeDelta::hours(*hours);
            check_start("start_time", start, now)?;
            let answer_by = check_answer_by(None, start, now)?;
            interview.reschedule(start, interview.duration, answer_by, now)
        }
        Act::Take(index) => {
            let time = interview.offered_times.get(*index).copied().unwrap_or(now + TimeDelta::days(99));
            interview.take(revision, &policy, time, now)
        }
        Act::Offer(hours) => {
            let times = hours.iter().map(|hours| now + TimeDelta::hours(*hours)).collect();
            let times = check_offered("start_times", times, now)?;
            interview.offer(times, now + policy.hold(), now).map(|()| Change::Made)
        }
        Act::Cancel => interview.cancel(&policy, String::new(), now),
        Act::Attend(attendance, why) => interview.attend(*attendance, why, now),
        Act::Wait(_) => Ok(Change::None),
    }
}

fn is_answer(act: &Act) -> bool {
    matches!(act, Act::Confirm | Act::OtherTime | Act::Take(_) | Act::Decline)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]
    #[test]
    fn no_history_leaves_the_table_of_moves(acts in proptest::collection::vec((act(), any::<bool>()), 0..40)) {
        let mut now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut interview = sample(now);
        for (act, outdated) in acts {
            if let Act::Wait(hours) = act {
                now += TimeDelta::hours(hours);
            }
            let before = interview.clone();
            let current = wire::etag(before.version);
            let revision = if outdated { wire::etag(before.version - 1) } else { current.clone() };
            let outcome = perform(&mut interview, &act, &revision, now);
            match &outcome {
                Ok(Change::Made) => {
                    prop_assert!(matches!(act, Act::Offer(_)) || MOVES.contains(&(before.state, interview.state)));
                    prop_assert!(interview.version > before.version);
                    prop_assert!(!(outdated && is_answer(&act)), "an answer to an outdated page changed something");
                }
                Ok(Change::None) => prop_assert_eq!(&interview, &before, "no change changes nothing"),
                Err(_) => prop_assert_eq!(&interview, &before, "a refusal changes nothing"),
            }
            if outcome.is_ok() && matches!(act, Act::Confirm | Act::OtherTime | Act::Decline) {
                // The same page again, as a nervous finger sends it.
                let after = interview.clone();
                prop_assert_eq!(perform(&mut interview, &act, &revision, now).unwrap(), Change::None);
                prop_assert_eq!(&interview, &after);
            }
            prop_assert!(interview.calendar_sequence >= before.calendar_sequence);
            prop_assert!(
                interview.start_time == before.start_time || interview.calendar_sequence > before.calendar_sequence,
                "calendars follow every move"
            );
            prop_assert!(!interview.free_times(now).contains(&interview.start_time));
            prop_assert!(
                (interview.state == InterviewState::Concluded) == (interview.attendance != Attendance::Unspecified)
            );
            if matches!(before.state, InterviewState::Cancelled | InterviewState::Declined) {
                prop_assert_eq!(interview.state, before.state, "called off stays called off");
            }
            let moved_by_candidate = interview.candidate_reschedules - before.candidate_reschedules;
            prop_assert!(matches!((&act, moved_by_candidate), (_, 0) | (Act::OtherTime | Act::Take(_), 1)));
            prop_assert!(interview.candidate_reschedules <= ReschedulePolicy::default().cap);
            let bookings = interview.bookings(now);
            prop_assert!(bookings.iter().all(|booking| booking.span.end > now), "no place is kept in the past");
            prop_assert!(bookings.is_empty() || interview.is_open(now), "what is over takes no place");
        }
    }

    #[test]
    fn every_taken_time_was_offered_and_is_taken_once(hours in proptest::collection::vec(1_i64..300, 1..6), pick: usize) {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut interview = sample(now);
        let policy = ReschedulePolicy::new(TimeDelta::hours(4), 9, TimeDelta::hours(48));
        let times = hours.iter().map(|hours| now + TimeDelta::hours(*hours)).collect();
        let offered = check_offered("start_times", times, now).unwrap();
        interview.offer(offered, now + TimeDelta::days(14), now).unwrap();
        let free = interview.free_times(now);
        prop_assume!(!free.is_empty());
        let (old, time) = (interview.start_time, free[pick % free.len()]);
        let revision = wire::etag(interview.version);
        prop_assert_eq!(interview.take(&revision, &policy, time, now).unwrap(), Change::Made);
        prop_assert_eq!(interview.start_time, time);
        prop_assert!(!interview.free_times(now).contains(&time));
        let after = interview.clone();
        prop_assert_eq!(interview.take(&revision, &policy, time, now).unwrap(), Change::None);
        prop_assert_eq!(&interview, &after);
        let revision = wire::etag(interview.version);
        if !interview.offered_times.contains(&old) {
            let refused = interview.take(&revision, &policy, old, now).unwrap_err();
            prop_assert_eq!(refused.reason(), "TIME_NOT_OFFERED");
        }
    }

    #[test]
    fn an_answer_is_asked_for_before_the_start(ahead in 1_000_000_i64..1_000_000_000_000) {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let start = now + TimeDelta::microseconds(ahead);
        let by = check_answer_by(None, start, now).unwrap();
        prop_assert!(now < by && by <= start && by <= now + TimeDelta::hours(48));
        prop_assert_eq!(by.timestamp_subsec_nanos() % 1_000, 0);
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

#[test]
fn another_answer_to_the_same_page_is_outdated() {
    let mut interview = sample(now());
    let revision = wire::etag(interview.version);
    assert_eq!(interview.confirm(&revision, now()).unwrap(), Change::Made);
    let refused = interview
        .request_other_time(&revision, &ReschedulePolicy::default(), AnswerReason::Other, String::new(), now())
        .unwrap_err();
    assert_eq!(refused.reason(), "REVISION_OUTDATED");
}

#[test]
fn a_place_that_changes_under_way_is_told_when_the_old_one_went_out() {
    let mut interview = sample(now());
    let moved = Details { place: "4F".to_owned(), ..interview.details() };
    assert_eq!(interview.complete(moved, now()).unwrap(), Tell::Nothing);
    assert_eq!(interview.invited(now()), Tell::Update);
    assert_eq!(interview.invited(now()), Tell::Nothing);
}

#[test]
fn an_invitation_that_did_not_arrive_is_repeated_and_no_other() {
    for (invitation, moved, told) in [
        (Invitation::Refused, false, Tell::Invitation),
        (Invitation::Failed, false, Tell::Invitation),
        (Invitation::Sent, false, Tell::Nothing),
        (Invitation::Sent, true, Tell::Update),
    ] {
        let mut interview = Interview { invitation, ..sample(now()) };
        let place = if moved { "4F" } else { "3F" };
        let details = Details { place: place.to_owned(), contact_name: "Robin".to_owned(), ..interview.details() };
        assert_eq!(interview.complete(details, now()).unwrap(), told, "{invitation:?}, moved: {moved}");
    }
}

#[test]
fn a_refusal_of_what_has_been_mended_since_asks_again_once() {
    let mut interview = sample(now());
    let mended = Details { contact_name: "Robin".to_owned(), ..interview.details() };
    interview.complete(mended, now()).unwrap();
    assert_eq!(interview.not_invited(now()), Tell::Invitation);
    interview.invitation_version = interview.version;
    assert_eq!(interview.not_invited(now()), Tell::Nothing);
}

#[test]
fn only_a_missed_interview_makes_the_next_one_another_attempt() {
    let held = Interview { attendance: Attendance::Attended, ..sample(now()) };
    let missed = Interview { attendance: Attendance::HostNoShow, attempt: 2, ..sample(now()) };
    let elsewhere = Interview { attendance: Attendance::CandidateNoShow, stage: "offer".to_owned(), ..sample(now()) };
    assert_eq!(next_attempt(&[held.clone(), elsewhere.clone()], "interview"), 1);
    assert_eq!(next_attempt(&[held, elsewhere, missed], "interview"), 3);
}

#[test]
fn another_time_has_a_cut_off_and_a_cap_and_declining_has_neither() {
    let policy = ReschedulePolicy::new(TimeDelta::hours(4), 1, TimeDelta::hours(48));
    let ask = |interview: &mut Interview, now| {
        let revision = wire::etag(interview.version);
        interview.request_other_time(&revision, &policy, AnswerReason::Travel, String::new(), now)
    };
    let mut interview = sample(now());
    let late = interview.start_time - policy.cutoff() + TimeDelta::seconds(1);
    assert_eq!(ask(&mut interview.clone(), late).unwrap_err().reason(), "RESCHEDULE_CUTOFF");
    assert_eq!(ask(&mut interview.clone(), interview.start_time - policy.cutoff()).unwrap(), Change::Made);

    assert_eq!(ask(&mut interview, now()).unwrap(), Change::Made);
    let time = interview.free_times(now())[0];
    let revision = wire::etag(interview.version);
    assert_eq!(interview.take(&revision, &policy, time, now()).unwrap(), Change::Made);
    assert_eq!((interview.candidate_reschedules, interview.start_time), (1, time));
    assert_eq!(ask(&mut interview, now()).unwrap_err().reason(), "RESCHEDULE_LIMIT");
    let late = interview.start_time - TimeDelta::minutes(1);
    let revision = wire::etag(interview.version);
    let declined = interview.decline(&revision, &policy, AnswerReason::Personal, String::new(), late);
    assert_eq!((declined.unwrap(), interview.cancelled_in_time), (Change::Made, false));
}

#[test]
fn what_was_offered_is_held_for_its_time_and_then_released() {
    let mut interview = sample(now());
    interview.interviewers = ["user_b", "user_a", "", "user_a"]
        .map(|user| Interviewer { user_id: user.to_owned(), display_name: String::new(), title: String::new() })
        .to_vec();
    let times = vec![now() + TimeDelta::days(4), now() + TimeDelta::days(6)];
    let until = now() + TimeDelta::days(5);
    interview.offer(times.clone(), until, now()).unwrap();
    let places = |now| {
        let bookings = interview.bookings(now);
        bookings.iter().map(|place| (place.user_id.clone(), place.span.start)).collect::<Vec<_>>()
    };
    let both = |times: &[DateTime<Utc>]| {
        let of = |user: &str| times.iter().map(|time| (user.to_owned(), *time)).collect::<Vec<_>>();
        [of("user_a"), of("user_b")].concat()
    };
    assert_eq!(places(now()), both(&[interview.start_time, times[0], times[1]]));
    assert_eq!(interview.offers_end(now()), Some(until));
    assert_eq!(interview.offers_end(until), None);
    assert!(interview.free_times(until).is_empty());
}
