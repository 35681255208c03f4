use std::sync::Mutex;

use async_trait::async_trait;
use tokio::net::TcpListener;

use super::*;
use crate::lmtp::serve;

/// Keeps what it takes; `later@…` is never kept, `broken@…` never read.
#[derive(Default)]
struct Kept(Mutex<Vec<(String, Vec<u8>)>>);

#[async_trait]
impl Inbox for Kept {
    fn is_ours(&self, recipient: &str) -> bool {
        recipient.ends_with("@in.example.com")
    }

    async fn take(&self, recipients: &[String], mail: Vec<u8>) -> Vec<Taken> {
        let one = |recipient: &String| match recipient.split('@').next() {
            Some("later") => Taken::Later,
            Some("broken") => Taken::Unreadable,
            Some("gone") => Taken::Unknown,
            _ => {
                self.0.lock().unwrap().push((recipient.to_owned(), mail.clone()));
                Taken::Kept
            }
        };
        recipients.iter().map(one).collect()
    }
}

struct Client {
    stream: TcpStream,
    kept: Arc<Kept>,
    stop: CancellationToken,
}

impl Client {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (kept, stop) = (Arc::<Kept>::default(), CancellationToken::new());
        tokio::spawn(serve(listener, kept.clone(), stop.clone()));
        let mut client = Self { stream: TcpStream::connect(address).await.unwrap(), kept, stop };
        assert_eq!(client.answers(1).await, ["220"]);
        client
    }

    async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// The codes of the next answers; the middle lines of one are passed over.
    async fn answers(&mut self, count: usize) -> Vec<String> {
        let mut codes = Vec::new();
        while codes.len() < count {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                match self.stream.read_u8().await {
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
}

const MAIL: &str = "MAIL FROM:<somebody@example.org>\r\n";

#[tokio::test]
async fn each_recipient_has_an_answer_and_dots_are_unstuffed() {
    let mut client = Client::new().await;
    client
        .say(&format!(
            "LHLO mail.example.com\r\n{MAIL}RCPT TO:<reply+a@in.example.com>\r\nRCPT TO:<later@in.example.com>\r\n\
             RCPT TO:<nobody@example.net>\r\nRCPT TO:<broken@in.example.com>\r\nDATA\r\n"
        ))
        .await;
    assert_eq!(client.answers(7).await, ["250", "250", "250", "250", "550", "250", "354"]);
    client.say("Subject: x\r\n\r\n..one\r\ntwo\r\n.\r\n").await;
    assert_eq!(client.answers(3).await, ["250", "451", "554"]);
    let kept = client.kept.0.lock().unwrap().clone();
    assert_eq!(kept, [("reply+a@in.example.com".to_owned(), b"Subject: x\r\n\r\n.one\r\ntwo\r\n".to_vec())]);
}

#[tokio::test]
async fn a_mail_that_arrives_byte_by_byte_is_the_same_mail() {
    let mut client = Client::new().await;
    let talk =
        format!("LHLO a\r\n{MAIL}RCPT TO:<a@in.example.com>\r\nDATA\r\nSubject: y\r\n\r\n..\r\nend\r\n.\r\nQUIT\r\n");
    for byte in talk.bytes() {
        client.stream.write_all(&[byte]).await.unwrap();
        client.stream.flush().await.unwrap();
    }
    assert_eq!(client.answers(6).await, ["250", "250", "250", "354", "250", "221"]);
    assert_eq!(client.kept.0.lock().unwrap()[0].1, b"Subject: y\r\n\r\n.\r\nend\r\n");
}

#[tokio::test]
async fn what_is_out_of_order_is_refused_and_too_much_of_it_ends_the_session() {
    let mut client = Client::new().await;
    client.say(&format!("EHLO a\r\n{MAIL}LHLO a\r\nRCPT TO:<a@in.example.com>\r\n{MAIL}DATA\r\n{MAIL}")).await;
    assert_eq!(client.answers(7).await, ["502", "503", "250", "503", "250", "503", "503"]);
    client.say(&"VRFY a\r\n".repeat(20)).await;
    assert_eq!(client.answers(10).await, ["502", "502", "502", "502", "421"], "and then nothing more");
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_the_session_goes_on() {
    let mut client = Client::new().await;
    client.say(&format!("LHLO a\r\nMAIL FROM:<a@example.org> SIZE={}\r\n", LONGEST_MAIL + 1)).await;
    assert_eq!(client.answers(2).await, ["250", "552"]);
    client.say(&format!("{MAIL}RCPT TO:<a@in.example.com>\r\nRCPT TO:<b@in.example.com>\r\nDATA\r\n")).await;
    assert_eq!(client.answers(4).await, ["250", "250", "250", "354"]);
    let line = format!("{}\r\n", "x".repeat(998));
    for _ in 0..=LONGEST_MAIL / line.len() {
        client.say(&line).await;
    }
    client.say(".\r\n").await;
    assert_eq!(client.answers(2).await, ["552", "552"]);
    client.say(&"y".repeat(10_000)).await;
    client.say(&format!("\r\n{MAIL}")).await;
    let answers = client.answers(2).await;
    assert!(answers.iter().all(|code| code.starts_with('5') || code == "250"), "{answers:?}");
    assert!(client.kept.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_server_that_stops_says_so_between_mails() {
    let mut client = Client::new().await;
    client.say("LHLO a\r\n").await;
    assert_eq!(client.answers(1).await, ["250"]);
    client.stop.cancel();
    assert_eq!(client.answers(2).await, ["421"]);
}
