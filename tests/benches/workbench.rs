//! The workbench: a page of 50 out of 100,000 open tasks against the same SQL, and how soon a watcher hears of a change.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that can not be made fails"
)]

use std::{
    collections::HashMap,
    process::ExitCode,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chassis::TenantId;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, postgres::PgRow};
use testkit::Site;
use tonic::Request;
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        ClaimTaskRequest, ListTasksRequest, ReleaseTaskRequest, WatchKind, WatchTasksRequest,
        task_service_client::TaskServiceClient,
    },
};
use usher_tests::bench::{self, Goals, milliseconds, percentile};
use uuid::Uuid;

const OPEN: i32 = 100_000;
const ROUNDS: usize = 40;
const CALLS: usize = 25;
/// Changes per second, and for how long.
const RATE: u32 = 200;
const SECONDS: u32 = 20;

/// What `store/tasks.rs` asks for the first page of a plain list.
const LIST: &str = "SELECT * FROM tasks WHERE tenant_id = $1 AND state <> 3 AND (state <> 4 OR $10)
    AND ($4::uuid IS NULL OR candidate_id = $4) AND ($5::uuid IS NULL OR job_id = $5)
    AND ($6::timestamptz IS NULL OR due_time < $6) AND ($7::int[] IS NULL OR kind = ANY ($7))
    AND ($8::text IS NULL OR coalesce(claimed_by, assignee) = $8)
    AND (NOT $9 OR coalesce(claimed_by, assignee) IS NULL)
    ORDER BY due_time, task_id LIMIT $11";

/// When each change was asked for, and when it was answered, by task and version.
type Times = Mutex<HashMap<(String, i64), (Instant, Option<Instant>)>>;

fn main() -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(run())
}

async fn run() -> ExitCode {
    let site = Arc::new(bench::ats().await);
    let tenant = site.tenant();
    fill(&site, &tenant).await;
    let mut goals = Goals::of("workbench");
    list(&site, &tenant, &mut goals).await;
    watch(&site, &tenant, &mut goals).await;
    goals.report()
}

/// Open tasks as time brings them, and as many that are done.
async fn fill(site: &Site, tenant: &TenantId) {
    let mut owner = PgConnection::connect(site.database().url()).await.unwrap();
    for (done, state) in [(false, 1), (true, 3)] {
        sqlx::query(
            "INSERT INTO ats.tasks (tenant_id, task_id, kind, state, subject_id, candidate_id, application_id, why,
                                    suggestion, create_time, due_time, cause_time, job_id, done_time)
             SELECT $1, gen_random_uuid(), 7, $2, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
                    'The application has stood in Interview for 72 hours, the longest that was agreed for it.',
                    'Move it on, reject it, or tell the candidate why it takes longer.',
                    now() - random() * interval '30 days', now() - random() * interval '30 days', now(),
                    gen_random_uuid(), CASE WHEN $4 THEN now() END
             FROM generate_series(1, $3)",
        )
        .bind(tenant.0)
        .bind(state)
        .bind(OPEN)
        .bind(done)
        .execute(&mut owner)
        .await
        .unwrap();
    }
    owner.execute("VACUUM ANALYZE ats.tasks").await.unwrap();
}

async fn list(site: &Site, tenant: &TenantId, goals: &mut Goals) {
    let mut bare = PgConnection::connect(site.database().url()).await.unwrap();
    let mut client = TaskServiceClient::new(site.channel());
    let token = site.token(tenant, Role::Recruiter);
    let (mut over_grpc, mut over_sql, mut select_only) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        for _ in 0..CALLS {
            let begun = Instant::now();
            let request = ListTasksRequest { page_size: 50, ..ListTasksRequest::default() };
            let answer = client.list_tasks(by(&token, request)).await.unwrap().into_inner();
            // The first round warms up.
            if round > 0 {
                over_grpc.push(begun.elapsed());
            }
            assert_eq!(answer.tasks.len(), 50);
        }
        for _ in 0..CALLS {
            let begun = Instant::now();
            begin(&mut bare, tenant).await;
            let selecting = Instant::now();
            let rows = page(&mut bare, tenant).await;
            let selected = selecting.elapsed();
            bare.execute("ROLLBACK").await.unwrap();
            if round > 0 {
                over_sql.push(begun.elapsed());
                select_only.push(selected);
            }
            assert_eq!(rows.len(), 51);
        }
    }
    let (grpc, sql) = (percentile(&mut over_grpc, 50), percentile(&mut over_sql, 50));
    println!(
        "50 of {OPEN} open tasks, median of {}: {:.2} ms over gRPC, {:.2} ms the same SQL on one connection (of which the \
         SELECT takes {:.2} ms)",
        over_grpc.len(),
        milliseconds(grpc),
        milliseconds(sql),
        milliseconds(percentile(&mut select_only, 50))
    );
    goals.at_most("list of 50 against the same SQL", grpc.as_secs_f64() / sql.as_secs_f64(), 2.0, "x");
}

/// As the service begins every transaction.
async fn begin(connection: &mut PgConnection, tenant: &TenantId) {
    let begin = format!(
        "BEGIN; SET LOCAL ROLE usher_ats; SET LOCAL search_path = ats; SET LOCAL usher.tenant = '{}'",
        tenant.0
    );
    connection.execute(AssertSqlSafe(begin)).await.unwrap();
}

async fn page(connection: &mut PgConnection, tenant: &TenantId) -> Vec<PgRow> {
    sqlx::query(LIST)
        .bind(tenant.0)
        .bind(None::<chrono::DateTime<chrono::Utc>>)
        .bind(None::<Uuid>)
        .bind(None::<Uuid>)
        .bind(None::<Uuid>)
        .bind(None::<chrono::DateTime<chrono::Utc>>)
        .bind(None::<Vec<i32>>)
        .bind(None::<String>)
        .bind(false)
        .bind(false)
        .bind(51_i64)
        .fetch_all(connection)
        .await
        .unwrap()
}

async fn watch(site: &Arc<Site>, tenant: &TenantId, goals: &mut Goals) {
    let token = site.token(tenant, Role::Recruiter);
    let mut client = TaskServiceClient::new(site.channel());
    let request = ListTasksRequest { page_size: 1_000, ..ListTasksRequest::default() };
    let tasks = client.list_tasks(by(&token, request)).await.unwrap().into_inner().tasks;
    // A connection of its own, as a page has.
    let channel = tonic::transport::Endpoint::from_shared(site.grpc().to_owned()).unwrap().connect().await.unwrap();
    let request = by(&token, WatchTasksRequest::default());
    let mut stream = TaskServiceClient::new(channel).watch_tasks(request).await.unwrap().into_inner();
    let begun = Instant::now();
    let mut shown = 0;
    while stream.message().await.unwrap().unwrap().kind() != WatchKind::Synced {
        shown += 1;
    }
    println!("a watch begins: {shown} tasks shown in {:.0} ms", milliseconds(begun.elapsed()));

    let times: Arc<Times> = Arc::default();
    let count = usize::try_from(RATE * SECONDS).unwrap();
    let working = tokio::spawn({
        let (site, token, times) = (Arc::clone(site), token.clone(), Arc::clone(&times));
        async move {
            let mut ticks = tokio::time::interval(Duration::from_secs(1) / RATE);
            let mut calls = Vec::new();
            for number in 0..count {
                ticks.tick().await;
                let task_id = tasks[number % tasks.len()].task_id.clone();
                let (mut client, token, times) =
                    (TaskServiceClient::new(site.channel()), token.clone(), Arc::clone(&times));
                let claims = (number / tasks.len()).is_multiple_of(2);
                let version = i64::try_from(number / tasks.len()).unwrap() + 2;
                calls.push(tokio::spawn(async move {
                    let key = (task_id.clone(), version);
                    let asked = Instant::now();
                    times.lock().unwrap().insert(key.clone(), (asked, None));
                    if claims {
                        let request = ClaimTaskRequest { task_id, ..ClaimTaskRequest::default() };
                        client.claim_task(by(&token, request)).await.unwrap();
                    } else {
                        let request = ReleaseTaskRequest { task_id, ..ReleaseTaskRequest::default() };
                        client.release_task(by(&token, request)).await.unwrap();
                    }
                    times.lock().unwrap().insert(key, (asked, Some(Instant::now())));
                }));
            }
            for call in calls {
                call.await.unwrap();
            }
        }
    });
    let begun = Instant::now();
    let mut heard = Vec::with_capacity(count);
    while heard.len() < count {
        let message = stream.message().await.unwrap().unwrap();
        if let Some(task) = message.task {
            heard.push(((task.task_id, task.revision.unwrap().version), Instant::now()));
        }
    }
    working.await.unwrap();
    let rate = f64::from(RATE * SECONDS) / begun.elapsed().as_secs_f64();
    let times = times.lock().unwrap();
    let (mut from_asking, mut from_answer) = (Vec::new(), Vec::new());
    for (key, time) in heard {
        let (asked, answered) = times[&key];
        from_asking.push(time.duration_since(asked));
        from_answer.push(time.saturating_duration_since(answered.unwrap()));
    }
    println!(
        "{count} changes at {rate:.0}/s: from the commit's answer to the watcher p50 {:.2} ms, p99 {:.2} ms",
        milliseconds(percentile(&mut from_answer, 50)),
        milliseconds(percentile(&mut from_answer, 99))
    );
    // The commit lies between the call's start and its answer; counting from the start never flatters.
    goals.at_most(
        "change at the watcher, from the call's start, p50",
        milliseconds(percentile(&mut from_asking, 50)),
        20.0,
        " ms",
    );
    goals.at_most(
        "change at the watcher, from the call's start, p99",
        milliseconds(percentile(&mut from_asking, 99)),
        100.0,
        " ms",
    );
}

fn by<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}
