//! Stage moves through gRPC against the same statements driven by pgbench, on the same PostgreSQL, with as many at once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that can not be made fails"
)]

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use chassis::TenantId;
use sqlx::{Connection as _, Executor as _, PgConnection};
use testkit::Site;
use tonic::Request;
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        CreateJobRequest, MoveApplicationRequest, OpenJobRequest, Stage,
        application_service_client::ApplicationServiceClient, job_service_client::JobServiceClient,
    },
};
use usher_tests::bench::{self, Goals};
use uuid::Uuid;

/// So many that neither side ever waits for work.
const AT_ONCE: usize = 32;
/// Applications of each of those.
const EACH: usize = 250;
const ROUNDS: usize = 8;
const SPAN: Duration = Duration::from_secs(4);

/// The statements of one move, as `commands/move_application.rs` makes them of an application whose stage has a service
/// level: begin with role and tenant in one round trip, lock the application, hold the job still, write application and
/// transition, set the timer, look for tasks that the move settles, append the event, read the history and the turn back,
/// commit.
const SCRIPT: &str = r"
\set n :client_id * 250 + :turn % 250
\set turn :turn + 1
\startpipeline
BEGIN;
SET LOCAL ROLE usher_ats;
SET LOCAL search_path = ats;
SET LOCAL usher.tenant = 'TENANT';
\endpipeline
SELECT application_id AS app, job_id AS job, version + 1 AS version, stage AS before, CASE stage WHEN 'interview' THEN 'phone_screen' ELSE 'interview' END AS after FROM (SELECT * FROM applications WHERE tenant_id = :tenant::uuid AND application_id = ('00000000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid FOR UPDATE) a \gset
SELECT * FROM jobs WHERE tenant_id = :tenant::uuid AND job_id = :job::uuid FOR SHARE;
WITH gone AS (UPDATE applications SET stage = :after, state = 1, version = :version, update_time = now(), stage_time = now() WHERE tenant_id = :tenant::uuid AND application_id = :app::uuid) INSERT INTO transitions (tenant_id, application_id, version, from_stage, to_stage, to_state, actor, reason, time) VALUES (:tenant::uuid, :app::uuid, :version, :before, :after, 1, 'user_01h455vb4pex5vsknk084sn02q', '', now());
INSERT INTO timers (tenant_id, subject_id, kind, due_time) SELECT :tenant::uuid, subject, 4, due FROM unnest(ARRAY[:app::uuid], ARRAY[now() + interval '72 hours']) AS set (subject, due) ON CONFLICT (tenant_id, subject_id, kind) DO UPDATE SET due_time = excluded.due_time, state = 1, end_time = NULL;
SELECT * FROM tasks WHERE tenant_id = :tenant::uuid AND subject_id = :app::uuid AND kind = ANY (:kinds::int[]) AND state <> 3 ORDER BY task_id FOR UPDATE;
INSERT INTO outbox (tenant_id, event_id, shard, type, subject, time, traceparent, data) SELECT :tenant::uuid, said.id, 0, 'usher.ats.v1.ApplicationMoved', said.subject, now(), '', said.data FROM unnest(ARRAY[gen_random_uuid()], ARRAY['app_01h455vb4pex5vsknk084sn02q'], ARRAY[:data::bytea]) WITH ORDINALITY AS said (id, subject, data, place) ORDER BY said.place;
SELECT * FROM transitions WHERE tenant_id = :tenant::uuid AND application_id = :app::uuid ORDER BY version;
SELECT * FROM turns WHERE tenant_id = :tenant::uuid AND application_id = ANY (ARRAY[:app::uuid]) AND turn IS NOT NULL;
COMMIT;
";

fn main() -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(run())
}

async fn run() -> ExitCode {
    let site = bench::ats().await;
    let tenant = site.tenant();
    let mut owner = PgConnection::connect(site.database().url()).await.unwrap();
    for (setting, expected) in [("fsync", "on"), ("synchronous_commit", "on")] {
        let value: String =
            sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(&mut owner).await.unwrap();
        assert_eq!(value, expected, "{setting}: a commit that does not reach the disk measures nothing");
    }
    let job = job(&site, &tenant).await;
    fill(&mut owner, &tenant, &job).await;
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("move.sql");
    std::fs::write(&script, SCRIPT.replace("TENANT", &tenant.0.to_string())).unwrap();

    let (mut over_grpc, mut over_pgbench) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        // Histories are read back with every move, so each side begins with short ones; and each moves one after another.
        for pgbench in [false, true] {
            owner.execute("TRUNCATE ats.transitions").await.unwrap();
            owner.execute("UPDATE ats.applications SET stage = 'applied'").await.unwrap();
            owner.execute("VACUUM ats.applications, ats.timers, ats.outbox").await.unwrap();
            owner.execute("CHECKPOINT").await.unwrap();
            let rate = if pgbench {
                let (url, script) = (site.database().url().to_owned(), script.clone());
                tokio::task::spawn_blocking(move || drive(&url, tenant, &script)).await.unwrap()
            } else {
                moves(&site, &tenant).await
            };
            if round > 0 {
                if pgbench { &mut over_pgbench } else { &mut over_grpc }.push(rate);
            }
        }
        if round > 0 {
            println!(
                "round {round}: {:.0} moves/s over gRPC, {:.0}/s by pgbench, {AT_ONCE} at once",
                over_grpc[round - 1],
                over_pgbench[round - 1]
            );
        }
    }
    let mut goals = Goals::of("moves");
    let ratio = over_grpc.iter().sum::<f64>() / over_pgbench.iter().sum::<f64>();
    goals.at_least("moves/s over gRPC against pgbench", ratio, 0.6, "");
    goals.report()
}

async fn job(site: &Site, tenant: &TenantId) -> Uuid {
    let stage = |key: &str| Stage { key: key.to_owned(), display_name: key.to_owned(), service_level_hours: 72 };
    let stages = ["applied", "phone_screen", "interview", "offer"].map(stage).to_vec();
    let request = CreateJobRequest {
        title: "Java 后端工程师".to_owned(),
        company_name: "晨光科技".to_owned(),
        stages,
        ..CreateJobRequest::default()
    };
    let mut jobs = JobServiceClient::new(site.channel());
    let job = jobs.create_job(site.request(tenant, Role::Recruiter, request)).await.unwrap().into_inner().job.unwrap();
    let request = OpenJobRequest { job_id: job.job_id.clone(), request_id: String::new() };
    jobs.open_job(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    chassis::ids::read_type_id("job", &job.job_id).unwrap()
}

async fn fill(owner: &mut PgConnection, tenant: &TenantId, job: &Uuid) {
    sqlx::query(
        "INSERT INTO ats.applications (tenant_id, application_id, job_id, candidate_id, stage, state, source, version,
                                       create_time, update_time, stage_time)
         SELECT $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2, gen_random_uuid(), 'applied', 1,
                'talent_pool', 1, now(), now(), now()
         FROM generate_series(0, $3 - 1) AS n",
    )
    .bind(tenant.0)
    .bind(job)
    .bind(i32::try_from(AT_ONCE * EACH).unwrap())
    .execute(&mut *owner)
    .await
    .unwrap();
    owner.execute("ANALYZE").await.unwrap();
}

/// Moves per second through the service.
async fn moves(site: &Site, tenant: &TenantId) -> f64 {
    let token = site.token(tenant, Role::Recruiter);
    let begun = Instant::now();
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|worker| {
            let (mut client, token) = (ApplicationServiceClient::new(site.channel()), token.clone());
            tokio::spawn(async move {
                let mut done = 0_u32;
                for turn in 0.. {
                    if begun.elapsed() >= SPAN {
                        break;
                    }
                    let number = worker * EACH + turn % EACH;
                    let stage = if (turn / EACH).is_multiple_of(2) { "phone_screen" } else { "interview" };
                    let id = Uuid::from_u128(0x7000_8000_0000_0000_0000 | u128::try_from(number).unwrap());
                    let mut request = Request::new(MoveApplicationRequest {
                        application_id: ApplicationId(id).to_string(),
                        to_stage: stage.to_owned(),
                        ..MoveApplicationRequest::default()
                    });
                    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
                    let moved = client.move_application(request).await.unwrap().into_inner().application.unwrap();
                    assert_eq!(moved.transitions.last().map(|step| step.to_stage.as_str()), Some(stage));
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.await.unwrap();
    }
    f64::from(done) / begun.elapsed().as_secs_f64()
}

/// Moves per second by pgbench.
fn drive(url: &str, tenant: TenantId, script: &std::path::Path) -> f64 {
    let output = Command::new(pgbench())
        .args(["--no-vacuum", "--protocol=prepared", "--file"])
        .arg(script)
        .args(["--define", &format!("tenant={}", tenant.0), "--define", "kinds={7}", "--define", "turn=0"])
        .args(["--define", &format!("data=\\x{}", "ab".repeat(130))])
        .args(["--client", &AT_ONCE.to_string(), "--jobs", "2", "--time", &SPAN.as_secs().to_string(), url])
        .output()
        .expect("pgbench can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let line = said.lines().find_map(|line| line.strip_prefix("tps = ")).expect("pgbench says how many");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Debian puts it where no path leads.
fn pgbench() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.map(|version| version.path().join("bin/pgbench")).filter(|program| program.exists()).max();
    installed.unwrap_or_else(|| PathBuf::from("pgbench"))
}

/// An application, as the ATS names it.
struct ApplicationId(Uuid);

impl std::fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        chassis::ids::write_type_id(f, "app", self.0)
    }
}
