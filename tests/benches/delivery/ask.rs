//! Who asks Usher for mails: `SendMessage` by several clients, each with a connection of its own, in a process of its own.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chassis::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use tonic::transport::{Channel, Endpoint};
use usher_proto::outreach::v1::{
    MessageDraft, MessageFacts, MessageKind, SendMessageRequest, message_service_client::MessageServiceClient,
};
use usher_tests::pods::by;

use crate::{
    clients,
    ours::{GRPC, PEOPLE, TOKEN},
    sink,
    talk::answer,
};

pub const PART: &str = "ask";

/// Asks when it is told to: `go ROUND COUNT`. Each round is of people who were not written to before.
pub async fn serve() {
    let token = std::env::var(TOKEN).unwrap();
    let people: Arc<Vec<String>> =
        Arc::new(std::fs::read_to_string(std::env::var(PEOPLE).unwrap()).unwrap().lines().map(str::to_owned).collect());
    let address = std::env::var(GRPC).unwrap();
    let mut channels = Vec::new();
    for _ in 0..clients() {
        channels.push(Endpoint::from_shared(address.clone()).unwrap().connect().await.unwrap());
    }
    answer("ready");
    let mut done = 0;
    while let Some(line) = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await.unwrap() {
        let line = line.unwrap();
        let count: usize = line.rsplit(' ').next().unwrap().parse().unwrap();
        assert!(done + count <= people.len(), "there are not so many people");
        let begun = sink::now();
        send(&channels, &token, &people, done..done + count).await;
        answer(&format!("{begun} {}", sink::now()));
        done += count;
    }
}

async fn send(channels: &[Channel], token: &str, people: &Arc<Vec<String>>, range: std::ops::Range<usize>) {
    let (next, now) = (Arc::new(AtomicUsize::new(range.start)), Clock::system().now());
    let clients: Vec<_> = channels
        .iter()
        .map(|channel| {
            let (channel, token, people, next) = (channel.clone(), token.to_owned(), people.clone(), next.clone());
            let end = range.end;
            tokio::spawn(async move {
                let mut client = MessageServiceClient::new(channel);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        break;
                    }
                    let draft = Some(invitation(&people[number], now));
                    let request = SendMessageRequest { draft, ..SendMessageRequest::default() };
                    client.send_message(by(&token, request)).await.unwrap();
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
}

/// With every fact that an invitation has. `person` is what stands behind the prefix of their ids.
fn invitation(person: &str, now: DateTime<Utc>) -> MessageDraft {
    let on_day = |days| Some(chassis::wire::timestamp(now + TimeDelta::days(days)));
    let facts = MessageFacts {
        position: "Platform Engineer".to_owned(),
        company: "Northlight".to_owned(),
        start_time: on_day(7),
        duration: Some(prost_types::Duration { seconds: 3_600, nanos: 0 }),
        time_zone: "Europe/London".to_owned(),
        place: "12 Example Street, floor 3, room Ada".to_owned(),
        interviewers: vec!["Ines Interviewer, team lead".to_owned(), "Hugo Manager, head of platform".to_owned()],
        materials: vec!["a photo identity card".to_owned(), "the notebook that you like to work with".to_owned()],
        contact_name: "Rita Recruiter".to_owned(),
        contact_channel: "+44 20 7946 0100".to_owned(),
        answer_by: on_day(3),
        team_introduction: "Six people who keep the order platform running and calm.".to_owned(),
        calendar_uid: format!("intv_{person}@usher"),
        ..MessageFacts::default()
    };
    MessageDraft {
        business_key: format!("bench/{person}"),
        kind: MessageKind::InterviewInvitation.into(),
        candidate_id: format!("cand_{person}"),
        application_id: format!("app_{person}"),
        interview_id: format!("intv_{person}"),
        facts: Some(facts),
        channels: Vec::new(),
        template: String::new(),
    }
}
