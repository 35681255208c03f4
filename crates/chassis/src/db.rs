//! Transactions that see one tenant.
//!
//! [`Db::begin`] is the only way to a tenant's rows: one round trip that begins the transaction, takes on the service's
//! role (which owns nothing, so that row-level security binds it), and names the tenant for the policies. Background
//! work that looks across tenants, such as numbering the outbox, uses [`Db::begin_system`], whose role reaches only the
//! tables that say so.
//!
//! [`Db::read`] and [`Db::write`] are a whole RPC around such a transaction; `write` also makes it idempotent.

use std::{str::FromStr as _, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};
use usher_proto::eventlog::v1::ConsistencyToken;
use uuid::Uuid;

use crate::{
    caller::{Actor, Caller, TenantCtx},
    clock::Clock,
    error::{Error, Result},
    idempotency,
    ids::TenantId,
    vault::Vault,
};

/// The header by which a write's answer says what to ask for when a later read must have seen it.
pub const CONSISTENCY_TOKEN: &str = "usher-consistency-token";

/// A service's door to its schema. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pool: PgPool,
    schema: &'static str,
    clock: Clock,
    vault: Vault,
    appended: Notify,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({})", self.0.schema)
    }
}

/// A connection that was alive so recently is taken to be alive.
const FRESH: Duration = Duration::from_secs(1);

/// Opens a pool that connects when it is first used.
pub fn pool(url: &str, max_connections: u32) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| Error::invalid("database.url", "URL_INVALID", "is not a postgres:// address"))?
        .application_name("usher");
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(Duration::from_secs(300))
        // Each connection is asked whether it lives when it is put back; asking again when it is taken at once is a round
        // trip for nothing.
        .test_before_acquire(false)
        .before_acquire(|connection, standing| {
            Box::pin(async move {
                if standing.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options))
}

impl Db {
    /// The door to one schema. `vault` seals what [`Db::write`] remembers of answers.
    pub fn new(pool: PgPool, schema: &'static str, clock: Clock, vault: Vault) -> Self {
        Self(Arc::new(Inner { pool, schema, clock, vault, appended: Notify::new() }))
    }

    /// The schema's name, which is the service's.
    pub fn schema(&self) -> &'static str {
        self.0.schema
    }

    /// The clock of every transaction.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Seals and tags what the service keeps for itself.
    pub fn vault(&self) -> Vault {
        self.0.vault.clone()
    }

    /// The pool, for what belongs to no transaction: advisory locks and health.
    pub fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    /// Fires after each commit that appended to the outbox, so that the sequencer here need not wait for its next look.
    pub fn appended(&self) -> &Notify {
        &self.0.appended
    }

    /// Begins a transaction that sees one tenant, in one round trip.
    pub async fn begin(&self, ctx: &TenantCtx) -> Result<TenantTx> {
        let schema = self.0.schema;
        let tenant = ctx.tenant.0;
        // Nothing to inject: the schema is a constant of the program and the tenant is a UUID.
        let begin = format!(
            "BEGIN; SET LOCAL ROLE usher_{schema}; SET LOCAL search_path = {schema}; SET LOCAL usher.tenant = '{tenant}'"
        );
        let tx = self.0.pool.begin_with(AssertSqlSafe(begin)).await?;
        Ok(TenantTx { tx, ctx: ctx.clone(), now: self.0.clock.now(), appended: None, db: self.clone() })
    }

    /// Begins a transaction of the service's background work, which sees the system tables of all tenants.
    pub async fn begin_system(&self) -> Result<SystemTx> {
        let schema = self.0.schema;
        let begin = format!("BEGIN; SET LOCAL ROLE usher_{schema}_system; SET LOCAL search_path = {schema}");
        let tx = self.0.pool.begin_with(AssertSqlSafe(begin)).await?;
        Ok(SystemTx { tx, now: self.0.clock.now() })
    }

    /// One reading RPC: a transaction of the caller's tenant around `work`.
    pub async fn read<M, R>(
        &self,
        request: Request<M>,
        work: impl for<'t> FnOnce(&'t mut TenantTx, M) -> BoxFuture<'t, Result<R>> + Send,
    ) -> Result<Response<R>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let mut tx = self.begin(&ctx).await?;
        let answer = work(&mut tx, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    /// One writing RPC: a transaction of the caller's tenant around `work`, committed when it succeeds. A request with a
    /// `request_id` is idempotent, see [`crate::idempotency`]. The answer carries [`CONSISTENCY_TOKEN`] when an event
    /// was appended.
    pub async fn write<M: usher_proto::Request, R: prost::Message + Default>(
        &self,
        request: Request<M>,
        work: impl for<'t> FnOnce(&'t mut TenantTx, M) -> BoxFuture<'t, Result<R>> + Send,
    ) -> Result<Response<R>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let mut tx = self.begin(&ctx).await?;
        let key = match idempotency::claim(&mut tx, &request).await? {
            idempotency::Claim::Answered(answer) => return Ok(Response::new(answer)),
            idempotency::Claim::Fresh(key) => key,
        };
        let answer = work(&mut tx, request).await?;
        if let Some(key) = key {
            idempotency::remember(&mut tx, &key, &answer).await?;
        }
        let token = tx.commit().await?;
        let mut response = Response::new(answer);
        if let Some(value) = token.and_then(|token| write_token(&token).parse().ok()) {
            response.metadata_mut().insert(CONSISTENCY_TOKEN, value);
        }
        Ok(response)
    }
}

/// A transaction that sees one tenant. Dropping it rolls back.
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    ctx: TenantCtx,
    now: DateTime<Utc>,
    appended: Option<Uuid>,
    db: Db,
}

impl std::fmt::Debug for TenantTx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TenantTx({}, {:?})", self.db.0.schema, self.ctx)
    }
}

impl TenantTx {
    /// The connection, for statements.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// The tenant whose rows it sees.
    pub fn tenant(&self) -> TenantId {
        self.ctx.tenant
    }

    /// For whom it works.
    pub fn ctx(&self) -> &TenantCtx {
        &self.ctx
    }

    /// The one time of everything that happens in it.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The schema it works in.
    pub fn schema(&self) -> &'static str {
        self.db.0.schema
    }

    /// As [`Db::vault`].
    pub fn vault(&self) -> Vault {
        self.db.vault()
    }

    /// For the outbox: notes the last event, so that the commit wakes the sequencer and answers with a token.
    pub fn note_appended(&mut self, event: Uuid) {
        self.appended = Some(event);
    }

    /// Goes on for another tenant in the same database transaction; for consumers, which apply events of many tenants
    /// and move their cursor at once.
    pub async fn switch(&mut self, ctx: TenantCtx) -> Result<()> {
        sqlx::query("SELECT set_config('usher.tenant', $1, true)")
            .bind(ctx.tenant.0.to_string())
            .execute(self.conn())
            .await?;
        self.ctx = ctx;
        Ok(())
    }

    /// Goes on for somebody else of the same tenant, where what several have asked for is done together.
    pub fn act_for(&mut self, actor: Actor) {
        self.ctx.actor = actor;
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<Option<ConsistencyToken>> {
        self.tx.commit().await?;
        let source = self.db.0.schema.to_owned();
        Ok(self.appended.map(|event| {
            self.db.0.appended.notify_one();
            ConsistencyToken { source, event_id: event.to_string() }
        }))
    }
}

/// A transaction across tenants, for background work on system tables. Dropping it rolls back.
pub struct SystemTx {
    tx: Transaction<'static, Postgres>,
    now: DateTime<Utc>,
}

impl std::fmt::Debug for SystemTx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SystemTx")
    }
}

impl SystemTx {
    /// The connection, for statements.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// The one time of everything that happens in it.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }
}

/// The text of a consistency token.
pub fn write_token(token: &ConsistencyToken) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(prost::Message::encode_to_vec(token))
}

/// Reads the text of a consistency token.
pub fn read_token(field: &str, text: &str) -> Result<ConsistencyToken> {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| prost::Message::decode(bytes.as_slice()).ok())
        .filter(|token: &ConsistencyToken| token.event_id.parse::<Uuid>().is_ok())
        .ok_or_else(|| {
            Error::invalid(
                field,
                "CONSISTENCY_TOKEN_INVALID",
                format!("is not a value of the {CONSISTENCY_TOKEN} header"),
            )
        })
}
