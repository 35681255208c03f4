//! One application's way, from applying to being hired or not, and what is written to somebody on it.

use usher_proto::{
    ats::v1::{
        ApplicationCreated, ApplicationEnded, ApplicationMoved, ApplicationState, Attendance, AttendanceRecorded,
        CandidateAnswer, EmployerSilenceBreached, Hired, InterviewAnswered, InterviewScheduled, NoShowCause,
        NoShowExplained, NoShowFailure, OfferAnswer, OfferAnswered, OfferClosed, OfferSent, OfferState, Task,
        TaskCompleted, TaskCreated, TaskKind,
    },
    outreach::v1::{
        LinkFollowed, MessageFeature, MessageKind, MessageOpened, MessageQueued, MessageSent, ReplyClassified,
        ReplyIntent, Visitor,
    },
};

use rand::RngExt as _;

use crate::year::{DAY, HOUR, Id, MINUTE, SECOND, Source, Teller, timestamp};

const SOURCES: [&str; 12] = [
    "boss_zhipin",
    "liepin",
    "referral",
    "linkedin",
    "zhilian",
    "lagou",
    "company_site",
    "campus",
    "headhunter",
    "maimai",
    "talent_pool",
    "job_fair",
];
const STAGES: [&str; 4] = ["screen", "phone", "onsite", "final"];
/// The share that goes on from a stage with an interview.
const GOES_ON: [f64; 4] = [0.0, 0.6, 0.5, 0.55];
const CHANNELS: [&str; 3] = ["email", "sms", "wecom"];
const RECRUITERS: usize = 40;
/// How many versions there are of the templates of each kind that is written.
const VERSIONS: [(MessageKind, usize); 7] = [
    (MessageKind::InterviewInvitation, 8),
    (MessageKind::InterviewReminder, 4),
    (MessageKind::InterviewUpcoming, 4),
    (MessageKind::Rejection, 3),
    (MessageKind::Offer, 3),
    (MessageKind::OfferReminder, 2),
    (MessageKind::Reactivation, 6),
];
const FEATURES: [MessageFeature; 7] = [
    MessageFeature::TeamIntroduction,
    MessageFeature::Interviewers,
    MessageFeature::Materials,
    MessageFeature::Calendar,
    MessageFeature::OfferedTimes,
    MessageFeature::Reason,
    MessageFeature::Duration,
];

/// Whose it is.
#[derive(Debug, Clone)]
pub struct Life {
    tenant: usize,
    application: Option<Id>,
    application_id: String,
    job_id: String,
    candidate_id: String,
    language: &'static str,
    channel: &'static str,
}

impl Life {
    /// Somebody who applies for a job.
    pub fn new(teller: &mut Teller<'_>, tenant: usize, job: Id, time: i64) -> Self {
        let application = teller.id("app", time);
        Self {
            tenant,
            application: Some(application),
            application_id: application.to_string(),
            job_id: job.to_string(),
            candidate_id: teller.id("cand", time).to_string(),
            language: if teller.chance(0.7) { "zh-CN" } else { "en" },
            channel: teller.one_of(&CHANNELS),
        }
    }
}

/// Asks somebody of the pool whether they would come back.
pub fn reactivate(teller: &mut Teller<'_>, tenant: usize, candidate: Id, time: i64) {
    let life = Life {
        tenant,
        application: None,
        application_id: String::new(),
        job_id: String::new(),
        candidate_id: candidate.to_string(),
        language: if teller.chance(0.7) { "zh-CN" } else { "en" },
        channel: teller.one_of(&CHANNELS),
    };
    let (message, sent) = write(teller, &life, time + HOUR, MessageKind::Reactivation, "");
    if teller.chance(0.15) {
        let time = teller.after(sent, HOUR, 5 * DAY);
        reply(teller, &life, message, time);
    }
}

/// All that happens to an application that is made at that time.
pub fn tell(teller: &mut Teller<'_>, life: &Life, time: i64) {
    let Some(application) = life.application else { return };
    let event = ApplicationCreated {
        application_id: life.application_id.clone(),
        job_id: life.job_id.clone(),
        candidate_id: life.candidate_id.clone(),
        stage: STAGES[0].to_owned(),
        source: teller.one_of(&SOURCES).to_owned(),
        ..ApplicationCreated::default()
    };
    teller.say(time, Source::Ats, life.tenant, application, &event);
    if teller.chance(0.25) {
        task(teller, life, time);
    }
    let mut now = teller.after(time, 4 * HOUR, 9 * DAY);
    silence(teller, life, STAGES[0], time, now);
    match teller.random.random_range(0..100) {
        0..40 => {
            end(teller, life, STAGES[0], now, ApplicationState::Rejected);
            write(teller, life, now + HOUR, MessageKind::Rejection, "");
            return;
        }
        40..46 => return end(teller, life, STAGES[0], now, ApplicationState::Withdrawn),
        46..52 => return,
        _ => {}
    }
    for place in 1..STAGES.len() {
        let stage = STAGES[place];
        let event = ApplicationMoved {
            application_id: life.application_id.clone(),
            job_id: life.job_id.clone(),
            candidate_id: life.candidate_id.clone(),
            from_stage: STAGES[place - 1].to_owned(),
            to_stage: stage.to_owned(),
        };
        teller.say(now, Source::Ats, life.tenant, application, &event);
        let (start, came) = interview(teller, life, stage, now + 30 * MINUTE);
        let next = teller.after(start, 5 * HOUR, 6 * DAY);
        silence(teller, life, stage, start + 4 * HOUR, next);
        now = next;
        if came && teller.chance(GOES_ON[place]) {
            continue;
        }
        match teller.random.random_range(0..100) {
            0..75 => {
                end(teller, life, stage, now, ApplicationState::Rejected);
                write(teller, life, now + HOUR, MessageKind::Rejection, "");
            }
            75..90 => end(teller, life, stage, now, ApplicationState::Withdrawn),
            _ => {}
        }
        return;
    }
    offer(teller, life, now);
}

fn end(teller: &mut Teller<'_>, life: &Life, stage: &str, time: i64, state: ApplicationState) {
    let Some(application) = life.application else { return };
    let event = ApplicationEnded {
        application_id: life.application_id.clone(),
        job_id: life.job_id.clone(),
        candidate_id: life.candidate_id.clone(),
        stage: stage.to_owned(),
        state: state.into(),
        by_candidate: state == ApplicationState::Withdrawn,
    };
    teller.say(time, Source::Ats, life.tenant, application, &event);
}

/// Where they were kept waiting for too long.
fn silence(teller: &mut Teller<'_>, life: &Life, stage: &str, since: i64, until: i64) {
    let Some(application) = life.application else { return };
    if until - since < 5 * DAY || !teller.chance(0.6) {
        return;
    }
    let event = EmployerSilenceBreached {
        application_id: life.application_id.clone(),
        job_id: life.job_id.clone(),
        candidate_id: life.candidate_id.clone(),
        stage: stage.to_owned(),
        waiting_since: timestamp(since),
        working_days: 4,
        ..EmployerSilenceBreached::default()
    };
    teller.say(since + 5 * DAY - MINUTE, Source::Ats, life.tenant, application, &event);
}

fn task(teller: &mut Teller<'_>, life: &Life, time: i64) {
    let task = teller.id("task", time);
    let kind = teller.one_of(&[TaskKind::OfferTimes, TaskKind::InvitationUnanswered, TaskKind::StageOverdue]);
    let holder = format!("recruiter {}", teller.random.random_range(0..RECRUITERS));
    let content = Task {
        kind: kind.into(),
        claimed_by: holder.clone(),
        job_id: life.job_id.clone(),
        due_time: timestamp(time + 2 * DAY),
        ..Task::default()
    };
    let event = TaskCreated {
        task_id: task.to_string(),
        kind: kind.into(),
        candidate_id: life.candidate_id.clone(),
        application_id: life.application_id.clone(),
        task: Some(content.clone()),
        ..TaskCreated::default()
    };
    teller.say(time + SECOND, Source::Ats, life.tenant, task, &event);
    if teller.chance(0.85) {
        let event = TaskCompleted {
            task_id: task.to_string(),
            candidate_id: life.candidate_id.clone(),
            actor: holder,
            task: Some(content),
            ..TaskCompleted::default()
        };
        let done = teller.after(time, 10 * MINUTE, 3 * DAY);
        teller.say(done, Source::Ats, life.tenant, task, &event);
    }
}

/// An interview that is scheduled at that time: when it begins, and whether they came.
fn interview(teller: &mut Teller<'_>, life: &Life, stage: &str, time: i64) -> (i64, bool) {
    let interview = teller.id("intv", time);
    let id = interview.to_string();
    let start = teller.after(time, 6 * HOUR, 10 * DAY) / (15 * MINUTE) * (15 * MINUTE);
    let event = InterviewScheduled {
        interview_id: id.clone(),
        application_id: life.application_id.clone(),
        job_id: life.job_id.clone(),
        candidate_id: life.candidate_id.clone(),
        stage: stage.to_owned(),
        attempt: 1,
        start_time: timestamp(start),
        time_zone: "Asia/Shanghai".to_owned(),
        ..InterviewScheduled::default()
    };
    teller.say(time, Source::Ats, life.tenant, interview, &event);
    let (message, sent) = write(teller, life, time + MINUTE, MessageKind::InterviewInvitation, &id);
    let mut answered = asked(teller, life, interview, message, sent, start);
    if !answered && time + DAY < start {
        let (message, sent) = write(teller, life, time + DAY, MessageKind::InterviewReminder, &id);
        answered = asked(teller, life, interview, message, sent, start);
    }
    let before = teller.one_of(&[20 * HOUR, 3 * HOUR, 30 * HOUR, 3 * DAY]);
    let reminded = start - before > time + 2 * HOUR && teller.chance(0.8);
    if reminded {
        write(teller, life, start - before, MessageKind::InterviewUpcoming, &id);
    }
    let stays_away = 0.05 + if reminded { 0.0 } else { 0.08 } + if answered { 0.0 } else { 0.12 };
    (start, attend(teller, life, stage, interview, start, stays_away))
}

/// Somebody is asked whether they come: whether they say.
fn asked(teller: &mut Teller<'_>, life: &Life, interview: Id, message: Id, sent: i64, start: i64) -> bool {
    let latest = (start - sent).clamp(MINUTE * 2, 2 * DAY);
    let time = teller.after(sent, MINUTE, latest);
    if !teller.chance(0.65) {
        return false;
    }
    if teller.chance(0.2) {
        reply(teller, life, message, time);
        return true;
    }
    let event = LinkFollowed {
        message_id: message.to_string(),
        candidate_id: life.candidate_id.clone(),
        application_id: life.application_id.clone(),
        link: 1,
        visitor: Visitor::Human.into(),
        time: timestamp(time - SECOND),
        ..LinkFollowed::default()
    };
    teller.say(time - SECOND, Source::Outreach, life.tenant, message, &event);
    let answer = teller.one_of(&[
        CandidateAnswer::Confirmed,
        CandidateAnswer::Confirmed,
        CandidateAnswer::Confirmed,
        CandidateAnswer::OtherTimeRequested,
        CandidateAnswer::Declined,
    ]);
    let event = InterviewAnswered {
        interview_id: interview.to_string(),
        application_id: life.application_id.clone(),
        job_id: life.job_id.clone(),
        candidate_id: life.candidate_id.clone(),
        answer: answer.into(),
        start_time: timestamp(start),
        ..InterviewAnswered::default()
    };
    teller.say(time, Source::Ats, life.tenant, interview, &event);
    true
}

/// Whether they come, and how that is recorded.
fn attend(teller: &mut Teller<'_>, life: &Life, stage: &str, interview: Id, start: i64, stays_away: f64) -> bool {
    let came = !teller.chance(stays_away);
    let what = if came {
        teller.one_of(&[Attendance::Attended, Attendance::Attended, Attendance::Attended, Attendance::Late])
    } else {
        Attendance::CandidateNoShow
    };
    let what = if teller.chance(0.02) { Attendance::HostNoShow } else { what };
    let record = |what: Attendance| AttendanceRecorded {
        interview_id: interview.to_string(),
        application_id: life.application_id.clone(),
        job_id: life.job_id.clone(),
        candidate_id: life.candidate_id.clone(),
        stage: stage.to_owned(),
        attempt: 1,
        attendance: what.into(),
        start_time: timestamp(start),
        ..AttendanceRecorded::default()
    };
    if teller.chance(0.02) {
        // Corrected later.
        teller.say(start + 30 * MINUTE, Source::Ats, life.tenant, interview, &record(Attendance::CandidateNoShow));
    }
    teller.say(start + HOUR, Source::Ats, life.tenant, interview, &record(what));
    if what == Attendance::CandidateNoShow {
        let cause = teller.one_of(&[
            NoShowCause::SilentReminded,
            NoShowCause::ConfirmedDidNotCome,
            NoShowCause::SilentNotReminded,
            NoShowCause::ConfirmedNotReminded,
            NoShowCause::NotTold,
        ]);
        let event = NoShowExplained {
            interview_id: interview.to_string(),
            application_id: life.application_id.clone(),
            job_id: life.job_id.clone(),
            candidate_id: life.candidate_id.clone(),
            stage: stage.to_owned(),
            cause: cause.into(),
            failure: teller.one_of(&[NoShowFailure::Candidate, NoShowFailure::Host]).into(),
            ..NoShowExplained::default()
        };
        teller.say(start + HOUR + SECOND, Source::Ats, life.tenant, interview, &event);
    }
    came
}

fn offer(teller: &mut Teller<'_>, life: &Life, time: i64) {
    let Some(application) = life.application else { return };
    let offer = teller.id("offer", time);
    let ids = || {
        let Life { application_id, job_id, candidate_id, .. } = life.clone();
        (offer.to_string(), application_id, job_id, candidate_id)
    };
    let (offer_id, application_id, job_id, candidate_id) = ids();
    let expire_time = timestamp(time + 7 * DAY);
    let event = OfferSent { offer_id, application_id, job_id, candidate_id, expire_time };
    teller.say(time, Source::Ats, life.tenant, offer, &event);
    write(teller, life, time + SECOND, MessageKind::Offer, "");
    if teller.chance(0.3) {
        write(teller, life, time + 3 * DAY, MessageKind::OfferReminder, "");
    }
    let answered = teller.after(time, HOUR, 6 * DAY);
    let (offer_id, application_id, job_id, candidate_id) = ids();
    let answer = match teller.random.random_range(0..100) {
        0..68 => OfferAnswer::Accepted,
        68..84 => OfferAnswer::Declined,
        84..94 => {
            let state = OfferState::Expired.into();
            let event = OfferClosed { offer_id, application_id, job_id, candidate_id, state, was_sent: true };
            teller.say(time + 7 * DAY, Source::Ats, life.tenant, offer, &event);
            return end(teller, life, STAGES[3], time + 7 * DAY, ApplicationState::Withdrawn);
        }
        _ => return,
    };
    let event =
        OfferAnswered { offer_id, application_id, job_id, candidate_id, answer: answer.into(), by_candidate: true };
    teller.say(answered, Source::Ats, life.tenant, offer, &event);
    if answer == OfferAnswer::Declined {
        return end(teller, life, STAGES[3], answered, ApplicationState::Withdrawn);
    }
    let (offer_id, application_id, job_id, candidate_id) = ids();
    let hire_time = timestamp(answered);
    let event = Hired { application_id, job_id, candidate_id, offer_id, hire_time, ..Hired::default() };
    teller.say(answered, Source::Ats, life.tenant, application, &event);
}

/// A message is queued at that time and goes out: which one, and when.
fn write(teller: &mut Teller<'_>, life: &Life, time: i64, kind: MessageKind, interview: &str) -> (Id, i64) {
    let message = teller.id("msg", time);
    let versions: Vec<usize> =
        (0..VERSIONS.iter().find(|(of, _)| *of == kind).map_or(1, |(_, count)| *count)).collect();
    let version = teller.one_of(&versions);
    let name = kind.as_str_name().trim_start_matches("MESSAGE_KIND_").to_lowercase();
    let template_id = format!("builtin/{name}.v{version}/{}/1", life.language);
    let is_tried = kind == MessageKind::InterviewInvitation && version < 2;
    let experiment_id = if is_tried { "exp_01h455vb4pex5vsknk084sn02q" } else { "" };
    let arm = if is_tried { teller.one_of(&["a", "b"]) } else { "" };
    let features = FEATURES.iter().enumerate().filter(|(place, _)| (version + 3) >> (place % 3) & 1 == 1);
    let event = MessageQueued {
        message_id: message.to_string(),
        kind: kind.into(),
        candidate_id: life.candidate_id.clone(),
        application_id: life.application_id.clone(),
        interview_id: interview.to_owned(),
        template_id: template_id.clone(),
        template_name: format!("{name} v{version}"),
        language: life.language.to_owned(),
        clarity_score: 100 - 7 * i32::try_from(version).unwrap(),
        features: features.map(|(_, feature)| (*feature).into()).collect(),
        experiment_id: experiment_id.to_owned(),
        arm: arm.to_owned(),
        ..MessageQueued::default()
    };
    teller.say(time, Source::Outreach, life.tenant, message, &event);
    let sent = teller.after(time, SECOND, 30 * SECOND);
    let event = MessageSent {
        message_id: message.to_string(),
        kind: kind.into(),
        candidate_id: life.candidate_id.clone(),
        application_id: life.application_id.clone(),
        interview_id: interview.to_owned(),
        template_id,
        language: life.language.to_owned(),
        channel: life.channel.to_owned(),
        send_time: timestamp(sent),
        experiment_id: experiment_id.to_owned(),
        arm: arm.to_owned(),
        ..MessageSent::default()
    };
    teller.say(sent, Source::Outreach, life.tenant, message, &event);
    if life.channel == CHANNELS[0] && teller.chance(0.4) {
        let time = teller.after(sent, 20 * SECOND, DAY);
        let event = MessageOpened {
            message_id: message.to_string(),
            candidate_id: life.candidate_id.clone(),
            application_id: life.application_id.clone(),
            visitor: teller.one_of(&[Visitor::Human, Visitor::Machine]).into(),
            time: timestamp(time),
            ..MessageOpened::default()
        };
        teller.say(time, Source::Outreach, life.tenant, message, &event);
    }
    (message, sent)
}

fn reply(teller: &mut Teller<'_>, life: &Life, message: Id, time: i64) {
    let intent = teller.one_of(&[
        ReplyIntent::Confirm,
        ReplyIntent::Confirm,
        ReplyIntent::Question,
        ReplyIntent::OutOfOffice,
        ReplyIntent::Unsubscribe,
    ]);
    let event = ReplyClassified {
        message_id: message.to_string(),
        candidate_id: life.candidate_id.clone(),
        application_id: life.application_id.clone(),
        intent: intent.into(),
        confidence: 0.9,
        receive_time: timestamp(time),
        ..ReplyClassified::default()
    };
    teller.say(time, Source::Outreach, life.tenant, message, &event);
}
