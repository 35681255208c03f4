//! A requisition changes.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::ats::v1::UpdateJobRequest;

use crate::{domain::job::Job, store};

const FIELDS: [&str; 5] = ["title", "location", "description", "required_skills", "openings"];

pub async fn run(tx: &mut TenantTx, request: UpdateJobRequest) -> Result<Job> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &FIELDS)?;
    let mut job = store::jobs::lock(tx, wire::id("job_id", &request.job_id)?).await?;
    wire::check_etag(&request.etag, job.version)?;
    for path in &mask {
        match path.as_str() {
            "title" if request.title.is_empty() => {
                return Err(Error::invalid("title", "FIELD_REQUIRED", "can not be made empty"));
            }
            "title" => job.title.clone_from(&request.title),
            "location" => job.location.clone_from(&request.location),
            "description" => job.description.clone_from(&request.description),
            "required_skills" => job.required_skills.clone_from(&request.required_skills),
            _ => job.openings = request.openings.max(1),
        }
    }
    job.version += 1;
    job.update_time = tx.now();
    store::jobs::update(tx, &job).await?;
    Ok(job)
}
