//! Forgetting people, and keeping them forgotten.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use chassis::{
    House, Parts, Result as Outcome, Schema, Service, TenantCtx, TenantId, TenantTx,
    subjects::{Export, Subjects, erased},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use sqlx::Connection as _;
use testkit::{Site, Voice, eventually};
use tokio::sync::Semaphore;
use tonic::{Code, Status};
use usher_proto::{
    accounts::v1::Role,
    ats::v1::ApplicationCreated,
    privacy::v1::{EraseSubjectRequest, ErasedStore, ExportSubjectRequest},
    talent::v1::{
        CandidateErased, CandidateProfile, ContactChannel, ContactPoint, Erasure, GetErasureRequest,
        LiftTombstoneRequest, ListErasuresRequest, ListTimelineEntriesRequest, RequestErasureRequest, TombstoneLifted,
        UpdateCandidateRequest, privacy_service_client::PrivacyServiceClient,
    },
};
use uuid::Uuid;

use super::{candidates, counts, create, import, import_as, metadata, named, reason, site, talent};

/// A service that forgets when it may, and counts how often it was asked.
#[derive(Clone)]
struct Forgetful {
    name: &'static str,
    answers: Arc<Semaphore>,
    asked: Arc<AtomicUsize>,
}

impl Forgetful {
    fn new(name: &'static str, answers: usize) -> Self {
        Self { name, answers: Arc::new(Semaphore::new(answers)), asked: Arc::default() }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Service for Forgetful {
    fn name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> Option<Schema> {
        Voice::new(self.name).schema()
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let mut parts = Voice::new(self.name).open(house).await?;
        parts.subjects = Some(Arc::new(self.clone()));
        Ok(parts)
    }
}

#[async_trait]
impl Subjects for Forgetful {
    async fn export(&self, _: TenantCtx, _: ExportSubjectRequest, _: &mut Export) -> Outcome<()> {
        Ok(())
    }

    async fn erase(&self, _: TenantCtx, _: EraseSubjectRequest) -> Outcome<Vec<ErasedStore>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answers.acquire().await.unwrap().forget();
        Ok(vec![erased("rows", 1)])
    }
}

pub(super) async fn erase(site: &Site, tenant: &TenantId, role: Role, candidate: &str) -> Result<Erasure, Status> {
    let request = RequestErasureRequest {
        candidate_id: candidate.to_owned(),
        reason: "their letter".to_owned(),
        request_id: String::new(),
    };
    let answer = PrivacyServiceClient::new(site.channel()).request_erasure(site.request(tenant, role, request)).await?;
    Ok(answer.into_inner().erasure.unwrap())
}

async fn lift(site: &Site, tenant: &TenantId, email: &str) -> Result<i32, Status> {
    let request = LiftTombstoneRequest {
        contact_point: Some(ContactPoint { channel: ContactChannel::Email.into(), value: email.to_owned() }),
        evidence: "wrote to us on 4 May".to_owned(),
        request_id: String::new(),
    };
    let answer =
        PrivacyServiceClient::new(site.channel()).lift_tombstone(site.request(tenant, Role::Admin, request)).await?;
    Ok(answer.into_inner().lifted_count)
}

#[tokio::test]
async fn who_is_forgotten_can_not_be_written_down_again_until_they_want_to() {
    let site = site().await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let wang = CandidateProfile { phone: "13800138000".to_owned(), ..named("王小明", "wang@example.com") };
    let file = "name,email,phone\n王小明,wang@example.com,13800138000\nAnn,ann@example.com,\n".as_bytes();
    import(&site, &tenant, file).await.unwrap();
    let known = create(&site, &tenant, wang.clone()).await.unwrap_err();
    let id = metadata(&known, "candidate_id");
    let bob = create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap();
    create(&site, &other, wang.clone()).await.unwrap();

    let refused = erase(&site, &tenant, Role::Recruiter, &id).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let stranger = erase(&site, &other, Role::Owner, &id).await.unwrap_err();
    assert_eq!(reason(&stranger), "CANDIDATE_NOT_FOUND");
    let erasure = erase(&site, &tenant, Role::Owner, &id).await.unwrap();
    assert_eq!(erase(&site, &tenant, Role::Owner, &id).await.unwrap().erasure_id, erasure.erasure_id);

    let mut privacy = PrivacyServiceClient::new(site.channel());
    let theirs = GetErasureRequest { erasure_id: erasure.erasure_id.clone() };
    let theirs = privacy.get_erasure(site.request(&other, Role::Owner, theirs)).await.unwrap_err();
    assert_eq!(reason(&theirs), "ERASURE_NOT_FOUND");
    let list = privacy.list_erasures(site.request(&other, Role::Owner, ListErasuresRequest::default())).await;
    assert!(list.unwrap().into_inner().erasures.is_empty());

    // By one of the two contact points alone, in another style.
    for profile in
        [named("W", "WANG@example.com"), CandidateProfile { phone: "+86 138-0013-8000".into(), ..named("W", "") }]
    {
        assert_eq!(reason(&create(&site, &tenant, profile).await.unwrap_err()), "PERSON_ERASED");
    }
    let update = UpdateCandidateRequest {
        candidate_id: bob.candidate_id.clone(),
        profile: Some(named("Bob", "wang@example.com")),
        update_mask: Some(prost_types::FieldMask { paths: vec!["email".to_owned()] }),
        ..UpdateCandidateRequest::default()
    };
    let refused = candidates(&site).update_candidate(site.request(&tenant, Role::Recruiter, update)).await.unwrap_err();
    assert_eq!(reason(&refused), "PERSON_ERASED");
    // The very file that they came with: their row is refused, also in a dry run, and the others are as they were.
    for dry_run in [true, false] {
        let sending = super::Sending { dry_run, ..super::Sending::default() };
        let report = import_as(&site, &tenant, file, sending).await.unwrap();
        assert_eq!(counts(&report), (0, 0, 1, 1));
        assert_eq!((report.errors[0].line, report.errors[0].reason.as_str()), (2, "PERSON_ERASED"));
    }

    assert_eq!(reason(&lift(&site, &tenant, "nobody@example.com").await.unwrap_err()), "TOMBSTONE_NOT_FOUND");
    assert_eq!(reason(&lift(&site, &other, "wang@example.com").await.unwrap_err()), "TOMBSTONE_NOT_FOUND");
    assert_eq!(lift(&site, &tenant, "wang@example.com").await.unwrap(), 2, "all of theirs");
    // And their row of that file has its effect again, once.
    for (dry_run, counted) in [(true, (1, 0, 1, 0)), (false, (1, 0, 1, 0)), (false, (0, 0, 2, 0))] {
        let sending = super::Sending { dry_run, ..super::Sending::default() };
        assert_eq!(counts(&import_as(&site, &tenant, file, sending).await.unwrap()), counted);
    }
    let back = metadata(&create(&site, &tenant, wang).await.unwrap_err(), "candidate_id");
    assert_ne!(back, id, "they come back as somebody new");
    let said = site.heard_of::<TombstoneLifted>("talent", &tenant).await;
    assert_eq!(said.len(), 1);
    assert_eq!(site.heard_of::<CandidateErased>("talent", &tenant).await.len(), 1);
}

#[tokio::test]
async fn what_is_heard_late_of_somebody_who_is_forgotten_is_not_written_down() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let bob = create(&site, &tenant, named("Bob", "bob@example.com")).await.unwrap().candidate_id;
    erase(&site, &tenant, Role::Owner, &ann).await.unwrap();
    for candidate in [&ann, &bob] {
        let said = ApplicationCreated {
            candidate_id: candidate.clone(),
            job_title: "Baker".to_owned(),
            ..ApplicationCreated::default()
        };
        site.say("ats", &tenant, "app_1", &said).await;
    }
    site.settle().await;
    let timeline = async |candidate: &str| {
        let request = ListTimelineEntriesRequest { candidate_id: candidate.to_owned(), ..Default::default() };
        candidates(&site).list_timeline_entries(site.request(&tenant, Role::Recruiter, request)).await
    };
    assert_eq!(timeline(&bob).await.unwrap().into_inner().entries.len(), 2);
    assert_eq!(reason(&timeline(&ann).await.unwrap_err()), "CANDIDATE_NOT_FOUND");
    let mut tx = site.db("talent").begin(&chassis::TenantCtx::service(tenant, "talent")).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM timeline_entries WHERE summary LIKE '%Baker%'")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(left, 1, "Bob's alone");
}

#[tokio::test]
async fn an_erasure_says_who_does_not_answer_and_goes_on_asking() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    // No service but talent answers here.
    let erasure = erase(&site, &tenant, Role::Owner, &ann).await.unwrap().erasure_id;
    let mut privacy = PrivacyServiceClient::new(site.channel());
    eventually("the failure is told", async || {
        site.clock().advance(std::time::Duration::from_secs(10)).unwrap();
        let request = GetErasureRequest { erasure_id: erasure.clone() };
        let found = privacy.get_erasure(site.request(&tenant, Role::Owner, request)).await.unwrap().into_inner();
        let steps = found.erasure.unwrap().steps;
        let step = |service: &str| steps.iter().find(|step| step.service == service).unwrap().clone();
        step("talent").answer_time.is_some()
            && step("ats").failures > 1
            && step("ats").failure_reason == "SERVICE_UNKNOWN"
            && step("ats").answer_time.is_none()
    })
    .await;
    let list = privacy.list_erasures(site.request(&tenant, Role::Admin, ListErasuresRequest::default())).await;
    let list = list.unwrap().into_inner();
    assert_eq!(list.erasures.len(), 1);
    assert_eq!(list.erasures[0].receipt, "", "no receipt before everybody has forgotten");
}

#[tokio::test]
async fn an_erasure_is_in_one_hand_until_everybody_has_been_asked() {
    let (ats, outreach) = (Forgetful::new("ats", 9), Forgetful::new("outreach", 0));
    let analytics = Forgetful::new("analytics", 9);
    let others: [&Forgetful; 3] = [&ats, &outreach, &analytics];
    let mut services: Vec<Box<dyn Service>> = vec![Box::new(talent())];
    services.extend(others.map(|other| Box::new(other.clone()) as Box<dyn Service>));
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let erasure = erase(&site, &tenant, Role::Owner, &ann).await.unwrap().erasure_id;

    // Two have answered, and the third takes its time: another process would find nothing to do.
    eventually("the third is asked", async || outreach.asked() == 1).await;
    let mut tx = site.db("talent").begin(&TenantCtx::service(tenant, "talent")).await.unwrap();
    let next: DateTime<Utc> = sqlx::query_scalar("SELECT next_time FROM erasures").fetch_one(tx.conn()).await.unwrap();
    drop(tx);
    assert!(next > site.clock().now() + TimeDelta::minutes(1), "{next} is too soon");

    outreach.answers.add_permits(9);
    let mut privacy = PrivacyServiceClient::new(site.channel());
    let mut found = Erasure::default();
    eventually("all have forgotten", async || {
        site.clock().advance(std::time::Duration::from_secs(1)).unwrap();
        let request = GetErasureRequest { erasure_id: erasure.clone() };
        let answer = privacy.get_erasure(site.request(&tenant, Role::Owner, request)).await.unwrap();
        found = answer.into_inner().erasure.unwrap();
        !found.receipt.is_empty()
    })
    .await;
    assert_eq!(others.map(Forgetful::asked), [2, 2, 2], "each twice, and nobody a third time");
    site.finish().await;
}

/// How a test stands in the way of whoever wants to change somebody.
async fn holding(site: &Site, tenant: &TenantId, candidate: &str) -> TenantTx {
    let mut tx = site.db("talent").begin(&TenantCtx::service(*tenant, "talent")).await.unwrap();
    sqlx::query("SELECT FROM candidates WHERE candidate_id = $1 FOR UPDATE")
        .bind(uuid(candidate))
        .execute(tx.conn())
        .await
        .unwrap();
    tx
}

/// As a merge does, once somebody waits for what it holds.
async fn merge_when_awaited(site: &Site, mut tx: TenantTx, absorbed: &str, survivor: &str) {
    let mut server = sqlx::PgConnection::connect(site.database().url()).await.unwrap();
    eventually("the erasure waits for the merge", async || {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
             AND query LIKE '%FROM candidates%FOR UPDATE%')",
        )
        .fetch_one(&mut server)
        .await
        .unwrap();
        waits
    })
    .await;
    sqlx::query("UPDATE candidates SET merged_into = $2 WHERE candidate_id = $1")
        .bind(uuid(absorbed))
        .bind(uuid(survivor))
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

pub(super) fn uuid(candidate: &str) -> Uuid {
    candidate.replace("cand", "tenant").parse::<TenantId>().unwrap().0
}

#[tokio::test]
async fn whoever_becomes_one_with_somebody_just_then_is_forgotten_with_them() {
    let site = site().await;
    let tenant = site.tenant();
    let [ann, bob, cat] = ["ann", "bob", "cat"].map(|name| named(name, &format!("{name}@example.com")));
    let ann = create(&site, &tenant, ann).await.unwrap().candidate_id;
    let bob = create(&site, &tenant, bob).await.unwrap().candidate_id;
    let cat = create(&site, &tenant, cat).await.unwrap().candidate_id;

    let merge = holding(&site, &tenant, &ann).await;
    let (erasure, ()) =
        tokio::join!(erase(&site, &tenant, Role::Owner, &ann), merge_when_awaited(&site, merge, &bob, &ann));
    assert_eq!(erasure.unwrap().candidate_id, ann);
    let mut privacy = PrivacyServiceClient::new(site.channel());
    let list = privacy.list_erasures(site.request(&tenant, Role::Owner, ListErasuresRequest::default())).await;
    let forgotten: BTreeSet<String> =
        list.unwrap().into_inner().erasures.into_iter().map(|erasure| erasure.candidate_id).collect();
    assert_eq!(forgotten, BTreeSet::from([ann, bob]));

    // Whoever is made part of somebody else is another one than was asked for.
    let dan = create(&site, &tenant, named("Dan", "dan@example.com")).await.unwrap().candidate_id;
    let merge = holding(&site, &tenant, &cat).await;
    let (refused, ()) =
        tokio::join!(erase(&site, &tenant, Role::Owner, &cat), merge_when_awaited(&site, merge, &cat, &dan));
    let refused = refused.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "CONCURRENT_CHANGE"));
    assert_eq!(erase(&site, &tenant, Role::Owner, &cat).await.unwrap().candidate_id, cat);
    assert_eq!(site.heard_of::<CandidateErased>("talent", &tenant).await.len(), 4, "and Dan with them");
}

#[tokio::test]
async fn those_who_ask_at_once_get_one_erasure() {
    let site = site().await;
    let tenant = site.tenant();
    let ann = create(&site, &tenant, named("Ann", "ann@example.com")).await.unwrap().candidate_id;
    let answers = join_all((0..4).map(|_| erase(&site, &tenant, Role::Owner, &ann))).await;
    let ids: BTreeSet<String> = answers.into_iter().map(|answer| answer.unwrap().erasure_id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(site.heard_of::<CandidateErased>("talent", &tenant).await.len(), 1);
}
