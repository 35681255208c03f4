//! The candidate's side.

use chassis::wire::{duration, etag, timestamp};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1 as pb;

use super::interviews::interviewer;
use crate::domain::{
    application::Application,
    interview::{Block, Interview},
    job::Job,
    settings::ReschedulePolicy,
};

/// What the candidate may know, field by field; whatever is added to an interview stays out until it is added here.
pub fn centre(
    interview: Interview,
    job: Job,
    policy: &ReschedulePolicy,
    tenant: chassis::TenantId,
    now: DateTime<Utc>,
) -> pb::Centre {
    let open = interview.is_open(now);
    let block = interview.blocked(policy, now).filter(|_| open);
    let can_choose = open && block.is_none();
    pb::Centre {
        calendar_uid: interview.calendar_uid(),
        calendar_sequence: interview.calendar_sequence,
        company_name: job.company_name,
        job_title: job.title,
        state: interview.state.into(),
        start_time: Some(timestamp(interview.start_time)),
        duration: Some(duration(interview.duration)),
        offered_times: if can_choose {
            interview.free_times(now).into_iter().map(timestamp).collect()
        } else {
            Vec::new()
        },
        revision: etag(interview.version),
        can_confirm: open && interview.is_ahead(now) && interview.state != pb::InterviewState::Confirmed,
        can_request_other_time: can_choose && interview.state != pb::InterviewState::OtherTimeRequested,
        other_time_block: match block {
            None => pb::OtherTimeBlock::Unspecified.into(),
            Some(Block::Cutoff) => pb::OtherTimeBlock::Cutoff.into(),
            Some(Block::Limit) => pb::OtherTimeBlock::Limit.into(),
        },
        can_decline: open,
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
        ..pb::Centre::default()
    }
}

/// What the candidate may know where no interview is ahead of them.
pub fn centre_without_interview(application: &Application, job: Job, tenant: chassis::TenantId) -> pb::Centre {
    pb::Centre {
        company_name: job.company_name,
        job_title: job.title,
        candidate_id: application.candidate_id.to_string(),
        tenant_id: tenant.to_string(),
        // There is one thing to do, and no page of it is ever out of date.
        revision: "application".to_owned(),
        ..pb::Centre::default()
    }
}
