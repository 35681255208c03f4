//! Who has a person for a while, and what that means for everybody else.

use chrono::TimeDelta;
use contact::{
    against, agreeing, by, claim, go_to, go_to_hour, instant, opening, restless, send_auto, send_by, set_policy, why,
};
use futures::future::join_all;
use usher_proto::{
    outreach::v1::{
        ContactLease, ContactLeaseClaimed, ContactLeaseOverridden, ContactLeaseReleased, ContactPolicy, ContactPurpose,
        GetContactLeaseRequest, LeaseEnd, ListContactLeasesRequest, OverrideContactLeaseRequest, QuietHours,
        ReleaseContactLeaseRequest, RenewContactLeaseRequest, contact_lease_service_client::ContactLeaseServiceClient,
    },
    talent::v1::{CandidatesMerged, CandidatesUnmerged},
};

use super::*;

fn metadata(status: &Status) -> std::collections::HashMap<String, String> {
    status.get_error_details().error_info().map(|info| info.metadata.clone()).unwrap_or_default()
}

async fn held(site: &Site, tenant: &TenantId, candidate: &str) -> Result<ContactLease, Status> {
    let request = GetContactLeaseRequest { candidate_id: candidate.to_owned() };
    let request = site.request(tenant, Role::ReadOnly, request);
    Ok(ContactLeaseServiceClient::new(site.channel()).get_contact_lease(request).await?.into_inner().lease.unwrap())
}

async fn all(site: &Site, tenant: &TenantId, candidate: &str) -> Vec<ContactLease> {
    let request = ListContactLeasesRequest { candidate_id: candidate.to_owned(), ..Default::default() };
    let request = site.request(tenant, Role::ReadOnly, request);
    ContactLeaseServiceClient::new(site.channel()).list_contact_leases(request).await.unwrap().into_inner().leases
}

async fn take_over(site: &Site, tenant: &TenantId, user: &str, lease_id: &str) -> Result<ContactLease, Status> {
    let request = OverrideContactLeaseRequest {
        lease_id: lease_id.to_owned(),
        reason: "she asked for me by name".to_owned(),
        purpose: ContactPurpose::Application.into(),
        duration: Some(prost_types::Duration { seconds: 3_600, nanos: 0 }),
        note: String::new(),
        request_id: String::new(),
    };
    let request = by(site, tenant, user, request);
    Ok(ContactLeaseServiceClient::new(site.channel())
        .override_contact_lease(request)
        .await?
        .into_inner()
        .lease
        .unwrap())
}

#[tokio::test]
async fn of_many_who_claim_a_person_at_once_one_has_them_and_the_others_are_told_who() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let users: Vec<String> = (0..8).map(|_| id("user")).collect();
    let answers = join_all(users.iter().map(|user| claim(&site, &tenant, user, &candidate, 24))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 7));
    let lease = won.into_iter().next().unwrap().unwrap();
    for error in lost {
        let error = error.unwrap_err();
        assert_eq!(refusal(&error), (Code::AlreadyExists, "LEASE_HELD".to_owned()));
        let told = metadata(&error);
        assert_eq!((&told["holder"], &told["lease_id"]), (&lease.holder, &lease.lease_id));
        assert_eq!(
            (told["purpose"].as_str(), told["note"].as_str()),
            ("CONTACT_PURPOSE_OPPORTUNITIES", "first call on Monday")
        );
        assert!(told.contains_key("start_time") && told.contains_key("expire_time"));
    }
    assert_eq!(held(&site, &tenant, &candidate).await.unwrap(), lease);
    assert_eq!(site.heard_of::<ContactLeaseClaimed>("outreach", &tenant).await.len(), 1);
    // Whoever has them already has them for longer, under the same lease.
    let longer = claim(&site, &tenant, &lease.holder, &candidate, 48).await.unwrap();
    assert_eq!(longer.lease_id, lease.lease_id);
    assert!(instant(longer.expire_time.as_ref()) > instant(lease.expire_time.as_ref()));
    // A neighbour's people are theirs.
    claim(&site, &site.tenant(), &users[0], &candidate, 1).await.unwrap();
    let short = claim(&site, &tenant, &users[0], &reader(&talent, Language::En), 0).await.unwrap_err();
    assert_eq!(refusal(&short), (Code::InvalidArgument, "LEASE_DURATION".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn a_lease_stops_other_recruiters_holds_up_campaigns_and_lets_an_application_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = agreeing(&talent);
    let (rita, otto) = (id("user"), id("user"));
    let lease = claim(&site, &tenant, &rita, &candidate, 24).await.unwrap();
    for draft in [invitation("1", &candidate), opening("2", &candidate)] {
        let refused = send_by(&site, &tenant, &otto, draft).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::FailedPrecondition, "LEASE_HELD".to_owned()));
        let told = metadata(&refused);
        assert_eq!((&told["holder"], told["note"].as_str()), (&rita, "first call on Monday"));
        assert!(refused.message().contains(&rita), "{}", refused.message());
    }
    let hers = send_by(&site, &tenant, &rita, invitation("3", &candidate)).await.unwrap();
    becomes(&site, &tenant, &hers.message_id, MessageState::Sent).await;

    request(&site, &tenant, invitation("4", &candidate)).await;
    site.settle().await;
    all_become(&site, &tenant, 2, MessageState::Sent).await;
    let automated = list(&site, &tenant).await.into_iter().find(|message| message.business_key == "4").unwrap();
    let told = why(&site, &tenant, &automated.message_id).await;
    let said = told.verdicts.iter().find(|verdict| verdict.gate == "lease").unwrap();
    assert!(said.passed && said.detail.contains(&rita) && said.detail.contains("ongoing"), "{}", said.detail);

    let campaign = send_auto(&site, &tenant, opening("5", &candidate)).await.unwrap();
    let told = why(&site, &tenant, &campaign.message_id).await;
    assert_eq!(against(&told), [("lease", "LEASE_HELD")]);
    assert_eq!(instant(told.next_time.as_ref()), instant(lease.expire_time.as_ref()));
    let long = claim(&site, &tenant, &rita, &candidate, 29 * 24).await.unwrap();
    let refused = send_auto(&site, &tenant, opening("6", &candidate)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "LEASE_HELD", "that is too long to wait");
    // The one that waits is refused when its time comes and the lease has become a long one.
    go_to(&site, instant(lease.expire_time.as_ref()));
    becomes(&site, &tenant, &campaign.message_id, MessageState::Refused).await;
    go_to(&site, instant(long.expire_time.as_ref()));
    let free = send_by(&site, &tenant, &otto, invitation("7", &candidate)).await.unwrap();
    becomes(&site, &tenant, &free.message_id, MessageState::Sent).await;
    finish(site).await;
}

#[tokio::test]
async fn a_person_is_taken_over_with_a_reason_that_everybody_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let (rita, otto) = (id("user"), id("user"));
    let hers = claim(&site, &tenant, &rita, &candidate, 24).await.unwrap();
    let his = take_over(&site, &tenant, &otto, &hers.lease_id).await.unwrap();
    assert_eq!((&his.holder, &his.overridden_lease_id), (&otto, &hers.lease_id));
    let kept = all(&site, &tenant, &candidate).await;
    assert_eq!(kept.iter().map(|lease| &lease.lease_id).collect::<Vec<_>>(), [&his.lease_id, &hers.lease_id]);
    let ended = &kept[1];
    assert_eq!(ended.end(), LeaseEnd::Overridden);
    assert_eq!((&ended.ended_by, ended.end_reason.as_str()), (&otto, "she asked for me by name"));
    assert!(ended.end_time.is_some());
    let said = site.heard_of::<ContactLeaseOverridden>("outreach", &tenant).await;
    let expected = ContactLeaseOverridden {
        lease_id: hers.lease_id.clone(),
        candidate_id: candidate.clone(),
        holder: rita.clone(),
        overridden_by: otto.clone(),
        reason: "she asked for me by name".to_owned(),
        override_time: ended.end_time,
    };
    assert_eq!(said, [expected]);
    assert_eq!(site.heard_of::<ContactLeaseClaimed>("outreach", &tenant).await.len(), 2);

    let late = take_over(&site, &tenant, &id("user"), &hers.lease_id).await.unwrap_err();
    assert_eq!(refusal(&late), (Code::FailedPrecondition, "LEASE_OVER".to_owned()));
    let refused = send_by(&site, &tenant, &rita, invitation("1", &candidate)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "LEASE_HELD");
    // Of two who take over at once, the second finds that it is over.
    let racers = [id("user"), id("user")];
    let answers = join_all(racers.iter().map(|user| take_over(&site, &tenant, user, &his.lease_id))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    finish(site).await;
}

#[tokio::test]
async fn a_lease_is_renewed_and_let_go_by_its_holder_and_ends_by_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let (rita, otto) = (id("user"), id("user"));
    let lease = claim(&site, &tenant, &rita, &candidate, 1).await.unwrap();
    let renew = async |user: &str, lease_id: &str| {
        let duration = Some(prost_types::Duration { seconds: 7_200, nanos: 0 });
        let request = RenewContactLeaseRequest { lease_id: lease_id.to_owned(), duration, request_id: String::new() };
        let request = by(&site, &tenant, user, request);
        let answer = ContactLeaseServiceClient::new(site.channel()).renew_contact_lease(request).await?;
        Ok::<_, Status>(answer.into_inner().lease.unwrap())
    };
    let release = async |user: &str, lease_id: &str| {
        let request = ReleaseContactLeaseRequest { lease_id: lease_id.to_owned(), request_id: String::new() };
        let request = by(&site, &tenant, user, request);
        let answer = ContactLeaseServiceClient::new(site.channel()).release_contact_lease(request).await?;
        Ok::<_, Status>(answer.into_inner().lease.unwrap())
    };
    for refused in
        [renew(&otto, &lease.lease_id).await.unwrap_err(), release(&otto, &lease.lease_id).await.unwrap_err()]
    {
        assert_eq!(refusal(&refused), (Code::PermissionDenied, "LEASE_NOT_YOURS".to_owned()));
    }
    let renewed = renew(&rita, &lease.lease_id).await.unwrap();
    go_to(&site, instant(lease.expire_time.as_ref()));
    assert_eq!(held(&site, &tenant, &candidate).await.unwrap().holder, rita, "it was renewed");
    go_to(&site, instant(renewed.expire_time.as_ref()));
    let nobody = held(&site, &tenant, &candidate).await.unwrap_err();
    assert_eq!(refusal(&nobody), (Code::NotFound, "LEASE_NOT_FOUND".to_owned()));
    assert_eq!(refusal(&renew(&rita, &lease.lease_id).await.unwrap_err()).1, "LEASE_OVER");
    assert_eq!(all(&site, &tenant, &candidate).await[0].end(), LeaseEnd::Expired);

    let his = claim(&site, &tenant, &otto, &candidate, 1).await.expect("time has let her go");
    let released = release(&otto, &his.lease_id).await.unwrap();
    assert_eq!(released.end(), LeaseEnd::Released);
    assert_eq!(release(&otto, &his.lease_id).await.unwrap(), released, "once more changes nothing");
    assert_eq!(site.heard_of::<ContactLeaseReleased>("outreach", &tenant).await.len(), 1);
    claim(&site, &tenant, &rita, &candidate, 1).await.unwrap();
    let unknown = renew(&rita, &id("lease")).await.unwrap_err();
    assert_eq!(refusal(&unknown), (Code::NotFound, "LEASE_NOT_FOUND".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn a_lease_follows_whoever_a_person_becomes_and_comes_back_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let (ann, bob) = (reader(&talent, Language::En), reader(&talent, Language::En));
    let (rita, otto) = (id("user"), id("user"));
    let of_bob = claim(&site, &tenant, &rita, &bob, 24).await.unwrap();
    let merged = CandidatesMerged { survivor_id: ann.clone(), absorbed_id: bob.clone(), merge_id: String::new() };
    site.say("talent", &tenant, &ann, &merged).await;
    site.settle().await;
    for one in [&ann, &bob] {
        assert_eq!(held(&site, &tenant, one).await.unwrap().lease_id, of_bob.lease_id);
        assert_eq!(refusal(&claim(&site, &tenant, &otto, one, 1).await.unwrap_err()).1, "LEASE_HELD");
        let refused = send_by(&site, &tenant, &otto, invitation("1", one)).await.unwrap_err();
        assert_eq!(refusal(&refused).1, "LEASE_HELD");
    }
    let unmerged = CandidatesUnmerged { survivor_id: ann.clone(), absorbed_id: bob.clone(), merge_id: String::new() };
    site.say("talent", &tenant, &ann, &unmerged).await;
    site.settle().await;
    claim(&site, &tenant, &otto, &ann, 1).await.expect("nobody has her");
    assert_eq!(held(&site, &tenant, &bob).await.unwrap().lease_id, of_bob.lease_id);
    finish(site).await;
}

#[tokio::test]
async fn whoever_writes_by_hand_has_the_person_where_the_tenant_wants_it_so() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = restless(&site).await;
    let candidate = reader(&talent, Language::En);
    let (rita, otto) = (id("user"), id("user"));
    send_by(&site, &tenant, &rita, invitation("1", &candidate)).await.unwrap();
    assert!(held(&site, &tenant, &candidate).await.is_err(), "not unless it says so");
    let policy = ContactPolicy {
        lease_on_send: Some(prost_types::Duration { seconds: 3_600, nanos: 0 }),
        ..ContactPolicy::default()
    };
    set_policy(&site, &tenant, policy, &["lease_on_send"]).await.unwrap();
    send_by(&site, &tenant, &rita, invitation("2", &candidate)).await.unwrap();
    let lease = held(&site, &tenant, &candidate).await.unwrap();
    assert_eq!((lease.holder, lease.purpose), (rita, ContactPurpose::Application.into()));
    let refused = send_by(&site, &tenant, &otto, invitation("3", &candidate)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "LEASE_HELD");
    finish(site).await;
}

#[tokio::test]
async fn what_a_recruiter_wrote_does_not_go_once_somebody_else_has_the_person() {
    let folder = tempfile::tempdir().unwrap();
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    let night = QuietHours { start: "20:00".to_owned(), end: "09:00".to_owned(), ..QuietHours::default() };
    let policy = ContactPolicy { others: Some(night), ..ContactPolicy::default() };
    set_policy(&site, &tenant, policy, &["others"]).await.unwrap();
    let evening = go_to_hour(&site, chrono_tz::Asia::Shanghai, 20);
    let mut draft = invitation("1", &candidate);
    let facts = draft.facts.as_mut().unwrap();
    facts.start_time = Some(chassis::wire::timestamp(evening + TimeDelta::days(5)));
    facts.answer_by = Some(chassis::wire::timestamp(evening + TimeDelta::days(2)));
    let waiting = send_by(&site, &tenant, &id("user"), draft).await.unwrap();
    assert_eq!(against(&why(&site, &tenant, &waiting.message_id).await), [("quiet_hours", "QUIET_HOURS")]);
    claim(&site, &tenant, &id("user"), &candidate, 48).await.unwrap();
    go_to_hour(&site, chrono_tz::Asia::Shanghai, 9);
    becomes(&site, &tenant, &waiting.message_id, MessageState::Refused).await;
    let told = why(&site, &tenant, &waiting.message_id).await;
    assert_eq!(against(&told).last(), Some(&("lease", "LEASE_HELD")));
    assert!(mails(folder.path()).is_empty());
    finish(site).await;
}
