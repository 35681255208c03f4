//! What a service is, what it is given, and how one process runs several.
//!
//! A service is opened with a [`House`] and hands back its [`Parts`]: routes, tasks, checks. [`Process`] puts the parts
//! of all services behind one gRPC listener and one HTTP listener. `usher serve --only ats` and `usher up` differ in
//! the list of services and in nothing else.

use std::{collections::HashMap, future::Future, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::serve::ListenerExt as _;
use futures::future::BoxFuture;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use usher_proto::accounts::v1::{GetJsonWebKeySetRequest, token_service_client::TokenServiceClient};

use crate::{
    auth::{ApiKeys, Authenticator, Jwks, Signer},
    clock::Clock,
    config::{Chassis, Issuer},
    db::{self, Db},
    error::{Error, Result},
    health,
    migrate::Schema,
    peers::Peers,
    stack::Stack,
    subjects::{self, Subjects},
};

/// How long a stopping process waits for what it has begun.
pub const DRAIN: Duration = Duration::from_secs(25);

/// One of the suite's services.
#[async_trait]
pub trait Service: Send + Sync {
    /// Its name: schema, roles, peers and health go by it.
    fn name(&self) -> &'static str;

    /// What it keeps in PostgreSQL; `None` when nothing.
    fn schema(&self) -> Option<Schema>;

    /// Opens it. Nothing it does may depend on another service being there already.
    async fn open(&self, house: House) -> anyhow::Result<Parts>;
}

/// What a service is given.
#[derive(Debug, Clone)]
pub struct House {
    /// Its schema, when it has one.
    pub db: Option<Db>,
    /// Redis, with the installation's prefix.
    pub redis: RedisAccess,
    /// The clock.
    pub clock: Clock,
    /// The other services.
    pub peers: Peers,
    /// The address of the pages as people reach them, without a slash at the end.
    pub public_url: String,
    /// Cancelled when the process stops; every task ends soon after.
    pub stop: CancellationToken,
}

impl House {
    /// The schema of a service that has one.
    pub fn db(&self) -> Result<Db> {
        self.db.clone().ok_or_else(|| Error::internal("a service was opened without its schema", &"schema() is None"))
    }
}

/// Redis and the prefix of every key. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RedisAccess {
    /// Opens connections.
    pub client: redis::Client,
    /// Put before every key.
    pub prefix: String,
}

impl RedisAccess {
    /// From an address; connects later.
    pub fn new(url: &str, prefix: &str) -> Result<Self> {
        let client = redis::Client::open(url)
            .map_err(|_| Error::invalid("redis.url", "URL_INVALID", "is not a redis:// address"))?;
        Ok(Self { client, prefix: prefix.to_owned() })
    }

    /// A key with the installation's prefix.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> redis::RedisResult<()> {
        let mut connection = self.client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut connection).await.map(drop)
    }
}

/// A task of a service, with the name it is reported under.
pub type Task = (&'static str, BoxFuture<'static, ()>);

/// What a service hands back.
#[derive(Default)]
pub struct Parts {
    /// Its gRPC services.
    pub routes: Routes,
    /// Its pages; only the edge has some.
    pub http: axum::Router,
    /// What it does all the time. A task ends when `stop` is cancelled; one that ends before stops the process.
    pub tasks: Vec<Task>,
    /// What must hold for it to be ready, beside PostgreSQL and Redis.
    pub checks: Vec<health::Check>,
    /// True when others may read its events from its schema.
    pub publishes: bool,
    /// What it does for those about whom it keeps something; `None` when it keeps nothing about anybody.
    pub subjects: Option<Arc<dyn Subjects>>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parts")
    }
}

impl Parts {
    /// Adds something the service does all the time.
    pub fn task(&mut self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push((name, Box::pin(work)));
    }

    /// Adds something that must hold for the service to be ready.
    pub fn check(&mut self, check: impl Fn() -> Result<(), String> + Send + Sync + 'static) {
        self.checks.push(Arc::new(check));
    }
}

/// Serves the event logs of the schemas that publish; the outbox crate knows how.
pub type LogRoutes = fn(Vec<Db>, Routes) -> Routes;

/// A running process of the suite.
pub struct Process {
    /// Where gRPC is served.
    pub grpc: SocketAddr,
    /// Where HTTP is served.
    pub http: SocketAddr,
    /// Readiness in words.
    pub board: health::Board,
    /// The way to the services, as this process has it.
    pub peers: Peers,
    stop: CancellationToken,
    tasks: JoinSet<&'static str>,
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Process({}, {})", self.grpc, self.http)
    }
}

/// What a process is made from.
pub struct Plan {
    /// The settings that every process needs.
    pub settings: Chassis,
    /// The clock of all its services.
    pub clock: Clock,
    /// What `/metrics` shows.
    pub metrics: prometheus::Registry,
    /// How event logs are served.
    pub log_routes: LogRoutes,
    /// The services that it runs.
    pub services: Vec<Box<dyn Service>>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.services.iter().map(|service| service.name())).finish()
    }
}

impl Process {
    /// Opens the services and starts to listen. Readiness follows when everything answers; see [`Process::ready`].
    pub async fn start(plan: Plan) -> anyhow::Result<Self> {
        let Plan { settings, clock, metrics, log_routes, services } = plan;
        // Whoever opens a TLS connection uses ring; a second installation in a test process changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let stop = CancellationToken::new();
        let name = if let [only] = services.as_slice() { only.name() } else { "usher" };
        let signer = Arc::new(Signer::from_file(
            Path::new(&settings.auth.internal_key_file),
            name,
            &settings.auth.audience,
            clock.clone(),
        )?);
        let peers = Peers::new(settings.peers.clone(), signer.clone());

        let grpc = listen(&settings.grpc.listen, "grpc.listen").await?;
        let http = listen(&settings.http.listen, "http.listen").await?;
        let (grpc_address, http_address) = (grpc.local_addr()?, http.local_addr()?);
        peers.listen_at(format!("http://{}", reachable(grpc_address)));
        let public_url = match settings.http.public_url.trim_end_matches('/') {
            "" => format!("http://{}", reachable(http_address)),
            url => url.to_owned(),
        };

        let redis = RedisAccess::new(&settings.redis.url, &settings.redis.prefix)?;
        let mut routes = Routes::default();
        let mut pages = axum::Router::new();
        let mut tasks: Vec<Task> = Vec::new();
        let mut healths = Vec::new();
        let mut logs = Vec::new();
        let mut keeping = subjects::Known::new();
        let mut names = Vec::new();
        for service in services {
            let db = service
                .schema()
                .map(|schema| {
                    let pool = db::pool(&settings.database.url, settings.database.max_connections)?;
                    Ok::<_, Error>(Db::new(pool, schema.name, clock.clone(), signer.vault()))
                })
                .transpose()?;
            let house = House {
                db: db.clone(),
                redis: redis.clone(),
                clock: clock.clone(),
                peers: peers.clone(),
                public_url: public_url.clone(),
                stop: stop.clone(),
            };
            let parts = service.open(house).await?;
            routes = Routes::from(routes.into_axum_router().merge(without_fallback(parts.routes)));
            pages = pages.merge(parts.http);
            tasks.extend(parts.tasks);
            if let Some(db) = &db {
                tasks.push(("answers swept", Box::pin(sweep_answers(db.clone(), stop.clone()))));
                if parts.publishes {
                    logs.push(db.clone());
                }
            }
            if let Some(about) = parts.subjects {
                keeping.insert(service.name(), about);
            }
            healths.push(health::Subject {
                name: service.name(),
                redis: db.as_ref().map(|_| redis.clone()),
                db,
                checks: parts.checks,
            });
            names.push(service.name());
        }
        routes = subjects::routes(keeping, log_routes(logs, routes));

        let (reporter, health_service) = tonic_health::server::health_reporter();
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(usher_proto::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        // Many clients still ask by the older name.
        routes = routes
            .add_service(health_service)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?);

        let keys = ApiKeys::new(peers.clone());
        let issuers = issuers(&settings.auth.issuers, &peers)?;
        let authenticator = Authenticator::new(&settings.auth.audience, &signer, issuers, Some(keys), clock);
        let stack = Stack::new(&settings.grpc, authenticator);
        let router = stack.wrap(routes.into_axum_router());

        let board = health::Board::default();
        let pages = pages.merge(health_pages(&board, metrics));
        tasks.push(("health", Box::pin(health::watch(healths, board.clone(), reporter, stop.clone()))));
        tasks.push(("gRPC", Box::pin(serve_grpc(grpc, router, stop.clone()))));
        tasks.push(("HTTP", Box::pin(serve_http(http, pages, stop.clone()))));
        let mut running = JoinSet::new();
        for (name, work) in tasks {
            running.spawn(async move {
                work.await;
                name
            });
        }
        tracing::info!(grpc = %grpc_address, http = %http_address, services = names.join(","), "listening");
        Ok(Self { grpc: grpc_address, http: http_address, board, peers, stop, tasks: running })
    }

    /// Waits until every service is ready; after `patience` says what is wrong.
    pub async fn ready(&self, patience: Duration) -> anyhow::Result<()> {
        let waiting = async {
            while !self.board.verdict().0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(patience, waiting)
            .await
            .map_err(|_| anyhow::anyhow!("not ready after {} s:\n{}", patience.as_secs(), self.board.verdict().1))
    }

    /// Runs until `until` ends or a task fails, then drains: nothing new is taken, what was begun is finished.
    pub async fn run(mut self, until: impl Future<Output = ()>) -> anyhow::Result<()> {
        let failed = tokio::select! {
            () = until => None,
            ended = self.tasks.join_next() => Some(match ended {
                Some(Ok(name)) => format!("`{name}` ended by itself"),
                Some(Err(error)) => format!("a task failed: {error}"),
                None => "nothing to do".to_owned(),
            }),
        };
        self.stop.cancel();
        let draining = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, draining).await.is_err() {
            tracing::warn!(seconds = DRAIN.as_secs(), "not everything ended in time; it is dropped");
        }
        match failed {
            None => Ok(()),
            Some(what) => Err(anyhow::anyhow!(what)),
        }
    }
}

/// The router of a service's own routes. Merging refuses two fallbacks, and the outer router has one.
fn without_fallback(routes: Routes) -> axum::Router {
    routes.into_axum_router().reset_fallback()
}

async fn listen(address: &str, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address} is taken by another program; stop it or set {key} ({}) to another address",
            crate::config::variable(key)
        ),
        _ => anyhow::anyhow!("{key} = {address}: {error}"),
    })
}

/// Where this process reaches itself: an unspecified address means every interface, loopback among them.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], address.port())) } else { address }
}

fn issuers(settings: &[Issuer], peers: &Peers) -> Result<HashMap<String, Arc<Jwks>>> {
    settings
        .iter()
        .map(|issuer| {
            let jwks = if issuer.jwks_url.is_empty() { built_in(peers) } else { Jwks::at(&issuer.jwks_url)? };
            Ok((issuer.issuer.clone(), Arc::new(jwks)))
        })
        .collect()
}

/// The built-in issuer's keys, which accounts holds.
fn built_in(peers: &Peers) -> Jwks {
    let peers = peers.clone();
    Jwks::from_fetch(Arc::new(move || {
        let peers = peers.clone();
        Box::pin(async move {
            let request = peers.request(None, GetJsonWebKeySetRequest {})?;
            let answer = TokenServiceClient::new(peers.channel("accounts")?).get_json_web_key_set(request).await?;
            serde_json::from_str(&answer.into_inner().json)
                .map_err(|error| Error::internal("the built-in issuer's keys do not parse", &error))
        })
    }))
}

async fn serve_grpc(listener: TcpListener, router: axum::Router, stop: CancellationToken) {
    // tonic applies its own `tcp_nodelay` to listeners of its own only. Without it, an answer's last frame waits for the
    // caller's delayed acknowledgement, 40 ms.
    let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
    let served = tonic::transport::Server::builder()
        .accept_http1(true)
        .http2_keepalive_interval(Some(Duration::from_secs(60)))
        .layer(tonic_web::GrpcWebLayer::new())
        .add_routes(Routes::from(router))
        .serve_with_incoming_shutdown(incoming, stop.cancelled_owned())
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "the gRPC listener failed");
    }
}

async fn serve_http(listener: TcpListener, router: axum::Router, stop: CancellationToken) {
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps back small packets");
        }
    });
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "the HTTP listener failed");
    }
}

/// What every process shows over HTTP.
fn health_pages(board: &health::Board, metrics: prometheus::Registry) -> axum::Router {
    use axum::{http::StatusCode, routing::get};
    let board = board.clone();
    axum::Router::new()
        .route("/livez", get(async || "live\n"))
        .route(
            "/readyz",
            get(async move || {
                let (ready, text) = board.verdict();
                (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, text)
            }),
        )
        .route(
            "/metrics",
            get(async move || {
                let text = prometheus::TextEncoder::new().encode_to_string(&metrics.gather());
                text.map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
            }),
        )
}

async fn sweep_answers(db: Db, stop: CancellationToken) {
    let mut rounds = db.clock().rounds(Duration::from_secs(3600));
    loop {
        if let Err(error) = crate::idempotency::sweep(&db).await {
            tracing::warn!(schema = db.schema(), %error, "old answers could not be swept; the next round will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = stop.cancelled() => return,
        }
    }
}
