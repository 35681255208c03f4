//! An offer that is out and unanswered: reminded of by rule, and left alone as soon as there is an answer.

use usher_proto::ats::v1::{
    CadenceMode, CadenceRule, CadenceTrigger, DryRunCadenceRequest, GetFollowUpRequest, GetFollowUpResponse, Offer,
    OfferAnswer, RescindOfferRequest, Settings, TaskActionKind, UpdateSettingsRequest,
    cadence_service_client::CadenceServiceClient, offer_service_client::OfferServiceClient,
};

use super::{
    offers::{record, sent_offer, terms},
    *,
};

fn cadences(site: &Site) -> CadenceServiceClient<Channel> {
    CadenceServiceClient::new(site.channel())
}

/// An offer that is out, to be answered within so many hours.
async fn offered(site: &Site, tenant: &TenantId, hours: i64) -> Offer {
    let application = application(site, tenant).await;
    let request = usher_proto::ats::v1::CreateOfferRequest {
        application_id: application.application_id,
        terms: Some(usher_proto::ats::v1::OfferTerms { expire_time: stamp(later(site, hours)), ..terms(site, 30) }),
        contact_name: "Rita".to_owned(),
        contact_channel: "+86 21 5555 0100".to_owned(),
        ..Default::default()
    };
    sent_offer(site, tenant, request).await
}

async fn history(site: &Site, tenant: &TenantId, offer: &str) -> GetFollowUpResponse {
    let request = GetFollowUpRequest { offer_id: offer.to_owned(), ..GetFollowUpRequest::default() };
    cadences(site).get_follow_up(site.request(tenant, Role::Recruiter, request)).await.unwrap().into_inner()
}

async fn follow(site: &Site, tenant: &TenantId, rules: Vec<CadenceRule>) {
    let request = UpdateSettingsRequest {
        settings: Some(Settings { cadences: rules, ..Settings::default() }),
        update_mask: mask(&["cadences"]),
        ..UpdateSettingsRequest::default()
    };
    settings(site).update_settings(site.request(tenant, Role::Admin, request)).await.unwrap();
}

fn rule(hours: i64, mode: CadenceMode) -> CadenceRule {
    CadenceRule {
        key: "offer_out".to_owned(),
        enabled: true,
        trigger: CadenceTrigger::OfferUnanswered.into(),
        delay: Some(wire::duration(TimeDelta::hours(hours))),
        at_most: 1,
        mode: mode.into(),
        ..CadenceRule::default()
    }
}

#[tokio::test]
async fn an_unanswered_offer_is_reminded_of_once_with_its_end_and_counted_from_the_sending() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let offer = offered(&site, &tenant, 120).await;
    pass(&site, 10).await;
    assert!(history(&site, &tenant, &offer.offer_id).await.planned.is_empty(), "it has not been sent yet");
    sent(&site, &tenant).await;
    let planned = history(&site, &tenant, &offer.offer_id).await.planned;
    assert_eq!(
        (planned.len(), planned[0].rule.as_str(), planned[0].mode()),
        (1, "offer_unanswered", CadenceMode::Auto)
    );
    pass(&site, 47).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::Offer], "counted from the sending");
    pass(&site, 1).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::Offer, MessageKind::OfferReminder]);
    let reminder = requested(&site, &tenant).await.pop().unwrap();
    assert_eq!(reminder.business_key, format!("{}/offer_unanswered/1/1", offer.offer_id));
    let facts = reminder.facts.unwrap();
    assert_eq!(facts.answer_by, offer.terms.unwrap().expire_time);
    assert_eq!((facts.salary_amount.as_str(), facts.benefits.as_str()), ("", ""), "no more is told than is needed");
    sent(&site, &tenant).await;
    pass(&site, 61).await;
    assert_eq!(said(&site, &tenant).await.len(), 2, "once");
    let told: Vec<_> =
        history(&site, &tenant, &offer.offer_id).await.moments.into_iter().map(|moment| moment.what).collect();
    assert_eq!(told, ["offer_sent", "asked", "followed_up", "told"]);
    pass(&site, 2).await;
    stands(&site, &tenant, &[TaskKind::OfferNotTaken]).await;
    let after = history(&site, &tenant, &offer.offer_id).await;
    assert_eq!((after.moments.last().unwrap().what.as_str(), after.planned.len()), ("offer_expired", 0));
    site.finish().await;
}

#[tokio::test]
async fn an_answer_or_its_taking_back_stops_the_reminder() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let declined = offered(&site, &tenant, 120).await;
    sent(&site, &tenant).await;
    let rescinded = offered(&site, &tenant, 120).await;
    sent(&site, &tenant).await;
    pass(&site, 20).await;
    record(&site, &tenant, &declined.offer_id, OfferAnswer::Declined).await.unwrap();
    let request = RescindOfferRequest {
        offer_id: rescinded.offer_id.clone(),
        reason: "budget cut".to_owned(),
        ..RescindOfferRequest::default()
    };
    let request = site.request(&tenant, Role::Recruiter, request);
    OfferServiceClient::new(site.channel()).rescind_offer(request).await.unwrap();
    pass(&site, 200).await;
    let said = said(&site, &tenant).await;
    assert!(!said.contains(&MessageKind::OfferReminder), "{said:?}");
    for (offer, end) in [(declined, "offer_answered"), (rescinded, "offer_rescinded")] {
        let after = history(&site, &tenant, &offer.offer_id).await;
        assert_eq!((after.moments.last().unwrap().what.as_str(), after.planned.len()), (end, 0));
    }
    site.finish().await;
}

#[tokio::test]
async fn where_no_message_could_come_in_time_somebody_is_asked_to_call() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    let offer = offered(&site, &tenant, 3).await;
    sent(&site, &tenant).await;
    let planned = history(&site, &tenant, &offer.offer_id).await.planned;
    assert_eq!(planned[0].mode(), CadenceMode::Suggest, "the plan says what will be done");
    pass(&site, 2).await;
    stands(&site, &tenant, &[TaskKind::OfferUnanswered]).await;
    let asked = tasks(&site, &tenant, false).await.remove(0);
    assert_eq!(asked.action.unwrap().kind(), TaskActionKind::Call);
    assert_eq!(said(&site, &tenant).await, [MessageKind::Offer]);
    record(&site, &tenant, &offer.offer_id, OfferAnswer::Declined).await.unwrap();
    stands(&site, &tenant, &[TaskKind::OfferNotTaken]).await;
    site.finish().await;
}

#[tokio::test]
async fn a_tenants_own_rule_holds_at_once_for_offers_that_are_out_and_can_be_rehearsed() {
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    follow(&site, &tenant, Vec::new()).await;
    let offer = offered(&site, &tenant, 120).await;
    sent(&site, &tenant).await;
    pass(&site, 60).await;
    assert_eq!(said(&site, &tenant).await, [MessageKind::Offer], "no rule, no reminder");

    let rehearse = async |hours: i64| {
        let request = DryRunCadenceRequest {
            rule: Some(rule(hours, CadenceMode::Auto)),
            start_time: stamp(later(&site, -100)),
            end_time: stamp(later(&site, 0)),
        };
        cadences(&site).dry_run_cadence(site.request(&tenant, Role::Recruiter, request)).await.unwrap().into_inner()
    };
    let found = rehearse(24).await;
    assert_eq!((found.interviews, found.messages, found.tasks), (1, 1, 0));
    assert_eq!((found.touches[0].offer_id.as_str(), found.touches[0].interview_id.as_str()), (&*offer.offer_id, ""));
    assert_eq!(rehearse(80).await.messages, 0);

    follow(&site, &tenant, vec![rule(24, CadenceMode::Suggest)]).await;
    stands(&site, &tenant, &[TaskKind::OfferUnanswered]).await;
    let both = GetFollowUpRequest { offer_id: offer.offer_id.clone(), interview_id: id("intv") };
    let refused = cadences(&site).get_follow_up(site.request(&tenant, Role::Recruiter, both)).await.unwrap_err();
    assert_eq!((reason(&refused).as_str(), fields(&refused)), ("SUBJECT_AMBIGUOUS", vec!["offer_id".to_owned()]));
    site.finish().await;
}

#[tokio::test]
async fn a_change_of_rules_reaches_everything_that_is_out_and_whatever_was_busy_too() {
    const MANY: i64 = 2_300;
    let site = site().await;
    let tenant = site.tenant();
    patient(&site, &tenant).await;
    offered(&site, &tenant, 120).await;
    sent(&site, &tenant).await;
    let db = site.db("ats");
    let ctx = chassis::TenantCtx::service(tenant, "test");
    let mut tx = db.begin(&ctx).await.unwrap();
    // Timers of things that there are no longer: they are planned by what their subjects say, and stay as they are.
    let sql = "INSERT INTO timers (tenant_id, subject_id, kind, due_time)
               SELECT tenant_id, gen_random_uuid(), 11, 'infinity' FROM timers, generate_series(1::bigint, $1::bigint)
               WHERE kind = 11";
    sqlx::query(sql).bind(MANY).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    let mut busy = db.begin(&ctx).await.unwrap();
    let sql = "SELECT FROM timers WHERE kind = 11 AND due_time = 'infinity' LIMIT 1 FOR UPDATE";
    sqlx::query(sql).execute(busy.conn()).await.unwrap();
    follow(&site, &tenant, vec![rule(24, CadenceMode::Auto)]).await;
    let older = async || -> i64 {
        let mut tx = db.begin(&ctx).await.unwrap();
        let sql = "SELECT count(*) FROM timers WHERE kind = 11 AND state = 1
                     AND settings_version < (SELECT version FROM settings)";
        sqlx::query_scalar(sql).fetch_one(tx.conn()).await.unwrap()
    };
    eventually("all but the busy one are looked at again", async || older().await == 1).await;
    drop(busy);
    site.clock().advance(Duration::from_secs(2)).unwrap();
    eventually("the busy one too", async || older().await == 0).await;
    site.finish().await;
}
