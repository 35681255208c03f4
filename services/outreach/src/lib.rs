//! Outreach: no vague message goes out, none gets lost, and none goes out twice.
//!
//! It owns templates, channels and messages. A message is asked for by an event (`MessageRequested`) or by `SendMessage`; either
//! way it passes the same gates (facts, address, text), is rendered in the reader's language and pinned to its template
//! version, and only then queued.
//!
//! # One message's way through
//! `events` writes the draft down (accepted). `jobs::prepare` asks talent who the reader is and ats for a link, runs
//! `domain::compose`, and keeps the verdicts with the text (queued, `MessageQueued`) or without (refused,
//! `MessageRefused`). `jobs::enqueue` puts its id into a Redis stream. A worker of `jobs::send` claims it in PostgreSQL
//! (sending) and hands the mail to a channel; `jobs::concluding` keeps what came of it (sent, `MessageSent`; queued again
//! for later; failed, `MessageFailed`). `SendMessage` does the first two steps at once (`jobs::crowd`). All of them work on
//! many messages in few statements; `docs/delivery.md` says what one costs.
//!
//! # Which way out
//! `channels::rack` holds every tenant's channels. `domain::route` chooses which of them a message may take; when one does not
//! reach its reader, `domain::step` says whether the next one is taken. See `docs/channels.md`.
//!
//! # What comes back
//! Replies, bounces and complaints come in by LMTP (`lmtp`), by hooks and by `ReceiveReply`, all through the one `letterbox`.
//! `domain::reply` says what they are and by what they may be known; `commands::receive_reply` finds the message, or lets it
//! wait for somebody who knows; `commands::follow_reply` does what follows. See `docs/replies.md`.
//!
//! # What can happen twice
//! A worker that dies between the mail server's "250" and the commit that follows is taken over after a minute, and the
//! mail goes out again with the same Message-ID. No program can close that window of SMTP; the mail folder has none,
//! because the same message is the same file.

mod channels;
mod commands;
mod domain;
mod events;
mod grpc;
mod inbound;
mod jobs;
mod letterbox;
mod lmtp;
mod metrics;
mod queries;
mod recipients;
mod store;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use async_trait::async_trait;
use chassis::{House, Parts, Schema, Service};
use chrono::TimeDelta;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use sqlx::migrate::Migrator;
use tokio::sync::{Notify, mpsc};

use crate::{
    channels::{
        Channel,
        file::Folder,
        guard::Guard,
        http::Http,
        make::Maker,
        rack::Rack,
        smtp::{self, Smtp},
    },
    domain::{breaker::Rule, message::CHANNELS, reply::address::Addresses, token::TokenKey},
    events::Hears,
    grpc::subjects::People,
    jobs::{Breakers, Rate, Shop, crowd::Crowd, desk::Desk},
    letterbox::Letterbox,
    recipients::Recipients,
};

pub use self::inbound::Inbound;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// `[outreach]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The mail server: `smtp://user:password@host:587` or `smtps://…`; empty writes to `mail_folder`.
    pub smtp_url: SecretString,
    /// Where mails are written when there is no mail server. For trying out only.
    pub mail_folder: String,
    /// Who the mails are from.
    pub from: String,
    /// Mails sent at once.
    pub workers: u32,
    /// Whether tenants' channels may lead into private networks. For trying out only, or where all tenants are trusted.
    pub allow_private_addresses: bool,
    /// How long the other side of a channel may take for one message; from 1 to 35.
    pub answer_seconds: u32,
}

/// `[delivery]`: how messages get out.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// Messages a second by one account with a provider, over all processes: the installation's own, and those of tenants
    /// whose channels say nothing else; 0 is no limit.
    pub account_per_second: u32,
    /// So many may go at once after a pause.
    pub account_burst: u32,
    /// Messages a second of one tenant on one medium, over all processes; 0 is no limit.
    pub tenant_per_second: u32,
    /// So many may go at once after a pause.
    pub tenant_burst: u32,
    /// So many failures in a row that another try could mend shut a channel for a while; 0 means never.
    pub breaker_failures: u32,
    /// For so many seconds at first; doubled while it goes on, up to five minutes.
    pub breaker_pause_seconds: u32,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            account_per_second: 0,
            account_burst: 100,
            tenant_per_second: 0,
            tenant_burst: 100,
            breaker_failures: 10,
            breaker_pause_seconds: 15,
        }
    }
}

impl Delivery {
    /// What an account is held to of which its channel says so much; 0 where it says nothing.
    fn account_rate(&self, said: u32) -> Rate {
        match said {
            0 => Rate { per_second: self.account_per_second, burst: self.account_burst },
            // Who takes so many a second may take no more at once.
            per_second => Rate { per_second, burst: self.account_burst.min(per_second) },
        }
    }

    fn tenant_rate(&self) -> Rate {
        Rate { per_second: self.tenant_per_second, burst: self.tenant_burst }
    }

    fn breaker(&self) -> Rule {
        let pause = TimeDelta::seconds(i64::from(self.breaker_pause_seconds.max(1)));
        Rule { failures: self.breaker_failures, pause }
    }
}

impl Settings {
    /// Whether mails can go anywhere.
    pub fn has_way_out(&self) -> bool {
        !self.smtp_url.expose_secret().is_empty() || !self.mail_folder.is_empty()
    }
}

/// The service.
pub struct Outreach {
    channel: Arc<dyn Channel>,
    tokens: TokenKey,
    workers: usize,
    delivery: Delivery,
    guard: Guard,
    patience: Duration,
    outbox: outbox::Settings,
    inbound: Inbound,
    lmtp: Option<std::net::TcpListener>,
}

impl std::fmt::Debug for Outreach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outreach")
    }
}

impl Outreach {
    /// With the channel that its settings name, and the key that signs what candidates are given to act by.
    pub fn new(settings: &Settings, link_key: &[u8; 32], outbox: outbox::Settings) -> anyhow::Result<Self> {
        let url = settings.smtp_url.expose_secret();
        let workers = settings.workers.max(1);
        // A worker waits longer than that for one message, and claims it for longer still.
        anyhow::ensure!((1..=35).contains(&settings.answer_seconds), "outreach.answer_seconds must be from 1 to 35");
        let patience = Duration::from_secs(settings.answer_seconds.into());
        let from =
            settings.from.parse().context("outreach.from must be an address such as `Usher <hr@example.com>`")?;
        let channel: Arc<dyn Channel> = if url.is_empty() {
            Arc::new(Folder { path: PathBuf::from(&settings.mail_folder), from })
        } else {
            Arc::new(Smtp::new("smtp".to_owned(), smtp::server(url, patience)?, from, workers))
        };
        Ok(Self {
            channel,
            tokens: TokenKey::new(link_key),
            workers: usize::try_from(workers)?,
            guard: Guard::new(settings.allow_private_addresses),
            patience,
            delivery: Delivery::default(),
            outbox,
            inbound: Inbound::default(),
            lmtp: None,
        })
    }

    /// The same, with other limits and breakers than most.
    pub fn delivering(self, delivery: Delivery) -> Self {
        Self { delivery, ..self }
    }

    /// The same, taking replies in; over LMTP where a listener is handed in.
    pub fn receiving(self, inbound: Inbound, lmtp: Option<std::net::TcpListener>) -> Self {
        Self { inbound, lmtp, ..self }
    }

    /// What it keeps in PostgreSQL.
    pub fn schema() -> Schema {
        Schema {
            name: "outreach",
            sets: vec![("outbox", &outbox::MIGRATIONS), ("outreach", &MIGRATIONS)],
            // The queue is one for all tenants, and what strangers have written is forgotten for all of them.
            system_tables: [outbox::SYSTEM_TABLES, &["messages", "open_messages", "replies"]].concat(),
        }
    }

    /// What it does when others say something.
    pub fn handler() -> Arc<dyn outbox::Handler> {
        Arc::new(Hears)
    }
}

#[async_trait]
impl Service for Outreach {
    fn name(&self) -> &'static str {
        "outreach"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Self::schema())
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let db = house.db()?;
        // Nobody waits for it; whoever needs the rules before they are ready makes them ready.
        drop(tokio::task::spawn_blocking(domain::clear::warm));
        let (tell, told) = mpsc::unbounded_channel();
        let (guard, patience) = (self.guard, self.patience);
        let maker = Maker { http: Http::new(guard, patience)?, guard, patience };
        let shop = Shop {
            db: db.clone(),
            rack: Arc::new(Rack::new(db.clone(), self.channel.clone(), maker)),
            tokens: self.tokens.clone(),
            addresses: Addresses::new(self.tokens.clone(), &self.inbound.domain),
            takes_bounces: self.inbound.bounces,
            delivery: self.delivery,
            recipients: Recipients::new(house.peers.clone(), house.clock.clone()),
            breakers: Breakers::new(self.delivery.breaker()),
            desk: Desk::new(tell),
            queued: Arc::new(Notify::new()),
            house: house.clone(),
        };
        let (crowd, crowding) = Crowd::open(shop.clone());
        let mut parts = Parts { publishes: true, ..Parts::default() };
        parts.routes = grpc::routes(&shop, crowd);
        let producer = outbox::Producer::new(db.clone(), house.redis.clone(), self.outbox.clone());
        parts.task("outreach: outbox", producer.run(house.stop.clone()));
        let follower = outbox::Follower::new(
            db.clone(),
            house.redis.clone(),
            Arc::new(outbox::PeerLog::new(house.peers.clone())),
            Self::handler(),
            self.outbox.clone(),
        );
        let progress = follower.progress();
        parts.check(move || progress.check());
        parts.task("outreach: events", follower.run(house.stop.clone()));
        parts.subjects =
            Some(Arc::new(People { db: db.clone(), redis: house.redis.clone(), outbox: self.outbox.clone() }));
        parts.task("outreach: accept", crowding);
        parts.task("outreach: prepare", jobs::prepare::run(shop.clone()));
        parts.task("outreach: enqueue", jobs::enqueue::run(shop.clone(), told));
        parts.task("outreach: strangers", jobs::strangers::run(shop.clone()));
        for channel in CHANNELS {
            parts.task("outreach: send", jobs::send::run(shop.clone(), channel, self.workers));
        }
        if let Some(listener) = &self.lmtp {
            let listener = listener.try_clone()?;
            listener.set_nonblocking(true)?;
            let letterbox = Letterbox { db, addresses: shop.addresses.clone() };
            let listener = tokio::net::TcpListener::from_std(listener)?;
            parts.task("outreach: LMTP", lmtp::serve(listener, Arc::new(lmtp::Post(letterbox)), house.stop.clone()));
        }
        Ok(parts)
    }
}
