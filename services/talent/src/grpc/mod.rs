//! Transport only: opens the transaction, converts between protobuf and the domain.

mod briefs;
mod candidates;
mod convert;
mod found;
mod imports;
mod keys;
mod privacy;
mod resumes;
mod search;
mod tags;

use chassis::{Caller, Db, Result, peers::Peers};
use doctext::apart::Extractor;
use tokio_util::sync::CancellationToken;
use tonic::{Request, service::Routes};
use usher_proto::talent::v1::{
    candidate_service_server::CandidateServiceServer, contact_brief_service_server::ContactBriefServiceServer,
    import_service_server::ImportServiceServer, key_service_server::KeyServiceServer,
    privacy_service_server::PrivacyServiceServer, resume_service_server::ResumeServiceServer,
    search_service_server::SearchServiceServer, tag_service_server::TagServiceServer,
};

use crate::{
    keys::{Keyring, TenantKey},
    replica::Replica,
};

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    db: Db,
    keys: Keyring,
    reader: Extractor,
    replica: Replica,
    peers: Peers,
    stop: CancellationToken,
}

impl Desk {
    /// The key of the caller's tenant. It is asked for before the request's transaction begins, see [`Keyring::key`].
    async fn key<M>(&self, request: &Request<M>) -> Result<TenantKey> {
        self.keys.key(&Caller::of(request)?.tenant_ctx()?).await
    }
}

pub fn routes(
    db: Db,
    keys: Keyring,
    reader: Extractor,
    replica: Replica,
    peers: Peers,
    stop: CancellationToken,
) -> Routes {
    let desk = Desk { db, keys, reader, replica, peers, stop };
    Routes::new(CandidateServiceServer::new(candidates::Candidates(desk.clone())))
        .add_service(ContactBriefServiceServer::new(briefs::Briefs(desk.clone())))
        .add_service(ImportServiceServer::new(imports::Imports(desk.clone())))
        .add_service(KeyServiceServer::new(keys::Keys(desk.clone())))
        .add_service(PrivacyServiceServer::new(privacy::Privacy(desk.clone())))
        .add_service(ResumeServiceServer::new(resumes::Resumes(desk.clone())))
        .add_service(SearchServiceServer::new(search::Search(desk.clone())))
        .add_service(TagServiceServer::new(tags::Tags(desk)))
}
