//! `kill -9` in the middle of everything, then start again: whatever was acknowledged happens, and each mail goes out
//! once, outside of the one window that SMTP can not close, which is counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use tonic::{Code, Status, transport::Channel};
use usher::client::{Client, Dev};
use usher_proto::{
    ats::v1::{
        CreateApplicationRequest, CreateJobRequest, Interviewer, OpenJobRequest, ScheduleInterviewRequest,
        application_service_client::ApplicationServiceClient, interview_service_client::InterviewServiceClient,
        job_service_client::JobServiceClient,
    },
    outreach::v1::{ListMessagesRequest, MessageState, message_service_client::MessageServiceClient},
    talent::v1::{
        CandidateProfile, CreateCandidateRequest, Language, candidate_service_client::CandidateServiceClient,
    },
};
use usher_tests::{program::Program, sink::Sink};

const PEOPLE: usize = 24;
const KILLS: u32 = 4;

/// Calls until it is answered; every call here carries a request id, so that asking again is safe.
async fn surely<T>(mut call: impl AsyncFnMut() -> Result<T, Status>) -> T {
    let start = Instant::now();
    loop {
        match call().await {
            Ok(answer) => return answer,
            Err(status) => {
                let away =
                    matches!(status.code(), Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal);
                assert!(away && start.elapsed() < Duration::from_secs(120), "{status:?}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn key() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn client(dev: &Dev) -> (Client, Channel) {
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", dev.grpc)).unwrap();
    let channel = endpoint.connect_timeout(Duration::from_secs(2)).timeout(Duration::from_secs(10)).connect_lazy();
    (Client::over(channel.clone(), &dev.tokens["recruiter"]).unwrap(), channel)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_the_story_completes_and_each_mail_goes_out_once() {
    let dir = tempfile::Builder::new().prefix("usher-crash").tempdir().unwrap();
    // PostgreSQL runs as another user when we are root.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(dir.path(), open).unwrap();
    let sink = Sink::start().await;
    let mut program = Program::start(dir.path(), &["--without-samples"], &[("USHER_OUTREACH_SMTP_URL", sink.url())]);
    let dev = Dev::read(dir.path()).unwrap();
    // Not waiting for anything: the point is that nobody knows what the program is doing when it dies.
    let killing = tokio::task::spawn_blocking(move || {
        for round in 0..KILLS {
            std::thread::sleep(Duration::from_millis(400 + 350 * u64::from(round)));
            program.kill();
            program.again();
        }
        program
    });
    let story = tokio::time::timeout(Duration::from_secs(180), invite_everybody(&dev));
    let (interviews, program) = tokio::join!(story, killing);
    let interviews = interviews.expect("the story completes");
    let _program = program.expect("the program starts again each time");
    assert_eq!(interviews.len(), PEOPLE);

    // Taken over after a minute where a worker died with a message in hand.
    let sent = all_sent(&dev).await;
    assert_eq!(sent.len(), PEOPLE, "one invitation each");
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for id in sink.message_ids() {
        *times.entry(id).or_default() += 1;
    }
    assert_eq!(times.keys().cloned().collect::<BTreeSet<_>>(), sent, "what is sent has arrived, and nothing else");
    let twice: u32 = times.values().map(|times| times - 1).sum();
    println!("{PEOPLE} invitations over {KILLS} kills: {twice} mails arrived again with the same Message-ID");
    assert!(twice <= KILLS * 4, "at most what the workers had in hand when they were killed");
}

async fn invite_everybody(dev: &Dev) -> BTreeSet<String> {
    let (caller, channel) = client(dev);
    let job = CreateJobRequest {
        title: "Platform Engineer".to_owned(),
        company_name: "Northlight".to_owned(),
        request_id: key(),
        ..CreateJobRequest::default()
    };
    let job =
        surely(async || JobServiceClient::new(channel.clone()).create_job(caller.request(job.clone())).await).await;
    let job_id = job.into_inner().job.unwrap().job_id;
    let open = OpenJobRequest { job_id: job_id.clone(), request_id: key() };
    surely(async || JobServiceClient::new(channel.clone()).open_job(caller.request(open.clone())).await).await;
    let mut interviews = BTreeSet::new();
    for number in 0..PEOPLE {
        let profile = CandidateProfile {
            display_name: format!("Candidate {number}"),
            email: format!("candidate{number}@example.com"),
            language: Language::En.into(),
            time_zone: "Europe/London".to_owned(),
            ..CandidateProfile::default()
        };
        let person = CreateCandidateRequest { profile: Some(profile), request_id: key() };
        let person = surely(async || {
            CandidateServiceClient::new(channel.clone()).create_candidate(caller.request(person.clone())).await
        })
        .await;
        let application = CreateApplicationRequest {
            job_id: job_id.clone(),
            candidate_id: person.into_inner().candidate.unwrap().candidate_id,
            source: "referral".to_owned(),
            request_id: key(),
        };
        let application = surely(async || {
            ApplicationServiceClient::new(channel.clone()).create_application(caller.request(application.clone())).await
        })
        .await;
        let start = chrono::DateTime::<chrono::Utc>::from(std::time::UNIX_EPOCH) + chrono::TimeDelta::days(40_000);
        let interview = ScheduleInterviewRequest {
            application_id: application.into_inner().application.unwrap().application_id,
            start_time: Some(chassis::wire::timestamp(start)),
            time_zone: "Europe/London".to_owned(),
            link: "https://meet.example.com/1".to_owned(),
            interviewers: vec![Interviewer { display_name: "Ada".to_owned(), ..Interviewer::default() }],
            contact_name: "Rita".to_owned(),
            contact_channel: "+44 20 7946 0000".to_owned(),
            request_id: key(),
            ..ScheduleInterviewRequest::default()
        };
        let scheduled = surely(async || {
            InterviewServiceClient::new(channel.clone()).schedule_interview(caller.request(interview.clone())).await
        })
        .await;
        interviews.insert(scheduled.into_inner().interview.unwrap().interview_id);
    }
    interviews
}

/// Waits until every message is sent. The answer is their Message-IDs.
async fn all_sent(dev: &Dev) -> BTreeSet<String> {
    let (caller, channel) = client(dev);
    let start = Instant::now();
    loop {
        let list = ListMessagesRequest { page_size: 1000, ..ListMessagesRequest::default() };
        let messages = surely(async || {
            MessageServiceClient::new(channel.clone()).list_messages(caller.request(list.clone())).await
        })
        .await
        .into_inner()
        .messages;
        let sent: BTreeSet<String> = messages
            .iter()
            .filter(|message| message.state() == MessageState::Sent)
            .map(|message| message.rfc_message_id.clone())
            .collect();
        if sent.len() >= PEOPLE {
            return sent;
        }
        assert!(start.elapsed() < Duration::from_secs(150), "{} of {PEOPLE} are sent", sent.len());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
