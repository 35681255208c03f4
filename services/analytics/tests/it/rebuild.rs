//! Everything is counted anew from the logs, while what was counted before serves.

use testkit::eventually;
use usher_proto::{
    ats::v1::{ApplicationState, Attendance},
    outreach::v1::MessageKind,
    talent::v1::{CampaignArm, CampaignOutcome},
};

use super::{says::Others, *};

async fn something_happens(others: &Others<'_>, number: usize) {
    let (application, interview) = (format!("a{number}"), format!("i{number}"));
    others.applied(&application, "j", "referral", "screen").await;
    others.sent(&interview, MessageKind::InterviewInvitation, &interview, &application).await;
    later(others.site);
    if number.is_multiple_of(2) {
        others.answered(&interview, &application).await;
    }
    others.attended(&interview, &application, Attendance::Attended, others.site.clock().now()).await;
    others.ended(&application, ApplicationState::Rejected).await;
    others.assigned("c", &application, CampaignArm::Treatment, &["new"]).await;
    others.came_back("c", &application, CampaignOutcome::Applied).await;
}

/// All that is told, but since when.
async fn everything(site: &Site, tenant: &TenantId) -> Vec<String> {
    site.settle().await;
    let mut told = Vec::new();
    let mut note = |mut report: RateReport| {
        report.head.as_mut().unwrap().serve_time = None;
        told.push(format!("{report:?}"));
    };
    note(get_template_reply_rates(site, tenant, by(&[Dimension::MessageKind])).await.unwrap());
    note(get_no_show_rates(site, tenant, by(&[Dimension::Source])).await.unwrap());
    note(get_tag_activation_rates(site, tenant, by(&[Dimension::Tag])).await.unwrap());
    told.push(format!("{:?}", get_funnel(site, tenant, by(&[])).await.unwrap().rows));
    told.push(format!("{:?}", get_source_quality(site, tenant, by(&[])).await.unwrap().rows));
    told
}

async fn serve_time(site: &Site, tenant: &TenantId) -> Option<prost_types::Timestamp> {
    get_no_show_rates(site, tenant, by(&[])).await.unwrap().head.unwrap().serve_time
}

#[tokio::test]
async fn figures_are_the_same_before_during_and_after_and_what_is_said_meanwhile_counts_once() {
    let site = site().await;
    let (others, elsewhere) = (Others::of(&site), Others::of(&site));
    for number in 0..12 {
        something_happens(&others, number).await;
        something_happens(&elsewhere, number).await;
    }
    let before = everything(&site, &others.tenant).await;
    let since = serve_time(&site, &others.tenant).await;
    later(&site);
    for round in 0..2 {
        let began = serve_time(&site, &others.tenant).await;
        assert!(!Analytics::rebuild(&site.db("analytics")).await.unwrap());
        assert!(Analytics::rebuild(&site.db("analytics")).await.unwrap(), "it is at work already");
        assert_eq!(no_shows(&site, &others.tenant).await, (0, 12 + 4 * round), "they serve meanwhile");
        for number in 0..4 {
            let number = usize::try_from(12 + 4 * round + number).unwrap();
            something_happens(&others, number).await;
        }
        eventually("the new figures serve", async || serve_time(&site, &others.tenant).await != began).await;
        later(&site);
        assert_eq!(no_shows(&site, &others.tenant).await, (0, 16 + 4 * round));
    }
    assert_ne!(serve_time(&site, &others.tenant).await, since);
    // The other tenant has said nothing meanwhile.
    assert_eq!(everything(&site, &elsewhere.tenant).await, before);
    let one = Others::of(&site);
    for number in 0..20 {
        something_happens(&one, number).await;
    }
    assert_eq!(everything(&site, &one.tenant).await, everything(&site, &others.tenant).await);
    site.finish().await;
}

#[tokio::test]
async fn what_many_events_change_at_once_counts_before_and_after_it_is_added_to_the_cells() {
    let site = site().await;
    let others = Others::of(&site);
    for number in 0..80 {
        something_happens(&others, number).await;
        site.clock().advance(Duration::from_secs(900)).unwrap();
    }
    let before = everything(&site, &others.tenant).await;
    let began = serve_time(&site, &others.tenant).await;
    // Nobody can add meanwhile.
    let db = site.db("analytics");
    let mut held = db.begin_system().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('adding/' || $1 || '/1', 0))")
        .bind(others.tenant.0.to_string())
        .execute(held.conn())
        .await
        .unwrap();
    let waiting = async || {
        let mut tx = db.begin_system().await.unwrap();
        let rows = sqlx::query_scalar("SELECT count(*) FROM cell_changes").fetch_one(tx.conn()).await;
        rows.unwrap()
    };
    assert!(!Analytics::rebuild(&db).await.unwrap());
    eventually("the new figures serve", async || serve_time(&site, &others.tenant).await != began).await;
    let rows: i64 = waiting().await;
    assert!(rows > 3, "{rows}");
    assert_eq!(everything(&site, &others.tenant).await, before, "what waits counts");
    // The period's ends cut through what waits as they do through cells.
    let end =
        chassis::wire::timestamp(DateTime::from_timestamp(site.clock().now().timestamp() / 900 * 900, 0).unwrap());
    let some = Period {
        end_time: Some(end),
        start_time: Some(prost_types::Timestamp { seconds: end.seconds - 4 * 900, nanos: 0 }),
        ..Period::default()
    };
    let some = ReportQuery { period: Some(some), ..by(&[Dimension::Source]) };
    let few = get_no_show_rates(&site, &others.tenant, some.clone()).await.unwrap();
    assert_eq!(share(few.overall), (0, 4));
    drop(held);
    eventually("nothing waits", async || waiting().await == 0).await;
    assert_eq!(everything(&site, &others.tenant).await, before, "and counts once");
    assert_eq!(get_no_show_rates(&site, &others.tenant, some).await.unwrap().rows, few.rows);
    site.finish().await;
}

#[tokio::test]
async fn figures_of_an_earlier_version_serve_until_those_of_this_one_do() {
    let site = site().await;
    let others = Others::of(&site);
    for number in 0..3 {
        something_happens(&others, number).await;
    }
    assert_eq!(no_shows(&site, &others.tenant).await, (0, 3));
    let began = serve_time(&site, &others.tenant).await;
    later(&site);
    // As if an earlier program had counted them, otherwise.
    let mut tx = site.db("analytics").begin_system().await.unwrap();
    sqlx::query("UPDATE generations SET version = version - 1").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    eventually("figures of this version serve", async || {
        assert_eq!(share(get_no_show_rates(&site, &others.tenant, by(&[])).await.unwrap().overall), (0, 3));
        serve_time(&site, &others.tenant).await != began
    })
    .await;
    something_happens(&others, 3).await;
    assert_eq!(no_shows(&site, &others.tenant).await, (0, 4));
    site.finish().await;
}

#[tokio::test]
async fn what_redis_has_forgotten_is_counted_from_the_logs() {
    let site = site().await;
    let others = Others::of(&site);
    // More than a page of a log, and than a batch is asked for at once.
    for number in 0..1_100 {
        others.sent(&format!("m{number}"), MessageKind::InterviewInvitation, "i", "a").await;
    }
    assert_eq!(replies(&site, &others.tenant).await, (0, 1_100));
    let began = serve_time(&site, &others.tenant).await;
    later(&site);
    let mut connection = site.redis().connection().await;
    for key in site.redis().keys().await {
        redis::cmd("DEL").arg(key).query_async::<()>(&mut connection).await.unwrap();
    }
    assert!(!Analytics::rebuild(&site.db("analytics")).await.unwrap());
    eventually("the new figures serve", async || serve_time(&site, &others.tenant).await != began).await;
    assert_eq!(replies(&site, &others.tenant).await, (0, 1_100));
    site.finish().await;
}
