//! What the other services say, by short names in the place of ids.

use usher_proto::{
    ats::v1::{
        ApplicationCreated, ApplicationEnded, ApplicationMoved, ApplicationState, Attendance, AttendanceRecorded,
        CandidateAnswer, EmployerSilenceBreached, Hired, InterviewAnswered, InterviewRescheduled, InterviewScheduled,
        JobClosed, JobOpened, NoShowCause, NoShowExplained, OfferAnswer, OfferAnswered, OfferSent,
        PastInterviewRemoved, Task, TaskCompleted, TaskCreated, TaskKind,
    },
    outreach::v1::{MessageFeature, MessageKind, MessageQueued, MessageSent, ReplyClassified, ReplyIntent},
    talent::v1::{CampaignArm, CampaignMemberAssigned, CampaignOutcome, CampaignOutcomeNoted, TagDimension, TagName},
};
use uuid::Uuid;

use super::*;

pub const VERSION: &str = "builtin/interview_invitation/en/1";

/// The id that a short name stands for.
pub fn id(prefix: &str, name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    let hash =
        |seed: u64| name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let bits = (u128::from(hash(0xcbf2_9ce4_8422_2325)) << 64) | u128::from(hash(0x1234_5678_9abc_def1));
    // The first character of a TypeID holds three bits.
    let id = TenantId(Uuid::from_u128(bits)).to_string();
    id.replace("tenant_", &format!("{prefix}_"))
}

/// Speaks for the others, for one tenant.
#[derive(Clone, Copy)]
pub struct Others<'site> {
    pub site: &'site Site,
    pub tenant: TenantId,
}

impl<'site> Others<'site> {
    pub fn of(site: &'site Site) -> Self {
        Self { site, tenant: site.tenant() }
    }

    fn now(&self) -> DateTime<Utc> {
        self.site.clock().now()
    }

    async fn ats<E: prost::Message + prost::Name>(&self, subject: &str, event: &E) {
        self.site.say("ats", &self.tenant, subject, event).await;
    }

    pub async fn applied(&self, application: &str, job: &str, source: &str, stage: &str) {
        let event = ApplicationCreated {
            application_id: id("app", application),
            job_id: id("job", job),
            candidate_id: id("cand", application),
            stage: stage.to_owned(),
            source: source.to_owned(),
            ..ApplicationCreated::default()
        };
        self.ats(application, &event).await;
    }

    pub async fn moved(&self, application: &str, to: &str) {
        let event = ApplicationMoved {
            application_id: id("app", application),
            candidate_id: id("cand", application),
            to_stage: to.to_owned(),
            ..ApplicationMoved::default()
        };
        self.ats(application, &event).await;
    }

    pub async fn ended(&self, application: &str, state: ApplicationState) {
        let event = ApplicationEnded {
            application_id: id("app", application),
            candidate_id: id("cand", application),
            state: state.into(),
            ..ApplicationEnded::default()
        };
        self.ats(application, &event).await;
    }

    pub async fn hired(&self, application: &str, job: &str) {
        let event = Hired {
            application_id: id("app", application),
            candidate_id: id("cand", application),
            job_id: id("job", job),
            hire_time: Some(timestamp(self.now())),
            ..Hired::default()
        };
        self.ats(application, &event).await;
    }

    pub async fn silent(&self, application: &str, stage: &str) {
        let event = EmployerSilenceBreached {
            application_id: id("app", application),
            candidate_id: id("cand", application),
            stage: stage.to_owned(),
            working_days: 6,
            ..EmployerSilenceBreached::default()
        };
        self.ats(application, &event).await;
    }

    pub async fn scheduled(&self, interview: &str, application: &str, start: DateTime<Utc>) {
        let event = InterviewScheduled {
            interview_id: id("intv", interview),
            application_id: id("app", application),
            candidate_id: id("cand", application),
            stage: "onsite".to_owned(),
            start_time: Some(timestamp(start)),
            time_zone: "Asia/Shanghai".to_owned(),
            ..InterviewScheduled::default()
        };
        self.ats(interview, &event).await;
    }

    /// The candidate said yes now.
    pub async fn answered(&self, interview: &str, application: &str) {
        self.answers(interview, application, CandidateAnswer::Confirmed).await;
    }

    /// The candidate answered now.
    pub async fn answers(&self, interview: &str, application: &str, answer: CandidateAnswer) {
        let event = InterviewAnswered {
            interview_id: id("intv", interview),
            application_id: id("app", application),
            answer: answer.into(),
            ..InterviewAnswered::default()
        };
        self.ats(interview, &event).await;
    }

    /// The host moved an interview now.
    pub async fn rescheduled(&self, interview: &str, application: &str) {
        let event = InterviewRescheduled {
            interview_id: id("intv", interview),
            application_id: id("app", application),
            ..InterviewRescheduled::default()
        };
        self.ats(interview, &event).await;
    }

    pub async fn attended(&self, interview: &str, application: &str, who: Attendance, start: DateTime<Utc>) {
        let event = AttendanceRecorded {
            interview_id: id("intv", interview),
            application_id: id("app", application),
            candidate_id: id("cand", application),
            stage: "onsite".to_owned(),
            attendance: who.into(),
            start_time: Some(timestamp(start)),
            ..AttendanceRecorded::default()
        };
        self.ats(interview, &event).await;
    }

    pub async fn explained(&self, interview: &str, application: &str, cause: NoShowCause) {
        let event = NoShowExplained {
            interview_id: id("intv", interview),
            application_id: id("app", application),
            cause: cause.into(),
            ..NoShowExplained::default()
        };
        self.ats(interview, &event).await;
    }

    pub async fn taken_back(&self, interview: &str) {
        let event = PastInterviewRemoved { interview_id: id("intv", interview), ..PastInterviewRemoved::default() };
        self.ats(interview, &event).await;
    }

    pub async fn offered(&self, offer: &str, application: &str) {
        let event = OfferSent {
            offer_id: id("offer", offer),
            application_id: id("app", application),
            candidate_id: id("cand", application),
            ..OfferSent::default()
        };
        self.ats(offer, &event).await;
    }

    pub async fn offer_answered(&self, offer: &str, application: &str, answer: OfferAnswer) {
        let event = OfferAnswered {
            offer_id: id("offer", offer),
            application_id: id("app", application),
            answer: answer.into(),
            ..OfferAnswered::default()
        };
        self.ats(offer, &event).await;
    }

    pub async fn job_opened(&self, job: &str, openings: i32) {
        self.ats(job, &JobOpened { job_id: id("job", job), openings, ..JobOpened::default() }).await;
    }

    pub async fn job_closed(&self, job: &str) {
        self.ats(job, &JobClosed { job_id: id("job", job), ..JobClosed::default() }).await;
    }

    pub async fn task(&self, task: &str, holder: &str) {
        let event = TaskCreated {
            task_id: id("task", task),
            task: Some(Task { kind: TaskKind::OfferTimes.into(), claimed_by: holder.to_owned(), ..Task::default() }),
            ..TaskCreated::default()
        };
        self.ats(task, &event).await;
    }

    pub async fn task_done(&self, task: &str, actor: &str, due: DateTime<Utc>) {
        let event = TaskCompleted {
            task_id: id("task", task),
            actor: actor.to_owned(),
            task: Some(Task { kind: TaskKind::OfferTimes.into(), due_time: Some(timestamp(due)), ..Task::default() }),
            ..TaskCompleted::default()
        };
        self.ats(task, &event).await;
    }

    /// A message is on its way, with what it tells beyond what it needs.
    pub async fn queued(&self, message: &str, application: &str, score: i32, features: &[MessageFeature]) {
        let event = MessageQueued {
            message_id: id("msg", message),
            application_id: id("app", application),
            kind: MessageKind::InterviewInvitation.into(),
            template_id: VERSION.to_owned(),
            template_name: "default".to_owned(),
            language: "en".to_owned(),
            clarity_score: score,
            features: features.iter().map(|feature| (*feature).into()).collect(),
            ..MessageQueued::default()
        };
        self.site.say("outreach", &self.tenant, message, &event).await;
    }

    /// A message went out now.
    pub async fn sent(&self, message: &str, kind: MessageKind, interview: &str, application: &str) {
        self.sent_at(message, kind, interview, application, self.now()).await;
    }

    pub async fn sent_at(
        &self,
        message: &str,
        kind: MessageKind,
        interview: &str,
        application: &str,
        time: DateTime<Utc>,
    ) {
        self.site
            .say("outreach", &self.tenant, message, &sent_event(message, kind, interview, application, time))
            .await;
    }

    pub async fn replied(&self, message: &str, application: &str, intent: ReplyIntent) {
        let event = ReplyClassified {
            message_id: id("msg", message),
            application_id: id("app", application),
            intent: intent.into(),
            receive_time: Some(timestamp(self.now())),
            ..ReplyClassified::default()
        };
        self.site.say("outreach", &self.tenant, message, &event).await;
    }

    pub async fn assigned(&self, campaign: &str, candidate: &str, arm: CampaignArm, tags: &[&str]) {
        let tag = |name: &&str| TagName { dimension: TagDimension::Status.into(), name: (*name).to_owned() };
        let event = CampaignMemberAssigned {
            campaign_id: id("camp", campaign),
            candidate_id: id("cand", candidate),
            arm: arm.into(),
            tags: tags.iter().map(tag).collect(),
        };
        self.site.say("talent", &self.tenant, campaign, &event).await;
    }

    pub async fn came_back(&self, campaign: &str, candidate: &str, outcome: CampaignOutcome) {
        let event = CampaignOutcomeNoted {
            campaign_id: id("camp", campaign),
            candidate_id: id("cand", candidate),
            outcome: outcome.into(),
            time: Some(timestamp(self.now())),
            ..CampaignOutcomeNoted::default()
        };
        self.site.say("talent", &self.tenant, campaign, &event).await;
    }
}

pub fn sent_event(
    message: &str,
    kind: MessageKind,
    interview: &str,
    application: &str,
    time: DateTime<Utc>,
) -> MessageSent {
    MessageSent {
        message_id: id("msg", message),
        kind: kind.into(),
        application_id: id("app", application),
        candidate_id: id("cand", application),
        interview_id: id("intv", interview),
        template_id: VERSION.to_owned(),
        language: "en".to_owned(),
        channel: "email".to_owned(),
        send_time: Some(timestamp(time)),
        business_key: message.to_owned(),
        ..MessageSent::default()
    }
}
