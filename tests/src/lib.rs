//! The whole suite in one test process, and people to work with. The tests themselves are in `tests/it/`.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests that can not stand up fail"
)]

pub mod bench;
pub mod faults;
pub mod pods;
pub mod processor;
pub mod program;
pub mod simulator;
pub mod sink;

use std::path::Path;

use chassis::{Service, TenantId};
use testkit::{Site, Tuning};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{
        CreateApplicationRequest, CreateJobRequest, Interviewer, OpenJobRequest, ScheduleInterviewRequest,
        application_service_client::ApplicationServiceClient, interview_service_client::InterviewServiceClient,
        job_service_client::JobServiceClient,
    },
    outreach::v1::{
        ContactPolicy, MessageFacts, QuietHours, UpdateContactPolicyRequest,
        contact_policy_service_client::ContactPolicyServiceClient,
    },
    talent::v1::{
        CampaignKind, CampaignSegment, CampaignSpec, CampaignStep, CandidateProfile, CreateCandidateRequest, Language,
        SegmentPreset, candidate_service_client::CandidateServiceClient,
    },
};

/// The whole suite, with mails going into a folder; accounts' own issuer and the site sign with the same key.
pub async fn suite(mail: &Path) -> Site {
    suite_in(&testkit::new_key(), mail, Path::new("")).await
}

/// As [`suite`], with a key and a folder of talent's index that outlast a restart.
pub async fn suite_in(key: &str, mail: &Path, index: &Path) -> Site {
    let tuning = Tuning { key: Some(key.to_owned()), ..Tuning::default() };
    Site::start_with(tuning, services(key, mail, index)).await
}

/// Every service.
pub fn services(key: &str, mail: &Path, index: &Path) -> Vec<Box<dyn Service>> {
    let outreach = usher_outreach::Outreach::new(&outreach_settings(mail), &[7; 32], outbox::Settings::default());
    services_with(key, mail, index, outreach.expect("the settings are good"))
}

/// Outreach as most tests have it: mails go into a folder.
pub fn outreach_settings(mail: &Path) -> usher_outreach::Settings {
    usher_outreach::Settings {
        smtp_url: String::new().into(),
        mail_folder: mail.display().to_string(),
        from: "Usher <no-reply@usher.example>".to_owned(),
        workers: 4,
        allow_private_addresses: false,
        answer_seconds: 25,
    }
}

/// Every service, with an outreach of one's own.
pub fn services_with(
    key: &str,
    mail: &Path,
    index: &Path,
    outreach: usher_outreach::Outreach,
) -> Vec<Box<dyn Service>> {
    let outbox = outbox::Settings::default;
    let issuer = usher_accounts::BuiltInIssuer::new(&key.to_owned().into(), "usher").expect("a fresh key");
    let edge = usher_edge::Settings { dev_inbox: mail.display().to_string() };
    vec![
        Box::new(usher_accounts::Accounts::new(Some(issuer), outbox())),
        Box::new(usher_ats::Ats::with_key([7; 32], 24, outbox())),
        Box::new(talent(index)),
        Box::new(outreach),
        Box::new(usher_analytics::Analytics::new(outbox())),
        Box::new(usher_edge::Edge::new(edge)),
    ]
}

/// A person of the pool.
pub async fn candidate(site: &Site, tenant: &TenantId, email: &str) -> String {
    let profile = CandidateProfile {
        display_name: "林晓".to_owned(),
        email: email.to_owned(),
        language: Language::ZhCn.into(),
        time_zone: "Asia/Shanghai".to_owned(),
        ..CandidateProfile::default()
    };
    let request = CreateCandidateRequest { profile: Some(profile), request_id: String::new() };
    CandidateServiceClient::new(site.channel())
        .create_candidate(site.request(tenant, Role::Service, request))
        .await
        .expect("a candidate")
        .into_inner()
        .candidate
        .unwrap()
        .candidate_id
}

/// An open job and an application of that person.
pub async fn application(site: &Site, tenant: &TenantId, candidate: &str) -> (String, String) {
    let mut jobs = JobServiceClient::new(site.channel());
    let request = CreateJobRequest {
        title: "Java 后端工程师".to_owned(),
        company_name: "晨光科技".to_owned(),
        ..CreateJobRequest::default()
    };
    let job = jobs.create_job(site.request(tenant, Role::Service, request)).await.expect("a job").into_inner();
    let job_id = job.job.unwrap().job_id;
    let request = OpenJobRequest { job_id: job_id.clone(), request_id: String::new() };
    jobs.open_job(site.request(tenant, Role::Service, request)).await.expect("an open job");
    let request = CreateApplicationRequest {
        job_id: job_id.clone(),
        candidate_id: candidate.to_owned(),
        source: "talent_pool".to_owned(),
        request_id: String::new(),
    };
    let application = ApplicationServiceClient::new(site.channel())
        .create_application(site.request(tenant, Role::Service, request))
        .await
        .expect("an application")
        .into_inner();
    (job_id, application.application.unwrap().application_id)
}

/// A request for an interview with all facts, so many days from now.
pub fn interview(site: &Site, application: &str, days: i64) -> ScheduleInterviewRequest {
    ScheduleInterviewRequest {
        application_id: application.to_owned(),
        start_time: Some(chassis::wire::timestamp(site.clock().now() + chrono::TimeDelta::days(days))),
        time_zone: "Asia/Shanghai".to_owned(),
        place: "漕河泾 88 号 3 楼".to_owned(),
        interviewers: vec![Interviewer {
            user_id: String::new(),
            display_name: "周敏".to_owned(),
            title: "后端负责人".to_owned(),
        }],
        contact_name: "Rita Recruiter".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        ..ScheduleInterviewRequest::default()
    }
}

/// Schedules one.
pub async fn scheduled(site: &Site, tenant: &TenantId, request: ScheduleInterviewRequest) -> String {
    InterviewServiceClient::new(site.channel())
        .schedule_interview(site.request(tenant, Role::Service, request))
        .await
        .expect("an interview")
        .into_inner()
        .interview
        .unwrap()
        .interview_id
}

/// From now on the tenant writes at any hour, so that it does not matter when a test runs.
pub async fn restless(site: &Site, tenant: &TenantId) {
    let never = Some(QuietHours::default());
    let policy = ContactPolicy { marketing: never.clone(), reminders: never, ..ContactPolicy::default() };
    let paths = vec!["marketing".to_owned(), "reminders".to_owned()];
    let request = UpdateContactPolicyRequest {
        policy: Some(policy),
        update_mask: Some(prost_types::FieldMask { paths }),
        ..UpdateContactPolicyRequest::default()
    };
    ContactPolicyServiceClient::new(site.channel())
        .update_contact_policy(site.request(tenant, Role::Admin, request))
        .await
        .expect("a policy");
}

/// A campaign to those who have been silent for three months: two messages, the second three days after the first.
pub fn campaign(site: &Site, holdout_percent: i32) -> CampaignSpec {
    let facts = MessageFacts {
        position: "Java 后端工程师".to_owned(),
        company: "晨光科技".to_owned(),
        place: "上海".to_owned(),
        contact_name: "Rita Recruiter".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        ..MessageFacts::default()
    };
    let step = |wait_days| CampaignStep { wait_days, facts: Some(facts.clone()), facts_zh: None };
    CampaignSpec {
        name: "Spring".to_owned(),
        kind: CampaignKind::Activation.into(),
        segment: Some(CampaignSegment { preset: SegmentPreset::Dormant.into(), ..CampaignSegment::default() }),
        steps: vec![step(0), step(3)],
        holdout_percent,
        end_time: Some(chassis::wire::timestamp(site.clock().now() + chrono::TimeDelta::days(30))),
        ..CampaignSpec::default()
    }
}

fn talent(index: &Path) -> usher_talent::Talent {
    usher_talent::Talent::with_master_keys(master_keys(), outbox::Settings::default())
        .with_reader(program::place())
        .with_index_folder(index.to_owned())
}

fn master_keys() -> usher_talent::MasterKeys {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    usher_talent::MasterKeys::read(&STANDARD.encode([9; 32]).into()).expect("32 bytes in base64")
}
