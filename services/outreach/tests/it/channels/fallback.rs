//! The next channel is taken when one does not reach the reader, and never in doubt.

use usher_proto::outreach::v1::{
    AddSuppressionRequest, DeleteChannelRequest, MessageFailed, MessageSent, MessageState, SuppressionKind,
    suppression_service_client::SuppressionServiceClient,
};

use super::{super::contact::suppressions, peer::Mode, *};

fn by(channels: &[&str], draft: MessageDraft) -> MessageDraft {
    MessageDraft { channels: channels.iter().map(|name| (*name).to_owned()).collect(), ..draft }
}

fn tried(message: &Message) -> Vec<(&str, bool)> {
    message.attempts.iter().map(|attempt| (attempt.channel.as_str(), attempt.succeeded)).collect()
}

#[tokio::test]
async fn who_is_not_reached_by_one_channel_gets_the_message_by_the_next_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::new(providers::Twilio).await;
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    let channel = create(&site, &tenant, twilio(&peer.url), SECRET).await.unwrap();
    peer.plan(&[Mode::BadAddress]);
    let candidate = id("cand");
    // A number of their own: where nobody is reached nothing goes any more.
    let phone = "+8613800000101".to_owned();
    talent.introduce(&candidate, GetRecipientResponse { phone, ..person(Language::ZhCn) });
    let message = send(&site, &tenant, by(&["sms", "email"], invitation("1", &candidate))).await.unwrap();
    assert_eq!((message.channel.as_str(), message.fallback_channels.as_slice()), ("sms", &["email".to_owned()][..]));
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    assert_eq!(tried(&message), [("sms", false), ("email", true)]);
    assert_eq!((message.channel.as_str(), message.channel_id.as_str()), ("email", ""));
    let said = site.heard_of::<MessageSent>("outreach", &tenant).await;
    assert_eq!((said.len(), said[0].channel.as_str(), mails(folder.path()).len()), (1, "email", 1));
    let closed = suppressions(&site, &tenant, &candidate).await;
    assert_eq!(closed.iter().map(|one| one.channel.as_str()).collect::<Vec<_>>(), ["sms"], "where nobody was reached");

    // A message that nobody may send so is not tried by other means.
    peer.plan(&[Mode::BadMessage]);
    let message = send(&site, &tenant, by(&["sms", "email"], invitation("2", &everywhere(&talent)))).await.unwrap();
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Failed).await;
    assert_eq!(tried(&message), [("sms", false)]);

    // A channel that is gone leads to the next.
    peer.plan(&[Mode::Busy]);
    let message = send(&site, &tenant, by(&["sms", "email"], invitation("3", &everywhere(&talent)))).await.unwrap();
    eventually("the first try ends", async || {
        let message = get(&site, &tenant, &message.message_id).await.unwrap();
        message.attempts.first().is_some_and(|attempt| attempt.end_time.is_some())
    })
    .await;
    let request = DeleteChannelRequest { channel_id: channel.channel_id, request_id: String::new() };
    let request = site.request(&tenant, Role::Admin, request);
    ChannelServiceClient::new(site.channel()).delete_channel(request).await.unwrap();
    site.clock().advance(Duration::from_secs(601)).unwrap();
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    assert_eq!(tried(&message), [("sms", false), ("sms", false), ("email", true)]);
    finish(site).await;
}

#[tokio::test]
async fn in_doubt_only_what_must_not_be_missed_goes_another_way() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::new(providers::Twilio).await;
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    create(&site, &tenant, twilio(&peer.url), SECRET).await.unwrap();
    peer.plan(&[Mode::Drop, Mode::Drop]);
    let invited = by(&["sms", "email"], invitation("1", &everywhere(&talent)));
    let message = send(&site, &tenant, invited.clone()).await.unwrap();
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Failed).await;
    assert_eq!(tried(&message), [("sms", false)]);
    assert_eq!(site.heard_of::<MessageFailed>("outreach", &tenant).await[0].reason, "OUTCOME_UNKNOWN");
    assert!(mails(folder.path()).is_empty());

    let called_off =
        MessageDraft { business_key: "2".to_owned(), kind: MessageKind::InterviewCancelled.into(), ..invited };
    let message = send(&site, &tenant, called_off).await.unwrap();
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    assert_eq!(tried(&message), [("sms", false), ("email", true)]);
    finish(site).await;
}

#[tokio::test]
async fn each_channel_has_tries_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::new(providers::Twilio).await;
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    create(&site, &tenant, twilio(&peer.url), SECRET).await.unwrap();
    peer.plan(&[Mode::Busy; 8]);
    let message = send(&site, &tenant, by(&["sms", "email"], invitation("1", &everywhere(&talent)))).await.unwrap();
    for number in 1..=8 {
        eventually("a try ends", async || {
            let message = get(&site, &tenant, &message.message_id).await.unwrap();
            message.attempts.get(number - 1).is_some_and(|attempt| attempt.end_time.is_some())
        })
        .await;
        site.clock().advance(Duration::from_secs(3_601)).unwrap();
    }
    let message = becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    assert_eq!(tried(&message).len(), 9);
    assert_eq!(tried(&message)[7..], [("sms", false), ("email", true)]);
    assert_eq!((peer.begun(), mails(folder.path()).len()), (8, 1));
    finish(site).await;
}

#[tokio::test]
async fn the_verdict_says_which_channels_were_passed_over_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::new(providers::Aliyun).await;
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    create(&site, &tenant, aliyun(&peer.url), SECRET).await.unwrap();
    create(&site, &tenant, ChannelSettings { paused: true, ..webhook(&peer.url) }, SIGNING).await.unwrap();
    create(&site, &tenant, wechat(&peer.url), SECRET).await.unwrap();
    let candidate = id("cand");
    let preferred_channels = vec![2, 3];
    let phone = "+8613800000100".to_owned();
    talent.introduce(&candidate, GetRecipientResponse { phone, preferred_channels, ..person(Language::En) });
    let channel = |message: &Message| {
        message.verdicts.iter().find(|verdict| verdict.gate == "channel").map(|verdict| verdict.detail.clone()).unwrap()
    };
    let message = send(&site, &tenant, invitation("1", &candidate)).await.unwrap();
    assert_eq!(
        channel(&message),
        "sms, then email; passed over: wechat: the candidate has no address for it; webhook: is paused"
    );
    becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    assert_eq!(peer.taken().len(), 1);

    let reminder = MessageDraft {
        business_key: "2".to_owned(),
        kind: MessageKind::InterviewReminder.into(),
        ..by(&["sms"], invitation("2", &candidate))
    };
    let refused = send(&site, &tenant, reminder).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "CHANNEL_UNAVAILABLE".to_owned()));
    assert!(refused.message().contains("no approved template"), "{}", refused.message());
    finish(site).await;
}

#[tokio::test]
async fn a_channel_that_is_closed_to_a_message_is_passed_over_before_and_while_it_waits() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::new(providers::Twilio).await;
    let talent = Talent::default();
    let site = Site::start(to_folder(folder.path(), &talent)).await;
    let tenant = site.tenant();
    create(&site, &tenant, twilio(&peer.url), SECRET).await.unwrap();
    let candidate = everywhere(&talent);
    let close = async |channel: &str| {
        let request = AddSuppressionRequest {
            candidate_id: candidate.clone(),
            kind: SuppressionKind::HardBounce.into(),
            channel: channel.to_owned(),
            reason: "told us on the telephone".to_owned(),
            ..AddSuppressionRequest::default()
        };
        let request = site.request(&tenant, Role::Recruiter, request);
        SuppressionServiceClient::new(site.channel()).add_suppression(request).await.unwrap();
    };
    peer.plan(&[Mode::Busy]);
    let waiting = send(&site, &tenant, by(&["sms", "email"], invitation("1", &candidate))).await.unwrap();
    eventually("the first try ends", async || {
        let message = get(&site, &tenant, &waiting.message_id).await.unwrap();
        message.attempts.first().is_some_and(|attempt| attempt.end_time.is_some())
    })
    .await;
    close("sms").await;
    site.clock().advance(Duration::from_secs(601)).unwrap();
    let message = becomes(&site, &tenant, &waiting.message_id, MessageState::Sent).await;
    assert_eq!(tried(&message), [("sms", false), ("email", true)]);
    let closed = message.verdicts.iter().find(|verdict| !verdict.passed).unwrap();
    assert_eq!((closed.gate.as_str(), closed.reason.as_str()), ("suppression", "HARD_BOUNCE"));

    let message = send(&site, &tenant, by(&["sms", "email"], invitation("2", &candidate))).await.unwrap();
    assert_eq!((message.channel.as_str(), message.fallback_channels.len()), ("email", 0));
    let said = message.verdicts.iter().find(|verdict| verdict.gate == "suppression").unwrap();
    assert!(said.passed && said.detail.contains("sms"), "{}", said.detail);
    becomes(&site, &tenant, &message.message_id, MessageState::Sent).await;
    close("email").await;
    let refused = send(&site, &tenant, by(&["sms", "email"], invitation("3", &candidate))).await.unwrap_err();
    assert_eq!(refusal(&refused), (Code::FailedPrecondition, "HARD_BOUNCE".to_owned()));
    assert_eq!((peer.taken().len(), mails(folder.path()).len()), (0, 2));
    finish(site).await;
}
