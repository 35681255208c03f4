//! People whom talent merges, and parts: their applications follow.

use std::collections::BTreeSet;

use usher_proto::{
    ats::v1::{
        ApplicationCreated, ApplicationReassigned, FindApplicantsRequest, GetApplicationRequest,
        ListApplicationsRequest, RejectApplicationRequest, TaskFilter,
    },
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use super::{
    history::{import, past, rows},
    seen::{news, seen},
    *,
};

async fn read(site: &Site, tenant: &TenantId, application: &str) -> Application {
    let request = GetApplicationRequest { application_id: application.to_owned(), read_time: None };
    let answer = applications(site).get_application(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().application.unwrap()
}

async fn listed(site: &Site, tenant: &TenantId, candidate: &str) -> BTreeSet<String> {
    let request = ListApplicationsRequest { candidate_id: candidate.to_owned(), ..ListApplicationsRequest::default() };
    let answer = applications(site).list_applications(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().applications.into_iter().map(|application| application.application_id).collect()
}

async fn merged(site: &Site, tenant: &TenantId, survivor: &str, absorbed: &str) {
    let (survivor_id, absorbed_id) = (survivor.to_owned(), absorbed.to_owned());
    let event = CandidatesMerged { survivor_id, absorbed_id, merge_id: String::new() };
    site.say("talent", tenant, survivor, &event).await;
    site.settle().await;
}

async fn unmerged(site: &Site, tenant: &TenantId, survivor: &str, absorbed: &str) {
    let (survivor_id, absorbed_id) = (survivor.to_owned(), absorbed.to_owned());
    let event = CandidatesUnmerged { survivor_id, absorbed_id, merge_id: String::new() };
    site.say("talent", tenant, survivor, &event).await;
    site.settle().await;
}

fn set(ids: &[&Application]) -> BTreeSet<String> {
    ids.iter().map(|application| application.application_id.clone()).collect()
}

#[tokio::test]
async fn applications_follow_and_come_back_with_what_happened_meanwhile() {
    let site = site().await;
    let (tenant, neighbour) = (site.tenant(), site.tenant());
    for tenant in [&tenant, &neighbour] {
        patient(&site, tenant).await;
    }
    let (ann, bob) = (id("cand"), id("cand"));
    let jobs = [open_job(&site, &tenant).await, open_job(&site, &tenant).await];
    let anns = apply(&site, &tenant, &jobs[0], &ann).await.unwrap();
    let bobs = apply(&site, &tenant, &jobs[1], &bob).await.unwrap();
    let theirs = apply(&site, &neighbour, &open_job(&site, &neighbour).await, &bob).await.unwrap();
    let before = schedule(&site, &tenant, meeting(&site, &bobs.application_id, 300)).await.unwrap();
    merged(&site, &tenant, &ann, &bob).await;

    assert_eq!(read(&site, &tenant, &bobs.application_id).await.candidate_id, ann);
    assert_eq!(get(&site, &tenant, &before.interview_id).await.candidate_id, ann);
    for asked in [&ann, &bob] {
        assert_eq!(listed(&site, &tenant, asked).await, set(&[&anns, &bobs]), "whoever is asked for");
    }
    assert_eq!(read(&site, &neighbour, &theirs.application_id).await.candidate_id, bob, "no business of theirs");

    // Somebody still knows the absorbed one by id.
    let jobs = [open_job(&site, &tenant).await, open_job(&site, &tenant).await];
    let late = apply(&site, &tenant, &jobs[0], &bob).await.unwrap();
    let own = apply(&site, &tenant, &jobs[1], &ann).await.unwrap();
    assert_eq!((late.candidate_id.as_str(), own.candidate_id.as_str()), (ann.as_str(), ann.as_str()));
    let refused = apply(&site, &tenant, &jobs[1], &bob).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::AlreadyExists, "APPLICATION_EXISTS".to_owned()));
    let created = site.heard_of::<ApplicationCreated>("ats", &tenant).await;
    let origins: Vec<_> = created.iter().map(|said| said.origin_candidate_id.as_str()).collect();
    assert_eq!(origins, ["", "", bob.as_str(), ""]);
    let meanwhile = schedule(&site, &tenant, meeting(&site, &late.application_id, 400)).await.unwrap();
    assert_eq!(meanwhile.candidate_id, ann);

    unmerged(&site, &tenant, &ann, &bob).await;
    assert_eq!(listed(&site, &tenant, &ann).await, set(&[&anns, &own]));
    assert_eq!(listed(&site, &tenant, &bob).await, set(&[&bobs, &late]));
    for interview in [&before, &meanwhile] {
        assert_eq!(get(&site, &tenant, &interview.interview_id).await.candidate_id, bob);
    }
    let told = site.heard_of::<ApplicationReassigned>("ats", &tenant).await;
    let told: Vec<_> = told.iter().map(|said| (said.application_id.as_str(), said.candidate_id.as_str())).collect();
    let (bobs, late) = (bobs.application_id.as_str(), late.application_id.as_str());
    assert_eq!(told, [(bobs, ann.as_str()), (bobs, bob.as_str()), (late, bob.as_str())]);
    site.finish().await;
}

#[tokio::test]
async fn a_service_is_told_who_has_applied_whoever_they_are_by_now() {
    let site = site().await;
    let (tenant, neighbour) = (site.tenant(), site.tenant());
    patient(&site, &tenant).await;
    let (ann, bob, cat, dan) = (id("cand"), id("cand"), id("cand"), id("cand"));
    apply(&site, &tenant, &open_job(&site, &tenant).await, &bob).await.unwrap();
    import(&site, &tenant, vec![rows(vec![past(&site, 2, &dan)])]).await;
    merged(&site, &tenant, &ann, &bob).await;
    let find = async |tenant: &TenantId, role: Role| {
        let request = FindApplicantsRequest { candidate_ids: [&ann, &bob, &cat, &dan].map(String::clone).to_vec() };
        let answer = applications(&site).find_applicants(site.request(tenant, role, request)).await?;
        Ok::<_, Status>(answer.into_inner().candidate_ids.into_iter().collect::<BTreeSet<_>>())
    };
    assert_eq!(find(&tenant, Role::Service).await.unwrap(), BTreeSet::from([ann.clone(), bob.clone(), dan.clone()]));
    assert!(find(&neighbour, Role::Service).await.unwrap().is_empty());
    assert_eq!(find(&tenant, Role::Owner).await.unwrap_err().code(), Code::PermissionDenied);
    site.finish().await;
}

#[tokio::test]
async fn a_chain_of_merges_is_followed_to_its_end() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let people = [id("cand"), id("cand"), id("cand")];
    let mut made = Vec::new();
    for person in &people {
        made.push(apply(&site, &tenant, &open_job(&site, &tenant).await, person).await.unwrap());
    }
    merged(&site, &tenant, &people[1], &people[2]).await;
    merged(&site, &tenant, &people[0], &people[1]).await;
    assert_eq!(listed(&site, &tenant, &people[2]).await, set(&[&made[0], &made[1], &made[2]]));
    let late = apply(&site, &tenant, &open_job(&site, &tenant).await, &people[2]).await.unwrap();
    assert_eq!(late.candidate_id, people[0]);
    unmerged(&site, &tenant, &people[0], &people[1]).await;
    assert_eq!(listed(&site, &tenant, &people[0]).await, set(&[&made[0]]));
    assert_eq!(listed(&site, &tenant, &people[1]).await, set(&[&made[1], &made[2], &late]));
    unmerged(&site, &tenant, &people[1], &people[2]).await;
    assert_eq!(listed(&site, &tenant, &people[1]).await, set(&[&made[1]]));
    assert_eq!(listed(&site, &tenant, &people[2]).await, set(&[&made[2], &late]));
    site.finish().await;
}

#[tokio::test]
async fn two_live_applications_for_one_job_are_a_persons_to_decide() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let (ann, bob) = (id("cand"), id("cand"));
    let job = open_job(&site, &tenant).await;
    let older = apply(&site, &tenant, &job, &bob).await.unwrap();
    site.clock().advance(Duration::from_mins(1)).unwrap();
    let newer = apply(&site, &tenant, &job, &ann).await.unwrap();

    merged(&site, &tenant, &ann, &bob).await;
    let clash =
        async |application: &Application| read(&site, &tenant, &application.application_id).await.clash_application_id;
    assert_eq!((clash(&older).await, clash(&newer).await), (String::new(), older.application_id.clone()));
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::AppliedTwice]);
    let task = tasks(&site, &tenant, false).await.remove(0);
    assert_eq!(
        (task.application_id.as_str(), task.candidate_id.as_str()),
        (newer.application_id.as_str(), ann.as_str())
    );
    let refused = apply(&site, &tenant, &job, &ann).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::AlreadyExists, "APPLICATION_EXISTS".to_owned()));

    // Parted, they are two people who each applied once.
    unmerged(&site, &tenant, &ann, &bob).await;
    assert_eq!((clash(&older).await, clash(&newer).await), (String::new(), String::new()));
    assert!(kinds(&site, &tenant).await.is_empty());
    merged(&site, &tenant, &ann, &bob).await;
    assert_eq!(kinds(&site, &tenant).await, [TaskKind::AppliedTwice]);

    // One of them is ended: the other one is the person's one again.
    let request = RejectApplicationRequest {
        application_id: older.application_id.clone(),
        reason: "the same person".to_owned(),
        ..RejectApplicationRequest::default()
    };
    applications(&site).reject_application(site.request(&tenant, Role::Recruiter, request)).await.unwrap();
    assert!(kinds(&site, &tenant).await.is_empty());
    assert_eq!(clash(&newer).await, String::new());
    let refused = apply(&site, &tenant, &job, &bob).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::AlreadyExists, "APPLICATION_EXISTS".to_owned()));
    site.finish().await;
}

#[tokio::test]
async fn a_task_is_of_whoever_the_application_is() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) = (id("cand"), id("cand"));
    apply(&site, &tenant, &open_job(&site, &tenant).await, &bob).await.unwrap();
    pass(&site, 24 * 30).await;
    stands(&site, &tenant, &[TaskKind::EmployerSilence]).await;
    let before = tasks(&site, &tenant, false).await.remove(0);
    merged(&site, &tenant, &ann, &bob).await;
    let after = tasks(&site, &tenant, false).await.remove(0);
    assert_eq!((before.candidate_id.as_str(), after.candidate_id.as_str()), (bob.as_str(), ann.as_str()));
    assert!(after.revision.unwrap().version > before.revision.unwrap().version, "whoever watches hears of it");
    let changed = site.heard_of::<usher_proto::ats::v1::TaskChanged>("ats", &tenant).await;
    assert!(changed.iter().any(|said| said.candidate_id == ann && said.task_id == after.task_id));
    site.finish().await;
}

#[tokio::test]
async fn what_is_to_be_done_about_news_follows_whom_the_news_was_of() {
    let site = site().await;
    let tenant = site.tenant();
    let (ann, bob) = (id("cand"), id("cand"));
    seen(&site, &tenant, &news(&bob, &["Rust"], &["skills"])).await;
    let of = async |candidate: &str| {
        let filter = Some(TaskFilter { candidate_id: candidate.to_owned(), ..TaskFilter::default() });
        let request = ListTasksRequest { filter, ..ListTasksRequest::default() };
        workbench(&site).list_tasks(site.request(&tenant, Role::Recruiter, request)).await.unwrap().into_inner().tasks
    };
    let before = of(&bob).await.remove(0);
    merged(&site, &tenant, &ann, &bob).await;
    for asked in [&ann, &bob] {
        let after = of(asked).await;
        assert_eq!((after.len(), after[0].candidate_id.as_str()), (1, ann.as_str()), "whoever is asked for");
    }
    // More news in whichever name renews what stands there.
    seen(&site, &tenant, &news(&ann, &["Go"], &["skills"])).await;
    seen(&site, &tenant, &news(&bob, &["C"], &["skills"])).await;
    let renewed = tasks(&site, &tenant, false).await;
    assert_eq!((renewed.len(), renewed[0].why.as_str()), (1, "Added C (linkedin)."));
    assert_eq!((&renewed[0].task_id, &renewed[0].candidate_id), (&before.task_id, &ann));

    unmerged(&site, &tenant, &ann, &bob).await;
    assert_eq!(tasks(&site, &tenant, false).await[0].candidate_id, bob);
    assert!(of(&ann).await.is_empty());
    merged(&site, &tenant, &ann, &bob).await;
    let draft = MessageDraft {
        kind: MessageKind::Custom.into(),
        candidate_id: ann.clone(),
        business_key: "hello".to_owned(),
        ..MessageDraft::default()
    };
    deliver(&site, &tenant, draft).await;
    stands(&site, &tenant, &[]).await;
    site.finish().await;
}

#[tokio::test]
async fn a_task_is_of_whom_its_last_news_was_when_they_part() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let (ann, bob) = (id("cand"), id("cand"));
    let bobs = apply(&site, &tenant, &open_job(&site, &tenant).await, &bob).await.unwrap();
    seen(&site, &tenant, &news(&bob, &["Rust"], &["skills"])).await;
    let before = tasks(&site, &tenant, false).await.remove(0);
    assert_eq!(before.application_id, bobs.application_id);
    merged(&site, &tenant, &ann, &bob).await;
    seen(&site, &tenant, &news(&ann, &["Go"], &["skills"])).await;
    unmerged(&site, &tenant, &ann, &bob).await;
    let after = tasks(&site, &tenant, false).await;
    assert_eq!((after.len(), &after[0].task_id, after[0].why.as_str()), (1, &before.task_id, "Added Go (linkedin)."));
    assert_eq!((after[0].candidate_id.as_str(), after[0].application_id.as_str()), (ann.as_str(), ""));

    // And news of the other one is a task of its own from now on.
    seen(&site, &tenant, &news(&bob, &["C"], &["skills"])).await;
    let mut whose: Vec<_> = tasks(&site, &tenant, false).await.into_iter().map(|task| task.candidate_id).collect();
    whose.sort();
    assert_eq!(whose, BTreeSet::from([ann, bob]).into_iter().collect::<Vec<_>>());
    site.finish().await;
}

#[tokio::test]
async fn news_goes_back_without_the_application_of_somebody_else() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let (ann, bob) = (id("cand"), id("cand"));
    let job = open_job(&site, &tenant).await;
    let anns = apply(&site, &tenant, &job, &ann).await.unwrap();
    merged(&site, &tenant, &ann, &bob).await;
    seen(&site, &tenant, &news(&bob, &["Rust"], &["skills"])).await;
    let task = async || tasks(&site, &tenant, false).await.remove(0);
    assert_eq!((task().await.application_id, task().await.candidate_id), (anns.application_id, ann.clone()));
    unmerged(&site, &tenant, &ann, &bob).await;
    let after = task().await;
    assert_eq!((after.application_id.as_str(), after.job_id.as_str(), after.candidate_id.as_str()), ("", "", &*bob));
    site.finish().await;
}
