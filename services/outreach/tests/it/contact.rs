//! What tests of the contact gates share.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use usher_proto::{
    outreach::v1::{
        ClaimContactRequest, ContactLease, ContactPolicy, ContactPurpose, FrequencyCaps, ListSuppressionsRequest,
        OneClickUnsubscribeRequest, OneClickUnsubscribeResponse, QuietHours, Suppression, UpdateContactPolicyRequest,
        WhyNotSentRequest, WhyNotSentResponse, contact_gate_service_client::ContactGateServiceClient,
        contact_lease_service_client::ContactLeaseServiceClient,
        contact_policy_service_client::ContactPolicyServiceClient, preference_service_client::PreferenceServiceClient,
        suppression_service_client::SuppressionServiceClient,
    },
    talent::v1::ConsentPurpose,
};

use super::*;

/// An opening for somebody of the pool.
pub(crate) fn opening(key: &str, candidate: &str) -> MessageDraft {
    MessageDraft {
        kind: MessageKind::Reactivation.into(),
        application_id: String::new(),
        interview_id: String::new(),
        ..invitation(key, candidate)
    }
}

/// Somebody who agrees to hear of openings.
pub(crate) fn agreeing(talent: &Talent) -> String {
    let candidate = id("cand");
    talent.introduce(&candidate, agrees(person(Language::En)));
    candidate
}

pub(crate) fn agrees(person: GetRecipientResponse) -> GetRecipientResponse {
    GetRecipientResponse { consents: vec![ConsentPurpose::Opportunities.into()], ..person }
}

/// A request in the name of one certain recruiter.
pub(crate) fn by<M>(site: &Site, tenant: &TenantId, user: &str, message: M) -> tonic::Request<M> {
    let token = site.token_for(tenant, Role::Recruiter, user, TimeDelta::days(1));
    let mut request = tonic::Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// That recruiter sends a message.
pub(crate) async fn send_by(
    site: &Site,
    tenant: &TenantId,
    user: &str,
    draft: MessageDraft,
) -> Result<Message, Status> {
    let message = SendMessageRequest { draft: Some(draft), ..SendMessageRequest::default() };
    let answer = MessageServiceClient::new(site.channel()).send_message(by(site, tenant, user, message)).await?;
    Ok(answer.into_inner().message.unwrap())
}

/// A program sends one, such as a campaign.
pub(crate) async fn send_auto(site: &Site, tenant: &TenantId, draft: MessageDraft) -> Result<Message, Status> {
    let message = SendMessageRequest { draft: Some(draft), ..SendMessageRequest::default() };
    let request = site.request(tenant, Role::Service, message);
    let answer = MessageServiceClient::new(site.channel()).send_message(request).await?;
    Ok(answer.into_inner().message.unwrap())
}

pub(crate) async fn claim(
    site: &Site,
    tenant: &TenantId,
    user: &str,
    candidate: &str,
    hours: i64,
) -> Result<ContactLease, Status> {
    let message = ClaimContactRequest {
        candidate_id: candidate.to_owned(),
        purpose: ContactPurpose::Opportunities.into(),
        duration: Some(prost_types::Duration { seconds: hours * 3_600, nanos: 0 }),
        note: "first call on Monday".to_owned(),
        request_id: String::new(),
    };
    let answer = ContactLeaseServiceClient::new(site.channel()).claim_contact(by(site, tenant, user, message)).await?;
    Ok(answer.into_inner().lease.unwrap())
}

/// Changes what the mask names.
pub(crate) async fn set_policy(
    site: &Site,
    tenant: &TenantId,
    policy: ContactPolicy,
    paths: &[&str],
) -> Result<ContactPolicy, Status> {
    let update_mask = prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() };
    let etag = policy.etag.clone();
    let message = UpdateContactPolicyRequest {
        policy: Some(policy),
        update_mask: Some(update_mask),
        etag,
        request_id: String::new(),
    };
    let request = site.request(tenant, Role::Admin, message);
    let answer = ContactPolicyServiceClient::new(site.channel()).update_contact_policy(request).await?;
    Ok(answer.into_inner().policy.unwrap())
}

/// A tenant that writes at any hour, as often as it wants.
pub(crate) async fn restless(site: &Site) -> TenantId {
    let tenant = site.tenant();
    let never = Some(QuietHours::default());
    let policy = ContactPolicy {
        marketing: never.clone(),
        reminders: never,
        caps: Some(FrequencyCaps::default()),
        ..ContactPolicy::default()
    };
    set_policy(site, &tenant, policy, &["marketing", "reminders", "caps"]).await.unwrap();
    tenant
}

pub(crate) async fn why(site: &Site, tenant: &TenantId, message_id: &str) -> WhyNotSentResponse {
    let message = WhyNotSentRequest { message_id: message_id.to_owned() };
    let request = site.request(tenant, Role::ReadOnly, message);
    ContactGateServiceClient::new(site.channel()).why_not_sent(request).await.unwrap().into_inner()
}

/// The gates that had something to say, with what.
pub(crate) fn against(why: &WhyNotSentResponse) -> Vec<(&str, &str)> {
    let told = why.verdicts.iter().filter(|verdict| !verdict.reason.is_empty());
    told.map(|verdict| (verdict.gate.as_str(), verdict.reason.as_str())).collect()
}

pub(crate) async fn suppressions(site: &Site, tenant: &TenantId, candidate: &str) -> Vec<Suppression> {
    let message = ListSuppressionsRequest {
        candidate_id: candidate.to_owned(),
        lifted_too: true,
        ..ListSuppressionsRequest::default()
    };
    let request = site.request(tenant, Role::ReadOnly, message);
    SuppressionServiceClient::new(site.channel()).list_suppressions(request).await.unwrap().into_inner().suppressions
}

/// The edge says that somebody clicked.
pub(crate) async fn one_click(site: &Site, token: &str) -> Result<OneClickUnsubscribeResponse, Status> {
    let request = site.installation_request(OneClickUnsubscribeRequest { token: token.to_owned() });
    Ok(PreferenceServiceClient::new(site.channel()).one_click_unsubscribe(request).await?.into_inner())
}

/// Moves the clock to the next time that clocks of a zone show this hour, and a minute.
pub(crate) fn go_to_hour(site: &Site, zone: Tz, hour: u32) -> DateTime<Utc> {
    let now = site.clock().now();
    let today = now.with_timezone(&zone).date_naive();
    let wall = NaiveTime::from_hms_opt(hour, 1, 0).unwrap();
    let next = (0..3)
        .filter_map(|days| zone.from_local_datetime(&(today + Days::new(days)).and_time(wall)).earliest())
        .map(|time| time.to_utc())
        .find(|time| *time > now)
        .unwrap();
    go_to(site, next)
}

pub(crate) fn go_to(site: &Site, time: DateTime<Utc>) -> DateTime<Utc> {
    let by = (time - site.clock().now()).max(TimeDelta::zero()) + TimeDelta::seconds(1);
    site.clock().advance(by.to_std().unwrap()).unwrap()
}

pub(crate) fn instant(time: Option<&prost_types::Timestamp>) -> DateTime<Utc> {
    let time = time.expect("there is a time");
    DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).unwrap()).unwrap()
}
