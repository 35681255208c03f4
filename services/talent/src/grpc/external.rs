//! `usher.talent.v1.ExternalActivityService`.

use chassis::wire::{self, Page, timestamp};
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    ApplyExternalActivityRequest, ApplyExternalActivityResponse, DismissExternalActivityRequest,
    DismissExternalActivityResponse, ExternalActivity, FieldDiff, FoundSkill, ListExternalActivitiesRequest,
    ListExternalActivitiesResponse, RecordExternalActivityRequest, RecordExternalActivityResponse,
    external_activity_service_server::ExternalActivityService,
};

use super::{Desk, convert};
use crate::{
    commands::external as commands,
    domain::{
        candidate::CandidateId,
        document::without_contacts,
        external::{Activity, SeenSkill, diff::Diff},
    },
    store,
};

pub struct External(pub(super) Desk);

#[tonic::async_trait]
impl ExternalActivityService for External {
    async fn record_external_activity(
        &self,
        request: Request<RecordExternalActivityRequest>,
    ) -> Result<Response<RecordExternalActivityResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let (activity, is_new) = commands::record(tx, &key, request).await?;
                Ok(RecordExternalActivityResponse { activity: Some(shown(activity)), unchanged: !is_new })
            })
        });
        write.await
    }

    async fn list_external_activities(
        &self,
        request: Request<ListExternalActivitiesRequest>,
    ) -> Result<Response<ListExternalActivitiesResponse>, Status> {
        let key = self.0.key(&request).await?;
        let read = self.0.db.read(request, move |tx, request| {
            Box::pin(async move {
                let candidate: CandidateId = wire::id("candidate_id", &request.candidate_id)?;
                let page = Page::of(request.page_size, 50, &request.page_token)?;
                store::candidates::check(tx, candidate).await?;
                let members = store::merges::whole(tx, candidate).await?.members;
                let activities = store::external::list(tx, &key, &members, &page).await?;
                let (activities, next_page_token) = page.cut(activities, store::external::cursor);
                let activities = activities.into_iter().map(shown).collect();
                Ok(ListExternalActivitiesResponse { activities, next_page_token })
            })
        });
        read.await
    }

    async fn apply_external_activity(
        &self,
        request: Request<ApplyExternalActivityRequest>,
    ) -> Result<Response<ApplyExternalActivityResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let (activity, candidate) = commands::apply(tx, &key, request).await?;
                let person = store::people::whole(tx, candidate).await?;
                let candidate = Some(convert::person(person, tx.now()));
                Ok(ApplyExternalActivityResponse { activity: Some(shown(activity)), candidate })
            })
        });
        write.await
    }

    async fn dismiss_external_activity(
        &self,
        request: Request<DismissExternalActivityRequest>,
    ) -> Result<Response<DismissExternalActivityResponse>, Status> {
        let key = self.0.key(&request).await?;
        let write = self.0.db.write(request, move |tx, request| {
            Box::pin(async move {
                let activity = commands::dismiss(tx, &key, request).await?;
                Ok(DismissExternalActivityResponse { activity: Some(shown(activity)) })
            })
        });
        write.await
    }
}

fn shown(activity: Activity) -> ExternalActivity {
    let content = activity.content;
    let diff = |diff: Diff| FieldDiff { field: diff.field, old_value: diff.before, new_value: diff.after };
    let skill = |skill: SeenSkill| FoundSkill { name: without_contacts(&skill.name), quote: skill.quote };
    ExternalActivity {
        activity_id: activity.id.to_string(),
        candidate_id: activity.candidate.to_string(),
        source: activity.source,
        external_id: content.external_id,
        time: Some(timestamp(activity.time)),
        url: content.url,
        diffs: content.diffs.into_iter().map(diff).collect(),
        added_skills: content.added_skills.into_iter().map(skill).collect(),
        state: activity.state.into(),
        applied_fields: activity.applied_fields,
        actor: activity.actor,
        create_time: Some(timestamp(activity.create_time)),
        etag: wire::etag(activity.version),
    }
}
