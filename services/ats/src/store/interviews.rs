//! The tables `interviews` and `attendance_records`.

use std::collections::BTreeMap;

use chassis::{Error, Result, TenantTx, wire::Page};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{FromRow, types::Json};
use usher_proto::ats::v1::Attendance;

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
    hold_until: Option<DateTime<Utc>>,
    candidate_reschedules: i32,
    candidate_note: String,
    answer_reason: i16,
    cancel_time: Option<DateTime<Utc>>,
    cancel_reason: String,
    cancelled_in_time: bool,
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
            hold_until: self.hold_until,
            candidate_reschedules: self.candidate_reschedules,
            candidate_note: self.candidate_note,
            answer_reason: known(self.answer_reason)?,
            cancel_time: self.cancel_time,
            cancel_reason: self.cancel_reason,
            cancelled_in_time: self.cancelled_in_time,
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
                                 invitation_state, update_owed, version, create_time, hold_until, turn_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25, $26, $27, $28, $29, $30, $29)",
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
    .bind(interview.hold_until)
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
             answer_by = $19, interviewers = $20, duration_seconds = $21, hold_until = $22,
             candidate_reschedules = $23, answer_reason = $24, cancel_time = $25, cancel_reason = $26,
             cancelled_in_time = $27,
             turn_time = CASE WHEN state <> $3 OR start_time <> $5 OR (offered_times <> $11 AND EXISTS (
                 SELECT FROM unnest($11::timestamptz[]) AS offered WHERE offered <> $5)) THEN $28 ELSE turn_time END
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
    .bind(Json(&interview.interviewers))
    .bind(interview.duration.num_seconds())
    .bind(interview.hold_until)
    .bind(interview.candidate_reschedules)
    .bind(interview.answer_reason as i32)
    .bind(interview.cancel_time)
    .bind(&interview.cancel_reason)
    .bind(interview.cancelled_in_time)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes that invitations went out, and that nothing more is owed.
pub async fn invited(tx: &mut TenantTx, ids: &[InterviewId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    sqlx::query(
        "UPDATE interviews SET invitation_state = $3, update_owed = false WHERE tenant_id = $1 AND interview_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(ids)
    .bind(Invitation::Sent as i16)
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

/// The interviews of these ids, those that there are.
pub async fn of(tx: &mut TenantTx, ids: &[InterviewId]) -> Result<Vec<Interview>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as("SELECT * FROM interviews WHERE tenant_id = $1 AND interview_id = ANY ($2)")
        .bind(tenant)
        .bind(ids)
        .fetch_all(tx.conn())
        .await?;
    rows.into_iter().map(Row::interview).collect()
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

/// As [`lock`], those that there are, in the order of their ids.
pub async fn lock_all(tx: &mut TenantTx, ids: &[InterviewId]) -> Result<BTreeMap<InterviewId, Interview>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM interviews WHERE tenant_id = $1 AND interview_id = ANY ($2) ORDER BY interview_id FOR UPDATE",
    )
    .bind(tenant)
    .bind(ids)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|row| row.interview().map(|interview| (interview.id, interview))).collect()
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

/// The interview of an application that a candidate has to do with now, if there is one: the last that is not over.
pub async fn current(tx: &mut TenantTx, application: ApplicationId) -> Result<Option<Interview>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM interviews WHERE tenant_id = $1 AND application_id = $2 AND state IN (1, 2, 3)
         ORDER BY start_time DESC, interview_id DESC LIMIT 1",
    )
    .bind(tenant)
    .bind(application)
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::interview).transpose()
}

/// The last interview of an application, whatever became of it.
pub async fn last(tx: &mut TenantTx, application: ApplicationId) -> Result<Option<Interview>> {
    let tenant = tx.tenant();
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM interviews WHERE tenant_id = $1 AND application_id = $2
         ORDER BY start_time DESC, interview_id DESC LIMIT 1",
    )
    .bind(tenant)
    .bind(application)
    .fetch_optional(tx.conn())
    .await?;
    row.map(Row::interview).transpose()
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

/// Interviews to which somebody did not come, by start.
pub async fn missed(
    tx: &mut TenantTx,
    page: &Page,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Interview>> {
    let tenant = tx.tenant();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM interviews
         WHERE tenant_id = $1 AND attendance IN (3, 4)
           AND ($2::timestamptz IS NULL OR start_time >= $2) AND ($3::timestamptz IS NULL OR start_time < $3)
           AND ($4::timestamptz IS NULL OR (start_time, interview_id) > ($4, $5))
         ORDER BY start_time, interview_id LIMIT $6",
    )
    .bind(tenant)
    .bind(since)
    .bind(until)
    .bind(page.after.map(|after| after.time))
    .bind(page.after.map(|after| after.id))
    .bind(page.limit())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::interview).collect()
}

/// The interviews that somebody holds, from some time on, each with its job's title.
pub async fn of_interviewer(
    tx: &mut TenantTx,
    user: &str,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(Interview, String)>> {
    #[derive(FromRow)]
    struct Titled {
        #[sqlx(flatten)]
        row: Row,
        title: String,
    }
    let tenant = tx.tenant();
    let rows: Vec<Titled> = sqlx::query_as(
        "SELECT interviews.*, jobs.title FROM interviews JOIN jobs USING (tenant_id, job_id)
         WHERE tenant_id = $1 AND start_time >= $2 AND interviewers @> jsonb_build_array(jsonb_build_object('user_id', $3::text))
         ORDER BY start_time, interview_id LIMIT $4",
    )
    .bind(tenant)
    .bind(since)
    .bind(user)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(|titled| Ok((titled.row.interview()?, titled.title))).collect()
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

pub fn not_found() -> Error {
    Error::not_found("INTERVIEW_NOT_FOUND", "there is no such interview")
}
