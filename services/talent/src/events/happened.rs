//! Something happened with people: their timelines say so, what is to be known before getting in touch grows, and so do their
//! tags, what is known of how they answer, and what campaigns know of them.

use chassis::{Result, TenantTx, wire};
use prost::Name as _;
use usher_proto::{
    ats::v1::{AttendanceRecorded, PastInterviewRemoved},
    eventlog::v1::Event,
};

use super::{campaigns, entry, facts, sentence, signs, time_of, whose};
use crate::{commands, domain::candidate::CandidateId, store};

/// Takes in what events of one source and tenant tell, in few statements however many they are.
pub async fn hear(tx: &mut TenantTx, events: &[&Event]) -> Result<()> {
    let Some(source) = events.first().map(|event| event.source.clone()) else { return Ok(()) };
    let (mut named, mut texts) = (Vec::new(), Vec::new());
    for event in events {
        let Some(said) = sentence::of(event)? else { continue };
        // Some things happen to no candidate in particular, such as a message to a colleague.
        if let Some(candidate) = wire::optional_id::<CandidateId>("candidate_id", &said.candidate_id)? {
            named.push((candidate, *event));
            texts.push(said.text);
        }
    }
    if named.is_empty() {
        return Ok(());
    }
    // What was said before they were forgotten may be heard of after. Whoever forgets somebody waits for this.
    let ids: Vec<_> = named.iter().map(|(candidate, _)| candidate.0).collect();
    let erased = outbox::erasure::erased_among(tx, &ids).await?;
    let whose = whose::of(tx, &named).await?;
    let (mut entries, mut briefs, mut tags, mut answers, mut reactions) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (((named, event), text), candidate) in named.into_iter().zip(texts).zip(whose) {
        if erased.contains(&named.0) {
            continue;
        }
        let time = time_of(event)?;
        if outbox::read::<PastInterviewRemoved>(event)?.is_some() {
            store::timeline::remove(tx, candidate, &AttendanceRecorded::full_name(), &event.subject).await?;
        } else {
            let entry = entry(event, time, text)?;
            let parted = whose::parted(event)?;
            entries.extend(std::iter::once(candidate).chain(parted).map(|whose| (whose, entry.clone())));
        }
        let signs::Signs { signs, changes } = signs::of(event, time)?;
        briefs.push((candidate, facts::of(event, time)?));
        tags.push((candidate, changes));
        answers.push((candidate, signs));
        reactions.push((candidate, campaigns::of(event, time)?));
    }
    commands::record_timeline_entries::run(tx, &entries).await?;
    commands::keep_brief::run(tx, &source, briefs).await?;
    commands::keep_tags::run(tx, tags).await?;
    commands::keep_engagement::run(tx, &source, answers).await?;
    for (candidate, heard) in reactions {
        commands::campaigns::hear::run(tx, candidate, heard).await?;
    }
    Ok(())
}
