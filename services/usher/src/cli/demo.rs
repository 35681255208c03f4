//! `usher demo`: plays the whole story against a running suite, at speed, and tells it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chassis::{Clock, TenantId, auth::Signer, wire};
use chrono::{DateTime, TimeDelta, Utc};
use tonic::transport::Channel;
use usher_proto::{
    accounts::v1::{AdvanceClockRequest, GetClockRequest, clock_service_client::ClockServiceClient},
    analytics::v1::{
        Dimension, GetNoShowRatesRequest, GetTemplateReplyRatesRequest, Rate, ReportQuery,
        report_service_client::ReportServiceClient,
    },
    ats::v1::{
        Attendance, CreateApplicationRequest, CreateJobRequest, Interview, InterviewState, Interviewer,
        ListTasksRequest, OpenJobRequest, Recommendation, RecordAttendanceRequest, RecordFeedbackRequest,
        ScheduleInterviewRequest, Task, TaskKind, UpdateInterviewRequest,
        application_service_client::ApplicationServiceClient, interview_service_client::InterviewServiceClient,
        job_service_client::JobServiceClient, task_service_client::TaskServiceClient,
    },
    outreach::v1::{
        GetMessageRequest, ListMessagesRequest, Message, MessageKind, MessageState,
        message_service_client::MessageServiceClient,
    },
    talent::v1::{
        SearchCandidatesRequest, SearchCandidatesResponse, SearchFilter, SearchHit,
        search_service_client::SearchServiceClient,
    },
};

use super::timeline;
use crate::{
    client::{Client, Dev, explain},
    ui::say,
};

/// The longest that any step may take to show its effect.
const PATIENCE: Duration = Duration::from_secs(30);
const HOUR: u64 = 3_600;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the running `usher up`.
    #[arg(long, default_value = ".usher")]
    dir: PathBuf,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    let mut story = Story::begin(&args.dir).await?;
    story.tell().await?;
    say(format!("\nThe whole story took {:.1} s.", start.elapsed().as_secs_f64()));
    Ok(ExitCode::SUCCESS)
}

/// The story and what it has learnt so far.
struct Story {
    recruiter: Client,
    interviewer: Client,
    installation: Installation,
    http: reqwest::Client,
    pages: String,
    mail: PathBuf,
    chapter: u32,
}

/// Moves the clock, which is work of the installation and not of a tenant.
struct Installation {
    channel: Channel,
    signer: Signer,
    // The suite's time as we know it; what we sign must not have expired there.
    clock: Clock,
}

impl Installation {
    fn request<M>(&self, message: M) -> anyhow::Result<tonic::Request<M>> {
        let mut request = tonic::Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {}", self.signer.token(None)?).parse()?);
        Ok(request)
    }

    async fn now(&self) -> anyhow::Result<DateTime<Utc>> {
        let mut clock = ClockServiceClient::new(self.channel.clone());
        let answer = clock.get_clock(GetClockRequest {}).await.map_err(|status| explain(&status))?.into_inner();
        Ok(wire::required_instant("now", answer.now.as_ref())?)
    }

    async fn advance(&self, seconds: u64) -> anyhow::Result<()> {
        let by = prost_types::Duration { seconds: i64::try_from(seconds)?, nanos: 0 };
        let mut clock = ClockServiceClient::new(self.channel.clone());
        let request = self.request(AdvanceClockRequest { by: Some(by) })?;
        clock.advance_clock(request).await.map_err(|status| explain(&status))?;
        self.clock.advance(Duration::from_secs(seconds))?;
        Ok(())
    }
}

impl Story {
    async fn begin(dir: &Path) -> anyhow::Result<Self> {
        let dev = Dev::read(dir)?;
        let token = |role: &str| dev.tokens.get(role).cloned().with_context(|| format!("no token for {role}"));
        let recruiter = Client::connect(&dev.grpc, &token("recruiter")?).await?;
        let interviewer = Client::connect(&dev.grpc, &token("interviewer")?).await?;
        // The suite's clock may have been moved; our own need not know, since the suite tells its time.
        let mut clock = ClockServiceClient::new(recruiter.channel());
        let told = clock.get_clock(GetClockRequest {}).await.map_err(|status| explain(&status))?.into_inner();
        ensure!(told.movable, "this suite's clock can not be moved; the story takes days");
        let theirs = wire::required_instant("now", told.now.as_ref())?;
        let ours = Clock::movable();
        ours.advance((theirs - ours.now()).max(TimeDelta::zero()).to_std()?)?;
        let signer = Signer::from_file(&dir.join("internal.pem"), "demo", "usher", ours.clone())?;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let _: TenantId = dev.tenant.parse()?;
        Ok(Self {
            installation: Installation { channel: recruiter.channel(), signer, clock: ours },
            recruiter,
            interviewer,
            http,
            pages: dev.http,
            mail: dir.join("mail"),
            chapter: 0,
        })
    }

    async fn tell(&mut self) -> anyhow::Result<()> {
        self.chapter("A search finds people");
        let people = self.search("Java AND 微服务", "Shanghai").await?;
        let [first, second, ..] = people.as_slice() else {
            anyhow::bail!("the search found {} people; two are needed", people.len())
        };

        self.chapter("A job is opened; two of them are considered");
        let job = self.open_job().await?;
        let lin = self.apply(&job, first).await?;
        let other = self.apply(&job, second).await?;

        self.chapter("An invitation without a place and without a link is refused");
        let interview = self.schedule(&lin, None, &[]).await?;
        let refused = self.message(&interview, MessageKind::InterviewInvitation, MessageState::Refused).await?;
        let why = refused.verdicts.iter().find(|verdict| !verdict.passed).context("a refused message has a verdict")?;
        say(format!("  refused: {} ({})", why.detail, why.reason));
        self.task(&interview, TaskKind::MessageRefused).await?;

        self.chapter("With a place it goes out, in the candidate's language");
        self.give_place(&interview).await?;
        let sent = self.message(&interview, MessageKind::InterviewInvitation, MessageState::Sent).await?;
        say(format!("  «{}» in {}, Message-ID {}", sent.subject, sent.language, sent.rfc_message_id));
        let link = self.link_in_mail(&sent).await?;
        say("  multipart mail with text, HTML and .ics is in the mail folder");

        self.chapter("Nobody answers for 24 hours: one reminder and one task");
        self.installation.advance(25 * HOUR).await?;
        // At night it waits for the candidate's morning.
        let night = until_day(self.installation.now().await?);
        if night > 0 {
            self.installation.advance(night).await?;
        }
        let reminder = self.message(&interview, MessageKind::InterviewReminder, MessageState::Sent).await?;
        say(format!("  reminder: «{}»", reminder.subject));
        self.task(&interview, TaskKind::InvitationUnanswered).await?;
        self.installation.advance(2 * HOUR).await?;
        let reminders = self.messages(&interview).await?;
        let count = reminders.iter().filter(|message| message.kind() == MessageKind::InterviewReminder).count();
        ensure!(count == 1, "one reminder is enough, there are {count}");

        self.chapter("The candidate opens the link on a phone and confirms");
        self.confirm(&link).await?;
        self.state(&interview, InterviewState::Confirmed).await?;
        self.forged(&link).await?;
        self.task_gone(&interview, TaskKind::InvitationUnanswered).await?;

        self.chapter("The other one needs another time and takes an offered one");
        let now = self.installation.now().await?;
        let offered = [at_hour(now, 5, 2), at_hour(now, 6, 7)];
        let second_interview = self.schedule(&other, Some("https://meet.example.com/usher-demo"), &offered).await?;
        let sent = self.message(&second_interview, MessageKind::InterviewInvitation, MessageState::Sent).await?;
        let link = self.link_in_mail(&sent).await?;
        self.take_offered(&link, offered[0]).await?;
        self.message(&second_interview, MessageKind::InterviewRescheduled, MessageState::Sent).await?;
        self.state(&second_interview, InterviewState::Confirmed).await?;
        self.installation.advance(25 * HOUR).await?;
        let messages = self.messages(&second_interview).await?;
        ensure!(
            messages.iter().all(|message| message.kind() != MessageKind::InterviewReminder),
            "who has answered is not reminded"
        );
        say("  a day later: no reminder, since there was an answer");

        self.chapter("The interviews take place, or not");
        self.installation.advance(9 * 24 * HOUR).await?;
        self.attend(&interview, Attendance::Attended).await?;
        self.feedback(&interview).await?;
        self.attend(&second_interview, Attendance::CandidateNoShow).await?;

        self.chapter("Analytics has counted all along, from events alone");
        self.reports().await?;

        self.chapter(&format!("What happened to {}", first.display_name));
        self.timeline_complete(&first.candidate_id).await?;
        timeline::print(&self.recruiter, &first.candidate_id).await
    }

    fn chapter(&mut self, title: &str) {
        self.chapter += 1;
        say(format!("\n{}. {title}", self.chapter));
    }

    /// Tells whom a search finds; the answer is those of them who can be written to.
    async fn search(&self, query: &str, city: &str) -> anyhow::Result<Vec<SearchHit>> {
        let found = self.find(query, city).await?;
        say(format!("  «{query}» in {city}: {} people, among them", found.total_size));
        for person in found.hits.iter().take(3) {
            say(format!(
                "    {} · {} · {} · {}",
                person.display_name,
                person.title,
                person.city,
                person.skills.join(", ")
            ));
        }
        Ok(self.find(&format!("{query} has:email"), city).await?.hits)
    }

    async fn find(&self, query: &str, city: &str) -> anyhow::Result<SearchCandidatesResponse> {
        let request = SearchCandidatesRequest {
            query: query.to_owned(),
            filter: Some(SearchFilter { cities: vec![city.to_owned()], ..SearchFilter::default() }),
            ..SearchCandidatesRequest::default()
        };
        let mut search = SearchServiceClient::new(self.recruiter.channel());
        let answer =
            search.search_candidates(self.recruiter.request(request)).await.map_err(|status| explain(&status))?;
        Ok(answer.into_inner())
    }

    async fn open_job(&self) -> anyhow::Result<String> {
        let mut jobs = JobServiceClient::new(self.recruiter.channel());
        let request = CreateJobRequest {
            title: "Java 后端工程师".to_owned(),
            company_name: "晨光科技".to_owned(),
            location: "Shanghai".to_owned(),
            required_skills: vec!["Java".to_owned(), "微服务".to_owned()],
            openings: 2,
            request_id: uuid::Uuid::now_v7().to_string(),
            ..CreateJobRequest::default()
        };
        let job = jobs.create_job(self.recruiter.request(request)).await.map_err(|status| explain(&status))?;
        let job_id = job.into_inner().job.context("no job in the answer")?.job_id;
        let request = OpenJobRequest { job_id: job_id.clone(), request_id: String::new() };
        jobs.open_job(self.recruiter.request(request)).await.map_err(|status| explain(&status))?;
        say(format!("  {job_id} is open"));
        Ok(job_id)
    }

    async fn apply(&self, job: &str, person: &SearchHit) -> anyhow::Result<String> {
        let request = CreateApplicationRequest {
            job_id: job.to_owned(),
            candidate_id: person.candidate_id.clone(),
            source: "talent_pool".to_owned(),
            request_id: uuid::Uuid::now_v7().to_string(),
        };
        let answer = ApplicationServiceClient::new(self.recruiter.channel())
            .create_application(self.recruiter.request(request))
            .await
            .map_err(|status| explain(&status))?;
        let application = answer.into_inner().application.context("no application in the answer")?;
        say(format!("  {}: {} in {}", person.display_name, application.application_id, application.stage));
        Ok(application.application_id)
    }

    async fn schedule(
        &self,
        application: &str,
        link: Option<&str>,
        offered: &[DateTime<Utc>],
    ) -> anyhow::Result<Interview> {
        let now = self.installation.now().await?;
        let request = ScheduleInterviewRequest {
            application_id: application.to_owned(),
            start_time: Some(wire::timestamp(at_hour(now, 4, 6))),
            duration: Some(prost_types::Duration { seconds: 3_600, nanos: 0 }),
            time_zone: "Asia/Shanghai".to_owned(),
            link: link.unwrap_or_default().to_owned(),
            interviewers: vec![Interviewer {
                user_id: String::new(),
                display_name: "周敏".to_owned(),
                title: "后端负责人".to_owned(),
            }],
            materials: vec!["身份证".to_owned(), "作品或代码链接".to_owned()],
            contact_name: "Rita Recruiter".to_owned(),
            contact_channel: "+86 21 5555 0100".to_owned(),
            offered_times: offered.iter().copied().map(wire::timestamp).collect(),
            team_introduction: "订单平台组，六个人，负责每天三百万笔订单。".to_owned(),
            request_id: uuid::Uuid::now_v7().to_string(),
            ..ScheduleInterviewRequest::default()
        };
        let answer = InterviewServiceClient::new(self.recruiter.channel())
            .schedule_interview(self.recruiter.request(request))
            .await
            .map_err(|status| explain(&status))?;
        let interview = answer.into_inner().interview.context("no interview in the answer")?;
        say(format!("  {} is scheduled", interview.interview_id));
        Ok(interview)
    }

    async fn give_place(&self, interview: &Interview) -> anyhow::Result<()> {
        let request = UpdateInterviewRequest {
            interview_id: interview.interview_id.clone(),
            place: "上海市徐汇区漕河泾 88 号 3 楼".to_owned(),
            update_mask: Some(prost_types::FieldMask { paths: vec!["place".to_owned()] }),
            ..UpdateInterviewRequest::default()
        };
        InterviewServiceClient::new(self.recruiter.channel())
            .update_interview(self.recruiter.request(request))
            .await
            .map_err(|status| explain(&status))?;
        Ok(())
    }

    async fn messages(&self, interview: &Interview) -> anyhow::Result<Vec<Message>> {
        let request = ListMessagesRequest {
            interview_id: interview.interview_id.clone(),
            page_size: 100,
            ..ListMessagesRequest::default()
        };
        let answer = MessageServiceClient::new(self.recruiter.channel())
            .list_messages(self.recruiter.request(request))
            .await
            .map_err(|status| explain(&status))?;
        Ok(answer.into_inner().messages)
    }

    /// Waits for a message of that kind and state, and reads it whole.
    async fn message(&self, interview: &Interview, kind: MessageKind, state: MessageState) -> anyhow::Result<Message> {
        let what = format!("{} of {} becomes {}", kind.as_str_name(), interview.interview_id, state.as_str_name());
        let found = until(&what, async || {
            let messages = self.messages(interview).await?;
            Ok(messages.into_iter().find(|message| message.kind() == kind && message.state() == state))
        })
        .await?;
        let request = GetMessageRequest { message_id: found.message_id };
        let answer = MessageServiceClient::new(self.recruiter.channel())
            .get_message(self.recruiter.request(request))
            .await
            .map_err(|status| explain(&status))?;
        answer.into_inner().message.context("no message in the answer")
    }

    async fn tasks(&self, interview: &Interview) -> anyhow::Result<Vec<Task>> {
        let request = ListTasksRequest {
            candidate_id: interview.candidate_id.clone(),
            page_size: 100,
            ..ListTasksRequest::default()
        };
        let answer = TaskServiceClient::new(self.recruiter.channel())
            .list_tasks(self.recruiter.request(request))
            .await
            .map_err(|status| explain(&status))?;
        let ours = |task: &Task| task.interview_id == interview.interview_id;
        Ok(answer.into_inner().tasks.into_iter().filter(ours).collect())
    }

    async fn task(&self, interview: &Interview, kind: TaskKind) -> anyhow::Result<()> {
        let task = until(&format!("a task {}", kind.as_str_name()), async || {
            Ok(self.tasks(interview).await?.into_iter().find(|task| task.kind() == kind))
        })
        .await?;
        say(format!("  workbench: {} → {}", task.why, task.suggestion));
        Ok(())
    }

    async fn task_gone(&self, interview: &Interview, kind: TaskKind) -> anyhow::Result<()> {
        until(&format!("the task {} is done", kind.as_str_name()), async || {
            Ok(self.tasks(interview).await?.iter().all(|task| task.kind() != kind).then_some(()))
        })
        .await?;
        say("  the task has gone from the workbench by itself");
        Ok(())
    }

    async fn state(&self, interview: &Interview, state: InterviewState) -> anyhow::Result<()> {
        use usher_proto::ats::v1::GetInterviewRequest;
        let mut interviews = InterviewServiceClient::new(self.recruiter.channel());
        let request = GetInterviewRequest { interview_id: interview.interview_id.clone() };
        let answer = interviews
            .get_interview(self.recruiter.request(request))
            .await
            .map_err(|status| explain(&status))?
            .into_inner();
        let found = answer.interview.map(|interview| interview.state()).unwrap_or_default();
        ensure!(found == state, "the interview is {}, not {}", found.as_str_name(), state.as_str_name());
        say(format!("  the interview is {}", state.as_str_name()));
        Ok(())
    }

    /// The candidate's link, from the mail itself.
    async fn link_in_mail(&self, message: &Message) -> anyhow::Result<String> {
        let prefix = format!("{}/c/", self.pages);
        let from = message.text.find(&prefix).context("the mail carries no link to the candidate centre")?;
        let link: String = message.text[from..]
            .chars()
            .take_while(|character| !character.is_whitespace() && !"<>\"'()（）。，".contains(*character))
            .collect();
        until("the mail is in the folder", async || {
            let found = std::fs::read_dir(&self.mail).is_ok_and(|entries| {
                entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains(&message.message_id))
            });
            Ok(found.then_some(()))
        })
        .await?;
        Ok(link)
    }

    async fn page(&self, url: &str) -> anyhow::Result<(u16, String)> {
        let answer = self.http.get(url).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> anyhow::Result<u16> {
        Ok(self.http.post(url).form(form).send().await?.status().as_u16())
    }

    async fn confirm(&self, link: &str) -> anyhow::Result<()> {
        let (status, page) = self.page(link).await?;
        ensure!(status == 200, "the centre answers {status}");
        let revision = revision(&page)?;
        let status = self.post(&format!("{link}/confirm"), &[("revision", &revision)]).await?;
        ensure!(status == 303, "confirming answers {status}");
        // A second tap, or a replay of the first: nothing more happens.
        let status = self.post(&format!("{link}/confirm"), &[("revision", &revision)]).await?;
        ensure!(status == 303, "confirming again answers {status}");
        say("  GET shows, POST acts: confirmed");
        Ok(())
    }

    async fn forged(&self, link: &str) -> anyhow::Result<()> {
        let mut forged = link.to_owned();
        let last = forged.pop().context("a link has characters")?;
        forged.push(if last == 'A' { 'B' } else { 'A' });
        let (status, _) = self.page(&forged).await?;
        ensure!(status == 404, "a forged link answers {status}");
        say("  a forged link answers 404 and does nothing");
        Ok(())
    }

    async fn take_offered(&self, link: &str, start: DateTime<Utc>) -> anyhow::Result<()> {
        let (_, page) = self.page(link).await?;
        let ask = [("revision", revision(&page)?), ("note", "那天下午有课，能改时间吗？".to_owned())];
        let form: Vec<(&str, &str)> = ask.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let status = self.post(&format!("{link}/other-time"), &form).await?;
        ensure!(status == 303, "asking for another time answers {status}");
        let (_, page) = self.page(link).await?;
        let start_text = offered_value(&page, start)?;
        let revision = revision(&page)?;
        let status =
            self.post(&format!("{link}/take"), &[("revision", &revision), ("start_time", &start_text)]).await?;
        ensure!(status == 303, "taking an offered time answers {status}");
        say(format!("  took {start}, confirmed at once"));
        Ok(())
    }

    async fn attend(&self, interview: &Interview, attendance: Attendance) -> anyhow::Result<()> {
        let request = RecordAttendanceRequest {
            interview_id: interview.interview_id.clone(),
            attendance: attendance.into(),
            ..RecordAttendanceRequest::default()
        };
        InterviewServiceClient::new(self.interviewer.channel())
            .record_attendance(self.interviewer.request(request))
            .await
            .map_err(|status| explain(&status))?;
        say(format!("  {}: {}", interview.interview_id, attendance.as_str_name()));
        Ok(())
    }

    async fn feedback(&self, interview: &Interview) -> anyhow::Result<()> {
        let request = RecordFeedbackRequest {
            interview_id: interview.interview_id.clone(),
            recommendation: Recommendation::Yes.into(),
            note: "Knows why, not only how.".to_owned(),
            topics_asked: vec!["on-call".to_owned(), "团队技术栈".to_owned()],
            ..RecordFeedbackRequest::default()
        };
        InterviewServiceClient::new(self.interviewer.channel())
            .record_feedback(self.interviewer.request(request))
            .await
            .map_err(|status| explain(&status))?;
        Ok(())
    }

    async fn reports(&self) -> anyhow::Result<()> {
        let mut reports = ReportServiceClient::new(self.recruiter.channel());
        let (templates, stages) = until("the counts are there", async || {
            let by =
                |dimension: Dimension| Some(ReportQuery { group_by: vec![dimension.into()], ..ReportQuery::default() });
            let request = GetTemplateReplyRatesRequest { query: by(Dimension::TemplateVersion) };
            let templates = reports
                .get_template_reply_rates(self.recruiter.request(request))
                .await
                .map_err(|status| explain(&status))?
                .into_inner()
                .report
                .unwrap_or_default()
                .rows;
            let request = GetNoShowRatesRequest { query: by(Dimension::Stage) };
            let stages = reports
                .get_no_show_rates(self.recruiter.request(request))
                .await
                .map_err(|status| explain(&status))?
                .into_inner()
                .report
                .unwrap_or_default()
                .rows;
            let counted: i64 = stages.iter().filter_map(|stage| stage.rate.as_ref()).map(|rate| rate.denominator).sum();
            Ok((!templates.is_empty() && counted >= 2).then_some((templates, stages)))
        })
        .await?;
        for template in templates {
            say(format!("  reply rate  {}: {}", template.values.concat(), in_words(template.rate.as_ref())));
        }
        for stage in stages {
            say(format!("  no-show     stage {}: {}", stage.values.concat(), in_words(stage.rate.as_ref())));
        }
        Ok(())
    }

    /// Waits until the last thing that was done stands in the timeline.
    async fn timeline_complete(&self, candidate: &str) -> anyhow::Result<()> {
        until("the timeline is complete", async || {
            let entries = timeline::all(&self.recruiter, candidate).await?;
            Ok(entries.iter().any(|entry| entry.r#type.ends_with("FeedbackRecorded")).then_some(()))
        })
        .await
    }
}

/// Waits until something is there.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        ensure!(start.elapsed() < PATIENCE, "not within {} s: {what}", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// So many days from now, at that hour of UTC.
fn at_hour(now: DateTime<Utc>, days: i64, hour: u32) -> DateTime<Utc> {
    let day = (now + TimeDelta::days(days)).date_naive();
    day.and_hms_opt(hour, 0, 0).map_or(now + TimeDelta::days(days), |time| time.and_utc())
}

/// Seconds until it is day in Shanghai, where reminders go out from eight to nine in the evening; 0 when it is.
fn until_day(now: DateTime<Utc>) -> u64 {
    // Midnight in UTC is eight o'clock there.
    let since_eight = u64::try_from((now - at_hour(now, 0, 0)).num_seconds()).unwrap_or_default();
    if since_eight < 13 * HOUR { 0 } else { 24 * HOUR - since_eight + 60 }
}

/// The hidden field that says which state of the interview the page showed.
fn revision(page: &str) -> anyhow::Result<String> {
    field(page, "name=\"revision\"").context("the page has no form to answer with")
}

/// The value under which the page offers a time.
fn offered_value(page: &str, start: DateTime<Utc>) -> anyhow::Result<String> {
    page.split("name=\"start_time\"")
        .skip(1)
        .filter_map(|rest| rest.split("value=\"").nth(1)?.split('"').next())
        .map(str::to_owned)
        .find(|value| {
            value.parse::<DateTime<Utc>>().is_ok_and(|time| time == start)
                || value.parse::<i64>().is_ok_and(|seconds| seconds == start.timestamp())
        })
        .context("the page does not offer that time")
}

/// The value of the input that has the given attribute.
fn field(page: &str, attribute: &str) -> Option<String> {
    let at = page.find(attribute)?;
    let tag = &page[page[..at].rfind('<')?..];
    let tag = &tag[..tag.find('>')?];
    let value = tag.split("value=\"").nth(1)?;
    Some(value[..value.find('"')?].to_owned())
}

fn in_words(rate: Option<&Rate>) -> String {
    let Some(rate) = rate else { return "no data".to_owned() };
    let caution = if rate.below_minimum_n { ", too few to read much into it" } else { "" };
    format!(
        "{} of {} = {:.0} % (95 % interval {:.0}–{:.0} %{caution})",
        rate.numerator,
        rate.denominator,
        rate.value * 100.0,
        rate.lower * 100.0,
        rate.upper * 100.0
    )
}
