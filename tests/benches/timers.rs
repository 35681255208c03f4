//! One tick of the clock over 1,000,000 scheduled timers of which 1,000 are due, against the same tick where there are no
//! others: what is not due costs nothing.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that can not be made fails"
)]

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use chassis::{TenantId, wire};
use chrono::TimeDelta;
use sqlx::{Connection as _, Executor as _, PgConnection};
use testkit::{Site, eventually};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        CreateApplicationRequest, CreateJobRequest, Interviewer, OpenJobRequest, ScheduleInterviewRequest,
        application_service_client::ApplicationServiceClient, interview_service_client::InterviewServiceClient,
        job_service_client::JobServiceClient,
    },
};
use usher_tests::bench::{self, Goals, milliseconds};

const SCHEDULED: i32 = 1_000_000;
const DUE: i32 = 1_000;
const ROUNDS: usize = 3;

/// What `store/timers.rs` asks at each tick: the first page of what is due in all tenants.
const TICK: &str = "SELECT tenant_id, subject_id, kind, due_time FROM timers
         WHERE state = 1 AND due_time <= $1
           AND ($2::timestamptz IS NULL OR (due_time, tenant_id, subject_id, kind) > ($2, $3, $4, $5))
         ORDER BY due_time, tenant_id, subject_id, kind LIMIT $6";

fn main() -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(run())
}

/// What one tick cost.
struct Tick {
    span: Duration,
    /// Rows of the table that were read through its indexes, and by reading it whole.
    fetched: i64,
    scanned: i64,
    /// Rows that were written.
    written: i64,
}

async fn run() -> ExitCode {
    let site = bench::ats().await;
    let tenant = site.tenant();
    let mut owner = PgConnection::connect(site.database().url()).await.unwrap();
    let interview = interview(&site, &tenant).await;
    copy(&mut owner, &interview).await;

    let mut alone = Vec::new();
    for _ in 0..=ROUNDS {
        alone.push(tick(&site, &mut owner).await);
    }
    schedule(&mut owner).await;
    let mut among = Vec::new();
    for _ in 0..=ROUNDS {
        among.push(tick(&site, &mut owner).await);
    }
    plan(&site, &mut owner, &interview).await;

    // The first round of each warms up.
    let (alone, among) = (&alone[1..], &among[1..]);
    let span = |ticks: &[Tick]| ticks.iter().map(|tick| tick.span.as_secs_f64()).sum::<f64>();
    for (name, ticks) in [("with no others", alone), ("among 1,000,000", among)] {
        for tick in ticks {
            println!(
                "{DUE} due {name}: {:.0} ms, {} rows read by index, {} by reading the table, {} written",
                milliseconds(tick.span),
                tick.fetched,
                tick.scanned,
                tick.written
            );
        }
    }
    let most = |figure: fn(&Tick) -> i64| {
        let most = among.iter().map(figure).max().unwrap();
        f64::from(i32::try_from(most).unwrap()) / f64::from(DUE)
    };
    let mut goals = Goals::of("timers");
    goals.at_most("tick among 1,000,000 against one with no others", span(among) / span(alone), 1.5, "x");
    goals.at_most("rows read by reading the table, for each that is due", most(|tick| tick.scanned), 0.001, "");
    // Found by its time, spent, and set anew.
    goals.at_most("rows read by index, for each that is due", most(|tick| tick.fetched), 6.0, "");
    goals.at_most("rows written, for each that is due", most(|tick| tick.written), 2.1, "");
    goals.report()
}

/// An interview whose invitation has just been sent.
async fn interview(site: &Site, tenant: &TenantId) -> String {
    let recruiter = Role::Recruiter;
    let mut jobs = JobServiceClient::new(site.channel());
    let request = CreateJobRequest {
        title: "Java 后端工程师".to_owned(),
        company_name: "晨光科技".to_owned(),
        ..CreateJobRequest::default()
    };
    let job = jobs.create_job(site.request(tenant, recruiter, request)).await.unwrap().into_inner().job.unwrap();
    let request = OpenJobRequest { job_id: job.job_id.clone(), request_id: String::new() };
    jobs.open_job(site.request(tenant, recruiter, request)).await.unwrap();
    let request = CreateApplicationRequest {
        job_id: job.job_id,
        candidate_id: format!("cand_{}", TenantId::new().to_string().trim_start_matches("tenant_")),
        source: "talent_pool".to_owned(),
        request_id: String::new(),
    };
    let mut applications = ApplicationServiceClient::new(site.channel());
    let made = applications.create_application(site.request(tenant, recruiter, request)).await.unwrap();
    let request = ScheduleInterviewRequest {
        application_id: made.into_inner().application.unwrap().application_id,
        start_time: Some(wire::timestamp(site.clock().now() + TimeDelta::days(3_000))),
        time_zone: "Asia/Shanghai".to_owned(),
        place: "漕河泾 88 号 3 楼".to_owned(),
        interviewers: vec![Interviewer { display_name: "周敏".to_owned(), ..Interviewer::default() }],
        contact_name: "Rita".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        ..ScheduleInterviewRequest::default()
    };
    let mut interviews = InterviewServiceClient::new(site.channel());
    let made = interviews.schedule_interview(site.request(tenant, recruiter, request)).await.unwrap();
    let id = made.into_inner().interview.unwrap().interview_id;
    chassis::ids::read_type_id("intv", &id).unwrap().to_string()
}

/// As many interviews like it as will be due.
async fn copy(owner: &mut PgConnection, interview: &str) {
    sqlx::query(
        "INSERT INTO ats.interviews
         SELECT (jsonb_populate_record(i, jsonb_build_object('interview_id', gen_random_uuid()))).*
         FROM ats.interviews i, generate_series(2, $2) WHERE i.interview_id = $1::uuid",
    )
    .bind(interview)
    .bind(DUE)
    .execute(&mut *owner)
    .await
    .unwrap();
}

/// Timers of other interviews and other tenants, due within the years to come.
async fn schedule(owner: &mut PgConnection) {
    sqlx::query(
        "INSERT INTO ats.timers (tenant_id, subject_id, kind, due_time)
         SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n % 200), 12, '0'))::uuid, gen_random_uuid(), 1,
                now() + interval '300 days' + random() * interval '3000 days'
         FROM generate_series(1, $1) AS n",
    )
    .bind(SCHEDULED - DUE)
    .execute(&mut *owner)
    .await
    .unwrap();
    owner.execute("VACUUM ANALYZE ats.timers").await.unwrap();
}

/// All interviews were asked about at one time and have kept silent: a day later each is reminded of, and what comes next
/// is planned.
async fn tick(site: &Site, owner: &mut PgConnection) -> Tick {
    let now = site.clock().now();
    for statement in [
        "DELETE FROM ats.moments WHERE $1 = $1",
        "INSERT INTO ats.moments (tenant_id, subject_id, seq, time, content)
         SELECT tenant_id, interview_id, 1, $1, jsonb_build_object('what', 'scheduled', 'start', start_time)
         FROM ats.interviews",
        "INSERT INTO ats.moments (tenant_id, subject_id, seq, time, content)
         SELECT tenant_id, interview_id, 2, $1, jsonb_build_object('what', 'asked', 'sent', $1) FROM ats.interviews",
        "DELETE FROM ats.task_steps WHERE $1 = $1",
        "DELETE FROM ats.tasks WHERE $1 = $1",
        "INSERT INTO ats.timers (tenant_id, subject_id, kind, due_time)
         SELECT tenant_id, interview_id, 1, $1 + interval '24 hours' FROM ats.interviews
         ON CONFLICT (tenant_id, subject_id, kind) DO UPDATE SET due_time = excluded.due_time, state = 1, end_time = NULL",
    ] {
        sqlx::query(statement).bind(now).execute(&mut *owner).await.unwrap();
    }
    owner.execute("VACUUM ANALYZE ats.moments, ats.interviews, ats.timers, ats.tasks").await.unwrap();
    owner.execute("CHECKPOINT").await.unwrap();
    // What was written here to begin with is no part of it.
    owner.execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    let before = figures(owner).await;
    let begun = Instant::now();
    site.clock().advance(Duration::from_secs(24 * 3_600 + 1)).unwrap();
    eventually("all are reminded of", async || {
        let reminded: i64 =
            sqlx::query_scalar("SELECT count(*) FROM ats.moments WHERE content ->> 'rule' = 'invitation_unanswered'")
                .fetch_one(&mut *owner)
                .await
                .unwrap();
        reminded == i64::from(DUE)
    })
    .await;
    let span = begun.elapsed();
    // A session tells what it has counted when it has been idle for a while. Each timer is spent and set anew.
    let mut after = before;
    eventually("PostgreSQL has counted it", async || {
        after = figures(owner).await;
        after.2 - before.2 >= 2 * i64::from(DUE)
    })
    .await;
    Tick { span, fetched: after.0 - before.0, scanned: after.1 - before.1, written: after.2 - before.2 }
}

/// What PostgreSQL has counted of the table.
async fn figures(owner: &mut PgConnection) -> (i64, i64, i64) {
    owner.execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
    sqlx::query_as(
        "SELECT coalesce(idx_tup_fetch, 0), seq_tup_read, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables
         WHERE schemaname = 'ats' AND relname = 'timers'",
    )
    .fetch_one(&mut *owner)
    .await
    .unwrap()
}

/// Shows how PostgreSQL finds what is due.
async fn plan(site: &Site, owner: &mut PgConnection, interview: &str) {
    sqlx::query("UPDATE ats.timers SET due_time = $1, state = 1 WHERE kind = 1 AND tenant_id = (SELECT tenant_id FROM ats.interviews WHERE interview_id = $2::uuid)")
        .bind(site.clock().now() + TimeDelta::days(1))
        .bind(interview)
        .execute(&mut *owner)
        .await
        .unwrap();
    owner.execute("SET search_path = ats").await.unwrap();
    println!("the plan of a tick:");
    let lines: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {TICK}")))
            .bind(site.clock().now() + TimeDelta::days(2))
            .bind(None::<chrono::DateTime<chrono::Utc>>)
            .bind(None::<uuid::Uuid>)
            .bind(None::<uuid::Uuid>)
            .bind(None::<i16>)
            .bind(200_i64)
            .fetch_all(&mut *owner)
            .await
            .unwrap();
    for line in lines {
        println!("  {line}");
    }
}
