//! What a candidate writes back: another time is found for who asks for it, and what is not certain is read by somebody.

use usher_proto::{
    ats::v1::{InterviewState, TaskCreated, UpdateSettingsRequest},
    outreach::v1::{ReplyClassified, ReplyIntent},
};

use super::*;

async fn replied(site: &Site, tenant: &TenantId, interview: &Interview, intent: ReplyIntent, sure: f64, quote: &str) {
    let event = ReplyClassified {
        message_id: id("msg"),
        candidate_id: interview.candidate_id.clone(),
        application_id: interview.application_id.clone(),
        interview_id: interview.interview_id.clone(),
        intent: intent.into(),
        confidence: sure,
        quote: quote.to_owned(),
        receive_time: stamp(site.clock().now()),
        reply_id: id("rpl"),
    };
    site.say("outreach", tenant, &event.message_id, &event).await;
    site.settle().await;
}

/// An interview whose interviewer's calendar is known.
async fn known(site: &Site, tenant: &TenantId, hours: i64) -> Interview {
    let application = application(site, tenant).await.application_id;
    let met = Interviewer { user_id: id("user"), display_name: "周敏".to_owned(), title: String::new() };
    let request = ScheduleInterviewRequest { interviewers: vec![met], ..meeting(site, &application, hours) };
    schedule(site, tenant, request).await.unwrap()
}

#[tokio::test]
async fn who_asks_for_another_time_in_a_reply_is_offered_three_and_takes_one_by_a_tap() {
    let site = site().await;
    let tenant = site.tenant();
    for quote in ["需要改时间", "can we move it?"] {
        let interview = known(&site, &tenant, 240).await;
        sent(&site, &tenant).await;
        replied(&site, &tenant, &interview, ReplyIntent::Reschedule, 0.93, quote).await;
        let asked = get(&site, &tenant, &interview.interview_id).await;
        assert_eq!((asked.state(), asked.candidate_note.as_str()), (InterviewState::OtherTimeRequested, quote));
        assert_eq!(asked.offered_times.len(), 3);
        let offer = requested(&site, &tenant).await.pop().unwrap();
        assert_eq!(offer.kind(), MessageKind::RescheduleOffer);
        assert_eq!(offer.facts.unwrap().offered_times, asked.offered_times);
        let tasks = site.heard_of::<TaskCreated>("ats", &tenant).await;
        assert!(tasks.is_empty(), "nobody has to do anything, nor sees it flash: {tasks:?}");

        let token = link(&site, &tenant, &interview.interview_id).await;
        let page = look(&site, &token).await.unwrap();
        let request = usher_proto::ats::v1::TakeOfferedTimeRequest {
            token,
            revision: page.revision,
            start_time: Some(page.offered_times[1]),
        };
        centres(&site).take_offered_time(site.installation_request(request)).await.unwrap();
        assert_eq!(get(&site, &tenant, &interview.interview_id).await.state(), InterviewState::Confirmed);
    }
    site.finish().await;
}

#[tokio::test]
async fn three_are_offered_though_the_present_time_is_the_first_that_is_free() {
    let site = site().await;
    let tenant = site.tenant();
    let far = known(&site, &tenant, 240).await;
    sent(&site, &tenant).await;
    replied(&site, &tenant, &far, ReplyIntent::Reschedule, 0.93, "改天").await;
    let first = get(&site, &tenant, &far.interview_id).await.offered_times[0];
    let application = application(&site, &tenant).await.application_id;
    let met = Interviewer { user_id: id("user"), display_name: "李雷".to_owned(), title: String::new() };
    let request = ScheduleInterviewRequest {
        interviewers: vec![met],
        start_time: Some(first),
        ..meeting(&site, &application, 240)
    };
    let near = schedule(&site, &tenant, request).await.unwrap();
    sent(&site, &tenant).await;
    replied(&site, &tenant, &near, ReplyIntent::Reschedule, 0.93, "改天").await;
    let asked = get(&site, &tenant, &near.interview_id).await;
    assert!(asked.offered_times.len() == 3 && !asked.offered_times.contains(&first), "{:?}", asked.offered_times);
    site.finish().await;
}

#[tokio::test]
async fn where_no_calendar_is_known_somebody_offers_times_and_reads_the_words() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 240).await;
    sent(&site, &tenant).await;
    replied(&site, &tenant, &interview, ReplyIntent::Reschedule, 0.9, "周五不行，改天吧").await;
    let open = tasks(&site, &tenant, false).await;
    let [task] = open.as_slice() else { panic!("{open:?}") };
    assert!(is_open(task, TaskKind::OfferTimes) && task.why.contains("周五不行，改天吧"), "{task:?}");
    site.finish().await;
}

#[tokio::test]
async fn what_is_not_certain_is_read_by_somebody_and_changes_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = known(&site, &tenant, 240).await;
    sent(&site, &tenant).await;
    let before = get(&site, &tenant, &interview.interview_id).await;
    for (intent, sure) in [
        (ReplyIntent::Reschedule, 0.5),
        (ReplyIntent::Confirm, 0.4),
        (ReplyIntent::Decline, 0.99),
        (ReplyIntent::Question, 0.99),
        (ReplyIntent::Other, 0.99),
        // No program heeds this one.
        (ReplyIntent::Unsubscribe, 0.6),
    ] {
        replied(&site, &tenant, &interview, intent, sure, "嗯，看情况").await;
        let open = tasks(&site, &tenant, false).await;
        let [task] = open.as_slice() else { panic!("{intent:?}: {open:?}") };
        assert!(is_open(task, TaskKind::ReplyUnclear) && task.why.contains("嗯，看情况"), "{task:?}");
        assert_eq!(get(&site, &tenant, &interview.interview_id).await, before);
    }
    replied(&site, &tenant, &interview, ReplyIntent::Unsubscribe, 0.9, "退订").await;
    replied(&site, &tenant, &interview, ReplyIntent::OutOfOffice, 0.99, "I am away").await;
    replied(&site, &tenant, &interview, ReplyIntent::Confirm, 0.97, "好的，我会准时到").await;
    assert_eq!(get(&site, &tenant, &interview.interview_id).await.state(), InterviewState::Confirmed);
    assert!(kinds(&site, &tenant).await.is_empty(), "an answer takes the question away");
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation]);
    site.finish().await;
}

#[tokio::test]
async fn who_may_not_move_it_alone_any_more_is_called() {
    let site = site().await;
    let tenant = site.tenant();
    let policy = usher_proto::ats::v1::ReschedulePolicy { cap: 0, ..Default::default() };
    let request = UpdateSettingsRequest {
        settings: Some(usher_proto::ats::v1::Settings { reschedule_policy: Some(policy), ..Default::default() }),
        update_mask: mask(&["reschedule_policy"]),
        ..UpdateSettingsRequest::default()
    };
    settings(&site).update_settings(site.request(&tenant, Role::Admin, request)).await.unwrap();
    let interview = known(&site, &tenant, 240).await;
    sent(&site, &tenant).await;
    replied(&site, &tenant, &interview, ReplyIntent::Reschedule, 0.9, "需要改时间").await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::ReplyUnclear]);
    assert_eq!(get(&site, &tenant, &interview.interview_id).await.state(), InterviewState::Scheduled);
    let token = link(&site, &tenant, &interview.interview_id).await;
    let page = look(&site, &token).await.unwrap();
    assert!(!page.can_request_other_time && page.can_decline);
    assert_eq!(page.other_time_block(), usher_proto::ats::v1::OtherTimeBlock::Limit);
    site.finish().await;
}

#[tokio::test]
async fn what_was_written_about_another_time_answers_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = known(&site, &tenant, 240).await;
    sent(&site, &tenant).await;
    let written = site.clock().now();
    pass(&site, 1).await;
    let request = usher_proto::ats::v1::RescheduleInterviewRequest {
        interview_id: interview.interview_id.clone(),
        start_time: stamp(later(&site, 300)),
        ..Default::default()
    };
    interviews(&site).reschedule_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let event = ReplyClassified {
        message_id: id("msg"),
        candidate_id: interview.candidate_id.clone(),
        application_id: interview.application_id.clone(),
        interview_id: interview.interview_id.clone(),
        intent: ReplyIntent::Confirm.into(),
        confidence: 0.99,
        quote: "好的，周一见".to_owned(),
        receive_time: stamp(written),
        ..ReplyClassified::default()
    };
    site.say("outreach", &tenant, &event.message_id, &event).await;
    site.settle().await;
    assert_eq!(get(&site, &tenant, &interview.interview_id).await.state(), InterviewState::Scheduled);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::ReplyUnclear]);
    site.finish().await;
}

#[tokio::test]
async fn a_reply_about_no_interview_is_read_by_somebody() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await;
    let event = ReplyClassified {
        message_id: id("msg"),
        candidate_id: application.candidate_id.clone(),
        application_id: application.application_id.clone(),
        intent: ReplyIntent::Question.into(),
        confidence: 0.9,
        quote: "试用期多久？".to_owned(),
        receive_time: stamp(site.clock().now()),
        ..ReplyClassified::default()
    };
    site.say("outreach", &tenant, &event.message_id, &event).await;
    site.settle().await;
    let open = tasks(&site, &tenant, false).await;
    let [task] = open.as_slice() else { panic!("{open:?}") };
    assert!(is_open(task, TaskKind::ReplyUnclear) && task.why.contains("试用期多久？"), "{task:?}");
    site.finish().await;
}
