//! One connection: commands and their answers, one mail at a time.

use std::{
    borrow::Cow,
    io,
    slice::Iter,
    sync::Arc,
    time::{Duration, Instant},
};

use smtp_proto::{
    Error as Misread, Request,
    request::receiver::{DataReceiver, DummyDataReceiver, RequestReceiver},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

use super::{Inbox, Taken};

/// The longest mail, in bytes, said as `SIZE` (RFC 1870).
pub const LONGEST_MAIL: usize = 10 * 1024 * 1024;
/// RFC 5321, section 4.5.3.2.7.
const PATIENCE: Duration = Duration::from_secs(300);
/// The longest that one mail may take to arrive, so that nobody holds a place by sending a letter now and then.
const LONGEST_TRANSFER: Duration = Duration::from_secs(600);
/// The longest that an answer may wait to be read.
const UNREAD: Duration = Duration::from_secs(60);
/// RFC 5321, section 4.5.3.1.8 asks for at least as many.
const RECIPIENTS: usize = 100;
/// So many commands that make no sense, and the session ends.
const FAULTS: u32 = 10;
const READ: usize = 16 * 1024;

pub struct Session {
    stream: TcpStream,
    inbox: Arc<dyn Inbox>,
    stop: CancellationToken,
    receiver: RequestReceiver,
    phase: Phase,
    greeted: bool,
    /// Whether a mail has begun.
    begun: bool,
    recipients: Vec<String>,
    faults: u32,
    /// When the last mail was answered, or the session began.
    since: Instant,
    /// Answers to what came in one piece go out in one piece (RFC 2920).
    answers: String,
}

enum Phase {
    Commands,
    Mail {
        receiver: DataReceiver,
        mail: Vec<u8>,
    },
    /// The rest of a mail that is too long.
    Swallowing(DummyDataReceiver),
    Over,
}

/// A command, freed of the bytes that it was read from.
enum Command {
    Hello,
    From {
        size: usize,
    },
    To(String),
    Data,
    Reset,
    Noop,
    Quit,
    /// One that LMTP does not have, or that is not offered.
    Unknown,
}

impl Session {
    pub fn new(stream: TcpStream, inbox: Arc<dyn Inbox>, stop: CancellationToken) -> Self {
        Self {
            stream,
            inbox,
            stop,
            receiver: RequestReceiver::default(),
            phase: Phase::Commands,
            greeted: false,
            begun: false,
            recipients: Vec::new(),
            faults: 0,
            since: Instant::now(),
            answers: String::new(),
        }
    }

    /// Until the other side goes, or is sent away.
    pub async fn run(mut self) -> io::Result<()> {
        self.answer("220 usher LMTP");
        let mut buffer = vec![0; READ];
        loop {
            tokio::time::timeout(UNREAD, self.stream.write_all(self.answers.as_bytes())).await??;
            self.answers.clear();
            if matches!(self.phase, Phase::Over) {
                return self.stream.shutdown().await;
            }
            let Some(read) = self.read(&mut buffer).await? else { continue };
            if read == 0 {
                return Ok(());
            }
            let mut bytes = buffer.get(..read).unwrap_or_default().iter();
            while !bytes.as_slice().is_empty() && !matches!(self.phase, Phase::Over) {
                self.go_on(&mut bytes).await;
            }
        }
    }

    /// Reads some bytes; nothing when the session is over instead. A mail that is under way is waited for.
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let between_mails = matches!(self.phase, Phase::Commands);
        let patience = PATIENCE.min(LONGEST_TRANSFER.saturating_sub(self.since.elapsed()));
        tokio::select! {
            read = tokio::time::timeout(patience, self.stream.read(buffer)) => match read {
                Ok(read) => read.map(Some),
                Err(_) => {
                    self.end("421 4.4.2 that took too long");
                    Ok(None)
                }
            },
            () = self.stop.cancelled(), if between_mails => {
                self.end("421 4.3.2 this server stops; please come back");
                Ok(None)
            }
        }
    }

    async fn go_on(&mut self, bytes: &mut Iter<'_, u8>) {
        match &mut self.phase {
            Phase::Commands => match self.receiver.ingest(bytes).map(Command::of) {
                Ok(command) => self.obey(command),
                Err(Misread::NeedsMoreData { .. }) => {}
                Err(misread) => self.refuse(refusal(&misread)),
            },
            Phase::Mail { receiver, mail } => {
                let whole = receiver.ingest(bytes, mail);
                if mail.len() > LONGEST_MAIL {
                    if whole {
                        self.too_long();
                    } else {
                        self.phase = Phase::Swallowing(DummyDataReceiver::new_data(receiver));
                    }
                } else if whole {
                    let mail = std::mem::take(mail);
                    self.take(mail).await;
                }
            }
            Phase::Swallowing(receiver) => {
                if receiver.ingest(bytes) {
                    self.too_long();
                }
            }
            Phase::Over => {}
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Hello => {
                self.reset();
                self.greeted = true;
                self.answer("250-usher");
                self.answer("250-PIPELINING");
                self.answer("250-ENHANCEDSTATUSCODES");
                self.answer("250-8BITMIME");
                self.answer("250-SMTPUTF8");
                self.answer(&format!("250 SIZE {LONGEST_MAIL}"));
            }
            Command::From { .. } if !self.greeted => self.refuse("503 5.5.1 LHLO first"),
            Command::From { .. } if self.begun => self.refuse("503 5.5.1 a mail has begun already"),
            Command::From { size } if size > LONGEST_MAIL => self.answer("552 5.3.4 the mail is too long"),
            Command::From { .. } => {
                self.begun = true;
                self.answer("250 2.1.0 ok");
            }
            Command::To(_) if !self.begun => self.refuse("503 5.5.1 MAIL first"),
            Command::To(_) if self.recipients.len() >= RECIPIENTS => self.answer("452 4.5.3 too many recipients"),
            Command::To(address) if self.inbox.is_ours(&address) => {
                self.recipients.push(address);
                self.answer("250 2.1.5 ok");
            }
            Command::To(_) => self.answer("550 5.1.1 there is no such address here"),
            // RFC 2033, section 4.2: as many answers as there are recipients, so without one there is no mail.
            Command::Data if self.recipients.is_empty() => self.refuse("503 5.5.1 there is no recipient"),
            Command::Data => {
                self.phase = Phase::Mail { receiver: DataReceiver::new(), mail: Vec::new() };
                self.answer("354 go on; end with a dot on a line by itself");
            }
            Command::Reset => {
                self.reset();
                self.answer("250 2.0.0 ok");
            }
            Command::Noop => self.answer("250 2.0.0 ok"),
            Command::Quit => self.end("221 2.0.0 good-bye"),
            Command::Unknown => self.refuse("502 5.5.1 there is no such command here"),
        }
    }

    /// An answer for each recipient.
    async fn take(&mut self, mail: Vec<u8>) {
        let recipients = std::mem::take(&mut self.recipients);
        for taken in self.inbox.take(&recipients, mail).await {
            let answer = match taken {
                Taken::Kept => "250 2.1.5 it is kept",
                Taken::Later => "451 4.3.0 it can not be kept just now; please try again",
                Taken::Unknown => "550 5.1.1 what this address belonged to is not there any more",
                Taken::Unreadable => "554 5.6.0 this is no mail that can be read",
            };
            self.answer(answer);
        }
        self.reset();
        self.since = Instant::now();
    }

    fn too_long(&mut self) {
        for _ in 0..self.recipients.len() {
            self.answer("552 5.3.4 the mail is too long");
        }
        self.reset();
    }

    fn reset(&mut self) {
        self.phase = Phase::Commands;
        self.begun = false;
        self.recipients.clear();
    }

    fn answer(&mut self, line: &str) {
        self.answers.push_str(line);
        self.answers.push_str("\r\n");
    }

    fn refuse(&mut self, line: &str) {
        self.faults += 1;
        if self.faults >= FAULTS {
            self.end("421 4.7.0 too many commands that make no sense");
        } else {
            self.answer(line);
        }
    }

    fn end(&mut self, line: &str) {
        self.answer(line);
        self.phase = Phase::Over;
    }
}

impl Command {
    fn of(request: Request<Cow<'_, str>>) -> Self {
        match request {
            Request::Lhlo { .. } => Self::Hello,
            Request::Mail { from } => Self::From { size: from.size },
            Request::Rcpt { to } => Self::To(to.address.into_owned()),
            Request::Data => Self::Data,
            Request::Rset => Self::Reset,
            Request::Noop { .. } => Self::Noop,
            Request::Quit => Self::Quit,
            _ => Self::Unknown,
        }
    }
}

fn refusal(misread: &Misread) -> &'static str {
    match misread {
        Misread::InvalidSenderAddress => "501 5.1.7 the sender's address can not be read",
        Misread::InvalidRecipientAddress => "501 5.1.3 the recipient's address can not be read",
        Misread::UnsupportedParameter { .. } | Misread::InvalidParameter { .. } => "555 5.5.4 a parameter is not known",
        Misread::ResponseTooLong => "500 5.5.6 the line is too long",
        Misread::SyntaxError { .. } => "501 5.5.4 the command can not be read",
        _ => "500 5.5.2 there is no such command here",
    }
}

#[cfg(test)]
mod tests;
