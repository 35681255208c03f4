//! A résumé is forgotten.

use chassis::{Result, TenantTx, wire};
use usher_proto::talent::v1::{DeleteResumeRequest, ResumeDeleted};

use crate::{domain::resume::ResumeId, store};

pub async fn run(tx: &mut TenantTx, request: DeleteResumeRequest) -> Result<()> {
    let id: ResumeId = wire::id("resume_id", &request.resume_id)?;
    let candidate = store::resumes::delete(tx, id).await?;
    let event = ResumeDeleted { candidate_id: candidate.to_string(), resume_id: id.to_string() };
    outbox::append(tx, candidate, &event).await?;
    Ok(())
}
