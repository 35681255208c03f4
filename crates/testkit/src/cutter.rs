//! A wire between a program and a server, which a test can cut and mend.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes connections on to a server until it is cut.
#[derive(Debug)]
pub struct WireCutter {
    address: SocketAddr,
    whole: Arc<watch::Sender<bool>>,
}

impl WireCutter {
    /// A wire to a server on this machine.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listener has an address");
        let whole = Arc::new(watch::Sender::new(true));
        let state = whole.clone();
        tokio::spawn(async move {
            while let Ok((inside, _)) = listener.accept().await {
                let mut state = state.subscribe();
                if !*state.borrow_and_update() {
                    continue;
                }
                tokio::spawn(async move {
                    let Ok(outside) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        () = pass(inside, outside) => {}
                        _ = state.wait_for(|whole| !whole) => {}
                    }
                });
            }
        });
        Self { address, whole }
    }

    /// Where to connect instead of to the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops every connection and refuses new ones.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn pass(mut inside: TcpStream, mut outside: TcpStream) {
    let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
}
