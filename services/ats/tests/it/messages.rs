//! What outreach says of a message, and what it brings about.

use usher_proto::outreach::v1::{MessageBounced, MessageFailed, MessageRefused};

use super::*;

async fn refused(site: &Site, tenant: &TenantId, draft: &MessageDraft, missing: &[&str]) {
    let event = MessageRefused {
        message_id: id("msg"),
        kind: draft.kind,
        candidate_id: draft.candidate_id.clone(),
        application_id: draft.application_id.clone(),
        interview_id: draft.interview_id.clone(),
        reason: "FACTS_MISSING".to_owned(),
        missing_facts: missing.iter().map(|fact| (*fact).to_owned()).collect(),
        business_key: draft.business_key.clone(),
    };
    site.say("outreach", tenant, &event.message_id, &event).await;
    site.settle().await;
}

async fn failed(site: &Site, tenant: &TenantId, draft: &MessageDraft) {
    let event = MessageFailed {
        message_id: id("msg"),
        kind: draft.kind,
        candidate_id: draft.candidate_id.clone(),
        application_id: draft.application_id.clone(),
        interview_id: draft.interview_id.clone(),
        reason: "CHANNEL_REJECTED".to_owned(),
        business_key: draft.business_key.clone(),
    };
    site.say("outreach", tenant, &event.message_id, &event).await;
    site.settle().await;
}

fn place(interview: &str, place: &str) -> UpdateInterviewRequest {
    UpdateInterviewRequest {
        interview_id: interview.to_owned(),
        place: place.to_owned(),
        ..UpdateInterviewRequest::default()
    }
}

#[tokio::test]
async fn a_refused_invitation_becomes_a_task_and_goes_out_when_the_interview_is_complete() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await.application_id;
    let nowhere = ScheduleInterviewRequest { place: String::new(), ..meeting(&site, &application, 72) };
    let interview = schedule(&site, &tenant, nowhere).await.unwrap().interview_id;
    let invitation = requested(&site, &tenant).await.pop().unwrap();
    refused(&site, &tenant, &invitation, &["place_or_link"]).await;
    let open = tasks(&site, &tenant, false).await;
    let [task] = open.as_slice() else { panic!("{open:?}") };
    assert!(is_open(task, TaskKind::MessageRefused) && task.why.contains("place_or_link"), "{task:?}");

    complete(&site, &tenant, &["place"], place(&interview, "3F")).await.unwrap();
    let keys: Vec<_> = requested(&site, &tenant).await.into_iter().map(|draft| draft.business_key).collect();
    assert_eq!(keys, [format!("{interview}/invitation/1"), format!("{interview}/invitation/2")]);
    sent(&site, &tenant).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 24).await;
    assert_eq!(said(&site, &tenant).await.last(), Some(&MessageKind::InterviewReminder), "followed up as any other");
    site.finish().await;
}

#[tokio::test]
async fn what_was_mended_before_the_refusal_was_heard_is_asked_for_again_without_a_task() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await.application_id;
    let nowhere = ScheduleInterviewRequest { place: String::new(), ..meeting(&site, &application, 72) };
    let interview = schedule(&site, &tenant, nowhere).await.unwrap().interview_id;
    let first = requested(&site, &tenant).await.pop().unwrap();
    complete(&site, &tenant, &["place"], place(&interview, "3F")).await.unwrap();
    refused(&site, &tenant, &first, &["place_or_link"]).await;
    assert!(tasks(&site, &tenant, true).await.is_empty());
    assert_eq!(requested(&site, &tenant).await.pop().unwrap().facts.unwrap().place, "3F");
    // The same refusal once more, as a replay brings it, is about a message that counts no longer.
    refused(&site, &tenant, &first, &["place_or_link"]).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation; 2]);
    assert!(tasks(&site, &tenant, true).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn whoever_was_invited_elsewhere_hears_of_the_new_place() {
    let site = site().await;
    let tenant = site.tenant();
    let interview = interview(&site, &tenant, 72).await.interview_id;
    // While the invitation is under way nobody knows what it will say; once it is sent, the candidate is told.
    complete(&site, &tenant, &["place"], place(&interview, "4F")).await.unwrap();
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation]);
    sent(&site, &tenant).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation, MessageKind::InterviewRescheduled]);
    let told = requested(&site, &tenant).await.pop().unwrap().facts.unwrap();
    assert_eq!((told.place.as_str(), told.calendar_sequence), ("4F", 1));

    complete(&site, &tenant, &["place"], place(&interview, "5F")).await.unwrap();
    let told = requested(&site, &tenant).await.pop().unwrap().facts.unwrap();
    assert_eq!((told.place.as_str(), told.calendar_sequence), ("5F", 2));
    complete(&site, &tenant, &["place"], place(&interview, "5F")).await.unwrap();
    assert_eq!(said(&site, &tenant).await.len(), 3, "no change, no mail");
    site.finish().await;
}

#[tokio::test]
async fn what_could_not_be_delivered_needs_a_person() {
    let site = site().await;
    let tenant = site.tenant();
    interview(&site, &tenant, 72).await;
    let invitation = requested(&site, &tenant).await.pop().unwrap();
    failed(&site, &tenant, &invitation).await;
    failed(&site, &tenant, &invitation).await;
    let open = tasks(&site, &tenant, false).await;
    let [task] = open.as_slice() else { panic!("one task however often it is said: {open:?}") };
    assert!(is_open(task, TaskKind::MessageFailed) && task.why.contains("CHANNEL_REJECTED"), "{task:?}");
    site.finish().await;
}

#[tokio::test]
async fn what_came_back_after_it_was_sent_needs_a_person_as_well() {
    let site = site().await;
    let tenant = site.tenant();
    interview(&site, &tenant, 72).await;
    let invitation = requested(&site, &tenant).await.pop().unwrap();
    sent(&site, &tenant).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    let event = MessageBounced {
        message_id: id("msg"),
        kind: invitation.kind,
        candidate_id: invitation.candidate_id.clone(),
        application_id: invitation.application_id.clone(),
        interview_id: invitation.interview_id.clone(),
        status: "5.1.1".to_owned(),
        business_key: invitation.business_key.clone(),
        reply_id: id("rpl"),
    };
    site.say("outreach", &tenant, &event.message_id, &event).await;
    site.settle().await;
    let open = tasks(&site, &tenant, false).await;
    let [task] = open.as_slice() else { panic!("{open:?}") };
    assert!(is_open(task, TaskKind::MessageFailed) && task.why.contains("BOUNCED"), "{task:?}");
    site.finish().await;
}

#[tokio::test]
async fn news_of_what_nobody_waits_for_any_more_makes_no_task() {
    let site = site().await;
    let tenant = site.tenant();
    // That the candidate waits for a word is another matter.
    patient(&site, &tenant).await;
    let interview = interview(&site, &tenant, 72).await;
    let invitation = requested(&site, &tenant).await.pop().unwrap();
    pass(&site, 80).await;
    stands(&site, &tenant, &[TaskKind::RecordAttendance]).await;
    failed(&site, &tenant, &invitation).await;
    let elsewhere = MessageDraft { interview_id: id("intv"), ..invitation.clone() };
    failed(&site, &tenant, &elsewhere).await;
    refused(&site, &tenant, &MessageDraft { interview_id: String::new(), ..invitation }, &[]).await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::RecordAttendance], "{}", interview.interview_id);
    site.finish().await;
}
