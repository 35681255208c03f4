//! The tables `interviews`, `feedback` and `attendance_records`.

use chassis::{Error, OnConstraint as _, Result, TenantTx, wire::Page};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, types::Json};
use usher_proto::ats::v1::{Attendance, Recommendation};

use super::{known, unknown};
use crate::domain::{
    CandidateId,
    application::ApplicationId,
    interview::{Interview, InterviewId, Interviewer, Invitation},
    job::JobId,
};

#[derive(FromRow)]
struct Row {
    interview_id: InterviewId,
    application_id: ApplicationId,
    job_id: JobId,
    candidate_id: CandidateId,
    stage: String,
    attempt: i32,
    state: i16,
    attendance: i16,
    start_time: DateTime<Utc>,
    duration_seconds: i32,
    time_zone: String,
    place: String,
    link: String,
    interviewers: Json<Vec<Interviewer>>,
    materials: Vec<String>,
    contact_name: String,
    contact_channel: String,
    answer_by: DateTime<Utc>,
    offered_times: Vec<DateTime<Utc>>,
    candidate_note: String,
    team_introduction: String,
    calendar_sequence: i32,
    invitations: i32,
    invitation_version: i64,
    invitation_state: i16,
    update_owed: bool,
    version: i64,
    create_time: DateTime<Utc>,
}

impl Row {
    fn interview(self) -> Result<Interview> {
        Ok(Interview {
            id: self.interview_id,
            application_id: self.application_id,
            job_id: self.job_id,
            candidate_id: self.candidate_id,
            stage: self.stage,
            attempt: self.attempt,
            state: known(self.state)?,
            attendance: known(self.attendance)?,
            start_time: self.start_time,
            duration: TimeDelta::seconds(self.duration_seconds.into()),
            time_zone: self.time_zone,
            place: self.place,
            link: self.link,
            interviewers: self.interviewers.0,
            materials: self.materials,
            contact_name: self.contact_name,
            contact_channel: self.contact_channel,
            answer_by: self.answer_by,
            offered_times: self.offered_times,
            candidate_note: self.candidate_note,
            team_introduction: self.team_introduction,
            calendar_sequence: self.calendar_sequence,
            invitations: self.invitations,
            invitation_version: self.invitation_version,
            invitation: Invitation::of(self.invitation_state).ok_or_else(|| unknown(self.invitation_state))?,
            update_owed: self.update_owed,
            version: self.version,
            create_time: self.create_time,
        })
    }
}

pub async fn insert(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO interviews (tenant_id, interview_id, application_id, job_id, candidate_id, stage, attempt, state,
                                 attendance, start_time, duration_seconds, time_zone, place, link, interviewers,
                                 materials, contact_name, contact_channel, answer_by, offered_times, candidate_note,
                                 team_introduction, calendar_sequence, invitations, invitation_version,
                                 invitation_state, update_owed, version, create_time, turn_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25, $26, $27, $28, $29, $29)",
    )
    .bind(tenant)
    .bind(interview.id)
    .bind(interview.application_id)
    .bind(interview.job_id)
    .bind(interview.candidate_id)
    .bind(&interview.stage)
    .bind(interview.attempt)
    .bind(interview.state as i32)
    .bind(interview.attendance as i32)
    .bind(interview.start_time)
    .bind(interview.duration.num_seconds())
    .bind(&interview.time_zone)
    .bind(&interview.place)
    .bind(&interview.link)
    .bind(Json(&interview.interviewers))
    .bind(&interview.materials)
    .bind(&interview.contact_name)
    .bind(&interview.contact_channel)
    .bind(interview.answer_by)
    .bind(&interview.offered_times)
    .bind(&interview.candidate_note)
    .bind(&interview.team_introduction)
    .bind(interview.calendar_sequence)
    .bind(interview.invitations)
    .bind(interview.invitation_version)
    .bind(interview.invitation as i16)
    .bind(interview.update_owed)
    .bind(interview.version)
    .bind(interview.create_time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn update(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    let (tenant, now) = (tx.tenant(), tx.now());
    sqlx::query(
        "UPDATE interviews
         SET state = $3, attendance = $4, start_time = $5, place = $6, link = $7, materials = $8, contact_name = $9,
             contact_channel = $10, offered_times = $11, candidate_note = $12, calendar_sequence = $13,
             invitations = $14, invitation_version = $15, invitation_state = $16, update_owed = $17, version = $18,
             answer_by = $19,
             turn_time = CASE WHEN state <> $3 OR start_time <> $5 OR (offered_times <> $11 AND EXISTS (
                 SELECT FROM unnest($11::timestamptz[]) AS offered WHERE offered <> $5)) THEN $20 ELSE turn_time END
         WHERE tenant_id = $1 AND interview_id = $2",
    )
    .bind(tenant)
    .bind(interview.id)
    .bind(interview.state as i32)
    .bind(interview.attendance as i32)
    .bind(interview.start_time)
    .bind(&interview.place)
    .bind(&interview.link)
    .bind(&interview.materials)
    .bind(&interview.contact_name)
    .bind(&interview.contact_channel)
    .bind(&interview.offered_times)
    .bind(&interview.candidate_note)
    .bind(interview.calendar_sequence)
    .bind(interview.invitations)
    .bind(interview.invitation_version)
    .bind(interview.invitation as i16)
    .bind(interview.update_owed)
    .bind(interview.version)
    .bind(interview.answer_by)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub async fn get(tx: &mut TenantTx, id: InterviewId) -> Result<Interview> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as("SELECT * FROM interviews WHERE tenant_id = $1 AND interview_id = $2")
        .bind(tenant)
        .bind(id)
        .fetch_optional(tx.conn())
        .await?;
    row.ok_or_else(not_found)?.interview()
}

/// As [`get`], and nobody else changes it before this transaction ends.
pub async fn lock(tx: &mut TenantTx, id: InterviewId) -> Result<Interview> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM interviews WHERE tenant_id = $1 AND interview_id = $2 FOR UPDATE")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.ok_or_else(not_found)?.interview()
}

/// As [`lock`], or `None` when somebody else is at it just now.
pub async fn lock_unless_busy(tx: &mut TenantTx, id: InterviewId) -> Result<Option<Interview>> {
    let tenant = tx.tenant();
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM interviews WHERE tenant_id = $1 AND interview_id = $2 FOR UPDATE SKIP LOCKED")
            .bind(tenant)
            .bind(id)
            .fetch_optional(tx.conn())
            .await?;
    row.map(Row::interview).transpose()
}

/// The interviews of an application, locked, in the order of their ids.
pub async fn lock_of_application(tx: &mut TenantTx, id: ApplicationId) -> Result<Vec<Interview>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM interviews WHERE tenant_id = $1 AND application_id = $2 ORDER BY interview_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::interview).collect()
}

pub async fn list(
    tx: &mut TenantTx,
    page: &Page,
    application: Option<ApplicationId>,
    candidate: Option<CandidateId>,
) -> Result<Vec<Interview>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM interviews
         WHERE tenant_id = $1 AND ($2::uuid IS NULL OR application_id = $2) AND ($3::uuid IS NULL OR candidate_id = $3)
           AND ($4::timestamptz IS NULL OR (start_time, interview_id) > ($4, $5))
         ORDER BY start_time, interview_id LIMIT $6",
    )
    .bind(tenant)
    .bind(application)
    .bind(candidate)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::interview).collect()
}

/// One interviewer's scorecard.
#[derive(Debug, Clone)]
pub struct Feedback {
    pub author: String,
    pub recommendation: Recommendation,
    pub note: String,
    pub topics_asked: Vec<String>,
    pub create_time: DateTime<Utc>,
}

pub async fn insert_feedback(tx: &mut TenantTx, id: InterviewId, feedback: &Feedback) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO feedback (tenant_id, interview_id, author, recommendation, note, topics_asked, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant)
    .bind(id)
    .bind(&feedback.author)
    .bind(feedback.recommendation as i32)
    .bind(&feedback.note)
    .bind(&feedback.topics_asked)
    .bind(feedback.create_time)
    .execute(tx.conn())
    .await
    .on_constraint("feedback_one_each", || {
        Error::already_exists("FEEDBACK_EXISTS", "you have given feedback on this interview")
    })?;
    Ok(())
}

pub async fn feedback(tx: &mut TenantTx, id: InterviewId) -> Result<Vec<Feedback>> {
    #[derive(FromRow)]
    struct Given {
        author: String,
        recommendation: i16,
        note: String,
        topics_asked: Vec<String>,
        create_time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let given: Vec<Given> = sqlx::query_as(
        "SELECT author, recommendation, note, topics_asked, create_time FROM feedback
         WHERE tenant_id = $1 AND interview_id = $2 ORDER BY create_time, author",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    given
        .into_iter()
        .map(|given| {
            Ok(Feedback {
                author: given.author,
                recommendation: known(given.recommendation)?,
                note: given.note,
                topics_asked: given.topics_asked,
                create_time: given.create_time,
            })
        })
        .collect()
}

/// Somebody's word on who came.
#[derive(Debug, Clone)]
pub struct Entry {
    pub attendance: Attendance,
    pub corrects: Attendance,
    pub reason: String,
    pub actor: String,
    pub time: DateTime<Utc>,
}

/// Writes down who said who came; the interview is as it is after it.
pub async fn insert_entry(tx: &mut TenantTx, interview: &Interview, entry: &Entry) -> Result<()> {
    let tenant = tx.tenant();
    sqlx::query(
        "INSERT INTO attendance_records (tenant_id, interview_id, version, attendance, corrects, reason, actor, time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(interview.id)
    .bind(interview.version)
    .bind(entry.attendance as i32)
    .bind(entry.corrects as i32)
    .bind(&entry.reason)
    .bind(&entry.actor)
    .bind(entry.time)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What was said about who came, oldest first.
pub async fn entries(tx: &mut TenantTx, id: InterviewId) -> Result<Vec<Entry>> {
    #[derive(FromRow)]
    struct Said {
        attendance: i16,
        corrects: i16,
        reason: String,
        actor: String,
        time: DateTime<Utc>,
    }
    let tenant = tx.tenant();
    let said: Vec<Said> = sqlx::query_as(
        "SELECT attendance, corrects, reason, actor, time FROM attendance_records
         WHERE tenant_id = $1 AND interview_id = $2 ORDER BY version",
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(tx.conn())
    .await?;
    said.into_iter()
        .map(|said| {
            Ok(Entry {
                attendance: known(said.attendance)?,
                corrects: known(said.corrects)?,
                reason: said.reason,
                actor: said.actor,
                time: said.time,
            })
        })
        .collect()
}

fn not_found() -> Error {
    Error::not_found("INTERVIEW_NOT_FOUND", "there is no such interview")
}
