//! `usher.talent.v1.KeyService`.

use std::collections::HashMap;

use chassis::Caller;
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    ListKeysRequest, ListKeysResponse, RotateKeyRequest, RotateKeyResponse, key_service_server::KeyService,
};

use super::{Desk, convert};
use crate::{commands, store};

pub struct Keys(pub(super) Desk);

#[tonic::async_trait]
impl KeyService for Keys {
    async fn rotate_key(&self, request: Request<RotateKeyRequest>) -> Result<Response<RotateKeyResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let (made, use_time) = self.0.keys.next_version(&ctx).await?;
        let write = self.0.db.write(request, move |tx, _| {
            Box::pin(async move {
                let version = commands::rotate_key::run(tx, made, use_time).await?;
                Ok(RotateKeyResponse { key: Some(convert::key_version(version, 0)) })
            })
        });
        write.await
    }

    async fn list_keys(&self, request: Request<ListKeysRequest>) -> Result<Response<ListKeysResponse>, Status> {
        let read = self.0.db.read(request, |tx, _| {
            Box::pin(async move {
                let counts: HashMap<i16, i64> = store::tenant_keys::counts(tx).await?.into_iter().collect();
                let versions = store::tenant_keys::of(tx).await?;
                let keys = versions.into_iter().map(|version| {
                    let sealed = counts.get(&version.number).copied().unwrap_or_default();
                    convert::key_version(version, sealed)
                });
                Ok(ListKeysResponse { keys: keys.collect() })
            })
        });
        read.await
    }
}
