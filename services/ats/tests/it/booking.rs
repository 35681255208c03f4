//! Calendars: nobody is booked twice, offered times are held and released, and times are found that suit everybody.

use chrono::{Datelike as _, Timelike as _};
use usher_proto::ats::v1::{
    AnswerReason, BusyKind, CancelInterviewRequest, ExportCalendarRequest, GetWorkingHoursRequest,
    InterviewRescheduled, InterviewState, OfferTimesRequest, Period, QueryFreeBusyRequest, ReplaceBusyTimesRequest,
    RequestOtherTimeRequest, RescheduleInterviewRequest, SetWorkingHoursRequest, SuggestTimesRequest,
    TakeOfferedTimeRequest, WallTimeChoice, WorkingDay, WorkingHours, WorkingSpan,
    calendar_service_client::CalendarServiceClient,
};

use super::*;

fn calendars(site: &Site) -> CalendarServiceClient<Channel> {
    CalendarServiceClient::new(site.channel())
}

fn met(user: &str) -> Interviewer {
    Interviewer { user_id: user.to_owned(), display_name: "周敏".to_owned(), title: String::new() }
}

/// An interview with these interviewers.
fn with(site: &Site, application: &str, hours: i64, users: &[&str]) -> ScheduleInterviewRequest {
    let interviewers = users.iter().map(|user| met(user)).collect();
    ScheduleInterviewRequest { interviewers, ..meeting(site, application, hours) }
}

async fn book(site: &Site, tenant: &TenantId, hours: i64, users: &[&str]) -> Result<Interview, Status> {
    let application = application(site, tenant).await;
    schedule(site, tenant, with(site, &application.application_id, hours, users)).await
}

async fn offer(site: &Site, tenant: &TenantId, interview: &str, hours: &[i64]) -> Result<Interview, Status> {
    let request = OfferTimesRequest {
        interview_id: interview.to_owned(),
        start_times: hours.iter().map(|hours| wire::timestamp(later(site, *hours))).collect(),
        ..OfferTimesRequest::default()
    };
    let answer = interviews(site).offer_times(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().interview.unwrap())
}

/// When somebody is taken, in hours from a time, and by what.
async fn taken(site: &Site, tenant: &TenantId, user: &str, from: DateTime<Utc>) -> Vec<(i64, BusyKind)> {
    let request = QueryFreeBusyRequest {
        user_ids: vec![user.to_owned()],
        period: Some(Period { start_time: stamp(from), end_time: stamp(from + TimeDelta::days(30)) }),
    };
    let answer = calendars(site).query_free_busy(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    let hours = |period: &Period| {
        let start = wire::instant("start_time", period.start_time.as_ref().unwrap()).unwrap();
        (start - from + TimeDelta::minutes(30)).num_hours()
    };
    answer.into_inner().busy.iter().map(|busy| (hours(busy.period.as_ref().unwrap()), busy.kind())).collect()
}

#[tokio::test]
async fn an_interviewer_is_booked_once_and_the_refusal_names_the_clash_and_nobody_else() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) = (id("user"), id("user"));
    let first = book(&site, &tenant, 24, &[&ann, &bob]).await.unwrap();
    let start = wire::instant("start_time", first.start_time.as_ref().unwrap()).unwrap();

    let other = application(&site, &tenant).await.application_id;
    let half_later = ScheduleInterviewRequest {
        start_time: stamp(start + TimeDelta::minutes(30)),
        ..with(&site, &other, 24, &[&ann])
    };
    let refused = schedule(&site, &tenant, half_later.clone()).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "INTERVIEWER_BUSY".to_owned()));
    let details = refused.get_error_details();
    let named = details.error_info().unwrap().metadata.clone();
    assert_eq!((named["user_id"].as_str(), named["start_time"].as_str()), (ann.as_str(), start.to_rfc3339().as_str()));
    let told = format!("{refused:?} {named:?}");
    for secret in [&first.candidate_id, &first.application_id, &first.interview_id, &first.job_id] {
        assert!(!told.contains(secret.as_str()), "whose interview it is, is nobody's business: {told}");
    }
    // Nothing is half-written.
    assert_eq!(said(&site, &tenant).await, [MessageKind::InterviewInvitation]);

    // Back to back is no clash; another tenant's user of that id is another person.
    let next = ScheduleInterviewRequest { start_time: stamp(start + TimeDelta::hours(1)), ..half_later.clone() };
    schedule(&site, &tenant, next).await.unwrap();
    let elsewhere = site.tenant();
    book(&site, &elsewhere, 24, &[&ann]).await.unwrap();

    // Called off, its time is free again.
    let request = CancelInterviewRequest { interview_id: first.interview_id, ..CancelInterviewRequest::default() };
    interviews(&site).cancel_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let again = ScheduleInterviewRequest { duration: Some(wire::duration(TimeDelta::minutes(30))), ..half_later };
    schedule(&site, &tenant, again).await.unwrap();
    site.finish().await;
}

#[tokio::test]
async fn of_many_who_want_one_interviewer_at_once_one_gets_them() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let (ann, bob) = (id("user"), id("user"));
    let mut wanted = Vec::new();
    for turn in 0..12 {
        let application = application(&site, &tenant).await.application_id;
        // Named in either order, so that two could wait for each other.
        let users = if turn % 2 == 0 { [ann.as_str(), bob.as_str()] } else { [bob.as_str(), ann.as_str()] };
        wanted.push(with(&site, &application, 24, &users));
    }
    let running: Vec<_> = wanted
        .into_iter()
        .map(|request| {
            let site = Arc::clone(&site);
            tokio::spawn(async move { schedule(&site, &tenant, request).await })
        })
        .collect();
    let mut won = 0;
    for one in running {
        match one.await.unwrap() {
            Ok(_) => won += 1,
            Err(refused) => assert_eq!(refusal(&refused), (Code::FailedPrecondition, "INTERVIEWER_BUSY".to_owned())),
        }
    }
    assert_eq!(won, 1);
    finish(site).await;
}

#[tokio::test]
async fn the_database_itself_refuses_to_book_somebody_twice() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("user");
    book(&site, &tenant, 24, &[&ann]).await.unwrap();
    let other = book(&site, &tenant, 48, &[&id("user")]).await.unwrap();
    let db = site.db("ats");
    let mut tx = db.begin(&chassis::TenantCtx::service(tenant, "test")).await.unwrap();
    let forced = sqlx::query(
        "INSERT INTO bookings (tenant_id, user_id, interview_id, start_time, end_time)
         SELECT b.tenant_id, b.user_id, i.interview_id, b.start_time + interval '1 minute', b.end_time
         FROM bookings b, interviews i WHERE b.user_id = $1 AND i.start_time > b.end_time",
    )
    .bind(&ann)
    .execute(tx.conn())
    .await
    .unwrap_err();
    let code = forced.as_database_error().and_then(|error| error.code().map(|code| code.to_string()));
    assert_eq!(code.as_deref(), Some("23P01"), "exclusion_violation, {}", other.interview_id);
    drop(tx);
    site.finish().await;
}

#[tokio::test]
async fn offered_times_are_held_and_taking_one_frees_the_others_and_the_old_one() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("user");
    let now = site.clock().now();
    let interview = book(&site, &tenant, 72, &[&ann]).await.unwrap();
    let offered = offer(&site, &tenant, &interview.interview_id, &[80, 100]).await.unwrap();
    assert!(offered.offers_hold_time.is_some());
    let held = [(72, BusyKind::Interview), (80, BusyKind::Held), (100, BusyKind::Held)];
    assert_eq!(taken(&site, &tenant, &ann, now).await, held);
    let clash = book(&site, &tenant, 80, &[&ann]).await.unwrap_err();
    assert_eq!(reason(&clash), "INTERVIEWER_BUSY");

    let token = link(&site, &tenant, &interview.interview_id).await;
    let page = look(&site, &token).await.unwrap();
    let request = TakeOfferedTimeRequest { token, revision: page.revision, start_time: Some(page.offered_times[1]) };
    centres(&site).take_offered_time(site.installation_request(request)).await.unwrap();
    assert_eq!(taken(&site, &tenant, &ann, now).await, [(100, BusyKind::Interview)]);
    book(&site, &tenant, 80, &[&ann]).await.unwrap();
    book(&site, &tenant, 72, &[&ann]).await.unwrap();
    site.finish().await;
}

#[tokio::test]
async fn what_is_not_taken_in_time_is_released_and_somebody_offers_others() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("user");
    let now = site.clock().now();
    let interview = book(&site, &tenant, 200, &[&ann]).await.unwrap();
    let request = OfferTimesRequest {
        interview_id: interview.interview_id.clone(),
        start_times: [210, 220].map(|hours| wire::timestamp(later(&site, hours))).to_vec(),
        hold_for: Some(wire::duration(TimeDelta::hours(24))),
        request_id: String::new(),
    };
    interviews(&site).offer_times(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let token = link(&site, &tenant, &interview.interview_id).await;
    let page = look(&site, &token).await.unwrap();
    assert_eq!(page.offered_times.len(), 2);
    let request = RequestOtherTimeRequest {
        token: token.clone(),
        revision: page.revision,
        note: String::new(),
        reason: AnswerReason::Travel.into(),
    };
    centres(&site).request_other_time(site.installation_request(request)).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty(), "there is one to take");

    pass(&site, 24).await;
    stands(&site, &tenant, &[TaskKind::OfferTimes]).await;
    assert!(look(&site, &token).await.unwrap().offered_times.is_empty());
    assert_eq!(taken(&site, &tenant, &ann, now).await, [(200, BusyKind::Interview)]);
    let refused = TakeOfferedTimeRequest {
        revision: look(&site, &token).await.unwrap().revision,
        token,
        start_time: Some(page.offered_times[0]),
    };
    let refused = centres(&site).take_offered_time(site.installation_request(refused)).await.unwrap_err();
    assert_eq!(reason(&refused), "TIME_NOT_OFFERED");
    site.finish().await;
}

#[tokio::test]
async fn a_hold_that_has_ended_keeps_nobody_out_even_before_it_is_cleared_away() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("user");
    let interview = book(&site, &tenant, 200, &[&ann]).await.unwrap();
    offer(&site, &tenant, &interview.interview_id, &[210]).await.unwrap();
    assert_eq!(reason(&book(&site, &tenant, 210, &[&ann]).await.unwrap_err()), "INTERVIEWER_BUSY");
    // No timer gets to go off in between: the booking itself sees that the hold is over.
    let wanted = later(&site, 210);
    let application = application(&site, &tenant).await.application_id;
    site.clock().advance(Duration::from_secs(48 * 3_600 + 1)).unwrap();
    let request = ScheduleInterviewRequest { start_time: stamp(wanted), ..with(&site, &application, 1, &[&ann]) };
    schedule(&site, &tenant, request).await.unwrap();
    site.finish().await;
}

#[tokio::test]
async fn the_host_moves_an_interview_and_the_candidate_is_asked_anew() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("user");
    let now = site.clock().now();
    let interview = book(&site, &tenant, 72, &[&ann]).await.unwrap();
    sent(&site, &tenant).await;
    let token = link(&site, &tenant, &interview.interview_id).await;
    confirm(&site, &token, &look(&site, &token).await.unwrap().revision).await.unwrap();

    let request = RescheduleInterviewRequest {
        interview_id: interview.interview_id.clone(),
        start_time: stamp(later(&site, 96)),
        reason: "the room is taken".to_owned(),
        ..RescheduleInterviewRequest::default()
    };
    let answer = interviews(&site).reschedule_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let moved = answer.into_inner().interview.unwrap();
    assert_eq!((moved.state(), moved.calendar_sequence), (InterviewState::Scheduled, interview.calendar_sequence + 1));
    assert_eq!(taken(&site, &tenant, &ann, now).await, [(96, BusyKind::Interview)]);
    let told = requested(&site, &tenant).await.pop().unwrap();
    let facts = told.facts.clone().unwrap();
    assert_eq!((told.kind(), facts.start_time), (MessageKind::InterviewRescheduled, moved.start_time));
    assert_eq!(facts.answer_by, moved.answer_by, "it says by when an answer is asked for");
    assert_eq!(facts.calendar_sequence, moved.calendar_sequence);
    let heard = site.heard_of::<InterviewRescheduled>("ats", &tenant).await;
    assert_eq!((heard[0].start_time, heard[0].previous_start_time), (moved.start_time, interview.start_time));
    assert!(look(&site, &token).await.unwrap().can_confirm);
    site.finish().await;
}

#[tokio::test]
async fn a_wall_time_means_one_instant_or_is_asked_back() {
    let site = site().await;
    let tenant = site.tenant();
    let application = application(&site, &tenant).await.application_id;
    let berlin = chrono_tz::Europe::Berlin;
    // The next year's nights in which clocks there change.
    let year = site.clock().now().with_timezone(&berlin).year() + 1;
    let night = |month: u32| {
        let last = (25..=31).rev().find_map(|day| {
            let date = chrono::NaiveDate::from_ymd_opt(year, month, day)?;
            (date.weekday() == chrono::Weekday::Sun).then_some(date)
        });
        last.unwrap()
    };
    let request = |wall: String, choice: WallTimeChoice| ScheduleInterviewRequest {
        start_time: None,
        start_wall_time: wall,
        wall_time_choice: choice.into(),
        time_zone: "Europe/Berlin".to_owned(),
        answer_by: stamp(later(&site, 24)),
        ..meeting(&site, &application, 1)
    };
    let skipped = request(format!("{}T02:30", night(3)), WallTimeChoice::Unspecified);
    let refused = schedule(&site, &tenant, skipped).await.unwrap_err();
    assert_eq!(
        (reason(&refused), fields(&refused)),
        ("TIME_NONEXISTENT".to_owned(), vec!["start_wall_time".to_owned()])
    );
    let twice = format!("{}T02:30", night(10));
    let refused = schedule(&site, &tenant, request(twice.clone(), WallTimeChoice::Unspecified)).await.unwrap_err();
    assert_eq!(reason(&refused), "TIME_AMBIGUOUS");
    let hour =
        |interview: Interview| wire::instant("start_time", interview.start_time.as_ref().unwrap()).unwrap().hour();
    let earlier = schedule(&site, &tenant, request(twice.clone(), WallTimeChoice::Earlier)).await.unwrap();
    let later = schedule(&site, &tenant, request(twice.clone(), WallTimeChoice::Later)).await.unwrap();
    assert_eq!((hour(earlier), hour(later)), (0, 1));
    let both = ScheduleInterviewRequest {
        start_time: stamp(self::later(&site, 48)),
        ..request(twice, WallTimeChoice::Earlier)
    };
    assert_eq!(reason(&schedule(&site, &tenant, both).await.unwrap_err()), "FIELDS_EXCLUSIVE");
    site.finish().await;
}

#[tokio::test]
async fn suggested_times_suit_everybody_and_can_be_booked() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) = (id("user"), id("user"));
    let office = || vec![WorkingSpan { start: "09:00".to_owned(), end: "17:00".to_owned() }];
    let hours = WorkingHours {
        time_zone: "Europe/Berlin".to_owned(),
        working_days: (1..=5).map(|weekday| WorkingDay { weekday, spans: office() }).collect(),
    };
    let request =
        SetWorkingHoursRequest { user_id: ann.clone(), working_hours: Some(hours.clone()), request_id: String::new() };
    calendars(&site).set_working_hours(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let read = GetWorkingHoursRequest { user_id: ann.clone() };
    let read = calendars(&site).get_working_hours(site.request(&tenant, Role::ReadOnly, read)).await.unwrap();
    assert_eq!(read.into_inner().working_hours, Some(hours));

    // Bob, in Shanghai by default, is taken all of the first day by his own calendar.
    let now = site.clock().now();
    let period = Period { start_time: stamp(now), end_time: stamp(now + TimeDelta::days(20)) };
    let busy = Period { start_time: stamp(now), end_time: stamp(now + TimeDelta::days(3)) };
    let request = ReplaceBusyTimesRequest {
        user_id: bob.clone(),
        period: Some(period),
        busy: vec![busy],
        request_id: String::new(),
    };
    calendars(&site).replace_busy_times(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let ask = SuggestTimesRequest {
        user_ids: vec![ann.clone(), bob.clone()],
        candidate_time_zone: "Asia/Shanghai".to_owned(),
        period: Some(period),
        ..SuggestTimesRequest::default()
    };
    let suggest = async || {
        let request = site.request(&tenant, Role::Recruiter, ask.clone());
        calendars(&site).suggest_times(request).await.unwrap().into_inner().start_times
    };
    let times = suggest().await;
    assert_eq!(times.len(), 3);
    let mut days = std::collections::BTreeSet::new();
    for time in &times {
        let start = wire::instant("start_time", time).unwrap();
        assert!(start >= now + TimeDelta::days(3));
        let (berlin, shanghai) =
            (start.with_timezone(&chrono_tz::Europe::Berlin), start.with_timezone(&chrono_tz::Asia::Shanghai));
        assert!((9..17).contains(&berlin.hour()) && (9..=17).contains(&shanghai.hour()), "{berlin} {shanghai}");
        days.insert(shanghai.date_naive());
    }
    assert_eq!(days.len(), 3, "a choice is of days");

    let application = application(&site, &tenant).await.application_id;
    let booked = ScheduleInterviewRequest { start_time: Some(times[0]), ..with(&site, &application, 1, &[&ann, &bob]) };
    schedule(&site, &tenant, booked).await.unwrap();
    assert!(!suggest().await.contains(&times[0]));
    site.finish().await;
}

#[tokio::test]
async fn an_interviewer_speaks_for_nobody_else() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("user");
    let hours = WorkingHours { time_zone: "Asia/Shanghai".to_owned(), working_days: Vec::new() };
    let set = |hours: &WorkingHours, token: &str, user: &str| {
        let request = SetWorkingHoursRequest {
            user_id: user.to_owned(),
            working_hours: Some(hours.clone()),
            request_id: String::new(),
        };
        let mut request = tonic::Request::new(request);
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let mut client = calendars(&site);
        async move { client.set_working_hours(request).await }
    };
    let own = site.token_for(&tenant, Role::Interviewer, &ann, TimeDelta::hours(1));
    set(&hours, &own, &ann).await.unwrap();
    let other = set(&hours, &own, &id("user")).await.unwrap_err();
    assert_eq!(refusal(&other), (Code::PermissionDenied, "NOT_YOURSELF".to_owned()));
    let span = |(start, end): &(&str, &str)| WorkingSpan { start: (*start).to_owned(), end: (*end).to_owned() };
    for (field, spans) in [
        ("working_hours.working_days[0].spans[0]", &[("10:00", "10:00")][..]),
        ("working_hours.working_days[0].spans[1]", &[("09:00", "11:40"), ("10:00", "12:00")]),
    ] {
        let monday = WorkingDay { weekday: 1, spans: spans.iter().map(span).collect() };
        let wrong = WorkingHours { working_days: vec![monday], ..hours.clone() };
        assert_eq!(fields(&set(&wrong, &own, &ann).await.unwrap_err()), [field]);
    }
    let nowhere = WorkingHours { time_zone: "Mars/Base".to_owned(), ..hours };
    assert_eq!(fields(&set(&nowhere, &own, &ann).await.unwrap_err()), ["working_hours.time_zone"]);
    site.finish().await;
}

#[tokio::test]
async fn an_interviewers_calendar_follows_every_change_and_names_no_candidate() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("user");
    let interview = book(&site, &tenant, 72, &[&ann]).await.unwrap();
    let export = async || {
        let request = ExportCalendarRequest { user_id: ann.clone() };
        let answer = calendars(&site).export_calendar(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
        // Unfolded, as RFC 5545 says.
        answer.into_inner().calendar.replace("\r\n ", "")
    };
    let first = export().await;
    let uid = format!("UID:{}@usher", interview.interview_id);
    for line in ["METHOD:PUBLISH", uid.as_str(), "SEQUENCE:0", "STATUS:TENTATIVE", "SUMMARY:Java 后端工程师"] {
        assert!(first.contains(line), "{line} in {first}");
    }
    assert!(!first.contains(&interview.candidate_id));
    let request = RescheduleInterviewRequest {
        interview_id: interview.interview_id.clone(),
        start_time: stamp(later(&site, 96)),
        ..RescheduleInterviewRequest::default()
    };
    interviews(&site).reschedule_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    assert!(export().await.contains("SEQUENCE:1"));
    let request =
        CancelInterviewRequest { interview_id: interview.interview_id.clone(), ..CancelInterviewRequest::default() };
    interviews(&site).cancel_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let last = export().await;
    assert!(last.contains(&uid) && last.contains("SEQUENCE:2") && last.contains("STATUS:CANCELLED"), "{last}");
    site.finish().await;
}
