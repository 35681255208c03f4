//! Mails over LMTP, by a real socket and without any library's help: what a mail server does, and what none does.

use testkit::Tuning;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::*;

struct Gate(TcpStream);

impl Gate {
    /// Connected, and greeted.
    async fn open(address: SocketAddr) -> Self {
        let mut gate = Self(TcpStream::connect(address).await.unwrap());
        assert_eq!(gate.codes(1).await, ["220"]);
        gate
    }

    async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The codes of so many answers; fewer when the connection ends.
    async fn codes(&mut self, count: usize) -> Vec<String> {
        let mut codes = Vec::new();
        while codes.len() < count {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                match self.0.read_u8().await {
                    Ok(byte) => line.push(byte),
                    Err(_) => return codes,
                }
            }
            let line = String::from_utf8(line).unwrap();
            if line.as_bytes()[3] == b' ' {
                codes.push(line[..3].to_owned());
            }
        }
        codes
    }

    /// Hands a mail over for these, all in one write as with PIPELINING. The answers to the recipients and to the mail.
    async fn hand_over(&mut self, recipients: &[&str], mail: &[u8]) -> Vec<String> {
        let mut talk = "LHLO gate.example.com\r\nMAIL FROM:<> BODY=8BITMIME\r\n".to_owned();
        for recipient in recipients {
            talk += &format!("RCPT TO:<{recipient}>\r\n");
        }
        self.say(talk + "DATA\r\n").await;
        let mut codes = self.codes(recipients.len() + 3).await.split_off(2);
        if codes.pop().as_deref() != Some("354") {
            return codes;
        }
        let taken = codes.iter().filter(|code| *code == "250").count();
        self.say(mail).await;
        self.say("\r\n.\r\n").await;
        codes.extend(self.codes(taken).await);
        codes
    }
}

#[tokio::test]
async fn each_recipient_is_answered_for_itself_once_its_reply_is_kept() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, address) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let (ours, theirs) = (site.tenant(), site.tenant());
    let (message, one) = invited(&site, &ours, folder.path(), &reader(&talent, Language::ZhCn)).await;
    let candidate = reader(&talent, Language::En);
    let (_, gone) = invited(&site, &ours, folder.path(), &candidate).await;
    crate::erased::erase(&site, &ours, &candidate).await;
    let other = inbox(&site, &theirs).await;

    let mut gate = Gate::open(address).await;
    // 好的，我会准时到 in GB 18030, as it is: 8 bits, and no word about the charset but the header's.
    let mut eight = mail(READER, &["Content-Type: text/plain; charset=gb18030"], "").into_bytes();
    eight.extend(b"\xba\xc3\xb5\xc4\xa3\xac\xce\xd2\xbb\xe1\xd7\xbc\xca\xb1\xb5\xbd");
    let forged = one.replace("r+", "r+a");
    let codes = gate.hand_over(&[&one, &forged, &gone, &other, "hr@example.com"], &eight).await;
    assert_eq!(codes, ["250", "550", "250", "250", "550", "250", "550", "250"]);
    let kept = replies(&site, &ours, ListRepliesRequest::default()).await;
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((kept.text.as_str(), &kept.message_id), ("好的，我会准时到", &message.message_id));
    assert_eq!(kept.intent(), ReplyIntent::Confirm);
    assert_eq!(waiting(&site, &theirs).await.len(), 1);
    assert!(waiting(&site, &ours).await.is_empty());

    assert_eq!(gate.hand_over(&[&one], b"").await, ["250", "554"], "the session goes on, but that is no mail");
    assert_eq!(gate.hand_over(&[&one], &eight).await, ["250", "250"], "known, and kept");
    assert_eq!(replies(&site, &ours, ListRepliesRequest::default()).await.len(), 1);
    finish(site).await;
    assert_eq!(gate.codes(2).await, ["421"], "a server that stops says so");
}

#[tokio::test]
async fn who_does_not_hear_the_answer_comes_again_and_it_is_the_same_reply() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, address) = receiving(folder.path(), &talent);
    let site = Site::start_with(Tuning { wires: true, ..Tuning::default() }, services).await;
    let tenant = site.tenant();
    let (_, recipient) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::En)).await;
    let yes = mail(READER, &[], "Yes, I confirm.");

    let mut gate = Gate::open(address).await;
    gate.say(format!("LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n")).await;
    assert_eq!(gate.codes(4).await, ["250", "250", "250", "354"]);
    gate.say(format!("{yes}\r\n.\r\n")).await;
    drop(gate);
    eventually("it is kept, and nobody heard", async || {
        replies(&site, &tenant, ListRepliesRequest::default()).await.len() == 1
    })
    .await;
    assert_eq!(Gate::open(address).await.hand_over(&[&recipient], yes.as_bytes()).await, ["250", "250"]);
    assert_eq!(replies(&site, &tenant, ListRepliesRequest::default()).await.len(), 1);

    // Without a database it is kept by the mail server.
    let no = mail(READER, &[], "Sorry, I have to decline.");
    let mut gate = Gate::open(address).await;
    site.wires().database.cut();
    assert_eq!(gate.hand_over(&[&recipient], no.as_bytes()).await, ["250", "451"]);
    site.wires().database.mend();
    eventually("it is taken later", async || gate.hand_over(&[&recipient], no.as_bytes()).await == ["250", "250"])
        .await;
    let intents: Vec<_> = said(&site, &tenant).await.iter().map(ReplyClassified::intent).collect();
    assert_eq!(intents, [ReplyIntent::Confirm, ReplyIntent::Decline]);
    finish(site).await;
}

#[tokio::test]
async fn a_crash_between_the_commit_and_the_answer_leaves_one_reply() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, address) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let (_, recipient) = invited(&site, &tenant, folder.path(), &reader(&talent, Language::En)).await;
    let yes = mail(READER, &[], "Yes, I confirm.");
    let mut gate = Gate::open(address).await;
    gate.say(format!("LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n")).await;
    assert_eq!(gate.codes(4).await, ["250", "250", "250", "354"]);
    gate.say(format!("{yes}\r\n.\r\n")).await;
    // It ends at any moment from now on: before the commit, after it, or after the answer.
    let (services, address) = receiving(folder.path(), &talent);
    let site = site.restart(services).await;
    assert_eq!(Gate::open(address).await.hand_over(&[&recipient], yes.as_bytes()).await, ["250", "250"]);
    assert_eq!(replies(&site, &tenant, ListRepliesRequest::default()).await.len(), 1);
    assert_eq!(said(&site, &tenant).await.len(), 1);
    finish(site).await;
}

#[tokio::test]
async fn what_no_mail_server_sends_does_no_harm() {
    let (folder, talent) = (tempfile::tempdir().unwrap(), Talent::default());
    let (services, address) = receiving(folder.path(), &talent);
    let site = Site::start(services).await;
    let tenant = site.tenant();
    let own = inbox(&site, &tenant).await;

    // A line without an end, and bytes that are no text.
    let mut gate = Gate::open(address).await;
    gate.say("LHLO a\r\n").await;
    gate.say(vec![b'x'; 100_000]).await;
    gate.say("\r\nNOOP\r\n").await;
    let mut codes = gate.codes(2).await;
    while !codes.iter().any(|code| code == "421") && codes.iter().filter(|code| *code == "250").count() < 2 {
        let more = gate.codes(1).await;
        assert!(!more.is_empty(), "it says how it goes on: {codes:?}");
        codes.extend(more);
    }
    drop(gate);
    let mut gate = Gate::open(address).await;
    gate.say(b"LHLO \xff\xfe\r\nMAIL FROM:<\xe5\xe4@\x80>\r\n\0\0\0\r\nRCPT TO:<\r\n>\r\nDATA\r\nNOOP\r\n").await;
    assert_eq!(gate.codes(7).await, ["250", "250", "500", "501", "500", "503", "250"]);
    drop(gate);

    // A line end of another kind does not end a mail, so that no second one is smuggled in.
    let smuggled =
        format!("MAIL FROM:<evil@example.com>\r\nRCPT TO:<{own}>\r\nDATA\r\nFrom: evil@example.com\r\n\r\nsmuggled");
    for end in ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\r.\r\n"] {
        let mut gate = Gate::open(address).await;
        let body = format!("{}{end}{smuggled}", mail(READER, &[], "honest"));
        assert_eq!(gate.hand_over(&[&own], body.as_bytes()).await, ["250", "250"], "{end:?}");
        gate.say("NOOP\r\n").await;
        assert_eq!(gate.codes(1).await, ["250"], "nothing else was answered after {end:?}");
    }
    let kept = waiting(&site, &tenant).await;
    assert_eq!(kept.len(), 5);
    assert!(kept.iter().all(|reply| reply.sender_address == READER), "{kept:?}");

    // What is too long is refused to each, and nothing of it is kept.
    let mut gate = Gate::open(address).await;
    let long = vec![b'y'; 11 * 1024 * 1024];
    assert_eq!(gate.hand_over(&[&own], &long).await, ["250", "552"]);
    assert_eq!(gate.hand_over(&[&own], mail(READER, &[], "short").as_bytes()).await, ["250", "250"]);
    assert_eq!(waiting(&site, &tenant).await.len(), 6);
    drop(gate);

    // Whoever goes in the middle of a mail has sent none.
    let mut gate = Gate::open(address).await;
    gate.say(format!("LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{own}>\r\nDATA\r\nFrom: a@example.com\r\n\r\nhalf")).await;
    assert_eq!(gate.codes(4).await, ["250", "250", "250", "354"]);
    drop(gate);
    // Whoever comes when all places are taken is greeted when one is free.
    let mut gates = Vec::new();
    for _ in 0..16 {
        gates.push(Gate::open(address).await);
    }
    let mut late = Gate(TcpStream::connect(address).await.unwrap());
    gates.pop();
    assert_eq!(late.codes(1).await, ["220"]);
    drop((gates, late));
    assert_eq!(
        Gate::open(address).await.hand_over(&[&own], mail(READER, &[], "last").as_bytes()).await,
        ["250", "250"]
    );
    assert_eq!(waiting(&site, &tenant).await.len(), 7);
    finish(site).await;
}
