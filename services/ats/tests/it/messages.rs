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

#[tokio::test]
async fn many_that_went_out_while_nobody_listened_have_the_effect_that_each_has() {
    let site = site().await;
    let (tenant, stranger) = (site.tenant(), site.tenant());
    patient(&site, &tenant).await;
    // Ann's place changes while the invitation is under way; Bob is invited and reminded; Cai gets a word of another kind.
    let ann = interview(&site, &tenant, 72).await;
    complete(&site, &tenant, &["place"], place(&ann.interview_id, "4F")).await.unwrap();
    let bob = interview(&site, &tenant, 72).await;
    let cai = application(&site, &tenant).await;
    let dan = interview(&site, &stranger, 72).await;
    for interview in [&ann, &bob] {
        assert_eq!(
            silence::see(&site, &tenant, &interview.application_id).await.turn_reason(),
            usher_proto::ats::v1::TurnReason::Invited
        );
    }
    seen::seen(&site, &tenant, &seen::news(&cai.candidate_id, &["Rust"], &["skills"])).await;
    seen::seen(&site, &tenant, &seen::news(&id("cand"), &["Go"], &["skills"])).await;
    let mut drafts: Vec<(&TenantId, MessageDraft)> = Vec::new();
    drafts.extend(requested(&site, &tenant).await.into_iter().map(|draft| (&tenant, draft)));
    drafts.extend(requested(&site, &stranger).await.into_iter().map(|draft| (&stranger, draft)));
    let draft_about = |application: &str, candidate: &str, interview: &str, kind: MessageKind| MessageDraft {
        kind: kind.into(),
        candidate_id: candidate.to_owned(),
        application_id: application.to_owned(),
        interview_id: interview.to_owned(),
        business_key: format!("{application}/{kind:?}"),
        ..MessageDraft::default()
    };
    let reminder =
        draft_about(&bob.application_id, &bob.candidate_id, &bob.interview_id, MessageKind::InterviewReminder);
    drafts.push((&tenant, reminder));
    drafts.push((&tenant, draft_about(&cai.application_id, &cai.candidate_id, "", MessageKind::Custom)));
    // About an interview of which nobody here knows.
    drafts.push((&tenant, draft_about(&id("app"), &id("cand"), &id("intv"), MessageKind::InterviewInvitation)));

    let site = site.restart(vec![Box::new(Voice::new("outreach")), Box::new(Voice::new("talent"))]).await;
    site.clock().advance(std::time::Duration::from_hours(1)).unwrap();
    let sent = site.clock().now();
    for (tenant, draft) in &drafts {
        say_sent(&site, tenant, draft.clone()).await;
    }
    let site = site.restart(services()).await;
    site.settle().await;

    let told: Vec<(MessageKind, String)> =
        requested(&site, &tenant).await.into_iter().map(|draft| (draft.kind(), draft.interview_id)).collect();
    assert_eq!(told.last(), Some(&(MessageKind::InterviewRescheduled, ann.interview_id.clone())), "of the new place");
    assert_eq!(told.len(), 3, "{told:?}");
    let mut tx = site.db("ats").begin(&chassis::TenantCtx::service(tenant, "ats")).await.unwrap();
    let written: Vec<(i32, String)> =
        sqlx::query_as("SELECT seq, content ->> 'what' FROM moments WHERE subject_id = $1 ORDER BY seq")
            .bind(chassis::ids::read_type_id("intv", &bob.interview_id).unwrap())
            .fetch_all(tx.conn())
            .await
            .unwrap();
    let expected = [(1, "scheduled"), (2, "asked"), (3, "told")].map(|(seq, what)| (seq, what.to_owned()));
    assert_eq!(written, expected);
    let waiting = silence::see(&site, &tenant, &cai.application_id).await;
    assert!(waiting.turn_since.unwrap().seconds >= sent.timestamp(), "their wait begins anew with a word");
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::CandidateUpdated], "who was written to needs no look any more");
    // All are followed up.
    pass(&site, 40).await;
    for (tenant, interview) in [(&tenant, &ann), (&tenant, &bob), (&stranger, &dan)] {
        let reminded = requested(&site, tenant).await.into_iter().any(|draft| {
            draft.kind() == MessageKind::InterviewReminder && draft.interview_id == interview.interview_id
        });
        assert!(reminded, "{}", interview.interview_id);
    }
    site.finish().await;
}
