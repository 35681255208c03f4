//! `usher up`: everything on one machine, for trying it out.

use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Mutex,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use chassis::{TenantId, auth::role_name, peers::Peers, service::Process, telemetry};
use tonic::Code;
use tonic_types::StatusExt as _;
use usher_proto::accounts::v1::{
    CreateTenantRequest, CreateUserRequest, IssueTokenRequest, ListUsersRequest, Plan, Role, User,
    tenant_service_client::TenantServiceClient, token_service_client::TokenServiceClient,
    user_service_client::UserServiceClient,
};

use super::{import, serve::stop_asked};
use crate::{
    client::{Client, Dev, explain},
    keys,
    servers::{self, Data, Given, Servers, write_private},
    settings::Settings,
    suite,
    ui::{Step, say},
};

/// Everybody the demo tenant has, one of each role.
const PEOPLE: [(Role, &str); 6] = [
    (Role::Owner, "Olive Owner"),
    (Role::Admin, "Adam Admin"),
    (Role::Recruiter, "Rita Recruiter"),
    (Role::HiringManager, "Hugo Manager"),
    (Role::Interviewer, "Ines Interviewer"),
    (Role::ReadOnly, "Remy Reader"),
];
/// Invented people; see `samples/README.md`.
const SAMPLES: &[u8] = include_bytes!("../../samples/people.csv");
/// Tokens outlive weeks of moved time.
const TOKEN_DAYS: i64 = 365;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where everything is kept.
    #[arg(long, default_value = ".usher")]
    dir: PathBuf,
    /// Do not import the sample people.
    #[arg(long)]
    without_samples: bool,
}

pub async fn run(args: Args, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let _held = servers::claim(&args.dir)?;
    let dir = args.dir.canonicalize()?;
    // Written when everything is ready, so that whoever finds it can rely on it.
    let _ = std::fs::remove_file(Dev::path(&dir));
    let settings = settings(&dir, config)?;
    check_ports(&settings)?;

    let step = Step::begin("PostgreSQL and Redis");
    let mut servers = Servers::start(&dir, given(), Data::Kept).await?;
    let settings = Settings {
        database: chassis::config::Database { url: servers.database_url.clone(), ..settings.database.clone() },
        redis: chassis::config::Redis { url: servers.redis_url.clone(), ..settings.redis.clone() },
        ..settings
    };
    step.done("both answer");
    let ended = serve(&args, &dir, &settings, start).await;
    let step = Step::begin("stopping");
    servers.stop();
    let _ = std::fs::remove_file(Dev::path(&dir));
    step.done("nothing is left running");
    ended?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: &Args, dir: &Path, settings: &Settings, start: Instant) -> anyhow::Result<()> {
    let step = Step::begin("database");
    suite::migrate(settings).await?;
    step.done("up to date");

    let log = dir.join("usher.log");
    let writer = OpenOptions::new().create(true).append(true).open(&log)?;
    let guard = telemetry::init(&settings.telemetry, telemetry::LogWriter::new(Mutex::new(writer)))?;
    let step = Step::begin("services");
    let process = Process::start(suite::plan(settings, guard.registry().clone(), &[])?).await?;
    process.ready(Duration::from_secs(30)).await?;
    step.done(format!("{} ready, {:.1} s after the start", suite::SERVICES.join(", "), start.elapsed().as_secs_f64()));

    let dev = furnish(args, settings, &process).await?;
    write_private(&Dev::path(dir), &serde_json::to_string_pretty(&dev)?)?;
    tell(&dev, dir, &log);

    let ended = process.run(stop_asked()).await;
    guard.shutdown();
    ended
}

/// The settings of a trial: everything under one folder, loopback only, a clock that moves.
fn settings(dir: &Path, config: Option<&Path>) -> anyhow::Result<Settings> {
    let at = |name: &str| dir.join(name).display().to_string();
    for key in ["internal.pem", "issuer.pem"] {
        keys::ensure_signing_key(&dir.join(key))?;
    }
    for key in ["link.key", "master.key"] {
        keys::ensure_secret(&dir.join(key))?;
    }
    let mut trial: BTreeMap<String, String> = [
        ("USHER_AUTH_INTERNAL_KEY_FILE", at("internal.pem")),
        ("USHER_AUTH_ISSUER_KEY_FILE", at("issuer.pem")),
        ("USHER_AUTH_ISSUERS", "[{ issuer = 'usher', jwks_url = '' }]".to_owned()),
        ("USHER_LINKS_KEY_FILE", at("link.key")),
        ("USHER_TALENT_MASTER_KEY_FILE", at("master.key")),
        ("USHER_TALENT_INDEX_FOLDER", at("index")),
        ("USHER_OUTREACH_MAIL_FOLDER", at("mail")),
        ("USHER_EDGE_DEV_INBOX", at("mail")),
        ("USHER_CLOCK_MOVABLE", "true".to_owned()),
        ("USHER_CLOCK_FILE", at("clock")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    // What the person said wins.
    trial.extend(std::env::vars().filter(|(name, _)| name.starts_with("USHER_")));
    Ok(Settings::load(config, trial)?)
}

fn given() -> Given {
    Given { database_url: std::env::var("USHER_DATABASE_URL").ok(), redis_url: std::env::var("USHER_REDIS_URL").ok() }
}

/// Says that a port is taken before anything slow is begun.
fn check_ports(settings: &Settings) -> anyhow::Result<()> {
    for (key, address) in [("grpc.listen", &settings.grpc.listen), ("http.listen", &settings.http.listen)] {
        if let Err(error) = std::net::TcpListener::bind(address)
            && error.kind() == std::io::ErrorKind::AddrInUse
        {
            anyhow::bail!(
                "{address} is taken by another program; stop it (is `usher up` running already?), or set {} to another \
                 address",
                chassis::config::variable(key)
            );
        }
    }
    Ok(())
}

/// The demo tenant, its people and the sample candidates. Doing it again changes nothing.
async fn furnish(args: &Args, settings: &Settings, process: &Process) -> anyhow::Result<Dev> {
    let step = Step::begin("demo tenant");
    let tenant = ensure_tenant(&process.peers).await?;
    let mut tokens = BTreeMap::new();
    for (role, name) in PEOPLE {
        let user = ensure_user(&process.peers, tenant, role, name).await?;
        let issue = IssueTokenRequest {
            user_id: user.user_id,
            ttl: Some(prost_types::Duration { seconds: TOKEN_DAYS * 86_400, nanos: 0 }),
        };
        let answer = TokenServiceClient::new(process.peers.channel("accounts")?)
            .issue_token(process.peers.request(Some(tenant), issue)?)
            .await
            .map_err(|status| explain(&status))?;
        tokens.insert(role_name(role), answer.into_inner().token);
    }
    // For the clock and other work of the installation itself.
    step.done(format!("{tenant} with {} people", PEOPLE.len()));
    let dev = Dev {
        grpc: reachable(process.grpc).to_string(),
        http: format!("http://{}", reachable(process.http)),
        database_url: settings.database.url.clone(),
        redis_url: settings.redis.url.clone(),
        tenant: tenant.to_string(),
        tokens,
    };
    if !args.without_samples {
        let client = Client::connect(&dev.grpc, &dev.tokens["recruiter"]).await?;
        import::candidates(&client, "sample people", SAMPLES).await?;
    }
    Ok(dev)
}

fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], address.port())) } else { address }
}

async fn ensure_tenant(peers: &Peers) -> anyhow::Result<TenantId> {
    let request = CreateTenantRequest {
        slug: "demo".to_owned(),
        display_name: "晨光科技 Morninglight".to_owned(),
        plan: Plan::Enterprise.into(),
        time_zone: "Asia/Shanghai".to_owned(),
        owner_email: address_of(Role::Owner),
        owner_display_name: PEOPLE[0].1.to_owned(),
    };
    let answer =
        TenantServiceClient::new(peers.channel("accounts")?).create_tenant(peers.request(None, request)?).await;
    let id = match answer {
        Ok(answer) => answer.into_inner().tenant.map(|tenant| tenant.tenant_id),
        Err(status) if status.code() == Code::AlreadyExists => {
            status.get_error_details().error_info().and_then(|info| info.metadata.get("tenant_id").cloned())
        }
        Err(status) => return Err(explain(&status)),
    };
    Ok(id.context("accounts did not name the demo tenant")?.parse()?)
}

async fn ensure_user(peers: &Peers, tenant: TenantId, role: Role, name: &str) -> anyhow::Result<User> {
    let email = address_of(role);
    let mut users = UserServiceClient::new(peers.channel("accounts")?);
    let list = ListUsersRequest { page_size: 1000, page_token: String::new() };
    let known = users.list_users(peers.request(Some(tenant), list)?).await.map_err(|status| explain(&status))?;
    if let Some(user) = known.into_inner().users.into_iter().find(|user| user.email == email) {
        return Ok(user);
    }
    // The owner was made with the tenant and makes the others.
    let owner = users
        .list_users(peers.request(Some(tenant), list_first())?)
        .await
        .map_err(|status| explain(&status))?
        .into_inner()
        .users
        .into_iter()
        .next()
        .context("the demo tenant has no owner")?;
    let issue = IssueTokenRequest { user_id: owner.user_id, ttl: None };
    let token = TokenServiceClient::new(peers.channel("accounts")?)
        .issue_token(peers.request(Some(tenant), issue)?)
        .await
        .map_err(|status| explain(&status))?
        .into_inner()
        .token;
    let create =
        CreateUserRequest { email, display_name: name.to_owned(), role: role.into(), request_id: String::new() };
    let mut request = tonic::Request::new(create);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse()?);
    let user = users.create_user(request).await.map_err(|status| explain(&status))?.into_inner().user;
    user.context("accounts answered without the user")
}

fn list_first() -> ListUsersRequest {
    ListUsersRequest { page_size: 1, page_token: String::new() }
}

fn address_of(role: Role) -> String {
    format!("{}@demo.example", role_name(role).replace('_', "-"))
}

fn tell(dev: &Dev, dir: &Path, log: &Path) {
    say("");
    say(format!("  gRPC       {}   (reflection is on)", dev.grpc));
    say(format!("  pages      {}   (workbench: /workbench, mails: /inbox)", dev.http));
    say(format!(
        "  tokens     {} for {}",
        Dev::path(dir).display(),
        dev.tokens.keys().cloned().collect::<Vec<_>>().join(", ")
    ));
    say(format!("  log        {}", log.display()));
    say("");
    say("  `usher demo` in another terminal plays the whole story. Ctrl-C stops everything.");
}
