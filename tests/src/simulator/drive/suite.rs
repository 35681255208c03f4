//! The whole suite in this process. Its mails go over SMTP to a mail server that keeps them, and answers to them come in over
//! LMTP.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    time::Duration,
};

use testkit::{Site, Tuning};

use crate::{
    outreach_settings, services_with,
    sink::{Keep, Sink},
};

/// The domain of the addresses that answers go to.
const DOMAIN: &str = "reply.example";
/// Requests that come in crowds need connections.
const CONNECTIONS: u32 = 24;

/// A running suite, and the two ends of its mail.
#[derive(Debug)]
pub struct Suite {
    /// The installation.
    pub site: Site,
    /// Where its mails go.
    pub sink: Sink,
    /// Where it takes mails.
    pub lmtp: SocketAddr,
}

impl Suite {
    /// Starts it. The folder is for mails that go nowhere else, of which there are none.
    pub async fn start(folder: &Path) -> Self {
        let sink = Sink::start_keeping(Keep::Everything).await;
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
        listener.set_nonblocking(true).expect("a listener can be told");
        let lmtp = listener.local_addr().expect("a listener has an address");
        let key = testkit::new_key();
        let settings = usher_outreach::Settings { smtp_url: sink.url().into(), ..outreach_settings(folder) };
        let inbound = usher_outreach::Inbound { domain: DOMAIN.to_owned(), lmtp_listen: String::new(), bounces: false };
        let outreach = usher_outreach::Outreach::new(&settings, &[7; 32], outbox::Settings::default())
            .expect("the settings are good")
            .receiving(inbound, Some(listener));
        let tuning = Tuning {
            key: Some(key.clone()),
            max_connections: CONNECTIONS,
            patience: Duration::from_mins(10),
            ..Tuning::default()
        };
        let site = Site::start_with(tuning, services_with(&key, folder, Path::new(""), outreach)).await;
        Self { site, sink, lmtp }
    }
}
