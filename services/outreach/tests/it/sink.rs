//! A mail server on the loopback interface that keeps what it gets and misbehaves when told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What it does with a mail.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    Take,
    /// Reads the mail and refuses it with these words.
    Say(&'static str),
    /// Closes the connection while the mail comes in.
    DropDuringData,
    /// Takes the mail and closes the connection before it says so.
    DropAfterData,
    /// Refuses the recipient with these words.
    SayToRecipient(&'static str),
    /// Takes the mail and never says anything again.
    SilentAfterData,
    /// Takes the mail, and then says that it closes the connection, before the next one.
    TakeAndLeave,
    /// Says what no mail server says, without an end.
    Babble,
}

/// What it offers to whom it greets.
#[derive(Clone, Default)]
pub(crate) struct Offers {
    pub(crate) pipelining: bool,
    /// User and password, without whom it takes nothing.
    pub(crate) login: Option<(&'static str, &'static str)>,
    pub(crate) login_by_steps: bool,
    pub(crate) starttls: Option<Arc<ServerConfig>>,
    /// TLS from the first byte.
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

type Line = BufReader<Box<dyn Stream>>;

/// A mail with its envelope.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mail {
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
    pub(crate) taken: bool,
}

impl Mail {
    pub(crate) fn message_id(&self) -> String {
        let line = self.text.lines().find_map(|line| line.strip_prefix("Message-ID: "));
        line.expect("a mail has a Message-ID").to_owned()
    }
}

#[derive(Debug, Default)]
struct Book {
    plan: VecDeque<Answer>,
    mails: Vec<Mail>,
    begun: usize,
    greeted: usize,
    senders: Vec<String>,
}

#[derive(Clone)]
struct Desk {
    offers: Offers,
    book: Arc<Mutex<Book>>,
    open: watch::Sender<bool>,
}

/// The server. It ends when it is dropped.
pub(crate) struct Sink {
    pub(crate) url: String,
    desk: Desk,
    listening: JoinHandle<()>,
}

impl Sink {
    pub(crate) async fn new() -> Self {
        Self::offering(Offers::default()).await
    }

    pub(crate) async fn offering(offers: Offers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let desk = Desk { offers, book: Arc::default(), open: watch::Sender::new(true) };
        let serving = desk.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, serving.clone()));
            }
        });
        Self { url, desk, listening }
    }

    /// What it does with the next mails; it takes those after them.
    pub(crate) fn plan(&self, answers: &[Answer]) {
        self.desk.book.lock().unwrap().plan.extend(answers);
    }

    /// Keeps everybody waiting who has a mail, until told otherwise.
    pub(crate) fn hold(&self) {
        self.desk.open.send_replace(false);
    }

    pub(crate) fn release(&self) {
        self.desk.open.send_replace(true);
    }

    /// How often somebody began to hand a mail over.
    pub(crate) fn begun(&self) -> usize {
        self.desk.book.lock().unwrap().begun
    }

    /// How many connections there were.
    pub(crate) fn greeted(&self) -> usize {
        self.desk.book.lock().unwrap().greeted
    }

    /// Whom the envelopes were from.
    pub(crate) fn senders(&self) -> Vec<String> {
        self.desk.book.lock().unwrap().senders.clone()
    }

    /// What came in whole, refused or not.
    pub(crate) fn seen(&self) -> Vec<Mail> {
        self.desk.book.lock().unwrap().mails.clone()
    }

    /// What it took.
    pub(crate) fn taken(&self) -> Vec<Mail> {
        self.seen().into_iter().filter(|mail| mail.taken).collect()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// One connection. `None` when it is over, for whichever reason.
async fn serve(stream: TcpStream, desk: Desk) -> Option<()> {
    desk.book.lock().unwrap().greeted += 1;
    let tls = desk.offers.tls.clone();
    let mut secured = tls.is_some();
    let mut stream: Line = match tls {
        Some(tls) => secure(Box::new(stream), tls).await?,
        None => BufReader::new(Box::new(stream)),
    };
    say(&mut stream, "220 sink ready").await?;
    let mut to = Vec::new();
    let mut known = desk.offers.login.is_none();
    loop {
        let line = hear(&mut stream).await?;
        let command = line.to_ascii_uppercase();
        if command.starts_with("EHLO") {
            say(&mut stream, &offered(&desk.offers, secured)).await?;
        } else if command.starts_with("STARTTLS") {
            say(&mut stream, "220 go on").await?;
            stream = secure(stream.into_inner(), desk.offers.starttls.clone()?).await?;
            secured = true;
        } else if command.starts_with("AUTH") {
            known = log_in(&mut stream, &line, desk.offers.login).await?;
            say(&mut stream, if known { "235 2.7.0 yes" } else { "535 5.7.8 no" }).await?;
        } else if command.starts_with("MAIL") {
            desk.book.lock().unwrap().senders.push(line.split(['<', '>']).nth(1)?.to_owned());
            say(&mut stream, if known { "250 yes" } else { "530 5.7.0 log in first" }).await?;
        } else if command.starts_with("RCPT") {
            match desk.planned_for_recipient() {
                Some(words) => say(&mut stream, words).await?,
                None => {
                    to.push(line.split(['<', '>']).nth(1)?.to_owned());
                    say(&mut stream, "250 yes").await?;
                }
            }
        } else if command.starts_with("DATA") && to.is_empty() {
            say(&mut stream, "554 5.5.1 nobody to take it to").await?;
        } else if command.starts_with("DATA") {
            take(&mut stream, &desk, std::mem::take(&mut to)).await?;
        } else if command.starts_with("QUIT") {
            say(&mut stream, "221 bye").await?;
            return None;
        } else {
            say(&mut stream, "250 yes").await?;
        }
    }
}

impl Desk {
    /// What it says to the next recipient, where that is planned.
    fn planned_for_recipient(&self) -> Option<&'static str> {
        let mut book = self.book.lock().unwrap();
        let Some(Answer::SayToRecipient(words)) = book.plan.front().copied() else { return None };
        book.plan.pop_front();
        book.begun += 1;
        Some(words)
    }
}

fn offered(offers: &Offers, secured: bool) -> String {
    let mut lines = vec!["250-sink"];
    lines.extend(offers.pipelining.then_some("250-PIPELINING"));
    lines.extend((offers.starttls.is_some() && !secured).then_some("250-STARTTLS"));
    let by = if offers.login_by_steps { "250-AUTH CRAM-MD5 LOGIN" } else { "250-AUTH LOGIN PLAIN" };
    lines.extend(offers.login.is_some().then_some(by));
    lines.push("250 HELP");
    lines.join("\r\n")
}

async fn secure(stream: Box<dyn Stream>, tls: Arc<ServerConfig>) -> Option<Line> {
    Some(BufReader::new(Box::new(TlsAcceptor::from(tls).accept(stream).await.ok()?)))
}

async fn log_in(stream: &mut Line, line: &str, login: Option<(&str, &str)>) -> Option<bool> {
    let text = |encoded: &str| String::from_utf8(STANDARD.decode(encoded).ok()?).ok();
    let (user, password) = if let Some(plain) = line.strip_prefix("AUTH PLAIN ") {
        let plain = text(plain)?;
        let (user, password) = plain.strip_prefix('\0')?.split_once('\0')?;
        (user.to_owned(), password.to_owned())
    } else {
        say(stream, "334 VXNlcm5hbWU6").await?;
        let user = text(&hear(stream).await?)?;
        say(stream, "334 UGFzc3dvcmQ6").await?;
        (user, text(&hear(stream).await?)?)
    };
    Some(login == Some((&user, &password)))
}

async fn take(stream: &mut Line, desk: &Desk, to: Vec<String>) -> Option<()> {
    let answer = {
        let mut book = desk.book.lock().unwrap();
        book.begun += 1;
        book.plan.pop_front().unwrap_or(Answer::Take)
    };
    say(stream, "354 go on").await?;
    let mut text = String::new();
    loop {
        let line = hear(stream).await?;
        if matches!(answer, Answer::DropDuringData) {
            return None;
        }
        if line == "." {
            break;
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push_str("\r\n");
    }
    desk.open.subscribe().wait_for(|open| *open).await.ok()?;
    let taken = !matches!(answer, Answer::Say(_));
    desk.book.lock().unwrap().mails.push(Mail { to, text, taken });
    match answer {
        Answer::Say(words) => say(stream, words).await,
        Answer::DropAfterData => None,
        // Until the other side has had enough.
        Answer::SilentAfterData => {
            let _ = stream.read_to_end(&mut Vec::new()).await;
            None
        }
        Answer::TakeAndLeave => {
            say(stream, "250 taken").await?;
            hear(stream).await?;
            say(stream, "421 4.3.2 that was enough").await?;
            None
        }
        Answer::Babble => {
            while stream.write_all(&[b'2'; 1_024]).await.is_ok() {}
            None
        }
        _ => say(stream, "250 taken").await,
    }
}

async fn say(stream: &mut Line, words: &str) -> Option<()> {
    stream.write_all(format!("{words}\r\n").as_bytes()).await.ok()
}

async fn hear(stream: &mut Line) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}
