//! A private PostgreSQL and Redis, for trying out and for tests.
//!
//! Both listen on loopback with a password of their own, keep everything under one folder, and end with this process:
//! on Linux the kernel tells them when their parent dies, so that even `kill -9` leaves nothing behind. PostgreSQL
//! refuses to run as root; root hands it to an unprivileged user.

use std::{
    fs::{File, TryLockError},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use sqlx::Connection as _;

const PATIENCE: Duration = Duration::from_secs(60);

/// The two servers, running. Dropping it stops them.
#[derive(Debug)]
pub struct Servers {
    /// `postgres://…` of an empty database when it was started first.
    pub database_url: String,
    /// `redis://…`
    pub redis_url: String,
    postgres: Option<Child>,
    redis: Option<Child>,
}

/// What the data is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// Kept: what was committed survives even a loss of power.
    Kept,
    /// Thrown away with the run: nothing waits for the disk, which a build may have filled with work for minutes.
    ThrownAway,
}

/// Which of the two to start; one that is given by its address is used as it is.
#[derive(Debug, Default)]
pub struct Given {
    /// An address of a PostgreSQL that somebody else runs.
    pub database_url: Option<String>,
    /// An address of a Redis that somebody else runs.
    pub redis_url: Option<String>,
}

impl Data {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Kept => &[],
            Self::ThrownAway => &["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
        }
    }
}

impl Servers {
    /// Starts what is not given, with data under `dir`. Must be called from a thread that lives as long as the servers
    /// should: the kernel ties them to it.
    pub async fn start(dir: &Path, given: Given, worth: Data) -> anyhow::Result<Self> {
        let mut servers = Self { database_url: String::new(), redis_url: String::new(), postgres: None, redis: None };
        servers.database_url = match given.database_url {
            Some(url) => url,
            None => servers.start_postgres(&dir.join("postgres"), worth).await?,
        };
        servers.redis_url = match given.redis_url {
            Some(url) => url,
            None => servers.start_redis(&dir.join("redis")).await?,
        };
        Ok(servers)
    }

    async fn start_postgres(&mut self, dir: &Path, worth: Data) -> anyhow::Result<String> {
        let bin = postgres_programs()?;
        let user = unprivileged_user()?;
        let data = dir.join("data");
        std::fs::create_dir_all(dir)?;
        // First of all: what still runs writes and removes files in there.
        stop_leftover(&data.join("postmaster.pid"), "postgres");
        let password = remembered_password(&dir.join("password"))?;
        if !data.join("PG_VERSION").exists() {
            make_cluster(dir, &bin, user.as_ref())?;
        }
        own(dir, user.as_ref())?;
        let port = free_port()?;
        let log = File::create(dir.join("log"))?;
        let child = tied_to_us(user.as_ref(), "INT", &bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300"])
            .args(["-p", &port.to_string()])
            .args(worth.settings())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("postgres can not be started")?;
        self.postgres = Some(child);
        let address = format!("postgres://usher:{password}@127.0.0.1:{port}");
        let mut connection = self.postgres_answers(&format!("{address}/postgres"), &dir.join("log")).await?;
        let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'usher')")
            .fetch_one(&mut connection)
            .await?;
        if !exists {
            sqlx::query("CREATE DATABASE usher").execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(format!("{address}/usher"))
    }

    async fn postgres_answers(&mut self, url: &str, log: &Path) -> anyhow::Result<sqlx::PgConnection> {
        let start = Instant::now();
        loop {
            if let Ok(connection) = sqlx::PgConnection::connect(url).await {
                return Ok(connection);
            }
            if let Some(status) = self.postgres.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                bail!("PostgreSQL ended at once ({status}); see {}", log.display());
            }
            ensure!(start.elapsed() < PATIENCE, "PostgreSQL does not answer; see {}", log.display());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn start_redis(&mut self, dir: &Path) -> anyhow::Result<String> {
        let program = find_program("redis-server").with_context(|| install_hint("redis-server"))?;
        std::fs::create_dir_all(dir)?;
        let password = remembered_password(&dir.join("password"))?;
        stop_leftover(&dir.join("redis.pid"), "redis-server");
        let port = free_port()?;
        // In a file and not in the arguments, which every user of the machine can read.
        let config = dir.join("redis.conf");
        write_private(
            &config,
            &format!(
                "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\ndir \"{}\"\npidfile \"{}\"\nlogfile \"{}\"\n",
                dir.display(),
                dir.join("redis.pid").display(),
                dir.join("log").display()
            ),
        )?;
        let child = tied_to_us(None, "TERM", &program)
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("redis-server can not be started")?;
        std::fs::write(dir.join("redis.pid"), child.id().to_string())?;
        self.redis = Some(child);
        let url = format!("redis://:{password}@127.0.0.1:{port}");
        let client = redis::Client::open(url.as_str())?;
        let start = Instant::now();
        while client.get_multiplexed_async_connection().await.is_err() {
            if let Some(status) = self.redis.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                bail!("Redis ended at once ({status}); see {}", dir.join("log").display());
            }
            ensure!(start.elapsed() < PATIENCE, "Redis does not answer; see {}", dir.join("log").display());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(url)
    }

    /// Stops both, cleanly.
    pub fn stop(&mut self) {
        // INT is PostgreSQL's fast shutdown: it does not wait for clients, and loses nothing.
        end(self.postgres.take(), "INT");
        end(self.redis.take(), "TERM");
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes the folder and holds it until the answer is dropped or the process ends, however it does. Two that started
/// servers in one folder would stop each other's.
pub fn claim(dir: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(dir).with_context(|| format!("{} can not be made", dir.display()))?;
    let lock = File::create(dir.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!("{} is in use by an usher that runs already; stop it, or give --dir another folder", dir.display())
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn make_cluster(dir: &Path, bin: &Path, user: Option<&User>) -> anyhow::Result<()> {
    let data = dir.join("data");
    // A half-made cluster of an interrupted first start is no use to anybody.
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    own(dir, user)?;
    let made = as_user(user, &bin.join("initdb"))
        .args(["--username=usher", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        .arg(format!("--pwfile={}", dir.join("password").display()))
        .arg(format!("--pgdata={}", data.display()))
        .output()
        .context("initdb can not be started")?;
    ensure!(
        made.status.success(),
        "initdb failed: {}{}",
        String::from_utf8_lossy(&made.stderr).trim(),
        unreachable_hint(dir, user)
    );
    Ok(())
}

fn end(child: Option<Child>, signal: &str) {
    let Some(mut child) = child else { return };
    send(child.id(), signal);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn send(pid: u32, signal: &str) {
    let _ = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).stderr(Stdio::null()).status();
}

/// Ends a server that an earlier run left behind, if the process of that number is still one.
fn stop_leftover(pid_file: &Path, program: &str) {
    let Ok(text) = std::fs::read_to_string(pid_file) else { return };
    let Some(pid) = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok()) else { return };
    let command = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    if !command.trim().starts_with(program) {
        return;
    }
    send(pid, "INT");
    let start = Instant::now();
    while Path::new(&format!("/proc/{pid}")).exists() && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A command that the kernel signals when the thread that started it is gone.
fn tied_to_us(user: Option<&User>, signal: &str, program: &Path) -> Command {
    if find_program("setpriv").is_none() {
        return as_user(user, program);
    }
    let mut command = Command::new("setpriv");
    // Ctrl-C in a terminal goes to the whole group; these two are stopped by us, when nothing needs them any more.
    command.process_group(0);
    command.args(["--pdeathsig", signal]);
    if let Some(User { name, group }) = user {
        command.args([&format!("--reuid={name}"), &format!("--regid={group}"), "--clear-groups"]);
    }
    command.arg("--").arg(program).current_dir("/");
    command
}

fn as_user(user: Option<&User>, program: &Path) -> Command {
    let mut command = match user {
        None => Command::new(program),
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", &user.name, "--"]).arg(program);
            command
        }
    };
    command.current_dir("/");
    command
}

/// Whom root hands PostgreSQL to.
struct User {
    name: String,
    /// Its number: the group of `nobody` has another name on every system.
    group: String,
}

/// `None` when we are not root.
fn unprivileged_user() -> anyhow::Result<Option<User>> {
    if id(&["-u"]).context("`id` can not be started")? != "0" {
        return Ok(None);
    }
    ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| id(&["-g", name]).map(|group| Some(User { name: name.to_owned(), group })))
        .context("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")
}

fn id(arguments: &[&str]) -> Option<String> {
    let output = Command::new("id").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn own(dir: &Path, user: Option<&User>) -> anyhow::Result<()> {
    let Some(user) = user else { return Ok(()) };
    let done =
        Command::new("chown").args(["-R", &user.name]).arg(dir).status().context("`chown` can not be started")?;
    ensure!(done.success(), "{} can not be given to {}", dir.display(), user.name);
    Ok(())
}

/// Why a folder of root's may be out of reach for the user that PostgreSQL runs as.
fn unreachable_hint(dir: &Path, user: Option<&User>) -> String {
    match user {
        Some(user) => format!(
            "\n{} must be able to enter every folder above {}; move the checkout, or give --dir another place",
            user.name,
            dir.display()
        ),
        None => String::new(),
    }
}

fn postgres_programs() -> anyhow::Result<PathBuf> {
    let mut places: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    // Newest first.
    places.sort_by_key(|place| {
        let version = place.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        std::cmp::Reverse(version.and_then(|version| version.parse::<u32>().ok()).unwrap_or_default())
    });
    places.extend(find_program("initdb").and_then(|program| program.canonicalize().ok()?.parent().map(Path::to_owned)));
    places
        .into_iter()
        .find(|place| place.join("initdb").exists() && place.join("postgres").exists())
        .with_context(|| install_hint("postgresql"))
}

fn install_hint(package: &str) -> String {
    format!("{package} is not installed; script/bootstrap installs it, or: apt-get install {package}")
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|place| place.join(name)).find(|program| program.is_file())
}

/// A port that nobody listens on now.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The password in a file, made up the first time.
fn remembered_password(file: &Path) -> anyhow::Result<String> {
    if let Ok(password) = std::fs::read_to_string(file) {
        return Ok(password.trim().to_owned());
    }
    let bits: [u8; 16] = rand::random();
    let password = format!("{:032x}", u128::from_be_bytes(bits));
    write_private(file, &password)?;
    Ok(password)
}

/// Writes a file that only its owner reads.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
