//! How often candidates stay away.

use super::*;

#[tokio::test]
async fn a_correction_replaces_and_what_the_host_missed_is_not_counted() {
    let site = site().await;
    let tenant = site.tenant();
    let start = site.clock().now();
    attended(&site, &tenant, "i1", Attendance::CandidateNoShow, start).await;
    attended(&site, &tenant, "i2", Attendance::Attended, start).await;
    attended(&site, &tenant, "i3", Attendance::Late, start).await;
    attended(&site, &tenant, "i4", Attendance::HostNoShow, start).await;
    assert_eq!(no_shows(&site, &tenant).await, (1, 3));
    attended(&site, &tenant, "i1", Attendance::Late, start).await;
    assert_eq!(no_shows(&site, &tenant).await, (0, 3), "they had been there");
    attended(&site, &tenant, "i2", Attendance::HostNoShow, start).await;
    attended(&site, &tenant, "i4", Attendance::CandidateNoShow, start).await;
    assert_eq!(no_shows(&site, &tenant).await, (1, 3));
    assert_eq!(no_shows(&site, &site.tenant()).await, (0, 0));
    site.finish().await;
}

#[tokio::test]
async fn an_interview_that_was_taken_back_counts_no_more() {
    let site = site().await;
    let tenant = site.tenant();
    let start = site.clock().now();
    attended(&site, &tenant, "i1", Attendance::CandidateNoShow, start).await;
    attended(&site, &tenant, "i2", Attendance::Attended, start).await;
    let removed = PastInterviewRemoved { interview_id: "i1".to_owned(), ..PastInterviewRemoved::default() };
    site.say("ats", &tenant, "i1", &removed).await;
    assert_eq!(no_shows(&site, &tenant).await, (0, 1));
    attended(&site, &tenant, "i3", Attendance::CandidateNoShow, start).await;
    assert_eq!(no_shows(&site, &tenant).await, (1, 2));
    site.finish().await;
}

#[tokio::test]
async fn an_interview_belongs_to_the_period_in_which_it_was() {
    let site = site().await;
    let tenant = site.tenant();
    let start = site.clock().now();
    let day = chrono::TimeDelta::days(1);
    for (number, interview) in ["i0", "i1", "i2"].into_iter().enumerate() {
        let number = i32::try_from(number).unwrap();
        attended(&site, &tenant, interview, Attendance::CandidateNoShow, start + day * number).await;
    }
    site.settle().await;
    for (from, until, expected) in
        [(None, Some(start + day), 1), (Some(start + day), None, 2), (Some(start + day), Some(start + day * 2), 1)]
    {
        let ask = GetNoShowRatesRequest { period: Some(period(from, until)), at_least: String::new() };
        let rates = no_show_rates(&site, &tenant, ask).await.unwrap();
        assert_eq!(counts(rates.into_iter().map(|one| one.rate)), (expected, expected));
    }
    let ask = GetNoShowRatesRequest { period: Some(period(Some(start), Some(start))), at_least: String::new() };
    assert_eq!(reason(&no_show_rates(&site, &tenant, ask).await.unwrap_err()), "PERIOD_REVERSED");
    site.finish().await;
}
