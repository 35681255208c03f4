//! A row of `outbox` that has been numbered.

use chassis::{TenantId, wire};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use usher_proto::eventlog::v1::Event;
use uuid::Uuid;

#[derive(FromRow)]
pub(crate) struct Row {
    tenant_id: TenantId,
    event_id: Uuid,
    shard: i16,
    position: i64,
    predecessor_id: Option<Uuid>,
    r#type: String,
    subject: String,
    time: DateTime<Utc>,
    traceparent: String,
    data: Vec<u8>,
}

impl Row {
    pub(crate) fn event(self, source: &str) -> Event {
        Event {
            id: self.event_id.to_string(),
            source: source.to_owned(),
            r#type: self.r#type,
            subject: self.subject,
            time: Some(wire::timestamp(self.time)),
            tenant_id: self.tenant_id.to_string(),
            shard: u32::try_from(self.shard).unwrap_or_default(),
            position: self.position,
            predecessor_id: self.predecessor_id.map(|id| id.to_string()).unwrap_or_default(),
            traceparent: self.traceparent,
            data: self.data,
        }
    }
}
