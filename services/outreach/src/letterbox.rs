//! Where everything comes in that comes back, whichever way: read, placed, and kept in one transaction.

use std::sync::Arc;

use chassis::{Db, Error, Result, TenantCtx, TenantId, wire};
use opentelemetry::KeyValue;
use replytext::Incoming;
use usher_proto::outreach::v1::InboundText;

use crate::{
    commands::receive_reply,
    domain::reply::{
        Reply,
        address::{Addresses, Place},
        arrival::Arrival,
    },
    metrics,
};

/// Takes in what comes back. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Letterbox {
    pub db: Db,
    pub addresses: Addresses,
}

/// A mail that can be read.
#[derive(Debug, Clone)]
pub struct Mail(Arc<(Vec<u8>, Incoming)>);

impl Mail {
    /// Errors: `INVALID_ARGUMENT` (`MAIL_UNREADABLE`), `RESOURCE_EXHAUSTED` (`MESSAGE_TOO_LARGE`).
    pub async fn read(raw: Vec<u8>) -> Result<Self> {
        // A stranger's mail may take some milliseconds, for which nobody else should wait.
        let reading = tokio::task::spawn_blocking(move || replytext::read(&raw).map(|mail| (raw, mail)));
        match reading.await.map_err(|error| Error::internal("the reading of a mail broke off", &error))? {
            Ok(read) => Ok(Self(Arc::new(read))),
            Err(fault) if fault == replytext::Fault::TOO_LARGE => {
                Err(Error::new(tonic::Code::ResourceExhausted, "MESSAGE_TOO_LARGE", fault.message))
            }
            Err(fault) => Err(Error::invalid("mail.raw", fault.reason, fault.message)),
        }
    }
}

impl Letterbox {
    /// Takes a mail in for the address that the mail server had in hand; `tenant` is whose it is where somebody brings it
    /// for a tenant. Errors: `NOT_FOUND` (`ADDRESS_UNKNOWN`).
    pub async fn mail(&self, mail: &Mail, recipient: &str, tenant: Option<TenantId>) -> Result<Reply> {
        let place = self.addresses.place(recipient, tenant)?;
        let (mail, addresses, recipient) = (mail.clone(), self.addresses.clone(), recipient.to_owned());
        let reading = tokio::task::spawn_blocking(move || {
            let (raw, read) = &*mail.0;
            Arrival::mail(raw, read, &recipient, place, &addresses)
        });
        let arrival = reading.await.map_err(|error| Error::internal("the reading of a mail broke off", &error))?;
        self.take(place, arrival).await
    }

    /// Takes in a reply that is no mail and that a program brings, known as `source` here. Errors: `INVALID_ARGUMENT`
    /// (`ID_MALFORMED`).
    pub async fn text(&self, source: &str, text: &InboundText, tenant: TenantId) -> Result<Reply> {
        let message = wire::optional_id("text.message_id", &text.message_id)?;
        self.take(Place::Inbox(tenant), Arrival::text(source, text, message)).await
    }

    async fn take(&self, place: Place, arrival: Arrival) -> Result<Reply> {
        let mut tx = self.db.begin(&TenantCtx::service(place.tenant(), "outreach")).await?;
        let reply = receive_reply::run(&mut tx, place, arrival).await?;
        tx.commit().await?;
        let state = reply.state.as_str_name().trim_start_matches("REPLY_STATE_").to_lowercase();
        let kind = reply.kind.as_str_name().trim_start_matches("REPLY_KIND_").to_lowercase();
        metrics::RECEIVED.add(1, &[KeyValue::new("state", state), KeyValue::new("kind", kind)]);
        Ok(reply)
    }
}
