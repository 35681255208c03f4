//! The workbench: one person at a time.

use usher_proto::ats::v1::{ClaimTaskRequest, CompleteTaskRequest};

use super::*;

async fn waiting(site: &Site, tenant: &TenantId) -> String {
    interview(site, tenant, 3).await;
    pass(site, 5).await;
    stands(site, tenant, &[TaskKind::RecordAttendance]).await;
    tasks(site, tenant, false).await.pop().unwrap().task_id
}

fn by<M>(token: &str, message: M) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

fn claim(task: &str) -> ClaimTaskRequest {
    ClaimTaskRequest { task_id: task.to_owned(), ..ClaimTaskRequest::default() }
}

fn completion(task: &str) -> CompleteTaskRequest {
    CompleteTaskRequest { task_id: task.to_owned(), ..CompleteTaskRequest::default() }
}

#[tokio::test]
async fn of_many_who_reach_for_a_task_one_has_it_and_the_others_learn_who() {
    let site = Arc::new(site().await);
    let tenant = site.tenant();
    let task = waiting(&site, &tenant).await;
    let outcomes = at_once(6, &site, |site| {
        let (task, token) = (task.clone(), site.token(&tenant, Role::Recruiter));
        async move { (workbench(&site).claim_task(by(&token, claim(&task))).await, token) }
    })
    .await;
    let (mut had, mut refused) = (Vec::new(), Vec::new());
    for (outcome, token) in outcomes {
        match outcome {
            Ok(answer) => had.push((answer.into_inner().task.unwrap(), token)),
            Err(error) => refused.push((error, token)),
        }
    }
    assert_eq!((had.len(), refused.len()), (1, 5));
    let (mine, my_token) = had.pop().unwrap();
    assert_eq!(mine.state(), TaskState::Claimed);
    for (error, token) in refused {
        assert_eq!(refusal(&error), (Code::FailedPrecondition, "TASK_CLAIMED".to_owned()));
        let details = error.get_error_details();
        let told = &details.error_info().unwrap().metadata;
        assert_eq!(told["claimed_by"], mine.claimed_by);
        assert!(told.contains_key("claim_time"));
        let stolen = workbench(&site).complete_task(by(&token, completion(&task))).await.unwrap_err();
        assert_eq!(refusal(&stolen).1, "TASK_CLAIMED");
    }
    // Mine stays mine, and is done once.
    workbench(&site).claim_task(by(&my_token, claim(&task))).await.unwrap();
    let done = workbench(&site).complete_task(by(&my_token, completion(&task))).await.unwrap();
    assert_eq!(done.into_inner().task.unwrap().state(), TaskState::Done);
    let again = workbench(&site).complete_task(by(&my_token, completion(&task))).await.unwrap_err();
    assert_eq!(refusal(&again), (Code::FailedPrecondition, "TASK_DONE".to_owned()));
    assert!(tasks(&site, &tenant, false).await.is_empty());
    assert_eq!(tasks(&site, &tenant, true).await.len(), 1);
    let unknown = workbench(&site).claim_task(by(&my_token, claim(&id("task")))).await.unwrap_err();
    assert_eq!(refusal(&unknown), (Code::NotFound, "TASK_NOT_FOUND".to_owned()));
    finish(site).await;
}
