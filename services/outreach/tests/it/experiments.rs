//! Texts that are compared.

use std::collections::{BTreeMap, BTreeSet};

use usher_proto::outreach::v1::{
    CreateExperimentRequest, Experiment, ExperimentArm, ExperimentState, GetExperimentRequest, ListExperimentsRequest,
    MessageQueued, MessageSent, StartExperimentRequest, StopExperimentRequest,
    experiment_service_client::ExperimentServiceClient,
};

use super::{
    contact::restless,
    erased::erase,
    templates::{archive, clear, draft, published, text},
    *,
};

const KIND: MessageKind = MessageKind::InterviewInvitation;

fn arm(name: &str, template_id: &str, weight: i32) -> ExperimentArm {
    ExperimentArm { name: name.to_owned(), template_id: template_id.to_owned(), weight, people: 0 }
}

async fn create(site: &Site, tenant: &TenantId, arms: Vec<ExperimentArm>) -> Result<Experiment, Status> {
    let request =
        CreateExperimentRequest { kind: KIND.into(), display_name: "shorter?".to_owned(), arms, ..Default::default() };
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(ExperimentServiceClient::new(site.channel()).create_experiment(request).await?.into_inner().experiment.unwrap())
}

async fn start(site: &Site, tenant: &TenantId, experiment_id: &str) -> Result<Experiment, Status> {
    let request = StartExperimentRequest { experiment_id: experiment_id.to_owned(), ..Default::default() };
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(ExperimentServiceClient::new(site.channel()).start_experiment(request).await?.into_inner().experiment.unwrap())
}

async fn stop(site: &Site, tenant: &TenantId, experiment_id: &str) -> Result<Experiment, Status> {
    let request = StopExperimentRequest { experiment_id: experiment_id.to_owned(), ..Default::default() };
    let request = site.request(tenant, Role::Recruiter, request);
    Ok(ExperimentServiceClient::new(site.channel()).stop_experiment(request).await?.into_inner().experiment.unwrap())
}

async fn read(site: &Site, tenant: &TenantId, experiment_id: &str) -> Result<Experiment, Status> {
    let request = GetExperimentRequest { experiment_id: experiment_id.to_owned() };
    let request = site.request(tenant, Role::ReadOnly, request);
    Ok(ExperimentServiceClient::new(site.channel()).get_experiment(request).await?.into_inner().experiment.unwrap())
}

async fn draws(site: &Site, tenant: &TenantId) -> BTreeMap<String, f64> {
    let mut tx = site.db("outreach").begin(&chassis::TenantCtx::service(*tenant, "test")).await.unwrap();
    let rows: Vec<(String, f64)> =
        sqlx::query_as("SELECT candidate_id::text, draw FROM experiment_members").fetch_all(tx.conn()).await.unwrap();
    rows.into_iter().collect()
}

#[tokio::test]
async fn people_are_drawn_once_and_stay_in_their_arm_and_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let short = published(&site, &tenant, "short", vec![clear("en", "Short, {{ name }}"), clear("zh-CN", "短")]).await;
    let arms = vec![arm("plain", "default", 1), arm("short", "short", 1)];
    let experiment = create(&site, &tenant, arms).await.unwrap();
    let pinned: Vec<_> = experiment.arms.iter().map(|arm| arm.template_id.as_str()).collect();
    assert_eq!(pinned, ["builtin/interview_invitation", &short.template_id]);
    let people: Vec<_> = (0..30).map(|_| reader(&talent, Language::En)).collect();
    let before = send(&site, &tenant, invitation("before", &people[0])).await.unwrap();
    assert!(before.experiment_id.is_empty() && before.arm.is_empty(), "it does not run yet");
    start(&site, &tenant, &experiment.experiment_id).await.unwrap();

    let mut arms = BTreeMap::new();
    for (number, person) in people.iter().enumerate() {
        let message = send(&site, &tenant, invitation(&format!("a/{number}"), person)).await.unwrap();
        assert_eq!(message.experiment_id, experiment.experiment_id);
        let expected = if message.arm == "short" { &short.template_id } else { "builtin/interview_invitation/en/1" };
        assert_eq!(message.template_id, expected);
        arms.insert(person.clone(), message.arm);
    }
    let seen: BTreeSet<_> = arms.values().collect();
    assert_eq!(seen.len(), 2, "thirty people are in one arm once in 500 million runs");
    for (number, person) in people.iter().enumerate() {
        let draft = invitation(&format!("b/{number}"), person);
        request(&site, &tenant, draft).await;
    }
    site.settle().await;
    let messages = all_become(&site, &tenant, 61, MessageState::Sent).await;
    for message in messages.iter().filter(|message| message.business_key != "before") {
        assert_eq!(message.arm, arms[&message.candidate_id], "one person, one arm");
    }
    let told = read(&site, &tenant, &experiment.experiment_id).await.unwrap();
    for arm in told.arms {
        let people = arms.values().filter(|name| **name == arm.name).count();
        assert_eq!(arm.people, i64::try_from(people).unwrap());
    }
    let draws = draws(&site, &tenant).await;
    assert_eq!(draws.len(), 30, "each person was drawn for once");
    assert!(draws.values().all(|draw| (0.0..1.0).contains(draw)));
    for (person, arm) in &arms {
        let uuid = person.replace("cand", "tenant").parse::<TenantId>().unwrap().0.to_string();
        assert_eq!(arm == "plain", draws[&uuid] < 0.5, "the arm follows from the draw that was kept");
    }
    let told = |experiment: &str, arm: &str, key: &str, candidate: &str| {
        key == "before" && experiment.is_empty() || experiment == told.experiment_id && arm == arms[candidate]
    };
    for said in site.heard_of::<MessageQueued>("outreach", &tenant).await {
        assert!(told(&said.experiment_id, &said.arm, &said.business_key, &said.candidate_id), "{said:?}");
    }
    let sent = site.heard_of::<MessageSent>("outreach", &tenant).await;
    assert_eq!(sent.len(), 61);
    for said in sent {
        assert!(told(&said.experiment_id, &said.arm, &said.business_key, &said.candidate_id), "{said:?}");
    }
    finish(site).await;
}

#[tokio::test]
async fn a_look_or_a_message_that_names_its_template_draws_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = reader(&talent, Language::En);
    let arms = vec![arm("a", "default", 1), arm("b", "builtin/interview_invitation.first_round/en/1", 3)];
    let experiment = create(&site, &tenant, arms).await.unwrap();
    assert_eq!(experiment.arms[1].template_id, "builtin/interview_invitation.first_round");
    start(&site, &tenant, &experiment.experiment_id).await.unwrap();
    let look =
        SendMessageRequest { draft: Some(invitation("k", &candidate)), validate_only: true, ..Default::default() };
    ask(&site, &tenant, look).await.unwrap();
    let named = MessageDraft { template: "on_site".to_owned(), ..invitation("named", &candidate) };
    let named = send(&site, &tenant, named).await.unwrap();
    assert!(named.experiment_id.is_empty() && named.template_id.contains("on_site"));
    assert!(draws(&site, &tenant).await.is_empty());
    // Other tenants, and other kinds, go on as they did.
    let elsewhere = send(&site, &site.tenant(), invitation("k", &candidate)).await.unwrap();
    assert!(elsewhere.experiment_id.is_empty());
    let reminder = MessageDraft { kind: MessageKind::InterviewReminder.into(), ..invitation("r", &candidate) };
    assert!(send(&site, &tenant, reminder).await.unwrap().experiment_id.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn two_messages_at_once_find_their_reader_in_one_arm() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let arms = vec![arm("a", "default", 1), arm("b", "first_round", 1)];
    let experiment = create(&site, &tenant, arms).await.unwrap();
    start(&site, &tenant, &experiment.experiment_id).await.unwrap();
    for round in 0..5 {
        let candidate = reader(&talent, Language::En);
        let drafts = (0..8).map(|number| send(&site, &tenant, invitation(&format!("{round}/{number}"), &candidate)));
        let messages = futures::future::join_all(drafts.collect::<Vec<_>>()).await;
        let arms: BTreeSet<_> = messages.into_iter().map(|message| message.unwrap().arm).collect();
        assert_eq!(arms.len(), 1);
    }
    finish(site).await;
}

#[tokio::test]
async fn an_experiment_runs_once_and_holds_its_templates() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let both = |words: &str| vec![clear("en", words), clear("zh-CN", words)];
    let short = published(&site, &tenant, "short", both("Short")).await;
    let experiment = create(&site, &tenant, vec![arm("a", "default", 1), arm("b", "short", 1)]).await.unwrap();
    let second = create(&site, &tenant, vec![arm("a", "default", 1), arm("b", "short", 9)]).await.unwrap();
    start(&site, &tenant, &experiment.experiment_id).await.unwrap();
    let twice = start(&site, &tenant, &experiment.experiment_id).await.unwrap_err();
    assert_eq!(refusal(&twice), (Code::FailedPrecondition, "EXPERIMENT_STATE".to_owned()));
    let beside = start(&site, &tenant, &second.experiment_id).await.unwrap_err();
    assert_eq!(refusal(&beside), (Code::FailedPrecondition, "EXPERIMENT_RUNNING".to_owned()));
    let held = archive(&site, &tenant, &short.template_id).await.unwrap_err();
    assert_eq!(refusal(&held), (Code::FailedPrecondition, "TEMPLATE_IN_EXPERIMENT".to_owned()));
    let next = draft(&site, &tenant, "short", both("Shorter")).await.unwrap();
    let held = templates::publish(&site, &tenant, &next.template_id).await.unwrap_err();
    assert_eq!(refusal(&held), (Code::FailedPrecondition, "TEMPLATE_IN_EXPERIMENT".to_owned()));

    let stopped = stop(&site, &tenant, &experiment.experiment_id).await.unwrap();
    assert_eq!(stopped.state(), ExperimentState::Stopped);
    let over = send(&site, &tenant, invitation("k", &reader(&talent, Language::En))).await.unwrap();
    assert!(over.experiment_id.is_empty());
    templates::publish(&site, &tenant, &next.template_id).await.unwrap();
    let outdated = start(&site, &tenant, &second.experiment_id).await.unwrap_err();
    assert_eq!(refusal(&outdated), (Code::FailedPrecondition, "TEMPLATE_STATE".to_owned()), "its text is archived");
    let again = start(&site, &tenant, &experiment.experiment_id).await.unwrap_err();
    assert_eq!(refusal(&again), (Code::FailedPrecondition, "EXPERIMENT_STATE".to_owned()));

    let request = ListExperimentsRequest { kind: KIND.into(), ..Default::default() };
    let mut experiments = ExperimentServiceClient::new(site.channel());
    let listed = experiments.list_experiments(site.request(&tenant, Role::ReadOnly, request.clone())).await.unwrap();
    let listed: Vec<_> = listed.into_inner().experiments.into_iter().map(|one| one.experiment_id).collect();
    assert_eq!(listed, [second.experiment_id.clone(), experiment.experiment_id]);
    let other = site.tenant();
    let elsewhere = experiments.list_experiments(site.request(&other, Role::ReadOnly, request)).await.unwrap();
    assert!(elsewhere.into_inner().experiments.is_empty());
    let stranger = read(&site, &other, &second.experiment_id).await.unwrap_err();
    assert_eq!(refusal(&stranger), (Code::NotFound, "EXPERIMENT_NOT_FOUND".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn what_can_not_be_compared_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    published(&site, &tenant, "english", vec![clear("en", "English")]).await;
    let sketch = draft(&site, &tenant, "sketch", vec![text("en", "Sketch"), text("zh-CN", "草稿")]).await.unwrap();
    let plain = || arm("plain", "default", 1);
    for (arms, code, reason) in [
        (vec![plain(), arm("plain", "first_round", 1)], Code::InvalidArgument, "ARM_TWICE"),
        (vec![plain(), arm("b", "english", 1)], Code::InvalidArgument, "ARM_LANGUAGES_DIFFER"),
        (vec![plain(), arm("b", "online", 1)], Code::InvalidArgument, "VARIABLE_UNGUARDED"),
        (vec![plain(), arm("b", "unheard_of", 1)], Code::NotFound, "TEMPLATE_NOT_FOUND"),
        (vec![plain(), arm("b", "builtin/care", 1)], Code::NotFound, "TEMPLATE_NOT_FOUND"),
        (vec![plain(), arm("b", &sketch.template_id, 1)], Code::FailedPrecondition, "TEMPLATE_STATE"),
    ] {
        let refused = create(&site, &tenant, arms).await.unwrap_err();
        assert_eq!(refusal(&refused), (code, reason.to_owned()));
    }
    assert_eq!(create(&site, &tenant, vec![plain()]).await.unwrap_err().code(), Code::InvalidArgument, "one is none");
    let nobody = create(&site, &tenant, vec![plain(), arm("b", "first_round", 0)]).await.unwrap_err();
    assert_eq!(nobody.code(), Code::InvalidArgument);
    finish(site).await;
}

#[tokio::test]
async fn who_is_forgotten_is_in_no_arm() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let (ann, bob) = (reader(&talent, Language::En), reader(&talent, Language::En));
    let experiment = create(&site, &tenant, vec![arm("a", "default", 1), arm("b", "first_round", 1)]).await.unwrap();
    start(&site, &tenant, &experiment.experiment_id).await.unwrap();
    for (key, person) in [("ann", &ann), ("bob", &bob)] {
        let message = send(&site, &tenant, invitation(key, person)).await.unwrap();
        becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    }
    erase(&site, &tenant, &ann).await;
    let left = draws(&site, &tenant).await;
    let bob = bob.replace("cand", "tenant").parse::<TenantId>().unwrap().0.to_string();
    assert_eq!(left.into_keys().collect::<Vec<_>>(), [bob]);
    assert_eq!(refusal(&send(&site, &tenant, invitation("again", &ann)).await.unwrap_err()).1, "CANDIDATE_ERASED");
    assert_eq!(draws(&site, &tenant).await.len(), 1);
    finish(site).await;
}
