//! Reading the log: here, from the schema itself, or at the producer's over gRPC.

use std::{collections::HashMap, str::FromStr as _, sync::Arc};

use async_trait::async_trait;
use chassis::{Db, Error, Result, TenantId, peers::Peers};
use tonic::{Request, Response, Status, service::Routes};
use usher_proto::eventlog::v1::{
    Event, LocateEventRequest, LocateEventResponse, ReadEventsRequest, ReadEventsResponse,
    event_log_service_client::EventLogServiceClient,
    event_log_service_server::{EventLogService, EventLogServiceServer},
};
use uuid::Uuid;

use crate::{
    row::Row,
    tap::{Mark, PLACE_UNKNOWN},
};

/// Events per page when the reader does not say.
const PAGE: i64 = 500;
/// Bytes per page, about: the one event that passes the mark is still sent, and gRPC takes messages up to 4 MiB.
const PAGE_BYTES: i64 = 2 << 20;
/// What an event's attributes take beside its data, about.
const ATTRIBUTES: i64 = 400;
/// The reason of a log that ends before what its reader has seen.
pub(crate) const POSITION_AHEAD: &str = "EVENT_POSITION_AHEAD";

/// The durable log of what services have said.
#[async_trait]
pub trait Log: Send + Sync {
    /// Events after a position; 0 from the start. A size of 0 leaves the page's size to the log. `OUT_OF_RANGE` when the
    /// log does not reach that far.
    async fn read(&self, source: &str, shard: u32, after: i64, page_size: i32) -> Result<ReadEventsResponse>;
    /// Where an event stands. `UNAVAILABLE` until it is numbered.
    async fn locate(&self, source: &str, event_id: &str) -> Result<LocateEventResponse>;
}

#[async_trait]
impl<L: Log + ?Sized> Log for Arc<L> {
    async fn read(&self, source: &str, shard: u32, after: i64, page_size: i32) -> Result<ReadEventsResponse> {
        (**self).read(source, shard, after, page_size).await
    }

    async fn locate(&self, source: &str, event_id: &str) -> Result<LocateEventResponse> {
        (**self).locate(source, event_id).await
    }
}

/// The logs of schemas that this process can reach itself.
#[derive(Debug, Clone)]
pub struct LocalLog(HashMap<&'static str, Db>);

impl LocalLog {
    /// Of these schemas.
    pub fn new(dbs: Vec<Db>) -> Self {
        Self(dbs.into_iter().map(|db| (db.schema(), db)).collect())
    }

    fn db(&self, source: &str) -> Result<&Db> {
        self.0.get(source).ok_or_else(|| Error::not_found("EVENT_SOURCE_UNKNOWN", "this process holds no such log"))
    }

    pub(crate) async fn head(&self, source: &str, shard: u16) -> Result<i64> {
        let mut tx = self.db(source)?.begin_system().await?;
        let head = sqlx::query_scalar("SELECT position FROM outbox_head WHERE shard = $1")
            .bind(i32::from(shard))
            .fetch_optional(tx.conn())
            .await?;
        Ok(head.unwrap_or_default())
    }

    pub(crate) async fn id_at(&self, source: &str, shard: u16, position: i64) -> Result<Option<String>> {
        let mut tx = self.db(source)?.begin_system().await?;
        let id: Option<Uuid> = sqlx::query_scalar("SELECT event_id FROM outbox WHERE shard = $1 AND position = $2")
            .bind(i32::from(shard))
            .bind(position)
            .fetch_optional(tx.conn())
            .await?;
        Ok(id.map(|id| id.to_string()))
    }

    /// Where each shard ends that holds an event.
    pub(crate) async fn heads(&self, source: &str) -> Result<Vec<(u16, Mark)>> {
        let mut tx = self.db(source)?.begin_system().await?;
        let heads: Vec<(i16, i64, Option<Uuid>)> =
            sqlx::query_as("SELECT shard, position, event_id FROM outbox_head").fetch_all(tx.conn()).await?;
        let head = |(shard, position, event_id): (i16, i64, Option<Uuid>)| {
            // A log has at most 2^15 shards.
            (u16::try_from(shard).unwrap_or_default(), Mark { position, event_id: event_id.unwrap_or_default() })
        };
        Ok(heads.into_iter().map(head).collect())
    }

    /// One tenant's events behind a mark, and where the log ended at that moment.
    pub(crate) async fn read_of(
        &self,
        source: &str,
        shard: u16,
        tenant: TenantId,
        mark: Mark,
        limit: i64,
    ) -> Result<(Vec<Event>, Mark)> {
        let mut tx = self.db(source)?.begin_system().await?;
        let head: Option<(i64, Option<Uuid>)> =
            sqlx::query_as("SELECT position, event_id FROM outbox_head WHERE shard = $1")
                .bind(i32::from(shard))
                .fetch_optional(tx.conn())
                .await?;
        let (position, event_id) = head.unwrap_or_default();
        let head = Mark { position, event_id: event_id.unwrap_or_default() };
        if head.position < mark.position {
            return Err(Error::new(
                tonic::Code::OutOfRange,
                PLACE_UNKNOWN,
                "the log ends before the place that was reached; it was restored from an older state",
            ));
        }
        // Positions up to the head alone: what is numbered meanwhile is behind it.
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM (
                 SELECT o.*, sum(length(data) + $6) OVER (ORDER BY position) - length(data) - $6 AS before
                 FROM (SELECT * FROM outbox WHERE shard = $1 AND position > $2 AND position <= $3 AND tenant_id = $4
                       ORDER BY position LIMIT $5) o
             ) page WHERE before < $7 ORDER BY position",
        )
        .bind(i32::from(shard))
        .bind(mark.position)
        .bind(head.position)
        .bind(tenant)
        .bind(limit)
        .bind(ATTRIBUTES)
        .bind(PAGE_BYTES)
        .fetch_all(tx.conn())
        .await?;
        Ok((rows.into_iter().map(|row| row.event(source)).collect(), head))
    }
}

#[async_trait]
impl Log for LocalLog {
    async fn read(&self, source: &str, shard: u32, after: i64, page_size: i32) -> Result<ReadEventsResponse> {
        let shard = i32::try_from(shard)
            .map_err(|_| Error::invalid("shard", "SHARD_OUT_OF_RANGE", "is not a shard of this log"))?;
        let limit = if page_size > 0 { i64::from(page_size) } else { PAGE };
        let mut tx = self.db(source)?.begin_system().await?;
        // A log that has not begun ends at 0.
        let head: i64 = sqlx::query_scalar("SELECT position FROM outbox_head WHERE shard = $1")
            .bind(shard)
            .fetch_optional(tx.conn())
            .await?
            .unwrap_or_default();
        if after > head {
            return Err(Error::new(
                tonic::Code::OutOfRange,
                POSITION_AHEAD,
                "the reader has seen more than this log holds; the log was restored from an older state",
            )
            .with("head_position", head));
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT * FROM (
                 SELECT o.*, sum(length(data) + $4) OVER (ORDER BY position) - length(data) - $4 AS before
                 FROM (SELECT * FROM outbox WHERE shard = $1 AND position > $2 ORDER BY position LIMIT $3) o
             ) page WHERE before < $5 ORDER BY position",
        )
        .bind(shard)
        .bind(after)
        .bind(limit)
        .bind(ATTRIBUTES)
        .bind(PAGE_BYTES)
        .fetch_all(tx.conn())
        .await?;
        Ok(ReadEventsResponse { events: rows.into_iter().map(|row| row.event(source)).collect(), head_position: head })
    }

    async fn locate(&self, source: &str, event_id: &str) -> Result<LocateEventResponse> {
        let id = Uuid::from_str(event_id).map_err(|_| Error::invalid("event_id", "ID_MALFORMED", "must be a UUID"))?;
        let mut tx = self.db(source)?.begin_system().await?;
        let found: Option<(i16, Option<i64>)> =
            sqlx::query_as("SELECT shard, position FROM outbox WHERE event_id = $1")
                .bind(id)
                .fetch_optional(tx.conn())
                .await?;
        match found {
            Some((shard, Some(position))) => {
                Ok(LocateEventResponse { shard: u32::try_from(shard).unwrap_or_default(), position })
            }
            Some((_, None)) => {
                Err(Error::unavailable("EVENT_NOT_SEQUENCED", "the event is committed and not numbered yet"))
            }
            None => Err(Error::not_found("EVENT_NOT_FOUND", "this log holds no such event")),
        }
    }
}

/// The logs of other services, over gRPC.
#[derive(Debug, Clone)]
pub struct PeerLog(Peers);

impl PeerLog {
    /// Through the suite's own channels.
    pub fn new(peers: Peers) -> Self {
        Self(peers)
    }
}

#[async_trait]
impl Log for PeerLog {
    async fn read(&self, source: &str, shard: u32, after: i64, page_size: i32) -> Result<ReadEventsResponse> {
        let request = ReadEventsRequest { source: source.to_owned(), shard, after_position: after, page_size };
        let mut client = EventLogServiceClient::new(self.0.channel(source)?);
        Ok(client.read_events(self.0.request(None, request)?).await?.into_inner())
    }

    async fn locate(&self, source: &str, event_id: &str) -> Result<LocateEventResponse> {
        let request = LocateEventRequest { source: source.to_owned(), event_id: event_id.to_owned() };
        let mut client = EventLogServiceClient::new(self.0.channel(source)?);
        Ok(client.locate_event(self.0.request(None, request)?).await?.into_inner())
    }
}

/// Adds the event log of the given schemas to a process's routes.
pub fn log_routes(dbs: Vec<Db>, routes: Routes) -> Routes {
    if dbs.is_empty() {
        return routes;
    }
    routes.add_service(EventLogServiceServer::new(Server(LocalLog::new(dbs))))
}

struct Server(LocalLog);

#[tonic::async_trait]
impl EventLogService for Server {
    async fn read_events(&self, request: Request<ReadEventsRequest>) -> Result<Response<ReadEventsResponse>, Status> {
        let ReadEventsRequest { source, shard, after_position, page_size } = request.into_inner();
        Ok(Response::new(self.0.read(&source, shard, after_position, page_size).await?))
    }

    async fn locate_event(
        &self,
        request: Request<LocateEventRequest>,
    ) -> Result<Response<LocateEventResponse>, Status> {
        let LocateEventRequest { source, event_id } = request.into_inner();
        Ok(Response::new(self.0.locate(&source, &event_id).await?))
    }
}
