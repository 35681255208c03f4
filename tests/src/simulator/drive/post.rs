//! A candidate's answer by mail, handed over as the mail server in front of the suite does it: LMTP (RFC 2033).

use std::net::SocketAddr;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    sync::Semaphore,
};

/// The suite talks with sixteen at once; a mail server keeps to fewer.
const AT_ONCE: usize = 8;

/// The mail server in front.
#[derive(Debug)]
pub struct Post {
    address: SocketAddr,
    lines: Semaphore,
}

/// A mail that somebody writes.
#[derive(Debug, Clone)]
pub struct Written {
    /// Who writes.
    pub from: String,
    /// The signed address that the mail named.
    pub to: String,
    /// The mail that is answered, with its brackets.
    pub answers: String,
    /// Its subject.
    pub subject: String,
    /// In the writer's words.
    pub words: String,
}

impl Post {
    /// That hands over to there.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, lines: Semaphore::new(AT_ONCE) }
    }

    /// Hands a mail over. It is kept when this returns.
    pub async fn send(&self, written: &Written) {
        let _line = self.lines.acquire().await.expect("nobody closes it");
        let stream = TcpStream::connect(self.address).await.expect("the suite takes mails");
        let mut stream = BufReader::new(stream);
        expect(&mut stream, "220").await;
        let Written { from, to, .. } = written;
        for (line, code) in [
            ("LHLO front.example".to_owned(), "250"),
            (format!("MAIL FROM:<{from}> BODY=8BITMIME"), "250"),
            (format!("RCPT TO:<{to}>"), "250"),
            ("DATA".to_owned(), "354"),
            (format!("{}\r\n.", mail(written)), "250"),
            ("QUIT".to_owned(), "221"),
        ] {
            stream.write_all(format!("{line}\r\n").as_bytes()).await.expect("the suite reads");
            expect(&mut stream, code).await;
        }
    }
}

fn mail(written: &Written) -> String {
    let Written { from, to, answers, subject, words } = written;
    let id = uuid::Uuid::now_v7();
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Re: {subject}\r\nMessage-ID: <{id}@people.example>\r\nIn-Reply-To: {answers}\r\n\
         References: {answers}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{words}\r\n"
    )
}

/// Reads an answer of however many lines.
async fn expect(stream: &mut BufReader<TcpStream>, code: &str) {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.expect("the suite answers");
        assert!(line.starts_with(code), "{line}");
        if line.as_bytes().get(3) != Some(&b'-') {
            return;
        }
    }
}
