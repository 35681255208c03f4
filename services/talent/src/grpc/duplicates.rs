//! `usher.talent.v1.DuplicateService`.

use std::collections::HashMap;

use chassis::{
    Result, TenantTx,
    wire::{self, Page, etag, timestamp},
};
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    self as pb, DismissDuplicateRequest, DismissDuplicateResponse, DuplicateState, GetMergeRequest, GetMergeResponse,
    ListDuplicatesRequest, ListDuplicatesResponse, ListMergesRequest, ListMergesResponse, MergeCandidatesRequest,
    MergeCandidatesResponse, PreviewMergeRequest, PreviewMergeResponse, ReopenDuplicateRequest,
    ReopenDuplicateResponse, UnmergeCandidatesRequest, UnmergeCandidatesResponse,
    duplicate_service_server::DuplicateService,
};

use super::{Desk, convert};
use crate::{
    commands::{merge_candidates, review_duplicate, unmerge_candidates},
    domain::{
        candidate::{Candidate, CandidateId},
        duplicate::Duplicate,
        merge::{self, Merge},
        person::Person,
    },
    queries, store,
};

pub struct Duplicates(pub(super) Desk);

#[tonic::async_trait]
impl DuplicateService for Duplicates {
    async fn list_duplicates(
        &self,
        request: Request<ListDuplicatesRequest>,
    ) -> Result<Response<ListDuplicatesResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (pairs, next_page_token) = queries::duplicates::list(tx, &request).await?;
                Ok(ListDuplicatesResponse { duplicates: shown(tx, pairs).await?, next_page_token })
            })
        });
        read.await
    }

    async fn dismiss_duplicate(
        &self,
        request: Request<DismissDuplicateRequest>,
    ) -> Result<Response<DismissDuplicateResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let pair = review_duplicate::dismiss(tx, request).await?;
                Ok(DismissDuplicateResponse { duplicate: shown(tx, vec![pair]).await?.pop() })
            })
        });
        write.await
    }

    async fn reopen_duplicate(
        &self,
        request: Request<ReopenDuplicateRequest>,
    ) -> Result<Response<ReopenDuplicateResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let pair = review_duplicate::reopen(tx, request).await?;
                Ok(ReopenDuplicateResponse { duplicate: shown(tx, vec![pair]).await?.pop() })
            })
        });
        write.await
    }

    async fn preview_merge(
        &self,
        request: Request<PreviewMergeRequest>,
    ) -> Result<Response<PreviewMergeResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let preview = merge_candidates::preview(tx, &key, &request).await?;
                let fields = fields(&preview);
                let people = vec![preview.survivor, preview.absorbed];
                let mut people = store::people::all_whole(tx, people).await?.into_iter();
                let now = tx.now();
                let mut shown = || people.next().map(|person| convert::person(person, now));
                Ok(PreviewMergeResponse {
                    survivor: shown(),
                    absorbed: shown(),
                    merged: Some(convert::person(Person::new(preview.merged), now)),
                    fields,
                })
            })
        });
        read.await
    }

    async fn merge_candidates(
        &self,
        request: Request<MergeCandidatesRequest>,
    ) -> Result<Response<MergeCandidatesResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let (merge, survivor) = merge_candidates::run(tx, &key, request).await?;
                let candidate = whole(tx, survivor).await?;
                Ok(MergeCandidatesResponse { merge: Some(merged(merge)), candidate: Some(candidate) })
            })
        });
        write.await
    }

    async fn unmerge_candidates(
        &self,
        request: Request<UnmergeCandidatesRequest>,
    ) -> Result<Response<UnmergeCandidatesResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let (merge, survivor, absorbed) = unmerge_candidates::run(tx, &key, request).await?;
                Ok(UnmergeCandidatesResponse {
                    merge: Some(merged(merge)),
                    survivor: Some(whole(tx, survivor).await?),
                    absorbed: Some(whole(tx, absorbed).await?),
                })
            })
        });
        write.await
    }

    async fn get_merge(&self, request: Request<GetMergeRequest>) -> Result<Response<GetMergeResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let merge = store::merges::get(tx, wire::id("merge_id", &request.merge_id)?).await?;
                Ok(GetMergeResponse { merge: Some(merged(merge)) })
            })
        });
        read.await
    }

    async fn list_merges(&self, request: Request<ListMergesRequest>) -> Result<Response<ListMergesResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let page = Page::of(request.page_size, 50, &request.page_token)?;
                let candidate = wire::optional_id("candidate_id", &request.candidate_id)?;
                let merges = store::merges::list(tx, candidate, &page).await?;
                let (merges, next_page_token) = page.cut(merges, queries::duplicates::merge_cursor);
                Ok(ListMergesResponse { merges: merges.into_iter().map(merged).collect(), next_page_token })
            })
        });
        read.await
    }
}

async fn whole(tx: &mut TenantTx, candidate: Candidate) -> Result<pb::Candidate> {
    let person = store::people::whole(tx, candidate).await?;
    Ok(convert::person(person, tx.now()))
}

/// Pairs with the cards of their people, whoever stands for them now.
async fn shown(tx: &mut TenantTx, pairs: Vec<Duplicate>) -> Result<Vec<pb::Duplicate>> {
    let cards = queries::duplicates::people(tx, &pairs).await?;
    Ok(pairs.into_iter().map(|pair| duplicate(pair, &cards)).collect())
}

fn duplicate(pair: Duplicate, people: &HashMap<CandidateId, Candidate>) -> pb::Duplicate {
    let card = |id: CandidateId| {
        people
            .get(&id)
            .map_or_else(|| pb::DuplicateCard { candidate_id: id.to_string(), ..pb::DuplicateCard::default() }, card)
    };
    let mut cards = [card(pair.pair.0), card(pair.pair.1)];
    let age = |card: &pb::DuplicateCard| card.create_time.map(|time| (time.seconds, time.nanos));
    cards.sort_by_key(age);
    let [first, second] = cards;
    let evidence =
        |one: crate::domain::duplicate::Evidence| pb::DuplicateEvidence { kind: one.kind, points: one.points.into() };
    pb::Duplicate {
        duplicate_id: pair.id.to_string(),
        first: Some(first),
        second: Some(second),
        state: DuplicateState::into(pair.state),
        score: pair.score.into(),
        evidence: pair.evidence.into_iter().map(evidence).collect(),
        reason: pair.reason,
        actor: pair.actor,
        create_time: Some(timestamp(pair.create_time)),
        update_time: Some(timestamp(pair.update_time)),
    }
}

fn card(candidate: &Candidate) -> pb::DuplicateCard {
    let profile = &candidate.profile;
    pb::DuplicateCard {
        candidate_id: candidate.id.to_string(),
        display_name: profile.display_name.clone(),
        city: profile.city.clone(),
        title: profile.title.clone(),
        company: profile.company.clone(),
        create_time: Some(timestamp(candidate.create_time)),
        update_time: Some(timestamp(candidate.update_time)),
        etag: etag(candidate.version),
    }
}

fn fields(preview: &merge_candidates::Preview) -> Vec<pb::FieldPreview> {
    let (survivor, absorbed) = (&preview.survivor.profile, &preview.absorbed.profile);
    let differing = merge::differing(survivor, absorbed);
    let field = |(field, chosen): (&&'static str, &merge::Choice)| pb::FieldPreview {
        field: (*field).to_owned(),
        is_list: merge::is_list(field),
        differs: differing.contains(field),
        suggested: pb::MergeChoice::from(merge::suggested(field, survivor, absorbed)).into(),
        chosen: pb::MergeChoice::from(*chosen).into(),
    };
    preview.choices.iter().map(field).collect()
}

fn merged(merge: Merge) -> pb::Merge {
    let choice = |(field, choice)| pb::FieldChoice { field, choice: pb::MergeChoice::from(choice).into() };
    let (undo_actor, undo_time) = merge.undone.map(|undone| (undone.actor, undone.time)).unzip();
    pb::Merge {
        merge_id: merge.id.to_string(),
        survivor_id: merge.survivor.to_string(),
        absorbed_id: merge.absorbed.to_string(),
        choices: merge.choices.into_iter().map(choice).collect(),
        actor: merge.actor,
        create_time: Some(timestamp(merge.create_time)),
        undo_actor: undo_actor.unwrap_or_default(),
        undo_time: undo_time.map(timestamp),
    }
}
