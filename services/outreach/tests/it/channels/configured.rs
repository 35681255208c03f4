//! How a tenant sets up its channels: what is told, what is not, and who may.

use usher_proto::{
    outreach::v1::{
        DeleteChannelRequest, GetChannelRequest, ListChannelsRequest, ListChannelsResponse, SmtpSecurity, SmtpSettings,
        UpdateChannelRequest,
    },
    privacy::v1::{
        EraseSubjectRequest, ExportSubjectRequest, export_subject_response::Content,
        subject_service_client::SubjectServiceClient,
    },
};

use super::*;

async fn listed(site: &Site, tenant: &TenantId) -> ListChannelsResponse {
    let request = site.request(tenant, Role::ReadOnly, ListChannelsRequest {});
    ChannelServiceClient::new(site.channel()).list_channels(request).await.unwrap().into_inner()
}

async fn update(site: &Site, tenant: &TenantId, request: UpdateChannelRequest) -> Result<Channel, Status> {
    let request = site.request(tenant, Role::Admin, request);
    Ok(ChannelServiceClient::new(site.channel()).update_channel(request).await?.into_inner().channel.unwrap())
}

/// A mail server as a tenant's own.
pub(crate) fn server(sink: &sink::Sink) -> ChannelSettings {
    let port = sink.url.rsplit(':').next().unwrap().parse().unwrap();
    let (host, security) = ("127.0.0.1".to_owned(), SmtpSecurity::None.into());
    let smtp = Some(SmtpSettings { host, port, security, from: FROM.to_owned(), ..SmtpSettings::default() });
    named(ChannelSettings { smtp, ..ChannelSettings::default() })
}

#[expect(clippy::unnecessary_wraps, reason = "as the field takes it")]
fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    Some(prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() })
}

#[tokio::test]
async fn a_secret_is_sealed_told_to_nobody_and_not_led_elsewhere() {
    let talent = Talent::default();
    let site = Site::start(with(&settings(), &talent)).await;
    let tenant = site.tenant();
    let channel = create(&site, &tenant, wecom("https://example.com"), SECRET).await.unwrap();
    assert!(channel.has_secret && channel.medium == "wecom");
    assert!(!format!("{:?}", listed(&site, &tenant).await).contains(SECRET));
    let mut tx = site.db("outreach").begin(&chassis::TenantCtx::service(tenant, "outreach")).await.unwrap();
    let (kept, settings): (Vec<u8>, Vec<u8>) =
        sqlx::query_as("SELECT secret, settings FROM channels").fetch_one(tx.conn()).await.unwrap();
    drop(tx);
    for bytes in [kept, settings] {
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    }
    let change = |settings: ChannelSettings, secret: &str, paths: &[&str]| UpdateChannelRequest {
        channel_id: channel.channel_id.clone(),
        settings: Some(settings),
        secret: secret.to_owned(),
        update_mask: mask(paths),
        ..UpdateChannelRequest::default()
    };
    let stolen = update(&site, &tenant, change(wecom("https://example.net"), "", &["settings"])).await.unwrap_err();
    assert_eq!((refusal(&stolen).1.as_str(), fields(&stolen)), ("SECRET_REQUIRED", vec!["secret".to_owned()]));
    let other = twilio("https://example.com");
    assert_eq!(
        refusal(&update(&site, &tenant, change(other, "", &["settings"])).await.unwrap_err()).1,
        "SECRET_REQUIRED"
    );
    update(&site, &tenant, change(wecom("https://example.net"), "new", &["settings", "secret"])).await.unwrap();
    let renamed = ChannelSettings { display_name: "Other".to_owned(), ..wecom("https://example.net") };
    let renamed = update(&site, &tenant, change(renamed, "", &["settings"])).await.unwrap();
    assert!(renamed.has_secret && renamed.etag == "v3");
    let bare = update(&site, &tenant, change(wecom("https://example.net"), "", &["secret"])).await.unwrap_err();
    assert_eq!((refusal(&bare).1.as_str(), fields(&bare)), ("CHANNEL_INVALID", vec!["secret".to_owned()]));
    let stale = UpdateChannelRequest {
        etag: channel.etag.clone(),
        ..change(wecom("https://example.net"), "newer", &["secret"])
    };
    assert_eq!(refusal(&update(&site, &tenant, stale).await.unwrap_err()), (Code::Aborted, "ETAG_MISMATCH".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn what_makes_no_channel_is_refused_with_its_fields() {
    let site = Site::start(with(&settings(), &Talent::default())).await;
    let tenant = site.tenant();
    let refused = async |settings: ChannelSettings, secret: &str| {
        let refused = create(&site, &tenant, settings, secret).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        fields(&refused)
    };
    let mail = |host: &str, from: &str, authority_pem: &str| {
        let (host, from, authority_pem) = (host.to_owned(), from.to_owned(), authority_pem.to_owned());
        let security = SmtpSecurity::Tls.into();
        let smtp = Some(SmtpSettings { host, from, authority_pem, security, ..SmtpSettings::default() });
        named(ChannelSettings { smtp, ..ChannelSettings::default() })
    };
    assert_eq!(refused(named(ChannelSettings::default()), "").await, ["settings"]);
    assert_eq!(refused(mail("", FROM, ""), "").await, ["settings.smtp.host"]);
    assert_eq!(refused(mail("mail.example.com", "nobody", ""), "").await, ["settings.smtp.from"]);
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(refused(mail("mail.example.com", FROM, broken), "").await, ["settings.smtp.authority_pem"]);
    assert_eq!(refused(twilio("not an address"), SECRET).await, ["settings.twilio_sms.base_url"]);
    assert_eq!(refused(webhook("https://example.com"), "whsec_short").await, ["secret"]);
    assert!(listed(&site, &tenant).await.channels.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn channels_stand_in_the_tenants_order_and_are_nobody_elses() {
    let site = Site::start(with(&settings(), &Talent::default())).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    assert!(listed(&site, &tenant).await.uses_default_email);
    for (place, name) in [(5, "late"), (1, "early"), (5, "later")] {
        let settings = ChannelSettings { place, display_name: name.to_owned(), ..webhook("https://example.com") };
        create(&site, &tenant, settings, SIGNING).await.unwrap();
    }
    let names = async |tenant: &TenantId| {
        let all = listed(&site, tenant).await.channels;
        all.into_iter().map(|channel| channel.settings.unwrap().display_name).collect::<Vec<_>>()
    };
    assert_eq!(names(&tenant).await, ["early", "late", "later"]);
    assert!(names(&other).await.is_empty());
    let first = listed(&site, &tenant).await.channels.remove(0);
    let get = async |tenant: &TenantId| {
        let request = site.request(tenant, Role::ReadOnly, GetChannelRequest { channel_id: first.channel_id.clone() });
        ChannelServiceClient::new(site.channel()).get_channel(request).await
    };
    assert_eq!(refusal(&get(&other).await.unwrap_err()), (Code::NotFound, "CHANNEL_NOT_FOUND".to_owned()));
    let delete = |role: Role| {
        site.request(&tenant, role, DeleteChannelRequest { channel_id: first.channel_id.clone(), ..Default::default() })
    };
    let mut client = ChannelServiceClient::new(site.channel());
    assert_eq!(client.delete_channel(delete(Role::Recruiter)).await.unwrap_err().code(), Code::PermissionDenied);
    client.delete_channel(delete(Role::Owner)).await.unwrap();
    assert_eq!(client.delete_channel(delete(Role::Owner)).await.unwrap_err().code(), Code::NotFound);
    let gone = get(&tenant).await.unwrap().into_inner().channel.unwrap();
    assert!(gone.delete_time.is_some() && !gone.has_secret);
    assert_eq!(names(&tenant).await, ["late", "later"]);
    for number in 2..20 {
        let settings = ChannelSettings { display_name: number.to_string(), ..webhook("https://example.com") };
        create(&site, &tenant, settings, SIGNING).await.unwrap();
    }
    let many = create(&site, &tenant, webhook("https://example.com"), SIGNING).await.unwrap_err();
    assert_eq!(refusal(&many), (Code::FailedPrecondition, "CHANNELS_TOO_MANY".to_owned()));
    finish(site).await;
}

#[tokio::test]
async fn a_tenants_mail_server_takes_the_place_of_the_installations_and_a_change_holds_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (sink::Sink::new().await, sink::Sink::new().await);
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    let channel = create(&site, &tenant, server(&first), "").await.unwrap();
    assert!(!listed(&site, &tenant).await.uses_default_email);
    let sent = async |tenant: &TenantId, key: &str| {
        let message = send(&site, tenant, invitation(key, &reader(&talent, Language::En))).await.unwrap();
        becomes(&site, tenant, &message.message_id, MessageState::Sent).await;
    };
    sent(&tenant, "1").await;
    sent(&other, "1").await;
    assert_eq!((first.taken().len(), mails(folder.path()).len()), (1, 1));
    let change = UpdateChannelRequest {
        channel_id: channel.channel_id,
        settings: Some(server(&second)),
        update_mask: mask(&["settings"]),
        ..UpdateChannelRequest::default()
    };
    update(&site, &tenant, change).await.unwrap();
    sent(&tenant, "2").await;
    assert_eq!((first.taken().len(), second.taken().len(), mails(folder.path()).len()), (1, 1, 1));
    finish(site).await;
}

#[tokio::test]
async fn an_address_that_a_channel_was_told_is_sealed_told_to_its_person_and_forgotten_with_them() {
    const OPENID: &str = "oExample_OpenId-100";
    let talent = Talent::default();
    let site = Site::start(with(&settings(), &talent)).await;
    let tenant = site.tenant();
    let channel = create(&site, &tenant, wechat("https://example.com"), SECRET).await.unwrap();
    let (candidate, other) = (everywhere(&talent), everywhere(&talent));
    for somebody in [&candidate, &other] {
        tell_address(&site, &tenant, &channel.channel_id, somebody, OPENID).await;
    }
    let kept = async || {
        let mut tx = site.db("outreach").begin(&chassis::TenantCtx::service(tenant, "outreach")).await.unwrap();
        let kept: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT address FROM channel_addresses").fetch_all(tx.conn()).await.unwrap();
        kept
    };
    let sealed = kept().await;
    assert!(sealed.len() == 2 && sealed[0] != sealed[1]);
    assert!(!sealed[0].windows(OPENID.len()).any(|window| window == OPENID.as_bytes()));

    let (service, candidate_id) = ("outreach".to_owned(), candidate.clone());
    let ask = ExportSubjectRequest { service, candidate_id, ..ExportSubjectRequest::default() };
    let mut subjects = SubjectServiceClient::new(site.channel());
    let mut export = subjects.export_subject(site.request(&tenant, Role::Service, ask)).await.unwrap().into_inner();
    let mut told = String::new();
    while let Some(piece) = export.message().await.unwrap() {
        if let Some(Content::Chunk(bytes)) = piece.content {
            told.push_str(&String::from_utf8(bytes).unwrap());
        }
    }
    assert!(told.contains(&format!("{}: {OPENID}", channel.channel_id)), "{told}");

    let (service, candidate_id) = ("outreach".to_owned(), candidate.clone());
    let ask = EraseSubjectRequest { service, candidate_id, erasure_id: id("erase") };
    subjects.erase_subject(site.request(&tenant, Role::Service, ask)).await.unwrap();
    assert_eq!(kept().await.len(), 1, "the other one's stays");
    tell_address(&site, &tenant, &channel.channel_id, &other, "").await;
    assert!(kept().await.is_empty());
    finish(site).await;
}

#[tokio::test]
async fn a_tenant_whose_mail_server_is_slow_holds_up_nobody_else() {
    const WORKERS: u32 = 2;
    let (slow, sink) = (sink::Sink::new().await, sink::Sink::new().await);
    slow.hold();
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, WORKERS, &talent)).await;
    let (tenant, other) = (site.tenant(), site.tenant());
    create(&site, &tenant, server(&slow), "").await.unwrap();
    let mut waiting = Vec::new();
    for number in 0..10 {
        let draft = invitation(&number.to_string(), &reader(&talent, Language::En));
        waiting.push(send(&site, &tenant, draft).await.unwrap());
    }
    eventually("its doors are full", async || slow.begun() == 2).await;
    for number in 0..5 {
        let draft = invitation(&number.to_string(), &reader(&talent, Language::En));
        let message = send(&site, &other, draft).await.unwrap();
        becomes(&site, &other, &message.message_id, MessageState::Sent).await;
    }
    assert_eq!((slow.taken().len(), sink.taken().len()), (0, 5));
    slow.release();
    for message in waiting {
        becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    }
    let names: std::collections::BTreeSet<_> = slow.taken().iter().map(sink::Mail::message_id).collect();
    assert_eq!(names.len(), 10);
    finish(site).await;
}
