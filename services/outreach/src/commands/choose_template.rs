//! Which text a message is made from: the one that it names, else the one of the arm that its reader is in, else the
//! default of its kind.

use chassis::{Error, Result, TenantTx, wire};
use outbox::merging;
use usher_proto::outreach::v1::MessageDraft;

use crate::{
    domain::{
        choice::{Chosen, choose},
        experiment::{Assignment, Experiment},
        message::CandidateId,
        template::DEFAULT,
    },
    queries::templates,
    store,
};

/// A dry run draws, but keeps no draw. Errors: `INVALID_ARGUMENT` (`TEMPLATE_NOT_FOUND`), `FAILED_PRECONDITION`
/// (`TEMPLATE_STATE`).
pub async fn run(tx: &mut TenantTx, draft: &MessageDraft, language: &str, dry: bool) -> Result<Chosen> {
    let kind = draft.kind();
    let found = if draft.template.is_empty() {
        if let Some(experiment) = store::experiments::running(tx, kind).await? {
            return of_experiment(tx, &experiment, draft, language, dry).await;
        }
        templates::referred(tx, kind, DEFAULT).await?
    } else {
        templates::referred(tx, kind, &draft.template).await?
    };
    if let Some(own) = &found.own {
        own.expect_published()?;
    }
    choose(found.own.as_ref(), found.library.as_ref(), language).ok_or_else(|| unknown(draft))
}

async fn of_experiment(
    tx: &mut TenantTx,
    experiment: &Experiment,
    draft: &MessageDraft,
    language: &str,
    dry: bool,
) -> Result<Chosen> {
    let CandidateId(candidate) = wire::id("draft.candidate_id", &draft.candidate_id)?;
    let candidate = CandidateId(merging::stands_for(tx, candidate).await?);
    let assignment = assigned(tx, experiment, candidate, dry).await?;
    let arm = experiment.arm(&assignment.arm).ok_or_else(|| Error::internal("an arm is gone", &assignment.arm))?;
    let found = templates::referred(tx, experiment.kind, &arm.template_id).await?;
    let chosen = choose(found.own.as_ref(), found.library.as_ref(), language).ok_or_else(|| unknown(draft))?;
    Ok(Chosen { assignment: Some(assignment), ..chosen })
}

/// The arm that a person is in; drawn now if they are in none.
async fn assigned(tx: &mut TenantTx, experiment: &Experiment, candidate: CandidateId, dry: bool) -> Result<Assignment> {
    if let Some(known) = store::experiments::assignment(tx, experiment.id, candidate).await? {
        return Ok(known);
    }
    let draw: f64 = rand::random();
    let arm = experiment.drawn(draw).map(|arm| arm.name.clone()).unwrap_or_default();
    let drawn = Assignment { experiment_id: experiment.id, arm, draw };
    if dry { Ok(drawn) } else { store::experiments::assign(tx, candidate, drawn).await }
}

fn unknown(draft: &MessageDraft) -> Error {
    let kind = draft.kind().as_str_name();
    Error::invalid(
        "draft.template",
        "TEMPLATE_NOT_FOUND",
        format!("stands for no template of {kind}; ListTemplates shows them"),
    )
}
