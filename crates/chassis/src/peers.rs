//! Calling another service of the suite: its channel, and a request that says who asks and belongs to the same trace.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use tonic::transport::{Channel, Endpoint};

use crate::{
    auth::Signer,
    error::{Error, Result},
    ids::TenantId,
    telemetry,
};

/// The way to the other services. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Peers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    addresses: BTreeMap<String, String>,
    own: OnceLock<String>,
    channels: Mutex<HashMap<String, Channel>>,
    signer: Arc<Signer>,
}

impl Peers {
    /// With each service's address; an empty one means this very process, whose own address is told by [`Peers::listen_at`].
    pub fn new(addresses: BTreeMap<String, String>, signer: Arc<Signer>) -> Self {
        Self(Arc::new(Inner { addresses, own: OnceLock::new(), channels: Mutex::default(), signer }))
    }

    /// Tells where this process listens.
    pub fn listen_at(&self, address: String) {
        // A process listens once; a second call would only say the same.
        let _ = self.0.own.set(address);
    }

    /// A channel to a service; it connects when it is first used and again when it was lost.
    pub fn channel(&self, service: &str) -> Result<Channel> {
        let address = match self.0.addresses.get(service).map(String::as_str) {
            Some(address) if !address.is_empty() => address.to_owned(),
            _ => self.0.own.get().cloned().ok_or_else(|| Error::unavailable("STARTING", "this process is starting"))?,
        };
        let mut channels = self.0.channels.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(channel) = channels.get(&address) {
            return Ok(channel.clone());
        }
        let channel = Endpoint::from_shared(address.clone())
            .map_err(|_| Error::invalid(format!("peers.{service}"), "URL_INVALID", "must be http://host:port"))?
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_while_idle(true)
            .connect_lazy();
        channels.insert(address, channel.clone());
        Ok(channel)
    }

    /// A request that speaks for this service within a tenant, or for the installation.
    pub fn request<M>(&self, tenant: Option<TenantId>, message: M) -> Result<tonic::Request<M>> {
        let mut request = tonic::Request::new(message);
        let bearer = format!("Bearer {}", self.0.signer.token(tenant)?);
        let bearer = bearer.parse().map_err(|error| Error::internal("a token does not fit a header", &error))?;
        request.metadata_mut().insert("authorization", bearer);
        if let Ok(traceparent) = telemetry::traceparent().parse() {
            request.metadata_mut().insert("traceparent", traceparent);
        }
        Ok(request)
    }

    /// Who signs for this process.
    pub fn signer(&self) -> &Signer {
        &self.0.signer
    }
}
