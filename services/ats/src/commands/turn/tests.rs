//! Random histories of what host and candidate do, of what outreach says, and of time that passes: after each step, what
//! is kept of whose turn it is agrees with what a fresh look decides, and nobody is forgotten.

use chassis::{Db, TenantCtx, TenantId};
use chrono::TimeDelta;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use testkit::TestDatabase;
use usher_proto::{
    ats::v1::{
        AnswerReason, Attendance, CancelInterviewRequest, CompleteTaskRequest, CreateApplicationRequest,
        CreateJobRequest, Interviewer, MoveApplicationRequest, OfferTimesRequest, OpenJobRequest,
        RecordAttendanceRequest, ScheduleInterviewRequest, Settings as Shown, Stage, TaskKind,
        UnrejectApplicationRequest, UpdateSettingsRequest,
    },
    outreach::v1::{MessageFailed, MessageKind, MessageSent},
};

use super::*;
use crate::{
    commands::{
        answer, attendance as record, create_application, create_job, end_application, follow_up, hear_message,
        interview_changes, move_application, open_job, schedule_interview, stage_overdue, task, unreject_application,
        update_settings,
    },
    domain::{
        cadence::Cadence,
        interview::{Interview, InterviewId},
    },
    store::timers::DueTimer,
};

/// Histories, and steps of each.
const HISTORIES: usize = 150;
const STEPS: usize = 20;

#[derive(Debug, Clone)]
enum Step {
    Pass { minutes: i64 },
    Schedule { hours: i64 },
    Sent,
    Failed,
    Confirm,
    OtherTime,
    Offer { hours: i64 },
    Take,
    Cancel,
    Attend,
    Move,
    Word,
    Reject,
    Unreject,
    Done,
    Allow { days: i32 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_i64..6_000).prop_map(|minutes| Step::Pass { minutes }),
        3 => (1_i64..200).prop_map(|hours| Step::Schedule { hours }),
        2 => Just(Step::Sent),
        1 => Just(Step::Failed),
        2 => Just(Step::Confirm),
        2 => Just(Step::OtherTime),
        2 => (1_i64..200).prop_map(|hours| Step::Offer { hours }),
        1 => Just(Step::Take),
        1 => Just(Step::Cancel),
        1 => Just(Step::Attend),
        1 => Just(Step::Move),
        1 => Just(Step::Word),
        1 => Just(Step::Reject),
        1 => Just(Step::Unreject),
        1 => Just(Step::Done),
        1 => (1_i32..6).prop_map(|days| Step::Allow { days }),
    ]
}

struct World {
    database: TestDatabase,
    db: Db,
    ctx: TenantCtx,
    cadence: Cadence,
    application: ApplicationId,
}

impl World {
    async fn begin(&self) -> TenantTx {
        self.db.begin(&self.ctx).await.unwrap()
    }

    /// The last interview that was planned.
    async fn last(&self, tx: &mut TenantTx) -> Option<Interview> {
        store::interviews::lock_of_application(tx, self.application).await.unwrap().pop()
    }

    /// Does it where it can be done; what is refused changes nothing.
    async fn take(&self, step: &Step) {
        let mut tx = self.begin().await;
        let (now, id) = (tx.now(), self.application);
        let text = id.to_string();
        let last = self.last(&mut tx).await;
        let revision = last.as_ref().map(|last| wire::etag(last.version)).unwrap_or_default();
        let interview_id = last.as_ref().map(|last| last.id.to_string()).unwrap_or_default();
        let on = last.as_ref().map_or(InterviewId::new(), |last| last.id);
        let business_key = last.as_ref().map(|last| format!("{}/invitation/{}", last.id, last.invitations));
        let later = |hours| Some(wire::timestamp(now + TimeDelta::hours(hours)));
        let done = match step.clone() {
            Step::Pass { minutes } => {
                self.database.clock().advance(TimeDelta::minutes(minutes).to_std().unwrap()).unwrap();
                Ok(())
            }
            Step::Schedule { hours } => {
                let request = ScheduleInterviewRequest {
                    application_id: text,
                    start_time: later(hours),
                    time_zone: "Asia/Shanghai".to_owned(),
                    place: "3F".to_owned(),
                    interviewers: vec![Interviewer::default()],
                    ..ScheduleInterviewRequest::default()
                };
                schedule_interview::run(&mut tx, &self.cadence, request).await.map(drop)
            }
            Step::Sent | Step::Word => {
                let kind =
                    if matches!(step, Step::Sent) { MessageKind::InterviewInvitation } else { MessageKind::Custom };
                let sent = MessageSent {
                    kind: kind.into(),
                    application_id: text,
                    interview_id,
                    send_time: later(0),
                    business_key: business_key.unwrap_or_default(),
                    ..MessageSent::default()
                };
                hear_message::sent(&mut tx, &self.cadence, &[sent]).await
            }
            Step::Failed => {
                let failed = MessageFailed {
                    kind: MessageKind::InterviewInvitation.into(),
                    interview_id,
                    business_key: business_key.unwrap_or_default(),
                    ..MessageFailed::default()
                };
                hear_message::failed(&mut tx, &self.cadence, &failed).await
            }
            Step::Confirm => answer::confirm(&mut tx, &self.cadence, on, &revision).await.map(drop),
            Step::OtherTime => {
                let reason = AnswerReason::Other;
                answer::request_other_time(&mut tx, &self.cadence, on, &revision, reason, String::new()).await.map(drop)
            }
            Step::Offer { hours } => {
                let request = OfferTimesRequest {
                    interview_id,
                    start_times: later(hours).into_iter().collect(),
                    ..Default::default()
                };
                interview_changes::offer_times(&mut tx, &self.cadence, request).await.map(drop)
            }
            Step::Take => {
                let offered = last.and_then(|last| last.offered_times.last().copied()).unwrap_or(now);
                answer::take(&mut tx, &self.cadence, on, &revision, offered).await.map(drop)
            }
            Step::Cancel => {
                let request = CancelInterviewRequest { interview_id, ..Default::default() };
                interview_changes::cancel(&mut tx, request).await.map(drop)
            }
            Step::Attend => {
                let attendance = Attendance::Attended.into();
                let request = RecordAttendanceRequest { interview_id, attendance, ..Default::default() };
                record::run(&mut tx, &self.cadence, request).await.map(drop)
            }
            Step::Move => {
                let request =
                    MoveApplicationRequest { application_id: text, to_stage: "next".to_owned(), ..Default::default() };
                move_application::run(&mut tx, request).await.map(drop)
            }
            Step::Reject => {
                let by = end_application::By::Host;
                let reason = "no".to_owned();
                end_application::run(&mut tx, id, "", ApplicationState::Rejected, reason, by).await.map(drop)
            }
            Step::Unreject => {
                let request = UnrejectApplicationRequest { application_id: text, ..Default::default() };
                unreject_application::run(&mut tx, request).await.map(drop)
            }
            Step::Done => {
                match store::tasks::lock_open(&mut tx, &[id.0], &[TaskKind::EmployerSilence]).await.unwrap().pop() {
                    Some(open) => {
                        let request = CompleteTaskRequest { task_id: open.id.to_string(), ..Default::default() };
                        task::complete(&mut tx, request).await.map(drop)
                    }
                    None => Ok(()),
                }
            }
            Step::Allow { days } => {
                let paths = vec!["employer_silence_days".to_owned()];
                let request = UpdateSettingsRequest {
                    settings: Some(Shown { employer_silence_days: days, ..Shown::default() }),
                    update_mask: Some(prost_types::FieldMask { paths }),
                    ..Default::default()
                };
                update_settings::run(&mut tx, request).await.map(drop)
            }
        };
        match done {
            Ok(()) => drop(tx.commit().await.unwrap()),
            Err(error) => assert_ne!(error.code(), tonic::Code::Internal, "{error:?}"),
        }
    }

    /// Whatever is due goes off, as the job has it.
    async fn go_off(&self) {
        loop {
            let mut system = self.db.begin_system().await.unwrap();
            let due = store::timers::due(&mut system, None, 100).await.unwrap();
            drop(system);
            if due.is_empty() {
                return;
            }
            for DueTimer { subject_id, kind, .. } in due {
                let mut tx = self.begin().await;
                match TimerKind::of(kind).unwrap() {
                    TimerKind::EmployerSilence if subject_id == self.ctx.tenant.0 => retime(&mut tx).await,
                    TimerKind::EmployerSilence => due_of(&mut tx, subject_id).await,
                    TimerKind::StageOverdue => stage_overdue::run(&mut tx, ApplicationId(subject_id)).await,
                    TimerKind::ReleaseOffers => {
                        interview_changes::release_offers(&mut tx, InterviewId(subject_id)).await
                    }
                    TimerKind::Conclude => follow_up::conclude(&mut tx, InterviewId(subject_id)).await,
                    _ => follow_up::interview(&mut tx, &self.cadence, InterviewId(subject_id)).await,
                }
                .unwrap();
                tx.commit().await.unwrap();
            }
        }
    }

    async fn check(&self, history: &[Step], done_by_hand: u32) {
        let mut tx = self.begin().await;
        let held = store::turns::lock_all(&mut tx, &[self.application]).await.unwrap().remove(0);
        let fresh = decided(&mut tx, std::slice::from_ref(&held)).await.unwrap().remove(0);
        assert_eq!(held.turn, fresh, "what is kept is what a fresh look decides: {history:#?}");
        let timers: Vec<DateTime<Utc>> =
            sqlx::query_scalar("SELECT due_time FROM timers WHERE subject_id = $1 AND kind = 8 AND state = 1")
                .bind(self.application)
                .fetch_all(tx.conn())
                .await
                .unwrap();
        let tasks =
            store::tasks::lock_open(&mut tx, &[self.application.0], &[TaskKind::EmployerSilence]).await.unwrap();
        let settings = store::settings::get(&mut tx).await.unwrap();
        let (next, breaches) = match held.turn {
            None => (None, 0),
            Some(Turn { until: Some(until), .. }) => (Some(until), 0),
            Some(ours) => {
                let breaches = settings.breaches(ours.since, tx.now());
                (Some(settings.breach(ours.since, breaches + 1)), breaches)
            }
        };
        assert_eq!(timers, Vec::from_iter(next), "nobody is forgotten: {held:?} {history:#?}");
        assert!(timers.iter().all(|due| *due > tx.now()), "{held:?} {history:#?}");
        assert_eq!(held.breaches, breaches, "{held:?} {history:#?}");
        let stand = usize::from(breaches > 0);
        assert!(
            tasks.len() == stand || (tasks.is_empty() && done_by_hand == breaches),
            "{tasks:?} {held:?} {history:#?}"
        );
        // Ended here and not by being dropped, which would let go of the row some time later.
        tx.commit().await.unwrap();
    }
}

async fn due_of(tx: &mut TenantTx, subject: uuid::Uuid) -> Result<bool> {
    due(tx, ApplicationId(subject)).await
}

async fn world() -> World {
    let database = TestDatabase::new(&[crate::Ats::schema()]).await;
    let db = database.db("ats");
    let ctx = TenantCtx::service(TenantId::new(), "test");
    let cadence = Cadence::new(TimeDelta::hours(24));
    World { database, db, ctx, cadence, application: ApplicationId::new() }
}

/// A fresh application of a fresh tenant.
async fn apply(world: &mut World) {
    world.ctx = TenantCtx::service(TenantId::new(), "test");
    let mut tx = world.begin().await;
    let stage = |key: &str| Stage { key: key.to_owned(), display_name: key.to_owned(), service_level_hours: 0 };
    let request = CreateJobRequest {
        title: "Engineer".to_owned(),
        company_name: "晨光科技".to_owned(),
        stages: vec![stage("first"), stage("next")],
        ..CreateJobRequest::default()
    };
    let job_id = create_job::run(&mut tx, request).await.unwrap().id.to_string();
    open_job::run(&mut tx, OpenJobRequest { job_id: job_id.clone(), ..Default::default() }).await.unwrap();
    let candidate_id = crate::domain::CandidateId::new().to_string();
    let request = CreateApplicationRequest { job_id, candidate_id, ..Default::default() };
    world.application = create_application::run(&mut tx, request).await.unwrap().id;
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn whatever_happens_the_turn_that_is_kept_is_the_one_that_is() {
    let mut world = world().await;
    let mut runner = TestRunner::default();
    for _ in 0..HISTORIES {
        apply(&mut world).await;
        let history = prop::collection::vec(step(), STEPS).new_tree(&mut runner).unwrap().current();
        // How many breaches there were when somebody ticked the task off.
        let mut done_by_hand = 0;
        for (place, step) in history.iter().enumerate() {
            world.take(step).await;
            world.go_off().await;
            if matches!(step, Step::Done) || (matches!(step, Step::Allow { .. }) && done_by_hand > 0) {
                let mut tx = world.begin().await;
                let held = store::turns::lock_all(&mut tx, &[world.application]).await.unwrap().remove(0);
                let tasks = store::tasks::lock_open(&mut tx, &[world.application.0], &[TaskKind::EmployerSilence])
                    .await
                    .unwrap();
                done_by_hand = if tasks.is_empty() { held.breaches } else { 0 };
                tx.commit().await.unwrap();
            }
            world.check(&history[..=place], done_by_hand).await;
        }
        // The next one's time is not this one's any more.
        let mut tx = world.begin().await;
        let sql = "UPDATE timers SET state = 3 WHERE tenant_id = $1";
        sqlx::query(sql).bind(world.ctx.tenant).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }
}
