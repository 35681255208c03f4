//! Applications and their steps.

use chassis::wire::{etag, timestamp};
use usher_proto::ats::v1 as pb;

use crate::{
    domain::application::{Application, Transition},
    queries::Waiting,
};

pub fn application(application: Application, transitions: Vec<Transition>) -> pb::Application {
    pb::Application {
        application_id: application.id.to_string(),
        job_id: application.job_id.to_string(),
        candidate_id: application.candidate_id.to_string(),
        stage: application.stage,
        state: application.state.into(),
        source: application.source,
        transitions: transitions.into_iter().map(transition).collect(),
        create_time: Some(timestamp(application.create_time)),
        update_time: Some(timestamp(application.update_time)),
        stage_time: Some(timestamp(application.stage_time)),
        etag: etag(application.version),
        turn: pb::Turn::Unspecified.into(),
        turn_since: None,
        waiting_working_days: 0,
        turn_reason: pb::TurnReason::Unspecified.into(),
        clash_application_id: application.clash_with.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// With whose turn it is.
pub fn whose_turn(shown: pb::Application, waiting: Option<&Waiting>) -> pb::Application {
    let Some(Waiting { turn, working_days }) = waiting else { return shown };
    pb::Application {
        turn: turn.whose.into(),
        turn_since: Some(timestamp(turn.since)),
        waiting_working_days: (*working_days).try_into().unwrap_or(i32::MAX),
        turn_reason: turn.reason.into(),
        ..shown
    }
}

fn transition(step: Transition) -> pb::Transition {
    pb::Transition {
        from_stage: step.from_stage,
        to_stage: step.to_stage,
        to_state: step.to_state.into(),
        actor: step.actor.to_string(),
        reason: step.reason,
        time: Some(timestamp(step.time)),
    }
}
