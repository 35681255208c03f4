//! A mail server on the loopback interface that keeps what it gets and misbehaves when told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

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
}

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
}

#[derive(Debug, Clone)]
struct Desk {
    book: Arc<Mutex<Book>>,
    open: watch::Sender<bool>,
}

/// The server. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) url: String,
    desk: Desk,
    listening: JoinHandle<()>,
}

impl Sink {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let desk = Desk { book: Arc::default(), open: watch::Sender::new(true) };
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
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 sink ready").await?;
    let mut to = Vec::new();
    loop {
        let line = hear(&mut stream).await?;
        let command = line.to_ascii_uppercase();
        if command.starts_with("EHLO") {
            say(&mut stream, "250 sink").await?;
        } else if command.starts_with("RCPT") {
            to.push(line.split(['<', '>']).nth(1)?.to_owned());
            say(&mut stream, "250 yes").await?;
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

async fn take(stream: &mut BufReader<TcpStream>, desk: &Desk, to: Vec<String>) -> Option<()> {
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
        _ => say(stream, "250 taken").await,
    }
}

async fn say(stream: &mut BufReader<TcpStream>, words: &str) -> Option<()> {
    stream.write_all(format!("{words}\r\n").as_bytes()).await.ok()
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}
