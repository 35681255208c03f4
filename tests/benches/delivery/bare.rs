//! The floor: a loop over lettre, with as many connections as everybody has. Nothing is kept, nobody is asked.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor, transport::smtp::PoolConfig};

use crate::{
    CONNECTIONS,
    contenders::{MAIL, SMTP},
    mail::Mail,
    sink::now,
    talk::answer,
};

pub const PART: &str = "bare";

/// Sends when it is told to: `go ROUND COUNT`.
pub async fn serve() {
    let mail = Arc::new(Mail::kept(Path::new(&std::env::var(MAIL).unwrap())));
    let pool = PoolConfig::new().max_size(u32::try_from(CONNECTIONS).unwrap());
    let url = std::env::var(SMTP).unwrap();
    let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url).unwrap().pool_config(pool).build();
    answer("ready");
    while let Some(line) = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await.unwrap() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let (round, count) = (words[1].to_owned(), words[2].parse().unwrap());
        let begun = now();
        send(&smtp, &mail, &round, count).await;
        answer(&format!("{begun} {}", now()));
    }
}

async fn send(smtp: &AsyncSmtpTransport<Tokio1Executor>, mail: &Arc<Mail>, round: &str, count: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let senders: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (smtp, mail, next, round) = (smtp.clone(), mail.clone(), next.clone(), round.to_owned());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    let id = format!("<bare-{round}-{number}@peer.example>");
                    let address = format!("candidate{number}@example.com");
                    let mail = mail.compose(&id, &format!("Candidate {number}"), &address);
                    smtp.send(mail).await.unwrap();
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
}
