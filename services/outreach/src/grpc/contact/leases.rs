//! `usher.outreach.v1.ContactLeaseService`.

use chassis::Db;
use tonic::{Request, Response, Status};
use usher_proto::outreach::v1::{
    ClaimContactRequest, ClaimContactResponse, GetContactLeaseRequest, GetContactLeaseResponse,
    ListContactLeasesRequest, ListContactLeasesResponse, OverrideContactLeaseRequest, OverrideContactLeaseResponse,
    ReleaseContactLeaseRequest, ReleaseContactLeaseResponse, RenewContactLeaseRequest, RenewContactLeaseResponse,
    contact_lease_service_server::ContactLeaseService,
};

use super::convert;
use crate::{commands, queries};

pub struct Leases(pub Db);

#[tonic::async_trait]
impl ContactLeaseService for Leases {
    async fn claim_contact(
        &self,
        request: Request<ClaimContactRequest>,
    ) -> Result<Response<ClaimContactResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let lease = commands::lease::claim(tx, request).await?;
                Ok(ClaimContactResponse { lease: Some(convert::lease(lease, tx.now())) })
            })
        });
        answer.await
    }

    async fn renew_contact_lease(
        &self,
        request: Request<RenewContactLeaseRequest>,
    ) -> Result<Response<RenewContactLeaseResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let lease = commands::lease::renew(tx, request).await?;
                Ok(RenewContactLeaseResponse { lease: Some(convert::lease(lease, tx.now())) })
            })
        });
        answer.await
    }

    async fn release_contact_lease(
        &self,
        request: Request<ReleaseContactLeaseRequest>,
    ) -> Result<Response<ReleaseContactLeaseResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let lease = commands::lease::release(tx, request).await?;
                Ok(ReleaseContactLeaseResponse { lease: Some(convert::lease(lease, tx.now())) })
            })
        });
        answer.await
    }

    async fn override_contact_lease(
        &self,
        request: Request<OverrideContactLeaseRequest>,
    ) -> Result<Response<OverrideContactLeaseResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let lease = commands::lease::override_(tx, request).await?;
                Ok(OverrideContactLeaseResponse { lease: Some(convert::lease(lease, tx.now())) })
            })
        });
        answer.await
    }

    async fn get_contact_lease(
        &self,
        request: Request<GetContactLeaseRequest>,
    ) -> Result<Response<GetContactLeaseResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let lease = queries::contact::lease(tx, &request.candidate_id).await?;
                Ok(GetContactLeaseResponse { lease: Some(convert::lease(lease, tx.now())) })
            })
        });
        answer.await
    }

    async fn list_contact_leases(
        &self,
        request: Request<ListContactLeasesRequest>,
    ) -> Result<Response<ListContactLeasesResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (leases, next_page_token) = queries::contact::list_leases(tx, request).await?;
                let leases = leases.into_iter().map(|lease| convert::lease(lease, tx.now())).collect();
                Ok(ListContactLeasesResponse { leases, next_page_token })
            })
        });
        answer.await
    }
}
