//! Usher over gRPC, with what every call has: a signed token, checks, a page of cards.

use std::collections::{BTreeMap, HashMap};

use chassis::ids;
use tonic::{
    Request, Status,
    transport::{Channel, Endpoint},
};
use usher_proto::talent::v1::{
    FacetField, SearchCandidatesRequest, SearchCandidatesResponse, SearchFilter, SearchOrder,
    search_service_client::SearchServiceClient,
};
use uuid::Uuid;

use crate::shapes::{Answer, FACET, PAGE, Shape};

/// A caller with a connection of its own.
#[derive(Clone)]
pub struct Ours {
    pub channel: Channel,
    /// By tenant.
    tokens: HashMap<usize, String>,
    /// Page tokens, by the name of the shape.
    pages: HashMap<&'static str, String>,
}

impl Ours {
    /// Connects.
    pub async fn connect(address: &str, tokens: HashMap<usize, String>) -> Self {
        let channel = Endpoint::from_shared(address.to_owned()).unwrap().connect().await.unwrap();
        Self { channel, tokens, pages: HashMap::new() }
    }

    /// Walks to the pages that shapes ask for.
    pub async fn walk(&mut self, shapes: &[Shape]) {
        for shape in shapes.iter().filter(|shape| shape.page > 0) {
            let mut page_token = String::new();
            for _ in 0..shape.page {
                let request = SearchCandidatesRequest { page_token, ..request(shape) };
                page_token = self.search(shape.tenant, request).await.unwrap().next_page_token;
            }
            assert!(!page_token.is_empty(), "{}: there is no page {}", shape.name, shape.page + 1);
            self.pages.insert(shape.name, page_token);
        }
    }

    /// One search.
    pub async fn ask(&self, shape: &Shape) -> Answer {
        let page_token = self.pages.get(shape.name).cloned().unwrap_or_default();
        read(self.search(shape.tenant, SearchCandidatesRequest { page_token, ..request(shape) }).await.unwrap())
    }

    /// Any search.
    pub async fn search(
        &self,
        tenant: usize,
        request: SearchCandidatesRequest,
    ) -> Result<SearchCandidatesResponse, Status> {
        let request = self.by(tenant, request);
        Ok(SearchServiceClient::new(self.channel.clone()).search_candidates(request).await?.into_inner())
    }

    /// A request by somebody of a tenant.
    pub fn by<M>(&self, tenant: usize, message: M) -> Request<M> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.tokens[&tenant]).parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        request
    }
}

fn request(shape: &Shape) -> SearchCandidatesRequest {
    let word = shape.word.iter().map(|word| format!("\"{word}\""));
    let without = shape.without_skill.iter().map(|skill| format!("-skill:{skill}"));
    let order = if shape.by_recency { SearchOrder::Recency } else { SearchOrder::Match };
    let facets = if shape.facets { vec![FacetField::Skill.into(), FacetField::City.into()] } else { Vec::new() };
    let filter = SearchFilter {
        all_skills: shape.all_skills.clone(),
        any_skills: shape.any_skills.clone(),
        min_years_of_experience: shape.min_years.unwrap_or_default(),
        dormant_since: shape.dormant_since.map(chassis::wire::timestamp),
        ..SearchFilter::default()
    };
    SearchCandidatesRequest {
        query: word.chain(without).collect::<Vec<_>>().join(" "),
        filter: Some(filter),
        order: order.into(),
        page_size: i32::try_from(PAGE).unwrap(),
        facets,
        facet_size: i32::try_from(FACET).unwrap(),
        exact: true,
        ..SearchCandidatesRequest::default()
    }
}

fn read(response: SearchCandidatesResponse) -> Answer {
    let name = |field: FacetField| match field {
        FacetField::Skill => "skill".to_owned(),
        FacetField::City => "city".to_owned(),
        other => panic!("nobody asked for {other:?}"),
    };
    let mut facets = BTreeMap::new();
    for facet in response.facets {
        let field = name(facet.field());
        let values = facet.counts.into_iter().map(|one| (one.value, u64::try_from(one.count).unwrap()));
        facets.insert(field, values.collect());
    }
    let hits = response.hits.iter().map(|hit| ids::read_type_id("cand", &hit.candidate_id).unwrap()).collect();
    Answer { total: u64::try_from(response.total_size).unwrap(), hits, facets }
}

/// A candidate, as the contract names them.
pub struct CandidateId(pub Uuid);

impl std::fmt::Display for CandidateId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        ids::write_type_id(f, "cand", self.0)
    }
}
