//! A mail server, over connections that are kept open.
//!
//! SMTP has one window that nobody can close: when the connection is lost after the server took the mail and before its
//! answer arrived, the mail is sent again. It then has the same Message-ID, by which mail programs recognize it.

use std::time::Duration;

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{PoolConfig, authentication::Mechanism},
};

use super::{Channel, Parcel, SendError, mail::mail};

/// Sends by SMTP.
#[derive(Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// `smtp://`, `smtp://…?tls=required` (STARTTLS) or `smtps://`, with user and password where the server asks.
    pub fn new(url: &str, connections: u32, from: Mailbox) -> anyhow::Result<Self> {
        // The error may quote the address, which may hold a password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| anyhow::anyhow!("outreach.smtp_url is not an smtp:// or smtps:// address"))?;
        let transport = builder
            .timeout(Some(Duration::from_secs(20)))
            .authentication(vec![Mechanism::Plain, Mechanism::Login])
            .pool_config(PoolConfig::new().max_size(connections).idle_timeout(Duration::from_secs(60)))
            .build();
        Ok(Self { transport, from })
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn send(&self, parcel: Parcel<'_>) -> Result<(), SendError> {
        let mail = mail(parcel, &self.from).map_err(|error| SendError::permanent(error.message()))?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            // Only the code: the server's words may quote the address.
            Err(error) if error.is_permanent() => {
                let what = format!("the mail server refused: {}", code(&error));
                Err(if is_about_the_mailbox(&error) {
                    SendError::bad_address(what)
                } else {
                    SendError::permanent(what)
                })
            }
            Err(error) => Err(SendError::transient(format!("the mail server did not take it: {}", code(&error)))),
        }
    }
}

/// RFC 5321, section 4.2.3: no such mailbox (550), not here (551), not allowed as a name (553).
fn is_about_the_mailbox(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|code| matches!(code.to_string().as_str(), "550" | "551" | "553"))
}

fn code(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => code.to_string(),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None => "the connection failed".to_owned(),
    }
}
