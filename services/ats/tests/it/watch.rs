//! The workbench as it changes: no change is missing and none comes twice, whatever happens to the wire.

use std::collections::BTreeMap;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use testkit::Tuning;
use tonic::Streaming;
use usher_proto::{
    ats::v1::{
        AssignTaskRequest, ClaimTaskRequest, CloseJobRequest, CompleteTaskRequest, ReleaseTaskRequest,
        SnoozeTaskRequest, TaskChanged, TaskCompleted, TaskCreated, TaskFilter, WatchKind, WatchTasksRequest,
        WatchTasksResponse,
    },
    talent::v1::CandidatesMerged,
};

use super::{
    seen::{news, seen},
    *,
};

const PATIENCE: Duration = Duration::from_secs(30);
const RITA: &str = "user_01h455vb4pex5vsknk084sn02q";
const SAM: &str = "user_01h455vb4pex5vsknk084sn02r";

/// Somebody who watches, and what they have been told.
struct Watcher {
    tenant: TenantId,
    filter: TaskFilter,
    stream: Option<Streaming<WatchTasksResponse>>,
    token: String,
    /// As told so far: each task's version.
    standing: BTreeMap<String, i64>,
    /// The changes, in order.
    told: Vec<(WatchKind, String, i64)>,
}

impl Watcher {
    /// Begins with a snapshot.
    async fn begin(site: &Site, tenant: &TenantId, filter: TaskFilter) -> Self {
        let (standing, told) = (BTreeMap::new(), Vec::new());
        let mut watcher = Self { tenant: *tenant, filter, stream: None, token: String::new(), standing, told };
        watcher.connect(site).await;
        while watcher.token.is_empty() {
            let message = watcher.message(site).await;
            if message.kind() == WatchKind::Snapshot {
                let (id, version) = version(&message);
                assert_eq!(watcher.standing.insert(id, version), None, "a snapshot shows each task once");
            } else {
                assert_eq!(message.kind(), WatchKind::Synced);
                watcher.token = message.resume_token;
            }
        }
        watcher
    }

    async fn connect(&mut self, site: &Site) {
        self.stream = Some(watch(site, &self.tenant, self.filter.clone(), &self.token).await.unwrap());
    }

    /// The next message; connects again where the stream has ended.
    async fn message(&mut self, site: &Site) -> WatchTasksResponse {
        loop {
            if self.stream.is_none() {
                let again = watch(site, &self.tenant, self.filter.clone(), &self.token).await;
                match again {
                    Ok(stream) => self.stream = Some(stream),
                    Err(error) => {
                        assert_eq!(error.code(), Code::Unavailable, "{error:?}");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        continue;
                    }
                }
            }
            let Some(stream) = &mut self.stream else { continue };
            match tokio::time::timeout(PATIENCE, stream.message()).await.unwrap() {
                Ok(Some(message)) => return message,
                Ok(None) => panic!("a watch ends with a reason"),
                Err(error) => {
                    // A process that is killed says nothing more.
                    assert!(matches!(error.code(), Code::Unavailable | Code::Unknown | Code::Internal), "{error:?}");
                    self.stream = None;
                }
            }
        }
    }

    /// Takes in one change.
    async fn next(&mut self, site: &Site) {
        loop {
            let message = self.message(site).await;
            self.token.clone_from(&message.resume_token);
            let kind = message.kind();
            if kind == WatchKind::Heartbeat {
                continue;
            }
            let (id, version) = version(&message);
            let before = match kind {
                WatchKind::Entered => self.standing.insert(id.clone(), version).is_none(),
                WatchKind::Changed => self.standing.insert(id.clone(), version).is_some_and(|old| old < version),
                WatchKind::Left => self.standing.remove(&id).is_some_and(|old| old < version),
                _ => panic!("{kind:?} after the snapshot"),
            };
            assert!(before, "{kind:?} of version {version} does not follow what was told before");
            self.told.push((kind, id, version));
            return;
        }
    }

    /// Hears so many more changes.
    async fn hear(&mut self, site: &Site, count: usize) {
        for _ in 0..count {
            self.next(site).await;
        }
    }
}

fn version(message: &WatchTasksResponse) -> (String, i64) {
    let task = message.task.as_ref().unwrap();
    (task.task_id.clone(), task.revision.as_ref().unwrap().version)
}

async fn watch(
    site: &Site,
    tenant: &TenantId,
    filter: TaskFilter,
    token: &str,
) -> Result<Streaming<WatchTasksResponse>, Status> {
    let request = WatchTasksRequest { filter: Some(filter), resume_token: token.to_owned() };
    let mut request = tonic::Request::new(request);
    let bearer = site.token_for(tenant, Role::Recruiter, RITA, TimeDelta::days(30));
    request.metadata_mut().insert("authorization", format!("Bearer {bearer}").parse().unwrap());
    Ok(workbench(site).watch_tasks(request).await?.into_inner())
}

/// A job with so many applicants.
async fn job_with(site: &Site, tenant: &TenantId, people: usize) -> String {
    let job = open_job(site, tenant).await;
    for _ in 0..people {
        apply(site, tenant, &job, &id("cand")).await.unwrap();
    }
    job
}

/// Brings a task for each of its applicants.
async fn close(site: &Site, tenant: &TenantId, job: &str) {
    let request = CloseJobRequest { job_id: job.to_owned(), reason: "filled".to_owned(), ..CloseJobRequest::default() };
    jobs(site).close_job(site.request(tenant, Role::Recruiter, request)).await.unwrap();
}

fn by<M>(site: &Site, tenant: &TenantId, person: &str, message: M) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    let bearer = site.token_for(tenant, Role::Recruiter, person, TimeDelta::days(30));
    request.metadata_mut().insert("authorization", format!("Bearer {bearer}").parse().unwrap());
    request
}

async fn claim(site: &Site, tenant: &TenantId, person: &str, task: &str) -> Result<Task, Status> {
    let request = ClaimTaskRequest { task_id: task.to_owned(), ..ClaimTaskRequest::default() };
    Ok(workbench(site).claim_task(by(site, tenant, person, request)).await?.into_inner().task.unwrap())
}

async fn complete_task(site: &Site, tenant: &TenantId, person: &str, task: &str) -> Result<Task, Status> {
    let request = CompleteTaskRequest { task_id: task.to_owned(), ..CompleteTaskRequest::default() };
    Ok(workbench(site).complete_task(by(site, tenant, person, request)).await?.into_inner().task.unwrap())
}

async fn snooze(site: &Site, tenant: &TenantId, person: &str, task: &str, hours: i64) -> Result<Task, Status> {
    let until_time = stamp(later(site, hours));
    let request = SnoozeTaskRequest { task_id: task.to_owned(), until_time, ..SnoozeTaskRequest::default() };
    Ok(workbench(site).snooze_task(by(site, tenant, person, request)).await?.into_inner().task.unwrap())
}

/// What stands in the list, with versions.
async fn listed(site: &Site, tenant: &TenantId) -> BTreeMap<String, i64> {
    let tasks = tasks(site, tenant, false).await;
    tasks.into_iter().map(|task| (task.task_id, task.revision.unwrap().version)).collect()
}

#[tokio::test]
async fn a_watch_shows_what_stands_and_then_every_change() {
    use WatchKind::{Changed, Entered, Left};
    let site = site().await;
    let tenant = site.tenant();
    let (first, second) = (job_with(&site, &tenant, 3).await, job_with(&site, &tenant, 1).await);
    close(&site, &tenant, &first).await;
    let mut all = Watcher::begin(&site, &tenant, TaskFilter::default()).await;
    assert_eq!(all.standing, listed(&site, &tenant).await);
    let mut mine =
        Watcher::begin(&site, &tenant, TaskFilter { assignee: "me".to_owned(), ..TaskFilter::default() }).await;
    assert!(mine.standing.is_empty());

    let ids: Vec<String> = all.standing.keys().cloned().collect();
    close(&site, &tenant, &second).await;
    claim(&site, &tenant, RITA, &ids[0]).await.unwrap();
    snooze(&site, &tenant, SAM, &ids[1], 2).await.unwrap();
    complete_task(&site, &tenant, SAM, &ids[2]).await.unwrap();
    pass(&site, 2).await;
    complete_task(&site, &tenant, RITA, &ids[0]).await.unwrap();
    all.hear(&site, 6).await;
    let kinds: Vec<WatchKind> = all.told.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(kinds, [Entered, Changed, Left, Left, Entered, Left]);
    assert_eq!(all.standing, listed(&site, &tenant).await);
    mine.hear(&site, 2).await;
    assert_eq!(
        mine.told.iter().map(|(kind, id, _)| (*kind, id)).collect::<Vec<_>>(),
        [(Entered, &ids[0]), (Left, &ids[0])]
    );
    site.finish().await;
}

#[tokio::test]
async fn a_watch_goes_on_across_a_crash_a_flush_and_a_cut_wire() {
    let site = Site::start_with(Tuning { wires: true, ..Tuning::default() }, services()).await;
    let tenant = site.tenant();
    let job = job_with(&site, &tenant, 5).await;
    let mut watcher = Watcher::begin(&site, &tenant, TaskFilter::default()).await;
    close(&site, &tenant, &job).await;
    watcher.hear(&site, 2).await;
    let ids: Vec<String> = listed(&site, &tenant).await.into_keys().collect();

    let site = site.restart(services()).await;
    claim(&site, &tenant, RITA, &ids[0]).await.unwrap();
    watcher.hear(&site, 4).await;

    site.redis().flush().await;
    claim(&site, &tenant, RITA, &ids[1]).await.unwrap();
    watcher.hear(&site, 1).await;
    claim(&site, &tenant, RITA, &ids[2]).await.unwrap();
    site.settle().await;
    site.redis().flush().await;
    watcher.hear(&site, 1).await;

    site.wires().redis.cut();
    claim(&site, &tenant, RITA, &ids[3]).await.unwrap();
    watcher.hear(&site, 1).await;
    site.wires().redis.mend();

    site.wires().database.cut();
    site.wires().database.mend();
    eventually("the task is claimed", async || claim(&site, &tenant, RITA, &ids[4]).await.is_ok()).await;
    watcher.hear(&site, 1).await;
    assert_eq!(watcher.standing, listed(&site, &tenant).await);
    site.finish().await;
}

#[tokio::test]
async fn a_reader_who_is_slow_misses_nothing() {
    let site = site().await;
    let tenant = site.tenant();
    let job = job_with(&site, &tenant, 1).await;
    close(&site, &tenant, &job).await;
    let mut slow = Watcher::begin(&site, &tenant, TaskFilter::default()).await;
    let task = slow.standing.keys().next().unwrap().clone();
    // More than the wire holds for one reader.
    let request = ReleaseTaskRequest { task_id: task.clone(), ..ReleaseTaskRequest::default() };
    for _ in 0..150 {
        claim(&site, &tenant, RITA, &task).await.unwrap();
        workbench(&site).release_task(by(&site, &tenant, RITA, request.clone())).await.unwrap();
    }
    slow.hear(&site, 300).await;
    assert!(slow.told.iter().zip(2..).all(|((_, _, version), expected)| *version == expected));
    site.finish().await;
}

#[tokio::test]
async fn a_token_is_good_for_its_tenant_and_its_filter_alone() {
    let site = site().await;
    let (tenant, stranger) = (site.tenant(), site.tenant());
    let job = job_with(&site, &tenant, 2).await;
    let foreign = Watcher::begin(&site, &stranger, TaskFilter::default()).await;
    assert!(foreign.standing.is_empty());
    close(&site, &tenant, &job).await;
    let watcher = Watcher::begin(&site, &tenant, TaskFilter::default()).await;
    assert_eq!(watcher.standing.len(), 2);
    let mine = TaskFilter { assignee: "me".to_owned(), ..TaskFilter::default() };
    let mut spoilt = watcher.token.clone().into_bytes();
    spoilt[10] = if spoilt[10] == b'A' { b'B' } else { b'A' };
    let spoilt = String::from_utf8(spoilt).unwrap();
    for (tenant, filter, token) in [
        (&stranger, TaskFilter::default(), watcher.token.as_str()),
        (&tenant, mine, watcher.token.as_str()),
        (&tenant, TaskFilter::default(), "nonsense"),
        (&tenant, TaskFilter::default(), spoilt.as_str()),
    ] {
        let refused = watch(&site, tenant, filter, token).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, "RESUME_TOKEN_INVALID".to_owned()));
    }
    // The log ends before what the token has seen: the database was restored.
    let db = site.db("ats");
    let mut tx = db.begin_system().await.unwrap();
    sqlx::query("UPDATE outbox SET event_id = gen_random_uuid() WHERE position IS NOT NULL")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = watch(&site, &tenant, TaskFilter::default(), &watcher.token).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::OutOfRange, "RESUME_TOKEN_EXPIRED".to_owned()));
}

#[tokio::test]
async fn a_watch_ends_with_the_right_to_look_and_after_half_an_hour() {
    let site = site().await;
    let tenant = site.tenant();
    let begin = async |lifetime| {
        let mut request = tonic::Request::new(WatchTasksRequest::default());
        let bearer = site.token_for(&tenant, Role::Recruiter, RITA, lifetime);
        request.metadata_mut().insert("authorization", format!("Bearer {bearer}").parse().unwrap());
        let mut stream = workbench(&site).watch_tasks(request).await.unwrap().into_inner();
        assert_eq!(stream.message().await.unwrap().unwrap().kind(), WatchKind::Synced);
        stream
    };
    let (mut short, mut long) = (begin(TimeDelta::minutes(10)).await, begin(TimeDelta::days(1)).await);
    site.clock().advance(Duration::from_mins(11)).unwrap();
    assert_eq!(refusal(&short.message().await.unwrap_err()), (Code::Unauthenticated, "TOKEN_EXPIRED".to_owned()));
    site.clock().advance(Duration::from_mins(20)).unwrap();
    assert_eq!(refusal(&long.message().await.unwrap_err()), (Code::Unavailable, "WATCH_ENDED".to_owned()));
    let mut stopped = begin(TimeDelta::days(1)).await;
    drop((short, long));
    let listening = async {
        assert_eq!(stopped.message().await.unwrap_err().code(), Code::Unavailable);
        drop(stopped);
    };
    tokio::join!(site.finish(), listening);
}

/// What may happen in a history.
#[derive(Debug, Clone)]
enum Act {
    Close(usize),
    Claim(usize, bool),
    Release(usize, bool),
    Assign(usize, bool),
    Snooze(usize, bool, i64),
    Complete(usize, bool),
    Hours(i64),
    Hear,
    Reconnect,
    BeginAnew,
    Flush,
}

fn history() -> impl Strategy<Value = Vec<Act>> {
    let (task, person) = (0..4_usize, any::<bool>());
    let act = prop_oneof![
        3 => (0..2_usize).prop_map(Act::Close),
        4 => (task.clone(), person).prop_map(|(task, person)| Act::Claim(task, person)),
        2 => (task.clone(), person).prop_map(|(task, person)| Act::Release(task, person)),
        2 => (task.clone(), person).prop_map(|(task, person)| Act::Assign(task, person)),
        3 => (task.clone(), person, 1..4_i64).prop_map(|(task, person, hours)| Act::Snooze(task, person, hours)),
        1 => (task, person).prop_map(|(task, person)| Act::Complete(task, person)),
        1 => (1..3_i64).prop_map(Act::Hours),
        3 => Just(Act::Hear),
        3 => Just(Act::Reconnect),
        1 => Just(Act::BeginAnew),
        1 => Just(Act::Flush),
    ];
    proptest::collection::vec(act, 5..25)
}

/// The changes that a watch of the whole list has to tell, from the log.
async fn expected(site: &Site, tenant: &TenantId) -> Vec<(WatchKind, String, i64)> {
    let mut events = site.heard("ats").await;
    events.retain(|event| event.tenant_id == tenant.to_string());
    events.sort_by_key(|event| event.position);
    let stands = |state| matches!(state, TaskState::Open | TaskState::Claimed);
    let mut changes = Vec::new();
    for event in events {
        let (before, task) = if let Some(said) = outbox::read::<TaskCreated>(&event).unwrap() {
            (false, said.task.unwrap())
        } else if let Some(said) = outbox::read::<TaskChanged>(&event).unwrap() {
            (stands(said.from_state()), said.task.unwrap())
        } else if let Some(said) = outbox::read::<TaskCompleted>(&event).unwrap() {
            (stands(said.from_state()), said.task.unwrap())
        } else {
            continue;
        };
        let kind = match (before, stands(task.state())) {
            (false, false) => continue,
            (false, true) => WatchKind::Entered,
            (true, true) => WatchKind::Changed,
            (true, false) => WatchKind::Left,
        };
        changes.push((kind, task.task_id, task.revision.unwrap().version));
    }
    changes
}

#[tokio::test]
async fn random_histories_are_told_whole_to_whoever_connects_again_and_again() {
    const CASES: usize = 20;
    let site = site().await;
    let mut runner = TestRunner::deterministic();
    for case in 0..CASES {
        let acts = history().new_tree(&mut runner).unwrap().current();
        let tenant = site.tenant();
        let closable = [job_with(&site, &tenant, 2).await, job_with(&site, &tenant, 2).await];
        let mut watcher = Watcher::begin(&site, &tenant, TaskFilter::default()).await;
        let mut others = Vec::new();
        for act in &acts {
            let known: Vec<String> = tasks(&site, &tenant, true).await.into_iter().map(|task| task.task_id).collect();
            let of = |task: &usize| known.get(*task).cloned().unwrap_or_else(|| id("task"));
            let who = |rita: &bool| if *rita { RITA } else { SAM };
            // Many are refused, as in life.
            match act {
                Act::Close(job) => {
                    let request =
                        CloseJobRequest { job_id: closable[*job].clone(), reason: "x".into(), ..Default::default() };
                    let _ = jobs(&site).close_job(site.request(&tenant, Role::Recruiter, request)).await;
                }
                Act::Claim(task, rita) => drop(claim(&site, &tenant, who(rita), &of(task)).await),
                Act::Release(task, rita) => {
                    let request = ReleaseTaskRequest { task_id: of(task), ..ReleaseTaskRequest::default() };
                    drop(workbench(&site).release_task(by(&site, &tenant, who(rita), request)).await);
                }
                Act::Assign(task, rita) => {
                    let request = AssignTaskRequest {
                        task_id: of(task),
                        assignee: "me".to_owned(),
                        ..AssignTaskRequest::default()
                    };
                    drop(workbench(&site).assign_task(by(&site, &tenant, who(rita), request)).await);
                }
                Act::Snooze(task, rita, hours) => drop(snooze(&site, &tenant, who(rita), &of(task), *hours).await),
                Act::Complete(task, rita) => drop(complete_task(&site, &tenant, who(rita), &of(task)).await),
                Act::Hours(hours) => pass(&site, *hours).await,
                Act::Hear => {
                    if expected(&site, &tenant).await.len() > watcher.told.len() {
                        watcher.next(&site).await;
                    }
                }
                Act::Reconnect => watcher.stream = None,
                Act::BeginAnew => {
                    let said = expected(&site, &tenant).await.len();
                    others.push((said, Watcher::begin(&site, &tenant, TaskFilter::default()).await));
                }
                Act::Flush => site.redis().flush().await,
            }
        }
        let all = expected(&site, &tenant).await;
        watcher.hear(&site, all.len() - watcher.told.len()).await;
        assert_eq!(watcher.told, all, "case {case}: {acts:?}");
        let standing = listed(&site, &tenant).await;
        assert_eq!(watcher.standing, standing, "case {case}: {acts:?}");
        // Whoever began in the middle was told the rest.
        for (said, mut other) in others {
            other.hear(&site, all.len() - said).await;
            assert_eq!(other.told, all[said..], "case {case}: {acts:?}");
            assert_eq!(other.standing, standing, "case {case}: {acts:?}");
        }
    }
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_in_the_middle_of_many_changes_fits_what_follows() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let job = job_with(&site, &tenant, 8).await;
    close(&site, &tenant, &job).await;
    let ids: Vec<String> = listed(&site, &tenant).await.into_keys().collect();
    let working = tokio::spawn({
        let (site, ids) = (Arc::clone(&site), ids.clone());
        async move {
            for round in 0..120 {
                let task = &ids[round % ids.len()];
                let request = ReleaseTaskRequest { task_id: task.clone(), ..ReleaseTaskRequest::default() };
                claim(&site, &tenant, RITA, task).await.unwrap();
                workbench(&site).release_task(by(&site, &tenant, RITA, request)).await.unwrap();
            }
        }
    });
    let mut watchers = Vec::new();
    while !working.is_finished() {
        watchers.push(Watcher::begin(&site, &tenant, TaskFilter::default()).await);
        // From its very first token on.
        watchers.last_mut().unwrap().stream = None;
    }
    working.await.unwrap();
    let end = listed(&site, &tenant).await;
    let all = expected(&site, &tenant).await;
    assert!(watchers.len() > 5, "{} began meanwhile", watchers.len());
    for mut watcher in watchers {
        while watcher.standing != end {
            watcher.next(&site).await;
        }
        assert!(all.ends_with(&watcher.told), "{:?}", watcher.told);
    }
    finish(site).await;
}

#[tokio::test]
async fn who_watches_a_person_sees_what_a_merge_brings_and_takes() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) = (id("cand"), id("cand"));
    seen(&site, &tenant, &news(&bob, &["Rust"], &["skills"])).await;
    let of = |candidate: &str| TaskFilter { candidate_id: candidate.to_owned(), ..TaskFilter::default() };
    let mut anns = Watcher::begin(&site, &tenant, of(&ann)).await;
    let mut bobs = Watcher::begin(&site, &tenant, of(&bob)).await;
    assert_eq!((anns.standing.len(), bobs.standing.len()), (0, 1));
    let (survivor_id, absorbed_id) = (ann.clone(), bob.clone());
    let merged = CandidatesMerged { survivor_id, absorbed_id, merge_id: String::new() };
    site.say("talent", &tenant, &ann, &merged).await;
    anns.hear(&site, 1).await;
    bobs.hear(&site, 1).await;
    assert_eq!((anns.told[0].0, bobs.told[0].0), (WatchKind::Entered, WatchKind::Left));
    let late = Watcher::begin(&site, &tenant, of(&bob)).await;
    assert_eq!(late.standing, anns.standing, "whoever asks for the absorbed one sees the survivor's");
    site.settle().await;
    site.finish().await;
}
