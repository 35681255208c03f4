//! The routing table: what talent does when others say something. It writes the person's timeline, see [`sentence`] for
//! who is meant and what is said; what is to be known before getting in touch, see [`facts`]; and how the person answers,
//! with the tags that follow, see [`signs`].

mod facts;
mod sentence;
mod signs;

use async_trait::async_trait;
use chassis::{Error, Result, TenantTx, wire};
use usher_proto::eventlog::v1::Event;
use uuid::Uuid;

use self::sentence::Sentence;
use crate::{commands, domain::candidate::CandidateId, store::timeline::Entry};

/// Follows every service that speaks of candidates, this one among them.
pub struct Hears;

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        "talent"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["ats", "outreach", "talent"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        let Some(Sentence { candidate_id, text }) = sentence::of(event)? else { return Ok(()) };
        // Some things happen to no candidate in particular, such as a message to a colleague.
        let Some(candidate) = wire::optional_id::<CandidateId>("candidate_id", &candidate_id)? else { return Ok(()) };
        // What was said before they were forgotten may be heard of after. Whoever forgets somebody waits for this.
        if outbox::erasure::is_erased(tx, candidate.0).await? {
            return Ok(());
        }
        let entry = Entry {
            event_id: Uuid::parse_str(&event.id).map_err(|error| Error::internal("an event has no id", &error))?,
            time: wire::required_instant("time", event.time.as_ref())?,
            source: event.source.clone(),
            kind: event.r#type.clone(),
            subject: event.subject.clone(),
            summary: text,
        };
        commands::record_timeline_entry::run(tx, candidate, &entry).await?;
        commands::keep_brief::run(tx, candidate, &entry.source, facts::of(event, entry.time)?).await?;
        let signs::Signs { signs, changes } = signs::of(event, entry.time)?;
        commands::keep_tags::run(tx, candidate, changes).await?;
        commands::keep_engagement::run(tx, candidate, &entry.source, signs).await
    }
}
