//! A mail server that takes everything and remembers what it took. It lives in the test's process, so it outlasts the
//! program under test.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// A running mail server.
#[derive(Debug, Clone)]
pub struct Sink {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    /// Listens on loopback until the test's runtime ends.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
        let sink = Self { address: listener.local_addr().expect("a listener has an address"), taken: Arc::default() };
        let taken = sink.taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that dies in the middle of a mail has not handed it over.
                tokio::spawn(serve(stream, taken.clone()));
            }
        });
        sink
    }

    /// `smtp://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The Message-IDs of everything that was taken, in order.
    pub fn message_ids(&self) -> Vec<String> {
        let taken = self.taken.lock().expect("no test panics while it holds this");
        taken
            .iter()
            .filter_map(|mail| mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).map(str::to_owned))
            .collect()
    }
}

async fn serve(stream: TcpStream, taken: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let (input, mut output) = stream.into_split();
    let mut lines = BufReader::new(input).lines();
    output.write_all(b"220 sink\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split(' ').next().unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "DATA" => {
                output.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                loop {
                    let Some(line) = lines.next_line().await? else { return Ok(()) };
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                taken.lock().expect("no test panics while it holds this").push(mail);
                output.write_all(b"250 taken\r\n").await?;
            }
            "EHLO" => output.write_all(b"250-sink\r\n250 8BITMIME\r\n").await?,
            "QUIT" => {
                output.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => output.write_all(b"250 ok\r\n").await?,
        }
    }
    Ok(())
}
