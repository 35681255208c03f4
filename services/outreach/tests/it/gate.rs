//! The contact gates: who is written to, about what, how often, and at which hour.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use contact::{
    against, agreeing, agrees, go_to, go_to_hour, instant, one_click, opening, restless, send_auto, set_policy,
    suppressions, why,
};
use futures::future::join_all;
use mail_parser::MessageParser;
use sink::{Answer, Sink};
use usher_proto::{
    outreach::v1::{
        AddSuppressionRequest, ContactPolicy, ContactPurpose, FrequencyCaps, HolidayCalendar, LiftSuppressionRequest,
        MessageRefused, QuietHours, SuppressionKind, suppression_service_client::SuppressionServiceClient,
    },
    talent::v1::ConsentPurpose,
};

use super::*;

const SHANGHAI: Tz = Tz::Asia__Shanghai;

#[tokio::test]
async fn each_purpose_asks_for_its_own_consent() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = reader(&talent, Language::En);
    let refused = send(&site, &tenant, opening("1", &candidate)).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "CONSENT_MISSING".to_owned()));
    let draft = invitation("2", &candidate);
    let sent = send(&site, &tenant, draft.clone()).await.unwrap();
    becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    let told = why(&site, &tenant, &sent.message_id).await;
    let gates: Vec<_> = told.verdicts.iter().map(|verdict| verdict.gate.as_str()).collect();
    let contact = ["consent", "suppression", "preference", "lease", "frequency", "quiet_hours"];
    assert_eq!(gates, [&["facts", "text", "clarity", "channel"][..], &contact].concat(), "every gate has spoken");

    talent.introduce(&candidate, agrees(person(Language::En)));
    send(&site, &tenant, opening("1", &candidate)).await.expect("the key is still free");
    let refusals = vec![ConsentPurpose::Application.into(), ConsentPurpose::Opportunities.into()];
    talent.introduce(&candidate, GetRecipientResponse { refusals, ..person(Language::En) });
    for draft in [invitation("3", &candidate), opening("4", &candidate)] {
        let refused = send(&site, &tenant, draft).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "CONSENT_REFUSED".to_owned()));
    }
    // What was taken before is known, whatever the gates would say of it now.
    assert_eq!(send(&site, &tenant, draft).await.unwrap().message_id, sent.message_id);
    finish(site).await;
}

#[tokio::test]
async fn an_address_where_nobody_is_reached_is_closed_for_everything_and_everybody_until_it_is_lifted() {
    let sink = Sink::new().await;
    sink.plan(&[Answer::Say("550 5.1.1 no such mailbox")]);
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = restless(&site).await;
    let (ann, her_other_name) = (agreeing(&talent), agreeing(&talent));
    let failed = send(&site, &tenant, invitation("1", &ann)).await.unwrap();
    becomes(&site, &tenant, &failed.message_id, MessageState::Failed).await;

    let known = suppressions(&site, &tenant, &ann).await;
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].kind(), SuppressionKind::HardBounce);
    assert_eq!((known[0].channel.as_str(), &known[0].message_id), ("email", &failed.message_id));
    assert!(!format!("{known:?}").contains("lin.xiao"), "not a word of the address");
    for draft in [invitation("2", &ann), opening("3", &ann), invitation("4", &her_other_name)] {
        let refused = send(&site, &tenant, draft).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "HARD_BOUNCE".to_owned()));
    }
    request(&site, &tenant, invitation("5", &ann)).await;
    site.settle().await;
    eventually("the event's is refused too", async || {
        let said = site.heard_of::<MessageRefused>("outreach", &tenant).await;
        said.iter().any(|refused| refused.business_key == "5" && refused.reason == "HARD_BOUNCE")
    })
    .await;
    // Another tenant has its own experience.
    send(&site, &restless(&site).await, invitation("1", &ann)).await.unwrap();
    // Another address of hers is open.
    let moved = GetRecipientResponse { email: "lin@example.com".to_owned(), ..person(Language::En) };
    talent.introduce(&her_other_name, moved);
    send(&site, &tenant, invitation("6", &her_other_name)).await.unwrap();

    let lift = LiftSuppressionRequest {
        suppression_id: known[0].suppression_id.clone(),
        reason: "the mailbox is there again".to_owned(),
        request_id: String::new(),
    };
    let mut service = SuppressionServiceClient::new(site.channel());
    let refused = service.lift_suppression(site.request(&tenant, Role::Recruiter, lift.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let lifted = service.lift_suppression(site.request(&tenant, Role::Admin, lift)).await.unwrap().into_inner();
    assert!(lifted.suppression.is_some_and(|one| one.lift_time.is_some() && one.lift_reason.contains("again")));
    send(&site, &tenant, invitation("7", &ann)).await.unwrap();
    finish(site).await;
}

#[tokio::test]
async fn a_complaint_closes_what_nobody_asked_for_and_an_opt_out_one_purpose() {
    use ContactPurpose::{Opportunities, Unspecified};

    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let (ann, bob) = (agreeing(&talent), agreeing(&talent));
    let add = async |candidate: &str, kind: SuppressionKind, channel: &str, purpose: ContactPurpose| {
        let request = AddSuppressionRequest {
            candidate_id: candidate.to_owned(),
            kind: kind.into(),
            channel: channel.to_owned(),
            purpose: purpose.into(),
            reason: "told us on the telephone".to_owned(),
            request_id: String::new(),
        };
        let request = site.request(&tenant, Role::Recruiter, request);
        let answer = SuppressionServiceClient::new(site.channel()).add_suppression(request).await?;
        Ok::<_, Status>(answer.into_inner().suppression.unwrap())
    };
    let once = add(&ann, SuppressionKind::Complaint, "email", Unspecified).await.unwrap();
    let twice = add(&ann, SuppressionKind::Complaint, "email", Unspecified).await.unwrap();
    assert_eq!(once, twice, "one is enough");
    add(&bob, SuppressionKind::OptOut, "", Opportunities).await.unwrap();
    for (candidate, reason) in [(&ann, "COMPLAINT"), (&bob, "OPTED_OUT")] {
        let refused = send(&site, &tenant, opening("opening", candidate)).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, reason.to_owned()));
        let sent = send(&site, &tenant, invitation(candidate, candidate)).await.unwrap();
        becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    }
    for (kind, channel, purpose, reason) in [
        (SuppressionKind::OptOut, "", Unspecified, "PURPOSE_REQUIRED"),
        (SuppressionKind::Complaint, "email", Opportunities, "PURPOSE_REQUIRED"),
        (SuppressionKind::Complaint, "", Unspecified, "CHANNEL_REQUIRED"),
        (SuppressionKind::HardBounce, "wechat", Unspecified, "NO_ADDRESS"),
    ] {
        assert_eq!(refusal(&add(&ann, kind, channel, purpose).await.unwrap_err()).1, reason);
    }
    add(&ann, SuppressionKind::HardBounce, "email", Unspecified).await.unwrap();
    let refused = send(&site, &tenant, invitation("late", &ann)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "HARD_BOUNCE");
    finish(site).await;
}

/// The token of the link by which a mail's reader says that they want no more.
fn token_of(mail: &[u8]) -> String {
    let mail = MessageParser::default().parse(mail).unwrap();
    let header = |name: &str| mail.header_raw(name).unwrap().trim().to_owned();
    assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    let url = header("List-Unsubscribe");
    let url = url.strip_prefix('<').and_then(|url| url.strip_suffix('>')).expect("an address in angle brackets");
    url.rsplit_once("/u/").unwrap().1.to_owned()
}

#[tokio::test]
async fn who_unsubscribes_while_a_message_waits_does_not_get_it_but_hears_of_their_interview() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    let first = send_auto(&site, &tenant, opening("1", &candidate)).await.unwrap();
    becomes(&site, &tenant, &first.message_id, MessageState::Sent).await;
    let token = token_of(&mails(folder.path())[0].1);

    let night = QuietHours { start: "21:00".to_owned(), end: "08:00".to_owned(), ..QuietHours::default() };
    let policy = ContactPolicy { marketing: Some(night), ..ContactPolicy::default() };
    set_policy(&site, &tenant, policy, &["marketing"]).await.unwrap();
    go_to_hour(&site, SHANGHAI, 22);
    let waiting = send_auto(&site, &tenant, opening("2", &candidate)).await.unwrap();
    assert_eq!(waiting.state(), MessageState::Queued);
    one_click(&site, &token).await.unwrap();
    one_click(&site, &token).await.expect("once more does no harm");
    go_to_hour(&site, SHANGHAI, 8);
    let refused = becomes(&site, &tenant, &waiting.message_id, MessageState::Refused).await;
    assert!(refused.attempts.is_empty(), "it was not even tried");
    let told = why(&site, &tenant, &waiting.message_id).await;
    assert_eq!(against(&told), [("quiet_hours", "QUIET_HOURS"), ("preference", "OPTED_OUT")]);
    assert!(told.sentence_zh.contains("已退订"), "{}", told.sentence_zh);
    let said = site.heard_of::<MessageRefused>("outreach", &tenant).await;
    assert_eq!((said.len(), said[0].reason.as_str()), (1, "OPTED_OUT"));

    let refused = send_auto(&site, &tenant, opening("3", &candidate)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "OPTED_OUT");
    let interview = send(&site, &tenant, invitation("4", &candidate)).await.unwrap();
    becomes(&site, &tenant, &interview.message_id, MessageState::Sent).await;
    assert_eq!(mails(folder.path()).len(), 2);
    let mail = mails(folder.path()).into_iter().find(|(name, _)| name.starts_with(&interview.message_id)).unwrap().1;
    let mail = MessageParser::default().parse(&mail).unwrap();
    assert!(mail.header("List-Unsubscribe").is_none(), "nobody unsubscribes from their interview by mistake");

    for forged in ["", "x", &token[1..], &format!("{token}x")] {
        if !forged.is_empty() {
            let refused = one_click(&site, forged).await.unwrap_err();
            assert_eq!(refusal(&refused), (Code::Unauthenticated, "LINK_INVALID".to_owned()));
        }
    }
    finish(site).await;
}

#[tokio::test]
async fn who_withdraws_their_consent_while_a_message_waits_does_not_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = agreeing(&talent);
    go_to_hour(&site, SHANGHAI, 23);
    let waiting = send_auto(&site, &tenant, opening("1", &candidate)).await.unwrap();
    let refusals = vec![ConsentPurpose::Opportunities.into()];
    talent.introduce(&candidate, GetRecipientResponse { refusals, ..person(Language::En) });
    go_to(&site, instant(why(&site, &tenant, &waiting.message_id).await.next_time.as_ref()));
    becomes(&site, &tenant, &waiting.message_id, MessageState::Refused).await;
    let told = why(&site, &tenant, &waiting.message_id).await;
    assert_eq!(against(&told).last(), Some(&("consent", "CONSENT_REFUSED")));
    assert!(mails(folder.path()).is_empty());
    finish(site).await;
}

/// The last evening before clocks of a zone change.
fn evening_before_change(site: &Site, zone: Tz) -> chrono::DateTime<chrono::Utc> {
    use chrono::Offset as _;
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    let offset = |date: NaiveDate| zone.from_local_datetime(&date.and_time(noon)).unwrap().offset().fix();
    let today = site.clock().now().with_timezone(&zone).date_naive() + Days::new(1);
    let eve = today.iter_days().take(400).find(|date| offset(*date) != offset(*date + Days::new(1))).unwrap();
    let wall = eve.and_time(NaiveTime::from_hms_opt(22, 0, 0).unwrap());
    zone.from_local_datetime(&wall).unwrap().to_utc()
}

#[tokio::test]
async fn a_night_ends_by_the_readers_clock_over_midnight_and_over_a_change_of_clocks() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let zone = Tz::America__New_York;
    let candidate = id("cand");
    let there = GetRecipientResponse { time_zone: zone.name().to_owned(), ..agrees(person(Language::En)) };
    talent.introduce(&candidate, there);
    go_to(&site, evening_before_change(&site, zone));
    let waiting = send_auto(&site, &tenant, opening("1", &candidate)).await.unwrap();
    let told = why(&site, &tenant, &waiting.message_id).await;
    assert_eq!(against(&told), [("quiet_hours", "QUIET_HOURS")]);
    let until = instant(told.next_time.as_ref());
    let shown = until.with_timezone(&zone).format("%H:%M").to_string();
    assert_eq!(shown, "08:00", "eight o'clock by the clocks of the next morning");
    let hours = (until - site.clock().now()).num_minutes();
    assert!(hours != 599 && (538..=660).contains(&hours), "ten hours, one more or less: {hours} minutes");
    assert!(told.sentence_en.contains("It waits until"), "{}", told.sentence_en);
    site.clock().advance((until - site.clock().now() - TimeDelta::minutes(2)).to_std().unwrap()).unwrap();
    assert_eq!(get(&site, &tenant, &waiting.message_id).await.unwrap().state(), MessageState::Queued);
    go_to(&site, until);
    becomes(&site, &tenant, &waiting.message_id, MessageState::Sent).await;
    finish(site).await;
}

#[tokio::test]
async fn a_reminder_waits_for_the_morning_unless_it_would_come_too_late() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let evening = go_to_hour(&site, SHANGHAI, 22);
    let reminder = |key: &str, hours: i64| {
        let mut draft = invitation(key, &candidate);
        draft.kind = MessageKind::InterviewUpcoming.into();
        let facts = draft.facts.as_mut().unwrap();
        facts.start_time = Some(chassis::wire::timestamp(evening + TimeDelta::hours(hours)));
        facts.answer_by = None;
        draft
    };
    request(&site, &tenant, reminder("early", 12)).await;
    request(&site, &tenant, reminder("late", 36)).await;
    request(&site, &tenant, invitation("invitation", &candidate)).await;
    site.settle().await;
    let by_key =
        async |key: &str| list(&site, &tenant).await.into_iter().find(|message| message.business_key == key).unwrap();
    eventually("two go out", async || {
        by_key("early").await.state() == MessageState::Sent && by_key("invitation").await.state() == MessageState::Sent
    })
    .await;
    eventually("the other one is prepared", async || by_key("late").await.state() == MessageState::Queued).await;
    let late = by_key("late").await;
    assert_eq!(against(&why(&site, &tenant, &late.message_id).await), [("quiet_hours", "QUIET_HOURS")]);
    go_to_hour(&site, SHANGHAI, 8);
    becomes(&site, &tenant, &late.message_id, MessageState::Sent).await;
    finish(site).await;
}

#[tokio::test]
async fn a_tenants_holidays_are_waited_out() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let zone = Tz::Europe__Berlin;
    let candidate = id("cand");
    let there = GetRecipientResponse { time_zone: zone.name().to_owned(), ..agrees(person(Language::En)) };
    talent.introduce(&candidate, there);
    let now = go_to_hour(&site, zone, 10);
    let today = now.with_timezone(&zone).date_naive();
    let holidays = vec![today.to_string(), (today + Days::new(1)).to_string()];
    let calendar = HolidayCalendar {
        region: "DE".to_owned(),
        time_zones: vec![zone.name().to_owned()],
        holidays,
        working_days: Vec::new(),
    };
    let policy = ContactPolicy { holiday_calendars: vec![calendar], ..ContactPolicy::default() };
    set_policy(&site, &tenant, policy, &["holiday_calendars"]).await.unwrap();
    let waiting = send_auto(&site, &tenant, opening("1", &candidate)).await.unwrap();
    let until = instant(why(&site, &tenant, &waiting.message_id).await.next_time.as_ref());
    let expected = zone.from_local_datetime(&(today + Days::new(2)).and_hms_opt(8, 0, 0).unwrap()).unwrap();
    assert_eq!(until, expected);
    let here = agreeing(&talent);
    // In Shanghai it is afternoon of a day that the tenant has not named; it may be one of those built in, all the same.
    let policy = ContactPolicy {
        marketing: Some(QuietHours { start: "21:00".to_owned(), end: "08:00".to_owned(), ..QuietHours::default() }),
        ..ContactPolicy::default()
    };
    set_policy(&site, &tenant, policy, &["marketing"]).await.unwrap();
    let sent = send_auto(&site, &tenant, opening("2", &here)).await.unwrap();
    becomes(&site, &tenant, &sent.message_id, MessageState::Sent).await;
    go_to(&site, until);
    becomes(&site, &tenant, &waiting.message_id, MessageState::Sent).await;
    finish(site).await;
}

#[tokio::test]
async fn a_person_gets_no_more_than_the_caps_allow_over_all_who_ask_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    let caps = FrequencyCaps { marketing_per_7_days: 2, ..FrequencyCaps::default() };
    let policy = ContactPolicy { caps: Some(caps), max_deferral_days: 3, ..ContactPolicy::default() };
    set_policy(&site, &tenant, policy, &["caps", "max_deferral_days"]).await.unwrap();
    let keys: Vec<String> = (0..6).map(|number| number.to_string()).collect();
    let answers = join_all(keys.iter().map(|key| send_auto(&site, &tenant, opening(key, &candidate)))).await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((taken.len(), refused.len()), (2, 4));
    for error in refused {
        assert_eq!(refusal(&error.unwrap_err()), (Code::FailedPrecondition, "FREQUENCY_CAP".to_owned()));
    }
    all_become(&site, &tenant, 2, MessageState::Sent).await;
    let key = list(&site, &tenant).await.remove(0).business_key;
    send_auto(&site, &tenant, opening(&key, &candidate)).await.expect("what was taken before is not refused now");
    for number in 0..5 {
        send(&site, &tenant, invitation(&format!("interview {number}"), &candidate))
            .await
            .expect("an application goes on");
    }
    // Four days on, the first two leave the week in three.
    site.clock().advance(Duration::from_secs(4 * 86_400 + 600)).unwrap();
    let waiting = send_auto(&site, &tenant, opening("later", &candidate)).await.unwrap();
    assert_eq!(against(&why(&site, &tenant, &waiting.message_id).await), [("frequency", "FREQUENCY_CAP")]);
    site.clock().advance(Duration::from_secs(3 * 86_400)).unwrap();
    becomes(&site, &tenant, &waiting.message_id, MessageState::Sent).await;
    finish(site).await;
}
