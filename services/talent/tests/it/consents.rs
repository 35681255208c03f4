//! What people agree to.

use chassis::{TenantId, wire};
use chrono::TimeDelta;
use testkit::Site;
use tonic::{Code, Status};
use usher_proto::{
    accounts::v1::Role,
    talent::v1::{
        BatchGetRecipientsRequest, Consent, ConsentPurpose, ConsentRecorded, GetRecipientRequest, GetRecipientResponse,
        ListConsentsRequest, Recipient, RecordConsentRequest,
    },
};

use super::{candidates, create, named, reason, site};

pub(crate) fn word(candidate: &str, purpose: ConsentPurpose, granted: bool) -> RecordConsentRequest {
    RecordConsentRequest {
        candidate_id: candidate.to_owned(),
        purpose: purpose.into(),
        granted,
        evidence: "form of the fair".to_owned(),
        ..RecordConsentRequest::default()
    }
}

pub(crate) async fn record(site: &Site, tenant: &TenantId, request: RecordConsentRequest) -> Result<Consent, Status> {
    let answer = candidates(site).record_consent(site.request(tenant, Role::Recruiter, request)).await?;
    Ok(answer.into_inner().consent.unwrap())
}

async fn recipient(site: &Site, tenant: &TenantId, candidate: &str) -> GetRecipientResponse {
    let request = GetRecipientRequest { candidate_id: candidate.to_owned() };
    let alone =
        candidates(site).get_recipient(site.request(tenant, Role::Service, request)).await.unwrap().into_inner();
    let request = BatchGetRecipientsRequest { candidate_ids: vec![candidate.to_owned()] };
    let among = candidates(site).batch_get_recipients(site.request(tenant, Role::Service, request)).await.unwrap();
    assert_eq!(
        among.into_inner().recipients,
        [Recipient { candidate_id: candidate.to_owned(), reached: Some(alone.clone()) }]
    );
    alone
}

#[tokio::test]
async fn the_last_word_counts_and_every_word_stays_on_record() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let purpose = ConsentPurpose::Opportunities;
    let now = site.clock().now();
    let end = RecordConsentRequest {
        expire_time: Some(wire::timestamp(now + TimeDelta::days(10))),
        ..word(&ann, purpose, true)
    };
    assert!(record(&site, &tenant, end).await.unwrap().granted);
    assert_eq!(recipient(&site, &tenant, &ann).await.consents, [i32::from(purpose)]);

    // What comes late counts by when it was said.
    let earlier =
        RecordConsentRequest { time: Some(wire::timestamp(now - TimeDelta::days(3))), ..word(&ann, purpose, false) };
    assert!(record(&site, &tenant, earlier).await.unwrap().granted, "what was said before counts no more");
    site.clock().advance(TimeDelta::days(10).to_std().unwrap()).unwrap();
    let to = recipient(&site, &tenant, &ann).await;
    assert!(to.consents.is_empty() && to.refusals.is_empty(), "it has ended, which is no refusal");

    record(&site, &tenant, word(&ann, purpose, false)).await.unwrap();
    let to = recipient(&site, &tenant, &ann).await;
    assert_eq!((to.consents.len(), to.refusals), (0, vec![i32::from(purpose)]));

    let list = ListConsentsRequest { candidate_id: ann, page_size: 2, page_token: String::new() };
    let page = candidates(&site).list_consents(site.request(&tenant, Role::ReadOnly, list.clone())).await.unwrap();
    let page = page.into_inner();
    assert_eq!(page.consents.iter().map(|consent| consent.granted).collect::<Vec<_>>(), [false, true]);
    let last = ListConsentsRequest { page_token: page.next_page_token, ..list };
    let last = candidates(&site).list_consents(site.request(&tenant, Role::ReadOnly, last)).await.unwrap().into_inner();
    assert_eq!((last.consents.len(), last.next_page_token.as_str()), (1, ""));
    assert!(last.consents[0].actor.starts_with("user_"));
    assert_eq!(site.heard_of::<ConsentRecorded>("talent", &tenant).await.len(), 3);
    site.finish().await;
}

#[tokio::test]
async fn what_can_not_be_is_refused() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let now = site.clock().now();
    let purpose = ConsentPurpose::Tracking;
    let past = Some(wire::timestamp(now - TimeDelta::seconds(1)));
    let ahead = Some(wire::timestamp(now + TimeDelta::days(1)));
    for (request, expected) in [
        (RecordConsentRequest { time: ahead, ..word(&ann, purpose, true) }, "CONSENT_TIME_INVALID"),
        (RecordConsentRequest { expire_time: ahead, ..word(&ann, purpose, false) }, "CONSENT_TIME_INVALID"),
        (RecordConsentRequest { expire_time: past, ..word(&ann, purpose, true) }, "CONSENT_EXPIRED"),
        (RecordConsentRequest { evidence: "  ".to_owned(), ..word(&ann, purpose, true) }, "NAME_MISSING"),
    ] {
        let refused = record(&site, &tenant, request).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, expected), "{refused:?}");
    }
    let nobody = word("cand_01h455vb4pex5vsknk084sn02q", purpose, true);
    assert_eq!(reason(&record(&site, &tenant, nobody).await.unwrap_err()), "CANDIDATE_NOT_FOUND");
    assert!(site.heard_of::<ConsentRecorded>("talent", &tenant).await.is_empty());
    site.finish().await;
}
