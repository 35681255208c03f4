//! Which text a message is made from: the one that it names, else the one of the arm that its reader is in, else the
//! default of its kind.

use std::collections::{HashMap, hash_map::Entry};

use chassis::{Error, Result, TenantTx, wire};
use outbox::merging;
use usher_proto::outreach::v1::{MessageDraft, MessageKind};

use crate::{
    domain::{
        choice::{Chosen, choose},
        experiment::{Assignment, Experiment, ExperimentId},
        message::CandidateId,
        template::DEFAULT,
    },
    queries::templates,
    store,
};

/// By kind.
type Running = HashMap<i32, Option<Experiment>>;

type Drawn = HashMap<(ExperimentId, CandidateId), Assignment>;

/// What was chosen for messages before, for those after them in the same transaction.
#[derive(Debug, Default)]
pub struct Memory {
    experiments: Running,
    drawn: Drawn,
    /// By kind, name and language.
    chosen: HashMap<(i32, String, String), Chosen>,
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
        && let Some(experiment) = running(tx, &mut memory.experiments, draft.kind()).await?
    {
        return of_experiment(tx, experiment, &mut memory.drawn, draft, language, dry).await;
    }
    let key = (draft.kind, draft.template.clone(), language.to_owned());
    if let Some(known) = memory.chosen.get(&key) {
        return Ok(known.clone());
    }
    let chosen = by_name(tx, draft, language).await?;
    memory.chosen.insert(key, chosen.clone());
    Ok(chosen)
}

async fn running<'memory>(
    tx: &mut TenantTx,
    known: &'memory mut Running,
    kind: MessageKind,
) -> Result<Option<&'memory Experiment>> {
    let found = match known.entry(i32::from(kind)) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(store::experiments::running(tx, kind).await?),
    };
    Ok(found.as_ref())
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
    drawn: &mut Drawn,
    draft: &MessageDraft,
    language: &str,
    dry: bool,
) -> Result<Chosen> {
    let CandidateId(candidate) = wire::id("draft.candidate_id", &draft.candidate_id)?;
    let candidate = CandidateId(merging::stands_for(tx, candidate).await?);
    let assignment = match drawn.get(&(experiment.id, candidate)) {
        Some(drawn) => drawn.clone(),
        None => assigned(tx, experiment, candidate, dry).await?,
    };
    drawn.insert((experiment.id, candidate), assignment.clone());
    let arm = experiment.arm(&assignment.arm).ok_or_else(|| Error::internal("an arm is gone", &assignment.arm))?;
    let found = templates::referred(tx, experiment.kind, &arm.template_id).await?;
    let chosen = choose(found.own.as_ref(), found.library.as_ref(), language).ok_or_else(|| unknown(draft))?;
    Ok(Chosen { assignment: Some(assignment), ..chosen })
}

/// The arm that a person is in; drawn now if they are in none. The draw is kept with the message that it is for, and nobody
/// else draws for them until then.
async fn assigned(tx: &mut TenantTx, experiment: &Experiment, candidate: CandidateId, dry: bool) -> Result<Assignment> {
    if let Some(known) = store::experiments::assignment(tx, experiment.id, candidate).await? {
        return Ok(known);
    }
    if !dry {
        store::experiments::hold(tx, experiment.id, candidate).await?;
        // Whoever held them may have kept a draw.
        if let Some(known) = store::experiments::assignment(tx, experiment.id, candidate).await? {
            return Ok(known);
        }
    }
    let draw: f64 = rand::random();
    let arm = experiment.drawn(draw).map(|arm| arm.name.clone()).unwrap_or_default();
    Ok(Assignment { experiment_id: experiment.id, arm, draw })
}

fn unknown(draft: &MessageDraft) -> Error {
    let kind = draft.kind().as_str_name();
    Error::invalid(
        "draft.template",
        "TEMPLATE_NOT_FOUND",
        format!("stands for no template of {kind}; ListTemplates shows them"),
    )
}
