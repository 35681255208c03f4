//! When and how often a tenant writes to people, as it says itself.

use contact::set_policy;
use usher_proto::outreach::v1::{
    ContactPolicy, FrequencyCaps, GetContactPolicyRequest, HolidayCalendar, QuietHours,
    contact_policy_service_client::ContactPolicyServiceClient,
};

use super::*;

async fn policy(site: &Site, tenant: &TenantId) -> ContactPolicy {
    let request = site.request(tenant, Role::ReadOnly, GetContactPolicyRequest {});
    ContactPolicyServiceClient::new(site.channel())
        .get_contact_policy(request)
        .await
        .unwrap()
        .into_inner()
        .policy
        .unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "as the fields take it")]
fn night(start: &str, end: &str) -> Option<QuietHours> {
    Some(QuietHours { start: start.to_owned(), end: end.to_owned(), ..QuietHours::default() })
}

#[tokio::test]
async fn a_policy_has_its_defaults_and_changes_only_by_what_is_named_and_seen() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let (tenant, neighbour) = (site.tenant(), site.tenant());
    let usual = policy(&site, &tenant).await;
    assert_eq!((usual.time_zone.as_str(), usual.max_deferral_days), ("Asia/Shanghai", 7));
    assert_eq!(usual.reminders, night("21:00", "08:00"));
    assert_eq!(usual.marketing, Some(QuietHours { on_holidays: true, ..night("21:00", "08:00").unwrap() }));
    assert_eq!(usual.others, Some(QuietHours::default()));
    assert_eq!(usual.urgent_before.as_ref().unwrap().seconds, 3 * 3_600);
    let caps = usual.caps.unwrap();
    assert_eq!((caps.marketing_per_7_days, caps.marketing_per_30_days), (2, 4));
    assert_eq!((caps.total_per_day, caps.safety_per_day), (3, 50));
    assert!(usual.update_time.is_none() && usual.holiday_calendars.is_empty());

    let berlin = HolidayCalendar {
        region: "DE-BE".to_owned(),
        time_zones: vec!["Europe/Berlin".to_owned()],
        holidays: vec!["2027-03-08".to_owned()],
        working_days: vec!["2027-03-13".to_owned()],
    };
    let asked = ContactPolicy {
        time_zone: "Europe/Berlin".to_owned(),
        marketing: night("20:00", "09:30"),
        holiday_calendars: vec![berlin.clone()],
        // Not named, so not changed.
        caps: Some(FrequencyCaps { marketing_per_7_days: 99, ..FrequencyCaps::default() }),
        etag: usual.etag.clone(),
        ..ContactPolicy::default()
    };
    let paths = ["time_zone", "marketing", "holiday_calendars"];
    let changed = set_policy(&site, &tenant, asked.clone(), &paths).await.unwrap();
    assert_eq!(changed, policy(&site, &tenant).await);
    assert_eq!((&changed.caps, &changed.reminders), (&usual.caps, &usual.reminders));
    assert_eq!((changed.time_zone.as_str(), &changed.marketing), ("Europe/Berlin", &night("20:00", "09:30")));
    assert_eq!(changed.holiday_calendars, [berlin]);
    assert!(changed.update_time.is_some() && changed.etag != usual.etag);
    let stale = set_policy(&site, &tenant, asked, &paths).await.unwrap_err();
    assert_eq!(refusal(&stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    let back = set_policy(&site, &tenant, ContactPolicy::default(), &["marketing", "time_zone"]).await.unwrap();
    assert_eq!((back.marketing, back.time_zone), (usual.marketing.clone(), usual.time_zone.clone()));
    assert_eq!(policy(&site, &neighbour).await, usual);
    finish(site).await;
}

#[tokio::test]
async fn what_can_not_be_kept_is_refused_by_the_name_of_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let calendar = |date: &str, zone: &str| HolidayCalendar {
        region: "DE".to_owned(),
        time_zones: vec![zone.to_owned()],
        holidays: vec![date.to_owned()],
        working_days: Vec::new(),
    };
    let contradictory =
        HolidayCalendar { working_days: vec!["2027-01-01".to_owned()], ..calendar("2027-01-01", "Europe/Berlin") };
    let usual = ContactPolicy::default;
    for (asked, path, reason, field) in [
        (
            ContactPolicy { time_zone: "Mars/Base".to_owned(), ..usual() },
            "time_zone",
            "TIME_ZONE_UNKNOWN",
            "policy.time_zone",
        ),
        (
            ContactPolicy { others: night("09:00", "09:00"), ..usual() },
            "others",
            "QUIET_HOURS_INVALID",
            "policy.others.end",
        ),
        (ContactPolicy { others: night("09:00", ""), ..usual() }, "others", "QUIET_HOURS_INVALID", "policy.others.end"),
        (
            ContactPolicy { holiday_calendars: vec![calendar("2027-02-30", "Europe/Berlin")], ..usual() },
            "holiday_calendars",
            "DATE_INVALID",
            "policy.holiday_calendars[0].holidays[0]",
        ),
        (
            ContactPolicy { holiday_calendars: vec![calendar("2027-01-01", "Berlin")], ..usual() },
            "holiday_calendars",
            "TIME_ZONE_UNKNOWN",
            "policy.holiday_calendars[0].time_zones[0]",
        ),
        (
            ContactPolicy { holiday_calendars: vec![contradictory], ..usual() },
            "holiday_calendars",
            "DATE_CONTRADICTORY",
            "policy.holiday_calendars[0].working_days",
        ),
        (
            ContactPolicy { urgent_before: Some(prost_types::Duration { seconds: 300_000, nanos: 0 }), ..usual() },
            "urgent_before",
            "DURATION_OUT_OF_RANGE",
            "policy.urgent_before",
        ),
    ] {
        let refused = set_policy(&site, &tenant, asked, &[path]).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, reason.to_owned()));
        assert_eq!(fields(&refused), [field]);
    }
    for (paths, reason) in [(&[][..], "UPDATE_MASK_EMPTY"), (&["etag"], "UPDATE_MASK_UNKNOWN_PATH")] {
        let refused = set_policy(&site, &tenant, usual(), paths).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, reason.to_owned()));
    }
    let wild = ContactPolicy { others: night("25:00", "09:00"), ..usual() };
    let refused = set_policy(&site, &tenant, wild, &["others"]).await.unwrap_err();
    assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["policy.others.start".to_owned()]));
    assert!(policy(&site, &tenant).await.update_time.is_none(), "nothing of it was kept");
    let request =
        site.request(&tenant, Role::Recruiter, usher_proto::outreach::v1::UpdateContactPolicyRequest::default());
    let refused = ContactPolicyServiceClient::new(site.channel()).update_contact_policy(request).await.unwrap_err();
    assert!(matches!(refused.code(), Code::PermissionDenied | Code::InvalidArgument));
    finish(site).await;
}
