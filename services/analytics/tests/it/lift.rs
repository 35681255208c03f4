//! What campaigns did, and to whom.

use usher_proto::talent::v1::{CampaignArm, CampaignOutcome};

use super::{says::Others, *};

#[tokio::test]
async fn a_campaign_is_compared_with_those_who_were_held_out() {
    let site = site().await;
    let others = Others::of(&site);
    for number in 0..80 {
        let person = format!("p{number}");
        let arm = if number % 2 == 0 { CampaignArm::Treatment } else { CampaignArm::Holdout };
        let tags: &[&str] = if number < 40 { &["dormant_12_months"] } else { &["dormant_3_months", "hired"] };
        others.assigned("c1", &person, arm, tags).await;
        // Half of those written to come back, and one in ten of the others.
        if number % 4 == 0 || number % 20 == 1 {
            others.came_back("c1", &person, CampaignOutcome::Declined).await;
            others.came_back("c1", &person, CampaignOutcome::Answered).await;
        }
        if number % 4 == 2 {
            others.came_back("c1", &person, CampaignOutcome::OptedOut).await;
        }
    }
    others.assigned("c2", "p1", CampaignArm::Treatment, &[]).await;
    site.settle().await;
    let report = get_campaign_lift(&site, &others.tenant, by(&[])).await.unwrap();
    let campaign = says::id("camp", "c1");
    let lift = report.rows.iter().find(|row| row.values == [campaign.clone()]).unwrap();
    assert_eq!((share(lift.treatment), share(lift.holdout)), ((20, 40), (4, 40)));
    assert!((lift.difference - 0.4).abs() < 1e-9);
    assert!(lift.is_randomized && lift.verdict() == pb::Verdict::More && lift.difference_lower > 0.2);
    let alone = report.rows.iter().find(|row| row.values != [campaign.clone()]).unwrap();
    assert!(!alone.is_randomized && alone.verdict() == pb::Verdict::NoComparison);

    let report = get_tag_activation_rates(&site, &others.tenant, by(&[Dimension::Tag])).await.unwrap();
    assert_eq!(
        shares(&report),
        [
            ("status/dormant_12_months".to_owned(), (10, 20)),
            ("status/dormant_3_months".to_owned(), (10, 20)),
            ("status/hired".to_owned(), (10, 20)),
        ],
        "of those who were to be written to"
    );
    let ranking = report.ranking.unwrap();
    assert!(!ranking.is_ranked && ranking.words.starts_with("Nothing is ranked: one thing counts in several rows"));
    assert!(report.rows.iter().all(|row| row.rank == 0));
    let report = get_tag_activation_rates(&site, &others.tenant, by(&[Dimension::Arm])).await.unwrap();
    assert_eq!(
        (report.rows.len(), report.overall),
        (6, None),
        "of each tag both groups, and no sum of people who are the same"
    );
    site.finish().await;
}
