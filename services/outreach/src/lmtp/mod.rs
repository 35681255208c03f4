//! Mails that come in, over LMTP (RFC 2033): the mail server in front accepts, filters and stores them, and hands each
//! one over here. Unlike SMTP it is answered for each recipient, and only when the mail is kept.
//!
//! The listener asks for no password: it belongs on a network that only the mail server reaches.

mod session;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chassis::Error;
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::Code;

use self::session::Session;
use crate::letterbox::{Letterbox, Mail};

/// Sessions at once; another one waits to be greeted. Together with [`session::LONGEST_MAIL`] it bounds the memory.
const SESSIONS: usize = 16;
/// After a connection could not be accepted, as when there are no file handles left.
const PAUSE: Duration = Duration::from_millis(200);

/// What became of a mail for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is kept, or was kept before.
    Kept,
    /// It can not be kept just now; the mail server tries again.
    Later,
    /// What the address belonged to is not there any more.
    Unknown,
    /// Nobody can make anything of it.
    Unreadable,
}

/// Who takes the mails in.
#[async_trait]
pub trait Inbox: Send + Sync + 'static {
    /// Whether mails to this address are ours.
    fn is_ours(&self, recipient: &str) -> bool;
    /// Takes a mail in for each recipient, in their order. What is answered as kept is committed.
    async fn take(&self, recipients: &[String], mail: Vec<u8>) -> Vec<Taken>;
}

/// Takes the mails into the letterbox.
pub struct Post(pub Letterbox);

#[async_trait]
impl Inbox for Post {
    fn is_ours(&self, recipient: &str) -> bool {
        self.0.addresses.read(recipient).is_some()
    }

    async fn take(&self, recipients: &[String], mail: Vec<u8>) -> Vec<Taken> {
        let mail = match Mail::read(mail).await {
            Ok(mail) => mail,
            Err(error) => return vec![refused(&error); recipients.len()],
        };
        let mut taken = Vec::with_capacity(recipients.len());
        for recipient in recipients {
            let outcome = self.0.mail(&mail, recipient, None).await;
            taken.push(outcome.map_or_else(|error| refused(&error), |_| Taken::Kept));
        }
        taken
    }
}

/// Whatever is wrong with us is no reason to send a mail back.
fn refused(error: &Error) -> Taken {
    match error.code() {
        Code::NotFound => Taken::Unknown,
        Code::InvalidArgument | Code::ResourceExhausted => Taken::Unreadable,
        code => {
            tracing::warn!(?code, reason = error.reason(), "a mail could not be kept; the mail server tries again");
            Taken::Later
        }
    }
}

/// Serves until stopped. Sessions end at their next command then; a mail that has arrived whole is still answered.
pub async fn serve(listener: TcpListener, inbox: Arc<dyn Inbox>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(SESSIONS));
    let sessions = TaskTracker::new();
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = stop.cancelled() => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let session = Session::new(stream, inbox.clone(), stop.clone());
                sessions.spawn(async move {
                    if let Err(error) = session.run().await {
                        tracing::debug!(kind = %error.kind(), "a mail session was cut off");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "a mail session could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    sessions.close();
    sessions.wait().await;
}
