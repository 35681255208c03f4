//! One list of what needs a person: whose a task is, until when it is put aside, and what to know before acting.

use async_trait::async_trait;
use chassis::{House, Parts, Schema};
use tonic::{Request, Response};
use usher_proto::{
    ats::v1::{
        AssignTaskRequest, ClaimTaskRequest, CloseJobRequest, CompleteTaskRequest, GetTaskRequest, ListTasksResponse,
        ReleaseTaskRequest, SnoozeTaskRequest, TaskActionKind, TaskChanged, TaskFilter, TaskStepKind, TaskView,
    },
    talent::v1::{
        BatchGetContactBriefsRequest, BatchGetContactBriefsResponse, ContactBrief, GetContactBriefRequest,
        GetContactBriefResponse,
        contact_brief_service_server::{ContactBriefService, ContactBriefServiceServer},
    },
};

use super::*;

const RITA: &str = "user_01h455vb4pex5vsknk084sn02q";
const SAM: &str = "user_01h455vb4pex5vsknk084sn02r";
const LEE: &str = "user_01h455vb4pex5vsknk084sn02s";

/// Somebody at the workbench.
struct Person<'s> {
    site: &'s Site,
    tenant: TenantId,
    name: &'static str,
    role: Role,
}

impl Person<'_> {
    fn says<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        let token = self.site.token_for(&self.tenant, self.role, self.name, TimeDelta::days(30));
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    async fn claim(&self, task: &str, take_over: bool) -> Result<Task, Status> {
        let request = ClaimTaskRequest { task_id: task.to_owned(), take_over, ..ClaimTaskRequest::default() };
        Ok(workbench(self.site).claim_task(self.says(request)).await?.into_inner().task.unwrap())
    }

    async fn release(&self, task: &str) -> Result<Task, Status> {
        let request = ReleaseTaskRequest { task_id: task.to_owned(), ..ReleaseTaskRequest::default() };
        Ok(workbench(self.site).release_task(self.says(request)).await?.into_inner().task.unwrap())
    }

    async fn assign(&self, task: &str, assignee: &str, reassign: bool) -> Result<Task, Status> {
        let (task_id, assignee) = (task.to_owned(), assignee.to_owned());
        let request = AssignTaskRequest { task_id, assignee, reassign, ..AssignTaskRequest::default() };
        Ok(workbench(self.site).assign_task(self.says(request)).await?.into_inner().task.unwrap())
    }

    async fn snooze(&self, task: &str, hours: i64) -> Result<Task, Status> {
        let until_time = stamp(later(self.site, hours));
        let request = SnoozeTaskRequest { task_id: task.to_owned(), until_time, ..SnoozeTaskRequest::default() };
        Ok(workbench(self.site).snooze_task(self.says(request)).await?.into_inner().task.unwrap())
    }

    async fn complete(&self, task: &str) -> Result<Task, Status> {
        let request = CompleteTaskRequest { task_id: task.to_owned(), ..CompleteTaskRequest::default() };
        Ok(workbench(self.site).complete_task(self.says(request)).await?.into_inner().task.unwrap())
    }

    async fn get(&self, task: &str, view: TaskView) -> Result<Task, Status> {
        let request = GetTaskRequest { task_id: task.to_owned(), view: view.into() };
        Ok(workbench(self.site).get_task(self.says(request)).await?.into_inner().task.unwrap())
    }

    async fn lists(&self, filter: TaskFilter) -> Vec<String> {
        let request = ListTasksRequest { filter: Some(filter), ..ListTasksRequest::default() };
        let answer = workbench(self.site).list_tasks(self.says(request)).await.unwrap().into_inner();
        answer.tasks.into_iter().map(|task| task.task_id).collect()
    }
}

fn people(site: &Site, tenant: TenantId) -> [Person<'_>; 3] {
    [RITA, SAM, LEE].map(|name| Person { site, tenant, name, role: Role::Recruiter })
}

/// So many tasks of one job, which was closed while people waited.
async fn tasks_of_a_job(site: &Site, tenant: &TenantId, count: usize) -> (String, Vec<String>) {
    let job = open_job(site, tenant).await;
    for _ in 0..count {
        apply(site, tenant, &job, &id("cand")).await.unwrap();
    }
    let request = CloseJobRequest { job_id: job.clone(), reason: "filled".to_owned(), ..CloseJobRequest::default() };
    jobs(site).close_job(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    let tasks = tasks(site, tenant, false).await;
    let ids = tasks.into_iter().filter(|task| task.job_id == job).map(|task| task.task_id).collect();
    (job, ids)
}

fn told(status: &Status, key: &str) -> String {
    let details = status.get_error_details();
    details.error_info().and_then(|info| info.metadata.get(key).cloned()).unwrap_or_default()
}

#[tokio::test]
async fn a_snoozed_task_leaves_the_list_and_comes_back_when_its_time_has_come() {
    let site = site().await;
    let tenant = site.tenant();
    let (_, ids) = tasks_of_a_job(&site, &tenant, 2).await;
    let [rita, sam, _] = people(&site, tenant);
    rita.claim(&ids[0], false).await.unwrap();
    let refused = sam.snooze(&ids[0], 3).await.unwrap_err();
    assert_eq!((reason(&refused), told(&refused, "claimed_by")), ("TASK_CLAIMED".to_owned(), RITA.to_owned()));
    let snoozed = rita.snooze(&ids[0], 3).await.unwrap();
    assert_eq!((snoozed.state(), snoozed.claimed_by.as_str()), (TaskState::Snoozed, ""));
    assert_eq!(snoozed.snooze.unwrap().snoozed_by, RITA);
    assert_eq!(sam.lists(TaskFilter::default()).await, [ids[1].clone()]);
    assert_eq!(sam.lists(TaskFilter { show_snoozed: true, ..TaskFilter::default() }).await.len(), 2);
    // Whoever reaches for it learns that somebody has put it aside, and may insist.
    let refused = sam.claim(&ids[0], false).await.unwrap_err();
    assert_eq!((reason(&refused), told(&refused, "snoozed_by")), ("TASK_SNOOZED".to_owned(), RITA.to_owned()));
    assert!(!told(&refused, "snooze_time").is_empty());
    assert_eq!(reason(&sam.snooze(&ids[0], 5).await.unwrap_err()), "TASK_SNOOZED");

    pass(&site, 2).await;
    assert_eq!(rita.lists(TaskFilter::default()).await.len(), 1);
    pass(&site, 1).await;
    let back = rita.get(&ids[0], TaskView::Basic).await.unwrap();
    assert_eq!((back.state(), back.snooze), (TaskState::Open, None));
    assert_eq!(back.revision.unwrap().step(), TaskStepKind::Woken);
    assert_eq!(rita.lists(TaskFilter::default()).await.len(), 2);

    // What is taken up again before its time does not come back a second time.
    rita.snooze(&ids[1], 2).await.unwrap();
    sam.claim(&ids[1], true).await.unwrap();
    pass(&site, 3).await;
    let taken = rita.get(&ids[1], TaskView::Basic).await.unwrap();
    assert_eq!((taken.state(), taken.claimed_by.as_str()), (TaskState::Claimed, SAM));
    for hours in [-1, 0, 24 * 400] {
        assert_eq!(
            refusal(&sam.snooze(&ids[1], hours).await.unwrap_err()),
            (Code::InvalidArgument, "SNOOZE_TIME".to_owned())
        );
    }
    site.finish().await;
}

#[tokio::test]
async fn a_task_is_assigned_handed_on_and_taken_over_by_clear_rules() {
    use TaskStepKind::{Assigned, Claimed, Completed, Created, Released};
    let site = site().await;
    let tenant = site.tenant();
    let (_, ids) = tasks_of_a_job(&site, &tenant, 1).await;
    let task = ids[0].as_str();
    let [rita, sam, lee] = people(&site, tenant);
    let given = rita.assign(task, SAM, false).await.unwrap();
    assert_eq!(given.state(), TaskState::Open);
    let assignment = given.assignment.unwrap();
    assert_eq!((assignment.assignee.as_str(), assignment.assigned_by.as_str()), (SAM, RITA));
    // Neither claimed nor given elsewhere by somebody who has no part in it, unless they insist.
    let refused = lee.claim(task, false).await.unwrap_err();
    assert_eq!((reason(&refused), told(&refused, "assignee")), ("TASK_ASSIGNED".to_owned(), SAM.to_owned()));
    let refused = lee.assign(task, LEE, false).await.unwrap_err();
    assert_eq!((reason(&refused), told(&refused, "assigned_by")), ("TASK_ASSIGNED".to_owned(), RITA.to_owned()));
    // The one who has it claims it; then it is nobody's to take.
    sam.claim(task, false).await.unwrap();
    assert_eq!(reason(&rita.assign(task, LEE, true).await.unwrap_err()), "TASK_CLAIMED");
    assert_eq!(reason(&lee.claim(task, true).await.unwrap_err()), "TASK_CLAIMED");
    // They hand it on, which gives the claim back.
    let handed = sam.assign(task, LEE, false).await.unwrap();
    assert_eq!((handed.state(), handed.claimed_by.as_str()), (TaskState::Open, ""));
    let taken = rita.claim(task, true).await.unwrap();
    assert_eq!(taken.assignment.unwrap().assignee, RITA);
    // A claim is given back by whoever has it, or by an admin.
    assert_eq!(reason(&sam.release(task).await.unwrap_err()), "TASK_CLAIMED");
    let admin = Person { role: Role::Admin, ..people(&site, tenant).into_iter().nth(2).unwrap() };
    assert_eq!(admin.release(task).await.unwrap().state(), TaskState::Open);
    assert_eq!(rita.assign(task, "", false).await.unwrap().assignment, None);

    let etag = rita.get(task, TaskView::Basic).await.unwrap().revision.unwrap().etag;
    sam.assign(task, "me", false).await.unwrap();
    let request = SnoozeTaskRequest {
        task_id: task.to_owned(),
        until_time: stamp(later(&site, 1)),
        etag,
        ..SnoozeTaskRequest::default()
    };
    let refused = workbench(&site).snooze_task(rita.says(request)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    sam.complete(task).await.unwrap();
    let refused = rita.complete(task).await.unwrap_err();
    assert_eq!((reason(&refused), told(&refused, "done_by")), ("TASK_DONE".to_owned(), SAM.to_owned()));
    assert_eq!(reason(&rita.assign(task, RITA, true).await.unwrap_err()), "TASK_DONE");
    assert_eq!(reason(&rita.snooze(task, 1).await.unwrap_err()), "TASK_DONE");
    assert_eq!(reason(&admin.release(task).await.unwrap_err()), "TASK_DONE");

    // Its history says all of it, and so did events.
    let steps = rita.get(task, TaskView::Full).await.unwrap().detail.unwrap().steps;
    let kinds: Vec<_> = steps.iter().map(|step| (step.kind(), step.actor.as_str())).collect();
    let actor = steps[0].actor.as_str();
    assert_eq!(
        kinds,
        [
            (Created, actor),
            (Assigned, RITA),
            (Claimed, SAM),
            (Assigned, SAM),
            (Claimed, RITA),
            (Released, LEE),
            (Assigned, RITA),
            (Assigned, SAM),
            (Completed, SAM),
        ]
    );
    assert_eq!(site.heard_of::<TaskChanged>("ats", &tenant).await.len(), 7);
    site.finish().await;
}

#[tokio::test]
async fn of_many_who_assign_snooze_or_complete_at_once_one_does_and_the_others_learn_who() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let (_, ids) = tasks_of_a_job(&site, &tenant, 3).await;
    for (place, expected, who) in
        [(0, "TASK_ASSIGNED", "assigned_by"), (1, "TASK_SNOOZED", "snoozed_by"), (2, "TASK_DONE", "done_by")]
    {
        let task = ids[place].clone();
        let outcomes = at_once(6, &site, |site| {
            let (task_id, token) = (task.clone(), site.token(&tenant, Role::Recruiter));
            let until_time = stamp(later(&site, 2));
            async move {
                fn says<M>(token: &str, message: M) -> Request<M> {
                    let mut request = Request::new(message);
                    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
                    request
                }
                let mut ats = workbench(&site);
                match place {
                    0 => {
                        let assignee = "me".to_owned();
                        let request = AssignTaskRequest { task_id, assignee, ..AssignTaskRequest::default() };
                        ats.assign_task(says(&token, request)).await.map(drop)
                    }
                    1 => {
                        let request = SnoozeTaskRequest { task_id, until_time, ..SnoozeTaskRequest::default() };
                        ats.snooze_task(says(&token, request)).await.map(drop)
                    }
                    _ => {
                        let request = CompleteTaskRequest { task_id, ..CompleteTaskRequest::default() };
                        ats.complete_task(says(&token, request)).await.map(drop)
                    }
                }
            }
        })
        .await;
        let refused: Vec<Status> = outcomes.into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.len(), 5, "{expected}");
        for status in refused {
            assert_eq!(refusal(&status), (Code::FailedPrecondition, expected.to_owned()));
            assert!(told(&status, who).starts_with("user_"), "{status:?}");
        }
    }
    finish(site).await;
}

#[tokio::test]
async fn the_list_is_narrowed_down_by_whose_which_and_when_most_urgent_first() {
    let site = site().await;
    let tenant = site.tenant();
    let (job, ids) = tasks_of_a_job(&site, &tenant, 3).await;
    let (_, others) = tasks_of_a_job(&site, &tenant, 1).await;
    interview(&site, &tenant, 3).await;
    pass(&site, 5).await;
    let [rita, sam, _] = people(&site, tenant);
    rita.assign(&ids[0], SAM, false).await.unwrap();
    sam.claim(&ids[1], false).await.unwrap();
    let filter = |assignee: &str| TaskFilter { assignee: assignee.to_owned(), ..TaskFilter::default() };
    let sorted = |mut ids: Vec<String>| {
        ids.sort_unstable();
        ids
    };
    assert_eq!(sorted(sam.lists(filter("me")).await), sorted(vec![ids[0].clone(), ids[1].clone()]));
    assert_eq!(sorted(rita.lists(filter(SAM)).await), sorted(vec![ids[0].clone(), ids[1].clone()]));
    assert!(rita.lists(filter("me")).await.is_empty());
    assert_eq!(rita.lists(filter("none")).await.len(), 3);
    let of_job = TaskFilter { job_id: job, ..TaskFilter::default() };
    assert_eq!(sorted(rita.lists(of_job.clone()).await), sorted(ids.clone()));
    assert_eq!(rita.lists(TaskFilter { assignee: "none".to_owned(), ..of_job }).await, [ids[2].clone()]);
    let kind = TaskFilter { kinds: vec![TaskKind::RecordAttendance.into()], ..TaskFilter::default() };
    assert_eq!(rita.lists(kind).await.len(), 1);
    let early = TaskFilter { due_before: stamp(later(&site, -4)), ..TaskFilter::default() };
    assert_eq!(rita.lists(early).await.len(), 4, "all but the interview's, which ended later");
    let all = rita.lists(TaskFilter::default()).await;
    assert_eq!(all.len(), 5);
    assert!(all[..4].contains(&others[0]));
    let last = rita.get(&all[4], TaskView::Basic).await.unwrap();
    assert_eq!(last.kind(), TaskKind::RecordAttendance);
    assert_eq!(last.action.unwrap().kind(), TaskActionKind::RecordAttendance);
    assert_eq!(last.cause_time, last.due_time, "since the interview ended");
    site.finish().await;
}

/// Plays talent.
struct Talent;

#[async_trait]
impl Service for Talent {
    fn name(&self) -> &'static str {
        "talent"
    }

    fn schema(&self) -> Option<Schema> {
        Voice::new("talent").schema()
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let routes = tonic::service::Routes::new(ContactBriefServiceServer::new(Briefs));
        Ok(Parts { routes, ..Voice::new("talent").open(house).await? })
    }
}

struct Briefs;

#[tonic::async_trait]
impl ContactBriefService for Briefs {
    async fn get_contact_brief(
        &self,
        _: Request<GetContactBriefRequest>,
    ) -> Result<Response<GetContactBriefResponse>, Status> {
        Err(Status::unimplemented("nobody asks for one"))
    }

    async fn batch_get_contact_briefs(
        &self,
        request: Request<BatchGetContactBriefsRequest>,
    ) -> Result<Response<BatchGetContactBriefsResponse>, Status> {
        let brief = |candidate_id| ContactBrief {
            candidate_id,
            preferred_channel: "email".to_owned(),
            ..ContactBrief::default()
        };
        let briefs = request.into_inner().candidate_ids.into_iter().map(brief).collect();
        Ok(Response::new(BatchGetContactBriefsResponse { briefs }))
    }
}

async fn full(site: &Site, tenant: &TenantId) -> ListTasksResponse {
    let request = ListTasksRequest { view: TaskView::Full.into(), page_size: 1_000, ..ListTasksRequest::default() };
    workbench(site).list_tasks(site.request(tenant, Role::Recruiter, request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn each_task_carries_what_to_know_before_getting_in_touch() {
    let mut services = services();
    services.retain(|service| service.name() != "talent");
    services.push(Box::new(Talent));
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (_, ids) = tasks_of_a_job(&site, &tenant, 52).await;
    let page = full(&site, &tenant).await;
    assert_eq!(page.tasks.len(), 50, "as many as talent is asked for at once");
    assert!(!page.next_page_token.is_empty());
    for task in page.tasks {
        let detail = task.detail.unwrap();
        assert_eq!(detail.brief.unwrap().candidate_id, task.candidate_id);
        assert!(!detail.brief_unavailable);
        assert_eq!(detail.steps.len(), 1);
    }
    let [rita, ..] = people(&site, tenant);
    let one = rita.get(&ids[0], TaskView::Unspecified).await.unwrap().detail.unwrap();
    assert_eq!(one.brief.unwrap().preferred_channel, "email");
    assert_eq!(rita.get(&ids[0], TaskView::Basic).await.unwrap().detail, None);
    assert_eq!(refusal(&rita.get(&id("task"), TaskView::Basic).await.unwrap_err()).1, "TASK_NOT_FOUND");
    site.finish().await;
}

#[tokio::test]
async fn the_workbench_stands_without_talent_and_says_what_is_missing() {
    let site = site().await;
    let tenant = site.tenant();
    tasks_of_a_job(&site, &tenant, 2).await;
    let page = full(&site, &tenant).await;
    assert_eq!(page.tasks.len(), 2);
    for task in page.tasks {
        let detail = task.detail.unwrap();
        assert!(detail.brief_unavailable && detail.brief.is_none() && detail.steps.len() == 1, "{detail:?}");
    }
    site.finish().await;
}
