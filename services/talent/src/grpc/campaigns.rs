//! `usher.talent.v1.CampaignService`.

use chassis::{
    Caller, Error, Result, TenantCtx, TenantTx,
    db::read_token,
    wire::{self, timestamp},
};
use tonic::{Request, Response, Status};
use usher_proto::talent::v1::{
    Campaign as Shown, CampaignMember, CampaignMemberCount, CampaignOutcomeCount, CampaignRate, CampaignSample,
    CancelCampaignRequest, CancelCampaignResponse, CreateCampaignRequest, CreateCampaignResponse, ExclusionCount,
    GetCampaignOutcomeRequest, GetCampaignOutcomeResponse, GetCampaignRequest, GetCampaignResponse,
    ListCampaignMembersRequest, ListCampaignMembersResponse, ListCampaignsRequest, ListCampaignsResponse,
    PauseCampaignRequest, PauseCampaignResponse, PreviewCampaignRequest, PreviewCampaignResponse,
    ResumeCampaignRequest, ResumeCampaignResponse, StartCampaignRequest, StartCampaignResponse, UpdateCampaignRequest,
    UpdateCampaignResponse, campaign_service_server::CampaignService,
};

use super::Desk;
use crate::{
    commands::campaigns as commands,
    domain::{
        campaign::{Campaign, member::Member, outcome, same},
        rate::Rate,
    },
    queries::campaigns::{self as queries, Outcome, Preview},
    store,
};

/// As many people of a segment are looked at.
const EXAMINED: i64 = 5_000;
/// Of them in one transaction.
const PIECE: usize = 500;
/// Of those who would be drawn are shown.
const SHOWN: usize = 20;

pub struct Campaigns(pub(super) Desk);

#[tonic::async_trait]
impl CampaignService for Campaigns {
    async fn create_campaign(
        &self,
        request: Request<CreateCampaignRequest>,
    ) -> Result<Response<CreateCampaignResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let campaign = commands::create(tx, request).await?;
                Ok(CreateCampaignResponse { campaign: Some(whole(tx, campaign).await?) })
            })
        });
        write.await
    }

    async fn get_campaign(
        &self,
        request: Request<GetCampaignRequest>,
    ) -> Result<Response<GetCampaignResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let id = wire::id("campaign_id", &request.campaign_id)?;
                let campaign = store::campaigns::get(tx, id).await?;
                Ok(GetCampaignResponse { campaign: Some(whole(tx, campaign).await?) })
            })
        });
        read.await
    }

    async fn list_campaigns(
        &self,
        request: Request<ListCampaignsRequest>,
    ) -> Result<Response<ListCampaignsResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (campaigns, next_page_token) = queries::list(tx, &request).await?;
                Ok(ListCampaignsResponse { campaigns: campaigns.into_iter().map(shown).collect(), next_page_token })
            })
        });
        read.await
    }

    async fn update_campaign(
        &self,
        request: Request<UpdateCampaignRequest>,
    ) -> Result<Response<UpdateCampaignResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let campaign = commands::update(tx, request).await?;
                Ok(UpdateCampaignResponse { campaign: Some(whole(tx, campaign).await?) })
            })
        });
        write.await
    }

    async fn preview_campaign(
        &self,
        request: Request<PreviewCampaignRequest>,
    ) -> Result<Response<PreviewCampaignResponse>, Status> {
        let ctx = Caller::of(&request)?.tenant_ctx()?;
        Ok(Response::new(self.preview(&ctx, request.into_inner()).await?))
    }

    async fn start_campaign(
        &self,
        request: Request<StartCampaignRequest>,
    ) -> Result<Response<StartCampaignResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let campaign = commands::start(tx, request).await?;
                Ok(StartCampaignResponse { campaign: Some(whole(tx, campaign).await?) })
            })
        });
        write.await
    }

    async fn pause_campaign(
        &self,
        request: Request<PauseCampaignRequest>,
    ) -> Result<Response<PauseCampaignResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let campaign = commands::pause(tx, &request.campaign_id).await?;
                Ok(PauseCampaignResponse { campaign: Some(whole(tx, campaign).await?) })
            })
        });
        write.await
    }

    async fn resume_campaign(
        &self,
        request: Request<ResumeCampaignRequest>,
    ) -> Result<Response<ResumeCampaignResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let campaign = commands::resume(tx, &request.campaign_id).await?;
                Ok(ResumeCampaignResponse { campaign: Some(whole(tx, campaign).await?) })
            })
        });
        write.await
    }

    async fn cancel_campaign(
        &self,
        request: Request<CancelCampaignRequest>,
    ) -> Result<Response<CancelCampaignResponse>, Status> {
        let write = self.0.db.write(request, |tx, request| {
            Box::pin(async move {
                let campaign = commands::cancel(tx, &request.campaign_id).await?;
                Ok(CancelCampaignResponse { campaign: Some(whole(tx, campaign).await?) })
            })
        });
        write.await
    }

    async fn list_campaign_members(
        &self,
        request: Request<ListCampaignMembersRequest>,
    ) -> Result<Response<ListCampaignMembersResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let (members, next_page_token) = queries::list_members(tx, &request).await?;
                Ok(ListCampaignMembersResponse { members: members.into_iter().map(member).collect(), next_page_token })
            })
        });
        read.await
    }

    async fn get_campaign_outcome(
        &self,
        request: Request<GetCampaignOutcomeRequest>,
    ) -> Result<Response<GetCampaignOutcomeResponse>, Status> {
        let read = self.0.db.read(request, |tx, request| {
            Box::pin(async move {
                let outcome = queries::outcome(tx, wire::id("campaign_id", &request.campaign_id)?).await?;
                let is_over = outcome.campaign.outcome_window().is_some_and(|(_, until)| until <= tx.now());
                Ok(reckoned(&outcome, is_over))
            })
        });
        read.await
    }
}

impl Campaigns {
    async fn preview(&self, ctx: &TenantCtx, request: PreviewCampaignRequest) -> Result<PreviewCampaignResponse> {
        let Desk { db, keys, replica, .. } = &self.0;
        let key = keys.key(ctx).await?;
        let index = match request.at_least.as_str() {
            "" => replica.index()?,
            token => replica.index_at(&read_token("at_least", token)?).await?,
        };
        let synonyms = replica.synonyms(ctx).await?;
        let id = wire::id("campaign_id", &request.campaign_id)?;
        let campaign = store::campaigns::get(&mut db.begin(ctx).await?, id).await?;
        let segment = campaign.spec.segment.clone().unwrap_or_default();
        let (mut preview, mut after, now) = (Preview::default(), None, db.clock().now());
        let segment_size = loop {
            let asking = queries::read(&segment, &synonyms, now)?;
            let (index, tenant) = (index.clone(), ctx.tenant.0);
            let page = move || queries::find(&index, tenant, asking, after, PIECE, now);
            let found = tokio::task::spawn_blocking(page)
                .await
                .map_err(|error| Error::internal("a search broke off", &error))??;
            preview.add(&mut db.begin(ctx).await?, &key, &campaign, &found.ids).await?;
            after = found.next;
            if after.is_none() || preview.examined >= EXAMINED {
                break found.total;
            }
        };
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let mut excluded: Vec<ExclusionCount> = preview
            .excluded
            .into_iter()
            .map(|(reason, count)| ExclusionCount { reason: reason.to_owned(), count })
            .collect();
        excluded.sort_by(|one, other| (other.count, &one.reason).cmp(&(one.count, &other.reason)));
        Ok(PreviewCampaignResponse {
            segment_size: i64::try_from(segment_size).unwrap_or(i64::MAX),
            examined: preview.examined,
            eligible: count(preview.eligible.len()),
            excluded,
            sample: preview
                .eligible
                .into_iter()
                .take(SHOWN)
                .map(|(id, display_name)| CampaignSample { candidate_id: id.to_string(), display_name })
                .collect(),
        })
    }
}

async fn whole(tx: &mut TenantTx, campaign: Campaign) -> Result<Shown> {
    let counts = queries::counts(tx, campaign.id).await?;
    let counts =
        counts.into_iter().map(|(state, reason, count)| CampaignMemberCount { state: state.into(), reason, count });
    Ok(Shown { counts: counts.collect(), ..shown(campaign) })
}

fn shown(campaign: Campaign) -> Shown {
    Shown {
        campaign_id: campaign.id.to_string(),
        spec: Some(campaign.spec),
        state: campaign.state.into(),
        end_reason: campaign.end_reason.into(),
        actor: campaign.actor,
        create_time: Some(timestamp(campaign.create_time)),
        start_time: campaign.start_time.map(timestamp),
        assign_time: campaign.assign_time.map(timestamp),
        stop_time: campaign.stop_time.map(timestamp),
        assignment_seed: campaign.seed.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")),
        etag: wire::etag(campaign.version),
        counts: Vec::new(),
    }
}

fn member(member: Member) -> CampaignMember {
    CampaignMember {
        candidate_id: member.candidate.to_string(),
        arm: member.arm.into(),
        state: member.state.into(),
        reason: if member.is_silent { same::SAME_PERSON.to_owned() } else { member.reason },
        messages_requested: member.requested.into(),
        messages_sent: member.sent.into(),
        last_send_time: member.last_send_time.map(timestamp),
        due_time: member.due_time.map(timestamp),
        outcome: member.outcome.into(),
        outcome_time: member.outcome_time.map(timestamp),
    }
}

fn reckoned(said: &Outcome, is_over: bool) -> GetCampaignOutcomeResponse {
    let difference = said.treatment.less(&said.holdout);
    let counts = said.counts.iter().filter(|(_, what, _)| i32::from(*what) != 0);
    GetCampaignOutcomeResponse {
        treatment: Some(rate(&said.treatment)),
        holdout: Some(rate(&said.holdout)),
        difference: difference.value,
        difference_lower: difference.lower,
        difference_upper: difference.upper,
        verdict: outcome::verdict(&said.treatment, &said.holdout).into(),
        randomized: said.holdout.n > 0,
        window_end_time: said.campaign.outcome_window().map(|(_, until)| timestamp(until)),
        is_preliminary: !is_over,
        reached: said.reached,
        outcomes: counts
            .map(|(arm, what, count)| CampaignOutcomeCount {
                arm: (*arm).into(),
                outcome: (*what).into(),
                count: *count,
            })
            .collect(),
        formula: outcome::FORMULA.to_owned(),
    }
}

fn rate(rate: &Rate) -> CampaignRate {
    CampaignRate { came_back: rate.hits, assigned: rate.n, rate: rate.value, lower: rate.lower, upper: rate.upper }
}
