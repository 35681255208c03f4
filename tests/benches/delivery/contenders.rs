//! Who sends: each is one who asks and the processes that work, all started and waiting before anything is measured.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    CONNECTIONS, bare,
    ours::Ours,
    talk::{Talk, as_part},
};

/// What the peers find in their environment.
pub const SMTP: &str = "BENCH_SMTP_URL";
pub const MAIL: &str = "BENCH_MAIL";
const REDIS: &str = "BENCH_REDIS_URL";
/// Before every key, or the name of the queue.
const PREFIX: &str = "BENCH_PREFIX";
/// How many connections to the mail server.
const POOL: &str = "BENCH_CONNECTIONS";
/// Of Celery's workers; see `docs/benchmarks.md` for why.
const CELERY_PROCESSES: &str = "2";

/// One of them.
pub struct Contender {
    pub name: &'static str,
    /// Takes `go ROUND COUNT`.
    pub asks: Talk,
    /// Those whose processor time is the contender's own.
    pub own: Vec<u32>,
    /// Who only calls: its processor time is shown apart.
    pub caller: Option<u32>,
    /// Ends with it.
    _worker: Option<Talk>,
}

/// Where the mail lies and where it is to go.
pub struct Place<'a> {
    pub folder: &'a Path,
    pub mail: &'a Path,
    pub smtp_url: &'a str,
}

pub fn ours(ours: &Ours) -> Contender {
    let asks = ours.asker();
    let caller = Some(asks.process());
    Contender { name: "Usher", asks, own: vec![ours.pod.process()], caller, _worker: None }
}

pub fn bare(place: &Place<'_>) -> Contender {
    let asks = place.start("lettre", as_part(bare::PART));
    let own = vec![asks.process()];
    Contender { name: "lettre", asks, own, caller: None, _worker: None }
}

pub fn bullmq(place: &Place<'_>) -> Contender {
    let folder = installed("package-lock.json", "node_modules", |folder| {
        let mut command = Command::new("npm");
        command.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--engine-strict"]).current_dir(folder);
        vec![command]
    });
    let script = |part: &str| {
        let mut command = Command::new("node");
        command.arg("bullmq.mjs").arg(part).current_dir(&folder).env("NODE_ENV", "production");
        command
    };
    place.pair("BullMQ", script("worker"), script("ask"))
}

pub fn celery(place: &Place<'_>) -> Contender {
    let folder = installed("requirements.txt", "venv", |folder| {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "venv"]).current_dir(folder);
        let mut fill = Command::new(folder.join("venv/bin/pip"));
        fill.args(["install", "--quiet", "-r", "requirements.txt"]).current_dir(folder);
        vec![make, fill]
    });
    let mut worker = Command::new(folder.join("venv/bin/celery"));
    worker.args(["-A", "celery_mail", "worker", "--pool", "prefork", "--concurrency", CELERY_PROCESSES, "-O", "fair"]);
    worker.args(["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]);
    worker.current_dir(&folder);
    let mut ask = Command::new(folder.join("venv/bin/python"));
    ask.arg("celery_mail.py").current_dir(&folder);
    place.pair("Celery", worker, ask)
}

impl Place<'_> {
    /// A worker and whoever asks it.
    fn pair(&self, name: &'static str, worker: Command, ask: Command) -> Contender {
        let worker = self.start(&format!("{name}-worker"), worker);
        let asks = self.start(name, ask);
        let own = vec![worker.process(), asks.process()];
        Contender { name, asks, own, caller: None, _worker: Some(worker) }
    }

    fn start(&self, name: &str, mut command: Command) -> Talk {
        let redis = std::env::var("USHER_TEST_REDIS_URL").expect("script/bench starts a Redis");
        command.env(SMTP, self.smtp_url).env(MAIL, self.mail).env(REDIS, redis);
        command.env(PREFIX, "bench-peer").env(POOL, CONNECTIONS.to_string());
        let mut talk = Talk::start(name, self.folder, &mut command);
        // Some greet first.
        while talk.heard() != "ready" {}
        talk
    }
}

/// The folder of the peers' programs, with what one of them needs: installed at most once for each list of versions.
fn installed(list: &str, made: &str, install: impl Fn(&Path) -> Vec<Command>) -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/delivery/peers");
    let folder = usher_tests::bench::folder().join("delivery-peers");
    std::fs::create_dir_all(&folder).unwrap();
    let known = std::fs::read(folder.join(list)).ok();
    for file in std::fs::read_dir(&sources).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let is_there = folder.join(made).exists() && known == std::fs::read(folder.join(list)).ok();
    if !is_there {
        for mut command in install(&folder) {
            let done = command.output().unwrap_or_else(|error| panic!("{command:?} can not be started: {error}"));
            let said = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "what is compared with can not be installed: {command:?}: {said}");
        }
    }
    folder
}
