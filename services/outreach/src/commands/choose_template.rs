//! Which text a message is made from: the one that it names, else the one of the arm that its reader is in, else the
//! default of its kind.

use std::collections::HashMap;

use chassis::{Error, Result, TenantTx, wire};
use outbox::merging;
use usher_proto::outreach::v1::{MessageDraft, MessageKind};

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

/// What was chosen for messages before, for those after them in the same transaction.
#[derive(Debug, Default)]
pub struct Memory {
    experiments: HashMap<i32, Option<Experiment>>,
    /// By kind, name and language.
    chosen: HashMap<(i32, String, String), Chosen>,
}

impl Memory {
    async fn running(&mut self, tx: &mut TenantTx, kind: MessageKind) -> Result<Option<&Experiment>> {
        let key = i32::from(kind);
        if !self.experiments.contains_key(&key) {
            self.experiments.insert(key, store::experiments::running(tx, kind).await?);
        }
        Ok(self.experiments.get(&key).and_then(Option::as_ref))
    }
}

/// A dry run draws, but keeps no draw. Errors: `INVALID_ARGUMENT` (`TEMPLATE_NOT_FOUND`), `FAILED_PRECONDITION`
/// (`TEMPLATE_STATE`).
pub async fn run(
    tx: &mut TenantTx,
    memory: &mut Memory,
    draft: &MessageDraft,
    language: &str,
    dry: bool,
) -> Result<Chosen> {
    if draft.template.is_empty()
        && let Some(experiment) = memory.running(tx, draft.kind()).await?
    {
        return of_experiment(tx, experiment, draft, language, dry).await;
    }
    let key = (draft.kind, draft.template.clone(), language.to_owned());
    if let Some(known) = memory.chosen.get(&key) {
        return Ok(known.clone());
    }
    let chosen = by_name(tx, draft, language).await?;
    memory.chosen.insert(key, chosen.clone());
    Ok(chosen)
}

async fn by_name(tx: &mut TenantTx, draft: &MessageDraft, language: &str) -> Result<Chosen> {
    let name = if draft.template.is_empty() { DEFAULT } else { &draft.template };
    let found = templates::referred(tx, draft.kind(), name).await?;
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
