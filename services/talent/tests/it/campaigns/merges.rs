//! Campaigns and people who are merged: to the person it is one campaign, one message, and one answer.

use usher_proto::talent::v1::{SearchCandidatesRequest, SearchOrder, search_service_client::SearchServiceClient};

use super::*;
use crate::duplicates::{merge, read, unmerge};

/// Two who agree to be written to, and of whom a campaign of two messages has sent the first.
async fn two_drawn(site: &Site, tenant: &TenantId, outreach: &Memory) -> (Vec<String>, String, BTreeSet<String>) {
    let ids = people(site, tenant, 2).await;
    let id = started(site, tenant, CampaignSpec { steps: vec![step(0), step(3)], ..spec(site) }).await;
    eventually("both are asked for", async || keys_of(outreach, &id) == 2).await;
    let mut sent = BTreeSet::new();
    deliver(site, tenant, outreach, &mut sent).await;
    (ids, id, sent)
}

#[tokio::test]
async fn what_another_campaign_sent_to_a_part_of_somebody_was_sent_to_them() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let bob = people(&site, &tenant, 1).await.remove(0);
    let first = started(&site, &tenant, CampaignSpec { steps: vec![step(0), step(5)], ..spec(&site) }).await;
    eventually("bob is written to", async || keys_of(&outreach, &first) == 1).await;
    let mut sent = BTreeSet::new();
    deliver(&site, &tenant, &outreach, &mut sent).await;
    let ann = person(&site, &tenant, 7).await;
    agree(&site, &tenant, &ann, true, None).await;
    merge(&site, &tenant, &ann, &bob).await.unwrap();

    let cooled = || CampaignSpec { cooldown_days: 20, ..spec(&site) };
    let second = started(&site, &tenant, cooled()).await;
    comes_to(&site, &tenant, &second, CampaignState::Ended).await;
    let all = members(&site, &tenant, &second).await;
    assert_eq!((all.len(), all[&ann].reason.as_str()), (1, "IN_OTHER_CAMPAIGN"));

    pass(&site, TimeDelta::days(6));
    eventually("the second message", async || keys_of(&outreach, &first) == 2).await;
    deliver(&site, &tenant, &outreach, &mut sent).await;
    comes_to(&site, &tenant, &first, CampaignState::Ended).await;
    let third = started(&site, &tenant, cooled()).await;
    comes_to(&site, &tenant, &third, CampaignState::Ended).await;
    assert_eq!(members(&site, &tenant, &third).await[&ann].reason, "COOLDOWN");
    site.finish().await;
}

#[tokio::test]
async fn two_members_who_become_one_are_written_to_once_and_counted_once() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let (ids, id, mut sent) = two_drawn(&site, &tenant, &outreach).await;
    let before = members(&site, &tenant, &id).await;
    assert_eq!(outcome(&site, &tenant, &id).await.treatment.unwrap().assigned, 2);
    let made = merge(&site, &tenant, &ids[1], &ids[0]).await.unwrap();
    let silent: Vec<_> =
        members(&site, &tenant, &id).await.into_values().filter(|one| one.reason == "SAME_PERSON").collect();
    assert_eq!(silent.len(), 1);
    unmerge(&site, &tenant, &made.merge_id).await.unwrap();
    assert_eq!(members(&site, &tenant, &id).await, before, "parted again, they are as they were");

    merge(&site, &tenant, &ids[1], &ids[0]).await.unwrap();
    pass(&site, TimeDelta::days(3) + HOUR);
    eventually("the second message", async || keys_of(&outreach, &id) == 3).await;
    deliver(&site, &tenant, &outreach, &mut sent).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    assert_eq!(keys_of(&outreach, &id), 3, "one of the two");
    let said = outcome(&site, &tenant, &id).await;
    assert_eq!((said.treatment.unwrap().assigned, said.reached), (1, 1));
    site.finish().await;
}

#[tokio::test]
async fn an_answer_in_the_name_of_either_stops_both_and_counts_once() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let (ids, id, _) = two_drawn(&site, &tenant, &outreach).await;
    merge(&site, &tenant, &ids[0], &ids[1]).await.unwrap();
    reply(&site, &tenant, &ids[0], ReplyIntent::Question).await;
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    let after = members(&site, &tenant, &id).await;
    assert!(after.values().all(|one| (one.state(), one.reason.as_str()) == (State::Stopped, "ANSWERED")), "{after:?}");
    let said = outcome(&site, &tenant, &id).await.treatment.unwrap();
    assert_eq!((said.came_back, said.assigned), (1, 1));
    assert_eq!(keys_of(&outreach, &id), 2);
    site.finish().await;
}

#[tokio::test]
async fn who_has_answered_before_they_were_merged_gets_no_more_by_the_other_name() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let (ids, id, _) = two_drawn(&site, &tenant, &outreach).await;
    reply(&site, &tenant, &ids[1], ReplyIntent::Decline).await;
    merge(&site, &tenant, &ids[0], &ids[1]).await.unwrap();
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    pass(&site, TimeDelta::days(4));
    a_round_passes(&site, &outreach).await;
    assert_eq!(keys_of(&outreach, &id), 2);
    site.finish().await;
}

#[tokio::test]
async fn of_two_messages_that_wait_for_one_person_one_is_taken_back() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    let ids = people(&site, &tenant, 2).await;
    let id = started(&site, &tenant, spec(&site)).await;
    eventually("both are asked for", async || outreach.keys().len() == 2).await;
    merge(&site, &tenant, &ids[0], &ids[1]).await.unwrap();
    eventually("one is taken back", async || outreach.keys().len() == 1).await;
    let after = members(&site, &tenant, &id).await;
    let left_out = after.values().filter(|one| one.state() == State::Skipped && one.reason == "SAME_PERSON");
    assert_eq!(left_out.count(), 1);
    ends(&site, &tenant, &outreach, &id).await;
    assert_eq!(outcome(&site, &tenant, &id).await.reached, 1);
    site.finish().await;
}

#[tokio::test]
async fn who_was_held_out_stays_so_by_whatever_name() {
    let (site, outreach) = site().await;
    let tenant = site.tenant();
    people(&site, &tenant, 12).await;
    let spec = CampaignSpec { steps: vec![step(0), step(3)], holdout_percent: 50, ..spec(&site) };
    let id = started(&site, &tenant, spec).await;
    comes_to(&site, &tenant, &id, CampaignState::Running).await;
    let drawn = members(&site, &tenant, &id).await;
    let (treated, held) = (of_arm(&drawn, CampaignArm::Treatment), of_arm(&drawn, CampaignArm::Holdout));
    eventually("those are asked for", async || outreach.keys().len() == treated.len()).await;
    deliver(&site, &tenant, &outreach, &mut BTreeSet::new()).await;
    // All were drawn in one moment; of these the one of the smaller id counts as the first.
    let Some((first, other)) =
        held.iter().flat_map(|held| treated.iter().map(move |one| (held, one))).find(|(held, one)| held < one)
    else {
        panic!("twelve people fall into groups of which one has a smaller id");
    };
    merge(&site, &tenant, other, first).await.unwrap();
    assert_eq!(members(&site, &tenant, &id).await[other].reason, "SAME_PERSON");
    let said = outcome(&site, &tenant, &id).await;
    let (one, two) = (said.treatment.unwrap().assigned, said.holdout.unwrap().assigned);
    assert_eq!((usize::try_from(one).unwrap(), usize::try_from(two).unwrap()), (treated.len() - 1, held.len()));
    pass(&site, TimeDelta::days(3) + HOUR);
    ends(&site, &tenant, &outreach, &id).await;
    assert_eq!(keys_of(&outreach, &id), treated.len() * 2 - 1, "the second goes to all others");
    site.finish().await;
}

/// The ids of a page of everybody, in the order in which a campaign draws.
async fn in_order(site: &Site, tenant: &TenantId, page_token: &str) -> (Vec<String>, String) {
    let request = SearchCandidatesRequest {
        order: SearchOrder::Recency.into(),
        page_size: 200,
        page_token: page_token.to_owned(),
        ..SearchCandidatesRequest::default()
    };
    let mut client = SearchServiceClient::new(site.channel());
    let page = client.search_candidates(site.request(tenant, Role::ReadOnly, request)).await.unwrap().into_inner();
    (page.hits.into_iter().map(|hit| hit.candidate_id).collect(), page.next_page_token)
}

#[tokio::test]
async fn of_whom_a_part_was_drawn_is_not_drawn_again() {
    let (site, _) = site().await;
    let tenant = site.tenant();
    let rows: Vec<String> = (0..205).map(|number| format!("Person {number},p{number}@example.com")).collect();
    import(&site, &tenant, format!("name,email\n{}\n", rows.join("\n")).as_bytes()).await.unwrap();
    eventually("all are found", async || {
        let (_, token) = in_order(&site, &tenant, "").await;
        in_order(&site, &tenant, &token).await.0.len() == 5
    })
    .await;
    site.settle().await;
    let (first, token) = in_order(&site, &tenant, "").await;
    let (mut later, _) = in_order(&site, &tenant, &token).await;
    later.sort();
    assert_eq!(later.len(), 5);

    // Somebody holds one of those who are drawn last, the one whom the draw wants first of them.
    let mut tx = site.db("talent").begin(&chassis::TenantCtx::service(tenant, "talent")).await.unwrap();
    sqlx::query("SELECT FROM candidates WHERE tenant_id = $1 AND display_name = $2 FOR UPDATE")
        .bind(tenant)
        .bind(read(&site, &tenant, &later[0]).await.display_name)
        .execute(tx.conn())
        .await
        .unwrap();
    let id = started(&site, &tenant, spec(&site)).await;
    eventually("the first are drawn", async || members(&site, &tenant, &id).await.len() == 200).await;
    merge(&site, &tenant, &later[4], &first[0]).await.unwrap();
    drop(tx);
    comes_to(&site, &tenant, &id, CampaignState::Ended).await;
    let all = members(&site, &tenant, &id).await;
    assert_eq!((all.len(), all.contains_key(&first[0]), all.contains_key(&later[4])), (204, true, false));
    site.finish().await;
}
