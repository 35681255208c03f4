//! Whose turn it is, and what happens when it has been ours for too long.

use chrono::{Datelike as _, NaiveDate, TimeZone as _};
use usher_proto::{
    ats::v1::{
        AnswerReason, Attendance, Calendar, CancelInterviewRequest, CompleteTaskRequest, EmployerSilenceBreached,
        GetApplicationRequest, ListApplicationsRequest, MoveApplicationRequest, OfferTimesRequest,
        RecordAttendanceRequest, RejectApplicationRequest, RequestOtherTimeRequest, Turn, TurnReason,
        UnrejectApplicationRequest, UpdateSettingsRequest, Weekday, WorkingDay, WorkingSpan,
    },
    outreach::v1::MessageFailed,
};

use super::*;

/// The house's calendar.
fn house() -> Calendar {
    let office = WorkingSpan { start: "09:00".to_owned(), end: "18:00".to_owned() };
    let day = |weekday: Weekday| WorkingDay { weekday: weekday.into(), spans: vec![office.clone()] };
    let days = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    Calendar { time_zone: "Asia/Shanghai".to_owned(), working_days: days.map(day).to_vec(), ..Calendar::default() }
}

async fn set(site: &Site, tenant: &TenantId, paths: &[&str], asked: Settings) -> Result<Settings, Status> {
    let request =
        UpdateSettingsRequest { settings: Some(asked), update_mask: mask(paths), ..UpdateSettingsRequest::default() };
    Ok(settings(site).update_settings(site.request(tenant, Role::Admin, request)).await?.into_inner().settings.unwrap())
}

async fn allow(site: &Site, tenant: &TenantId, days: i32) {
    let asked = Settings { employer_silence_days: days, ..Settings::default() };
    set(site, tenant, &["employer_silence_days"], asked).await.unwrap();
}

/// Goes on to ten o'clock of a weekday in Shanghai, 0 being Monday, and says which date that is.
fn weekday(site: &Site, weekday: u32) -> NaiveDate {
    let zone = chrono_tz::Asia::Shanghai;
    let now = site.clock().now().with_timezone(&zone);
    let ten = |date: NaiveDate| zone.from_local_datetime(&date.and_hms_opt(10, 0, 0).unwrap()).unwrap();
    let date = now
        .date_naive()
        .iter_days()
        .find(|date| date.weekday().num_days_from_monday() == weekday && ten(*date) > now)
        .unwrap();
    site.clock().advance((ten(date) - now).to_std().unwrap()).unwrap();
    date
}

pub(super) async fn see(site: &Site, tenant: &TenantId, application: &str) -> Application {
    let request = GetApplicationRequest { application_id: application.to_owned(), read_time: None };
    let answer = applications(site).get_application(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().application.unwrap()
}

/// Whose turn it is, and why.
async fn turn(site: &Site, tenant: &TenantId, application: &str) -> (Turn, TurnReason) {
    let seen = see(site, tenant, application).await;
    (seen.turn(), seen.turn_reason())
}

async fn breaches(site: &Site, tenant: &TenantId) -> Vec<EmployerSilenceBreached> {
    site.settle().await;
    site.heard_of("ats", tenant).await
}

/// Outreach says that it sent a message about nothing but the application, now.
async fn update(site: &Site, tenant: &TenantId, application: &Application) {
    let event = MessageSent {
        message_id: id("msg"),
        kind: MessageKind::Custom.into(),
        candidate_id: application.candidate_id.clone(),
        application_id: application.application_id.clone(),
        channel: "email".to_owned(),
        send_time: stamp(site.clock().now()),
        ..MessageSent::default()
    };
    site.say("outreach", tenant, &event.message_id, &event).await;
    site.settle().await;
}

async fn other_time(site: &Site, tenant: &TenantId, interview: &str) {
    let token = link(site, tenant, interview).await;
    let request = RequestOtherTimeRequest {
        revision: look(site, &token).await.unwrap().revision,
        token,
        note: "afternoons".to_owned(),
        reason: AnswerReason::ScheduleClash.into(),
    };
    centres(site).request_other_time(site.installation_request(request)).await.unwrap();
}

#[tokio::test]
async fn who_has_waited_for_three_whole_working_days_is_named_and_a_weekend_is_none() {
    let site = site().await;
    let tenant = site.tenant();
    weekday(&site, 4);
    let waiting = application(&site, &tenant).await;
    assert_eq!((waiting.turn(), waiting.turn_reason()), (Turn::Host, TurnReason::Applied));
    assert_eq!((waiting.turn_since, waiting.waiting_working_days), (waiting.create_time, 0));
    // Friday is not counted, the weekend not worked: Monday, Tuesday, and Wednesday to its end.
    pass(&site, 5 * 24 + 7).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    assert_eq!(see(&site, &tenant, &waiting.application_id).await.waiting_working_days, 2);
    pass(&site, 1).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    let task = tasks(&site, &tenant, false).await.pop().unwrap();
    assert_eq!((&task.application_id, &task.candidate_id), (&waiting.application_id, &waiting.candidate_id));
    assert!(task.why.contains("3 working days") && task.why.contains("10:00"), "{task:?}");
    assert!(task.suggestion.contains("Invite them"), "{task:?}");
    let said = breaches(&site, &tenant).await;
    let [said] = said.as_slice() else { panic!("{said:?}") };
    let expected = EmployerSilenceBreached {
        application_id: waiting.application_id.clone(),
        job_id: waiting.job_id.clone(),
        candidate_id: waiting.candidate_id.clone(),
        stage: "applied".to_owned(),
        waiting_since: waiting.create_time,
        working_days: 3,
        allowed_days: 3,
        reason: TurnReason::Applied.into(),
    };
    assert_eq!(*said, expected);
    assert_eq!(see(&site, &tenant, &waiting.application_id).await.waiting_working_days, 3);
    site.finish().await;
}

#[tokio::test]
async fn a_holiday_does_not_count_and_the_saturday_that_makes_up_for_it_does() {
    let site = site().await;
    let tenant = site.tenant();
    let wednesday = weekday(&site, 2);
    let [friday, saturday] = [2, 3].map(|days| (wednesday + TimeDelta::days(days)).to_string());
    let calendar = Calendar { holidays: vec![friday], extra_working_days: vec![saturday], ..house() };
    let asked = Settings { calendar: Some(calendar.clone()), ..Settings::default() };
    let kept = set(&site, &tenant, &["calendar"], asked).await.unwrap();
    assert_eq!((kept.calendar, kept.employer_silence_days), (Some(calendar), 3));
    application(&site, &tenant).await;
    // Thursday, Saturday, and Monday to its end.
    pass(&site, 5 * 24 + 7).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 1).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    site.finish().await;
}

#[tokio::test]
async fn an_invitation_stops_the_clock_and_a_wish_for_another_time_starts_it_again_at_that_moment() {
    let site = site().await;
    let tenant = site.tenant();
    weekday(&site, 0);
    let applied = application(&site, &tenant).await.application_id;
    pass(&site, 48).await;
    let interview = schedule(&site, &tenant, meeting(&site, &applied, 20 * 24)).await.unwrap().interview_id;
    assert_eq!(turn(&site, &tenant, &applied).await, (Turn::Candidate, TurnReason::Invited));
    // To the Monday after.
    pass(&site, 5 * 24).await;
    assert!(kinds(&site, &tenant).await.is_empty(), "it is not our turn");
    assert_eq!(see(&site, &tenant, &applied).await.waiting_working_days, 0);

    let asked = site.clock().now();
    other_time(&site, &tenant, &interview).await;
    let seen = see(&site, &tenant, &applied).await;
    assert_eq!((seen.turn(), seen.turn_reason()), (Turn::Host, TurnReason::OtherTimeRequested));
    assert!(wire::required_instant("turn_since", seen.turn_since.as_ref()).unwrap() - asked < TimeDelta::minutes(1));
    pass(&site, 79).await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::OfferTimes]);
    pass(&site, 1).await;
    let mut open = kinds(&site, &tenant).await;
    open.sort_unstable();
    assert_eq!(open, [TaskKind::OfferTimes, TaskKind::EmployerSilence]);

    // Times to choose from are a word; when they pass untaken, it is our turn since then.
    let request = OfferTimesRequest {
        interview_id: interview,
        start_times: vec![wire::timestamp(later(&site, 24))],
        ..OfferTimesRequest::default()
    };
    interviews(&site).offer_times(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    assert_eq!(turn(&site, &tenant, &applied).await, (Turn::Candidate, TurnReason::TimesOffered));
    assert!(kinds(&site, &tenant).await.is_empty(), "what was waited for has come");
    pass(&site, 24).await;
    assert_eq!(turn(&site, &tenant, &applied).await, (Turn::Host, TurnReason::OfferedTimesPassed));
    assert_eq!(see(&site, &tenant, &applied).await.waiting_working_days, 0);
    site.finish().await;
}

#[tokio::test]
async fn a_step_to_another_stage_does_not_hide_how_long_somebody_has_waited() {
    let site = site().await;
    let tenant = site.tenant();
    weekday(&site, 0);
    let applied = application(&site, &tenant).await;
    pass(&site, 48).await;
    let request = MoveApplicationRequest {
        application_id: applied.application_id.clone(),
        to_stage: "phone_screen".to_owned(),
        ..MoveApplicationRequest::default()
    };
    let moved = applications(&site).move_application(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let moved = moved.into_inner().application.unwrap();
    assert_eq!((moved.turn(), moved.turn_since), (Turn::Host, applied.turn_since));
    pass(&site, 32).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    assert_eq!(breaches(&site, &tenant).await[0].stage, "phone_screen");
    site.finish().await;
}

#[tokio::test]
async fn it_is_said_once_for_each_full_time_and_once_for_those_that_nobody_was_there_for() {
    let site = site().await;
    let tenant = site.tenant();
    weekday(&site, 0);
    application(&site, &tenant).await;
    pass(&site, 80).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    let site = site.restart(services()).await;
    pass(&site, 24).await;
    assert_eq!(breaches(&site, &tenant).await.len(), 1, "once");
    // Somebody ticks it off and says nothing: it is quiet until the next three days are full, on Tuesday.
    let task = tasks(&site, &tenant, false).await.pop().unwrap();
    let request = CompleteTaskRequest { task_id: task.task_id, ..CompleteTaskRequest::default() };
    workbench(&site).complete_task(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    pass(&site, 72).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 24).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    assert!(tasks(&site, &tenant, false).await[0].why.contains("6 working days"));
    // Three weeks that nobody was there for: one sentence.
    let clock = site.clock().clone();
    let site = {
        clock.advance(Duration::from_secs(21 * 24 * 3_600)).unwrap();
        site.restart(services()).await
    };
    pass(&site, 1).await;
    let said: Vec<_> = breaches(&site, &tenant).await.iter().map(|said| said.working_days).collect();
    assert_eq!(said, [3, 6, 21]);
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::EmployerSilence], "and one task");
    site.finish().await;
}

#[tokio::test]
async fn a_word_to_the_candidate_takes_the_task_away_and_the_wait_begins_anew() {
    let site = site().await;
    let tenant = site.tenant();
    weekday(&site, 0);
    let applied = application(&site, &tenant).await;
    pass(&site, 80).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    // Thursday evening.
    update(&site, &tenant, &applied).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    let seen = see(&site, &tenant, &applied.application_id).await;
    assert_eq!((seen.turn(), seen.waiting_working_days), (Turn::Host, 0), "the next word is still ours");
    assert!(seen.turn_since.unwrap().seconds > applied.turn_since.unwrap().seconds);
    // Friday, Monday, Tuesday.
    pass(&site, 5 * 24 - 1).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 1).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    let request = RejectApplicationRequest {
        application_id: applied.application_id.clone(),
        reason: "position filled".to_owned(),
        ..RejectApplicationRequest::default()
    };
    applications(&site).reject_application(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty(), "who was told waits for nothing");
    assert_eq!(turn(&site, &tenant, &applied.application_id).await, (Turn::Unspecified, TurnReason::Unspecified));
    pass(&site, 10 * 24).await;
    assert!(kinds(&site, &tenant).await.is_empty());

    let request = UnrejectApplicationRequest {
        application_id: applied.application_id.clone(),
        reason: "the other one declined".to_owned(),
        ..UnrejectApplicationRequest::default()
    };
    applications(&site).unreject_application(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let seen = see(&site, &tenant, &applied.application_id).await;
    assert_eq!((seen.turn(), seen.turn_reason()), (Turn::Host, TurnReason::Applied));
    assert_eq!(seen.waiting_working_days, 0, "since it is live again");
    site.finish().await;
}

#[tokio::test]
async fn before_an_interview_it_is_nobodys_turn_and_after_it_ours_since_its_end() {
    let site = site().await;
    let tenant = site.tenant();
    weekday(&site, 0);
    let applied = application(&site, &tenant).await.application_id;
    let planned = schedule(&site, &tenant, meeting(&site, &applied, 7 * 24)).await.unwrap();
    let token = link(&site, &tenant, &planned.interview_id).await;
    let revision = look(&site, &token).await.unwrap().revision;
    confirm(&site, &token, &revision).await.unwrap();
    assert_eq!(turn(&site, &tenant, &applied).await, (Turn::Nobody, TurnReason::InterviewAhead));
    pass(&site, 7 * 24 - 1).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 2).await;
    let seen = see(&site, &tenant, &applied).await;
    assert_eq!((seen.turn(), seen.turn_reason()), (Turn::Host, TurnReason::InterviewOver));
    let end = planned.start_time.unwrap().seconds + planned.duration.unwrap().seconds;
    assert_eq!(seen.turn_since.unwrap().seconds, end);
    // To say who came is no word to them.
    let request = RecordAttendanceRequest {
        interview_id: planned.interview_id,
        attendance: Attendance::Attended.into(),
        ..RecordAttendanceRequest::default()
    };
    interviews(&site).record_attendance(site.request(&tenant, Role::Interviewer, request)).await.unwrap();
    assert_eq!(see(&site, &tenant, &applied).await.turn_since, seen.turn_since);
    pass(&site, 80).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    assert!(tasks(&site, &tenant, false).await[0].suggestion.contains("how it went"));
    site.finish().await;
}

#[tokio::test]
async fn an_invitation_that_did_not_arrive_is_no_word() {
    let site = site().await;
    let tenant = site.tenant();
    weekday(&site, 0);
    let applied = application(&site, &tenant).await;
    pass(&site, 72).await;
    let planned = schedule(&site, &tenant, meeting(&site, &applied.application_id, 20 * 24)).await.unwrap();
    let invitation = requested(&site, &tenant).await.pop().unwrap();
    let event = MessageFailed {
        message_id: id("msg"),
        kind: invitation.kind,
        candidate_id: invitation.candidate_id,
        application_id: invitation.application_id,
        interview_id: invitation.interview_id,
        reason: "CHANNEL_REJECTED".to_owned(),
        business_key: invitation.business_key,
    };
    site.say("outreach", &tenant, &event.message_id, &event).await;
    site.settle().await;
    let seen = see(&site, &tenant, &applied.application_id).await;
    assert_eq!((seen.turn(), seen.turn_reason()), (Turn::Host, TurnReason::InvitationUndelivered));
    assert_eq!(seen.turn_since, applied.turn_since, "they have heard nothing since they applied");
    pass(&site, 8).await;
    let mut open = kinds(&site, &tenant).await;
    open.sort_unstable();
    assert_eq!(open, [TaskKind::MessageFailed, TaskKind::EmployerSilence]);

    let request = CancelInterviewRequest { interview_id: planned.interview_id, ..CancelInterviewRequest::default() };
    interviews(&site).cancel_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let seen = see(&site, &tenant, &applied.application_id).await;
    assert_eq!((seen.turn_reason(), seen.turn_since), (TurnReason::Applied, applied.turn_since));
    site.finish().await;
}

#[tokio::test]
async fn an_interview_that_we_call_off_leaves_the_next_word_to_us_since_then() {
    let site = site().await;
    let tenant = site.tenant();
    let planned = interview(&site, &tenant, 72).await;
    pass(&site, 10).await;
    let request = CancelInterviewRequest { interview_id: planned.interview_id, ..CancelInterviewRequest::default() };
    interviews(&site).cancel_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    let seen = see(&site, &tenant, &planned.application_id).await;
    assert_eq!((seen.turn(), seen.turn_reason()), (Turn::Host, TurnReason::InterviewCancelled));
    assert!(seen.turn_since.unwrap().seconds >= planned.create_time.unwrap().seconds + 36_000);
    site.finish().await;
}

#[tokio::test]
async fn who_waits_longest_is_one_call_away() {
    let site = site().await;
    let (tenant, other) = (site.tenant(), site.tenant());
    application(&site, &other).await;
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(application(&site, &tenant).await.application_id);
        site.clock().advance(Duration::from_secs(3_600)).unwrap();
    }
    let invited = application(&site, &tenant).await.application_id;
    schedule(&site, &tenant, meeting(&site, &invited, 72)).await.unwrap();
    let list = async |turn: Turn, order_by: &str, page_token: String| {
        let request = ListApplicationsRequest {
            turn: turn.into(),
            order_by: order_by.to_owned(),
            page_size: 2,
            page_token,
            ..ListApplicationsRequest::default()
        };
        let answer = applications(&site).list_applications(site.request(&tenant, Role::ReadOnly, request)).await?;
        let answer = answer.into_inner();
        let ids: Vec<_> = answer.applications.iter().map(|one| one.application_id.clone()).collect();
        assert!(answer.applications.iter().all(|one| one.turn() == turn && one.turn_since.is_some()));
        Ok::<_, Status>((ids, answer.next_page_token))
    };
    let (first, token) = list(Turn::Host, "turn_since", String::new()).await.unwrap();
    let (second, end) = list(Turn::Host, "turn_since", token).await.unwrap();
    assert_eq!([first, second].concat(), waiting);
    assert_eq!(end, "");
    let (newest, token) = list(Turn::Host, "", String::new()).await.unwrap();
    let (oldest, _) = list(Turn::Host, "create_time desc", token).await.unwrap();
    waiting.reverse();
    assert_eq!([newest, oldest].concat(), waiting);
    assert_eq!(list(Turn::Candidate, "turn_since", String::new()).await.unwrap().0, [invited]);
    assert_eq!(list(Turn::Nobody, "turn_since", String::new()).await.unwrap().0, Vec::<String>::new());
    let refused = list(Turn::Unspecified, "turn_since", String::new()).await.unwrap_err();
    assert_eq!((refusal(&refused).1.as_str(), fields(&refused)), ("ORDER_NEEDS_TURN", vec!["turn".to_owned()]));
    assert_eq!(list(Turn::Host, "stage", String::new()).await.unwrap_err().code(), Code::InvalidArgument);
    site.finish().await;
}

#[tokio::test]
async fn a_calendar_that_can_not_be_worked_by_is_refused_and_says_where() {
    let site = site().await;
    let tenant = site.tenant();
    let span = |start: &str, end: &str| WorkingSpan { start: start.to_owned(), end: end.to_owned() };
    let day = |weekday: Weekday, spans: Vec<WorkingSpan>| WorkingDay { weekday: weekday.into(), spans };
    let monday = || day(Weekday::Monday, vec![span("09:00", "18:00")]);
    let twice = day(Weekday::Monday, vec![span("10:00", "11:00")]);
    let date = || vec!["2026-10-10".to_owned()];
    for (calendar, reason, field) in [
        (Calendar { time_zone: "Mars/Olympus".to_owned(), ..house() }, "TIME_ZONE_UNKNOWN", "time_zone"),
        (Calendar { working_days: vec![monday(), twice], ..house() }, "WEEKDAY_REPEATED", "working_days[1].weekday"),
        (
            Calendar { working_days: vec![day(Weekday::Friday, vec![span("09:00", "09:00")])], ..house() },
            "WORKING_HOURS_INVALID",
            "working_days[0].spans[0]",
        ),
        (
            Calendar {
                working_days: vec![
                    monday(),
                    day(Weekday::Friday, vec![span("09:00", "12:00"), span("11:00", "24:00")]),
                ],
                ..house()
            },
            "WORKING_HOURS_INVALID",
            "working_days[1].spans[1]",
        ),
        (Calendar { holidays: vec!["2026-02-30".to_owned()], ..house() }, "DATE_INVALID", "holidays[0]"),
        (
            Calendar { holidays: date(), extra_working_days: date(), ..house() },
            "DATE_CONTRADICTORY",
            "extra_working_days",
        ),
    ] {
        let asked = Settings { calendar: Some(calendar), ..Settings::default() };
        let refused = set(&site, &tenant, &["calendar"], asked).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, reason.to_owned()), "{refused:?}");
        assert_eq!(fields(&refused), [format!("settings.calendar.{field}")]);
    }
    let refused = set(&site, &tenant, &["calendar"], Settings::default()).await.unwrap_err();
    assert_eq!(fields(&refused), ["settings.calendar"]);
    for days in [0, 61, -1] {
        let asked = Settings { employer_silence_days: days, ..Settings::default() };
        let refused = set(&site, &tenant, &["employer_silence_days"], asked).await.unwrap_err();
        assert_eq!(refusal(&refused).1, "SILENCE_DAYS_INVALID");
        assert_eq!(fields(&refused), ["settings.employer_silence_days"]);
    }
    site.finish().await;
}

#[tokio::test]
async fn who_waits_already_is_measured_by_what_the_tenant_allows_now() {
    let site = site().await;
    let tenant = site.tenant();
    weekday(&site, 0);
    allow(&site, &tenant, 10).await;
    let applied = application(&site, &tenant).await.application_id;
    pass(&site, 80).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    allow(&site, &tenant, 2).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    assert!(tasks(&site, &tenant, false).await[0].why.contains("3 working days"));
    allow(&site, &tenant, 5).await;
    stands(&site, &tenant, &[]).await;
    // Friday, Monday.
    pass(&site, 24).await;
    assert!(kinds(&site, &tenant).await.is_empty());
    pass(&site, 72).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    // Where Tuesday to Friday never were worked, one day has gone by.
    let monday = house().working_days.drain(..1).collect();
    let asked = Settings { calendar: Some(Calendar { working_days: monday, ..house() }), ..Settings::default() };
    set(&site, &tenant, &["calendar"], asked).await.unwrap();
    stands(&site, &tenant, &[]).await;
    assert_eq!(see(&site, &tenant, &applied).await.waiting_working_days, 1);
    pass(&site, 0).await;
    site.finish().await;
}

#[tokio::test]
async fn a_change_of_the_calendar_reaches_everybody_who_waits_and_whoever_was_busy_too() {
    const MANY: i64 = 1_300;
    let site = site().await;
    let tenant = site.tenant();
    let first = application(&site, &tenant).await;
    let db = site.db("ats");
    let ctx = chassis::TenantCtx::service(tenant, "test");
    let mut tx = db.begin(&ctx).await.unwrap();
    for sql in [
        "INSERT INTO applications SELECT tenant_id, gen_random_uuid(), job_id, gen_random_uuid(), stage, state, source,
                version, create_time, update_time, stage_time FROM applications, generate_series(1::bigint, $1::bigint)",
        "INSERT INTO turns SELECT a.tenant_id, a.application_id, t.live_time, NULL, t.turn, t.since, t.reason, NULL, 0, 0
         FROM applications a, turns t WHERE a.application_id <> t.application_id AND $1::bigint > 0",
        "INSERT INTO timers (tenant_id, subject_id, kind, due_time)
         SELECT a.tenant_id, a.application_id, 8, t.due_time FROM applications a, timers t
         WHERE a.application_id <> t.subject_id AND t.kind = 8 AND $1::bigint > 0",
    ] {
        sqlx::query(sql).bind(MANY).execute(tx.conn()).await.unwrap();
    }
    tx.commit().await.unwrap();
    // Somebody is at one of them for a while.
    let mut busy = db.begin(&ctx).await.unwrap();
    sqlx::query("SELECT FROM turns ORDER BY application_id LIMIT 1 FOR UPDATE").execute(busy.conn()).await.unwrap();
    allow(&site, &tenant, 40).await;
    let older = async || -> i64 {
        let mut tx = db.begin(&ctx).await.unwrap();
        let sql = "SELECT count(*) FROM turns WHERE settings_version = 0";
        sqlx::query_scalar(sql).fetch_one(tx.conn()).await.unwrap()
    };
    eventually("all but the busy one are reckoned anew", async || older().await == 1).await;
    drop(busy);
    site.clock().advance(Duration::from_secs(2)).unwrap();
    eventually("the busy one too", async || older().await == 0).await;
    let mut tx = db.begin(&ctx).await.unwrap();
    let (timers, dues, soonest): (i64, i64, DateTime<Utc>) = sqlx::query_as(
        "SELECT count(*), count(DISTINCT due_time), min(due_time) FROM timers
         JOIN turns ON application_id = subject_id WHERE kind = 8 AND timers.state = 1",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!((timers, dues), (MANY + 1, 1), "they all wait since {:?}", first.turn_since);
    assert!(soonest > later(&site, 40 * 24), "{soonest}");
    drop(tx);
    pass(&site, 1).await;
    site.finish().await;
}
