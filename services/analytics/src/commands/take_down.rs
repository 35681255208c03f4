//! A fact is taken down, or struck out.

use chassis::{Result, TenantTx, wire};
use usher_proto::{
    ats::v1::{AttendanceRecorded, InterviewAnswered, PastInterviewRemoved},
    eventlog::v1::Event,
    outreach::v1::MessageSent,
};

use crate::store::facts;

pub async fn message_sent(tx: &mut TenantTx, sent: &MessageSent) -> Result<()> {
    let time = wire::required_instant("send_time", sent.send_time.as_ref())?;
    facts::message(tx, sent, time).await
}

pub async fn answer(tx: &mut TenantTx, event: &Event, answered: &InterviewAnswered) -> Result<()> {
    let time = wire::required_instant("time", event.time.as_ref())?;
    facts::answer(tx, &answered.interview_id, time).await
}

pub async fn attendance(tx: &mut TenantTx, recorded: &AttendanceRecorded) -> Result<()> {
    let start = wire::required_instant("start_time", recorded.start_time.as_ref())?;
    facts::attendance(tx, &recorded.interview_id, &recorded.stage, recorded.attendance, start).await
}

/// An import of the past was undone.
pub async fn past_removed(tx: &mut TenantTx, removed: &PastInterviewRemoved) -> Result<()> {
    facts::forget_attendance(tx, &removed.interview_id).await
}
