//! The log over gRPC, and readers that wait until they have seen a write.

use std::time::Duration;

use outbox::{
    Log as _,
    conformance::{Said, Trouble},
};
use testkit::{Site, Voice};
use tonic::Code;
use tonic_types::StatusExt as _;
use usher_proto::{
    accounts::v1::Role,
    eventlog::v1::{
        ConsistencyToken, LocateEventRequest, ReadEventsRequest, event_log_service_client::EventLogServiceClient,
    },
};

use crate::Ground;

fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_read_each_others_log_and_nobody_else_does() {
    let site = Site::start(vec![Box::new(Voice::new("mouth"))]).await;
    let tenant = site.tenant();
    let mut ids = Vec::new();
    for number in 1..=3 {
        ids.push(site.say("mouth", &tenant, "a", &Said { number }).await.to_string());
    }
    site.settle().await;
    let shard = u32::from(outbox::shard_of(tenant, outbox::Settings::default().shards));
    let mut client = EventLogServiceClient::new(site.channel());
    let read =
        |after_position, page_size| ReadEventsRequest { source: "mouth".to_owned(), shard, after_position, page_size };
    let page = client.read_events(site.installation_request(read(1, 1))).await.unwrap().into_inner();
    assert_eq!((page.events.len(), page.head_position), (1, 3));
    let event = &page.events[0];
    assert_eq!((event.position, &event.id, &event.predecessor_id), (2, &ids[1], &ids[0]));
    assert_eq!((event.tenant_id.as_str(), event.subject.as_str()), (tenant.to_string().as_str(), "a"));
    assert_eq!(outbox::read::<Said>(event).unwrap().unwrap().number, 2);

    let ahead = client.read_events(site.installation_request(read(4, 1))).await.unwrap_err();
    assert_eq!((ahead.code(), reason(&ahead).as_str()), (Code::OutOfRange, "EVENT_POSITION_AHEAD"));
    let unknown = ReadEventsRequest { source: "nobody".to_owned(), ..read(0, 1) };
    let unknown = client.read_events(site.installation_request(unknown)).await.unwrap_err();
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::NotFound, "EVENT_SOURCE_UNKNOWN"));
    let negative = client.read_events(site.installation_request(read(-1, 1))).await.unwrap_err();
    assert_eq!(negative.code(), Code::InvalidArgument);
    let user = client.read_events(site.request(&tenant, Role::Admin, read(0, 1))).await.unwrap_err();
    assert_eq!(user.code(), Code::PermissionDenied);

    let locate = |event_id: &str| LocateEventRequest { source: "mouth".to_owned(), event_id: event_id.to_owned() };
    let place = client.locate_event(site.installation_request(locate(&ids[2]))).await.unwrap().into_inner();
    assert_eq!((place.shard, place.position), (shard, 3));
    let never = uuid::Uuid::now_v7().to_string();
    let unknown = client.locate_event(site.installation_request(locate(&never))).await.unwrap_err();
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::NotFound, "EVENT_NOT_FOUND"));
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_waits_until_it_has_seen_a_write() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let mut tx = stage.begin(stage.tenants[0]).await;
    stage.append(&mut tx, "a", 1).await;
    let token = tx.commit().await.unwrap().unwrap();
    let log = outbox::LocalLog::new(vec![ground.database.db("mouth")]);
    let early = log.locate("mouth", &token.event_id).await.unwrap_err();
    assert_eq!((early.reason(), early.is_transient()), ("EVENT_NOT_SEQUENCED", true));

    stage.probe.trouble(1, Trouble::Hold);
    let (_producer, follower) = (stage.produce(), stage.follow());
    let progress = follower.progress();
    let late = progress.wait_for(&token, Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(late.reason(), "NOT_CAUGHT_UP");
    stage.probe.mend();
    progress.wait_for(&token, Duration::from_secs(10)).await.unwrap();
    assert_eq!(stage.effects().await, [("a".to_owned(), 1)]);

    let elsewhere = ConsistencyToken { source: "elsewhere".to_owned(), ..token };
    progress.wait_for(&elsewhere, Duration::from_secs(10)).await.unwrap();
    let forged = ConsistencyToken { source: "mouth".to_owned(), event_id: uuid::Uuid::now_v7().to_string() };
    let forged = progress.wait_for(&forged, Duration::from_secs(10)).await.unwrap_err();
    assert_eq!(forged.reason(), "EVENT_NOT_FOUND");
    ground.database.finish().await;
}
