//! Jobs and how a tenant works.

use chassis::wire::{duration, etag, timestamp};
use usher_proto::ats::v1 as pb;

use super::onboardings::checklist_entry;
use crate::domain::{
    cadence::Cadence,
    job::{Competency, Job, Member, Stage, Transition},
    settings::{ReschedulePolicy, Settings},
};

pub fn job(job: Job, transitions: Vec<Transition>) -> pb::Job {
    pb::Job {
        job_id: job.id.to_string(),
        title: job.title,
        company_name: job.company_name,
        location: job.location,
        description: job.description,
        required_skills: job.required_skills,
        wished_skills: job.wished_skills,
        employment_type: job.employment_type.into(),
        owner: job.owner,
        hiring_team: job.hiring_team.into_iter().map(member).collect(),
        competencies: job.competencies.into_iter().map(competency).collect(),
        openings: job.openings,
        filled: job.filled,
        state: job.state.into(),
        stages: job.stages.into_iter().map(stage).collect(),
        transitions: transitions.into_iter().map(transition).collect(),
        create_time: Some(timestamp(job.create_time)),
        update_time: Some(timestamp(job.update_time)),
        etag: etag(job.version),
    }
}

fn member(member: Member) -> pb::TeamMember {
    pb::TeamMember { user_id: member.user_id, role: member.role }
}

fn competency(competency: Competency) -> pb::Competency {
    pb::Competency { key: competency.key, display_name: competency.display_name, description: competency.description }
}

fn transition(step: Transition) -> pb::JobTransition {
    pb::JobTransition {
        from_state: step.from_state.into(),
        to_state: step.to_state.into(),
        actor: step.actor.to_string(),
        reason: step.reason,
        time: Some(timestamp(step.time)),
    }
}

pub fn settings(settings: Settings, cadence: &Cadence) -> pb::Settings {
    pb::Settings {
        cadences: cadence.rules(&settings).iter().map(super::cadences::rule).collect(),
        default_stages: settings.default_stages.into_iter().map(stage).collect(),
        calendar: Some(super::calendar::calendar(settings.calendar)),
        employer_silence_days: settings.employer_silence_days.try_into().unwrap_or(i32::MAX),
        update_time: settings.update_time.map(timestamp),
        etag: etag(settings.version),
        reschedule_policy: Some(reschedule_policy(settings.reschedule_policy)),
        default_offer_approvers: settings.default_offer_approvers,
        onboarding_checklist: settings.onboarding_checklist.into_iter().map(checklist_entry).collect(),
    }
}

fn reschedule_policy(policy: ReschedulePolicy) -> pb::ReschedulePolicy {
    pb::ReschedulePolicy {
        cutoff: Some(duration(policy.cutoff())),
        cap: policy.cap,
        hold: Some(duration(policy.hold())),
    }
}

fn stage(stage: Stage) -> pb::Stage {
    pb::Stage { key: stage.key, display_name: stage.display_name, service_level_hours: stage.service_level_hours }
}
