//! A mail server, over connections that are kept open.
//!
//! SMTP has one window that nobody can close: when the connection is lost after the server took the mail and before its
//! answer arrived, the mail is sent again. It then has the same Message-ID, by which mail programs recognize it.
//!
//! A mail costs two writes and two reads where the server offers PIPELINING. Nothing is asked before a connection is used
//! again: a server that has closed it meanwhile has taken nothing, so that the mail goes over a fresh one at once, in the same
//! try.

mod reply;
mod session;
mod wire;

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use reqwest::Url;
use tokio::sync::Semaphore;

use self::session::{Refused, Session};
pub use self::{
    session::{Security, Server},
    wire::trust,
};
use super::{Channel, Parcel, SendError, guard::Guard, mail::mail};

/// A connection that nobody has used for so long is closed.
const IDLE: Duration = Duration::from_secs(60);

/// Sends by SMTP.
pub struct Smtp {
    key: String,
    server: Server,
    from: Mailbox,
    turns: Semaphore,
    idle: Mutex<Vec<(Instant, Session)>>,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Smtp({})", self.key)
    }
}

impl Smtp {
    /// With so many connections at most.
    pub fn new(key: String, server: Server, from: Mailbox, connections: u32) -> Self {
        let turns = Semaphore::new(usize::try_from(connections.max(1)).unwrap_or(1));
        Self { key, server, from, turns, idle: Mutex::default() }
    }

    /// One that is open, the youngest first so that those that are too many grow old; those that are too old are closed.
    fn kept(&self) -> Option<Session> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let old = idle.iter().take_while(|(since, _)| since.elapsed() > IDLE).count();
        for (_, session) in idle.drain(..old) {
            tokio::spawn(session.close());
        }
        idle.pop().map(|(_, session)| session)
    }

    fn keep(&self, session: Session) {
        if session.is_sound {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), session));
        }
    }

    async fn hand_over(&self, from: &str, to: &str, body: &[u8]) -> Result<(), SendError> {
        let _turn = self.turns.acquire().await.map_err(|_| SendError::transient("this process is stopping"))?;
        // Any number of those that were kept may have been closed; a fresh one is tried once.
        loop {
            let mut session = match self.kept() {
                Some(session) => session,
                None => Session::open(&self.server).await?,
            };
            let was_used = session.is_used;
            let outcome = session.send(from, to, body).await;
            self.keep(session);
            return match outcome {
                Ok(()) => Ok(()),
                Err(Refused::Early(_)) if was_used => continue,
                Err(Refused::Said(_, reply)) if was_used && reply.code == reply::CLOSING => continue,
                Err(Refused::Said(stage, reply)) => Err(reply.refusal(stage)),
                Err(Refused::Early(what)) => Err(SendError::transient(format!("the mail server: {what}"))),
                Err(Refused::InDoubt(what)) => {
                    Err(SendError::in_doubt(format!("the mail server: {what}; it may have taken the mail")))
                }
                Err(Refused::NotAscii) => {
                    Err(SendError::bad_address("the address has letters that the mail server does not take"))
                }
            };
        }
    }
}

#[async_trait]
impl Channel for Smtp {
    fn key(&self) -> &str {
        &self.key
    }

    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError> {
        let mail = mail(parcel, &self.from).map_err(|error| match error.reason() {
            "EMAIL_INVALID" => SendError::bad_address(error.message()),
            _ => SendError::permanent(error.message()),
        })?;
        // As the mail has it: parsed, so that no blank and no line end of the pool's gets into a command.
        let to = mail.envelope().to().first().map(AsRef::<str>::as_ref).unwrap_or_default();
        let from = parcel.return_path.unwrap_or(self.from.email.as_ref());
        self.hand_over(from, to, &stuffed(&mail.formatted())).await
    }

    async fn check(&self, _: DateTime<Utc>) -> Result<(), SendError> {
        let mut session = Session::open(&self.server).await?;
        if !session.is_alive().await {
            return Err(SendError::transient("the mail server: the connection failed"));
        }
        self.keep(session);
        Ok(())
    }
}

/// A mail as it goes over the wire: a dot before each line that begins with one, and the dot that ends it (RFC 5321, section
/// 4.5.2).
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(mail.len() + 64);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            body.push(b'.');
        }
        body.extend_from_slice(line);
    }
    if !body.ends_with(b"\r\n") {
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b".\r\n");
    body
}

/// The server of `smtp://…`, `smtp://…?tls=required`, `smtp://…?tls=opportunistic` or `smtps://…`, with user and password
/// where it asks. Without a word about TLS, `smtp://` takes STARTTLS when it is offered.
pub fn server(url: &str, patience: Duration) -> anyhow::Result<Server> {
    // The parser's error may quote the address, which may hold a password.
    let wrong = || anyhow::anyhow!("outreach.smtp_url is not an smtp:// or smtps:// address");
    let url = Url::parse(url).map_err(|_| wrong())?;
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    let security = match (url.scheme(), tls.as_deref()) {
        ("smtps", _) => Security::Tls,
        ("smtp", None | Some("opportunistic")) => Security::Opportunistic,
        ("smtp", Some("required")) => Security::Starttls,
        ("smtp", Some("none")) => Security::None,
        _ => return Err(wrong()),
    };
    let host = url.host_str().ok_or_else(wrong)?.trim_matches(['[', ']']).to_owned();
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().map(Cow::into_owned);
    let login = match url.username() {
        "" => None,
        user => Some((
            decoded(user).context("outreach.smtp_url: the user is not UTF-8")?,
            decoded(url.password().unwrap_or_default()).context("outreach.smtp_url: the password is not UTF-8")?.into(),
        )),
    };
    let port = url.port().unwrap_or(if security == Security::Tls { 465 } else { 587 });
    // Whoever runs the installation may have its mail server next door.
    Ok(Server { host, port, security, login, trust: trust("")?, guard: Guard::open(), patience })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn an_address_says_host_port_security_and_login() {
        let seen = |url: &str| {
            let server = server(url, IDLE).unwrap();
            let login = server.login.map(|(user, password)| (user, password.expose_secret().to_owned()));
            (server.host, server.port, server.security, login)
        };
        let host = || "mail.example.com".to_owned();
        assert_eq!(seen("smtp://mail.example.com"), (host(), 587, Security::Opportunistic, None));
        assert_eq!(seen("smtp://mail.example.com:25?tls=required"), (host(), 25, Security::Starttls, None));
        let login = Some(("hr@example.com".to_owned(), "a:b/c".to_owned()));
        assert_eq!(seen("smtps://hr%40example.com:a%3Ab%2Fc@mail.example.com"), (host(), 465, Security::Tls, login));
        assert_eq!(seen("smtp://[::1]:2525").0, "::1");
        for bad in ["", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://mail.example.com?tls=maybe"] {
            assert!(server(bad, IDLE).is_err(), "{bad}");
        }
    }

    #[test]
    fn dots_at_the_start_of_lines_are_doubled() {
        assert_eq!(stuffed(b".a\r\nb.\r\n..\r\n"), b"..a\r\nb.\r\n...\r\n.\r\n");
        assert_eq!(stuffed(b"a"), b"a\r\n.\r\n");
        assert_eq!(stuffed(b""), b"\r\n.\r\n");
    }

    proptest! {
        #[test]
        fn the_end_is_only_at_the_end(lines in proptest::collection::vec("[.a]{0,4}", 0..20)) {
            let body = stuffed(lines.join("\r\n").as_bytes());
            let text = String::from_utf8(body).unwrap();
            prop_assert_eq!(text.split("\r\n").position(|line| line == "."), Some(text.split("\r\n").count() - 2));
        }
    }
}
