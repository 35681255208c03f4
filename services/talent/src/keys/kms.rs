//! A key management service behind the interface that Kubernetes has for them: the plugin of version 2, which is there
//! for AWS, Azure, Google Cloud, Vault and others, and listens on a Unix socket.
//!
//! Its contract is `k8s.io/kms/apis/v2/api.proto`; what is used of it stands here.

use std::{collections::HashMap, time::Duration};

use chassis::{Error, Result};
use prost::Message;
use sha2::{Digest as _, Sha256};
use tonic::{
    Request, Status,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    transport::{Channel, Endpoint},
};
use tonic_prost::ProstCodec;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{KEY, Wrapped};

/// The longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, PartialEq, Message)]
struct StatusRequest {}

#[derive(Clone, PartialEq, Message)]
struct StatusResponse {
    #[prost(string, tag = "1")]
    version: String,
    #[prost(string, tag = "2")]
    healthz: String,
    #[prost(string, tag = "3")]
    key_id: String,
}

#[derive(Clone, PartialEq, Message)]
struct EncryptRequest {
    #[prost(bytes = "vec", tag = "1")]
    plaintext: Vec<u8>,
    #[prost(string, tag = "2")]
    uid: String,
}

/// Kept as it comes: to open it again the plugin wants all of it.
#[derive(Clone, PartialEq, Message)]
pub struct EncryptResponse {
    #[prost(bytes = "vec", tag = "1")]
    ciphertext: Vec<u8>,
    #[prost(string, tag = "2")]
    key_id: String,
    #[prost(map = "string, bytes", tag = "3")]
    annotations: HashMap<String, Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct DecryptRequest {
    #[prost(bytes = "vec", tag = "1")]
    ciphertext: Vec<u8>,
    #[prost(string, tag = "2")]
    uid: String,
    #[prost(string, tag = "3")]
    key_id: String,
    #[prost(map = "string, bytes", tag = "4")]
    annotations: HashMap<String, Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct DecryptResponse {
    #[prost(bytes = "vec", tag = "1")]
    plaintext: Vec<u8>,
}

/// What a plugin answered when it wrapped this; nothing when it was a key of a file that did. A plugin's answer holds the
/// name under which it is stored, and a file's random bytes do not.
pub fn answer(wrapped: &Wrapped) -> Option<EncryptResponse> {
    let answer = EncryptResponse::decode(wrapped.bytes.as_slice()).ok()?;
    (!answer.key_id.is_empty() && answer.key_id == wrapped.master_key).then_some(answer)
}

/// A plugin. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Plugin(Channel);

impl Plugin {
    /// At a socket; connected to when it is first needed.
    pub fn at(socket: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(format!("unix:{socket}"))?;
        Ok(Self(endpoint.connect_timeout(PATIENCE).timeout(PATIENCE).connect_lazy()))
    }

    /// The name of the key that wraps now.
    pub async fn current(&self) -> Result<String> {
        let status: StatusResponse = self.call("Status", StatusRequest {}).await?;
        if status.healthz == "ok" { Ok(status.key_id) } else { Err(away(&status.healthz)) }
    }

    /// Wraps a key for its place.
    pub async fn wrap(&self, key: &[u8], context: &[u8]) -> Result<Wrapped> {
        // The plugin knows no context, so the key carries it.
        let plaintext = [key, &Sha256::digest(context)].concat();
        let answer: EncryptResponse =
            self.call("Encrypt", EncryptRequest { plaintext, uid: Uuid::now_v7().to_string() }).await?;
        if answer.key_id.is_empty() {
            return Err(Error::internal("a key management service breaks its contract", &"its key has no name"));
        }
        Ok(Wrapped { master_key: answer.key_id.clone(), bytes: answer.encode_to_vec() })
    }

    /// Opens what was wrapped for this place, from the answer of then.
    pub async fn unwrap(&self, answer: EncryptResponse, context: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let EncryptResponse { ciphertext, key_id, annotations } = answer;
        let uid = Uuid::now_v7().to_string();
        let opened: DecryptResponse =
            self.call("Decrypt", DecryptRequest { ciphertext, uid, key_id, annotations }).await?;
        let plaintext = Zeroizing::new(opened.plaintext);
        match plaintext.split_at_checked(KEY) {
            Some((key, place)) if place == Sha256::digest(context).as_slice() => Ok(Zeroizing::new(key.to_vec())),
            _ => Err(Error::internal("a wrapped key belongs to another place", &"its context differs")),
        }
    }

    async fn call<Q, A>(&self, method: &'static str, question: Q) -> Result<A>
    where
        Q: Message + Send + Sync + 'static,
        A: Message + Default + Send + Sync + 'static,
    {
        let path = PathAndQuery::try_from(format!("/v2.KeyManagementService/{method}"))
            .map_err(|error| Error::internal("a path is none", &error))?;
        let mut plugin = Grpc::new(self.0.clone());
        plugin.ready().await.map_err(|error| away(&error))?;
        let answer = plugin.unary(Request::new(question), path, ProstCodec::<Q, A>::default()).await;
        answer.map(tonic::Response::into_inner).map_err(|status: Status| away(&status.code()))
    }
}

fn away(why: &impl std::fmt::Debug) -> Error {
    tracing::warn!(?why, "the key management service does not answer");
    Error::unavailable("KEYS_UNAVAILABLE", "the key management service does not answer; try again in a moment")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKeys;

    #[tokio::test]
    async fn a_plugins_answer_is_told_apart_from_what_a_file_wrapped() {
        let plugins = EncryptResponse { ciphertext: vec![1; 80], key_id: "key-1".to_owned(), ..Default::default() };
        let wrapped = Wrapped { master_key: "key-1".to_owned(), bytes: plugins.encode_to_vec() };
        assert_eq!(answer(&wrapped), Some(plugins));
        assert_eq!(answer(&Wrapped { master_key: "key-2".to_owned(), ..wrapped.clone() }), None);
        assert_eq!(answer(&Wrapped { master_key: String::new(), bytes: Vec::new() }), None);

        let files = MasterKeys::from(&[7; KEY]).wrap(&[1; KEY], b"place").await.unwrap();
        assert_eq!(answer(&files), None);
        assert_eq!(answer(&Wrapped { master_key: String::new(), ..files }), None, "from before keys had names");
    }
}
