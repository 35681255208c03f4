//! Talent says that something new was seen of a person: somebody may want to write to them.
//!
//! One task stands for a person at a time; further news renews it. It is for whoever owns the job that the person applied
//! for last, and falls when a message goes out to the person, or somebody completes it. Its subject is whom the last news was
//! of, so that it is theirs when a merge is undone.

use std::collections::BTreeMap;

use chassis::{Actor, Result, TenantTx, wire};
use chrono::{DateTime, TimeDelta, Utc};
use outbox::merging;
use usher_proto::{ats::v1::TaskKind, outreach::v1::MessageSent, talent::v1::ExternalActivityRecorded};
use uuid::Uuid;

use super::task_told;
use crate::{
    domain::{
        CandidateId,
        task::{About, Task},
    },
    store,
};

/// What was recorded longer ago is no news: who begins to listen hears of all that was ever said.
const NEWS: TimeDelta = TimeDelta::days(14);
/// Skills that are named.
const NAMED: usize = 5;

const SUGGESTION: &str = "Look at what is new, and write to them if it fits an opening.";

/// Something was seen, and talent wrote it down at that time.
pub async fn seen(tx: &mut TenantTx, said: &ExternalActivityRecorded, time: DateTime<Utc>) -> Result<()> {
    let now = tx.now();
    if said.changed_fields.is_empty() || time < now - NEWS {
        return Ok(());
    }
    let named: CandidateId = wire::id("candidate_id", &said.candidate_id)?;
    // It was seen before they were forgotten.
    if outbox::erasure::is_erased(tx, named.0).await? {
        return Ok(());
    }
    let candidate = CandidateId(merging::settled(tx, named.0).await?);
    let standing = open(tx, candidate).await?;
    let last = store::applications::last_of(tx, candidate).await?;
    let (application, owner) = last.map_or((None, String::new()), |(application, owner)| (Some(application), owner));
    if let Some(other) = standing.first()
        && !standing.iter().any(|task| task.about.subject == named.0)
    {
        store::reassignments::make_news_of(tx, other.id, named).await?;
    }
    let about = About { subject: named.0, ..About::person(candidate, application) };
    let task = Task::new(TaskKind::CandidateUpdated, about, now, why(said), SUGGESTION, now);
    let (fresh, renewed) = store::tasks::insert(tx, &[task]).await?;
    task_told::put(tx, &fresh, &renewed).await?;
    if owner.is_empty() {
        return Ok(());
    }
    for before in fresh {
        let mut task = before.clone();
        if task.assign(Some(owner.clone()), &Actor::service("ats"), false, now)?.is_some() {
            task_told::changed(tx, &before, &task).await?;
        }
    }
    Ok(())
}

/// Messages went out: what was suggested of those who get them is done.
pub async fn contacted(tx: &mut TenantTx, said: &[MessageSent]) -> Result<()> {
    let mut last_sent: BTreeMap<Uuid, DateTime<Utc>> = BTreeMap::new();
    for said in said {
        if let Some(CandidateId(candidate)) = wire::optional_id("candidate_id", &said.candidate_id)? {
            let sent = wire::required_instant("send_time", said.send_time.as_ref())?;
            last_sent.entry(candidate).and_modify(|last| *last = sent.max(*last)).or_insert(sent);
        }
    }
    if last_sent.is_empty() {
        return Ok(());
    }
    let mut last_of_part: BTreeMap<Uuid, DateTime<Utc>> = BTreeMap::new();
    let candidates: Vec<Uuid> = last_sent.keys().copied().collect();
    for (candidate, parts) in merging::wholes(tx, &candidates).await? {
        let Some(&sent) = last_sent.get(&candidate) else { continue };
        for part in parts {
            last_of_part.entry(part).and_modify(|last| *last = sent.max(*last)).or_insert(sent);
        }
    }
    let parts: Vec<Uuid> = last_of_part.keys().copied().collect();
    for before in store::tasks::lock_open(tx, &parts, &[TaskKind::CandidateUpdated]).await? {
        // A message from before says nothing about what was seen since.
        if last_of_part.get(&before.about.subject).is_none_or(|sent| *sent < before.cause_time) {
            continue;
        }
        let mut task = before.clone();
        task.settle(tx.now())?;
        task_told::completed(tx, &before, &task).await?;
    }
    Ok(())
}

/// What somebody is asked about news of a person, or of whoever is part of them; locked.
async fn open(tx: &mut TenantTx, candidate: CandidateId) -> Result<Vec<Task>> {
    let parts = merging::parts(tx, candidate.0).await?;
    store::tasks::lock_open(tx, &parts, &[TaskKind::CandidateUpdated]).await
}

/// `Added Rust and Go (linkedin); also new: title, company.`
fn why(said: &ExternalActivityRecorded) -> String {
    let others: Vec<String> = said
        .changed_fields
        .iter()
        .filter(|field| *field != "skills" || said.added_skills.is_empty())
        .map(|field| field.replace('_', " "))
        .collect();
    let mut skills: Vec<&str> = said.added_skills.iter().take(NAMED).map(String::as_str).collect();
    if said.added_skills.len() > NAMED {
        skills.push("others");
    }
    let source = &said.source;
    match (listed(&skills), others.join(", ")) {
        (added, others) if added.is_empty() => format!("New ({source}): {others}."),
        (added, others) if others.is_empty() => format!("Added {added} ({source})."),
        (added, others) => format!("Added {added} ({source}); also new: {others}."),
    }
}

fn listed(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        words => words.join(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_names_the_skills_first() {
        let said = |skills: &[&str], fields: &[&str]| ExternalActivityRecorded {
            source: "linkedin".to_owned(),
            added_skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
            changed_fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            ..Default::default()
        };
        assert_eq!(why(&said(&["Rust"], &["skills"])), "Added Rust (linkedin).");
        assert_eq!(
            why(&said(&["Rust", "Go"], &["skills", "years_of_experience"])),
            "Added Rust and Go (linkedin); also new: years of experience."
        );
        assert_eq!(why(&said(&[], &["skills", "title"])), "New (linkedin): skills, title.");
        let many = why(&said(&["a", "b", "c", "d", "e", "f"], &["skills"]));
        assert_eq!(many, "Added a, b, c, d, e and others (linkedin).");
    }
}
