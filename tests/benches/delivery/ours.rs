//! Usher as it ships: the program with outreach, talent and ats in one process, on the servers that `with-servers` has
//! started. Everybody who is written to is in the pool and has an application and an interview of their own.

use std::{fmt::Write as _, path::Path, process::Command};

use chassis::{Clock, TenantId};
use chrono::Timelike as _;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use usher_proto::ats::v1::{
    CreateApplicationRequest, CreateJobRequest, Interviewer, OpenJobRequest, ScheduleInterviewRequest,
    application_service_client::ApplicationServiceClient, interview_service_client::InterviewServiceClient,
    job_service_client::JobServiceClient,
};
use usher_tests::pods::{self, Ground, Pod, by};
use uuid::Uuid;

use crate::{
    CONNECTIONS, ask, progress,
    talk::{Talk, as_part},
};

/// What whoever asks finds in its environment.
pub const GRPC: &str = "BENCH_GRPC";
pub const TOKEN: &str = "BENCH_TOKEN";
pub const PEOPLE: &str = "BENCH_PEOPLE";
/// A database of its own, made anew each time.
const DATABASE: &str = "usher_delivery";

pub struct Ours {
    pub pod: Pod,
    pub tenant: TenantId,
    /// The owner's way into the database.
    pub owner: PgConnection,
    token: String,
    folder: std::path::PathBuf,
}

impl Ours {
    /// Starts it and brings so many people in.
    pub async fn start(folder: &Path, smtp_url: &str, people: usize) -> Self {
        let url = fresh_database().await;
        let redis = std::env::var("USHER_TEST_REDIS_URL").expect("script/bench starts a Redis");
        let settings = [
            ("USHER_OUTREACH_SMTP_URL", smtp_url),
            ("USHER_OUTREACH_WORKERS", &CONNECTIONS.to_string()),
            ("USHER_REDIS_PREFIX", "usher-delivery:"),
            ("USHER_DATABASE_MAX_CONNECTIONS", "20"),
        ];
        let ground = Ground::new(folder, &url, &redis, &settings);
        let mut pod = ground.pod("usher", &pods::address(), &["ats", "talent", "outreach"], &[]);
        pod.begin(&ground);
        pod.ready().await;
        let tenant = TenantId::new();
        let token = ground.token(tenant);
        let owner = PgConnection::connect(&url).await.unwrap();
        let mut ours = Self { pod, tenant, owner, token, folder: folder.to_owned() };
        progress(&format!("{people} people come in"));
        ours.import(&ground, people);
        ours.furnish().await;
        ours
    }

    /// Whoever asks.
    pub fn asker(&self) -> Talk {
        let mut command: Command = as_part(ask::PART);
        command.env(GRPC, format!("http://{}", self.pod.grpc)).env(TOKEN, &self.token);
        command.env(PEOPLE, self.folder.join("people.txt"));
        let mut talk = Talk::start(ask::PART, &self.folder, &mut command);
        assert_eq!(talk.heard(), "ready");
        talk
    }

    fn import(&self, ground: &Ground, people: usize) {
        let zone = pods::zone_at_noon(Clock::system().now().hour());
        let mut file = "name,email,language,time_zone,source\n".to_owned();
        for number in 0..people {
            writeln!(file, "Candidate {number},candidate{number}@example.com,en,{zone},referral").unwrap();
        }
        let path = self.folder.join("people.csv");
        std::fs::write(&path, file).unwrap();
        let (path, endpoint) = (path.display().to_string(), format!("http://{}", self.pod.grpc));
        ground.run(&["import", "candidates", &path, "--endpoint", &endpoint, "--token", &self.token]);
    }

    /// An application and an interview for everybody, with the person's own number, and a list of those numbers.
    async fn furnish(&mut self) {
        let (application, interview) = self.specimen().await;
        for (table, key, specimen) in
            [("applications", "application_id", application), ("interviews", "interview_id", interview)]
        {
            let application = if table == "interviews" { "'application_id', c.candidate_id," } else { "" };
            let sql = format!(
                "INSERT INTO ats.{table}
                 SELECT (jsonb_populate_record(one, jsonb_build_object(
                     '{key}', c.candidate_id, {application} 'candidate_id', c.candidate_id))).*
                 FROM ats.{table} one, talent.candidates c WHERE one.{key} = $1 AND c.tenant_id = $2"
            );
            let insert = sqlx::query(AssertSqlSafe(sql)).bind(specimen).bind(self.tenant.0);
            insert.execute(&mut self.owner).await.unwrap();
        }
        self.owner.execute("VACUUM ANALYZE").await.unwrap();
        let ids: Vec<Uuid> = sqlx::query_scalar("SELECT candidate_id FROM talent.candidates WHERE tenant_id = $1")
            .bind(self.tenant.0)
            .fetch_all(&mut self.owner)
            .await
            .unwrap();
        let lines: Vec<String> = ids.into_iter().map(|id| TenantId(id).to_string().replace("tenant_", "")).collect();
        std::fs::write(self.folder.join("people.txt"), lines.join("\n")).unwrap();
    }

    /// One of each, made over the front door, for somebody who is not in the pool.
    async fn specimen(&self) -> (Uuid, Uuid) {
        let (channel, token) = (self.pod.channel(), &self.token);
        let request = CreateJobRequest {
            title: "Platform Engineer".to_owned(),
            company_name: "Northlight".to_owned(),
            ..CreateJobRequest::default()
        };
        let mut jobs = JobServiceClient::new(channel.clone());
        let job_id = jobs.create_job(by(token, request)).await.unwrap().into_inner().job.unwrap().job_id;
        let request = OpenJobRequest { job_id: job_id.clone(), request_id: String::new() };
        jobs.open_job(by(token, request)).await.unwrap();
        let request = CreateApplicationRequest {
            job_id,
            candidate_id: TenantId::new().to_string().replace("tenant", "cand"),
            source: "referral".to_owned(),
            request_id: String::new(),
        };
        let made = ApplicationServiceClient::new(channel.clone()).create_application(by(token, request)).await.unwrap();
        let application = made.into_inner().application.unwrap().application_id;
        let request = ScheduleInterviewRequest {
            application_id: application.clone(),
            start_time: Some(chassis::wire::timestamp(Clock::system().now() + chrono::TimeDelta::days(7))),
            time_zone: "Europe/London".to_owned(),
            place: "12 Example Street, floor 3, room Ada".to_owned(),
            interviewers: vec![Interviewer { display_name: "Ines Interviewer".to_owned(), ..Interviewer::default() }],
            contact_name: "Rita Recruiter".to_owned(),
            contact_channel: "+44 20 7946 0100".to_owned(),
            ..ScheduleInterviewRequest::default()
        };
        let made = InterviewServiceClient::new(channel).schedule_interview(by(token, request)).await.unwrap();
        let interview = made.into_inner().interview.unwrap().interview_id;
        let id = |prefix: &'static str, text: &str| chassis::ids::read_type_id(prefix, text).unwrap();
        (id("app", &application), id("intv", &interview))
    }
}

async fn fresh_database() -> String {
    let server = std::env::var("USHER_TEST_DATABASE_URL").expect("script/bench starts a PostgreSQL");
    let mut owner = PgConnection::connect(&server).await.unwrap();
    for statement in [format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"), format!("CREATE DATABASE {DATABASE}")]
    {
        owner.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    let (before, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{before}/{DATABASE}")
}
