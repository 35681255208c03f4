//! News of people of the pool, as talent tells them: somebody is asked to look, once for each person, and no more once a
//! message has gone out.

use usher_proto::{ats::v1::TaskStepKind, talent::v1::ExternalActivityRecorded};

use super::*;

pub(super) fn news(candidate: &str, skills: &[&str], fields: &[&str]) -> ExternalActivityRecorded {
    ExternalActivityRecorded {
        candidate_id: candidate.to_owned(),
        activity_id: id("xact"),
        source: "linkedin".to_owned(),
        added_skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        changed_fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        time: None,
    }
}

pub(super) async fn seen(site: &Site, tenant: &TenantId, event: &ExternalActivityRecorded) {
    site.say("talent", tenant, &event.candidate_id, event).await;
    site.settle().await;
}

/// An open job that belongs to somebody.
async fn owned_job(site: &Site, tenant: &TenantId, owner: &str) -> String {
    let stages = vec![Stage { key: "applied".to_owned(), display_name: "applied".to_owned(), service_level_hours: 0 }];
    let request = CreateJobRequest { owner: owner.to_owned(), stages, ..requisition("Rust engineer") };
    let request = site.request(tenant, Role::Recruiter, request);
    let job = jobs(site).create_job(request).await.unwrap().into_inner().job.unwrap();
    open(site, tenant, &job.job_id).await.unwrap().job_id
}

#[tokio::test]
async fn news_of_somebody_is_a_task_that_more_news_renews_and_a_message_settles() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = id("cand");
    seen(&site, &tenant, &news(&ann, &["Rust"], &["skills"])).await;
    let task = tasks(&site, &tenant, false).await.pop().unwrap();
    assert_eq!((task.kind(), task.why.as_str()), (TaskKind::CandidateUpdated, "Added Rust (linkedin)."));
    assert_eq!((task.candidate_id.as_str(), task.application_id.as_str()), (ann.as_str(), ""));
    assert!(task.assignment.is_none(), "nobody in particular knows them");

    seen(&site, &tenant, &news(&ann, &["Go"], &["skills", "title"])).await;
    let renewed = tasks(&site, &tenant, false).await;
    assert_eq!(renewed.len(), 1, "one for each person");
    assert_eq!(renewed[0].why, "Added Go (linkedin); also new: title.");
    assert_eq!(renewed[0].revision.as_ref().unwrap().step(), TaskStepKind::Renewed);

    let draft = MessageDraft {
        kind: MessageKind::Custom.into(),
        candidate_id: ann.clone(),
        business_key: "hello".to_owned(),
        ..MessageDraft::default()
    };
    deliver(&site, &tenant, draft).await;
    stands(&site, &tenant, &[]).await;
    let done = tasks(&site, &tenant, true).await.pop().unwrap();
    assert_eq!(done.state(), TaskState::Done);
    site.finish().await;
}

#[tokio::test]
async fn nothing_new_or_long_known_asks_nobody() {
    let site = site().await;
    let tenant = site.tenant();
    seen(&site, &tenant, &news(&id("cand"), &[], &[])).await;
    stands(&site, &tenant, &[]).await;
    site.finish().await;
}

#[tokio::test]
async fn who_begins_to_listen_late_is_not_flooded_with_what_was_said_before() {
    // Talent has spoken before the workflow runs.
    let site = Site::start(vec![
        Box::new(Voice::new("talent")),
        Box::new(Ats::with_key(KEY, 24, outbox::Settings::default())),
    ])
    .await;
    let tenant = site.tenant();
    let (ann, bob) = (id("cand"), id("cand"));
    // The cursor is put back, as it stands in an installation that has not listened yet.
    seen(&site, &tenant, &news(&ann, &["Rust"], &["skills"])).await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::CandidateUpdated]);
    let done = tasks(&site, &tenant, false).await.pop().unwrap();
    let complete = usher_proto::ats::v1::CompleteTaskRequest { task_id: done.task_id, ..Default::default() };
    workbench(&site).complete_task(site.request(&tenant, Role::Recruiter, complete)).await.unwrap();
    pass(&site, 24 * 15).await;
    seen(&site, &tenant, &news(&bob, &["Go"], &["skills"])).await;
    let mut tx = site.db("ats").begin_system().await.unwrap();
    sqlx::query("UPDATE outbox_cursor SET position = 0, event_id = NULL WHERE source = 'talent'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let site = site
        .restart(vec![Box::new(Voice::new("talent")), Box::new(Ats::with_key(KEY, 24, outbox::Settings::default()))])
        .await;
    site.settle().await;
    let standing = tasks(&site, &tenant, false).await;
    let about: Vec<&str> = standing.iter().map(|task| task.candidate_id.as_str()).collect();
    assert_eq!(about, [bob.as_str()], "what was said of Ann is fifteen days old");
    site.finish().await;
}

#[tokio::test]
async fn it_is_for_whoever_owns_the_job_that_they_applied_for_last() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let (ann, rita) = (id("cand"), id("user"));
    let first = owned_job(&site, &tenant, &id("user")).await;
    apply(&site, &tenant, &first, &ann).await.unwrap();
    pass(&site, 1).await;
    let last = owned_job(&site, &tenant, &rita).await;
    let application = apply(&site, &tenant, &last, &ann).await.unwrap();
    seen(&site, &tenant, &news(&ann, &["Rust"], &["skills"])).await;
    let task = tasks(&site, &tenant, false).await.pop().unwrap();
    assert_eq!(task.assignment.unwrap().assignee, rita);
    assert_eq!((task.application_id, task.job_id), (application.application_id, last));
    site.finish().await;
}
