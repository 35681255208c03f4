//! A requisition is written down.

use chassis::{Result, TenantTx};
use usher_proto::ats::v1::{self as pb, CreateJobRequest, JobState};

use crate::{
    domain::job::{Competency, Job, JobId, Member, Stage},
    store,
};

pub async fn run(tx: &mut TenantTx, request: CreateJobRequest) -> Result<Job> {
    let employment_type = request.employment_type();
    let stages = if request.stages.is_empty() {
        store::settings::get(tx).await?.default_stages
    } else {
        request.stages.into_iter().map(stage).collect()
    };
    let owner = if request.owner.is_empty() { tx.ctx().actor.to_string() } else { request.owner };
    let job = Job {
        id: JobId::new(),
        title: request.title,
        company_name: request.company_name,
        location: request.location,
        description: request.description,
        required_skills: request.required_skills,
        wished_skills: request.wished_skills,
        employment_type,
        owner,
        hiring_team: request.hiring_team.into_iter().map(member).collect(),
        competencies: request.competencies.into_iter().map(competency).collect(),
        openings: request.openings.max(1),
        filled: 0,
        state: JobState::Draft,
        stages,
        version: 1,
        create_time: tx.now(),
        update_time: tx.now(),
    };
    job.check()?;
    store::jobs::insert(tx, &job).await?;
    Ok(job)
}

pub fn stage(stage: pb::Stage) -> Stage {
    Stage { key: stage.key, display_name: stage.display_name, service_level_hours: stage.service_level_hours }
}

pub fn member(member: pb::TeamMember) -> Member {
    Member { user_id: member.user_id, role: member.role }
}

pub fn competency(competency: pb::Competency) -> Competency {
    Competency { key: competency.key, display_name: competency.display_name, description: competency.description }
}
