//! Rules as data: a tenant's own, rehearsed before they are followed, and right whatever happens meanwhile.

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use usher_proto::ats::v1::{
    AnswerReason, CadenceMode, CadenceRule, CadenceTrigger, CancelInterviewRequest, DeclineInterviewRequest,
    DryRunCadenceRequest, DryRunCadenceResponse, FollowUpMoment, GetFollowUpRequest, GetFollowUpResponse,
    InterviewState, RescheduleInterviewRequest, Settings, UpdateSettingsRequest,
    cadence_service_client::CadenceServiceClient,
};

use super::*;

fn cadences(site: &Site) -> CadenceServiceClient<Channel> {
    CadenceServiceClient::new(site.channel())
}

fn rule(key: &str, trigger: CadenceTrigger, hours: i64, mode: CadenceMode) -> CadenceRule {
    CadenceRule {
        key: key.to_owned(),
        enabled: true,
        trigger: trigger.into(),
        delay: Some(wire::duration(TimeDelta::hours(hours))),
        at_most: 1,
        mode: mode.into(),
        ..CadenceRule::default()
    }
}

async fn follow(site: &Site, tenant: &TenantId, rules: Vec<CadenceRule>) -> Result<Settings, Status> {
    let request = UpdateSettingsRequest {
        settings: Some(Settings { cadences: rules, ..Settings::default() }),
        update_mask: mask(&["cadences"]),
        ..UpdateSettingsRequest::default()
    };
    Ok(settings(site).update_settings(site.request(tenant, Role::Admin, request)).await?.into_inner().settings.unwrap())
}

async fn rehearse(site: &Site, tenant: &TenantId, rule: CadenceRule, hours: i64) -> DryRunCadenceResponse {
    let request = DryRunCadenceRequest {
        rule: Some(rule),
        start_time: stamp(later(site, -hours)),
        end_time: stamp(later(site, 0)),
    };
    cadences(site).dry_run_cadence(site.request(tenant, Role::Recruiter, request)).await.unwrap().into_inner()
}

async fn history(site: &Site, tenant: &TenantId, interview: &str) -> GetFollowUpResponse {
    let request = GetFollowUpRequest { interview_id: interview.to_owned(), ..GetFollowUpRequest::default() };
    cadences(site).get_follow_up(site.request(tenant, Role::Recruiter, request)).await.unwrap().into_inner()
}

async fn confirmed(site: &Site, tenant: &TenantId, interview: &str) {
    let token = link(site, tenant, interview).await;
    confirm(site, &token, &look(site, &token).await.unwrap().revision).await.unwrap();
}

#[tokio::test]
async fn the_house_set_follows_an_interview_from_invitation_to_the_day_and_says_what_comes_next() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 200).await.interview_id;
    sent(&site, &tenant).await;
    let planned = history(&site, &tenant, &interview).await.planned;
    let rules: Vec<_> = planned.iter().map(|touch| touch.rule.as_str()).collect();
    assert_eq!(rules, ["invitation_unanswered", "unconfirmed_day_before"]);

    pass(&site, 30).await;
    confirmed(&site, &tenant, &interview).await;
    // In steps: two rules that are due at once, after a long sleep, are one message.
    pass(&site, 110).await;
    pass(&site, 40).await;
    let expected = [
        MessageKind::InterviewInvitation,
        MessageKind::InterviewReminder,
        MessageKind::InterviewUpcoming,
        MessageKind::InterviewUpcoming,
    ];
    assert_eq!(said(&site, &tenant).await, expected);
    let keys: Vec<_> = requested(&site, &tenant).await.into_iter().map(|draft| draft.business_key).collect();
    assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), keys.len(), "each is sent once: {keys:?}");
    let moments = history(&site, &tenant, &interview).await.moments;
    let told: Vec<_> = moments.iter().map(|moment| (moment.what.as_str(), moment.rule.as_str())).collect();
    let expected = [
        ("scheduled", ""),
        ("asked", ""),
        ("followed_up", "invitation_unanswered"),
        ("viewed", ""),
        ("confirmed", ""),
        ("followed_up", "upcoming_in_three_days"),
        ("followed_up", "upcoming_tomorrow"),
    ];
    assert_eq!(told, expected);
    site.finish().await;
}

#[tokio::test]
async fn a_mail_scanner_that_looks_is_not_the_candidate() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 200).await.interview_id;
    sent(&site, &tenant).await;
    let token = link(&site, &tenant, &interview).await;
    for (visitor, counts) in [(Visitor::Machine, false), (Visitor::Unknown, true)] {
        look_as(&site, &token, visitor).await.unwrap();
        let moments = history(&site, &tenant, &interview).await.moments;
        assert_eq!(moments.iter().any(|moment| moment.what == "viewed"), counts, "{visitor:?}");
    }
    confirmed(&site, &tenant, &interview).await;
    site.finish().await;
}

#[tokio::test]
async fn what_is_booked_inside_its_own_reminder_window_is_not_reminded_of() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 60).await.interview_id;
    sent(&site, &tenant).await;
    confirmed(&site, &tenant, &interview).await;
    pass(&site, 30).await;
    assert_eq!(
        said(&site, &tenant).await,
        [MessageKind::InterviewInvitation],
        "three days before was before the booking"
    );
    pass(&site, 10).await;
    assert_eq!(said(&site, &tenant).await.last(), Some(&MessageKind::InterviewUpcoming));
    site.finish().await;
}

#[tokio::test]
async fn a_moved_interview_is_followed_up_by_its_new_time_and_a_cancelled_one_by_none() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let moved = interview(&site, &tenant, 100).await.interview_id;
    sent(&site, &tenant).await;
    pass(&site, 24).await;
    assert_eq!(said(&site, &tenant).await.len(), 2, "invited and reminded");
    let request = RescheduleInterviewRequest {
        interview_id: moved.clone(),
        start_time: stamp(later(&site, 300)),
        ..RescheduleInterviewRequest::default()
    };
    interviews(&site).reschedule_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    sent(&site, &tenant).await;
    pass(&site, 23).await;
    assert_eq!(said(&site, &tenant).await.len(), 3);
    pass(&site, 1).await;
    let last = requested(&site, &tenant).await.pop().unwrap();
    assert_eq!(last.business_key, format!("{moved}/invitation_unanswered/2/1"), "a question of its own");

    let request = CancelInterviewRequest { interview_id: moved.clone(), ..CancelInterviewRequest::default() };
    interviews(&site).cancel_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    pass(&site, 400).await;
    assert_eq!(said(&site, &tenant).await.last(), Some(&MessageKind::InterviewCancelled));
    assert!(history(&site, &tenant, &moved).await.planned.is_empty());
    assert!(kinds(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn a_rule_that_changes_holds_at_once_for_what_is_open() {
    let site = site().await;
    let tenant = site.tenant();
    interview(&site, &tenant, 300).await;
    sent(&site, &tenant).await;
    pass(&site, 6).await;
    let mut rules = vec![rule("quick", CadenceTrigger::Unanswered, 4, CadenceMode::Auto)];
    rules[0].at_most = 3;
    rules[0].every = Some(wire::duration(TimeDelta::hours(10)));
    rules[0].channels = vec!["sms".to_owned(), "email".to_owned()];
    follow(&site, &tenant, rules.clone()).await.unwrap();
    eventually("the new rule is followed", async || said(&site, &tenant).await.len() == 2).await;
    assert_eq!(requested(&site, &tenant).await[1].channels, ["sms", "email"]);
    pass(&site, 10).await;
    pass(&site, 10).await;
    pass(&site, 30).await;
    assert_eq!(said(&site, &tenant).await.len(), 4, "three times at most");

    rules[0].mode = CadenceMode::Suggest.into();
    rules[0].trigger = CadenceTrigger::UnconfirmedBeforeStart.into();
    rules[0].key = "ask_somebody".to_owned();
    rules[0].delay = Some(wire::duration(TimeDelta::hours(200)));
    rules[0].at_most = 1;
    follow(&site, &tenant, rules.clone()).await.unwrap();
    pass(&site, 60).await;
    stands(&site, &tenant, &[TaskKind::InvitationUnanswered]).await;
    assert_eq!(said(&site, &tenant).await.len(), 4);

    rules[0].mode = CadenceMode::Auto.into();
    rules[0].trigger = CadenceTrigger::Undelivered.into();
    let refused = follow(&site, &tenant, rules.clone()).await.unwrap_err();
    assert_eq!(
        (reason(&refused).as_str(), fields(&refused)),
        ("CADENCE_INVALID", vec!["settings.cadences[0].message_kind".to_owned()])
    );
    let refused = follow(&site, &tenant, vec![rules[0].clone(), rules[0].clone()]).await.unwrap_err();
    assert_eq!(reason(&refused), "CADENCE_REPEATED");
    site.finish().await;
}

#[tokio::test]
async fn a_rehearsal_sends_nothing_and_agrees_with_what_was_really_done() {
    let site = site().await;
    let tenant = site.tenant();
    let silent = interview(&site, &tenant, 96).await;
    sent(&site, &tenant).await;
    pass(&site, 10).await;
    let answered = interview(&site, &tenant, 120).await;
    sent(&site, &tenant).await;
    pass(&site, 4).await;
    confirmed(&site, &tenant, &answered.interview_id).await;
    pass(&site, 10).await;
    sent(&site, &tenant).await;
    pass(&site, 60).await;
    let before = requested(&site, &tenant).await.len();

    let house = rule("rehearsed", CadenceTrigger::Unanswered, 24, CadenceMode::Auto);
    let found = rehearse(&site, &tenant, house.clone(), 200).await;
    assert_eq!((found.interviews, found.messages, found.tasks), (2, 1, 0));
    assert_eq!(found.touches[0].interview_id, silent.interview_id);
    let quick = CadenceRule { delay: Some(wire::duration(TimeDelta::hours(3))), ..house.clone() };
    assert_eq!(rehearse(&site, &tenant, quick, 200).await.messages, 2, "who took four hours would have been reminded");
    // As if the live rule had been another: its own reminder does not count as a word that was said.
    let live = CadenceRule { key: "invitation_unanswered".to_owned(), ..house.clone() };
    let later = CadenceRule { delay: Some(wire::duration(TimeDelta::hours(25))), ..live };
    let found = rehearse(&site, &tenant, later, 200).await;
    let touched = found.touches[0].time.unwrap().seconds - silent.start_time.unwrap().seconds;
    assert_eq!((found.messages, (touched + 1_800).div_euclid(3_600)), (1, 25 - 96), "hours from the start");
    assert_eq!(rehearse(&site, &tenant, house, 20).await.messages, 0, "not in that period");
    assert_eq!(requested(&site, &tenant).await.len(), before, "a rehearsal sends nothing");
    let other = site.tenant();
    let house = rule("rehearsed", CadenceTrigger::Unanswered, 24, CadenceMode::Auto);
    assert_eq!(rehearse(&site, &other, house, 200).await.interviews, 0);
    site.finish().await;
}

/// What happens next in a random history through the front door.
#[derive(Debug, Clone)]
enum Next {
    Pass(i64),
    Sent,
    Look,
    Confirm,
    Decline,
    Move(i64),
    Restart,
}

fn histories() -> impl Strategy<Value = Vec<Next>> {
    let next = prop_oneof![
        4 => (1_i64..60).prop_map(Next::Pass),
        2 => Just(Next::Sent),
        1 => Just(Next::Look),
        1 => Just(Next::Confirm),
        1 => Just(Next::Decline),
        1 => (30_i64..300).prop_map(Next::Move),
        1 => Just(Next::Restart),
    ];
    proptest::collection::vec(next, 4..14)
}

/// Random histories through gRPC, PostgreSQL and the events of outreach: no reminder after an answer, none twice, nobody
/// forgotten. The engine itself is put through thousands in `domain/cadence/tests.rs`.
#[tokio::test]
async fn random_histories_through_the_front_door() {
    let mut runner = TestRunner::deterministic();
    let strategy = histories();
    let mut site = site().await;
    for _ in 0..12 {
        let acts = strategy.new_tree(&mut runner).unwrap().current();
        let tenant = site.tenant();
        let meeting = interview(&site, &tenant, 120).await.interview_id;
        let token = link(&site, &tenant, &meeting).await;
        let mut silent_since_asked = true;
        for act in &acts {
            let before = requested(&site, &tenant).await;
            let state = get(&site, &tenant, &meeting).await.state();
            match act {
                Next::Pass(hours) => pass(&site, *hours).await,
                Next::Sent => sent(&site, &tenant).await,
                Next::Look => drop(look(&site, &token).await),
                Next::Confirm => {
                    if let Ok(page) = look(&site, &token).await
                        && confirm(&site, &token, &page.revision).await.is_ok()
                    {
                        silent_since_asked = false;
                    }
                }
                Next::Decline => {
                    if let Ok(page) = look(&site, &token).await {
                        let request = DeclineInterviewRequest {
                            token: token.clone(),
                            revision: page.revision,
                            reason: AnswerReason::Other.into(),
                            note: String::new(),
                        };
                        if centres(&site).decline_interview(site.installation_request(request)).await.is_ok() {
                            silent_since_asked = false;
                        }
                    }
                }
                Next::Move(hours) => {
                    let request = RescheduleInterviewRequest {
                        interview_id: meeting.clone(),
                        start_time: stamp(later(&site, *hours)),
                        ..RescheduleInterviewRequest::default()
                    };
                    let request = site.request(&tenant, Role::Recruiter, request);
                    if interviews(&site).reschedule_interview(request).await.is_ok() {
                        silent_since_asked = true;
                    }
                }
                Next::Restart => site = site.restart(services()).await,
            }
            let after = requested(&site, &tenant).await;
            let fresh = &after[before.len()..];
            let reminders = fresh.iter().filter(|draft| draft.kind() == MessageKind::InterviewReminder).count();
            if reminders > 0 {
                assert_eq!(state, InterviewState::Scheduled, "{acts:?}: a reminder after an answer");
            }
            assert!(reminders <= 1, "{acts:?}: {reminders} reminders at once");
        }
        let keys: Vec<_> = requested(&site, &tenant).await.into_iter().map(|draft| draft.business_key).collect();
        assert_eq!(
            keys.iter().collect::<std::collections::BTreeSet<_>>().len(),
            keys.len(),
            "{acts:?}: a duplicate in {keys:?}"
        );
        // To the end: whoever was asked in time and kept silent was followed up, and somebody is asked who came.
        pass(&site, 400).await;
        let moments = history(&site, &tenant, &meeting).await.moments;
        let last_question = moments.iter().rposition(|moment| matches!(moment.what.as_str(), "scheduled" | "moved"));
        let since = &moments[last_question.unwrap()..];
        let last = get(&site, &tenant, &meeting).await;
        let in_time = |time: &prost_types::Timestamp| Some(time.seconds) < last.start_time.map(|start| start.seconds);
        let is_question =
            |moment: &&FollowUpMoment| moment.what == "asked" && moment.time.as_ref().is_some_and(in_time);
        let asked = since.iter().any(|moment| is_question(&moment));
        if asked && silent_since_asked && last.state() == InterviewState::Scheduled {
            assert!(since.iter().any(|moment| moment.what == "followed_up"), "{acts:?}: a forgotten person: {since:?}");
        }
        if get(&site, &tenant, &meeting).await.state() != InterviewState::Declined {
            assert!(!kinds(&site, &tenant).await.is_empty(), "{acts:?}: nobody is asked who came");
        }
    }
    site.finish().await;
}
