//! Lines to and from a mail server. What it says is bounded: a line, and the lines of one answer.

use std::{io, sync::Arc};

use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::reply::Reply;

/// RFC 5321, section 4.5.3.1.5, allows 512; some say more.
const LONGEST_LINE: usize = 4_096;
const MOST_LINES: usize = 128;

/// Bytes both ways, with TLS or without.
pub trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for S {}

/// A connection, with what was read and not asked for yet.
pub struct Wire<S> {
    stream: S,
    read: Vec<u8>,
    /// Where the next line begins in `read`.
    place: usize,
}

impl<S: Stream> Wire<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, read: Vec::with_capacity(1_024), place: 0 }
    }

    /// Everything at once, so that it leaves as one piece.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// One whole answer.
    pub async fn reply(&mut self) -> io::Result<Reply> {
        self.lines(|_| ()).await
    }

    /// One whole answer, each line of which is shown without its code.
    pub async fn lines(&mut self, mut show: impl FnMut(&str)) -> io::Result<Reply> {
        for _ in 0..MOST_LINES {
            let line = self.line().await?;
            let (Some(digits), rest) = (line.get(..3), line.get(3..).unwrap_or_default()) else {
                return Err(garbled());
            };
            let code =
                std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).filter(|code| *code >= 200);
            let words = String::from_utf8_lossy(rest.get(1..).unwrap_or_default());
            let (Some(code), mark) = (code, rest.first()) else { return Err(garbled()) };
            show(&words);
            match mark {
                Some(b'-') => {}
                None | Some(b' ') => return Ok(Reply::new(code, &words)),
                Some(_) => return Err(garbled()),
            }
        }
        Err(garbled())
    }

    async fn line(&mut self) -> io::Result<&[u8]> {
        loop {
            if let Some(length) = self.read[self.place..].iter().position(|byte| *byte == b'\n') {
                let line = self.place..self.place + length;
                self.place = line.end + 1;
                let line = &self.read[line];
                return Ok(line.strip_suffix(b"\r").unwrap_or(line));
            }
            self.read.drain(..self.place);
            self.place = 0;
            if self.read.len() > LONGEST_LINE {
                return Err(garbled());
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The stream alone. What the server has said too early is refused: behind STARTTLS it would be taken for what it says
    /// within TLS.
    pub fn into_stream(self) -> io::Result<S> {
        if self.place < self.read.len() { Err(garbled()) } else { Ok(self.stream) }
    }
}

/// What no mail server says.
fn garbled() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// How a server proves who it is: by the public authorities, and by those that are named.
pub fn trust(authority_pem: &str) -> anyhow::Result<Arc<ClientConfig>> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(authority_pem.as_bytes()) {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// TLS over a connection.
pub async fn secure(stream: TcpStream, host: &str, trust: &Arc<ClientConfig>) -> io::Result<Box<dyn Stream>> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    Ok(Box::new(TlsConnector::from(trust.clone()).connect(name, stream).await?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    async fn reply(said: &[u8]) -> io::Result<(Reply, Vec<String>)> {
        let (near, mut far) = tokio::io::duplex(1 << 20);
        far.write_all(said).await.unwrap();
        drop(far);
        let mut lines = Vec::new();
        let reply = Wire::new(near).lines(|line| lines.push(line.to_owned())).await?;
        Ok((reply, lines))
    }

    #[tokio::test]
    async fn an_answer_ends_with_the_line_that_says_so() {
        let (whole, lines) = reply(b"250-sink\r\n250-PIPELINING\r\n250 SIZE 1\r\n220 more").await.unwrap();
        assert_eq!((whole.code, lines), (250, vec!["sink".to_owned(), "PIPELINING".to_owned(), "SIZE 1".to_owned()]));
        assert_eq!(reply(b"550 5.1.1 no\n").await.unwrap().0.enhanced, Some((1, 1)));
        assert_eq!(reply(b"354\r\n").await.unwrap().0.code, 354);
    }

    #[tokio::test]
    async fn what_no_server_says_is_bounded() {
        for said in [&b"hello\r\n"[..], b"25\r\n", b"250_x\r\n", b"099 x\r\n", b"\xff\xff\xff\r\n"] {
            assert_eq!(reply(said).await.unwrap_err().kind(), io::ErrorKind::InvalidData, "{said:?}");
        }
        assert_eq!(reply(&vec![b'2'; 100_000]).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(reply(&b"250-x\r\n".repeat(1_000)).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(reply(b"250-x\r\n").await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    proptest! {
        #[test]
        fn whatever_is_said_ends(said in proptest::collection::vec(any::<u8>(), 0..600)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _ = runtime.block_on(reply(&said));
        }
    }
}
