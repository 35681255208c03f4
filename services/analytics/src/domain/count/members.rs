//! People whom campaigns assigned, and whether they came back.

use usher_proto::talent::v1::{CampaignArm, CampaignOutcome};
use usher_proto::word;

use crate::domain::{cells::Cells, cube::Cube, story::Story};

/// What counts as coming back, as talent counts it (`activation/1`).
const RETURNS: [CampaignOutcome; 4] =
    [CampaignOutcome::Applied, CampaignOutcome::Answered, CampaignOutcome::Updated, CampaignOutcome::Confirmed];

pub fn count(story: &Story<'_>, cells: &mut Cells) {
    let Some(assigned) = story.assigned else { return };
    let arm = CampaignArm::try_from(i32::from(assigned.code)).unwrap_or_default();
    let arm = word(arm.as_str_name(), "CAMPAIGN_ARM_");
    let outcome = story.outcome.map(|said| CampaignOutcome::try_from(i32::from(said.code)).unwrap_or_default());
    let flags = [
        true,
        outcome.is_some_and(|outcome| RETURNS.contains(&outcome)),
        outcome == Some(CampaignOutcome::Declined),
        outcome == Some(CampaignOutcome::OptedOut),
    ];
    let measures = flags.map(i32::from);
    cells.add(Cube::Members, assigned.time, &[&assigned.experiment, &arm], measures);
    for tag in &assigned.words {
        let dimension = tag.split('/').next().unwrap_or_default();
        cells.add(Cube::Tags, assigned.time, &[dimension, tag, &arm], measures);
    }
}
