//! An installation that is treated badly while it delivers: Redis forgets, workers are killed, the mail server misbehaves,
//! PostgreSQL crashes. It has servers of its own, because what is done to them is felt by everybody on them.

mod checker;

pub use self::checker::{Findings, check};

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chassis::{Clock, TenantId};
use chrono::Timelike as _;
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinHandle;
use tonic::{Code, Status, transport::Channel};
use usher::servers::{Data, Given, Servers};
use usher_proto::outreach::v1::{
    MessageDraft, MessageFacts, MessageKind, SendMessageRequest, message_service_client::MessageServiceClient,
};
use uuid::Uuid;

use crate::{
    pods::{self, Ground, Pod, by},
    sink::Sink,
};

/// Mails that a pod sends at once.
pub const WORKERS: u32 = 8;
/// Calls at once.
const CALLERS: usize = 8;
/// A call is repeated for so long.
const PATIENCE: Duration = Duration::from_mins(3);
const PAUSE: Duration = Duration::from_millis(50);

/// The installation: one pod of talent and ats, some of outreach.
#[derive(Debug)]
pub struct Installation {
    /// Where the mails go.
    pub sink: Sink,
    ground: Ground,
    _base: Pod,
    outreach: Vec<Pod>,
    servers: Servers,
    tenant: TenantId,
    people: Arc<Vec<String>>,
    next: usize,
}

impl Installation {
    /// Everything up, and so many people in the pool.
    pub async fn start(dir: &Path, pods: usize, people: usize) -> Self {
        // PostgreSQL runs as another user when we are root.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir, open).expect("a folder of ours");
        let sink = Sink::start().await;
        // What was committed has to survive the crash of PostgreSQL.
        let servers = Servers::start(dir, Given::default(), Data::Kept).await.expect("both servers start");
        let settings = [("USHER_OUTREACH_SMTP_URL", sink.url()), ("USHER_OUTREACH_WORKERS", WORKERS.to_string())];
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ground = Ground::new(dir, &servers.database_url, &servers.redis_url, &settings);
        let (below, addresses) = (pods::address(), (0..pods).map(|_| pods::address()).collect::<Vec<_>>());
        let mut base = ground.pod("base", &below, &["ats", "talent"], &[("outreach", &addresses[0])]);
        let peers = [("ats", below.as_str()), ("talent", below.as_str())];
        let outreach = addresses.iter().enumerate();
        let mut outreach: Vec<Pod> = outreach
            .map(|(number, address)| ground.pod(&format!("outreach-{number}"), address, &["outreach"], &peers))
            .collect();
        base.begin(&ground);
        for pod in &mut outreach {
            pod.begin(&ground);
        }
        base.ready().await;
        for pod in &mut outreach {
            pod.ready().await;
        }
        let tenant = TenantId::new();
        let token = ground.token(tenant);
        let people = Arc::new(bring_in(&ground, &servers, &base, tenant, &token, dir, people).await);
        Self { sink, ground, _base: base, outreach, servers, tenant, people, next: 0 }
    }

    /// Asks for so many messages, as many a second as said, each to somebody else, whatever happens meanwhile. The answer
    /// is the ids of all that were accepted.
    pub fn ask(&mut self, count: usize, per_second: u32) -> JoinHandle<BTreeSet<String>> {
        let range = self.next..self.next + count;
        assert!(range.end <= self.people.len(), "there are not so many people");
        self.next = range.end;
        let channels: Vec<Channel> = self.outreach.iter().map(Pod::channel).collect();
        tokio::spawn(ask(channels, self.token(), self.people.clone(), range, per_second))
    }

    /// Until so many more mails have come in, taken or not: work is under way then.
    pub async fn more_mails(&self, count: usize) {
        let wanted = self.sink.seen().len() + count;
        testkit::eventually("more mails come in", async || self.sink.seen().len() >= wanted).await;
    }

    /// Redis forgets everything.
    pub fn flush_redis(&self) {
        let client = redis::Client::open(self.servers.redis_url.as_str()).expect("the address of a Redis");
        let mut connection = client.get_connection().expect("Redis answers");
        redis::cmd("FLUSHALL").exec(&mut connection).expect("Redis forgets");
    }

    /// `kill -9` of one pod of outreach; it is started again at once.
    pub fn kill(&mut self, pod: usize) {
        self.outreach[pod].kill();
        self.outreach[pod].begin(&self.ground);
    }

    /// One of PostgreSQL's processes dies, whereupon all do, and it recovers from its log.
    pub async fn crash_postgres(&self) {
        let mut owner = self.owner().await;
        // One of ours, so that it is surely there.
        let victim: i32 =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut owner).await.expect("it answers");
        let done = Command::new("kill").args(["-KILL", &victim.to_string()]).status();
        assert!(done.expect("kill can be started").success());
    }

    /// Over the first pod of outreach that answers.
    pub(crate) async fn surely<T>(&self, mut call: impl AsyncFnMut(Channel) -> Result<T, Status>) -> T {
        let start = Instant::now();
        loop {
            for pod in &self.outreach {
                match call(pod.channel()).await {
                    Ok(answer) => return answer,
                    Err(status) => bear(&status, start),
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A fresh one: a fault may last longer than a token.
    pub(crate) fn token(&self) -> String {
        self.ground.token(self.tenant)
    }

    /// Waits while PostgreSQL recovers.
    async fn owner(&self) -> PgConnection {
        let start = Instant::now();
        loop {
            match PgConnection::connect(&self.servers.database_url).await {
                Ok(owner) => return owner,
                Err(error) => assert!(start.elapsed() < PATIENCE, "PostgreSQL does not answer: {error}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Imports people. The answer is what stands behind the prefix of their ids.
async fn bring_in(
    ground: &Ground,
    servers: &Servers,
    base: &Pod,
    tenant: TenantId,
    token: &str,
    dir: &Path,
    count: usize,
) -> Vec<String> {
    let zone = pods::zone_at_noon(Clock::system().now().hour());
    let mut file = "name,email,language,time_zone,source\n".to_owned();
    for number in 0..count {
        writeln!(file, "Candidate {number},candidate{number}@example.com,en,{zone},referral").expect("a text");
    }
    let path = dir.join("people.csv");
    std::fs::write(&path, file).expect("a folder of ours");
    let (path, endpoint) = (path.display().to_string(), format!("http://{}", base.grpc));
    ground.run(&["import", "candidates", &path, "--endpoint", &endpoint, "--token", token]);
    let mut owner = PgConnection::connect(&servers.database_url).await.expect("PostgreSQL answers");
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT candidate_id FROM talent.candidates WHERE tenant_id = $1")
        .bind(tenant.0)
        .fetch_all(&mut owner)
        .await
        .expect("they are in");
    ids.into_iter().map(|id| TenantId(id).to_string().replace("tenant_", "")).collect()
}

async fn ask(
    channels: Vec<Channel>,
    token: String,
    people: Arc<Vec<String>>,
    range: std::ops::Range<usize>,
    per_second: u32,
) -> BTreeSet<String> {
    let (next, begun) = (Arc::new(AtomicUsize::new(range.start)), Instant::now());
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (mut channels, token, people) = (channels.clone(), token.clone(), people.clone());
            let (next, range) = (next.clone(), range.clone());
            let share = caller % channels.len();
            channels.rotate_left(share);
            tokio::spawn(async move {
                let mut accepted = BTreeSet::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= range.end {
                        break accepted;
                    }
                    let place = u32::try_from(number - range.start).unwrap_or(u32::MAX);
                    tokio::time::sleep_until((begun + Duration::from_secs(1) / per_second * place).into()).await;
                    let draft = Some(cancellation(&people[number]));
                    let request = SendMessageRequest {
                        draft,
                        request_id: Uuid::now_v7().to_string(),
                        ..SendMessageRequest::default()
                    };
                    accepted.insert(send(&channels, &token, &request).await);
                }
            })
        })
        .collect();
    let mut accepted = BTreeSet::new();
    for caller in callers {
        accepted.extend(caller.await.expect("the caller ends"));
    }
    accepted
}

/// Asks one pod after the other until one has accepted it; asking again is safe.
async fn send(channels: &[Channel], token: &str, request: &SendMessageRequest) -> String {
    let start = Instant::now();
    loop {
        for channel in channels {
            match MessageServiceClient::new(channel.clone()).send_message(by(token, request.clone())).await {
                Ok(answer) => return answer.into_inner().message.expect("a message").message_id,
                Err(status) => bear(&status, start),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Fails unless it passes, and not for too long.
fn bear(status: &Status, start: Instant) {
    let passing = [
        Code::Unavailable,
        Code::Unknown,
        Code::Cancelled,
        Code::Internal,
        Code::DeadlineExceeded,
        Code::ResourceExhausted,
    ];
    assert!(passing.contains(&status.code()) && start.elapsed() < PATIENCE, "{status:?}");
}

/// Calls an interview off: a message that needs nobody but its reader.
fn cancellation(person: &str) -> MessageDraft {
    let facts = MessageFacts {
        position: "Platform Engineer".to_owned(),
        company: "Northlight".to_owned(),
        start_time: Some(chassis::wire::timestamp(Clock::system().now() + chrono::TimeDelta::days(7))),
        time_zone: "Europe/London".to_owned(),
        contact_name: "Rita Recruiter".to_owned(),
        contact_channel: "+44 20 7946 0100".to_owned(),
        ..MessageFacts::default()
    };
    MessageDraft {
        business_key: format!("faults/{person}"),
        kind: MessageKind::InterviewCancelled.into(),
        candidate_id: format!("cand_{person}"),
        facts: Some(facts),
        ..MessageDraft::default()
    }
}
