//! Campaigns whose answers are lost, whose process is killed, and whose people change their minds while nobody knows.

use super::*;

#[tokio::test]
async fn answers_that_are_lost_and_a_crash_behind_them_send_nothing_twice() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    people(&site, &tenant, 12).await;
    // Between sending and noting: outreach has five of them and nobody here knows.
    outreach.lose_answers(5);
    let id = started(&site, &tenant, spec(&site)).await;
    eventually("all are there", async || outreach.keys().len() == 12).await;
    let site = site.restart(services(&outreach)).await;
    let keys = outreach.keys();
    pass(&site, HOUR);
    eventually("those five are asked for again", async || outreach.calls() >= 17).await;
    assert_eq!(outreach.keys(), keys, "each is one message");
    deliver(&site, &tenant, &outreach, &mut BTreeSet::new()).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    let after = members(&site, &tenant, &id).await;
    assert!(after.values().all(|member| member.state() == State::Finished && member.messages_requested == 1));
    let none_is_open = "SELECT count(*) FROM campaign_messages WHERE try_time IS NOT NULL OR recall";
    site.database().expect_none("talent", none_is_open, "messages of which nobody knows what became");
    site.finish().await;
}

#[tokio::test]
async fn whoever_withdraws_while_nobody_knows_whether_a_message_is_out_gets_none_after_all() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let ids = people(&site, &tenant, 2).await;
    // Outreach has both, and nobody here knows; one of them says no in the meantime, and the other's consent runs out.
    agree(&site, &tenant, &ids[1], true, Some(1)).await;
    outreach.lose_answers(2);
    let id = started(&site, &tenant, spec(&site)).await;
    eventually("outreach has both", async || outreach.keys().len() == 2).await;
    agree(&site, &tenant, &ids[0], false, None).await;
    site.settle().await;
    pass(&site, HOUR * 2);
    eventually("both are taken back", async || outreach.keys().is_empty()).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    let after = members(&site, &tenant, &id).await;
    assert_eq!((after[&ids[0]].state(), after[&ids[0]].reason.as_str()), (State::Stopped, "CONSENT_WITHDRAWN"));
    assert_eq!((after[&ids[1]].state(), after[&ids[1]].reason.as_str()), (State::Skipped, "CONSENT_EXPIRED"));
    site.finish().await;
}

#[tokio::test]
async fn killed_before_any_message_is_taken_it_goes_on_where_it_was() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    people(&site, &tenant, 10).await;
    outreach.set_away(true);
    let id = started(&site, &tenant, spec(&site)).await;
    eventually("they are asked for", async || outreach.calls() > 0).await;
    let site = site.restart(services(&outreach)).await;
    assert!(outreach.keys().is_empty());
    outreach.set_away(false);
    pass(&site, TimeDelta::minutes(4));
    eventually("each gets one", async || outreach.keys().len() == 10).await;
    deliver(&site, &tenant, &outreach, &mut BTreeSet::new()).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    assert_eq!(outreach.keys().len(), 10);
    site.finish().await;
}

#[tokio::test]
async fn a_draw_that_is_killed_again_and_again_draws_everybody_once() {
    let (mut site, outreach) = site().await;
    let tenant = site.tenant();
    let rows: Vec<String> = (0..900).map(|number| format!("Person {number},p{number}@example.com")).collect();
    let report = import(&site, &tenant, format!("name,email\n{}\n", rows.join("\n")).as_bytes()).await.unwrap();
    assert_eq!(report.created, 900);
    let agreed: Vec<String> = people(&site, &tenant, 3).await;
    let id = started(&site, &tenant, CampaignSpec { holdout_percent: 0, ..spec(&site) }).await;
    for _ in 0..3 {
        site = site.restart(services(&outreach)).await;
    }
    eventually("three are written to", async || outreach.keys().len() == 3).await;
    deliver(&site, &tenant, &outreach, &mut BTreeSet::new()).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    let all = members(&site, &tenant, &id).await;
    assert_eq!(all.len(), 903);
    assert!(agreed.iter().all(|id| all[id].state() == State::Finished));
    assert_eq!(site.heard_of::<CampaignMemberAssigned>("talent", &tenant).await.len(), 3, "each was told of once");
    site.finish().await;
}
