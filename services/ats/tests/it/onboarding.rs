//! From an accepted offer to the first day.

use usher_proto::ats::v1::{
    AddOnboardingItemRequest, ChecklistEntry, ChecklistSide, CompleteOnboardingItemRequest, CreateOfferRequest,
    GetOnboardingRequest, Joining, JoiningRecorded, ListOnboardingsRequest, OfferAnswer, Onboarding,
    RecordJoiningRequest, ReopenOnboardingItemRequest, Settings, StartDateMoved, UpdateOnboardingRequest,
    UpdateSettingsRequest, onboarding_service_client::OnboardingServiceClient,
};

use super::{
    offers::{day, record, sent_offer, terms},
    *,
};

fn onboardings(site: &Site) -> OnboardingServiceClient<Channel> {
    OnboardingServiceClient::new(site.channel())
}

/// Somebody who starts so many days from now.
async fn starting(site: &Site, tenant: &TenantId, days: i64) -> Onboarding {
    let application = application(site, tenant).await.application_id;
    let request = CreateOfferRequest {
        application_id: application.clone(),
        terms: Some(terms(site, days)),
        contact_name: "Rita".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        ..CreateOfferRequest::default()
    };
    let offer = sent_offer(site, tenant, request).await;
    record(site, tenant, &offer.offer_id, OfferAnswer::Accepted).await.unwrap();
    let list =
        ListOnboardingsRequest { application_id: application, only_open: true, ..ListOnboardingsRequest::default() };
    let listed = onboardings(site).list_onboardings(site.request(tenant, Role::ReadOnly, list)).await.unwrap();
    listed.into_inner().onboardings.pop().unwrap()
}

async fn get(site: &Site, tenant: &TenantId, onboarding: &str) -> Onboarding {
    let request = GetOnboardingRequest { onboarding_id: onboarding.to_owned() };
    let answer = onboardings(site).get_onboarding(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().onboarding.unwrap()
}

async fn done(site: &Site, tenant: &TenantId, onboarding: &str, key: &str) -> Onboarding {
    let request = CompleteOnboardingItemRequest {
        onboarding_id: onboarding.to_owned(),
        key: key.to_owned(),
        request_id: String::new(),
    };
    let request = site.request(tenant, Role::HiringManager, request);
    onboardings(site).complete_onboarding_item(request).await.unwrap().into_inner().onboarding.unwrap()
}

async fn joined(
    site: &Site,
    tenant: &TenantId,
    onboarding: &str,
    joining: Joining,
    reason: &str,
) -> Result<Onboarding, Status> {
    let request = RecordJoiningRequest {
        onboarding_id: onboarding.to_owned(),
        joining: joining.into(),
        reason: reason.to_owned(),
        request_id: String::new(),
    };
    let answer = onboardings(site).record_joining(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().onboarding.unwrap())
}

async fn start_on(site: &Site, tenant: &TenantId, onboarding: &str, date: &str) -> Result<Onboarding, Status> {
    let request = UpdateOnboardingRequest {
        onboarding_id: onboarding.to_owned(),
        start_date: date.to_owned(),
        update_mask: mask(&["start_date"]),
        ..UpdateOnboardingRequest::default()
    };
    let answer = onboardings(site).update_onboarding(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().onboarding.unwrap())
}

/// Only what the candidate has to do, so that time brings nothing else.
async fn only(site: &Site, tenant: &TenantId, side: ChecklistSide, due_offset_days: i32) {
    let entry = ChecklistEntry {
        key: "paper".to_owned(),
        display_name: "Paper".to_owned(),
        display_name_zh: "材料".to_owned(),
        due_offset_days,
        side: side.into(),
        remind_candidate: side == ChecklistSide::Candidate,
    };
    let request = UpdateSettingsRequest {
        settings: Some(Settings { onboarding_checklist: vec![entry], ..Settings::default() }),
        update_mask: mask(&["onboarding_checklist"]),
        ..UpdateSettingsRequest::default()
    };
    settings(site).update_settings(site.request(tenant, Role::Admin, request)).await.unwrap();
}

/// So many hours after the beginning of a day in Shanghai, with all that is due by then.
async fn until(site: &Site, date: &str, hours: i64) {
    let midnight = date.parse::<chrono::NaiveDate>().unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
    let time = midnight - TimeDelta::hours(8) + TimeDelta::hours(hours);
    let ahead = time - site.clock().now();
    site.clock().advance(ahead.to_std().unwrap()).unwrap();
    pass(site, 0).await;
}

#[tokio::test]
async fn the_candidate_is_reminded_a_week_and_a_day_before_and_no_more() {
    let site = site().await;
    let tenant = site.tenant();
    only(&site, &tenant, ChecklistSide::Candidate, 0).await;
    let onboarding = starting(&site, &tenant, 20).await;
    let reminders =
        async || said(&site, &tenant).await.iter().filter(|kind| **kind == MessageKind::OnboardingReminder).count();
    let (week, eve) = (day(&site, 13), day(&site, 19));
    until(&site, &week, 8).await;
    assert_eq!(reminders().await, 0);
    until(&site, &week, 9).await;
    assert_eq!(reminders().await, 1);
    let reminder = requested(&site, &tenant).await.pop().unwrap();
    assert_eq!(reminder.business_key, format!("{}/reminder/1", onboarding.onboarding_id));
    let facts = reminder.facts.unwrap();
    assert_eq!((facts.start_date, facts.place), (onboarding.start_date.clone(), "上海".to_owned()));
    assert_eq!((facts.checklist, facts.checklist_zh), (vec!["Paper".to_owned()], vec!["材料".to_owned()]));

    done(&site, &tenant, &onboarding.onboarding_id, "paper").await;
    until(&site, &eve, 9).await;
    assert_eq!(reminders().await, 2);
    let facts = requested(&site, &tenant).await.pop().unwrap().facts.unwrap();
    assert!(facts.checklist.is_empty(), "what is done is not asked for");
    pass(&site, 24 * 10).await;
    assert_eq!(reminders().await, 2);
    site.finish().await;
}

#[tokio::test]
async fn the_first_day_moves_and_with_it_due_dates_and_reminders() {
    let site = site().await;
    let tenant = site.tenant();
    let onboarding = starting(&site, &tenant, 20).await;
    let id = onboarding.onboarding_id.as_str();
    let before = onboarding.items.iter().find(|item| item.key == "buddy_named").unwrap().due_date.clone();
    assert_eq!(before, day(&site, 15));
    let later = day(&site, 40);
    let moved = start_on(&site, &tenant, id, &later).await.unwrap();
    assert_eq!(moved.items.iter().find(|item| item.key == "buddy_named").unwrap().due_date, day(&site, 35));
    let told = site.heard_of::<StartDateMoved>("ats", &tenant).await;
    assert_eq!((told[0].from_date.as_str(), &told[0].start_date), (onboarding.start_date.as_str(), &later));
    pass(&site, 24 * 25).await;
    assert!(kinds(&site, &tenant).await.is_empty(), "nothing happens by the old date");
    assert_eq!(said(&site, &tenant).await, [MessageKind::Offer]);
    let past = start_on(&site, &tenant, id, &day(&site, -1)).await.unwrap_err();
    assert_eq!((refusal(&past).1.as_str(), fields(&past)), ("DATE_IN_PAST", vec!["start_date".to_owned()]));
    let nonsense = start_on(&site, &tenant, id, "2027-02-30").await.unwrap_err();
    assert_eq!(refusal(&nonsense).1, "DATE_INVALID");
    // Nearer: what is overdue by the new date is said at once.
    start_on(&site, &tenant, id, &day(&site, 5)).await.unwrap();
    stands(&site, &tenant, &[TaskKind::OnboardingItemOverdue]).await;
    // Further away again: it is not.
    start_on(&site, &tenant, id, &day(&site, 30)).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    site.finish().await;
}

#[tokio::test]
async fn what_the_host_has_not_done_in_time_becomes_a_task_until_it_is_done() {
    let site = site().await;
    let tenant = site.tenant();
    only(&site, &tenant, ChecklistSide::Host, -3).await;
    let onboarding = starting(&site, &tenant, 20).await;
    let id = onboarding.onboarding_id.as_str();
    until(&site, &day(&site, 18), 8).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 1).await;
    stands(&site, &tenant, &[TaskKind::OnboardingItemOverdue]).await;
    let task = tasks(&site, &tenant, false).await.pop().unwrap();
    assert!(task.why.contains("Paper") && task.application_id == onboarding.application_id, "{task:?}");
    let ticked = done(&site, &tenant, id, "paper").await;
    assert!(ticked.items[0].done_by.starts_with("user_") && ticked.items[0].done_time.is_some());
    assert_eq!(done(&site, &tenant, id, "paper").await, ticked, "once is once");
    assert!(kinds(&site, &tenant).await.is_empty());

    let reopen = ReopenOnboardingItemRequest {
        onboarding_id: id.to_owned(),
        key: "paper".to_owned(),
        request_id: String::new(),
    };
    let request = site.request(&tenant, Role::Recruiter, reopen.clone());
    let reopened = onboardings(&site).reopen_onboarding_item(request).await.unwrap().into_inner().onboarding.unwrap();
    assert!(reopened.items[0].done_time.is_none());
    stands(&site, &tenant, &[TaskKind::OnboardingItemOverdue]).await;
    let unknown = ReopenOnboardingItemRequest { key: "lunch".to_owned(), ..reopen };
    let request = site.request(&tenant, Role::Recruiter, unknown);
    let refused = onboardings(&site).reopen_onboarding_item(request).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::NotFound, "ONBOARDING_ITEM_NOT_FOUND".to_owned()));

    let add = |key: &str| AddOnboardingItemRequest {
        onboarding_id: id.to_owned(),
        entry: Some(ChecklistEntry {
            key: key.to_owned(),
            display_name: "Desk".to_owned(),
            due_offset_days: -10,
            side: ChecklistSide::Host.into(),
            ..ChecklistEntry::default()
        }),
        request_id: String::new(),
    };
    let request = site.request(&tenant, Role::Recruiter, add("desk"));
    let added = onboardings(&site).add_onboarding_item(request).await.unwrap().into_inner().onboarding.unwrap();
    assert_eq!(added.items.iter().map(|item| item.key.as_str()).collect::<Vec<_>>(), ["desk", "paper"], "by due date");
    stands(&site, &tenant, &[TaskKind::OnboardingItemOverdue; 2]).await;
    let request = site.request(&tenant, Role::Recruiter, add("desk"));
    let twice = onboardings(&site).add_onboarding_item(request).await.unwrap_err();
    assert_eq!(refusal(&twice), (Code::AlreadyExists, "ONBOARDING_ITEM_EXISTS".to_owned()));
    site.finish().await;
}

#[tokio::test]
async fn on_the_first_day_somebody_is_asked_and_the_answer_can_be_corrected() {
    let site = site().await;
    let tenant = site.tenant();
    only(&site, &tenant, ChecklistSide::Candidate, 0).await;
    let onboarding = starting(&site, &tenant, 10).await;
    let id = onboarding.onboarding_id.as_str();
    let early = joined(&site, &tenant, id, Joining::Joined, "").await.unwrap_err();
    assert_eq!(refusal(&early), (Code::FailedPrecondition, "NOT_STARTED_YET".to_owned()));
    until(&site, &onboarding.start_date, 12).await;
    stands(&site, &tenant, &[TaskKind::RecordJoining]).await;
    let came = joined(&site, &tenant, id, Joining::Joined, "").await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    assert_eq!(joined(&site, &tenant, id, Joining::Joined, "").await.unwrap(), came, "the same again");
    let unfounded = joined(&site, &tenant, id, Joining::DidNotJoin, " ").await.unwrap_err();
    assert_eq!((refusal(&unfounded).0, fields(&unfounded)), (Code::InvalidArgument, vec!["reason".to_owned()]));
    joined(&site, &tenant, id, Joining::DidNotJoin, "mixed up with a namesake").await.unwrap();
    let history = get(&site, &tenant, id).await.joining_history;
    let entries: Vec<_> = history.iter().map(|entry| (entry.joining(), entry.corrects())).collect();
    assert_eq!(entries, [(Joining::Joined, Joining::Unspecified), (Joining::DidNotJoin, Joining::Joined)]);
    let events = site.heard_of::<JoiningRecorded>("ats", &tenant).await;
    assert_eq!(events.iter().map(JoiningRecorded::joining).collect::<Vec<_>>(), [Joining::Joined, Joining::DidNotJoin]);
    let over = start_on(&site, &tenant, id, &day(&site, 9)).await.unwrap_err();
    assert_eq!(refusal(&over), (Code::FailedPrecondition, "ONBOARDING_STATE".to_owned()));
    site.finish().await;
}

#[tokio::test]
async fn whoever_is_known_not_to_come_is_neither_reminded_nor_prepared_for() {
    let site = site().await;
    let tenant = site.tenant();
    let onboarding = starting(&site, &tenant, 20).await;
    let id = onboarding.onboarding_id.as_str();
    until(&site, &day(&site, 14), 10).await;
    stands(&site, &tenant, &[TaskKind::OnboardingItemOverdue]).await;
    let before = said(&site, &tenant).await.len();
    joined(&site, &tenant, id, Joining::DidNotJoin, "took another offer").await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 24 * 40).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    assert_eq!(said(&site, &tenant).await.len(), before);
    site.finish().await;
}

#[tokio::test]
async fn a_reminder_that_comes_due_while_nobody_is_there_goes_out_once_and_not_on_the_first_day() {
    let site = site().await;
    let tenant = site.tenant();
    // With what the host owes, whose timer is due at the same time.
    let onboarding = starting(&site, &tenant, 20).await;
    let eve = day(&site, 19);
    let clock = site.clock().clone();
    // Both reminders come due between two processes.
    let hours =
        (eve.parse::<chrono::NaiveDate>().unwrap().and_hms_opt(4, 0, 0).unwrap().and_utc() - clock.now()).num_hours();
    clock.advance(TimeDelta::hours(hours).to_std().unwrap()).unwrap();
    let site = site.restart(services()).await;
    pass(&site, 0).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::Offer, MessageKind::OnboardingReminder]);

    let second = starting(&site, &tenant, 20).await;
    site.clock().advance(TimeDelta::days(21).to_std().unwrap()).unwrap();
    pass(&site, 0).await;
    let reminded = requested(&site, &tenant).await;
    let late = |draft: &&MessageDraft| draft.business_key.starts_with(&second.onboarding_id);
    assert_eq!(reminded.iter().filter(late).count(), 0, "it is no use any more");
    let asked = kinds(&site, &tenant).await.into_iter().filter(|kind| *kind == TaskKind::RecordJoining).count();
    assert_eq!(asked, 2);
    assert!(onboarding.onboarding_id < second.onboarding_id);
    site.finish().await;
}
