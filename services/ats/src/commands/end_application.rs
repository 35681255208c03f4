//! An application ends: hired, rejected by a person, or withdrawn. Its interviews are called off with it, and what is on
//! offer is taken back.

use chassis::{Result, TenantTx};
use usher_proto::{
    ats::v1::{ApplicationEnded, ApplicationState, TaskKind},
    outreach::v1::MessageKind,
};

use super::{follow_merge, history, interview_changes, offer_changes, say, turn};
use crate::{
    domain::{
        application::{Application, ApplicationId},
        moment::What,
        timer::TimerKind,
    },
    store,
};

/// Who ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Host,
    /// Through the candidate centre.
    Candidate,
}

pub async fn run(
    tx: &mut TenantTx,
    id: ApplicationId,
    etag: &str,
    state: ApplicationState,
    reason: String,
    by: By,
) -> Result<Application> {
    let mut application = store::applications::lock(tx, id).await?;
    chassis::wire::check_etag(etag, application.version)?;
    let stage = application.stage.clone();
    let (actor, now) = (tx.ctx().actor.clone(), tx.now());
    let step = application.go(&stage, state, actor, reason, now)?;
    store::applications::go(tx, &application, &step).await?;
    store::timers::clear(tx, &[id.0], &[TimerKind::StageOverdue]).await?;
    say::settle(tx, &application, &[TaskKind::StageOverdue, TaskKind::TellJobClosed]).await?;
    call_interviews_off(tx, &application, by).await?;
    offer_changes::application_ended(tx, &application, by).await?;
    let ended = ApplicationEnded {
        application_id: application.id.to_string(),
        job_id: application.job_id.to_string(),
        candidate_id: application.candidate_id.to_string(),
        stage,
        state: state.into(),
        by_candidate: by == By::Candidate,
    };
    outbox::append(tx, application.id, &ended).await?;
    follow_merge::ended(tx, application.candidate_id).await?;
    turn::settle(tx, application.id).await?;
    Ok(application)
}

async fn call_interviews_off(tx: &mut TenantTx, application: &Application, by: By) -> Result<()> {
    let policy = store::settings::get(tx).await?.reschedule_policy;
    for mut interview in store::interviews::lock_of_application(tx, application.id).await? {
        if interview.was_missed() {
            history::ended(tx, interview.id, What::ApplicationEnded).await?;
            say::settle(tx, &interview, &[TaskKind::FollowUpNoShow]).await?;
        }
        if !interview.is_open(tx.now()) {
            continue;
        }
        interview.cancel(&policy, "the application ended".to_owned(), tx.now())?;
        interview_changes::call_off(tx, &interview).await?;
        // Who withdrew by themselves called it off; who is rejected or hired must not travel.
        let kind = match (by, application.state) {
            (By::Candidate, ApplicationState::Withdrawn) => MessageKind::InterviewDeclined,
            _ => MessageKind::InterviewCancelled,
        };
        interview_changes::tell_called_off(tx, &interview, kind).await?;
    }
    Ok(())
}
