//! Channels: the suite that every adapter passes, and what is special to each.

pub(crate) mod configured;
mod fallback;
mod peer;
mod private;
mod providers;
mod smtp;
mod suite;

use std::sync::Arc;

use peer::Peer;
use providers::{ACCESS_KEY, ACCOUNT, SECRET, SIGNING, Tokens};
use suite::{Suite, holds};
use usher_proto::outreach::v1::{
    AliyunSmsSettings, Channel, ChannelSettings, CreateChannelRequest, CreateChannelResponse, ProviderTemplate,
    ProviderVariable, SetChannelAddressRequest, TestChannelRequest, TestChannelResponse, TwilioSmsSettings,
    WebhookSettings, WechatSettings, WecomSettings, channel_service_client::ChannelServiceClient,
};

use super::*;

pub(crate) async fn create(
    site: &Site,
    tenant: &TenantId,
    settings: ChannelSettings,
    secret: &str,
) -> Result<Channel, Status> {
    let request =
        CreateChannelRequest { settings: Some(settings), secret: secret.to_owned(), request_id: String::new() };
    let request = site.request(tenant, Role::Admin, request);
    let CreateChannelResponse { channel } =
        ChannelServiceClient::new(site.channel()).create_channel(request).await?.into_inner();
    Ok(channel.unwrap())
}

async fn test(site: &Site, tenant: &TenantId, request: TestChannelRequest) -> TestChannelResponse {
    let request = site.request(tenant, Role::Admin, request);
    ChannelServiceClient::new(site.channel()).test_channel(request).await.unwrap().into_inner()
}

async fn tell_address(site: &Site, tenant: &TenantId, channel: &str, candidate: &str, address: &str) {
    let request = SetChannelAddressRequest {
        channel_id: channel.to_owned(),
        candidate_id: candidate.to_owned(),
        address: address.to_owned(),
        request_id: String::new(),
    };
    let request = site.request(tenant, Role::Recruiter, request);
    ChannelServiceClient::new(site.channel()).set_channel_address(request).await.unwrap();
}

/// Somebody who is reached everywhere.
fn everywhere(talent: &Talent) -> String {
    let candidate = id("cand");
    let (phone, wechat_id) = ("+8613800000100".to_owned(), "lin-xiao".to_owned());
    talent.introduce(&candidate, GetRecipientResponse { phone, wechat_id, ..person(Language::ZhCn) });
    candidate
}

fn named(settings: ChannelSettings) -> ChannelSettings {
    ChannelSettings { display_name: "A channel".to_owned(), ..settings }
}

fn templates(template: &str, variables: &[(&str, &str)]) -> Vec<ProviderTemplate> {
    let variable =
        |(name, value): &(&str, &str)| ProviderVariable { name: (*name).to_owned(), value: (*value).to_owned() };
    vec![ProviderTemplate {
        kind: MessageKind::InterviewInvitation.into(),
        language: String::new(),
        template: template.to_owned(),
        variables: variables.iter().map(variable).collect(),
    }]
}

fn aliyun(url: &str) -> ChannelSettings {
    named(ChannelSettings {
        aliyun_sms: Some(AliyunSmsSettings {
            access_key_id: ACCESS_KEY.to_owned(),
            sign_name: "示例公司".to_owned(),
            templates: templates("SMS_100", &[("job", "position"), ("time", "when_short"), ("code", "answer_token")]),
            base_url: url.to_owned(),
            prefixes: Vec::new(),
        }),
        ..ChannelSettings::default()
    })
}

fn twilio(url: &str) -> ChannelSettings {
    named(ChannelSettings {
        twilio_sms: Some(TwilioSmsSettings {
            account_sid: ACCOUNT.to_owned(),
            from: "+15005550006".to_owned(),
            base_url: url.to_owned(),
            ..TwilioSmsSettings::default()
        }),
        ..ChannelSettings::default()
    })
}

fn wecom(url: &str) -> ChannelSettings {
    let (corp_id, base_url) = ("ww100".to_owned(), url.to_owned());
    let wecom = Some(WecomSettings { corp_id, agent_id: 1_000_002, base_url });
    named(ChannelSettings { wecom, ..ChannelSettings::default() })
}

fn wechat(url: &str) -> ChannelSettings {
    let templates = templates("wechat-100", &[("thing1", "position"), ("time2", "when_short")]);
    let wechat = Some(WechatSettings { app_id: "wx100".to_owned(), templates, base_url: url.to_owned() });
    named(ChannelSettings { wechat, ..ChannelSettings::default() })
}

fn webhook(url: &str) -> ChannelSettings {
    let webhook = Some(WebhookSettings { url: format!("{url}/messages?from=usher") });
    named(ChannelSettings { webhook, ..ChannelSettings::default() })
}

#[tokio::test]
async fn aliyun_passes_the_suite() {
    let peer = Peer::new(providers::Aliyun).await;
    let suite = Suite { settings: aliyun(&peer.url), to: "13800000100", ..Suite::new("sms", peer) };
    let taken = holds(suite).await;
    assert!(taken.text.contains("Java Engineer") && taken.text.contains("link-of-intv_"), "{}", taken.text);
    assert!(!taken.text.contains("http"), "the link's last part stands in the approved template");
}

#[tokio::test]
async fn twilio_passes_the_suite() {
    let peer = Peer::new(providers::Twilio).await;
    let suite = Suite { settings: twilio(&peer.url), to: "+8613800000100", ..Suite::new("sms", peer) };
    let taken = holds(suite).await;
    assert!(taken.text.contains("面试邀请") && taken.text.contains("/c/link-of-intv_"), "{}", taken.text);
}

#[tokio::test]
async fn wecom_passes_the_suite() {
    let tokens = Arc::<Tokens>::default();
    let peer = Peer::new(providers::Wecom(tokens.clone())).await;
    let suite = Suite { settings: wecom(&peer.url), to: "lin-xiao", knows_again: true, ..Suite::new("wecom", peer) };
    let taken = holds(suite).await;
    assert!(taken.text.contains("点开查看详情并答复") && taken.text.contains("/c/link-of-intv_"), "{}", taken.text);
}

#[tokio::test]
async fn wechat_passes_the_suite() {
    let tokens = Arc::<Tokens>::default();
    let peer = Peer::new(providers::Wechat(tokens.clone())).await;
    let (to, told) = ("oExample_OpenId-100", Some("oExample_OpenId-100"));
    let suite = Suite { settings: wechat(&peer.url), to, told, knows_again: true, ..Suite::new("wechat", peer) };
    assert!(holds(suite).await.text.contains("Java Engineer"));
}

#[tokio::test]
async fn a_webhook_passes_the_suite() {
    let peer = Peer::new(providers::Webhook).await;
    let settings = webhook(&peer.url);
    let suite = Suite {
        settings,
        secret: SIGNING,
        wrong_secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        knows_again: true,
        reads_answers: false,
        has_bad_addresses: false,
        ..Suite::new("webhook", peer)
    };
    holds(suite).await;
}

#[tokio::test]
async fn a_token_is_kept_until_it_ends_and_fetched_once_when_it_is_refused() {
    let tokens = Arc::<Tokens>::default();
    let peer = Peer::new(providers::Wecom(tokens.clone())).await;
    let talent = Talent::default();
    let site = Site::start(with(&settings(), &talent)).await;
    let tenant = site.tenant();
    create(&site, &tenant, wecom(&peer.url), SECRET).await.unwrap();
    let candidate = everywhere(&talent);
    let sent = async |key: &str| {
        let draft = MessageDraft { channels: vec!["wecom".to_owned()], ..invitation(key, &candidate) };
        let message = send(&site, &tenant, draft).await.unwrap();
        becomes(&site, &tenant, &message.message_id, MessageState::Sent).await
    };
    sent("1").await;
    sent("2").await;
    assert_eq!(tokens.given(), 1);
    tokens.end();
    assert_eq!(sent("3").await.attempts.len(), 1, "in the same try");
    assert_eq!(tokens.given(), 2);
    site.clock().advance(Duration::from_secs(7_200)).unwrap();
    sent("4").await;
    assert_eq!((tokens.given(), peer.taken().len()), (3, 4));
    finish(site).await;
}
