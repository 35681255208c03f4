//! The program as an installation runs it: `usher serve` in processes of their own, each with some of the services, on one
//! PostgreSQL and one Redis.

use std::{
    fs::{File, OpenOptions},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chassis::{Clock, TenantId, auth::Signer};
use tonic::{
    Request,
    transport::{Channel, Endpoint},
};

use crate::program::binary;

const AUDIENCE: &str = "usher";
const PATIENCE: Duration = Duration::from_secs(90);

/// What all pods have in common.
#[derive(Debug)]
pub struct Ground {
    dir: PathBuf,
    environment: Vec<(String, String)>,
    signer: Signer,
}

impl Ground {
    /// In a folder of its own, on these servers, with every schema up to date. Each setting is a pair such as
    /// `("USHER_OUTREACH_WORKERS", "8")`.
    pub fn new(dir: &Path, database_url: &str, redis_url: &str, settings: &[(&str, &str)]) -> Self {
        // Whoever asks a pod how it is uses ring; it can only be said once.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let at = |name: &str| dir.join(name).display().to_string();
        usher::keys::ensure_signing_key(&dir.join("internal.pem")).expect("a key can be written");
        for key in ["link.key", "master.key"] {
            usher::keys::ensure_secret(&dir.join(key)).expect("a key can be written");
        }
        let internal = at("internal.pem");
        let mut environment: Vec<(String, String)> = [
            ("USHER_DATABASE_URL", database_url),
            ("USHER_REDIS_URL", redis_url),
            ("USHER_AUTH_INTERNAL_KEY_FILE", &internal),
            ("USHER_LINKS_KEY_FILE", &at("link.key")),
            ("USHER_TALENT_MASTER_KEY_FILE", &at("master.key")),
            ("USHER_HTTP_PUBLIC_URL", "https://jobs.example.com"),
            ("USHER_TELEMETRY_LOG", "warn"),
            // Only asked about API keys, which nobody has here.
            ("USHER_PEERS_ACCOUNTS", "http://127.0.0.1:9"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        environment.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let signer = Signer::from_file(Path::new(&internal), "test", AUDIENCE, Clock::system()).expect("a fresh key");
        let ground = Self { dir: dir.to_owned(), environment, signer };
        let done = ground.command().arg("migrate").output().expect("usher can be started");
        assert!(done.status.success(), "usher migrate: {}", String::from_utf8_lossy(&done.stderr));
        ground
    }

    /// A service's token within a tenant.
    pub fn token(&self, tenant: TenantId) -> String {
        self.signer.token(Some(tenant)).expect("a token is signed")
    }

    /// A pod with those services, for an address of [`address`], that finds the others in `peers`: pairs of a service and
    /// the address of the pod that serves it. It is not started yet.
    pub fn pod(&self, name: &str, grpc: &str, services: &[&'static str], peers: &[(&str, &str)]) -> Pod {
        let (grpc, http) = (grpc.to_owned(), address());
        let mut environment = vec![
            ("USHER_GRPC_LISTEN".to_owned(), grpc.clone()),
            ("USHER_HTTP_LISTEN".to_owned(), http.clone()),
            ("USHER_TALENT_INDEX_FOLDER".to_owned(), self.dir.join(format!("{name}.index")).display().to_string()),
        ];
        for (service, address) in peers {
            environment.push((format!("USHER_PEERS_{}", service.to_uppercase()), format!("http://{address}")));
        }
        let log = self.dir.join(format!("{name}.log"));
        Pod { grpc, http, environment, services: services.to_vec(), log, child: None }
    }

    /// Runs a command of the program's to its end.
    pub fn run(&self, arguments: &[&str]) {
        let done = self.command().args(arguments).output().expect("usher can be started");
        let said = [done.stdout, done.stderr].concat();
        assert!(done.status.success(), "usher {}: {}", arguments.join(" "), String::from_utf8_lossy(&said));
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary());
        // What is set for whoever measures or tests is no setting of the program's.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("USHER_")) {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        command
    }
}

/// One process of the program, always on the same ports.
#[derive(Debug)]
pub struct Pod {
    /// `127.0.0.1:…`
    pub grpc: String,
    http: String,
    environment: Vec<(String, String)>,
    services: Vec<&'static str>,
    log: PathBuf,
    child: Option<Child>,
}

impl Pod {
    /// Starts it, and does not wait.
    pub fn begin(&mut self, ground: &Ground) {
        let log = OpenOptions::new().create(true).append(true).open(&self.log).expect("a log");
        let mut command = ground.command();
        command.arg("serve").envs(self.environment.iter().map(|(name, value)| (name, value)));
        for service in &self.services {
            command.args(["--only", service]);
        }
        let spawned = command.stdout(File::try_clone(&log).expect("a log")).stderr(log).spawn();
        self.child = Some(spawned.expect("usher can be started"));
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&mut self) {
        let start = Instant::now();
        let url = format!("http://{}/readyz", self.http);
        while !reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success()) {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(ended.is_none(), "usher serve ended with {ended:?}:\n{}", self.said());
            assert!(start.elapsed() < PATIENCE, "usher serve is not ready:\n{}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.as_ref().map(Child::id).expect("it runs")
    }

    /// A channel that connects when it is first used and again when it was lost.
    pub fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.grpc)).expect("an address of ours");
        endpoint.connect_timeout(Duration::from_secs(2)).timeout(Duration::from_secs(15)).connect_lazy()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the process can be killed");
            child.wait().expect("and is gone");
        }
    }

    /// What it has logged.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A request with that bearer.
pub fn by<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {token}").parse().expect("a token fits a header");
    request.metadata_mut().insert("authorization", bearer);
    request
}

/// A free one on the loopback interface.
pub fn address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
    listener.local_addr().expect("a listener has an address").to_string()
}

/// A time zone where it is noon when it is that hour in UTC, so that nobody's quiet hours are kept.
pub fn zone_at_noon(hour: u32) -> String {
    // Named as POSIX has it: `Etc/GMT-3` is three hours ahead.
    let west = i64::from(hour) - 12;
    if west == 0 { "Etc/GMT".to_owned() } else { format!("Etc/GMT{west:+}") }
}
