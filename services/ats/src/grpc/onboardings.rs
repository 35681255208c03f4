//! `usher.ats.v1.OnboardingService`.

use chassis::{Db, TenantTx, wire};
use tonic::{Request, Response, Status};
use usher_proto::ats::v1::{
    AddOnboardingItemRequest, AddOnboardingItemResponse, CompleteOnboardingItemRequest, CompleteOnboardingItemResponse,
    GetOnboardingRequest, GetOnboardingResponse, ListOnboardingsRequest, ListOnboardingsResponse, Onboarding as Shown,
    RecordJoiningRequest, RecordJoiningResponse, ReopenOnboardingItemRequest, ReopenOnboardingItemResponse,
    UpdateOnboardingRequest, UpdateOnboardingResponse, onboarding_service_server::OnboardingService,
};

use super::convert;
use crate::{commands, domain::onboarding::Onboarding, queries, store};

pub struct Onboardings(pub Db);

#[tonic::async_trait]
impl OnboardingService for Onboardings {
    async fn get_onboarding(
        &self,
        request: Request<GetOnboardingRequest>,
    ) -> Result<Response<GetOnboardingResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let id = wire::id("onboarding_id", &request.onboarding_id)?;
                let onboarding = store::onboardings::get(tx, id).await?;
                whole(tx, onboarding).await.map(|onboarding| GetOnboardingResponse { onboarding: Some(onboarding) })
            })
        });
        answer.await
    }

    async fn list_onboardings(
        &self,
        request: Request<ListOnboardingsRequest>,
    ) -> Result<Response<ListOnboardingsResponse>, Status> {
        let answer = self.0.read(request, |tx, request| {
            Box::pin(async move {
                let (onboardings, next_page_token) = queries::list_onboardings(tx, &request).await?;
                Ok(ListOnboardingsResponse {
                    onboardings: onboardings
                        .into_iter()
                        .map(|onboarding| convert::onboarding(onboarding, Vec::new()))
                        .collect(),
                    next_page_token,
                })
            })
        });
        answer.await
    }

    async fn update_onboarding(
        &self,
        request: Request<UpdateOnboardingRequest>,
    ) -> Result<Response<UpdateOnboardingResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let onboarding = commands::onboarding::update(tx, request).await?;
                whole(tx, onboarding).await.map(|onboarding| UpdateOnboardingResponse { onboarding: Some(onboarding) })
            })
        });
        answer.await
    }

    async fn complete_onboarding_item(
        &self,
        request: Request<CompleteOnboardingItemRequest>,
    ) -> Result<Response<CompleteOnboardingItemResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let onboarding = commands::onboarding::complete_item(tx, request).await?;
                whole(tx, onboarding)
                    .await
                    .map(|onboarding| CompleteOnboardingItemResponse { onboarding: Some(onboarding) })
            })
        });
        answer.await
    }

    async fn reopen_onboarding_item(
        &self,
        request: Request<ReopenOnboardingItemRequest>,
    ) -> Result<Response<ReopenOnboardingItemResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let onboarding = commands::onboarding::reopen_item(tx, request).await?;
                whole(tx, onboarding)
                    .await
                    .map(|onboarding| ReopenOnboardingItemResponse { onboarding: Some(onboarding) })
            })
        });
        answer.await
    }

    async fn add_onboarding_item(
        &self,
        request: Request<AddOnboardingItemRequest>,
    ) -> Result<Response<AddOnboardingItemResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let onboarding = commands::onboarding::add_item(tx, request).await?;
                whole(tx, onboarding).await.map(|onboarding| AddOnboardingItemResponse { onboarding: Some(onboarding) })
            })
        });
        answer.await
    }

    async fn record_joining(
        &self,
        request: Request<RecordJoiningRequest>,
    ) -> Result<Response<RecordJoiningResponse>, Status> {
        let answer = self.0.write(request, |tx, request| {
            Box::pin(async move {
                let onboarding = commands::onboarding::record_joining(tx, request).await?;
                whole(tx, onboarding).await.map(|onboarding| RecordJoiningResponse { onboarding: Some(onboarding) })
            })
        });
        answer.await
    }
}

/// An onboarding with what was recorded.
async fn whole(tx: &mut TenantTx, onboarding: Onboarding) -> chassis::Result<Shown> {
    let entries = store::onboardings::entries(tx, onboarding.id).await?;
    Ok(convert::onboarding(onboarding, entries))
}
