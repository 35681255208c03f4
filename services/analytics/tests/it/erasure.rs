//! People are forgotten, and figures stay true.

use usher_proto::{
    ats::v1::{ApplicationReassigned, Attendance},
    outreach::v1::MessageKind,
    privacy::v1::{
        EraseSubjectRequest, ExportSubjectRequest, export_subject_response::Content,
        subject_service_client::SubjectServiceClient,
    },
};

use super::{
    says::{Others, id},
    *,
};

async fn erase(site: &Site, tenant: &TenantId, candidate: &str) -> i64 {
    let request = EraseSubjectRequest {
        service: "analytics".to_owned(),
        candidate_id: id("cand", candidate),
        erasure_id: id("erase", candidate),
    };
    let answer = SubjectServiceClient::new(site.channel())
        .erase_subject(site.request(tenant, Role::Service, request))
        .await
        .unwrap()
        .into_inner();
    answer.stores.iter().find(|store| store.store == "facts").unwrap().count
}

/// What is kept of a person, as text.
async fn export(site: &Site, tenant: &TenantId, candidate: &str) -> String {
    let request = ExportSubjectRequest {
        service: "analytics".to_owned(),
        candidate_id: id("cand", candidate),
        related_ids: Vec::new(),
    };
    let mut answer = SubjectServiceClient::new(site.channel())
        .export_subject(site.request(tenant, Role::Service, request))
        .await
        .unwrap()
        .into_inner();
    let mut bytes = Vec::new();
    while let Some(message) = answer.message().await.unwrap() {
        if let Some(Content::Chunk(chunk)) = message.content {
            bytes.extend(chunk);
        }
    }
    String::from_utf8(bytes).unwrap()
}

async fn happens(others: &Others<'_>, application: &str) {
    others.applied(application, "j", "agency", "screen").await;
    others.sent(application, MessageKind::InterviewInvitation, application, application).await;
    later(others.site);
    others.answered(application, application).await;
    others.attended(application, application, Attendance::CandidateNoShow, others.site.clock().now()).await;
}

#[tokio::test]
async fn facts_go_and_what_they_counted_stays_in_nobodys_name() {
    let site = site().await;
    let others = Others::of(&site);
    let tenant = others.tenant;
    for application in ["ann", "ben"] {
        happens(&others, application).await;
    }
    site.settle().await;
    let kept = export(&site, &tenant, "ann").await;
    assert_eq!(kept.lines().count(), 4, "{kept}");
    assert!(!kept.contains("tenant_id"), "{kept}");

    assert_eq!(erase(&site, &tenant, "ann").await, 4);
    assert_eq!(erase(&site, &tenant, "ann").await, 0, "nothing has come since");
    assert_eq!(export(&site, &tenant, "ann").await, "");
    let check = async || {
        assert_eq!(no_shows(&site, &tenant).await, (2, 2));
        assert_eq!(replies(&site, &tenant).await, (2, 2));
        let source = get_source_quality(&site, &tenant, by(&[])).await.unwrap().rows.remove(0);
        assert_eq!((source.applied, source.in_process), (2, 1), "of whom nothing more is heard, nothing is open");
        let hire = get_time_to_hire(&site, &tenant, by(&[])).await.unwrap().overall.unwrap();
        assert_eq!((hire.n, hire.censored), (0, 2));
    };
    check().await;
    // What is still said of them is not taken down.
    others.attended("ann2", "ann", Attendance::CandidateNoShow, site.clock().now()).await;
    check().await;
    assert_eq!(export(&site, &tenant, "ann").await, "");
    let mut tx = site.db("analytics").begin(&chassis::TenantCtx::service(tenant, "test")).await.unwrap();
    let roots: i64 = sqlx::query_scalar("SELECT count(*) FROM roots").fetch_one(tx.conn()).await.unwrap();
    assert_eq!(roots, 1, "ben");
    site.finish().await;
}

#[tokio::test]
async fn an_application_that_was_given_to_somebody_else_is_forgotten_with_them() {
    let site = site().await;
    let others = Others::of(&site);
    happens(&others, "ann").await;
    let event = ApplicationReassigned {
        application_id: id("app", "ann"),
        from_candidate_id: id("cand", "ann"),
        candidate_id: id("cand", "ben"),
        ..ApplicationReassigned::default()
    };
    site.say("ats", &others.tenant, "ann", &event).await;
    site.settle().await;
    assert_eq!(erase(&site, &others.tenant, "ann").await, 0);
    assert_eq!(export(&site, &others.tenant, "ben").await.lines().count(), 4);
    assert_eq!(erase(&site, &others.tenant, "ben").await, 4);
    assert_eq!(no_shows(&site, &others.tenant).await, (1, 1));
    site.finish().await;
}

#[tokio::test]
async fn an_application_that_comes_to_somebody_who_is_forgotten_goes_as_they_did() {
    let site = site().await;
    let others = Others::of(&site);
    happens(&others, "ann").await;
    site.settle().await;
    assert_eq!(erase(&site, &others.tenant, "ben").await, 0);
    let event = ApplicationReassigned {
        application_id: id("app", "ann"),
        candidate_id: id("cand", "ben"),
        ..ApplicationReassigned::default()
    };
    site.say("ats", &others.tenant, "ann", &event).await;
    assert_eq!(no_shows(&site, &others.tenant).await, (1, 1), "what was counted stays");
    for person in ["ann", "ben"] {
        assert_eq!(export(&site, &others.tenant, person).await, "");
    }
    site.finish().await;
}
