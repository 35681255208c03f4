//! A mail server that takes mails as fast as they come, remembers which and when, and misbehaves when it is told to. It
//! lives in the test's process, so it outlasts the program under test.

use std::{
    collections::HashSet,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use bytes::{Buf as _, BytesMut};
use chassis::Clock;
use memchr::memmem;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const END_OF_DATA: &[u8] = b"\r\n.\r\n";
/// As much as a mail of ours takes, so that most are read at once.
const PIECE: usize = 64 * 1024;

/// What it does otherwise than take a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Reads the mail and refuses it with these words, such as `451 4.3.0 later` or `550 5.1.1 nobody`.
    Say(&'static str),
    /// Closes the connection while the mail comes in.
    DropDuringData,
    /// Takes the mail and closes the connection before it says so: the window that SMTP can not close.
    DropAfterData,
    /// Reads the mail, does not take it and never answers.
    Silent,
    /// Takes it after so long.
    Slow(Duration),
}

/// What became of a mail that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Taken, and said so.
    Taken,
    /// Taken, and the connection was lost before that was said.
    TakenUnsaid,
    /// Refused, or lost on its way: the sender can not take it for sent.
    NotTaken,
}

/// A mail that came in.
#[derive(Debug, Clone)]
pub struct Seen {
    /// With its brackets; empty where the mail has none.
    pub message_id: String,
    /// When it was whole.
    pub time: SystemTime,
    /// What became of it.
    pub fate: Fate,
    /// How long it was.
    pub bytes: usize,
}

impl Seen {
    /// Whether it is in somebody's mailbox now.
    pub fn is_taken(&self) -> bool {
        self.fate != Fate::NotTaken
    }
}

/// What is kept of mails beside when they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// The last one, for a look at it.
    #[default]
    Last,
    /// Each one that was taken, until somebody fetches it.
    Everything,
}

/// What is known of the mails since the last [`Sink::forget`].
#[derive(Debug, Default)]
struct Book {
    seen: Vec<Seen>,
    distinct: HashSet<String>,
    last: Vec<u8>,
    keep: Keep,
    kept: Vec<Vec<u8>>,
    faults: Vec<(u32, Fault)>,
    count: u32,
}

impl Book {
    /// What is done with the next mail. The same ones out of a hundred each time, far from each other.
    fn next_fault(&mut self) -> Option<Fault> {
        let roll = self.count.wrapping_mul(61) % 100;
        self.count = self.count.wrapping_add(1);
        let mut below = 0;
        self.faults.iter().find_map(|(percent, fault)| {
            below += percent;
            (roll < below).then_some(*fault)
        })
    }
}

/// A running mail server.
#[derive(Debug, Clone)]
pub struct Sink {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

impl Sink {
    /// Listens on loopback until the test's runtime ends.
    pub async fn start() -> Self {
        Self::start_keeping(Keep::Last).await
    }

    /// The same, keeping more or less of the mails.
    pub async fn start_keeping(keep: Keep) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
        let sink = Self { address: listener.local_addr().expect("a listener has an address"), book: Arc::default() };
        sink.book().keep = keep;
        let serving = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that dies in the middle of a mail has not handed it over.
                tokio::spawn(serve(stream, serving.clone()));
            }
        });
        sink
    }

    /// `smtp://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it does with so many of a hundred mails from now on; it takes the others. None: it takes all.
    pub fn misbehave(&self, faults: &[(u32, Fault)]) {
        self.book().faults = faults.to_vec();
    }

    /// Everything that came in, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.book().seen.clone()
    }

    /// How many different mails it has taken.
    pub fn distinct(&self) -> usize {
        self.book().distinct.len()
    }

    /// The last mail as it came over the wire.
    pub fn last(&self) -> Vec<u8> {
        self.book().last.clone()
    }

    /// The mails that were taken since the last time, as they came over the wire; see [`Keep::Everything`].
    pub fn fetch(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.book().kept)
    }

    /// Begins anew.
    pub fn forget(&self) {
        let mut book = self.book();
        book.seen.clear();
        book.distinct.clear();
    }

    /// The Message-IDs of everything that was taken, in order.
    pub fn message_ids(&self) -> Vec<String> {
        self.seen().into_iter().filter(Seen::is_taken).map(|seen| seen.message_id).collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("nobody panics while holding this")
    }

    fn note(&self, mail: &[u8], fate: Fate) {
        let message_id = message_id(mail);
        let mut book = self.book();
        if fate != Fate::NotTaken {
            book.distinct.insert(message_id.clone());
            book.last.clear();
            book.last.extend_from_slice(mail);
            if book.keep == Keep::Everything {
                book.kept.push(mail.to_vec());
            }
        }
        book.seen.push(Seen { message_id, time: Clock::system().now().into(), fate, bytes: mail.len() });
    }
}

/// One connection, until either side ends it.
async fn serve(mut stream: TcpStream, sink: Sink) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.write_all(b"220 sink ESMTP\r\n").await?;
    let (mut input, mut output) = (BytesMut::with_capacity(PIECE), Vec::new());
    loop {
        // Commands that came together are answered together (RFC 2920).
        let Some(line) = next_line(&mut input) else {
            stream.write_all(&output).await?;
            output.clear();
            more(&mut stream, &mut input).await?;
            continue;
        };
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_slice() {
            b"EHLO" => output.extend_from_slice(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"),
            b"DATA" => {
                output.extend_from_slice(b"354 go on\r\n");
                stream.write_all(&output).await?;
                output.clear();
                let Some(answer) = take(&mut stream, &mut input, &sink).await? else { return Ok(()) };
                output.extend_from_slice(answer.as_bytes());
                output.extend_from_slice(b"\r\n");
            }
            b"QUIT" => return stream.write_all(b"221 bye\r\n").await,
            _ => output.extend_from_slice(b"250 ok\r\n"),
        }
    }
}

/// Reads a mail and decides on it. `None` ends the connection.
async fn take(stream: &mut TcpStream, input: &mut BytesMut, sink: &Sink) -> io::Result<Option<&'static str>> {
    let fault = sink.book().next_fault();
    let mut looked = 0;
    let end = loop {
        if let Some(found) = memmem::find(&input[looked..], END_OF_DATA) {
            break looked + found;
        }
        looked = input.len().saturating_sub(END_OF_DATA.len());
        if fault == Some(Fault::DropDuringData) && !input.is_empty() {
            sink.note(input, Fate::NotTaken);
            return Ok(None);
        }
        more(stream, input).await?;
    };
    let mail = input.split_to(end);
    input.advance(END_OF_DATA.len());
    match fault {
        None => sink.note(&mail, Fate::Taken),
        Some(Fault::Slow(pause)) => {
            tokio::time::sleep(pause).await;
            sink.note(&mail, Fate::Taken);
        }
        Some(Fault::DropAfterData) => {
            sink.note(&mail, Fate::TakenUnsaid);
            return Ok(None);
        }
        Some(Fault::DropDuringData) => {
            sink.note(&mail, Fate::NotTaken);
            return Ok(None);
        }
        Some(Fault::Say(words)) => {
            sink.note(&mail, Fate::NotTaken);
            return Ok(Some(words));
        }
        Some(Fault::Silent) => {
            sink.note(&mail, Fate::NotTaken);
            // Until the other side has had enough.
            while more(stream, input).await.is_ok() {}
            return Ok(None);
        }
    }
    Ok(Some("250 taken"))
}

/// A line without its end.
fn next_line(input: &mut BytesMut) -> Option<BytesMut> {
    let end = memmem::find(input, b"\r\n")?;
    let line = input.split_to(end);
    input.advance(2);
    Some(line)
}

async fn more(stream: &mut TcpStream, input: &mut BytesMut) -> io::Result<()> {
    input.reserve(PIECE);
    // Who writes a mail in two pieces would wait 40 ms for our kernel to say that the first has come. It forgets this soon.
    #[cfg(target_os = "linux")]
    stream.set_quickack(true)?;
    match stream.read_buf(input).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

fn message_id(mail: &[u8]) -> String {
    const NAME: &[u8] = b"message-id:";
    let head = memmem::find(mail, b"\r\n\r\n").map_or(mail, |end| &mail[..end]);
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)));
    String::from_utf8_lossy(line.and_then(|line| line.get(NAME.len()..)).unwrap_or_default()).trim().to_owned()
}
