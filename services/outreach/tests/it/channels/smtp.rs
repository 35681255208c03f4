//! The SMTP adapter against the sink: what a mail server offers, and how it may end. Its part of the suite is in `delivery` too.

use std::sync::Arc;

use sink::{Answer, Offers, Sink};
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use usher_proto::outreach::v1::{ChannelTestResult, MessageFailed, SmtpSecurity, SmtpSettings};

use super::*;

/// A certificate for `localhost`, and what a server needs to show it.
fn certificate() -> (String, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (made.cert.pem(), Arc::new(config))
}

fn smtp(sink: &Sink, security: SmtpSecurity, user: &str, authority_pem: &str) -> ChannelSettings {
    let port = sink.url.rsplit(':').next().unwrap().parse().unwrap();
    named(ChannelSettings {
        smtp: Some(SmtpSettings {
            host: "localhost".to_owned(),
            port,
            security: security.into(),
            user: user.to_owned(),
            from: "Example Ltd <hr@example.com>".to_owned(),
            authority_pem: authority_pem.to_owned(),
            connections: 0,
        }),
        ..ChannelSettings::default()
    })
}

/// Tests the channel by a mail.
async fn tested(site: &Site, tenant: &TenantId, channel: &Channel) -> TestChannelResponse {
    let (channel_id, address) = (channel.channel_id.clone(), "lin.xiao@example.com".to_owned());
    test(site, tenant, TestChannelRequest { channel_id, address, ..TestChannelRequest::default() }).await
}

#[tokio::test]
async fn it_logs_in_over_tls_in_all_its_forms_and_trusts_only_whom_it_may() {
    let (pem, tls) = certificate();
    let login = Some(("hr@example.com", SECRET));
    let starttls = Offers { starttls: Some(tls.clone()), login, pipelining: true, ..Offers::default() };
    let by_steps = Offers { login_by_steps: true, ..starttls.clone() };
    let from_the_start = Offers { starttls: None, tls: Some(tls), ..starttls.clone() };
    let site = Site::start(with(&settings(), &Talent::default())).await;
    for (offers, security) in [
        (starttls.clone(), SmtpSecurity::Starttls),
        (by_steps, SmtpSecurity::Starttls),
        (from_the_start, SmtpSecurity::Tls),
    ] {
        let sink = Sink::offering(offers).await;
        let tenant = site.tenant();
        let channel = create(&site, &tenant, smtp(&sink, security, "hr@example.com", &pem), SECRET).await.unwrap();
        let passed = tested(&site, &tenant, &channel).await;
        assert_eq!(passed.result(), ChannelTestResult::Passed, "{}", passed.detail);
        assert_eq!(sink.taken().len(), 1);
        let wrong = create(&site, &tenant, smtp(&sink, security, "hr@example.com", &pem), "wrong").await.unwrap();
        let refused = tested(&site, &tenant, &wrong).await;
        assert_eq!(refused.result(), ChannelTestResult::BadChannel);
        assert_eq!(refused.detail, "the mail server refused: 535 5.7.8");
        let stranger = create(&site, &tenant, smtp(&sink, security, "hr@example.com", ""), SECRET).await.unwrap();
        let refused = tested(&site, &tenant, &stranger).await;
        assert_eq!(
            refused.result(),
            ChannelTestResult::BadChannel,
            "nobody we trust vouches for it: {}",
            refused.detail
        );
        assert_eq!(sink.taken().len(), 1);
    }
    let without = Sink::offering(Offers { login, ..Offers::default() }).await;
    let tenant = site.tenant();
    let channel = create(&site, &tenant, smtp(&without, SmtpSecurity::Starttls, "hr@example.com", ""), SECRET).await;
    let refused = tested(&site, &tenant, &channel.unwrap()).await;
    assert_eq!(refused.result(), ChannelTestResult::BadChannel);
    assert!(refused.detail.contains("STARTTLS"), "no password without: {}", refused.detail);
    finish(site).await;
}

#[tokio::test]
async fn a_refused_envelope_leaves_the_connection_to_the_next_mail_with_pipelining_and_without() {
    for pipelining in [true, false] {
        let sink = Sink::offering(Offers { pipelining, ..Offers::default() }).await;
        let refusal = "550 5.1.1 <nobody@example.com> is nobody";
        sink.plan(&[Answer::Take, Answer::SayToRecipient(refusal), Answer::Take]);
        let talent = Talent::default();
        let site = Site::start(to_server(&sink.url, 1, &talent)).await;
        let tenant = site.tenant();
        let (candidate, nobody) = (reader(&talent, Language::En), id("cand"));
        let email = "nobody@example.com".to_owned();
        talent.introduce(&nobody, GetRecipientResponse { email, ..person(Language::En) });
        for (key, reader, state) in [
            ("1", &candidate, MessageState::Sent),
            ("2", &nobody, MessageState::Failed),
            ("3", &candidate, MessageState::Sent),
        ] {
            let message = send(&site, &tenant, invitation(key, reader)).await.unwrap();
            becomes(&site, &tenant, &message.message_id, state).await;
        }
        assert_eq!((sink.taken().len(), sink.greeted()), (2, 1), "pipelining: {pipelining}");
        let reasons = site.heard_of::<MessageFailed>("outreach", &tenant).await;
        assert_eq!(reasons[0].reason, "CHANNEL_REJECTED");
        finish(site).await;
    }
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_meanwhile_costs_no_try() {
    let sink = Sink::offering(Offers { pipelining: true, ..Offers::default() }).await;
    sink.plan(&[Answer::TakeAndLeave, Answer::Take]);
    let talent = Talent::default();
    let site = Site::start(to_server(&sink.url, 1, &talent)).await;
    let tenant = site.tenant();
    let candidate = reader(&talent, Language::En);
    for key in ["1", "2"] {
        let message = send(&site, &tenant, invitation(key, &candidate)).await.unwrap();
        let message = becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
        assert_eq!(message.attempts.len(), 1);
    }
    assert_eq!((sink.taken().len(), sink.greeted()), (2, 2));
    finish(site).await;
}

#[tokio::test]
async fn a_server_that_falls_silent_or_babbles_is_left_and_the_mail_comes_again_under_its_name() {
    let sink = Sink::offering(Offers { pipelining: true, ..Offers::default() }).await;
    let talent = Talent::default();
    let settings = Settings { smtp_url: sink.url.clone().into(), workers: 1, answer_seconds: 5, ..settings() };
    let site = Site::start(with(&settings, &talent)).await;
    let tenant = site.tenant();
    for (key, answer) in [("1", Answer::SilentAfterData), ("2", Answer::Babble)] {
        let before = sink.taken().len();
        sink.plan(&[answer]);
        let message = send(&site, &tenant, invitation(key, &reader(&talent, Language::En))).await.unwrap();
        eventually("the first try ends", async || {
            let message = get(&site, &tenant, &message.message_id).await.unwrap();
            message.attempts.first().is_some_and(|attempt| attempt.end_time.is_some())
        })
        .await;
        site.clock().advance(Duration::from_secs(11)).unwrap();
        becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
        let names: Vec<_> = sink.taken()[before..].iter().map(sink::Mail::message_id).collect();
        assert_eq!(names, [message.rfc_message_id.clone(), message.rfc_message_id]);
    }
    finish(site).await;
}
