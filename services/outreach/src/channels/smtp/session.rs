//! One conversation with a mail server: opened once, for many mails.
//!
//! Where the server offers PIPELINING (RFC 2920), the envelope leaves in one piece and the mail in another: two turns for a
//! mail. The rules for the order of commands are RFC 5321's.

use std::{io, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{net::TcpStream, time::timeout};

use super::{
    super::{SendError, guard::Guard},
    reply::{CLOSING, Reply, Stage},
    wire::{Stream, Wire, secure},
};

/// How a connection is kept from others' eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// STARTTLS, and nothing without.
    Starttls,
    /// STARTTLS when it is offered.
    Opportunistic,
    None,
}

/// Where a mail server is, and how we log in.
#[derive(Clone)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// User and password.
    pub login: Option<(String, SecretString)>,
    pub trust: Arc<rustls::ClientConfig>,
    pub guard: Guard,
    /// For one mail in all: two fifths to open the connection, one for the envelope, two for the mail.
    pub patience: Duration,
}

/// What the server can do beyond the least.
#[derive(Debug, Clone, Copy, Default)]
struct Offers {
    pipelining: bool,
    starttls: bool,
    smtputf8: bool,
    plain: bool,
    login: bool,
}

/// Why a mail was not taken.
#[derive(Debug)]
pub enum Refused {
    /// The server said so.
    Said(Stage, Reply),
    /// The connection ended before the server could have taken anything; on one that was kept open, that is the way in which
    /// servers end it.
    Early(&'static str),
    /// The connection ended after the mail was sent and before the server answered.
    InDoubt(&'static str),
    /// The address needs SMTPUTF8 (RFC 6531), which the server does not offer.
    NotAscii,
}

/// An open conversation.
pub struct Session {
    wire: Wire<Box<dyn Stream>>,
    offers: Offers,
    patience: Duration,
    /// A mail was begun and not finished.
    begun: bool,
    /// It can be used again.
    pub is_sound: bool,
    /// Whether it has carried a mail.
    pub is_used: bool,
}

impl Session {
    /// Connects, secures the connection, logs in.
    pub async fn open(server: &Server) -> Result<Self, SendError> {
        timeout(server.patience * 2 / 5, open(server))
            .await
            .unwrap_or_else(|_| Err(SendError::transient("the mail server: no answer in time")))
    }

    /// Hands one mail over. `body` ends with the dot.
    pub async fn send(&mut self, from: &str, to: &str, body: &[u8]) -> Result<(), Refused> {
        self.is_sound = false;
        let outcome = self.transact(from, to, body).await;
        // After any other refusal the server waits for the next command.
        self.is_sound = match &outcome {
            Ok(()) | Err(Refused::NotAscii) => true,
            Err(Refused::Said(_, reply)) => reply.code != CLOSING,
            Err(Refused::Early(_) | Refused::InDoubt(_)) => false,
        };
        self.is_used = true;
        outcome
    }

    async fn transact(&mut self, from: &str, to: &str, body: &[u8]) -> Result<(), Refused> {
        let utf8 = if from.is_ascii() && to.is_ascii() { "" } else { " SMTPUTF8" };
        if !utf8.is_empty() && !self.offers.smtputf8 {
            return Err(Refused::NotAscii);
        }
        let mut commands = Vec::with_capacity(4);
        if self.begun {
            commands.push((Stage::Sender, "RSET\r\n".to_owned()));
        }
        commands.push((Stage::Sender, format!("MAIL FROM:<{from}>{utf8}\r\n")));
        commands.push((Stage::Recipient, format!("RCPT TO:<{to}>\r\n")));
        commands.push((Stage::Content, "DATA\r\n".to_owned()));
        let refusal = match timeout(self.patience / 5, self.envelope(&commands)).await {
            Ok(answered) => answered.map_err(|error| Refused::Early(lost(&error)))?,
            Err(_) => return Err(Refused::Early("no answer in time")),
        };
        if let Some((stage, reply)) = refusal {
            return Err(Refused::Said(stage, reply));
        }
        match timeout(self.patience * 2 / 5, self.turn(body)).await {
            Ok(Ok(reply)) => {
                self.begun = false;
                if reply.is_positive() { Ok(()) } else { Err(Refused::Said(Stage::Content, reply)) }
            }
            Ok(Err(error)) => Err(Refused::InDoubt(lost(&error))),
            Err(_) => Err(Refused::InDoubt("no answer in time")),
        }
    }

    /// Up to the server's 354; the answer is the first refusal.
    async fn envelope(&mut self, commands: &[(Stage, String)]) -> io::Result<Option<(Stage, Reply)>> {
        self.begun = true;
        if !self.offers.pipelining {
            for (stage, command) in commands {
                let reply = self.turn(command.as_bytes()).await?;
                if !reply.is_positive() {
                    return Ok(Some((*stage, reply)));
                }
            }
            return Ok(None);
        }
        let all: String = commands.iter().map(|(_, command)| command.as_str()).collect();
        self.wire.write(all.as_bytes()).await?;
        let mut refusal = None;
        let mut last = None;
        for (stage, _) in commands {
            let reply = self.wire.reply().await?;
            if !reply.is_positive() && refusal.is_none() {
                refusal = Some((*stage, reply));
                if reply.code == CLOSING {
                    return Ok(refusal);
                }
            }
            last = Some(reply);
        }
        // It would take a mail for nobody (RFC 2920, section 3.1): it gets an empty one, and refuses it.
        if refusal.is_some() && last.is_some_and(Reply::is_positive) {
            self.turn(b".\r\n").await?;
        }
        Ok(refusal)
    }

    /// Whether the server is still there.
    pub async fn is_alive(&mut self) -> bool {
        self.is_sound =
            matches!(timeout(self.patience / 5, self.turn(b"NOOP\r\n")).await, Ok(Ok(reply)) if reply.is_positive());
        self.is_sound
    }

    /// Says goodbye, and does not wait for the answer.
    pub async fn close(mut self) {
        let _ = timeout(self.patience / 5, self.wire.write(b"QUIT\r\n")).await;
    }

    async fn turn(&mut self, bytes: &[u8]) -> io::Result<Reply> {
        self.wire.write(bytes).await?;
        self.wire.reply().await
    }
}

async fn open(server: &Server) -> Result<Session, SendError> {
    let addresses = server.guard.resolve(&server.host, server.port).await?;
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| away(&error))?;
    stream.set_nodelay(true).map_err(|error| away(&error))?;
    let name = match stream.local_addr().map_err(|error| away(&error))?.ip() {
        std::net::IpAddr::V4(ip) => format!("[{ip}]"),
        std::net::IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    };
    let (mut wire, offers) = match server.security {
        Security::Tls => {
            let mut wire = Wire::new(secured(stream, server).await?);
            greeting(&mut wire).await?;
            let offers = hello(&mut wire, &name).await?;
            (wire, offers)
        }
        security => {
            let mut plain = Wire::new(stream);
            greeting(&mut plain).await?;
            let offers = hello(&mut plain, &name).await?;
            match (security, offers.starttls) {
                (Security::Starttls, false) => {
                    return Err(SendError::broken("the mail server does not offer STARTTLS"));
                }
                (Security::Opportunistic, false) if server.login.is_some() => {
                    return Err(SendError::broken(
                        "the mail server does not offer STARTTLS, and without it no password is sent unless the address says \
                         tls=none",
                    ));
                }
                (Security::Starttls | Security::Opportunistic, true) => {
                    say(&mut plain, "STARTTLS\r\n").await?;
                    let stream = plain.into_stream().map_err(|error| away(&error))?;
                    let mut wire = Wire::new(secured(stream, server).await?);
                    // What was offered before may have been put in by others.
                    let offers = hello(&mut wire, &name).await?;
                    (wire, offers)
                }
                _ => {
                    (Wire::new(Box::new(plain.into_stream().map_err(|error| away(&error))?) as Box<dyn Stream>), offers)
                }
            }
        }
    };
    if let Some((user, password)) = &server.login {
        log_in(&mut wire, offers, user, password).await?;
    }
    Ok(Session { wire, offers, patience: server.patience, begun: false, is_sound: true, is_used: false })
}

async fn secured(stream: TcpStream, server: &Server) -> Result<Box<dyn Stream>, SendError> {
    secure(stream, &server.host, &server.trust).await.map_err(|error| match error.kind() {
        // A certificate that is not trusted, or a name that it does not hold.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            SendError::broken("the mail server can not prove who it is")
        }
        _ => away(&error),
    })
}

async fn greeting<S: Stream>(wire: &mut Wire<S>) -> Result<(), SendError> {
    positive(wire.reply().await)
}

async fn hello<S: Stream>(wire: &mut Wire<S>, name: &str) -> Result<Offers, SendError> {
    let mut offers = Offers::default();
    wire.write(format!("EHLO {name}\r\n").as_bytes()).await.map_err(|error| away(&error))?;
    let reply = wire.lines(|line| {
        let line = line.to_ascii_uppercase();
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("PIPELINING") => offers.pipelining = true,
            Some("STARTTLS") => offers.starttls = true,
            Some("SMTPUTF8") => offers.smtputf8 = true,
            Some("AUTH") => {
                for mechanism in words {
                    offers.plain |= mechanism == "PLAIN";
                    offers.login |= mechanism == "LOGIN";
                }
            }
            _ => {}
        }
    });
    positive(reply.await)?;
    Ok(offers)
}

/// RFC 4954, with PLAIN (RFC 4616) where it is offered, else LOGIN.
async fn log_in(
    wire: &mut Wire<Box<dyn Stream>>,
    offers: Offers,
    user: &str,
    password: &SecretString,
) -> Result<(), SendError> {
    let password = password.expose_secret();
    if offers.plain {
        say(wire, &format!("AUTH PLAIN {}\r\n", STANDARD.encode(format!("\0{user}\0{password}")))).await
    } else if offers.login {
        say(wire, "AUTH LOGIN\r\n").await?;
        say(wire, &format!("{}\r\n", STANDARD.encode(user))).await?;
        say(wire, &format!("{}\r\n", STANDARD.encode(password))).await
    } else {
        Err(SendError::broken("the mail server offers no way to log in that is known here"))
    }
}

async fn say<S: Stream>(wire: &mut Wire<S>, line: &str) -> Result<(), SendError> {
    wire.write(line.as_bytes()).await.map_err(|error| away(&error))?;
    positive(wire.reply().await)
}

fn positive(reply: io::Result<Reply>) -> Result<(), SendError> {
    let reply = reply.map_err(|error| away(&error))?;
    if reply.is_positive() { Ok(()) } else { Err(reply.refusal(Stage::Opening)) }
}

fn away(error: &io::Error) -> SendError {
    SendError::transient(format!("the mail server: {}", lost(error)))
}

fn lost(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::TimedOut => "no answer in time",
        io::ErrorKind::InvalidData => "it says what no mail server says",
        _ => "the connection failed",
    }
}
