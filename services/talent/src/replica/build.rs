//! The index on the disk: opened when there is one that can be used, and otherwise built from PostgreSQL.
//!
//! A folder holds one index in a folder of its own. One that is being built has the mark [`UNFINISHED`] beside it until it
//! holds everybody, so a crash while building leaves nothing that could be taken for an index.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use chassis::{Error, Result, TenantCtx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Replica, apart::apart, broken, pause, place::Place};
use crate::{
    domain::{candidate::CandidateId, document::Document},
    index::{self, Index, Settings},
    store,
};

/// Ends the names of folders whose index does not hold everybody yet.
const UNFINISHED: &str = ".unfinished";
/// People of one read.
const PAGE: i64 = 500;
/// People of one commit while building; what is not committed is held in memory.
const COMMIT: usize = 20_000;
/// Attempts to read a page. The last hours' work is not to be lost with a database that is away for half a minute.
const TRIES: usize = 60;

/// The index of a folder, when it holds one that can be used. What can not be used is removed.
pub async fn open(folder: &Path) -> Result<Option<Arc<Index>>> {
    let folder = folder.to_owned();
    apart(move || {
        let mut opened = None;
        for path in folders(&folder).map_err(|error| disk(&error))? {
            let found = match opened {
                None if !path.to_string_lossy().ends_with(UNFINISHED) => usable(&path)?,
                _ => None,
            };
            match found {
                Some(index) => opened = Some(index),
                None => fs::remove_dir_all(&path).map_err(|error| disk(&error))?,
            }
        }
        Ok(opened)
    })
    .await
}

fn usable(path: &Path) -> Result<Option<Arc<Index>>> {
    match Index::open(path, &Settings::default()) {
        Ok(index) => Ok(Some(Arc::new(index))),
        Err(error @ (index::Error::Foreign(_) | index::Error::Broken(_))) => {
            tracing::warn!(%error, "the index that is there can not be used; it is built anew");
            Ok(None)
        }
        Err(error) => Err(broken(&error)),
    }
}

/// Makes a folder that there is not yet. Names and texts lie there in the clear; nobody else has to read them.
fn make(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    make(folder)?;
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    // Their names are in the order in which they were made.
    folders.sort_unstable_by(|one, other| other.cmp(one));
    Ok(folders)
}

/// Builds an index of everybody. Whatever changes meanwhile is behind the place that it begins to follow from.
pub async fn build(replica: &Replica, stop: &CancellationToken) -> Result<Arc<Index>> {
    make(&replica.0.folder).map_err(|error| disk(&error))?;
    let name = Uuid::now_v7().to_string();
    // Goes when this ends early: nobody goes on with it, and the next one needs the room.
    let mut unfinished = tempfile::Builder::new();
    unfinished.prefix(&name).suffix(UNFINISHED).rand_bytes(0);
    let unfinished = unfinished.tempdir_in(&replica.0.folder).map_err(|error| disk(&error))?;
    fill(replica, unfinished.path(), stop).await?;
    let path = replica.0.folder.join(name);
    fs::rename(unfinished.keep(), &path).map_err(|error| disk(&error))?;
    let index = apart(move || Index::open(&path, &Settings::default()).map_err(|error| broken(&error))).await?;
    Ok(Arc::new(index))
}

async fn fill(replica: &Replica, path: &Path, stop: &CancellationToken) -> Result<()> {
    let inner = &replica.0;
    let rebuild = store::index_rebuild::asked(&mut inner.db.begin_system().await?).await?;
    let place = Place::of(inner.tap.heads().await?, rebuild);
    let (path, settings) = (path.to_owned(), Settings::for_building());
    let index = apart(move || Index::open(&path, &settings).map_err(|error| broken(&error))).await?;
    let index = Arc::new(index);
    let mut people = 0;
    let tenants = store::tenant_keys::tenants(&mut inner.db.begin_system().await?).await?;
    for tenant in tenants {
        people += add_tenant(replica, &index, &TenantCtx::service(tenant, "talent"), stop).await?;
    }
    let payload = place.write();
    apart(move || {
        let mut writer = index.writer();
        writer.commit(&payload).and_then(|()| writer.sync()).map_err(|error| broken(&error))?;
        drop(writer);
        // Closed and opened again under its name; merges that are under way come to their end first.
        let index = Arc::into_inner(index).ok_or_else(|| Error::internal("a new index is in use", &"by nobody"))?;
        index.close().map_err(|error| broken(&error))
    })
    .await?;
    tracing::info!(people, "an index is built");
    Ok(())
}

/// Removes all indexes but one. Whoever still searches in another has its files open and misses no name.
pub async fn remove_others(folder: &Path, index: &Index) -> Result<()> {
    let (folder, kept) = (folder.to_owned(), index.path().to_owned());
    apart(move || {
        let others = folders(&folder).map_err(|error| disk(&error))?.into_iter().filter(|other| *other != kept);
        others.into_iter().try_for_each(|other| fs::remove_dir_all(other).map_err(|error| disk(&error)))
    })
    .await
}

async fn add_tenant(replica: &Replica, index: &Arc<Index>, ctx: &TenantCtx, stop: &CancellationToken) -> Result<usize> {
    let (mut after, mut people, mut waiting) = (None, 0, 0);
    let mut documents = next_page(replica, ctx, &mut after, stop).await?;
    while let Some(page) = documents {
        people += page.len();
        waiting += page.len();
        let must_commit = waiting >= COMMIT;
        waiting = if must_commit { 0 } else { waiting };
        let index = index.clone();
        let put = apart(move || {
            let mut writer = index.writer();
            let put = page.iter().try_for_each(|document| writer.put(document));
            // Without a place in the log, since not everybody is in.
            put.and_then(|()| if must_commit { writer.commit("") } else { Ok(()) }).map_err(|error| broken(&error))
        });
        // The next page is read while this one is put in.
        let (put, next) = tokio::join!(put, next_page(replica, ctx, &mut after, stop));
        put?;
        documents = next?;
    }
    Ok(people)
}

/// The next people of a tenant, read again after what passes; `None` behind the last.
async fn next_page(
    replica: &Replica,
    ctx: &TenantCtx,
    after: &mut Option<CandidateId>,
    stop: &CancellationToken,
) -> Result<Option<Vec<Document>>> {
    let mut tries = 0;
    while !stop.is_cancelled() {
        tries += 1;
        match read_page(replica, ctx, after).await {
            Err(error) if error.is_transient() && tries < TRIES => {
                tracing::warn!(%error, "people could not be read for a new index; it is tried again");
                pause(stop).await;
            }
            outcome => return outcome,
        }
    }
    Err(Error::unavailable("STOPPING", "this process stops"))
}

async fn read_page(
    replica: &Replica,
    ctx: &TenantCtx,
    after: &mut Option<CandidateId>,
) -> Result<Option<Vec<Document>>> {
    let mut tx = replica.0.db.begin(ctx).await?;
    let ids = store::candidates::ids_after(&mut tx, *after, PAGE).await?;
    drop(tx);
    let Some(last) = ids.last() else { return Ok(None) };
    let documents = replica.read(ctx, &ids).await?.documents;
    *after = Some(*last);
    Ok(Some(documents))
}

fn disk(error: &io::Error) -> Error {
    Error::internal("the folder of the index failed", error)
}
