//! What was there before an upgrade goes on after it: rows of an earlier version of the schema, and today's service.

use std::borrow::Cow;

use async_trait::async_trait;
use chassis::{House, Parts, Schema, migrate::migrate};
use sqlx::{Connection as _, PgConnection, migrate::Migrator};
use usher_proto::ats::v1::{
    GetApplicationRequest, GetFollowUpRequest, GetFollowUpResponse, InterviewState, RescheduleInterviewRequest, Turn,
    cadence_service_client::CadenceServiceClient,
};

use super::*;

/// The schema as it was after so many migrations, served by nobody.
struct Before(i64);

#[async_trait]
impl Service for Before {
    fn name(&self) -> &'static str {
        "ats"
    }

    fn schema(&self) -> Option<Schema> {
        let mut schema = Ats::schema();
        // It came later.
        schema.system_tables.retain(|table| *table != "history_imports");
        for (name, set) in &mut schema.sets {
            if *name == "ats" {
                let old = set.migrations.iter().filter(|migration| migration.version <= self.0).cloned().collect();
                let migrator = Migrator { migrations: Cow::Owned(old), ..Migrator::DEFAULT };
                *set = Box::leak(Box::new(migrator));
            }
        }
        Some(schema)
    }

    async fn open(&self, _: House) -> anyhow::Result<Parts> {
        Ok(Parts::default())
    }
}

/// A TypeID.
fn name(prefix: &str, id: Uuid) -> String {
    struct Named<'a>(&'a str, Uuid);
    impl std::fmt::Display for Named<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            chassis::ids::write_type_id(f, self.0, self.1)
        }
    }
    Named(prefix, id).to_string()
}

async fn follow_up(site: &Site, tenant: &TenantId, request: GetFollowUpRequest) -> GetFollowUpResponse {
    let mut cadences = CadenceServiceClient::new(site.channel());
    cadences.get_follow_up(site.request(tenant, Role::Recruiter, request)).await.unwrap().into_inner()
}

async fn insert_job(connection: &mut PgConnection, site: &Site, tenant: &TenantId) -> Uuid {
    let job = Uuid::now_v7();
    sqlx::query(
        r#"INSERT INTO ats.jobs (tenant_id, job_id, title, company_name, location, description, required_skills, openings,
                               state, stages, version, create_time, update_time)
         VALUES ($1, $2, 'Java 后端工程师', '晨光科技', '', '', '{}', 1, 2,
                 '[{"key": "interview", "display_name": "Interview", "service_level_hours": 0}]', 1, $3, $3)"#,
    )
    .bind(tenant.0)
    .bind(job)
    .bind(site.clock().now())
    .execute(&mut *connection)
    .await
    .unwrap();
    job
}

/// An interview as the fourth version kept it.
struct Old {
    state: i16,
    invitation: i16,
    hours: i64,
    interviewer: String,
}

async fn insert(connection: &mut PgConnection, site: &Site, tenant: &TenantId, job: Uuid, old: &Old) -> (Uuid, Uuid) {
    let (application, interview, now) = (Uuid::now_v7(), Uuid::now_v7(), site.clock().now());
    sqlx::query(
        "INSERT INTO ats.applications (tenant_id, application_id, job_id, candidate_id, stage, state, source, version,
                                       create_time, update_time, stage_time)
         VALUES ($1, $2, $3, gen_random_uuid(), 'interview', 1, 'referral', 1, $4, $4, $4)",
    )
    .bind(tenant.0)
    .bind(application)
    .bind(job)
    .bind(now - TimeDelta::hours(1))
    .execute(&mut *connection)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO ats.interviews (tenant_id, interview_id, application_id, job_id, candidate_id, stage, attempt, state,
             attendance, start_time, duration_seconds, time_zone, place, link, interviewers, materials, contact_name,
             contact_channel, answer_by, offered_times, candidate_note, team_introduction, calendar_sequence, invitations,
             invitation_version, invitation_state, version, create_time)
         SELECT tenant_id, $3, application_id, job_id, candidate_id, 'interview', 1, $4, 0, $5, 3600, 'Asia/Shanghai',
                '上海', '', jsonb_build_array(jsonb_build_object('user_id', $6::text, 'display_name', '周敏', 'title', '')), '{}', 'Rita', '+86 21 5555 0100', $5, '{}', '', '', 0, 1, 1, $7, 1, $8
         FROM ats.applications WHERE tenant_id = $1 AND application_id = $2",
    )
    .bind(tenant.0)
    .bind(application)
    .bind(interview)
    .bind(old.state)
    .bind(now + TimeDelta::hours(old.hours))
    .bind(&old.interviewer)
    .bind(old.invitation)
    .bind(now)
    .execute(&mut *connection)
    .await
    .unwrap();
    sqlx::query("INSERT INTO ats.timers (tenant_id, subject_id, kind, due_time) VALUES ($1, $2, 1, $3)")
        .bind(tenant.0)
        .bind(interview)
        .bind(now + TimeDelta::hours(24))
        .execute(&mut *connection)
        .await
        .unwrap();
    (application, interview)
}

#[tokio::test]
async fn what_was_under_way_is_followed_up_booked_and_waited_for_after_the_upgrade() {
    let site =
        Site::start(vec![Box::new(Before(4)), Box::new(Voice::new("outreach")), Box::new(Voice::new("talent"))]).await;
    let tenant = site.tenant();
    let mut connection = PgConnection::connect(site.database().url()).await.unwrap();
    let job = insert_job(&mut connection, &site, &tenant).await;
    let manager = id("user");
    let old = |state, invitation, hours, interviewer: &str| Old {
        state,
        invitation,
        hours,
        interviewer: interviewer.to_owned(),
    };
    // Invited and silent; confirmed by whoever comes a little later; called off.
    let (_, silent) = insert(&mut connection, &site, &tenant, job, &old(1, 1, 200, &manager)).await;
    let (_, confirmed) = insert(&mut connection, &site, &tenant, job, &old(2, 1, 210, "")).await;
    let (waiting, _) = insert(&mut connection, &site, &tenant, job, &old(4, 1, 220, "")).await;
    sqlx::query(
        "INSERT INTO ats.tasks (tenant_id, task_id, kind, state, candidate_id, application_id, interview_id, subject_id,
                                why, suggestion, create_time, due_time)
         SELECT tenant_id, gen_random_uuid(), 1, 1, candidate_id, application_id, interview_id, interview_id, 'silent',
                'call', create_time, create_time FROM ats.interviews WHERE interview_id = $1",
    )
    .bind(silent)
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();

    migrate(site.database().url(), &Ats::schema()).await.unwrap();
    let site = site.restart(services()).await;
    patient(&site, &tenant).await;
    let silent = name("intv", silent);
    assert_eq!(get(&site, &tenant, &silent).await.state(), InterviewState::Scheduled);
    assert_eq!(tasks(&site, &tenant, false).await.len(), 1, "what was in the workbench still is");

    // Booked: nobody else gets that hour of theirs.
    let other = application(&site, &tenant).await;
    let mut clash = meeting(&site, &other.application_id, 200);
    clash.interviewers[0].user_id.clone_from(&manager);
    let refused = schedule(&site, &tenant, clash).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "INTERVIEWER_BUSY".to_owned()));

    // Followed up: whoever is silent is reminded, once; whoever confirmed, of the day.
    pass(&site, 24).await;
    let reminders: Vec<_> = requested(&site, &tenant).await.into_iter().map(|draft| draft.business_key).collect();
    assert_eq!(reminders, [format!("{silent}/invitation_unanswered/1/1")]);
    let request = GetFollowUpRequest { interview_id: name("intv", confirmed), ..GetFollowUpRequest::default() };
    let found = follow_up(&site, &tenant, request).await;
    let planned: Vec<_> = found.planned.iter().map(|touch| touch.rule.as_str()).collect();
    assert_eq!(planned, ["upcoming_in_three_days", "upcoming_tomorrow"]);

    // Waited for: it is our turn with whoever was called off.
    let request = GetApplicationRequest { application_id: name("app", waiting), read_time: None };
    let read = applications(&site).get_application(site.request(&tenant, Role::ReadOnly, request)).await.unwrap();
    assert_eq!(read.into_inner().application.unwrap().turn(), Turn::Host);

    // And all of it can be changed.
    let request = RescheduleInterviewRequest {
        interview_id: silent.clone(),
        start_time: stamp(later(&site, 300)),
        ..RescheduleInterviewRequest::default()
    };
    interviews(&site).reschedule_interview(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    site.finish().await;
}

#[tokio::test]
async fn offers_that_were_out_are_followed_up_from_the_upgrade_on_and_those_that_ended_have_a_history() {
    let site =
        Site::start(vec![Box::new(Before(9)), Box::new(Voice::new("outreach")), Box::new(Voice::new("talent"))]).await;
    let tenant = site.tenant();
    let mut connection = PgConnection::connect(site.database().url()).await.unwrap();
    let job = insert_job(&mut connection, &site, &tenant).await;
    let now = site.clock().now();
    let mut offers = Vec::new();
    // Out for five days; out and under way; accepted.
    for (state, message, answer) in [(4, Some(120), None), (4, None, None), (5, Some(120), Some(100))] {
        let (application, offer) = (Uuid::now_v7(), Uuid::now_v7());
        let ago = |hours: Option<i64>| hours.map(|hours| now - TimeDelta::hours(hours));
        sqlx::query(
            "INSERT INTO ats.applications (tenant_id, application_id, job_id, candidate_id, stage, state, source, version,
                                           create_time, update_time, stage_time)
             VALUES ($1, $2, $3, gen_random_uuid(), 'interview', 1, 'referral', 1, $4, $4, $4)",
        )
        .bind(tenant.0)
        .bind(application)
        .bind(job)
        .bind(now)
        .execute(&mut connection)
        .await
        .unwrap();
        sqlx::query(
            r#"INSERT INTO ats.offers (tenant_id, offer_id, application_id, job_id, candidate_id, state, terms,
                    terms_version, approvers, round, agreed, contact_name, contact_channel, author, candidate_note,
                    send_time, message_time, answer_time, version, create_time, update_time)
             SELECT tenant_id, $3, application_id, job_id, candidate_id, $4, jsonb_build_object('position_title', 'Java',
                    'employment_type', 1, 'start_date', '2099-01-01', 'time_zone', 'Asia/Shanghai', 'salary_minor_units', 1,
                    'salary_currency', 'CNY', 'salary_period', 4, 'location', '上海', 'benefits', '', 'expire_time',
                    to_char((create_time + interval '30 days') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
                    1, '{}', 1, 0, 'Rita', '1', 'user_1', '', create_time - interval '121 hours', $5, $6, 3, create_time,
                    create_time
             FROM ats.applications WHERE tenant_id = $1 AND application_id = $2"#,
        )
        .bind(tenant.0)
        .bind(application)
        .bind(offer)
        .bind(state)
        .bind(ago(message))
        .bind(ago(answer))
        .execute(&mut connection)
        .await
        .unwrap();
        offers.push(name("offer", offer));
    }
    connection.close().await.unwrap();
    migrate(site.database().url(), &Ats::schema()).await.unwrap();
    let site = site.restart(services()).await;
    patient(&site, &tenant).await;
    pass(&site, 1).await;
    assert!(requested(&site, &tenant).await.is_empty(), "nobody is reminded by an upgrade");
    let mut told = Vec::new();
    for offer in &offers {
        let request = GetFollowUpRequest { offer_id: offer.clone(), ..GetFollowUpRequest::default() };
        let found = follow_up(&site, &tenant, request).await;
        let moments: Vec<_> = found.moments.into_iter().map(|moment| moment.what).collect();
        told.push((moments.join(" "), found.planned.len()));
    }
    let expected = [("offer_sent asked", 1), ("offer_sent", 0), ("offer_sent asked offer_answered", 0)];
    assert_eq!(told, expected.map(|(moments, planned)| (moments.to_owned(), planned)));
    pass(&site, 48).await;
    let reminders: Vec<_> = requested(&site, &tenant).await.into_iter().map(|draft| draft.business_key).collect();
    assert_eq!(reminders, [format!("{}/offer_unanswered/1/1", offers[0])]);
    site.finish().await;
}
