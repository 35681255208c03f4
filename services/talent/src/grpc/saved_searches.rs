//! `usher.talent.v1.SavedSearchService`.

use std::collections::HashMap;

use chassis::{Caller, Result, wire};
use tonic::{Request, Response, Status};
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        AcknowledgeSavedSearchMatchesRequest, AcknowledgeSavedSearchMatchesResponse, CreateSavedSearchRequest,
        CreateSavedSearchResponse, DeleteSavedSearchRequest, DeleteSavedSearchResponse, GetSavedSearchRequest,
        GetSavedSearchResponse, ListSavedSearchMatchesRequest, ListSavedSearchMatchesResponse,
        ListSavedSearchesRequest, ListSavedSearchesResponse, UpdateSavedSearchRequest, UpdateSavedSearchResponse,
        saved_search_service_server::SavedSearchService,
    },
};

use super::{Desk, convert};
use crate::{
    commands, queries,
    queries::sight::Sight,
    store::{saved_search_matches, saved_searches},
};

pub struct SavedSearches(pub(super) Desk);

#[tonic::async_trait]
impl SavedSearchService for SavedSearches {
    async fn create_saved_search(
        &self,
        request: Request<CreateSavedSearchRequest>,
    ) -> Result<Response<CreateSavedSearchResponse>, Status> {
        let sight = self.sight(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let search = commands::save_search::create(tx, &sight, request).await?;
                Ok(CreateSavedSearchResponse { saved_search: Some(convert::saved_search(search, 0)) })
            })
        });
        write.await
    }

    async fn get_saved_search(
        &self,
        request: Request<GetSavedSearchRequest>,
    ) -> Result<Response<GetSavedSearchResponse>, Status> {
        let anybodys = manages(&request)?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let id = wire::id("saved_search_id", &request.saved_search_id)?;
                let search = saved_searches::get(tx, id, anybodys).await?;
                let unseen = queries::unseen(tx, search.id).await?;
                Ok(GetSavedSearchResponse { saved_search: Some(convert::saved_search(search, unseen)) })
            })
        });
        read.await
    }

    async fn list_saved_searches(
        &self,
        request: Request<ListSavedSearchesRequest>,
    ) -> Result<Response<ListSavedSearchesResponse>, Status> {
        let anybodys = manages(&request)?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let (searches, next_page_token) = queries::list_saved_searches(tx, &request, anybodys).await?;
                let ids: Vec<_> = searches.iter().map(|search| search.id).collect();
                let unseen: HashMap<_, _> = saved_search_matches::unseen(tx, &ids).await?.into_iter().collect();
                let saved_searches = searches.into_iter().map(|search| {
                    let unseen = unseen.get(&search.id).copied().unwrap_or_default();
                    convert::saved_search(search, unseen)
                });
                Ok(ListSavedSearchesResponse { saved_searches: saved_searches.collect(), next_page_token })
            })
        });
        read.await
    }

    async fn update_saved_search(
        &self,
        request: Request<UpdateSavedSearchRequest>,
    ) -> Result<Response<UpdateSavedSearchResponse>, Status> {
        let (sight, anybodys) = (self.sight(&request).await?, manages(&request)?);
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let search = commands::save_search::update(tx, &sight, request, anybodys).await?;
                let unseen = queries::unseen(tx, search.id).await?;
                Ok(UpdateSavedSearchResponse { saved_search: Some(convert::saved_search(search, unseen)) })
            })
        });
        write.await
    }

    async fn delete_saved_search(
        &self,
        request: Request<DeleteSavedSearchRequest>,
    ) -> Result<Response<DeleteSavedSearchResponse>, Status> {
        let anybodys = manages(&request)?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                saved_searches::delete(tx, wire::id("saved_search_id", &request.saved_search_id)?, anybodys).await?;
                Ok(DeleteSavedSearchResponse {})
            })
        });
        write.await
    }

    async fn list_saved_search_matches(
        &self,
        request: Request<ListSavedSearchMatchesRequest>,
    ) -> Result<Response<ListSavedSearchMatchesResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (matches, next_page_token) = queries::list_saved_search_matches(tx, &request).await?;
                let matches = matches.iter().map(convert::saved_search_match).collect();
                Ok(ListSavedSearchMatchesResponse { matches, next_page_token })
            })
        });
        read.await
    }

    async fn acknowledge_saved_search_matches(
        &self,
        request: Request<AcknowledgeSavedSearchMatchesRequest>,
    ) -> Result<Response<AcknowledgeSavedSearchMatchesResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let until = request.until_time.as_ref().map(|time| wire::instant("until_time", time)).transpose()?;
                let id = wire::id("saved_search_id", &request.saved_search_id)?;
                let search = saved_searches::get(tx, id, false).await?;
                let acknowledged_count = saved_search_matches::acknowledge(tx, search.id, until).await?;
                Ok(AcknowledgeSavedSearchMatchesResponse { acknowledged_count })
            })
        });
        write.await
    }
}

/// Whether the caller may read and change what others keep: whoever kept it may have left.
fn manages<M>(request: &Request<M>) -> Result<bool> {
    Ok(matches!(Caller::of(request)?.role, Role::Owner | Role::Admin))
}

impl SavedSearches {
    /// What a search is checked by. It is fetched before the request's transaction begins.
    async fn sight<M>(&self, request: &Request<M>) -> Result<Sight> {
        let ctx = Caller::of(request)?.tenant_ctx()?;
        let synonyms = self.0.replica.synonyms(&ctx).await?;
        Ok(Sight { tenant: ctx.tenant, index: self.0.replica.index()?, synonyms })
    }
}
