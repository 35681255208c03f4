//! A small installation for one test: services in this process behind real listeners, with a database, a Redis prefix
//! and a clock of their own.

use std::{collections::BTreeMap, str::FromStr as _, sync::Arc, time::Duration};

use async_trait::async_trait;
use chassis::{
    Clock, Db, House, Parts, Schema, Service, TenantCtx, TenantId,
    auth::{Claims, Signer, key_pair, role_name},
    config,
    service::{Plan, Process},
    telemetry,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::ThumbprintHash};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use usher_proto::{accounts::v1::Role, eventlog::v1::Event};
use uuid::Uuid;

use crate::{PATIENCE, cutter::WireCutter, database::TestDatabase, eventually, redis::TestRedis, within};

/// The audience of every token in tests.
const AUDIENCE: &str = "usher";
/// The issuer of users' tokens in tests, served by [`Issuer`].
const ISSUER: &str = "usher";

/// A running installation.
pub struct Site {
    ground: Ground,
    sources: Vec<&'static str>,
    grpc: String,
    http: String,
    channel: Channel,
    running: Running,
}

/// An installation whose services have stopped.
pub struct Stopped {
    ground: Ground,
}

impl std::fmt::Debug for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stopped")
    }
}

impl Stopped {
    /// A service's own door to its schema.
    pub fn db(&self, schema: &'static str) -> Db {
        self.ground.database.db(schema)
    }

    /// Starts services on what the others have left.
    pub async fn start(self, services: Vec<Box<dyn Service>>) -> Site {
        Site::open(self.ground, services).await
    }
}

/// The services' process: a runtime of its own, so that a crash takes everything that ran in it.
struct Running {
    runtime: Option<Runtime>,
    stop: CancellationToken,
    ended: JoinHandle<anyhow::Result<()>>,
}

/// What a test wants otherwise than most.
#[derive(Debug)]
pub struct Tuning {
    /// What users' tokens are signed with, for tests that run accounts with the same key.
    pub key: Option<String>,
    /// More requests at once are shed.
    pub max_concurrent_requests: usize,
    /// Connections to PostgreSQL that a service has at most.
    pub max_connections: u32,
    /// Whether PostgreSQL and Redis are reached over [`Wires`].
    pub wires: bool,
    /// How long the services may take until they are ready: an index of very many people is built first.
    pub patience: Duration,
}

/// The ways from the services to their servers, which can be cut.
#[derive(Debug)]
pub struct Wires {
    /// To PostgreSQL.
    pub database: WireCutter,
    /// To Redis.
    pub redis: WireCutter,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { key: None, max_concurrent_requests: 1_000, max_connections: 8, wires: false, patience: PATIENCE }
    }
}

/// What outlives a restart of the services.
struct Ground {
    database: TestDatabase,
    redis: TestRedis,
    keys: Keys,
    wires: Option<Wires>,
    max_concurrent_requests: usize,
    max_connections: u32,
    patience: Duration,
}

struct Keys {
    internal: tempfile::NamedTempFile,
    user: Arc<EncodingKey>,
    user_key_id: String,
    jwks: String,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Site({}, {})", self.grpc, self.http)
    }
}

impl Site {
    /// Starts the services and waits until they are ready.
    pub async fn start(services: Vec<Box<dyn Service>>) -> Self {
        Self::start_with(Tuning::default(), services).await
    }

    /// As [`Site::start`], otherwise than most.
    pub async fn start_with(tuning: Tuning, services: Vec<Box<dyn Service>>) -> Self {
        let schemas: Vec<Schema> = services.iter().filter_map(|service| service.schema()).collect();
        let ground = Ground::new(tuning, &schemas).await;
        Self::open(ground, services).await
    }

    async fn open(ground: Ground, mut services: Vec<Box<dyn Service>>) -> Self {
        let sources = services
            .iter()
            .filter_map(|service| service.schema())
            .filter(|schema| schema.sets.iter().any(|(set, _)| *set == "outbox"))
            .map(|schema| schema.name)
            .collect();
        if !services.iter().any(|service| service.name() == "accounts") {
            services.push(Box::new(Issuer { jwks: ground.keys.jwks.clone() }));
        }
        let settings = ground.settings();
        let plan = Plan {
            settings,
            clock: ground.database.clock().clone(),
            metrics: prometheus::Registry::new(),
            log_routes: outbox::log_routes,
            services,
        };
        let patience = ground.patience;
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime starts");
        let start = async move {
            let process = Process::start(plan).await.expect("the services start");
            process.ready(patience).await.expect("the services get ready");
            process
        };
        let process = runtime.spawn(start).await.expect("the services start");
        let (grpc, http) = (format!("http://{}", process.grpc), format!("http://{}", process.http));
        let channel = Endpoint::from_str(&grpc).expect("an address of ours").connect_lazy();
        let stop = CancellationToken::new();
        let ended = runtime.spawn(process.run(stop.clone().cancelled_owned()));
        Self { ground, sources, grpc, http, channel, running: Running { runtime: Some(runtime), stop, ended } }
    }

    /// Ends the services as a crash would, without draining, and starts others on the same data.
    pub async fn restart(self, services: Vec<Box<dyn Service>>) -> Self {
        drop(self.running);
        Self::open(self.ground, services).await
    }

    /// Ends the services as a deployment does, drained; others may start on the same data.
    pub async fn stop(self) -> Stopped {
        self.running.stop().await;
        Stopped { ground: self.ground }
    }

    /// A fresh tenant's id. Services other than accounts need no more of a tenant.
    pub fn tenant(&self) -> TenantId {
        TenantId::new()
    }

    /// A channel to the gRPC listener.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The gRPC listener's address, `http://127.0.0.1:…`.
    pub fn grpc(&self) -> &str {
        &self.grpc
    }

    /// The HTTP listener's address, `http://127.0.0.1:…`.
    pub fn http(&self) -> &str {
        &self.http
    }

    /// The clock of all services.
    pub fn clock(&self) -> &Clock {
        self.ground.database.clock()
    }

    /// The database.
    pub fn database(&self) -> &TestDatabase {
        &self.ground.database
    }

    /// Redis.
    pub fn redis(&self) -> &TestRedis {
        &self.ground.redis
    }

    /// The ways to PostgreSQL and Redis, when [`Tuning::wires`] asked for them.
    pub fn wires(&self) -> &Wires {
        self.ground.wires.as_ref().expect("the site was started with wires")
    }

    /// A token for somebody of that role; a service's speaks with the suite's own key.
    pub fn token(&self, tenant: &TenantId, role: Role) -> String {
        if role == Role::Service {
            return self.signer().token(Some(*tenant)).expect("a token is signed");
        }
        self.token_for(tenant, role, &format!("user_{}", type_id_suffix()), chrono::TimeDelta::days(30))
    }

    /// A token of the suite for no tenant.
    pub fn installation_token(&self) -> String {
        self.signer().token(None).expect("a token is signed")
    }

    /// A user's token with everything chosen; a negative lifetime makes an expired one.
    pub fn token_for(&self, tenant: &TenantId, role: Role, subject: &str, lifetime: chrono::TimeDelta) -> String {
        let now = self.clock().now();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: subject.to_owned(),
            tenant: Some(tenant.to_string()),
            role: role_name(role),
            iat: now.timestamp(),
            exp: (now + lifetime).timestamp(),
        };
        let header = Header { kid: Some(self.ground.keys.user_key_id.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &self.ground.keys.user).expect("a token is signed")
    }

    fn signer(&self) -> Signer {
        Signer::from_file(self.ground.keys.internal.path(), "test", AUDIENCE, self.clock().clone())
            .expect("the key is good")
    }

    /// A request by somebody of that role.
    pub fn request<M>(&self, tenant: &TenantId, role: Role, message: M) -> tonic::Request<M> {
        with_token(message, &self.token(tenant, role))
    }

    /// A request by the suite itself, for no tenant.
    pub fn installation_request<M>(&self, message: M) -> tonic::Request<M> {
        with_token(message, &self.installation_token())
    }

    /// A [`Voice`] says something, as its service would.
    pub async fn say<E: prost::Message + prost::Name>(
        &self,
        source: &'static str,
        tenant: &TenantId,
        subject: impl std::fmt::Display,
        event: &E,
    ) -> Uuid {
        let db = self.db(source);
        let mut tx = db.begin(&TenantCtx::service(*tenant, source)).await.expect("the database answers");
        let id = outbox::append(&mut tx, subject, event).await.expect("the event is appended");
        tx.commit().await.expect("the event is committed");
        id
    }

    /// A service's own door to its schema.
    pub fn db(&self, schema: &'static str) -> Db {
        self.ground.database.db(schema)
    }

    /// Everything that a service has published, in the order of its log.
    pub async fn heard(&self, source: &'static str) -> Vec<Event> {
        self.numbered(source).await;
        let db = self.db(source);
        let log = outbox::LocalLog::new(vec![db]);
        let mut events = Vec::new();
        for shard in 0..outbox::Settings::default().shards {
            let mut after = 0;
            loop {
                let page = outbox::Log::read(&log, source, shard.into(), after, 0).await.expect("the log answers");
                let Some(last) = page.events.last() else { break };
                after = last.position;
                events.extend(page.events);
            }
        }
        events.sort_by(|one, other| one.id.cmp(&other.id));
        events
    }

    /// The events of one type that a service has published for one tenant, decoded.
    pub async fn heard_of<E: prost::Message + prost::Name + Default>(
        &self,
        source: &'static str,
        tenant: &TenantId,
    ) -> Vec<E> {
        let tenant = tenant.to_string();
        self.heard(source)
            .await
            .into_iter()
            .filter(|event| event.tenant_id == tenant && event.r#type == E::full_name())
            .map(|event| E::decode(event.data.as_slice()).expect("an event decodes as what it says it is"))
            .collect()
    }

    /// Waits until every event is numbered and every consumer has applied it.
    pub async fn settle(&self) {
        for source in &self.sources {
            self.numbered(source).await;
        }
        for consumer in &self.sources {
            let db = self.db(consumer);
            within(self.ground.patience, "every consumer catches up", async || {
                let mut tx = db.begin_system().await.expect("the database answers");
                let cursors: Vec<(String, i16, i64)> =
                    sqlx::query_as("SELECT source, shard, position FROM outbox_cursor")
                        .fetch_all(tx.conn())
                        .await
                        .expect("cursors are readable");
                for (source, shard, position) in cursors {
                    let Some(source) = self.sources.iter().find(|known| **known == source) else { continue };
                    if head(&self.db(source), shard).await > position {
                        return false;
                    }
                }
                true
            })
            .await;
        }
    }

    async fn numbered(&self, source: &'static str) {
        let db = self.db(source);
        eventually("every event is numbered", async || {
            let mut tx = db.begin_system().await.expect("the database answers");
            let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox WHERE position IS NULL")
                .fetch_one(tx.conn())
                .await
                .expect("the outbox is readable");
            waiting == 0
        })
        .await;
    }

    /// Stops the services, drained, and fails when they left work undone.
    pub async fn finish(self) {
        self.settle().await;
        self.running.stop().await;
        self.ground.database.finish().await;
    }
}

impl Running {
    async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.ended).await.expect("the services end").expect("the services end well");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What a test's own runtime is running must not wait for this one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn head(db: &Db, shard: i16) -> i64 {
    let mut tx = db.begin_system().await.expect("the database answers");
    sqlx::query_scalar::<_, i64>("SELECT position FROM outbox_head WHERE shard = $1")
        .bind(i32::from(shard))
        .fetch_optional(tx.conn())
        .await
        .expect("the head is readable")
        .unwrap_or_default()
}

fn with_token<M>(message: M, token: &str) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    let bearer = format!("Bearer {token}").parse().expect("a token fits a header");
    request.metadata_mut().insert("authorization", bearer);
    request
}

/// The part of a TypeID after its prefix.
fn type_id_suffix() -> String {
    TenantId::new().to_string().trim_start_matches("tenant_").to_owned()
}

impl Ground {
    async fn new(tuning: Tuning, schemas: &[Schema]) -> Self {
        let Tuning { key, max_concurrent_requests, max_connections, wires, patience } = tuning;
        let database = TestDatabase::new(schemas).await;
        let redis = TestRedis::new().await;
        let wires = if wires {
            let (database, redis) = (WireCutter::before(database.url()).await, WireCutter::before(redis.url()).await);
            Some(Wires { database, redis })
        } else {
            None
        };
        let keys = Keys::new(&key.unwrap_or_else(new_key));
        Self { database, redis, keys, wires, max_concurrent_requests, max_connections, patience }
    }

    fn settings(&self) -> config::Chassis {
        let (mut database_url, mut redis_url) = (self.database.url().to_owned(), self.redis.url().to_owned());
        if let Some(wires) = &self.wires {
            database_url = wires.database.url(&database_url);
            redis_url = wires.redis.url(&redis_url);
        }
        config::Chassis {
            grpc: config::Grpc {
                listen: "127.0.0.1:0".to_owned(),
                max_concurrent_requests: self.max_concurrent_requests,
                deadline_seconds: 30,
            },
            http: config::Http { listen: "127.0.0.1:0".to_owned(), public_url: String::new() },
            database: config::Database { url: database_url, max_connections: self.max_connections },
            redis: config::Redis { url: redis_url, prefix: self.redis.prefix().to_owned() },
            auth: config::Auth {
                audience: AUDIENCE.to_owned(),
                issuers: vec![config::Issuer { issuer: ISSUER.to_owned(), jwks_url: String::new() }],
                internal_key_file: self.keys.internal.path().display().to_string(),
                issuer_key_file: String::new(),
            },
            peers: BTreeMap::new(),
        }
    }
}

impl Keys {
    fn new(user: &str) -> Self {
        let internal = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(internal.path(), new_key()).expect("a temporary file can be written");
        let (user, mut jwk) = key_pair(&user.to_owned().into()).expect("a fresh key is good");
        let user_key_id = jwk.thumbprint(ThumbprintHash::SHA256).expect("a key has a thumbprint");
        jwk.common.key_id = Some(user_key_id.clone());
        let jwks = serde_json::to_string(&jsonwebtoken::jwk::JwkSet { keys: vec![jwk] }).expect("a key set is JSON");
        Self { internal, user: Arc::new(user), user_key_id, jwks }
    }
}

/// A fresh Ed25519 private key, PKCS#8 PEM.
pub fn new_key() -> String {
    use ed25519_dalek::pkcs8::{EncodePrivateKey as _, KeypairBytes, spki::der::pem::LineEnding};
    // Without the public half, as OpenSSL writes it.
    let key = KeypairBytes { secret_key: rand::random(), public_key: None };
    key.to_pkcs8_pem(LineEnding::LF).expect("an Ed25519 key has a PEM form").to_string()
}

/// A service that says nothing by itself; a test speaks for it, see [`Site::say`].
#[derive(Debug)]
pub struct Voice(&'static str);

impl Voice {
    /// In the name of that service.
    pub fn new(name: &'static str) -> Self {
        Self(name)
    }
}

#[async_trait]
impl Service for Voice {
    fn name(&self) -> &'static str {
        self.0
    }

    fn schema(&self) -> Option<Schema> {
        Some(Schema {
            name: self.0,
            sets: vec![("outbox", &outbox::MIGRATIONS)],
            system_tables: outbox::SYSTEM_TABLES.to_vec(),
        })
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let mut parts = Parts { publishes: true, ..Parts::default() };
        let producer = outbox::Producer::new(house.db()?, house.redis.clone(), outbox::Settings::default());
        parts.task("voice", producer.run(house.stop.clone()));
        Ok(parts)
    }
}

/// Stands in for accounts' built-in issuer where accounts itself does not run.
struct Issuer {
    jwks: String,
}

#[async_trait]
impl Service for Issuer {
    fn name(&self) -> &'static str {
        "issuer"
    }

    fn schema(&self) -> Option<Schema> {
        None
    }

    async fn open(&self, _: House) -> anyhow::Result<Parts> {
        use usher_proto::accounts::v1::token_service_server::TokenServiceServer;
        let routes = tonic::service::Routes::new(TokenServiceServer::new(Published(self.jwks.clone())));
        Ok(Parts { routes, ..Parts::default() })
    }
}

struct Published(String);

#[tonic::async_trait]
impl usher_proto::accounts::v1::token_service_server::TokenService for Published {
    async fn issue_token(
        &self,
        _: tonic::Request<usher_proto::accounts::v1::IssueTokenRequest>,
    ) -> Result<tonic::Response<usher_proto::accounts::v1::IssueTokenResponse>, tonic::Status> {
        Err(tonic::Status::unimplemented("tests sign for themselves"))
    }

    async fn get_json_web_key_set(
        &self,
        _: tonic::Request<usher_proto::accounts::v1::GetJsonWebKeySetRequest>,
    ) -> Result<tonic::Response<usher_proto::accounts::v1::GetJsonWebKeySetResponse>, tonic::Status> {
        Ok(tonic::Response::new(usher_proto::accounts::v1::GetJsonWebKeySetResponse { json: self.0.clone() }))
    }
}

/// Telemetry whose spans a test can read back. Once per test process.
pub fn recorded_telemetry() -> opentelemetry_sdk::trace::InMemorySpanExporter {
    let spans = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let settings =
        config::Telemetry { otlp_endpoint: String::new(), log: "warn".to_owned(), log_format: config::LogFormat::Text };
    let writer = telemetry::LogWriter::new(std::io::stderr);
    telemetry::init_with(&settings, writer, Some(provider)).expect("telemetry starts once per process");
    spans
}
