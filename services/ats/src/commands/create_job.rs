//! A requisition is written down.

use chassis::{Result, TenantTx};
use usher_proto::ats::v1::{CreateJobRequest, JobState};

use crate::{
    domain::job::{Job, JobId, Stage, check_stages, default_stages},
    store,
};

pub async fn run(tx: &mut TenantTx, request: CreateJobRequest) -> Result<Job> {
    let stages: Vec<Stage> = request
        .stages
        .into_iter()
        .map(|stage| Stage {
            key: stage.key,
            display_name: stage.display_name,
            service_level_hours: stage.service_level_hours,
        })
        .collect();
    check_stages(&stages)?;
    let job = Job {
        id: JobId::new(),
        title: request.title,
        company_name: request.company_name,
        location: request.location,
        description: request.description,
        required_skills: request.required_skills,
        openings: request.openings.max(1),
        state: JobState::Draft,
        stages: if stages.is_empty() { default_stages() } else { stages },
        version: 1,
        create_time: tx.now(),
        update_time: tx.now(),
    };
    store::jobs::insert(tx, &job).await?;
    Ok(job)
}
