//! What a tenant sets up before anybody comes: how it follows people up, its jobs, two invitations that are compared, and, when
//! the time has come, its campaign.

use chassis::wire;
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{
        CreateJobRequest, OpenJobRequest, Settings, UpdateSettingsRequest, job_service_client::JobServiceClient,
        settings_service_client::SettingsServiceClient,
    },
    outreach::v1::{
        CreateExperimentRequest, CreateTemplateRequest, ExperimentArm, GetTemplateRequest, MessageFacts, MessageKind,
        PublishTemplateRequest, StartExperimentRequest, TemplateVariant,
        experiment_service_client::ExperimentServiceClient, template_service_client::TemplateServiceClient,
    },
    talent::v1::{
        CampaignKind, CampaignSegment, CampaignSpec, CampaignStep, CreateCampaignRequest, GetCampaignRequest,
        StartCampaignRequest, campaign_service_client::CampaignServiceClient,
    },
};

use super::desk::Desk;
use crate::simulator::{planted::POOL, world::WINDOW};

/// What an invitation says of the team, in English and in Chinese.
pub const INTRODUCTIONS: [&str; 2] =
    ["Six people who build the scheduler and have lunch together", "六个人，一起做调度系统，一起吃午饭"];
/// The arms of the comparison: with those words and without.
pub const ARMS: [&str; 2] = ["with_team", "without_team"];
/// The subject of what a recruiter writes once more by hand.
pub const NUDGE: &str = "Once more about your interview";
/// And what it says: nothing that its reader needs.
pub const NUDGE_TEXT: &str = "We are looking forward to your interview and hope that all is well.";
/// So many people are wanted for each job.
pub const OPENINGS: i32 = 500;
/// Drawn at random, and not written to by the campaign.
pub const HOLDOUT_PERCENT: i32 = 40;
/// Which part of an invitation introduces the team.
const PART: (&str, &str) = ("{% if team_introduction %}", "{% endif %}");

/// Switches every cadence off.
pub async fn follow_nobody_up(admin: &Desk) {
    let paths = vec!["cadences".to_owned()];
    let request = UpdateSettingsRequest {
        settings: Some(Settings::default()),
        update_mask: Some(prost_types::FieldMask { paths }),
        ..UpdateSettingsRequest::default()
    };
    SettingsServiceClient::new(admin.channel.clone()).update_settings(admin.request(request)).await.expect("settings");
}

/// Opens a job. Its id.
pub async fn open_job(desk: &Desk, title: &str, company: &str) -> String {
    let mut jobs = JobServiceClient::new(desk.channel.clone());
    let request = CreateJobRequest {
        title: title.to_owned(),
        company_name: company.to_owned(),
        location: "Singapore".to_owned(),
        openings: OPENINGS,
        ..CreateJobRequest::default()
    };
    let made = jobs.create_job(desk.request(request)).await.expect("a job").into_inner();
    let job_id = made.job.expect("it is told").job_id;
    let request = OpenJobRequest { job_id: job_id.clone(), request_id: String::new() };
    jobs.open_job(desk.request(request)).await.expect("an open job");
    job_id
}

/// Begins to compare the library's invitation with one that does not introduce the team. The experiment.
pub async fn compare(desk: &Desk) -> String {
    let kind = MessageKind::InterviewInvitation.into();
    let library = library(desk).await;
    let without = library.iter().map(|text| TemplateVariant { body: cut(&text.body), ..text.clone() }).collect();
    let arms = [publish(desk, ARMS[0], library).await, publish(desk, ARMS[1], without).await];
    let arm = |place: usize| ExperimentArm {
        name: ARMS[place].to_owned(),
        template_id: arms[place].clone(),
        weight: 1,
        people: 0,
    };
    let request = CreateExperimentRequest {
        kind,
        display_name: "Introducing the team".to_owned(),
        arms: vec![arm(0), arm(1)],
        request_id: String::new(),
    };
    let mut experiments = ExperimentServiceClient::new(desk.channel.clone());
    let made = experiments.create_experiment(desk.request(request)).await.expect("an experiment").into_inner();
    let experiment_id = made.experiment.expect("it is told").experiment_id;
    let request = StartExperimentRequest { experiment_id: experiment_id.clone(), request_id: String::new() };
    experiments.start_experiment(desk.request(request)).await.expect("it begins");
    experiment_id
}

/// The library's invitation in both languages.
async fn library(desk: &Desk) -> Vec<TemplateVariant> {
    let mut templates = TemplateServiceClient::new(desk.channel.clone());
    let mut variants = Vec::new();
    for language in ["en", "zh-CN"] {
        let request = GetTemplateRequest { template_id: format!("builtin/interview_invitation/{language}/1") };
        let template = templates.get_template(desk.request(request)).await.expect("the library has it").into_inner();
        let read = template.template.expect("it is told").variants;
        variants.extend(read.into_iter().filter(|variant| variant.language == language));
    }
    variants
}

async fn publish(desk: &Desk, name: &str, variants: Vec<TemplateVariant>) -> String {
    let mut templates = TemplateServiceClient::new(desk.channel.clone());
    let request = CreateTemplateRequest {
        kind: MessageKind::InterviewInvitation.into(),
        name: name.to_owned(),
        variants,
        request_id: String::new(),
    };
    let made = templates.create_template(desk.request(request)).await.expect("a template").into_inner();
    let template_id = made.template.expect("it is told").template_id;
    let request = PublishTemplateRequest { template_id: template_id.clone(), ..PublishTemplateRequest::default() };
    templates.publish_template(desk.request(request)).await.expect("it is published");
    template_id
}

/// An invitation without the part that introduces the team.
fn cut(body: &str) -> String {
    let (before, rest) = body.split_once(PART.0).expect("the library introduces the team");
    let (_, after) = rest.split_once(PART.1).expect("the part ends");
    format!("{before}{after}")
}

/// Writes a campaign down for the whole pool and begins it. The campaign.
pub async fn begin_campaign(desk: &Desk, company: &str, now: DateTime<Utc>) -> String {
    let facts = MessageFacts {
        position: "Platform Engineer".to_owned(),
        company: company.to_owned(),
        place: "Singapore".to_owned(),
        contact_name: "Rita Recruiter".to_owned(),
        contact_channel: "+65 5550 0100".to_owned(),
        ..MessageFacts::default()
    };
    let days = |days: usize| now + chrono::TimeDelta::days(i64::try_from(days).expect("a few"));
    let spec = CampaignSpec {
        name: "To those we know".to_owned(),
        kind: CampaignKind::Activation.into(),
        segment: Some(CampaignSegment { query: format!("source:{POOL}"), ..CampaignSegment::default() }),
        steps: vec![CampaignStep { wait_days: 0, facts: Some(facts), facts_zh: None }],
        holdout_percent: HOLDOUT_PERCENT,
        rate_per_hour: 10_000,
        end_time: Some(wire::timestamp(days(WINDOW))),
        outcome_days: i32::try_from(WINDOW).expect("a few"),
        ..CampaignSpec::default()
    };
    let mut campaigns = CampaignServiceClient::new(desk.channel.clone());
    let request = CreateCampaignRequest { spec: Some(spec), request_id: String::new() };
    let made = campaigns.create_campaign(desk.request(request)).await.expect("a campaign").into_inner();
    let campaign_id = made.campaign.expect("it is told").campaign_id;
    let request = StartCampaignRequest { campaign_id: campaign_id.clone(), ..StartCampaignRequest::default() };
    campaigns.start_campaign(desk.request(request)).await.expect("it begins");
    campaign_id
}

/// From what its groups follow.
pub async fn campaign_seed(desk: &Desk, campaign: &str) -> String {
    let request = GetCampaignRequest { campaign_id: campaign.to_owned() };
    let mut campaigns = CampaignServiceClient::new(desk.channel.clone());
    let read = campaigns.get_campaign(desk.request(request)).await.expect("a campaign").into_inner();
    read.campaign.expect("it is told").assignment_seed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_introduction_is_cut_and_nothing_else() {
        let body = "a{% if place %}b{% endif %}{% if team_introduction %}About the team: c\n\n{% endif %}d";
        assert_eq!(cut(body), "a{% if place %}b{% endif %}d");
    }
}
