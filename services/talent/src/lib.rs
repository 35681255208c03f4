//! Talent: the people whom a tenant knows, and everything that happened with them.
//!
//! It owns candidates, their contact points, imports and timelines. Contact points are sealed: what lies in the
//! database is of no use without the installation's master key.
//!
//! # One request's way through
//! `CreateCandidate` arrives in `grpc`, which fetches the tenant's key and opens a transaction of the caller's tenant.
//! `commands::create_candidate` has `domain` clean what was said, saves through `store::candidates` (which seals the
//! contact points, and finds by their blind index whether somebody has them), and appends `CandidateCreated` to the
//! outbox. The transaction commits and the answer goes out. A moment later `events`, which follows every service that
//! speaks of candidates, this one among them, writes the line of the person's timeline.

mod commands;
mod domain;
mod events;
mod export;
mod grpc;
mod index;
mod jobs;
mod keys;
mod queries;
mod replica;
mod store;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;
use async_trait::async_trait;
use chassis::{Db, House, Parts, Schema, Service};
use doctext::apart::{Extractor, Limits};
use serde::Deserialize;
use sqlx::migrate::Migrator;
use tempfile::TempDir;

pub use crate::keys::MasterKeys;
use crate::{
    grpc::{Desk, subjects::People},
    jobs::{erase::Eraser, imports::Undoer},
    keys::Keyring,
    replica::Replica,
};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// `[talent]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// 32 random bytes in base64 on each line; the first wraps the tenants' keys, which seal addresses and numbers, the
    /// others open what they have wrapped before.
    pub master_key_file: String,
    /// In place of the file, or beside it: the socket of a plugin of version 2 of Kubernetes' interface to key management
    /// services.
    #[serde(default)]
    pub kms_socket: String,
    /// Where there are both, whether the plugin wraps; each opens what it has wrapped.
    pub kms_wraps: bool,
    /// Where this process keeps its search index; each process needs a folder of its own. Empty for one that goes with the
    /// process, which is then built anew at each start.
    #[serde(default)]
    pub index_folder: String,
}

impl Settings {
    /// Whether the keys are anywhere.
    pub fn has_place_of_keys(&self) -> bool {
        !self.master_key_file.is_empty() || !self.kms_socket.is_empty()
    }

    fn master_keys(&self) -> anyhow::Result<MasterKeys> {
        let Self { master_key_file: path, kms_socket: socket, kms_wraps, .. } = self;
        let file = || {
            let text = std::fs::read_to_string(path).with_context(|| format!("talent.master_key_file: {path}"))?;
            MasterKeys::read(&text.into()).with_context(|| format!("talent.master_key_file: {path}"))
        };
        if socket.is_empty() {
            return file();
        }
        let service = MasterKeys::service(socket).with_context(|| format!("talent.kms_socket: {socket}"))?;
        Ok(if path.is_empty() { service } else { service.with_file(file()?, *kms_wraps) })
    }
}

/// The service.
#[derive(Debug)]
pub struct Talent {
    master: MasterKeys,
    outbox: outbox::Settings,
    /// The program that reads documents when it is called with [`READ_DOCUMENT`].
    reader: PathBuf,
    index_folder: PathBuf,
}

/// The subcommand that reads one document from standard input, confined. It is none of a user's.
pub const READ_DOCUMENT: &str = "read-document";

/// What a program does that is called with [`READ_DOCUMENT`]; before it starts any thread.
pub fn read_document() -> ExitCode {
    doctext::apart::child_main()
}

impl Talent {
    /// From the settings; reads the key file, when there is one.
    pub fn new(settings: Settings, outbox: outbox::Settings) -> anyhow::Result<Self> {
        let talent = Self::with_master_keys(settings.master_keys()?, outbox);
        Ok(talent.with_index_folder(settings.index_folder.into()))
    }

    /// With keys that are at hand.
    pub fn with_master_keys(master: MasterKeys, outbox: outbox::Settings) -> Self {
        let reader = std::env::current_exe().unwrap_or_default();
        Self { master, outbox, reader, index_folder: PathBuf::new() }
    }

    /// Where another program reads documents than the one that runs.
    #[must_use]
    pub fn with_reader(self, reader: PathBuf) -> Self {
        Self { reader, ..self }
    }

    /// Where the index outlives the process. An empty path for a folder that goes with it.
    #[must_use]
    pub fn with_index_folder(self, index_folder: PathBuf) -> Self {
        Self { index_folder, ..self }
    }

    /// What it keeps in PostgreSQL.
    pub fn schema() -> Schema {
        Schema {
            name: "talent",
            sets: vec![("outbox", &outbox::MIGRATIONS), ("talent", &MIGRATIONS)],
            system_tables: [
                outbox::SYSTEM_TABLES,
                &["tenant_keys", "watch_work", "campaigns", "campaign_messages", "imports", "erasures"],
            ]
            .concat(),
        }
    }

    /// Asks every process for a search index that is built anew from PostgreSQL; the old ones serve until then. The answer
    /// is the number of the request, which the log of a process names when it has built one.
    pub async fn rebuild_index(db: &Db) -> chassis::Result<i64> {
        let mut tx = db.begin_system().await?;
        let number = store::index_rebuild::ask(&mut tx).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// What it does when others say something.
    pub fn handler() -> Arc<dyn outbox::Handler> {
        Arc::new(events::Hears)
    }
}

#[async_trait]
impl Service for Talent {
    fn name(&self) -> &'static str {
        "talent"
    }

    fn schema(&self) -> Option<Schema> {
        Some(Self::schema())
    }

    async fn open(&self, house: House) -> anyhow::Result<Parts> {
        let db = house.db()?;
        let mut parts = Parts { publishes: true, ..Parts::default() };
        let keys = Keyring::new(db.clone(), self.master.clone());
        parts.task("talent: keys", jobs::keys::run(db.clone(), keys.clone(), house.stop.clone()));
        parts.task("talent: identities", jobs::identities::run(db.clone(), house.stop.clone()));
        let undoer =
            Undoer { db: db.clone(), keys: keys.clone(), peers: house.peers.clone(), stop: house.stop.clone() };
        parts.task("talent: imports", undoer.run());
        let reader = Extractor::new(self.reader.clone(), vec![READ_DOCUMENT.to_owned()], Limits::default());

        let producer = outbox::Producer::new(db.clone(), house.redis.clone(), self.outbox.clone());
        parts.task("talent: outbox", producer.run(house.stop.clone()));

        let log = Arc::new(outbox::PeerLog::new(house.peers.clone()));
        let follower =
            outbox::Follower::new(db.clone(), house.redis.clone(), log, Self::handler(), self.outbox.clone());
        let progress = follower.progress();
        let told = progress.clone();
        parts.check(move || told.check());
        parts.task("talent: events", follower.run(house.stop.clone()));

        let tap = outbox::Tap::new(&db, house.redis.clone(), self.outbox.clone(), house.stop.clone());
        let (folder, kept) = index_folder(&self.index_folder)?;
        let replica = Replica::new(db.clone(), keys.clone(), tap, progress, folder);
        let serving = replica.clone();
        parts.check(move || serving.check());
        let following = replica.clone().run(house.stop.clone());
        parts.task("talent: index", async move {
            following.await;
            drop(kept);
        });
        let (peers, stop) = (house.peers, house.stop);
        let watching = jobs::watches::run(db.clone(), keys.clone(), replica.clone(), stop.clone());
        parts.task("talent: saved searches", watching);
        let shop = jobs::campaigns::Shop {
            db: db.clone(),
            keys: keys.clone(),
            replica: replica.clone(),
            peers: peers.clone(),
            stop: stop.clone(),
        };
        parts.task("talent: campaigns", jobs::campaigns::run(shop));
        let eraser = Eraser { db: db.clone(), keys: keys.clone(), peers: peers.clone(), stop: stop.clone() };
        parts.task("talent: erasures", eraser.run());
        parts.subjects = Some(Arc::new(People {
            db: db.clone(),
            keys: keys.clone(),
            redis: house.redis,
            outbox: self.outbox.clone(),
            replica: replica.clone(),
        }));
        parts.routes = grpc::routes(Desk { db, keys, reader, replica, peers, stop });
        Ok(parts)
    }
}

/// The folder of the index; with what removes it when the process ends, when nobody has named one.
fn index_folder(named: &Path) -> anyhow::Result<(PathBuf, Option<TempDir>)> {
    if named.as_os_str().is_empty() {
        let folder =
            TempDir::with_prefix("usher-index-").context("talent.index_folder: a folder for the time being")?;
        return Ok((folder.path().to_owned(), Some(folder)));
    }
    Ok((named.to_owned(), None))
}
