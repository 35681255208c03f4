//! A requisition changes.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::ats::v1::UpdateJobRequest;

use super::create_job::{competency, member, stage};
use crate::{domain::job::Job, store};

const FIELDS: [&str; 11] = [
    "title",
    "location",
    "description",
    "required_skills",
    "wished_skills",
    "employment_type",
    "owner",
    "hiring_team",
    "competencies",
    "openings",
    "stages",
];

pub async fn run(tx: &mut TenantTx, request: UpdateJobRequest) -> Result<Job> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let mut job = store::jobs::lock(tx, wire::id("job_id", &request.job_id)?).await?;
    wire::check_etag(&request.etag, job.version)?;
    for path in &mask {
        change(&mut job, path, &request)?;
    }
    job.check()?;
    job.version += 1;
    job.update_time = tx.now();
    if mask.iter().any(|path| path == "stages") {
        change_stages(tx, &job).await?;
    }
    store::jobs::update(tx, &job).await?;
    Ok(job)
}

fn change(job: &mut Job, path: &str, request: &UpdateJobRequest) -> Result<()> {
    let required = |field| Error::invalid(field, "FIELD_REQUIRED", "can not be made empty");
    match path {
        "title" if request.title.is_empty() => return Err(required("title")),
        "owner" if request.owner.is_empty() => return Err(required("owner")),
        "stages" if request.stages.is_empty() => return Err(required("stages")),
        "title" => job.title.clone_from(&request.title),
        "location" => job.location.clone_from(&request.location),
        "description" => job.description.clone_from(&request.description),
        "required_skills" => job.required_skills.clone_from(&request.required_skills),
        "wished_skills" => job.wished_skills.clone_from(&request.wished_skills),
        "employment_type" => job.employment_type = request.employment_type(),
        "owner" => job.owner.clone_from(&request.owner),
        "hiring_team" => job.hiring_team = request.hiring_team.iter().cloned().map(member).collect(),
        "competencies" => job.competencies = request.competencies.iter().cloned().map(competency).collect(),
        "stages" => job.stages = request.stages.iter().cloned().map(stage).collect(),
        _ => job.openings = request.openings.max(1),
    }
    Ok(())
}

/// Nobody may stand in a stage that is gone; and whoever stands in one is measured by its service level of now.
async fn change_stages(tx: &mut TenantTx, job: &Job) -> Result<()> {
    let live = store::applications::live_on(tx, job.id).await?;
    for application in &live {
        if job.stage(&application.stage).is_none() {
            let there = live.iter().filter(|other| other.stage == application.stage).count();
            return Err(Error::failed_precondition(
                "STAGE_IN_USE",
                format!("{there} live applications stand in stage {}; move them first", application.stage),
            )
            .with("stage", &application.stage)
            .with("applications", there));
        }
    }
    super::say::watch_stage(tx, job, &live).await
}
