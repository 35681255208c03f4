//! No channel of a tenant's leads into the network that the installation runs in.

use usher_proto::outreach::v1::{ChannelTestResult, SmtpSecurity, SmtpSettings};

use super::*;

#[tokio::test]
async fn private_addresses_are_refused_when_set_and_again_when_used() {
    let peer = Peer::new(providers::Webhook).await;
    let port = peer.url.rsplit(':').next().unwrap();
    let talent = Talent::default();
    let site = Site::start(with(&Settings { allow_private_addresses: false, ..settings() }, &talent)).await;
    let tenant = site.tenant();
    let hook =
        |url: String| named(ChannelSettings { webhook: Some(WebhookSettings { url }), ..ChannelSettings::default() });
    let mail = |host: &str| {
        named(ChannelSettings {
            smtp: Some(SmtpSettings {
                host: host.to_owned(),
                port: port.parse().unwrap(),
                security: SmtpSecurity::None.into(),
                from: FROM.to_owned(),
                ..SmtpSettings::default()
            }),
            ..ChannelSettings::default()
        })
    };
    for host in ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "0x7f.1"] {
        let refused = create(&site, &tenant, hook(format!("https://{host}:{port}/")), SIGNING).await.unwrap_err();
        assert_eq!(refusal(&refused), (Code::InvalidArgument, "ADDRESS_REFUSED".to_owned()), "{host}");
        assert_eq!(fields(&refused), ["settings.webhook.url"]);
    }
    let refused = create(&site, &tenant, hook(format!("http://example.com:{port}/")), SIGNING).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "CHANNEL_INVALID", "a secret's signature goes over TLS");
    let refused = create(&site, &tenant, mail("127.0.0.1"), "").await.unwrap_err();
    assert_eq!(
        (refusal(&refused).1.as_str(), fields(&refused)),
        ("ADDRESS_REFUSED", vec!["settings.smtp.host".to_owned()])
    );

    // A name shows only when it is resolved where it leads.
    for settings in [hook(format!("https://localhost:{port}/")), mail("localhost"), mail("127.1")] {
        let secret = if settings.webhook.is_some() { SIGNING } else { "" };
        let channel = create(&site, &tenant, settings, secret).await.unwrap();
        let ask = TestChannelRequest { channel_id: channel.channel_id, ..TestChannelRequest::default() };
        let tested = test(&site, &tenant, ask).await;
        assert_eq!(tested.result(), ChannelTestResult::BadChannel);
        assert!(tested.detail.contains("private network"), "{}", tested.detail);
    }
    assert!(peer.requests().is_empty());
    finish(site).await;
}
