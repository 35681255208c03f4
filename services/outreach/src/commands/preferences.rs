//! A person says what they want to be written to about, or has told staff.

use chassis::{Result, TenantTx};
use usher_proto::outreach::v1::{ContactPurpose, Preference};

use crate::{
    domain::{
        gate::{nature, preference::check},
        message::{CandidateId, Message},
    },
    queries::contact::{people, wishes},
    store,
};

/// Notes their words. What they allow lifts what was noted as their opt-out before.
pub async fn set(tx: &mut TenantTx, candidate: CandidateId, asked: &[Preference], reason: &str) -> Result<()> {
    let named: Vec<_> = asked.iter().map(|one| (one.purpose(), one.channel.as_str())).collect();
    check("preferences", &named)?;
    outbox::erasure::refuse(tx, candidate.0).await?;
    for one in asked {
        let word = (one.purpose(), one.channel.as_str(), one.allowed);
        store::preferences::insert(tx, candidate, word, reason).await?;
        if one.allowed {
            let people = people(tx, candidate).await?;
            store::suppressions::lift_opt_outs(tx, &people, one.purpose(), &one.channel).await?;
        }
    }
    Ok(())
}

/// No more of what a message was about, on any channel; what is said of an application goes on.
pub async fn unsubscribe(tx: &mut TenantTx, message: &Message, reason: &str) -> Result<()> {
    let candidate = reader(message)?;
    let wishes = wishes(tx, candidate).await?;
    for purpose in unwanted(nature::of_draft(&message.draft).purpose) {
        let holds = wishes.0.iter().any(|wish| wish.purpose == *purpose && wish.allowed);
        let is_said = wishes.on(*purpose, "").is_some_and(|wish| !wish.allowed);
        // Where one channel was allowed on its own, that is taken back as well.
        for wish in wishes.0.iter().filter(|wish| wish.purpose == *purpose && wish.allowed && !wish.channel.is_empty())
        {
            store::preferences::insert(tx, candidate, (*purpose, &wish.channel, false), reason).await?;
        }
        if holds || !is_said {
            store::preferences::insert(tx, candidate, (*purpose, "", false), reason).await?;
        }
    }
    Ok(())
}

fn unwanted(purpose: ContactPurpose) -> &'static [ContactPurpose] {
    match purpose {
        ContactPurpose::Opportunities => &[ContactPurpose::Opportunities],
        ContactPurpose::Care => &[ContactPurpose::Care],
        ContactPurpose::Application | ContactPurpose::Unspecified => {
            &[ContactPurpose::Opportunities, ContactPurpose::Care]
        }
    }
}

/// For whom a message was written.
pub fn reader(message: &Message) -> Result<CandidateId> {
    chassis::wire::id("draft.candidate_id", &message.draft.candidate_id)
}
