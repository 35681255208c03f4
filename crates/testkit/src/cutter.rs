//! A wire that can be cut: a TCP proxy on the loopback interface between a test and PostgreSQL or Redis.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, ToSocketAddrs},
    sync::watch,
    task::JoinHandle,
};

/// A proxy that passes everything on until it is told not to. It ends when it is dropped.
#[derive(Debug)]
pub struct WireCutter {
    addr: SocketAddr,
    whole: watch::Sender<bool>,
    delay_ms: Arc<AtomicU64>,
    listening: JoinHandle<()>,
}

impl WireCutter {
    /// A wire to a server.
    pub async fn to(server: impl ToSocketAddrs) -> Self {
        let server = tokio::net::lookup_host(server)
            .await
            .expect("the server's address resolves")
            .next()
            .expect("the server has an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let addr = listener.local_addr().expect("a listener has an address");
        let whole = watch::Sender::new(true);
        let delay_ms = Arc::new(AtomicU64::new(0));
        let listening = tokio::spawn(listen(listener, server, whole.subscribe(), delay_ms.clone()));
        Self { addr, whole, delay_ms, listening }
    }

    /// A wire to the server of an address such as `redis://127.0.0.1:6379/0`; see [`WireCutter::url`].
    pub async fn before(url: &str) -> Self {
        Self::to(Address::parse(url).host).await
    }

    /// Where to connect to.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The same address, but over this wire.
    pub fn url(&self, url: &str) -> String {
        let Address { before, after, .. } = Address::parse(url);
        format!("{before}{}{after}", self.addr)
    }

    /// Drops every connection and closes new ones at once.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }

    /// Holds back every piece of data for so long, both ways.
    pub fn delay(&self, by: Duration) {
        self.delay_ms.store(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Drop for WireCutter {
    fn drop(&mut self) {
        self.cut();
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, server: SocketAddr, whole: watch::Receiver<bool>, delay_ms: Arc<AtomicU64>) {
    while let Ok((client, _)) = listener.accept().await {
        if *whole.borrow() {
            tokio::spawn(carry(client, server, whole.clone(), delay_ms.clone()));
        }
    }
}

/// One connection, until either side ends it or the wire is cut.
async fn carry(client: TcpStream, server: SocketAddr, mut whole: watch::Receiver<bool>, delay_ms: Arc<AtomicU64>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let (mut client, mut server) = (client, server);
    // Small answers must not wait for each other.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::select! {
        () = pump(from_client, to_server, &delay_ms) => {}
        () = pump(from_server, to_client, &delay_ms) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}

async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay_ms: &AtomicU64) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
        let delay = delay_ms.load(Ordering::Relaxed);
        if delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// The parts of `scheme://user@host:port/path`.
struct Address<'a> {
    before: &'a str,
    host: &'a str,
    after: &'a str,
}

impl<'a> Address<'a> {
    fn parse(url: &'a str) -> Self {
        let start = url.find("://").expect("an address has a scheme") + 3;
        let end = url[start..].find(['/', '?']).map_or(url.len(), |end| start + end);
        let host = url[start..end].rfind('@').map_or(start, |at| start + at + 1);
        Self { before: &url[..host], host: &url[host..end], after: &url[end..] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        addr
    }

    async fn answers(stream: &mut TcpStream) -> bool {
        let mut answer = [0; 4];
        stream.write_all(b"ping").await.is_ok() && stream.read_exact(&mut answer).await.is_ok() && &answer == b"ping"
    }

    #[tokio::test]
    async fn a_cut_wire_drops_everybody_and_a_mended_one_lets_them_in_again() {
        let wire = WireCutter::to(echo().await).await;
        let mut stream = TcpStream::connect(wire.addr()).await.unwrap();
        assert!(answers(&mut stream).await);
        wire.cut();
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0, "the live connection ended");
        let mut late = TcpStream::connect(wire.addr()).await.unwrap();
        assert!(!answers(&mut late).await, "a new one is closed at once");
        wire.mend();
        let mut again = TcpStream::connect(wire.addr()).await.unwrap();
        assert!(answers(&mut again).await);
    }

    #[tokio::test]
    async fn a_delay_holds_data_back() {
        let wire = WireCutter::to(echo().await).await;
        wire.delay(Duration::from_millis(30));
        let mut stream = TcpStream::connect(wire.addr()).await.unwrap();
        let begun = std::time::Instant::now();
        assert!(answers(&mut stream).await);
        assert!(begun.elapsed() >= Duration::from_millis(60), "both ways");
    }

    #[tokio::test]
    async fn an_address_is_the_same_but_for_the_host() {
        let wire = WireCutter::to(echo().await).await;
        let url = wire.url("postgres://me:secret@db.example:5432/usher?sslmode=disable");
        assert_eq!(url, format!("postgres://me:secret@{}/usher?sslmode=disable", wire.addr()));
        assert_eq!(wire.url("redis://127.0.0.1:1"), format!("redis://{}", wire.addr()));
    }
}
