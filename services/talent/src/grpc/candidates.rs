//! `usher.talent.v1.CandidateService`.

use chassis::{Caller, Result, TenantCtx, wire};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt as _;
use usher_proto::talent::v1::{
    BatchGetRecipientsRequest, BatchGetRecipientsResponse, CreateCandidateRequest, CreateCandidateResponse,
    DuplicateEvidenceKind, GetCandidateRequest, GetCandidateResponse, GetRecipientRequest, GetRecipientResponse,
    ListCandidatesRequest, ListCandidatesResponse, ListConsentsRequest, ListConsentsResponse,
    ListTimelineEntriesRequest, ListTimelineEntriesResponse, Recipient, RecordConsentRequest, RecordConsentResponse,
    UpdateCandidateRequest, UpdateCandidateResponse, candidate_service_server::CandidateService,
};

use super::{Desk, convert};
use crate::{
    commands,
    domain::{candidate::CandidateId, person::Person},
    queries, store,
};

pub struct Candidates(pub(super) Desk);

impl Candidates {
    /// A change that was refused because somebody else has the contact point says that the two may be one. What was refused
    /// is rolled back, so this has a transaction of its own.
    async fn note_claim(&self, ctx: &TenantCtx, candidate: &str, refused: &Status) -> Result<()> {
        let details = refused.get_error_details();
        let owner = details.error_info().filter(|info| info.reason == commands::CANDIDATE_EXISTS);
        let Some(owner) = owner.and_then(|info| info.metadata.get("candidate_id")) else { return Ok(()) };
        let (one, other) = (wire::id("candidate_id", candidate)?, wire::id("candidate_id", owner)?);
        let mut tx = self.0.db.begin(ctx).await?;
        commands::note_duplicates::told(&mut tx, one, other, DuplicateEvidenceKind::ContactClaimed).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[tonic::async_trait]
impl CandidateService for Candidates {
    async fn create_candidate(
        &self,
        request: Request<CreateCandidateRequest>,
    ) -> Result<Response<CreateCandidateResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let candidate = commands::create_candidate::run(tx, &key, request).await?;
                // Nothing else can be known of somebody new.
                Ok(CreateCandidateResponse { candidate: Some(convert::person(Person::new(candidate), tx.now())) })
            })
        });
        write.await
    }

    async fn get_candidate(
        &self,
        request: Request<GetCandidateRequest>,
    ) -> Result<Response<GetCandidateResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let id = wire::id("candidate_id", &request.candidate_id)?;
                let person = store::people::get(tx, &key, id).await?;
                Ok(GetCandidateResponse { candidate: Some(convert::person(person, tx.now())) })
            })
        });
        read.await
    }

    async fn list_candidates(
        &self,
        request: Request<ListCandidatesRequest>,
    ) -> Result<Response<ListCandidatesResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let (people, next_page_token) =
                    queries::list_candidates(tx, &key, request.page_size, &request.page_token).await?;
                let now = tx.now();
                let candidates = people.into_iter().map(|person| convert::person(person, now)).collect();
                Ok(ListCandidatesResponse { candidates, next_page_token })
            })
        });
        read.await
    }

    async fn update_candidate(
        &self,
        request: Request<UpdateCandidateRequest>,
    ) -> Result<Response<UpdateCandidateResponse>, Status> {
        let key = self.0.key(&request).await?;
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        let id = request.get_ref().candidate_id.clone();
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let candidate = commands::update_candidate::run(tx, &key, request).await?;
                let person = store::people::whole(tx, candidate).await?;
                Ok(UpdateCandidateResponse { candidate: Some(convert::person(person, tx.now())) })
            })
        });
        let answer = write.await;
        if let Err(refused) = &answer {
            // Not a reason to refuse it otherwise.
            if let Err(error) = self.note_claim(&ctx, &id, refused).await {
                tracing::warn!(%error, "that two people may be one was not noted");
            }
        }
        answer
    }

    async fn record_consent(
        &self,
        request: Request<RecordConsentRequest>,
    ) -> Result<Response<RecordConsentResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let consent = commands::record_consent::run(tx, request).await?;
                Ok(RecordConsentResponse { consent: Some(convert::consent(consent)) })
            })
        });
        write.await
    }

    async fn list_consents(
        &self,
        request: Request<ListConsentsRequest>,
    ) -> Result<Response<ListConsentsResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (consents, next_page_token) = queries::list_consents(tx, &request).await?;
                let consents = consents.into_iter().map(convert::consent).collect();
                Ok(ListConsentsResponse { consents, next_page_token })
            })
        });
        read.await
    }

    async fn list_timeline_entries(
        &self,
        request: Request<ListTimelineEntriesRequest>,
    ) -> Result<Response<ListTimelineEntriesResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (entries, next_page_token) = queries::list_timeline_entries(tx, &request).await?;
                let entries = entries.into_iter().map(convert::entry).collect();
                Ok(ListTimelineEntriesResponse { entries, next_page_token })
            })
        });
        read.await
    }

    async fn get_recipient(
        &self,
        request: Request<GetRecipientRequest>,
    ) -> Result<Response<GetRecipientResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let id = wire::id("candidate_id", &request.candidate_id)?;
                Ok(convert::recipient(store::people::get(tx, &key, id).await?, tx.now()))
            })
        });
        read.await
    }
    async fn batch_get_recipients(
        &self,
        request: Request<BatchGetRecipientsRequest>,
    ) -> Result<Response<BatchGetRecipientsResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let id = |(place, text): (usize, &String)| wire::id(&format!("candidate_ids[{place}]"), text);
                let ids: Vec<CandidateId> =
                    request.candidate_ids.iter().enumerate().map(id).collect::<chassis::Result<_>>()?;
                let people = store::people::reached(tx, &key, &ids).await?;
                let now = tx.now();
                let recipient = |(asked, person): (CandidateId, Person)| Recipient {
                    candidate_id: asked.to_string(),
                    reached: Some(convert::recipient(person, now)),
                };
                Ok(BatchGetRecipientsResponse { recipients: people.into_iter().map(recipient).collect() })
            })
        });
        read.await
    }
}
