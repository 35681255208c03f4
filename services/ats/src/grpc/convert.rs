//! From the domain to protobuf.

use chassis::wire::{duration, etag, timestamp};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1 as pb;

use crate::{
    domain::{
        application::{Application, Transition},
        interview::{Interview, Interviewer},
        job::{self, Competency, Job, Member, Stage},
        settings::Settings,
        task::Task,
    },
    store::interviews::{Entry, Feedback},
};

pub fn job(job: Job, transitions: Vec<job::Transition>) -> pb::Job {
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
        transitions: transitions.into_iter().map(job_transition).collect(),
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

fn job_transition(step: job::Transition) -> pb::JobTransition {
    pb::JobTransition {
        from_state: step.from_state.into(),
        to_state: step.to_state.into(),
        actor: step.actor.to_string(),
        reason: step.reason,
        time: Some(timestamp(step.time)),
    }
}

pub fn settings(settings: Settings) -> pb::Settings {
    pb::Settings {
        default_stages: settings.default_stages.into_iter().map(stage).collect(),
        update_time: settings.update_time.map(timestamp),
        etag: etag(settings.version),
    }
}

fn stage(stage: Stage) -> pb::Stage {
    pb::Stage { key: stage.key, display_name: stage.display_name, service_level_hours: stage.service_level_hours }
}

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

pub fn interview(interview: Interview, feedback: Vec<Feedback>, attendance: Vec<Entry>) -> pb::Interview {
    pb::Interview {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage,
        attempt: interview.attempt,
        state: interview.state.into(),
        attendance: interview.attendance.into(),
        start_time: Some(timestamp(interview.start_time)),
        duration: Some(duration(interview.duration)),
        time_zone: interview.time_zone,
        place: interview.place,
        link: interview.link,
        interviewers: interview.interviewers.into_iter().map(interviewer).collect(),
        materials: interview.materials,
        contact_name: interview.contact_name,
        contact_channel: interview.contact_channel,
        answer_by: Some(timestamp(interview.answer_by)),
        offered_times: interview.offered_times.into_iter().map(timestamp).collect(),
        candidate_note: interview.candidate_note,
        calendar_sequence: interview.calendar_sequence,
        team_introduction: interview.team_introduction,
        feedback: feedback.into_iter().map(given).collect(),
        create_time: Some(timestamp(interview.create_time)),
        etag: etag(interview.version),
        attendance_history: attendance.into_iter().map(entry).collect(),
    }
}

fn entry(entry: Entry) -> pb::AttendanceEntry {
    pb::AttendanceEntry {
        attendance: entry.attendance.into(),
        corrects: entry.corrects.into(),
        reason: entry.reason,
        actor: entry.actor,
        time: Some(timestamp(entry.time)),
    }
}

fn interviewer(interviewer: Interviewer) -> pb::Interviewer {
    pb::Interviewer { user_id: interviewer.user_id, display_name: interviewer.display_name, title: interviewer.title }
}

fn given(feedback: Feedback) -> pb::Feedback {
    pb::Feedback {
        author: feedback.author,
        recommendation: feedback.recommendation.into(),
        note: feedback.note,
        topics_asked: feedback.topics_asked,
        create_time: Some(timestamp(feedback.create_time)),
    }
}

pub fn task(task: Task) -> pb::Task {
    pb::Task {
        task_id: task.id.to_string(),
        kind: task.kind.into(),
        state: task.state.into(),
        candidate_id: task.about.candidate_id.to_string(),
        application_id: task.about.application_id.to_string(),
        interview_id: task.about.interview_id.map(|id| id.to_string()).unwrap_or_default(),
        why: task.why,
        suggestion: task.suggestion,
        create_time: Some(timestamp(task.create_time)),
        due_time: Some(timestamp(task.due_time)),
        claimed_by: task.claimed_by.unwrap_or_default(),
        claim_time: task.claim_time.map(timestamp),
    }
}

/// What the candidate may know, field by field; whatever is added to an interview stays out until it is added here.
pub fn centre(interview: Interview, job: Job, tenant: chassis::TenantId, now: DateTime<Utc>) -> pb::Centre {
    let open = interview.is_open(now);
    pb::Centre {
        calendar_uid: interview.calendar_uid(),
        calendar_sequence: interview.calendar_sequence,
        company_name: job.company_name,
        job_title: job.title,
        state: interview.state.into(),
        start_time: Some(timestamp(interview.start_time)),
        duration: Some(duration(interview.duration)),
        offered_times: if open { interview.free_times(now).into_iter().map(timestamp).collect() } else { Vec::new() },
        revision: etag(interview.version),
        can_confirm: open && interview.is_ahead(now) && interview.state != pb::InterviewState::Confirmed,
        can_request_other_time: open && interview.state != pb::InterviewState::OtherTimeRequested,
        can_withdraw: open,
        candidate_id: interview.candidate_id.to_string(),
        tenant_id: tenant.to_string(),
        time_zone: interview.time_zone,
        place: interview.place,
        link: interview.link,
        interviewers: interview
            .interviewers
            .into_iter()
            .map(|met| pb::Interviewer { user_id: String::new(), ..interviewer(met) })
            .collect(),
        materials: interview.materials,
        contact_name: interview.contact_name,
        contact_channel: interview.contact_channel,
        answer_by: Some(timestamp(interview.answer_by)),
        team_introduction: interview.team_introduction,
    }
}
