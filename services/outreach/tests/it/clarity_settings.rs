//! How grave a tenant wants the linter's rules to be, as it says itself.

use chrono::TimeDelta;
use usher_proto::outreach::v1::{
    ClaritySetting, ClaritySettings, ClaritySeverity, ClarityVerdict, GetClaritySettingsRequest,
    ListClarityRulesRequest, UpdateClaritySettingsRequest, clarity_service_client::ClarityServiceClient,
};

use super::{
    clarity_gate::{found, lint},
    *,
};

pub(crate) fn wish(rule: &str, severity: ClaritySeverity, kind: MessageKind) -> ClaritySetting {
    ClaritySetting { rule_id: rule.to_owned(), severity: severity.into(), kind: kind.into() }
}

fn asked(settings: Vec<ClaritySetting>, etag: &str) -> UpdateClaritySettingsRequest {
    UpdateClaritySettingsRequest {
        settings: Some(ClaritySettings { settings, ..ClaritySettings::default() }),
        etag: etag.to_owned(),
        ..UpdateClaritySettingsRequest::default()
    }
}

pub(crate) async fn set(
    site: &Site,
    tenant: &TenantId,
    settings: Vec<ClaritySetting>,
    etag: &str,
) -> Result<ClaritySettings, Status> {
    let request = site.request(tenant, Role::Admin, asked(settings, etag));
    let answer = ClarityServiceClient::new(site.channel()).update_clarity_settings(request).await?;
    Ok(answer.into_inner().settings.unwrap())
}

async fn settings(site: &Site, tenant: &TenantId) -> ClaritySettings {
    let request = site.request(tenant, Role::ReadOnly, GetClaritySettingsRequest {});
    let answer = ClarityServiceClient::new(site.channel()).get_clarity_settings(request).await.unwrap();
    answer.into_inner().settings.unwrap()
}

const ALL: MessageKind = MessageKind::Unspecified;
const VAGUE: &str = "Please call us ASAP at +86 21 5555 0100.";

#[tokio::test]
async fn a_tenant_makes_a_rule_graver_or_milder_for_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let (tenant, neighbour) = (site.tenant(), site.tenant());
    let usual = settings(&site, &tenant).await;
    assert!(usual.settings.is_empty() && usual.update_time.is_none() && usual.update_actor.is_empty());
    let verdict = async |tenant: &TenantId, kind| lint(&site, tenant, kind, "en", VAGUE).await.verdict();
    assert_eq!(verdict(&tenant, MessageKind::Custom).await, ClarityVerdict::Warnings);

    let graver = vec![
        wish("vague_time", ClaritySeverity::Error, ALL),
        wish("vague_time", ClaritySeverity::Off, MessageKind::Custom),
    ];
    let admin = id("user");
    let token = site.token_for(&tenant, Role::Admin, &admin, TimeDelta::days(1));
    let mut request = tonic::Request::new(asked(graver.clone(), &usual.etag));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let answer = ClarityServiceClient::new(site.channel()).update_clarity_settings(request).await.unwrap();
    let changed = answer.into_inner().settings.unwrap();
    assert_eq!(changed, settings(&site, &tenant).await);
    assert_eq!(changed.settings, graver);
    assert!(changed.update_time.is_some() && changed.etag != usual.etag);
    assert_eq!(changed.update_actor, admin, "who changed it is kept");

    assert_eq!(verdict(&tenant, MessageKind::Custom).await, ClarityVerdict::Clean, "a kind's goes before all kinds'");
    let feedback = lint(&site, &tenant, MessageKind::Feedback, "en", VAGUE).await;
    assert_eq!(found(&feedback.findings, "vague_time").severity(), ClaritySeverity::Error);
    assert_eq!(verdict(&neighbour, MessageKind::Custom).await, ClarityVerdict::Warnings);
    assert_eq!(settings(&site, &neighbour).await, usual);

    let stale = set(&site, &tenant, Vec::new(), &usual.etag).await.unwrap_err();
    assert_eq!(refusal(&stale), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    let back = set(&site, &tenant, Vec::new(), &changed.etag).await.unwrap();
    assert!(back.settings.is_empty());
    assert_eq!(verdict(&tenant, MessageKind::Custom).await, ClarityVerdict::Warnings);
    finish(site).await;
}

#[tokio::test]
async fn no_tenant_lets_an_invitation_go_without_its_facts() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let invitation = MessageKind::InterviewInvitation;
    let good = wish("vague_time", ClaritySeverity::Off, ALL);
    for (wishes, reason, field) in [
        (vec![wish("missing_date", ClaritySeverity::Off, ALL)], "RULE_PROTECTED", "settings.settings[0].severity"),
        (
            vec![wish("missing_materials", ClaritySeverity::Off, invitation)],
            "RULE_PROTECTED",
            "settings.settings[0].severity",
        ),
        (
            vec![good.clone(), wish("missing_place", ClaritySeverity::Warning, invitation)],
            "RULE_PROTECTED",
            "settings.settings[1].severity",
        ),
        (vec![wish("vague", ClaritySeverity::Off, ALL)], "RULE_UNKNOWN", "settings.settings[0].rule_id"),
        (
            vec![wish("missing_pay", ClaritySeverity::Off, MessageKind::Care)],
            "RULE_NOT_OF_KIND",
            "settings.settings[0].kind",
        ),
        (vec![good.clone(), good.clone()], "RULE_TWICE", "settings.settings[1].rule_id"),
        (
            vec![wish("vague_time", ClaritySeverity::Unspecified, ALL)],
            "SEVERITY_REQUIRED",
            "settings.settings[0].severity",
        ),
    ] {
        let refused = set(&site, &tenant, wishes, "").await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, reason.to_owned()));
        assert_eq!(fields(&refused), [field]);
    }
    assert!(settings(&site, &tenant).await.update_time.is_none(), "nothing of it was kept");
    let elsewhere = vec![wish("missing_date", ClaritySeverity::Off, MessageKind::InterviewReminder)];
    set(&site, &tenant, elsewhere, "").await.unwrap();
    let read = lint(&site, &tenant, invitation, "en", VAGUE).await;
    assert_eq!(found(&read.findings, "missing_date").severity(), ClaritySeverity::Error);

    let recruiter = site.request(&tenant, Role::Recruiter, asked(vec![good], ""));
    let refused = ClarityServiceClient::new(site.channel()).update_clarity_settings(recruiter).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    finish(site).await;
}

#[tokio::test]
async fn every_rule_says_what_it_asks_whom_it_is_for_and_how_grave_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(to_folder(folder.path(), &Talent::default())).await;
    let tenant = site.tenant();
    let off = wish("vague_time", ClaritySeverity::Off, MessageKind::Care);
    set(&site, &tenant, vec![off.clone()], "").await.unwrap();
    let rules = async |kind: MessageKind| {
        let request = site.request(&tenant, Role::ReadOnly, ListClarityRulesRequest { kind: kind.into() });
        ClarityServiceClient::new(site.channel()).list_clarity_rules(request).await.unwrap().into_inner().rules
    };
    let all = rules(ALL).await;
    let ids: Vec<_> = all.iter().map(|rule| rule.rule_id.as_str()).collect();
    assert_eq!(ids, clarity::rules().iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>());
    for rule in &all {
        let languages: Vec<_> = rule.advice.iter().map(|advice| advice.language.as_str()).collect();
        assert_eq!(languages, ["zh-CN", "en"]);
        assert!(rule.advice.iter().all(|advice| !advice.reason.is_empty() && !advice.suggestion.is_empty()));
        assert!(!rule.source.is_empty() && !rule.kinds.is_empty());
        assert!(!rule.kinds.contains(&MessageKind::Unspecified.into()), "{}", rule.rule_id);
        assert_eq!(rule.settings, if rule.rule_id == "vague_time" { vec![off.clone()] } else { Vec::new() });
    }
    assert_eq!(all.iter().filter(|rule| rule.protected).count(), 11, "ten errors, and what to bring");
    let care = rules(MessageKind::Care).await;
    assert!(care.len() < all.len() && care.iter().all(|rule| rule.kinds.contains(&MessageKind::Care.into())));
    finish(site).await;
}
