//! The other side of a channel over HTTP: reads requests, answers as its provider does, and misbehaves when told to.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Take,
    /// The address takes nothing.
    BadAddress,
    /// The message is not allowed.
    BadMessage,
    /// Too many at once; it says how long to wait, where its provider does.
    Busy,
    /// Takes it, and never answers.
    Silent,
    /// Takes it, and closes the connection before it answers.
    Drop,
    /// Takes it, and answers without an end.
    Huge,
    /// Takes it, and answers what its provider never says.
    Garbage,
    /// Takes it, and answers a byte at a time.
    Drip,
    /// Sends whoever asks elsewhere.
    Redirect,
}

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// By names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// A message as its provider got it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) to: String,
    pub(crate) text: String,
    /// By which the provider knows it again; empty where it does not.
    pub(crate) id: String,
}

/// What was asked.
pub(crate) enum Heard {
    Message(Taken),
    /// A token, a check: answered as it is.
    Side(Answer),
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Answer {
    #[expect(clippy::needless_pass_by_value, reason = "callers make it for this")]
    pub(crate) fn json(status: u16, body: impl ToString) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    pub(crate) fn with(mut self, header: &'static str, value: &str) -> Self {
        self.headers.push((header, value.to_owned()));
        self
    }
}

/// How one provider speaks.
pub(crate) trait Provider: Send + Sync + 'static {
    /// Reads a request; one that is not signed as it must be is answered so.
    fn hear(&self, request: &Request) -> Heard;
    /// What it answers to a message: [`Mode::Take`], [`Mode::BadAddress`], [`Mode::BadMessage`] or [`Mode::Busy`].
    fn answer(&self, mode: Mode) -> Answer;
}

#[derive(Default)]
struct Book {
    plan: VecDeque<Mode>,
    taken: Vec<Taken>,
    requests: Vec<Request>,
    begun: usize,
}

/// The server. It ends when it is dropped.
pub(crate) struct Peer {
    pub(crate) url: String,
    book: Arc<Mutex<Book>>,
    listening: JoinHandle<()>,
}

impl Peer {
    pub(crate) async fn new(provider: impl Provider) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (book, provider) = (Arc::<Mutex<Book>>::default(), Arc::new(provider));
        let kept = book.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (book, provider) = (kept.clone(), provider.clone());
                tokio::spawn(async move { serve(stream, &book, provider.as_ref()).await });
            }
        });
        Self { url, book, listening }
    }

    /// What it does with the next messages; it takes those after them.
    pub(crate) fn plan(&self, modes: &[Mode]) {
        self.book.lock().unwrap().plan.extend(modes);
    }

    /// What it took.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.book.lock().unwrap().taken.clone()
    }

    /// How many messages it was handed.
    pub(crate) fn begun(&self) -> usize {
        self.book.lock().unwrap().begun
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.book.lock().unwrap().requests.clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// One connection. `None` when it is over, for whichever reason.
async fn serve(stream: TcpStream, book: &Mutex<Book>, provider: &dyn Provider) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let request = read(&mut stream).await?;
        let heard = provider.hear(&request);
        book.lock().unwrap().requests.push(request);
        let answer = match heard {
            Heard::Side(answer) => answer,
            Heard::Message(taken) => {
                let mode = {
                    let mut book = book.lock().unwrap();
                    book.begun += 1;
                    let mode = book.plan.pop_front().unwrap_or(Mode::Take);
                    if !matches!(mode, Mode::BadAddress | Mode::BadMessage | Mode::Busy | Mode::Redirect) {
                        book.taken.push(taken);
                    }
                    mode
                };
                misbehave(&mut stream, mode).await?;
                provider.answer(mode)
            }
        };
        write(&mut stream, &answer).await?;
    }
}

/// `None` when that was the answer.
async fn misbehave(stream: &mut BufReader<TcpStream>, mode: Mode) -> Option<()> {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    match mode {
        Mode::Take | Mode::BadAddress | Mode::BadMessage | Mode::Busy => return Some(()),
        Mode::Drop => {}
        Mode::Silent => {
            // Until the other side has had enough.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        Mode::Huge => {
            stream.write_all(format!("{HEAD}content-length: 9999999999\r\n\r\n").as_bytes()).await.ok()?;
            while stream.write_all(&[b'{'; 4_096]).await.is_ok() {}
        }
        Mode::Garbage => {
            let page = "<html>It works!</html>";
            let length = page.len();
            stream.write_all(format!("{HEAD}content-length: {length}\r\n\r\n{page}").as_bytes()).await.ok()?;
        }
        Mode::Drip => {
            stream.write_all(format!("{HEAD}content-length: 1000\r\n\r\n").as_bytes()).await.ok()?;
            while stream.write_all(b" ").await.is_ok() && stream.flush().await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
        Mode::Redirect => {
            let away = "HTTP/1.1 307 Away\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(away.as_bytes()).await.ok()?;
        }
    }
    None
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let first = line(stream).await?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = BTreeMap::new();
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let (path, query) = (path.to_owned(), query.to_owned());
    Some(Request { method, path, query, headers, body: String::from_utf8(body).ok()? })
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).await.ok()? > 0).then(|| line.trim_end().to_owned())
}

async fn write(stream: &mut BufReader<TcpStream>, answer: &Answer) -> Option<()> {
    let mut text = format!("HTTP/1.1 {} Said\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(&answer.body);
    stream.write_all(text.as_bytes()).await.ok()
}

/// The pairs of a query or a form, decoded.
pub(crate) fn pairs(text: &str) -> BTreeMap<String, String> {
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned();
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}
