//! `usher.talent.v1.SearchService`. Nothing here touches PostgreSQL but the tenant's synonyms, once.

use std::{collections::HashMap, sync::Arc};

use chassis::{Caller, Error, Result, TenantCtx, db::read_token, wire};
use chrono::{DateTime, Utc};
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    ExplainMatchRequest, ExplainMatchResponse, GetSynonymsRequest, GetSynonymsResponse, SearchCandidatesRequest,
    SearchCandidatesResponse, SearchFilter, SuggestTermsRequest, SuggestTermsResponse, TermSuggestion,
    UpdateSynonymsRequest, UpdateSynonymsResponse, search_service_server::SearchService,
};

use super::{Desk, convert, found};
use crate::{
    commands,
    domain::{analysis, candidate::CandidateId},
    index::{self, Index, Sort},
    queries::search::{self, Asking, Next},
    store,
};

/// A search among so few takes about a millisecond at most and mostly much less: handing it to another thread, and hearing
/// from that again, would be felt.
const FEW: u64 = 10_000;

pub struct Search(pub(super) Desk);

#[tonic::async_trait]
impl SearchService for Search {
    async fn search_candidates(
        &self,
        request: Request<SearchCandidatesRequest>,
    ) -> Result<Response<SearchCandidatesResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let index = self.index(&request.at_least).await?;
        let fingerprint = search::fingerprint(&request.query, request.filter.as_ref(), request.order, request.exact);
        let before = search::read_next(&request.page_token, fingerprint)?;
        // What a query says of times is meant as of the first page.
        let now = before.as_ref().and_then(|before| DateTime::from_timestamp(before.place.now(), 0));
        let now = now.unwrap_or_else(|| self.0.db.clock().now());
        let asking = self.asking(&ctx, &request.query, request.filter.as_ref(), now).await?;
        let page = Page { fingerprint, before, now: now.timestamp() };
        if index.documents(ctx.tenant.0) <= FEW {
            return Ok(Response::new(find(&index, &ctx, &request, asking, page)?));
        }
        Ok(Response::new(apart(move || find(&index, &ctx, &request, asking, page)).await?))
    }

    async fn explain_match(
        &self,
        request: Request<ExplainMatchRequest>,
    ) -> Result<Response<ExplainMatchResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let id: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
        let index = self.index(&request.at_least).await?;
        let now = self.0.db.clock().now();
        let mut asking = self.asking(&ctx, &request.query, request.filter.as_ref(), now).await?;
        let explanation = apart(move || {
            asking.correct(ctx.tenant.0, &index)?;
            let understood = asking.query.write();
            let asked = index::Request {
                tenant: ctx.tenant.0,
                query: asking.query,
                filters: asking.filters,
                sort: Sort::Match,
                page_size: 0,
                after: None,
                facets: Vec::new(),
                facet_limit: 0,
                highlights: false,
                now: now.timestamp(),
            };
            let explanation = index.explain(&asked, id.0).map_err(|error| search::broken(&error))?;
            Ok(explanation.map(|explanation| (explanation, understood)))
        });
        let (explanation, understood) = explanation.await?.ok_or_else(|| {
            Error::not_found(
                "CANDIDATE_NOT_FOUND",
                "the query does not find this person, or the index does not know them",
            )
        })?;
        let explained = found::explanation(explanation, &request.query);
        Ok(Response::new(ExplainMatchResponse { understood, ..explained }))
    }

    async fn suggest_terms(
        &self,
        request: Request<SuggestTermsRequest>,
    ) -> Result<Response<SuggestTermsResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let request = request.into_inner();
        let index = self.0.replica.index()?;
        let size = usize::try_from(request.page_size).ok().filter(|size| *size > 0).unwrap_or(10);
        let terms = apart(move || {
            // The words before the last one are written already.
            let words = analysis::words(&request.prefix);
            let Some((prefix, _)) = words.last() else { return Ok(Vec::new()) };
            index.suggest(ctx.tenant.0, prefix, size).map_err(|error| search::broken(&error))
        });
        let suggestion = |(term, count): (String, u64)| TermSuggestion { term, count: found::count(count) };
        let suggestions = terms.await?.into_iter().map(suggestion).collect();
        Ok(Response::new(SuggestTermsResponse { suggestions }))
    }

    async fn get_synonyms(
        &self,
        request: Request<GetSynonymsRequest>,
    ) -> Result<Response<GetSynonymsResponse>, Status> {
        let read = self.0.db.read(request, |tx, _| {
            Box::pin(async move {
                let (groups, etag) = convert::synonyms(store::synonyms::get(tx).await?);
                Ok(GetSynonymsResponse { groups, etag })
            })
        });
        read.await
    }

    async fn update_synonyms(
        &self,
        request: Request<UpdateSynonymsRequest>,
    ) -> Result<Response<UpdateSynonymsResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let (groups, etag) = convert::synonyms(commands::update_synonyms::run(tx, request).await?);
                Ok(UpdateSynonymsResponse { groups, etag })
            })
        });
        write.await
    }
}

impl Search {
    /// The index, when it has seen what the caller asks for.
    async fn index(&self, at_least: &str) -> Result<Arc<Index>> {
        match at_least {
            "" => self.0.replica.index(),
            token => self.0.replica.index_at(&read_token("at_least", token)?).await,
        }
    }

    async fn asking(
        &self,
        ctx: &TenantCtx,
        query: &str,
        filter: Option<&SearchFilter>,
        now: DateTime<Utc>,
    ) -> Result<Asking> {
        let synonyms = self.0.replica.synonyms(ctx).await?;
        Asking::read(query, filter, &synonyms, now)
    }
}

/// Which page is asked for.
struct Page {
    fingerprint: [u8; 8],
    /// Unless it is the first.
    before: Option<Next>,
    now: i64,
}

fn find(
    index: &Index,
    ctx: &TenantCtx,
    request: &SearchCandidatesRequest,
    mut asking: Asking,
    Page { fingerprint, before, now }: Page,
) -> Result<SearchCandidatesResponse> {
    let (after, corrections) = match before {
        Some(Next { place, corrections }) => {
            asking.correct_as(&corrections)?;
            (Some(place), corrections)
        }
        None if request.exact => (None, Vec::new()),
        None => (None, asking.correct(ctx.tenant.0, index)?),
    };
    let facets: Vec<_> = request.facets().map(|facet| (facet, search::facets(facet))).collect();
    let asked = index::Request {
        tenant: ctx.tenant.0,
        query: asking.query,
        filters: asking.filters,
        sort: search::sort(request.order()),
        page_size: usize::try_from(request.page_size).ok().filter(|size| *size > 0).unwrap_or(20),
        after,
        facets: facets.iter().flat_map(|(_, fields)| fields.clone()).collect(),
        facet_limit: usize::try_from(request.facet_size).ok().filter(|size| *size > 0).unwrap_or(10),
        highlights: request.highlight,
        now,
    };
    let answer = index.search(&asked).map_err(|error| search::broken(&error))?;
    let counts: HashMap<index::FacetField, Vec<(String, u64)>> =
        answer.facets.into_iter().map(|facet| (facet.field, facet.values)).collect();
    let next = answer.next.map(|place| Next { place, corrections: corrections.clone() });
    Ok(SearchCandidatesResponse {
        hits: answer.hits.into_iter().map(found::hit).collect(),
        next_page_token: next.map(|next| search::write_next(&next, fingerprint)).unwrap_or_default(),
        total_size: found::count(answer.total),
        facets: facets.iter().map(|(facet, of)| found::facet(*facet, of, &counts)).collect(),
        corrections: corrections.into_iter().map(found::correction).collect(),
        clauses: answer.clauses.iter().map(|clause| found::clause(clause, &request.query, &asking.names)).collect(),
    })
}

/// A search takes a moment in which this thread could serve others.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal("a search broke off", &error))?
}
