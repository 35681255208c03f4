//! What is asked: periods, parts, dimensions, filters, jobs; and what is refused.

use chrono::TimeDelta;
use tonic::Code;
use usher_proto::{
    analytics::v1::{Basis, Interval},
    ats::v1::{ApplicationState, Attendance, OfferAnswer},
    outreach::v1::MessageKind,
};

use super::{
    says::{Others, id},
    *,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_day_is_one_of_the_zone_that_is_asked_for() {
    let site = site().await;
    let others = Others::of(&site);
    // In Shanghai, Kolkata and Los Angeles these are on different days.
    for (number, time) in [
        "2026-03-01T15:59:00Z",
        "2026-03-01T16:00:00Z",
        "2026-03-01T18:29:00Z",
        "2026-03-01T18:30:00Z",
        "2026-03-02T08:00:00Z",
    ]
    .into_iter()
    .enumerate()
    {
        others.attended(&format!("i{number}"), "", Attendance::Attended, at(time)).await;
    }
    site.settle().await;
    let count = async |start: &str, end: &str, zone: &str| {
        let query = ReportQuery { period: Some(days(start, end, zone)), ..by(&[]) };
        share(get_no_show_rates(&site, &others.tenant, query).await.unwrap().overall).1
    };
    for (zone, first, second) in [("UTC", 4, 1), ("Asia/Shanghai", 1, 4), ("Asia/Kolkata", 3, 2)] {
        assert_eq!(count("2026-03-01", "2026-03-02", zone).await, first, "{zone}");
        assert_eq!(count("2026-03-02", "2026-03-03", zone).await, second, "{zone}");
        assert_eq!(count("2026-01-01", "2027-01-01", zone).await, 5, "{zone}");
        assert_eq!(count("2025-03-02", "2026-03-02", zone).await, first, "{zone}");
    }
    let query = ReportQuery {
        period: Some(days("2026-02-01", "2026-04-01", "Asia/Shanghai")),
        interval: Interval::Month.into(),
        ..by(&[])
    };
    let report = get_no_show_rates(&site, &others.tenant, query).await.unwrap();
    let parts: Vec<_> = report.rows.iter().map(|row| (row.interval_start.as_str(), share(row.rate).1)).collect();
    assert_eq!(parts, [("2026-03-01", 5)], "parts of which nothing is known have no row");
    let told = report.head.unwrap().period.unwrap();
    assert_eq!((told.start_date.as_str(), told.time_zone.as_str()), ("2026-02-01", "Asia/Shanghai"));
    site.finish().await;
}

#[tokio::test]
async fn a_cohort_is_followed_and_what_happens_in_a_period_is_counted_where_it_happens() {
    let site = site().await;
    let others = Others::of(&site);
    let start = site.clock().now();
    let quarter = TimeDelta::minutes(15);
    let aligned =
        |time: DateTime<Utc>| DateTime::from_timestamp(time.timestamp() - time.timestamp().rem_euclid(900), 0).unwrap();
    let begin = aligned(start);
    others.job_opened("j", 3).await;
    for application in ["a1", "a2", "a3"] {
        others.applied(application, "j", "referral", "screen").await;
    }
    others.applied("a4", "other", "agency", "screen").await;
    site.clock().advance(Duration::from_secs(10 * 86_400)).unwrap();
    others.moved("a1", "onsite").await;
    others.offered("o1", "a1").await;
    others.offer_answered("o1", "a1", OfferAnswer::Accepted).await;
    others.hired("a1", "j").await;
    others.ended("a2", ApplicationState::Rejected).await;
    site.clock().advance(Duration::from_secs(20 * 86_400)).unwrap();
    others.hired("a3", "j").await;
    site.settle().await;
    let tenant = &others.tenant;
    let within = |from: DateTime<Utc>, until: DateTime<Utc>| {
        Some(Period { start_time: Some(timestamp(from)), end_time: Some(timestamp(until)), ..Period::default() })
    };
    let query = |basis: Basis| ReportQuery {
        period: within(begin, begin + quarter),
        basis: basis.into(),
        job_id: id("job", "j"),
        ..by(&[])
    };
    let hire = get_time_to_hire(&site, tenant, query(Basis::Cohort)).await.unwrap().overall.unwrap();
    assert_eq!((hire.n, hire.censored, hire.median_days, hire.p90_days), (2, 1, Some(20.0), Some(28.0)));
    assert_eq!(hire.estimated_median_days, Some(30.0), "at 10 days two thirds are left, at 30 nobody");
    assert!(hire.below_minimum_n && hire.curve.len() == 2);
    let hire = get_time_to_hire(&site, tenant, query(Basis::Activity)).await.unwrap().overall.unwrap();
    assert_eq!((hire.n, hire.median_days), (0, None), "nobody was hired in that quarter of an hour");
    let whole = ReportQuery { period: None, ..query(Basis::Activity) };
    let hire = get_time_to_hire(&site, tenant, whole.clone()).await.unwrap().overall.unwrap();
    assert_eq!((hire.n, hire.censored, hire.median_days), (2, 0, Some(20.0)));

    let fill =
        get_time_to_fill(&site, tenant, ReportQuery { basis: 0, ..whole.clone() }).await.unwrap().overall.unwrap();
    assert_eq!((fill.n, fill.censored, fill.median_days), (2, 1, Some(20.0)), "the third opening is open");
    others.job_closed("j").await;
    site.settle().await;
    let fill = get_time_to_fill(&site, tenant, by(&[])).await.unwrap().overall.unwrap();
    assert_eq!((fill.n, fill.censored, fill.curve.last().unwrap().day), (2, 1, 30), "closed after 30 days");

    let funnel = get_funnel(&site, tenant, by(&[])).await.unwrap().rows.remove(0);
    let stages: Vec<_> = funnel.stages.iter().map(|one| (one.stage.as_str(), one.entered, one.in_process)).collect();
    assert_eq!(stages, [("screen", 4, 1), ("onsite", 1, 0)], "in the order in which they are come through");
    assert_eq!(share(funnel.stages[0].advance), (2, 3), "of those who left it");
    assert_eq!(share(funnel.stages[1].reach), (1, 4));
    let late = ReportQuery {
        period: within(begin + quarter, begin + TimeDelta::days(40)),
        basis: Basis::Activity.into(),
        ..by(&[])
    };
    let funnel = get_funnel(&site, tenant, late).await.unwrap().rows.remove(0);
    assert_eq!(funnel.stages.len(), 1, "only onsite was entered later");
    site.finish().await;
}

#[tokio::test]
async fn what_lies_on_whose_desk() {
    let site = site().await;
    let others = Others::of(&site);
    let now = site.clock().now();
    let (ann, ben) = (id("user", "ann"), id("user", "ben"));
    for (task, holder) in [("t1", ann.as_str()), ("t2", &ann), ("t3", &ben), ("t4", "")] {
        others.task(task, holder).await;
    }
    site.clock().advance(Duration::from_secs(5 * 3_600)).unwrap();
    others.task_done("t1", &ann, now + TimeDelta::hours(4)).await;
    others.task_done("t3", &ben, now + TimeDelta::hours(8)).await;
    others.task_done("t4", "service:ats", now + TimeDelta::hours(8)).await;
    // Its person is forgotten: that there was one is not heard of any more.
    others.task_done("t5", &ann, now + TimeDelta::hours(8)).await;
    site.settle().await;
    let report = get_recruiter_load(&site, &others.tenant, by(&[Dimension::Recruiter])).await.unwrap();
    let mut rows: Vec<_> = report
        .rows
        .iter()
        .map(|row| (row.values.concat(), row.created, row.open, row.completed, share(row.on_time), row.median_hours))
        .collect();
    let mut expected = vec![
        (ann, 2, 1, 1, (0, 1), Some(5.0)),
        (ben, 1, 0, 1, (1, 1), Some(5.0)),
        ("nobody".to_owned(), 1, 0, 1, (1, 1), Some(5.0)),
    ];
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(rows, expected);
    site.finish().await;
}

#[tokio::test]
async fn what_differs_is_ranked_and_what_does_not_is_not() {
    let site = site().await;
    let others = Others::of(&site);
    // Of forty by each channel, one in ten, one in eight, and three in four stay away.
    for (source, away) in [("agency", 4), ("board", 5), ("referral", 30)] {
        for number in 0..40 {
            let application = format!("{source}{number}");
            others.applied(&application, "j", source, "screen").await;
            let who = if number < away { Attendance::CandidateNoShow } else { Attendance::Attended };
            others.attended(&application, &application, who, site.clock().now()).await;
        }
    }
    others.applied("few", "j", "walk_in", "screen").await;
    others.attended("few", "few", Attendance::CandidateNoShow, site.clock().now()).await;
    site.settle().await;
    let report = get_no_show_rates(&site, &others.tenant, by(&[Dimension::Source])).await.unwrap();
    let rows: Vec<_> = report.rows.iter().map(|row| (row.values.concat(), row.rank)).collect();
    let expected = [("agency", 1), ("board", 1), ("referral", 2), ("walk_in", 0)];
    assert_eq!(rows, expected.map(|(source, rank)| (source.to_owned(), rank)));
    let words = report.ranking.unwrap().words;
    assert!(words.contains("3 groups fall into 2 ranks") && words.contains("1 more have too little data"), "{words}");
    let filter =
        pb::Filter { dimension: Dimension::Source.into(), values: vec!["agency".to_owned(), "board".to_owned()] };
    let query = ReportQuery { filters: vec![filter], ..by(&[Dimension::Source]) };
    let ranking = get_no_show_rates(&site, &others.tenant, query).await.unwrap().ranking.unwrap();
    assert!(!ranking.is_ranked && ranking.words.contains("can not tell which is better"), "{ranking:?}");
    site.finish().await;
}

#[tokio::test]
async fn what_can_not_be_answered_is_refused_with_the_field_and_what_would_do() {
    let site = site().await;
    let tenant = site.tenant();
    let odd = Period { start_time: Some(prost_types::Timestamp { seconds: 61, nanos: 0 }), ..Period::default() };
    let filter = |dimension: Dimension| pb::Filter { dimension: dimension.into(), values: vec!["x".to_owned()] };
    for (query, expected, at) in [
        (by(&[Dimension::Tag]), "DIMENSION_UNSUPPORTED", "query.group_by[0]"),
        (
            ReportQuery { filters: vec![filter(Dimension::Cause)], ..by(&[]) },
            "DIMENSION_UNSUPPORTED",
            "query.filters[0].dimension",
        ),
        (ReportQuery { basis: Basis::Cohort.into(), ..by(&[]) }, "BASIS_UNSUPPORTED", "query.basis"),
        (
            ReportQuery { period: Some(days("2026-03-01", "2026-02-01", "")), ..by(&[]) },
            "PERIOD_REVERSED",
            "query.period.end_date",
        ),
        (
            ReportQuery { period: Some(days("2026-03-32", "", "")), ..by(&[]) },
            "DATE_INVALID",
            "query.period.start_date",
        ),
        (ReportQuery { period: Some(days("", "", "Mars")), ..by(&[]) }, "TIME_ZONE_UNKNOWN", "query.period.time_zone"),
        (ReportQuery { period: Some(odd), ..by(&[]) }, "PERIOD_UNALIGNED", "query.period.start_time"),
        (ReportQuery { interval: Interval::Day.into(), ..by(&[]) }, "PERIOD_OPEN", "query.period"),
    ] {
        let refused = get_no_show_rates(&site, &tenant, query).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str(), field(&refused).as_str()),
            (Code::InvalidArgument, expected, at)
        );
    }
    let query = ReportQuery { job_id: id("job", "j"), ..by(&[]) };
    let refused = get_template_reply_rates(&site, &tenant, query).await.unwrap_err();
    assert_eq!(reason(&refused), "JOB_UNSUPPORTED");
    let twice = by(&[Dimension::Stage, Dimension::Stage]);
    assert_eq!(get_no_show_rates(&site, &tenant, twice).await.unwrap_err().code(), Code::InvalidArgument);
    // Nobody knows anything yet, and says so.
    let empty = get_template_reply_rates(&site, &tenant, by(&[Dimension::MessageKind])).await.unwrap();
    assert!(empty.rows.is_empty() && empty.overall.unwrap().below_minimum_n);
    assert!(empty.ranking.unwrap().words.starts_with("Nothing is ranked: no group has enough data"));
    let others = Others { site: &site, tenant };
    others.sent("m", MessageKind::InterviewInvitation, "i", "a").await;
    assert_eq!(replies(&site, &tenant).await, (0, 1));
    site.finish().await;
}
