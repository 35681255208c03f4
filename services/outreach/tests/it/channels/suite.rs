//! What every adapter over HTTP has to do, through the front door. The SMTP adapter's part is in `smtp`, and in `delivery`.

use usher_proto::outreach::v1::{
    CancelMessageRequest, ChannelTestResult, MessageFailed, UpdateChannelRequest, UpdateChannelResponse,
};

use super::{
    peer::{Mode, Taken},
    *,
};

/// An adapter and its other side.
pub(crate) struct Suite {
    pub(crate) medium: &'static str,
    pub(crate) peer: Peer,
    pub(crate) settings: ChannelSettings,
    pub(crate) secret: &'static str,
    pub(crate) wrong_secret: &'static str,
    /// What the provider is told; empty for the candidate's id.
    pub(crate) to: &'static str,
    /// An address that the channel has to be told first.
    pub(crate) told: Option<&'static str>,
    /// Whether the provider knows a message again.
    pub(crate) knows_again: bool,
    /// Whether what it answers with a good status matters.
    pub(crate) reads_answers: bool,
    pub(crate) has_bad_addresses: bool,
}

impl Suite {
    pub(crate) fn new(medium: &'static str, peer: Peer) -> Self {
        Self {
            medium,
            peer,
            settings: ChannelSettings::default(),
            secret: SECRET,
            wrong_secret: "a-secret-that-is-wrong",
            to: "",
            told: None,
            knows_again: false,
            reads_answers: true,
            has_bad_addresses: true,
        }
    }
}

/// Beyond whatever pause a provider or the first failure asks for.
const LATER: Duration = Duration::from_secs(601);

/// A site with the channel, and one tenant per part of the suite.
struct Stage {
    suite: Suite,
    talent: Talent,
    site: Site,
}

/// A tenant, its channel, a message that takes it.
struct Case {
    tenant: TenantId,
    channel: Channel,
    message: Message,
}

impl Stage {
    async fn case(&self, plan: &[Mode], secret: &str) -> Case {
        let (site, tenant) = (&self.site, self.site.tenant());
        self.suite.peer.plan(plan);
        let channel = create(site, &tenant, self.suite.settings.clone(), secret).await.unwrap();
        let candidate = everywhere(&self.talent);
        if let Some(address) = self.suite.told {
            tell_address(site, &tenant, &channel.channel_id, &candidate, address).await;
        }
        let channels = vec![self.suite.medium.to_owned()];
        let message = send(site, &tenant, MessageDraft { channels, ..invitation("k", &candidate) }).await.unwrap();
        assert_eq!((&message.channel, &message.channel_id), (&channel.medium, &channel.channel_id));
        Case { tenant, channel, message }
    }

    async fn becomes(&self, case: &Case, state: MessageState) -> Message {
        becomes(&self.site, &case.tenant, &case.message.message_id, state).await
    }

    /// The message after its first try.
    async fn tried(&self, case: &Case) -> Message {
        eventually("the first try ends", async || {
            let message = get(&self.site, &case.tenant, &case.message.message_id).await.unwrap();
            message.attempts.first().is_some_and(|attempt| attempt.end_time.is_some())
        })
        .await;
        get(&self.site, &case.tenant, &case.message.message_id).await.unwrap()
    }

    async fn why_failed(&self, case: &Case) -> String {
        let said = self.site.heard_of::<MessageFailed>("outreach", &case.tenant).await;
        assert_eq!(said.len(), 1);
        said[0].reason.clone()
    }

    fn count(&self) -> (usize, usize) {
        (self.suite.peer.begun(), self.suite.peer.taken().len())
    }
}

/// Runs the suite; the answer is what the provider got for the first message.
pub(crate) async fn holds(suite: Suite) -> Taken {
    let talent = Talent::default();
    let site = Site::start(with(&Settings { answer_seconds: 5, ..settings() }, &talent)).await;
    let stage = Stage { suite, talent, site };
    let first = takes(&stage).await;
    refuses_for_good(&stage).await;
    is_busy(&stage).await;
    let mut silences = vec![Mode::Silent, Mode::Drop];
    if stage.suite.reads_answers {
        silences.extend([Mode::Huge, Mode::Garbage, Mode::Drip]);
    }
    for mode in silences {
        leaves_in_doubt(&stage, mode).await;
    }
    does_not_know_us(&stage).await;
    leads_elsewhere(&stage).await;
    tests_itself(&stage).await;
    finish(stage.site).await;
    first
}

/// A message is handed over once, with all that the provider wants, however often it is asked for.
async fn takes(stage: &Stage) -> Taken {
    let case = stage.case(&[], stage.suite.secret).await;
    let message = stage.becomes(&case, MessageState::Sent).await;
    let tried: Vec<_> = message.attempts.iter().map(|one| (one.channel.as_str(), one.succeeded)).collect();
    assert_eq!(tried, [(stage.suite.medium, true)]);
    assert_eq!(stage.count(), (1, 1));
    let taken = stage.suite.peer.taken().remove(0);
    let candidate = case.message.candidate_id.as_str();
    assert_eq!(taken.to, if stage.suite.to.is_empty() { candidate } else { stage.suite.to });
    taken
}

async fn refuses_for_good(stage: &Stage) {
    let mut modes = vec![Mode::BadMessage];
    modes.extend(stage.suite.has_bad_addresses.then_some(Mode::BadAddress));
    for mode in modes {
        let before = stage.count();
        let case = stage.case(&[mode], stage.suite.secret).await;
        let message = stage.becomes(&case, MessageState::Failed).await;
        assert_eq!(stage.why_failed(&case).await, "CHANNEL_REJECTED", "{mode:?}");
        assert_eq!((message.attempts.len(), stage.count()), (1, (before.0 + 1, before.1)), "{mode:?}");
        let error = &message.attempts[0].error;
        assert!(!error.contains("138") && !error.contains(stage.suite.secret), "no number and no secret: {error}");
    }
}

/// Another try, and not before the pause that was asked for.
async fn is_busy(stage: &Stage) {
    let before = stage.count();
    let case = stage.case(&[Mode::Busy], stage.suite.secret).await;
    let message = stage.tried(&case).await;
    assert_eq!(message.state(), MessageState::Queued);
    let id = case.message.message_id.replace("msg", "tenant").parse::<TenantId>().unwrap().0;
    let service = chassis::TenantCtx::service(case.tenant, "test");
    let mut tx = stage.site.db("outreach").begin(&service).await.unwrap();
    let pause: f64 = sqlx::query_scalar(
        "SELECT extract(epoch FROM m.next_time - a.end_time)::float8
         FROM open_messages m JOIN attempts a USING (tenant_id, message_id) WHERE m.message_id = $1",
    )
    .bind(id)
    .fetch_one(tx.conn())
    .await
    .unwrap();
    drop(tx);
    assert!(pause >= 60.0, "a pause of {pause} s");
    stage.site.clock().advance(LATER).unwrap();
    let message = stage.becomes(&case, MessageState::Sent).await;
    assert_eq!((message.attempts.len(), stage.count()), (2, (before.0 + 2, before.1 + 1)));
}

/// The provider has it and did not say so in a way that can be read.
async fn leaves_in_doubt(stage: &Stage, mode: Mode) {
    let before = stage.suite.peer.taken().len();
    let case = stage.case(&[mode], stage.suite.secret).await;
    if stage.suite.knows_again {
        stage.tried(&case).await;
        stage.site.clock().advance(LATER).unwrap();
        stage.becomes(&case, MessageState::Sent).await;
        let taken = &stage.suite.peer.taken()[before..];
        assert!(taken.len() == 2 && taken[0].id == taken[1].id && !taken[0].id.is_empty(), "{mode:?}: {taken:?}");
    } else {
        let message = stage.becomes(&case, MessageState::Failed).await;
        assert_eq!(stage.why_failed(&case).await, "OUTCOME_UNKNOWN", "{mode:?}");
        assert_eq!((message.attempts.len(), stage.suite.peer.taken().len()), (1, before + 1), "{mode:?}: not repeated");
    }
}

/// Wrong credentials: nothing is lost, and it goes on when they are mended.
async fn does_not_know_us(stage: &Stage) {
    let before = stage.count();
    let case = stage.case(&[], stage.suite.wrong_secret).await;
    let message = stage.tried(&case).await;
    assert_eq!((message.state(), stage.count()), (MessageState::Queued, before));
    let channel_id = case.channel.channel_id.clone();
    let asked = TestChannelRequest { channel_id: channel_id.clone(), ..TestChannelRequest::default() };
    let tested = test(&stage.site, &case.tenant, asked).await;
    assert_eq!(tested.result(), ChannelTestResult::BadChannel, "{}", tested.detail);

    let mended = UpdateChannelRequest {
        channel_id,
        secret: stage.suite.secret.to_owned(),
        update_mask: Some(prost_types::FieldMask { paths: vec!["secret".to_owned()] }),
        ..UpdateChannelRequest::default()
    };
    let request = stage.site.request(&case.tenant, Role::Owner, mended);
    let UpdateChannelResponse { channel } =
        ChannelServiceClient::new(stage.site.channel()).update_channel(request).await.unwrap().into_inner();
    assert_ne!(channel.unwrap().etag, case.channel.etag);
    stage.site.clock().advance(LATER).unwrap();
    stage.becomes(&case, MessageState::Sent).await;
    assert_eq!(stage.suite.peer.taken().len(), before.1 + 1);
}

/// A redirect is not followed: it could lead anywhere.
async fn leads_elsewhere(stage: &Stage) {
    let case = stage.case(&[Mode::Redirect], stage.suite.secret).await;
    assert_eq!(stage.tried(&case).await.state(), MessageState::Queued);
    assert!(stage.suite.peer.requests().iter().all(|request| request.path != "/elsewhere"));
    let message_id = case.message.message_id.clone();
    let request = CancelMessageRequest { message_id, request_id: String::new() };
    let request = stage.site.request(&case.tenant, Role::Recruiter, request);
    MessageServiceClient::new(stage.site.channel()).cancel_message(request).await.unwrap();
}

async fn tests_itself(stage: &Stage) {
    let case = stage.case(&[], stage.suite.secret).await;
    stage.becomes(&case, MessageState::Sent).await;
    let before = stage.suite.peer.taken().len();
    let ask = TestChannelRequest { channel_id: case.channel.channel_id.clone(), ..TestChannelRequest::default() };
    let silent = test(&stage.site, &case.tenant, ask.clone()).await;
    assert_eq!((silent.result(), silent.detail.as_str()), (ChannelTestResult::Passed, ""));
    assert_eq!(stage.suite.peer.taken().len(), before, "nobody is written to");
    let address = if stage.suite.to.is_empty() { "somebody" } else { stage.suite.to };
    let ask = TestChannelRequest {
        address: address.to_owned(),
        kind: MessageKind::InterviewInvitation.into(),
        language: "zh-CN".to_owned(),
        ..ask
    };
    let loud = test(&stage.site, &case.tenant, ask.clone()).await;
    assert_eq!(loud.result(), ChannelTestResult::Passed, "{}", loud.detail);
    assert_eq!(stage.suite.peer.taken()[before..].iter().map(|taken| taken.to.as_str()).collect::<Vec<_>>(), [address]);
    stage.suite.peer.plan(&[Mode::BadMessage, Mode::Busy]);
    assert_eq!(test(&stage.site, &case.tenant, ask.clone()).await.result(), ChannelTestResult::BadMessage);
    let busy = test(&stage.site, &case.tenant, ask).await;
    assert_eq!(busy.result(), ChannelTestResult::TryLater);
    assert!(busy.retry_after.is_some_and(|pause| pause.seconds >= 60));
}
