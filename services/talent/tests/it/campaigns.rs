//! Campaigns through the front door: who is drawn, who is written to, what stops them, and what is said of it afterwards.

mod faults;
mod merges;

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Service, TenantId, wire};
use chrono::{TimeDelta, Timelike as _};
use prost_types::FieldMask;
use testkit::{Site, Voice, eventually};
use tonic::{Code, Status, transport::Channel};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::{ApplicationCreated, Attendance, AttendanceRecorded, Joining, JoiningRecorded},
    outreach::v1::{
        MessageFacts, MessageKind, MessageRefused, MessageSent, MessageState, ReplyClassified, ReplyIntent,
    },
    talent::v1::{
        Campaign, CampaignArm, CampaignEndReason, CampaignEnded, CampaignKind, CampaignMember, CampaignMemberAssigned,
        CampaignMemberState as State, CampaignMessageRequested, CampaignOutcome, CampaignSegment, CampaignSpec,
        CampaignStarted, CampaignState, CampaignStep, CampaignVerdict, CancelCampaignRequest, CandidateProfile,
        ConsentPurpose, CreateCampaignRequest, GetCampaignOutcomeRequest, GetCampaignOutcomeResponse,
        GetCampaignRequest, Language, ListCampaignMembersRequest, ListCampaignsRequest, PauseCampaignRequest,
        PreviewCampaignRequest, PreviewCampaignResponse, RecordConsentRequest, ResumeCampaignRequest, SegmentPreset,
        SendWindow, StartCampaignRequest, UpdateCampaignRequest, campaign_service_client::CampaignServiceClient,
    },
};

use super::{
    candidates, create,
    fake_outreach::{FakeOutreach, Memory},
    import, named, reason, talent,
};

const HOUR: TimeDelta = TimeDelta::hours(1);

fn services(outreach: &Memory) -> Vec<Box<dyn Service>> {
    vec![Box::new(talent()), Box::new(Voice::new("ats")), Box::new(FakeOutreach(outreach.clone()))]
}

async fn site() -> (Site, Memory) {
    let outreach = Memory::default();
    (Site::start(services(&outreach)).await, outreach)
}

fn client(site: &Site) -> CampaignServiceClient<Channel> {
    CampaignServiceClient::new(site.channel())
}

fn step(wait_days: i32) -> CampaignStep {
    let facts = MessageFacts {
        position: "Rust engineer".to_owned(),
        company: "Northlight".to_owned(),
        contact_name: "Rita".to_owned(),
        contact_channel: "+44 20 7946 0000".to_owned(),
        ..MessageFacts::default()
    };
    CampaignStep { wait_days, facts: Some(facts), facts_zh: None }
}

/// One message to everybody, from now on for thirty days.
pub(crate) fn spec(site: &Site) -> CampaignSpec {
    CampaignSpec {
        name: "Spring".to_owned(),
        kind: CampaignKind::Activation.into(),
        segment: Some(CampaignSegment::default()),
        steps: vec![step(0)],
        end_time: Some(wire::timestamp(site.clock().now() + TimeDelta::days(30))),
        ..CampaignSpec::default()
    }
}

async fn written(site: &Site, tenant: &TenantId, spec: CampaignSpec) -> Result<Campaign, Status> {
    let request = CreateCampaignRequest { spec: Some(spec), request_id: String::new() };
    let answer = client(site).create_campaign(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().campaign.unwrap())
}

async fn start(site: &Site, tenant: &TenantId, id: &str) -> Result<Campaign, Status> {
    let request = StartCampaignRequest { campaign_id: id.to_owned(), ..StartCampaignRequest::default() };
    let answer = client(site).start_campaign(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().campaign.unwrap())
}

/// One that has begun.
async fn started(site: &Site, tenant: &TenantId, spec: CampaignSpec) -> String {
    let id = written(site, tenant, spec).await.unwrap().campaign_id;
    start(site, tenant, &id).await.unwrap();
    id
}

async fn get(site: &Site, tenant: &TenantId, id: &str) -> Campaign {
    let request = GetCampaignRequest { campaign_id: id.to_owned() };
    let answer = client(site).get_campaign(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner().campaign.unwrap()
}

async fn comes_to(site: &Site, tenant: &TenantId, id: &str, state: CampaignState) {
    eventually(&format!("the campaign is {state:?}"), async || get(site, tenant, id).await.state() == state).await;
}

async fn members(site: &Site, tenant: &TenantId, id: &str) -> BTreeMap<String, CampaignMember> {
    let mut all = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let request = ListCampaignMembersRequest {
            campaign_id: id.to_owned(),
            page_size: 150,
            page_token,
            ..ListCampaignMembersRequest::default()
        };
        let answer = client(site).list_campaign_members(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
        let answer = answer.into_inner();
        for member in answer.members {
            let before = all.insert(member.candidate_id.clone(), member);
            assert!(before.is_none(), "nobody stands there twice");
        }
        if answer.next_page_token.is_empty() {
            return all;
        }
        page_token = answer.next_page_token;
    }
}

async fn outcome(site: &Site, tenant: &TenantId, id: &str) -> GetCampaignOutcomeResponse {
    let request = GetCampaignOutcomeRequest { campaign_id: id.to_owned() };
    let answer = client(site).get_campaign_outcome(site.request(tenant, Role::ReadOnly, request)).await.unwrap();
    answer.into_inner()
}

async fn preview(site: &Site, tenant: &TenantId, id: &str, at_least: &str) -> PreviewCampaignResponse {
    let request = PreviewCampaignRequest { campaign_id: id.to_owned(), at_least: at_least.to_owned() };
    let answer = client(site).preview_campaign(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    answer.into_inner()
}

/// The answer's consistency token.
async fn agree(site: &Site, tenant: &TenantId, candidate: &str, granted: bool, hours: Option<i64>) -> String {
    let request = RecordConsentRequest {
        candidate_id: candidate.to_owned(),
        purpose: ConsentPurpose::Opportunities.into(),
        granted,
        expire_time: hours.map(|hours| wire::timestamp(site.clock().now() + TimeDelta::hours(hours))),
        evidence: "form".to_owned(),
        ..RecordConsentRequest::default()
    };
    let answer = candidates(site).record_consent(site.request(tenant, Role::Recruiter, request)).await.unwrap();
    answer.metadata().get("usher-consistency-token").unwrap().to_str().unwrap().to_owned()
}

async fn person(site: &Site, tenant: &TenantId, number: usize) -> String {
    let profile = CandidateProfile {
        language: Language::En.into(),
        time_zone: "UTC".to_owned(),
        ..named(&format!("Person {number}"), &format!("person{number}@example.com"))
    };
    create(site, tenant, profile).await.unwrap().candidate_id
}

/// So many who agree to be written to.
async fn people(site: &Site, tenant: &TenantId, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let id = person(site, tenant, number).await;
        agree(site, tenant, &id, true, None).await;
        ids.push(id);
    }
    ids
}

/// Outreach says that every message went out that it has and has not sent yet.
async fn deliver(site: &Site, tenant: &TenantId, outreach: &Memory, already: &mut BTreeSet<String>) {
    for (message, draft) in outreach.messages() {
        if message.state() == MessageState::Cancelled || !already.insert(draft.business_key.clone()) {
            continue;
        }
        let sent = MessageSent {
            message_id: message.message_id.clone(),
            kind: draft.kind,
            candidate_id: draft.candidate_id,
            channel: "email".to_owned(),
            send_time: Some(wire::timestamp(site.clock().now())),
            business_key: draft.business_key,
            ..MessageSent::default()
        };
        site.say("outreach", tenant, &message.message_id, &sent).await;
    }
    site.settle().await;
}

/// Outreach sends whatever a campaign asks for, until the campaign has nobody left.
async fn ends(site: &Site, tenant: &TenantId, outreach: &Memory, id: &str) {
    let mut sent = BTreeSet::new();
    eventually("the campaign has nobody left", async || {
        deliver(site, tenant, outreach, &mut sent).await;
        get(site, tenant, id).await.state() == CampaignState::Ended
    })
    .await;
}

async fn reply(site: &Site, tenant: &TenantId, candidate: &str, intent: ReplyIntent) {
    let event = ReplyClassified {
        message_id: "msg_x".to_owned(),
        candidate_id: candidate.to_owned(),
        intent: intent.into(),
        confidence: 0.9,
        receive_time: Some(wire::timestamp(site.clock().now())),
        ..ReplyClassified::default()
    };
    site.say("outreach", tenant, "msg_x", &event).await;
    site.settle().await;
}

async fn apply(site: &Site, tenant: &TenantId, candidate: &str) {
    let event = ApplicationCreated {
        application_id: "app_1".to_owned(),
        candidate_id: candidate.to_owned(),
        ..ApplicationCreated::default()
    };
    site.say("ats", tenant, "app_1", &event).await;
    site.settle().await;
}

fn pass(site: &Site, span: TimeDelta) {
    site.clock().advance(span.to_std().unwrap()).unwrap();
}

/// The messages that outreach has of one campaign.
fn keys_of(outreach: &Memory, id: &str) -> usize {
    outreach.keys().iter().filter(|key| key.contains(id)).count()
}

/// Every campaign has been looked at once since the clock stands where it does: one of another tenant began and was looked at
/// after that, and then a second one, which a later round did.
async fn a_round_passes(site: &Site, outreach: &Memory) {
    for _ in 0..2 {
        let tenant = site.tenant();
        people(site, &tenant, 1).await;
        let id = started(site, &tenant, spec(site)).await;
        eventually("another tenant's campaign is looked at", async || keys_of(outreach, &id) == 1).await;
    }
}

fn of_arm(members: &BTreeMap<String, CampaignMember>, arm: CampaignArm) -> Vec<String> {
    members.values().filter(|member| member.arm() == arm).map(|member| member.candidate_id.clone()).collect()
}

#[tokio::test]
async fn who_may_be_written_to_is_assigned_at_random_and_who_is_held_out_gets_nothing() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let willing = people(&site, &tenant, 24).await;
    let silent = person(&site, &tenant, 100).await;
    let unwilling = person(&site, &tenant, 101).await;
    agree(&site, &tenant, &unwilling, false, None).await;
    let unreachable = create(&site, &tenant, named("Nobody", "")).await.unwrap().candidate_id;
    agree(&site, &tenant, &unreachable, true, None).await;
    let busy = person(&site, &tenant, 102).await;
    let seen = agree(&site, &tenant, &busy, true, None).await;
    apply(&site, &tenant, &busy).await;

    let spec = CampaignSpec { holdout_percent: 50, ..spec(&site) };
    let campaign = written(&site, &tenant, spec).await.unwrap();
    assert_eq!((campaign.state(), campaign.assignment_seed.as_str()), (CampaignState::Draft, ""));
    let id = campaign.campaign_id;
    let shown = preview(&site, &tenant, &id, &seen).await;
    assert_eq!((shown.segment_size, shown.examined, shown.eligible), (28, 28, 24));
    let excluded: BTreeMap<_, _> = shown.excluded.iter().map(|one| (one.reason.as_str(), one.count)).collect();
    let expected = [("CONSENT_WITHDRAWN", 1), ("IN_PROCESS", 1), ("NO_CONSENT", 1), ("NO_CONTACT_POINT", 1)];
    assert_eq!(excluded, BTreeMap::from(expected));
    assert_eq!(shown.sample.len(), 20);
    assert!(members(&site, &tenant, &id).await.is_empty(), "looking changes nothing");

    start(&site, &tenant, &id).await.unwrap();
    comes_to(&site, &tenant, &id, CampaignState::Running).await;
    let drawn = members(&site, &tenant, &id).await;
    assert_eq!(drawn.len(), 28);
    let (treated, held) = (of_arm(&drawn, CampaignArm::Treatment), of_arm(&drawn, CampaignArm::Holdout));
    assert!(
        treated.len() + held.len() == 24 && !treated.is_empty() && !held.is_empty(),
        "{} {}",
        treated.len(),
        held.len()
    );
    for (person, reason) in [
        (&silent, "NO_CONSENT"),
        (&unwilling, "CONSENT_WITHDRAWN"),
        (&unreachable, "NO_CONTACT_POINT"),
        (&busy, "IN_PROCESS"),
    ] {
        assert_eq!((drawn[person].state(), drawn[person].reason.as_str()), (State::Excluded, reason));
    }
    assert!(willing.iter().all(|id| drawn[id].arm() != CampaignArm::Unspecified));

    eventually("everybody is written to", async || outreach.keys().len() == treated.len()).await;
    let written_to: BTreeSet<_> = outreach.messages().into_iter().map(|(_, draft)| draft.candidate_id).collect();
    assert_eq!(written_to, treated.iter().cloned().collect());
    let (_, draft) = outreach.messages().remove(0);
    assert_eq!(draft.kind(), MessageKind::Reactivation);
    assert_eq!(draft.business_key, format!("campaign/{id}/{}/1", draft.candidate_id));

    // It is over when all is sent; what people do counts nevertheless. One of each group comes back.
    deliver(&site, &tenant, &outreach, &mut BTreeSet::new()).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    reply(&site, &tenant, &treated[0], ReplyIntent::Question).await;
    apply(&site, &tenant, &held[0]).await;
    let ended = get(&site, &tenant, &id).await;
    assert_eq!((ended.end_reason(), ended.assignment_seed.len()), (CampaignEndReason::Completed, 64));
    let after = members(&site, &tenant, &id).await;
    let one = &after[&treated[0]];
    assert_eq!((one.state(), one.outcome()), (State::Finished, CampaignOutcome::Answered));
    assert_eq!((after[&held[0]].state(), after[&held[0]].outcome()), (State::HeldOut, CampaignOutcome::Applied));

    let said = outcome(&site, &tenant, &id).await;
    let (one, other) = (said.treatment.unwrap(), said.holdout.unwrap());
    assert_eq!((one.came_back, usize::try_from(one.assigned).unwrap()), (1, treated.len()));
    assert_eq!((other.came_back, usize::try_from(other.assigned).unwrap()), (1, held.len()));
    assert!(said.difference_lower < said.difference && said.difference < said.difference_upper);
    assert_eq!(said.verdict, i32::from(CampaignVerdict::NotEnough));
    assert!(said.randomized && said.is_preliminary && usize::try_from(said.reached).unwrap() == treated.len());
    pass(&site, TimeDelta::days(31));
    assert!(!outcome(&site, &tenant, &id).await.is_preliminary);

    assert_eq!(site.heard_of::<CampaignStarted>("talent", &tenant).await.len(), 1);
    assert_eq!(site.heard_of::<CampaignMemberAssigned>("talent", &tenant).await.len(), 24);
    assert_eq!(site.heard_of::<CampaignMessageRequested>("talent", &tenant).await.len(), treated.len());
    assert_eq!(site.heard_of::<CampaignEnded>("talent", &tenant).await.len(), 1);
    site.finish().await;
}

#[tokio::test]
async fn an_answer_between_two_messages_stops_the_second_whatever_the_answer_is() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let ids = people(&site, &tenant, 6).await;
    let spec = CampaignSpec { steps: vec![step(0), step(3)], ..spec(&site) };
    let id = started(&site, &tenant, spec).await;
    eventually("everybody is asked", async || outreach.keys().len() == 6).await;
    let mut sent = BTreeSet::new();
    deliver(&site, &tenant, &outreach, &mut sent).await;
    let waiting = members(&site, &tenant, &id).await;
    assert!(waiting.values().all(|member| member.state() == State::Due && member.messages_sent == 1));

    reply(&site, &tenant, &ids[0], ReplyIntent::Question).await;
    reply(&site, &tenant, &ids[1], ReplyIntent::Decline).await;
    reply(&site, &tenant, &ids[2], ReplyIntent::Unsubscribe).await;
    reply(&site, &tenant, &ids[3], ReplyIntent::OutOfOffice).await;
    apply(&site, &tenant, &ids[4]).await;
    pass(&site, TimeDelta::days(2));
    a_round_passes(&site, &outreach).await;
    assert_eq!(keys_of(&outreach, &id), 6, "three days are not over");
    pass(&site, TimeDelta::days(1) + HOUR);
    eventually("two get the second", async || keys_of(&outreach, &id) == 8).await;
    deliver(&site, &tenant, &outreach, &mut sent).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    let after = members(&site, &tenant, &id).await;
    let stands = |place: usize| {
        let member = &after[&ids[place]];
        (member.state(), member.reason.as_str(), member.outcome(), member.messages_sent)
    };
    assert_eq!(stands(0), (State::Stopped, "ANSWERED", CampaignOutcome::Answered, 1));
    assert_eq!(stands(1), (State::Stopped, "DECLINED", CampaignOutcome::Declined, 1));
    assert_eq!(stands(2), (State::Stopped, "OPTED_OUT", CampaignOutcome::OptedOut, 1));
    assert_eq!(stands(3), (State::Finished, "", CampaignOutcome::Unspecified, 2), "a machine has answered nothing");
    assert_eq!(stands(4), (State::Stopped, "APPLIED", CampaignOutcome::Applied, 1));
    assert_eq!(stands(5), (State::Finished, "", CampaignOutcome::Unspecified, 2));
    let kinds: Vec<_> = outreach.messages().iter().map(|(_, draft)| draft.kind()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == MessageKind::ReactivationFollowUp).count(), 2);
    let said = outcome(&site, &tenant, &id).await;
    assert_eq!(said.treatment.unwrap().came_back, 2, "a no is no return");
    assert_eq!(said.verdict, i32::from(CampaignVerdict::NoComparison));
    site.finish().await;
}

#[tokio::test]
async fn consent_counts_at_the_moment_of_sending() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let ids = people(&site, &tenant, 3).await;
    let soon_over = person(&site, &tenant, 10).await;
    agree(&site, &tenant, &soon_over, true, Some(1)).await;
    // Open for an hour, two hours from now.
    let from_hour = i32::try_from((site.clock().now() + TimeDelta::hours(2)).hour()).unwrap();
    let window = SendWindow { from_hour, until_hour: from_hour + 1, weekdays_only: false };
    let id = started(&site, &tenant, CampaignSpec { window: Some(window), ..spec(&site) }).await;
    eventually("everybody waits for the morning", async || {
        let members = members(&site, &tenant, &id).await;
        let opens = members.values().filter_map(|member| member.due_time.as_ref());
        members.len() == 4 && opens.filter(|due| due.seconds > site.clock().now().timestamp()).count() == 4
    })
    .await;
    assert_eq!(outreach.calls(), 0);
    agree(&site, &tenant, &ids[0], false, None).await;
    apply(&site, &tenant, &ids[1]).await;
    site.settle().await;
    pass(&site, TimeDelta::hours(2));
    eventually("the one who may be written to is", async || outreach.keys().len() == 1).await;
    let after = members(&site, &tenant, &id).await;
    assert_eq!((after[&ids[0]].state(), after[&ids[0]].reason.as_str()), (State::Stopped, "CONSENT_WITHDRAWN"));
    assert_eq!((after[&ids[1]].state(), after[&ids[1]].reason.as_str()), (State::Stopped, "APPLIED"));
    assert_eq!((after[&soon_over].state(), after[&soon_over].reason.as_str()), (State::Skipped, "CONSENT_EXPIRED"));
    assert_eq!(outreach.messages()[0].1.candidate_id, ids[2]);
    ends(&site, &tenant, &outreach, &id).await;
    site.finish().await;
}

#[tokio::test]
async fn nobody_is_in_two_campaigns_at_once_nor_written_to_again_too_soon() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let ids = people(&site, &tenant, 4).await;
    let first = started(&site, &tenant, CampaignSpec { holdout_percent: 50, ..spec(&site) }).await;
    comes_to(&site, &tenant, &first, CampaignState::Running).await;
    let drawn = members(&site, &tenant, &first).await;
    let treated = of_arm(&drawn, CampaignArm::Treatment);

    let cooled = || CampaignSpec { cooldown_days: 20, ..spec(&site) };
    let second = started(&site, &tenant, cooled()).await;
    comes_to(&site, &tenant, &second, CampaignState::Ended).await;
    let all = members(&site, &tenant, &second).await;
    assert!(all.values().all(|member| member.reason == "IN_OTHER_CAMPAIGN"), "held out of one means held out: {all:?}");

    eventually("the first has asked", async || outreach.keys().len() == treated.len()).await;
    deliver(&site, &tenant, &outreach, &mut BTreeSet::new()).await;
    comes_to(&site, &tenant, &first, CampaignState::Ended).await;
    let third = started(&site, &tenant, cooled()).await;
    eventually("those are drawn who got nothing", async || {
        let all = members(&site, &tenant, &third).await;
        ids.iter().all(|id| {
            let expected = if treated.contains(id) { "COOLDOWN" } else { "" };
            all.get(id).is_some_and(|member| member.reason == expected)
        })
    })
    .await;
    let cancel = CancelCampaignRequest { campaign_id: third, request_id: String::new() };
    client(&site).cancel_campaign(site.request(&tenant, Role::Admin, cancel)).await.unwrap();
    pass(&site, TimeDelta::days(21));
    let fourth = started(&site, &tenant, cooled()).await;
    comes_to(&site, &tenant, &fourth, CampaignState::Running).await;
    let all = members(&site, &tenant, &fourth).await;
    assert!(all.values().all(|member| member.arm() == CampaignArm::Treatment), "{all:?}");
    ends(&site, &tenant, &outreach, &fourth).await;
    site.finish().await;
}

#[tokio::test]
async fn a_campaign_keeps_its_rate_and_stands_still_while_it_is_held() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    people(&site, &tenant, 9).await;
    let id = started(&site, &tenant, CampaignSpec { rate_per_hour: 4, ..spec(&site) }).await;
    eventually("four in the first hour", async || keys_of(&outreach, &id) == 4).await;
    pass(&site, TimeDelta::minutes(30));
    a_round_passes(&site, &outreach).await;
    assert_eq!(keys_of(&outreach, &id), 4);

    let pause = || PauseCampaignRequest { campaign_id: id.clone(), request_id: String::new() };
    for _ in 0..2 {
        let paused = client(&site).pause_campaign(site.request(&tenant, Role::Recruiter, pause())).await.unwrap();
        assert_eq!(paused.into_inner().campaign.unwrap().state(), CampaignState::Paused);
    }
    pass(&site, HOUR * 2);
    a_round_passes(&site, &outreach).await;
    assert_eq!(keys_of(&outreach, &id), 4, "nothing goes out while it is held");
    let resume = ResumeCampaignRequest { campaign_id: id.clone(), request_id: String::new() };
    client(&site).resume_campaign(site.request(&tenant, Role::Recruiter, resume)).await.unwrap();
    eventually("four more", async || keys_of(&outreach, &id) == 8).await;
    pass(&site, HOUR + TimeDelta::seconds(1));
    eventually("and the last", async || keys_of(&outreach, &id) == 9).await;
    ends(&site, &tenant, &outreach, &id).await;
    site.finish().await;
}

#[tokio::test]
async fn what_has_not_gone_out_is_taken_back_when_somebody_answers_or_the_campaign_is_cancelled() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let ids = people(&site, &tenant, 3).await;
    let id = started(&site, &tenant, spec(&site)).await;
    eventually("all are asked for", async || outreach.keys().len() == 3).await;
    // They answer an older message while the new one waits in outreach.
    reply(&site, &tenant, &ids[0], ReplyIntent::Question).await;
    eventually("one is taken back", async || outreach.keys().len() == 2).await;
    let cancel = || CancelCampaignRequest { campaign_id: id.clone(), request_id: String::new() };
    client(&site).cancel_campaign(site.request(&tenant, Role::Recruiter, cancel())).await.unwrap();
    eventually("and the others", async || outreach.keys().is_empty()).await;
    let after = members(&site, &tenant, &id).await;
    assert_eq!(after[&ids[0]].reason, "ANSWERED");
    assert!(ids[1..].iter().all(|id| after[id].reason == "CAMPAIGN_OVER" && after[id].state() == State::Stopped));
    let again = client(&site).cancel_campaign(site.request(&tenant, Role::Recruiter, cancel())).await.unwrap_err();
    assert_eq!((again.code(), reason(&again).as_str()), (Code::FailedPrecondition, "CAMPAIGN_STATE"));
    // What never went out cools nobody down.
    let next = started(&site, &tenant, CampaignSpec { cooldown_days: 300, ..spec(&site) }).await;
    comes_to(&site, &tenant, &next, CampaignState::Running).await;
    let drawn = members(&site, &tenant, &next).await;
    assert!(drawn.values().all(|member| member.reason.is_empty()), "{drawn:?}");
    ends(&site, &tenant, &outreach, &next).await;
    site.finish().await;
}

#[tokio::test]
async fn outreach_has_the_last_word() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let ids = people(&site, &tenant, 2).await;
    outreach.refuse(&ids[0]);
    let id = started(&site, &tenant, spec(&site)).await;
    eventually("one is refused", async || {
        members(&site, &tenant, &id).await.get(&ids[0]).is_some_and(|member| member.state() == State::Skipped)
    })
    .await;
    assert_eq!(members(&site, &tenant, &id).await[&ids[0]].reason, "NO_ADDRESS");
    eventually("the other is taken", async || outreach.keys().len() == 1).await;
    // A gate that looks later says so by an event.
    let (message, draft) = outreach.messages().remove(0);
    let refused = MessageRefused {
        message_id: message.message_id.clone(),
        candidate_id: draft.candidate_id,
        reason: "LEASED".to_owned(),
        business_key: draft.business_key,
        ..MessageRefused::default()
    };
    site.say("outreach", &tenant, &message.message_id, &refused).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    let after = members(&site, &tenant, &id).await;
    assert_eq!((after[&ids[1]].state(), after[&ids[1]].reason.as_str()), (State::Skipped, "LEASED"));
    site.finish().await;
}

#[tokio::test]
async fn a_word_of_care_goes_to_those_who_were_interviewed_and_did_not_join() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let ids = people(&site, &tenant, 4).await;
    let attended = |candidate: &str, interview: &str| AttendanceRecorded {
        interview_id: interview.to_owned(),
        candidate_id: candidate.to_owned(),
        attendance: Attendance::Attended.into(),
        ..AttendanceRecorded::default()
    };
    for (candidate, interview) in [(&ids[0], "intv_0"), (&ids[1], "intv_1")] {
        site.say("ats", &tenant, interview, &attended(candidate, interview)).await;
    }
    let joined = JoiningRecorded {
        application_id: "app_1".to_owned(),
        candidate_id: ids[1].clone(),
        joining: Joining::Joined.into(),
        ..JoiningRecorded::default()
    };
    site.say("ats", &tenant, "app_1", &joined).await;
    site.settle().await;
    pass(&site, TimeDelta::days(40));
    site.say("ats", &tenant, "intv_2", &attended(&ids[2], "intv_2")).await;
    site.settle().await;

    let segment = CampaignSegment {
        preset: SegmentPreset::InterviewedNotJoined.into(),
        preset_days: 30,
        ..CampaignSegment::default()
    };
    let care = CampaignSpec { kind: CampaignKind::Care.into(), segment: Some(segment), ..spec(&site) };
    let id = started(&site, &tenant, care).await;
    eventually("one is written to", async || outreach.keys().len() == 1).await;
    let (_, draft) = outreach.messages().remove(0);
    assert_eq!((draft.kind(), &draft.candidate_id), (MessageKind::Care, &ids[2]));
    let all = members(&site, &tenant, &id).await;
    assert_eq!(all.len(), 2, "who joined, and who was never seen, are not meant");
    assert_eq!(all[&ids[0]].reason, "NOT_IN_PERIOD");
    ends(&site, &tenant, &outreach, &id).await;
    site.finish().await;
}

#[tokio::test]
async fn what_can_not_be_done_is_refused_and_what_has_begun_is_changed_no_more() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let base = spec(&site);
    let query = CampaignSegment { query: "java (".to_owned(), ..CampaignSegment::default() };
    let vague = CampaignStep { facts: Some(MessageFacts::default()), ..step(0) };
    for (spec, expected) in [
        (CampaignSpec { steps: vec![step(2)], ..base.clone() }, "STEP_WAIT_INVALID"),
        (CampaignSpec { steps: vec![vague], ..base.clone() }, "FACTS_MISSING"),
        (CampaignSpec { segment: Some(query), ..base.clone() }, "QUERY_SYNTAX"),
        (CampaignSpec { holdout_percent: 51, ..base.clone() }, "FIELD_INVALID"),
        (CampaignSpec { steps: Vec::new(), ..base.clone() }, "FIELD_INVALID"),
    ] {
        let refused = written(&site, &tenant, spec).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, expected));
    }
    let past = wire::timestamp(site.clock().now() - HOUR);
    let late = written(&site, &tenant, CampaignSpec { end_time: Some(past), ..base.clone() }).await.unwrap();
    let refused = start(&site, &tenant, &late.campaign_id).await.unwrap_err();
    assert_eq!(reason(&refused), "CAMPAIGN_END_PASSED");

    let campaign = written(&site, &tenant, base.clone()).await.unwrap();
    let update = |etag: &str, path: &str| UpdateCampaignRequest {
        campaign_id: campaign.campaign_id.clone(),
        spec: Some(CampaignSpec { name: "Summer".to_owned(), ..base.clone() }),
        update_mask: Some(FieldMask { paths: vec![path.to_owned()] }),
        etag: etag.to_owned(),
        ..UpdateCampaignRequest::default()
    };
    let send = async |request| client(&site).update_campaign(site.request(&tenant, Role::Recruiter, request)).await;
    let changed = send(update(&campaign.etag, "name")).await.unwrap().into_inner().campaign.unwrap();
    assert_eq!(changed.spec.unwrap().name, "Summer");
    assert_eq!(reason(&send(update(&campaign.etag, "name")).await.unwrap_err()), "ETAG_MISMATCH");
    assert_eq!(reason(&send(update("", "kind")).await.unwrap_err()), "UPDATE_MASK_UNKNOWN_PATH");
    start(&site, &tenant, &campaign.campaign_id).await.unwrap();
    assert_eq!(reason(&send(update("", "name")).await.unwrap_err()), "CAMPAIGN_STATE");
    assert_eq!(reason(&start(&site, &tenant, &campaign.campaign_id).await.unwrap_err()), "CAMPAIGN_STATE");

    let list = ListCampaignsRequest { page_size: 1, ..ListCampaignsRequest::default() };
    let page = client(&site).list_campaigns(site.request(&tenant, Role::ReadOnly, list)).await.unwrap().into_inner();
    assert_eq!(page.campaigns[0].campaign_id, campaign.campaign_id, "newest first");
    assert!(!page.next_page_token.is_empty());
    let other = site.tenant();
    let foreign = GetCampaignRequest { campaign_id: campaign.campaign_id };
    let refused = client(&site).get_campaign(site.request(&other, Role::Recruiter, foreign)).await.unwrap_err();
    assert_eq!(reason(&refused), "CAMPAIGN_NOT_FOUND");
    ends(&site, &tenant, &outreach, &page.campaigns[0].campaign_id).await;
    site.finish().await;
}

#[tokio::test]
async fn a_campaign_ends_at_its_end_though_nobody_has_answered() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    people(&site, &tenant, 2).await;
    let end_time = Some(wire::timestamp(site.clock().now() + TimeDelta::days(2)));
    let id = started(&site, &tenant, CampaignSpec { steps: vec![step(0), step(5)], end_time, ..spec(&site) }).await;
    eventually("all are asked for", async || outreach.keys().len() == 2).await;
    deliver(&site, &tenant, &outreach, &mut BTreeSet::new()).await;
    pass(&site, TimeDelta::days(6));
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    assert_eq!(get(&site, &tenant, &id).await.end_reason(), CampaignEndReason::Time);
    let after = members(&site, &tenant, &id).await;
    assert!(after.values().all(|member| member.reason == "CAMPAIGN_OVER" && member.messages_sent == 1), "{after:?}");
    assert_eq!(outreach.keys().len(), 2);
    site.finish().await;
}
