//! Reading people for an index.

use std::collections::HashSet;

use chassis::{Result, TenantCtx};
use uuid::Uuid;

use super::Replica;
use crate::{
    domain::{candidate::CandidateId, document::Document},
    store,
};

/// People as they are now.
#[derive(Default)]
pub struct People {
    pub documents: Vec<Document>,
    /// Tenants' people whom there are no more.
    pub gone: Vec<(Uuid, Uuid)>,
}

impl People {
    fn add(&mut self, other: Self) {
        self.documents.extend(other.documents);
        self.gone.extend(other.gone);
    }
}

impl Replica {
    /// What search knows of a tenant's people: those who can be read, and of the others those whom there are no more.
    pub(super) async fn read(&self, ctx: &TenantCtx, ids: &[CandidateId]) -> Result<People> {
        match self.read_all(ctx, ids).await {
            Err(error) if !error.is_transient() && ids.len() > 1 => {
                tracing::error!(tenant = %ctx.tenant, %error, "somebody can not be read; people are read one by one");
                let mut people = People::default();
                for id in ids {
                    match self.read_all(ctx, std::slice::from_ref(id)).await {
                        Ok(one) => people.add(one),
                        Err(error) if error.is_transient() => return Err(error),
                        Err(error) => tracing::error!(candidate = %id, %error, "the index does not know of a change"),
                    }
                }
                Ok(people)
            }
            Err(error) if !error.is_transient() => {
                tracing::error!(tenant = %ctx.tenant, %error, "the index does not know of a change");
                Ok(People::default())
            }
            outcome => outcome,
        }
    }

    async fn read_all(&self, ctx: &TenantCtx, ids: &[CandidateId]) -> Result<People> {
        let key = self.0.keys.key(ctx).await?;
        let mut tx = self.0.db.begin(ctx).await?;
        let documents = store::people::documents(&mut tx, &key, ids).await?;
        let found: HashSet<Uuid> = documents.iter().map(|document| document.id).collect();
        let gone = ids.iter().map(|id| (ctx.tenant.0, id.0)).filter(|(_, id)| !found.contains(id)).collect();
        Ok(People { documents, gone })
    }
}
