//! What it does when others say something: it takes down facts, many at once, and changes the counts that follow from them.

mod ats;
mod outreach;
mod reading;
mod talent;

use async_trait::async_trait;
use chassis::{Result, TenantTx};
use usher_proto::{ats::v1::ApplicationReassigned, eventlog::v1::Event};

use crate::{commands, domain::generation::Generation};

/// Follows the logs for one generation of figures.
pub struct Hears(pub Generation);

/// Events per transaction: the more at once, the fewer counts are written for each.
const BATCH: usize = 4_000;

#[async_trait]
impl outbox::Handler for Hears {
    fn consumer(&self) -> &'static str {
        self.0.consumer()
    }

    fn sources(&self) -> &'static [&'static str] {
        &["ats", "outreach", "talent"]
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn is_bulk(&self, _: &Event) -> bool {
        true
    }

    async fn apply_bulk(&self, tx: &mut TenantTx, events: &[Event]) -> Result<()> {
        let mut told = Vec::with_capacity(events.len());
        let mut moved = Vec::new();
        for event in events {
            told.extend(ats::facts(event)?);
            told.extend(outreach::facts(event)?);
            told.extend(talent::facts(event)?);
            if let Some(said) = outbox::read::<ApplicationReassigned>(event)? {
                moved.push((reading::id("app", &said.application_id)?, reading::id("cand", &said.candidate_id)?));
            }
        }
        commands::take_down::run(tx, self.0, told).await?;
        commands::reassign::run(tx, self.0, &moved).await
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        self.apply_bulk(tx, std::slice::from_ref(event)).await
    }
}
