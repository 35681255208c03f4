//! A mail server, over connections that are kept open.
//!
//! SMTP has one window that nobody can close: when the connection is lost after the server took the mail and before its
//! answer arrived, the mail is sent again. It then has the same Message-ID, by which mail programs recognize it.

use std::time::Duration;

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message as Mail, Tokio1Executor,
    transport::smtp::{PoolConfig, authentication::Mechanism},
};

use super::{Channel, SendError};

/// Sends by SMTP.
#[derive(Debug)]
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// `smtp://`, `smtp://…?tls=required` (STARTTLS) or `smtps://`, with user and password where the server asks.
    pub fn new(url: &str, connections: u32) -> anyhow::Result<Self> {
        // The error may quote the address, which may hold a password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| anyhow::anyhow!("outreach.smtp_url is not an smtp:// or smtps:// address"))?;
        Ok(Self(
            builder
                .timeout(Some(Duration::from_secs(20)))
                .authentication(vec![Mechanism::Plain, Mechanism::Login])
                .pool_config(PoolConfig::new().max_size(connections).idle_timeout(Duration::from_secs(60)))
                .build(),
        ))
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn send(&self, _: &str, mail: &Mail) -> Result<(), SendError> {
        match self.0.send(mail.clone()).await {
            Ok(_) => Ok(()),
            // Only the code: the server's words may quote the address.
            Err(error) if error.is_permanent() => {
                Err(SendError::Permanent(format!("the mail server refused: {}", code(&error))))
            }
            Err(error) => Err(SendError::Transient(format!("the mail server did not take it: {}", code(&error)))),
        }
    }
}

fn code(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => code.to_string(),
        None if error.is_timeout() => "no answer in time".to_owned(),
        None => "the connection failed".to_owned(),
    }
}
