//! Who has been silent is written to, who answers is left in peace, and who is held out gets nothing; and news of somebody
//! asks a recruiter to look.

use std::{collections::BTreeSet, path::Path};

use chassis::TenantId;
use testkit::{Site, eventually};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{ListTasksRequest, Task, TaskKind, task_service_client::TaskServiceClient},
    outreach::v1::{
        ListMessagesRequest, Message, MessageDraft, MessageFacts, MessageKind, MessageState, ReplyClassified,
        ReplyIntent, SendMessageRequest, message_service_client::MessageServiceClient,
    },
    talent::v1::{
        CampaignArm, CampaignMember, CampaignMemberState, CampaignOutcome, CampaignState, ConsentPurpose,
        CreateCampaignRequest, GetCampaignOutcomeRequest, GetCampaignRequest, ListCampaignMembersRequest,
        RecordConsentRequest, RecordExternalActivityRequest, StartCampaignRequest,
        campaign_service_client::CampaignServiceClient, candidate_service_client::CandidateServiceClient,
        external_activity_service_client::ExternalActivityServiceClient,
    },
};
use usher_tests::{application, campaign, candidate, restless, suite};

const PEOPLE: usize = 12;

async fn agreeing(site: &Site, tenant: &TenantId, number: usize) -> String {
    let id = candidate(site, tenant, &format!("person{number}@example.com")).await;
    let consent = RecordConsentRequest {
        candidate_id: id.clone(),
        purpose: ConsentPurpose::Opportunities.into(),
        granted: true,
        evidence: "form".to_owned(),
        ..RecordConsentRequest::default()
    };
    let request = site.request(tenant, Role::Recruiter, consent);
    CandidateServiceClient::new(site.channel()).record_consent(request).await.unwrap();
    id
}

async fn members(site: &Site, tenant: &TenantId, id: &str) -> Vec<CampaignMember> {
    let list = ListCampaignMembersRequest { campaign_id: id.to_owned(), page_size: 100, ..Default::default() };
    let request = site.request(tenant, Role::Recruiter, list);
    let answer = CampaignServiceClient::new(site.channel()).list_campaign_members(request).await.unwrap();
    answer.into_inner().members
}

fn of_arm(members: &[CampaignMember], arm: CampaignArm) -> Vec<String> {
    members.iter().filter(|member| member.arm() == arm).map(|member| member.candidate_id.clone()).collect()
}

async fn messages(site: &Site, tenant: &TenantId) -> Vec<Message> {
    let list = ListMessagesRequest { page_size: 200, ..ListMessagesRequest::default() };
    let request = site.request(tenant, Role::Recruiter, list);
    MessageServiceClient::new(site.channel()).list_messages(request).await.unwrap().into_inner().messages
}

async fn tasks(site: &Site, tenant: &TenantId) -> Vec<Task> {
    let request = site.request(tenant, Role::Recruiter, ListTasksRequest::default());
    TaskServiceClient::new(site.channel()).list_tasks(request).await.unwrap().into_inner().tasks
}

fn mails(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

fn pass(site: &Site, days: i64) {
    let span = chrono::TimeDelta::days(days) + chrono::TimeDelta::minutes(1);
    site.clock().advance(span.to_std().unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_from_the_silent_to_those_who_came_back() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    restless(&site, &tenant).await;
    for number in 0..PEOPLE {
        agreeing(&site, &tenant, number).await;
    }
    pass(&site, 100);
    // Not silent for three months, so not meant.
    agreeing(&site, &tenant, PEOPLE).await;

    let mut campaigns = CampaignServiceClient::new(site.channel());
    let create = CreateCampaignRequest { spec: Some(campaign(&site, 50)), request_id: String::new() };
    let draft = campaigns.create_campaign(site.request(&tenant, Role::Recruiter, create)).await.unwrap();
    let id = draft.into_inner().campaign.unwrap().campaign_id;
    let start = StartCampaignRequest { campaign_id: id.clone(), ..StartCampaignRequest::default() };
    campaigns.start_campaign(site.request(&tenant, Role::Recruiter, start)).await.unwrap();
    eventually("everybody is assigned", async || members(&site, &tenant, &id).await.len() == PEOPLE).await;
    let drawn = members(&site, &tenant, &id).await;
    let (treated, held) = (of_arm(&drawn, CampaignArm::Treatment), of_arm(&drawn, CampaignArm::Holdout));
    assert!(treated.len() >= 2 && !held.is_empty(), "{} and {}", treated.len(), held.len());

    let sent_once = async || {
        let members = members(&site, &tenant, &id).await;
        members.iter().filter(|member| member.messages_sent == 1).count() == treated.len()
    };
    eventually("the first mail is out and noted", sent_once).await;
    assert_eq!(mails(mail.path()), treated.len());
    let written_to: BTreeSet<_> = messages(&site, &tenant).await.into_iter().map(|one| one.candidate_id).collect();
    assert_eq!(written_to, treated.iter().cloned().collect(), "who is held out gets nothing");

    // One replies, one applies, and one of those who were held out applies by themselves.
    let reply = ReplyClassified {
        message_id: "msg_01h455vb4pex5vsknk084sn02q".to_owned(),
        candidate_id: treated[0].clone(),
        intent: ReplyIntent::Question.into(),
        confidence: 0.9,
        receive_time: Some(chassis::wire::timestamp(site.clock().now())),
        ..ReplyClassified::default()
    };
    site.say("outreach", &tenant, "msg_01h455vb4pex5vsknk084sn02q", &reply).await;
    application(&site, &tenant, &treated[1]).await;
    application(&site, &tenant, &held[0]).await;
    site.settle().await;
    pass(&site, 3);
    let get = || GetCampaignRequest { campaign_id: id.clone() };
    eventually("the campaign is over", async || {
        let answer = CampaignServiceClient::new(site.channel())
            .get_campaign(site.request(&tenant, Role::Recruiter, get()))
            .await
            .unwrap();
        answer.into_inner().campaign.unwrap().state() == CampaignState::Ended
    })
    .await;
    let second: Vec<_> = messages(&site, &tenant)
        .await
        .into_iter()
        .filter(|message| message.kind() == MessageKind::ReactivationFollowUp)
        .collect();
    assert_eq!(second.len(), treated.len() - 2, "who has answered is left in peace");
    assert!(second.iter().all(|message| message.state() == MessageState::Sent));
    let after = members(&site, &tenant, &id).await;
    let outcome = |candidate: &str| after.iter().find(|member| member.candidate_id == candidate).unwrap().outcome();
    assert_eq!(outcome(&treated[0]), CampaignOutcome::Answered);
    assert_eq!(outcome(&treated[1]), CampaignOutcome::Applied);
    assert_eq!(outcome(&held[0]), CampaignOutcome::Applied);
    assert!(after.iter().all(|member| member.state() != CampaignMemberState::Due));

    let ask = GetCampaignOutcomeRequest { campaign_id: id };
    let said = campaigns.get_campaign_outcome(site.request(&tenant, Role::ReadOnly, ask)).await.unwrap().into_inner();
    assert_eq!((said.treatment.unwrap().came_back, said.holdout.unwrap().came_back), (2, 1));
    site.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_somebody_stands_in_the_workbench_until_they_are_written_to() {
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    let ann = candidate(&site, &tenant, "ann@example.com").await;
    let record = RecordExternalActivityRequest {
        candidate_id: ann.clone(),
        source: "github".to_owned(),
        text: "A scheduler in Rust".to_owned(),
        ..RecordExternalActivityRequest::default()
    };
    let request = site.request(&tenant, Role::Service, record);
    ExternalActivityServiceClient::new(site.channel()).record_external_activity(request).await.unwrap();
    eventually("a task stands", async || tasks(&site, &tenant).await.len() == 1).await;
    let task = tasks(&site, &tenant).await.pop().unwrap();
    assert_eq!((task.kind(), task.why.as_str()), (TaskKind::CandidateUpdated, "Added rust (github)."));

    let draft = MessageDraft {
        business_key: "hello".to_owned(),
        kind: MessageKind::Custom.into(),
        candidate_id: ann,
        facts: Some(MessageFacts {
            subject: "Rust".to_owned(),
            body: "We saw your scheduler.".to_owned(),
            ..MessageFacts::default()
        }),
        ..MessageDraft::default()
    };
    let send = SendMessageRequest { draft: Some(draft), ..SendMessageRequest::default() };
    let request = site.request(&tenant, Role::Recruiter, send);
    MessageServiceClient::new(site.channel()).send_message(request).await.unwrap();
    eventually("the task is settled", async || tasks(&site, &tenant).await.is_empty()).await;
    site.finish().await;
}
