//! Transport only: opens the transaction, converts between protobuf and the domain.

mod applicants;
mod briefs;
mod campaigns;
mod candidates;
mod convert;
mod duplicates;
mod external;
mod found;
mod imports;
mod keys;
mod privacy;
mod resumes;
mod saved_searches;
mod screening;
mod search;
pub mod subjects;
mod tags;

use chassis::{Caller, Db, Result, peers::Peers};
use doctext::apart::Extractor;
use tokio_util::sync::CancellationToken;
use tonic::{Request, service::Routes};
use usher_proto::talent::v1::{
    campaign_service_server::CampaignServiceServer, candidate_service_server::CandidateServiceServer,
    contact_brief_service_server::ContactBriefServiceServer, duplicate_service_server::DuplicateServiceServer,
    external_activity_service_server::ExternalActivityServiceServer, import_service_server::ImportServiceServer,
    key_service_server::KeyServiceServer, privacy_service_server::PrivacyServiceServer,
    resume_service_server::ResumeServiceServer, saved_search_service_server::SavedSearchServiceServer,
    screening_service_server::ScreeningServiceServer, search_service_server::SearchServiceServer,
    tag_service_server::TagServiceServer,
};

use crate::{
    keys::{Keyring, TenantKey},
    replica::Replica,
};

/// What the handlers share.
#[derive(Clone)]
pub struct Desk {
    pub db: Db,
    pub keys: Keyring,
    pub reader: Extractor,
    pub replica: Replica,
    pub peers: Peers,
    pub stop: CancellationToken,
}

impl Desk {
    /// The key of the caller's tenant. It is asked for before the request's transaction begins, see [`Keyring::key`].
    async fn key<M>(&self, request: &Request<M>) -> Result<TenantKey> {
        self.keys.key(&Caller::of(request)?.tenant_ctx()?).await
    }
}

pub fn routes(desk: Desk) -> Routes {
    Routes::new(CandidateServiceServer::new(candidates::Candidates(desk.clone())))
        .add_service(ContactBriefServiceServer::new(briefs::Briefs(desk.clone())))
        .add_service(CampaignServiceServer::new(campaigns::Campaigns(desk.clone())))
        .add_service(ExternalActivityServiceServer::new(external::External(desk.clone())))
        .add_service(DuplicateServiceServer::new(duplicates::Duplicates(desk.clone())))
        .add_service(ImportServiceServer::new(imports::Imports(desk.clone())))
        .add_service(KeyServiceServer::new(keys::Keys(desk.clone())))
        .add_service(PrivacyServiceServer::new(privacy::Privacy(desk.clone())))
        .add_service(ResumeServiceServer::new(resumes::Resumes(desk.clone())))
        .add_service(SavedSearchServiceServer::new(saved_searches::SavedSearches(desk.clone())))
        .add_service(ScreeningServiceServer::new(screening::Screening(desk.clone())))
        .add_service(SearchServiceServer::new(search::Search(desk.clone())))
        .add_service(TagServiceServer::new(tags::Tags(desk)))
}
