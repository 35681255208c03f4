//! How often candidates stay away, and why.

use chrono::TimeDelta;
use usher_proto::{
    ats::v1::{Attendance, NoShowCause},
    outreach::v1::MessageKind,
};

use super::{says::Others, *};

#[tokio::test]
async fn a_correction_replaces_and_what_the_host_missed_is_not_counted() {
    let site = site().await;
    let others = Others::of(&site);
    let start = site.clock().now();
    others.attended("i1", "a1", Attendance::CandidateNoShow, start).await;
    others.attended("i2", "a2", Attendance::Attended, start).await;
    others.attended("i3", "a3", Attendance::Late, start).await;
    others.attended("i4", "a4", Attendance::HostNoShow, start).await;
    assert_eq!(no_shows(&site, &others.tenant).await, (1, 3));
    others.attended("i1", "a1", Attendance::Late, start).await;
    assert_eq!(no_shows(&site, &others.tenant).await, (0, 3), "they had been there");
    others.attended("i2", "a2", Attendance::HostNoShow, start).await;
    others.attended("i4", "a4", Attendance::CandidateNoShow, start).await;
    assert_eq!(no_shows(&site, &others.tenant).await, (1, 3));
    assert_eq!(no_shows(&site, &site.tenant()).await, (0, 0));
    site.finish().await;
}

#[tokio::test]
async fn an_interview_that_was_taken_back_counts_no_more() {
    let site = site().await;
    let others = Others::of(&site);
    let start = site.clock().now();
    // From before Usher: they belong to no application.
    others.attended("i1", "", Attendance::CandidateNoShow, start).await;
    others.attended("i2", "", Attendance::Attended, start).await;
    others.taken_back("i1").await;
    assert_eq!(no_shows(&site, &others.tenant).await, (0, 1));
    others.attended("i3", "", Attendance::CandidateNoShow, start).await;
    assert_eq!(no_shows(&site, &others.tenant).await, (1, 2));
    site.finish().await;
}

#[tokio::test]
async fn lead_time_follow_up_and_confirmation_are_told_apart() {
    let site = site().await;
    let others = Others::of(&site);
    let now = site.clock().now();
    let start = now + TimeDelta::days(4);
    for (interview, reminded_before, confirms, who) in [
        ("i1", Some(5), true, Attendance::Attended),
        ("i2", Some(30), false, Attendance::CandidateNoShow),
        ("i3", None, false, Attendance::CandidateNoShow),
    ] {
        others.scheduled(interview, interview, start).await;
        if let Some(hours) = reminded_before {
            let time = start - TimeDelta::hours(hours);
            others.sent_at(interview, MessageKind::InterviewUpcoming, interview, interview, time).await;
        }
        if confirms {
            others.answered(interview, interview).await;
        }
        others.attended(interview, interview, who, start).await;
    }
    // What comes after the interview has not helped.
    others.sent_at("late", MessageKind::InterviewMissed, "i3", "i3", start + TimeDelta::hours(1)).await;
    site.settle().await;
    let of = async |dimension| shares(&get_no_show_rates(&site, &others.tenant, by(&[dimension])).await.unwrap());
    let rows =
        |rows: &[(&str, (i64, i64))]| rows.iter().map(|(row, share)| ((*row).to_owned(), *share)).collect::<Vec<_>>();
    assert_eq!(of(Dimension::LeadTime).await, rows(&[("3-6d", (2, 3))]));
    assert_eq!(of(Dimension::FollowUp).await, rows(&[("24-48h", (1, 1)), ("<6h", (0, 1)), ("none", (1, 1))]));
    assert_eq!(of(Dimension::Confirmed).await, rows(&[("no", (2, 2)), ("yes", (0, 1))]));
    assert_eq!(of(Dimension::Channel).await, rows(&[("email", (1, 2)), ("none", (1, 1))]));
    site.finish().await;
}

#[tokio::test]
async fn causes_are_shares_of_those_who_did_not_come() {
    let site = site().await;
    let others = Others::of(&site);
    let start = site.clock().now();
    for (interview, cause) in
        [("i1", NoShowCause::NotTold), ("i2", NoShowCause::NotTold), ("i3", NoShowCause::SilentReminded)]
    {
        others.attended(interview, interview, Attendance::CandidateNoShow, start).await;
        others.explained(interview, interview, cause).await;
    }
    // They came after all: it was no no-show.
    others.attended("i3", "i3", Attendance::Attended, start).await;
    others.attended("i4", "i4", Attendance::CandidateNoShow, start).await;
    site.settle().await;
    let report = get_no_show_causes(&site, &others.tenant, by(&[Dimension::Cause])).await.unwrap();
    assert_eq!(shares(&report), [("not_told".to_owned(), (2, 3)), ("unspecified".to_owned(), (1, 3))]);
    site.finish().await;
}
